// SPDX-License-Identifier: Apache-2.0

// The flusher: the goroutine that owns the journal. Group commit comes by itself: what was queued
// while one flush ran is the next group.

package server

import (
	"sync"
	"sync/atomic"
	"time"

	"viewstamp/impl/vsr"
)

// writer is the part of a journal that the flusher uses.
type writer interface {
	Append(w vsr.Write) error
	WriteQueued() error
	Flush() (durable uint64, err error)
	Pending() bool
}

// flusher makes Writes durable in order.
type flusher struct {
	journal   writer
	persisted func(sequence uint64) // is told after each flush
	failed    func(error)           // is told once; nothing is written afterwards

	ready chan struct{} // holds a token if there is something
	since atomic.Int64  // when the commit under way began, as Unix time in nanoseconds; or 0
	mu    sync.Mutex
	queue []vsr.Write
	ended bool
}

func newFlusher(journal writer, persisted func(uint64), failed func(error)) *flusher {
	return &flusher{journal: journal, persisted: persisted, failed: failed,
		ready: make(chan struct{}, 1)}
}

// write queues Writes. It never waits: how much can be under way is bounded by the core.
func (f *flusher) write(writes []vsr.Write) {
	if len(writes) == 0 {
		return
	}
	f.mu.Lock()
	f.queue = append(f.queue, writes...)
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
	for {
		// A group needs two rounds. What comes meanwhile shares the second.
		if !f.journal.Pending() {
			<-f.ready
		}
		clear(group)
		f.mu.Lock()
		group, f.queue = f.queue, group[:0]
		ended := f.ended
		f.mu.Unlock()
		if err := f.commit(group); err != nil {
			f.failed(err)
			return
		}
		if ended && !f.journal.Pending() {
			return // end comes after the last write
		}
	}
}

// commit adds a group to what is on its way to the disk, and goes one round on.
func (f *flusher) commit(group []vsr.Write) error {
	for _, w := range group {
		if err := f.journal.Append(w); err != nil {
			return err
		}
	}
	if !f.journal.Pending() {
		return nil
	}
	f.since.Store(time.Now().UnixNano())
	defer f.since.Store(0)
	if err := f.journal.WriteQueued(); err != nil {
		return err
	}
	durable, err := f.journal.Flush()
	if err != nil {
		return err
	}
	f.persisted(durable)
	return nil
}
