// SPDX-License-Identifier: Apache-2.0

// The flusher: the goroutine that owns the journal. Group commit comes by itself: what was queued
// while one flush ran is the next group.

package server

import (
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"viewstamp/impl/journal"
	"viewstamp/impl/vsr"
)

// writer is a journal.Feed.
type writer interface {
	Add(writes []vsr.Write, checkpoint *vsr.Checkpoint)
	Append() error
	WriteQueued() error
	Flush() (durable uint64, err error)
	Pending() bool
	Busy() bool
	Step() (durable vsr.OpNumber, err error)
	Room() vsr.Room
	ScrubStep() (damage *journal.Damage, round bool, err error)
	Repair(damage *journal.Damage, checkpoint *vsr.Checkpoint) (good bool, err error)
}

// stepsMax is how many chunks of a checkpoint go between two groups.
const stepsMax = 8

// flusher makes Writes durable in order, and Checkpoints between them.
type flusher struct {
	journal writer
	// persisted is told when a flush or a checkpoint has made more durable, up to what.
	persisted func(sequence uint64, checkpoint vsr.OpNumber)
	failed    func(error) // is told once; nothing is written afterwards

	room atomic.Uint32 // the vsr.Room of the journal
	told uint64        // belongs to run: what persisted was told last

	ready chan struct{} // holds a token if there is something
	since atomic.Int64  // when the commit under way began, as Unix time in nanoseconds; or 0
	mu    sync.Mutex
	queue []vsr.Write
	// checkpoint waits to be taken by run; nil if none does.
	checkpoint *vsr.Checkpoint
	ended      bool

	// The scrubber: see scrub.go.
	scrubEvery time.Duration // between two parts; 0 is never
	news       func()        // is told of findings
	rounds     atomic.Uint64 // over the whole file
	findings   []*journal.Damage
	repairs    []repair // to be done
	repaired   []repair // done
}

func newFlusher(journal writer, persisted func(uint64, vsr.OpNumber),
	failed func(error)) *flusher {
	return &flusher{journal: journal, persisted: persisted, failed: failed,
		ready: make(chan struct{}, 1), news: func() {}}
}

// write queues Writes and a Checkpoint, if there is one. It never waits: how much can be under way
// is bounded by the core.
func (f *flusher) write(writes []vsr.Write, checkpoint *vsr.Checkpoint) {
	if len(writes) == 0 && checkpoint == nil {
		return
	}
	f.mu.Lock()
	f.queue = append(f.queue, writes...)
	if checkpoint != nil {
		f.checkpoint = checkpoint
	}
	f.mu.Unlock()
	f.signal()
}

// stuck is for how long the commit under way has lasted. Disks that fail often do so by getting
// slow first.
func (f *flusher) stuck(now time.Time) time.Duration {
	if since := f.since.Load(); since != 0 {
		return now.Sub(time.Unix(0, since))
	}
	return 0
}

// end lets run return once everything queued is durable.
func (f *flusher) end() {
	f.mu.Lock()
	f.ended = true
	f.mu.Unlock()
	f.signal()
}

func (f *flusher) signal() {
	select {
	case f.ready <- struct{}{}:
	default:
	}
}

// run writes and flushes until end is called or the disk fails.
func (f *flusher) run() {
	var group []vsr.Write
	var pace <-chan time.Time // nil: never
	if f.scrubEvery > 0 {
		ticker := time.NewTicker(f.scrubEvery)
		defer ticker.Stop()
		pace = ticker.C
	}
	for {
		// A group needs two rounds. What comes meanwhile shares the second.
		scrub := false
		if !f.journal.Pending() && !f.journal.Busy() {
			select {
			case <-f.ready:
			case <-pace:
				scrub = true
			}
		} else {
			select {
			case <-pace:
				scrub = true
			default:
			}
		}
		// Writing holds a processor. First let a loop that runs already add to the group, and the
		// links send what the others are to write at the same time.
		runtime.Gosched()
		clear(group)
		f.mu.Lock()
		group, f.queue = f.queue, group[:0]
		checkpoint, ended := f.checkpoint, f.ended
		f.checkpoint = nil
		f.mu.Unlock()
		f.journal.Add(group, checkpoint)
		err := f.commit()
		if err == nil {
			err = f.repairAll()
		}
		if err == nil && scrub {
			err = f.scrubOnce()
		}
		if err != nil {
			f.failed(err)
			return
		}
		if ended && !f.journal.Pending() {
			return // end comes after the last write
		}
	}
}

// commit goes one round on with what is on its way to the disk.
func (f *flusher) commit() error {
	if err := f.journal.Append(); err != nil {
		return err
	}
	f.since.Store(time.Now().UnixNano())
	defer f.since.Store(0)
	if f.journal.Pending() {
		if err := f.journal.WriteQueued(); err != nil {
			return err
		}
		durable, err := f.journal.Flush()
		if err != nil {
			return err
		}
		f.room.Store(uint32(f.journal.Room()))
		if durable > f.told { // after a round for a body alone there is nothing to wake the loop for
			f.told = durable
			f.persisted(durable, 0)
		}
	}
	for range stepsMax {
		if !f.journal.Busy() {
			break
		}
		checkpoint, err := f.journal.Step()
		if err != nil {
			return err
		}
		if checkpoint > 0 {
			f.room.Store(uint32(f.journal.Room()))
			f.persisted(0, checkpoint)
		}
	}
	return nil
}
