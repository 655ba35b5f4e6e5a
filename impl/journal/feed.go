// SPDX-License-Identifier: Apache-2.0

// Feed: the order in which what a core puts out reaches the journal.

package journal

import "viewstamp/impl/vsr"

// Feed queues Writes and Checkpoints of a core for its journal. A Write with a Checkpoint in it
// waits until all before it is durable, then the checkpoint becomes durable, then the Write. A
// crash in between leaves the checkpoint with nothing above it in the views from before, which is
// a log that the replica could have had: all of it is committed.
//
// A driver calls Append, then WriteQueued and Flush of the journal, then Step, in turns. Not safe
// for concurrent use.
type Feed struct {
	journal    *Journal
	writes     []vsr.Write
	checkpoint *vsr.Checkpoint // one that waits; nil if none does
	installing bool            // the checkpoint under way is that of writes[0]
	making     vsr.OpNumber    // of the checkpoint under way
}

// NewFeed makes a Feed for a journal.
func NewFeed(j *Journal) *Feed { return &Feed{journal: j} }

// Add queues what a core has put out.
func (f *Feed) Add(writes []vsr.Write, checkpoint *vsr.Checkpoint) {
	f.writes = append(f.writes, writes...)
	if checkpoint != nil {
		f.checkpoint = checkpoint
	}
}

// Append hands to the journal what may go.
func (f *Feed) Append() error {
	j, done := f.journal, 0
	for ; done < len(f.writes) && f.writes[done].Checkpoint == nil; done++ {
		if err := j.Append(f.writes[done]); err != nil {
			return err
		}
	}
	left := copy(f.writes, f.writes[done:])
	clear(f.writes[left:])
	f.writes = f.writes[:left]
	if j.CheckpointUnderWay() {
		return nil
	}
	if left > 0 {
		if j.Pending() || j.Queued() > 0 {
			return nil
		}
		f.installing, f.checkpoint = true, nil
		return f.begin(f.writes[0].Checkpoint)
	}
	if c := f.checkpoint; c != nil {
		f.checkpoint = nil
		return f.begin(c)
	}
	return nil
}

// begin begins a checkpoint, unless a later one is durable: then it is of no use any more.
func (f *Feed) begin(c *vsr.Checkpoint) error {
	if c.Name.OpNumber <= f.journal.super.checkpoint.name.OpNumber {
		return nil
	}
	f.making = c.Name.OpNumber
	return f.journal.BeginCheckpoint(*c)
}

// Busy says whether Step has something to do.
func (f *Feed) Busy() bool { return f.journal.CheckpointUnderWay() }

// Step does the next part of the checkpoint under way. If the core waits to hear that it is
// durable, it returns its op-number; else 0.
func (f *Feed) Step() (durable vsr.OpNumber, err error) {
	if !f.Busy() {
		return 0, nil
	}
	done, err := f.journal.StepCheckpoint()
	if err != nil || !done {
		return 0, err
	}
	if !f.installing {
		return f.making, nil
	}
	f.installing = false
	f.writes[0].Checkpoint = nil
	return 0, f.Append()
}

// Room is that of the journal.
func (f *Feed) Room() vsr.Room { return f.journal.Room() }

// Pending is that of the journal: WriteQueued and Flush would make progress.
func (f *Feed) Pending() bool { return f.journal.Pending() }

// WriteQueued is that of the journal.
func (f *Feed) WriteQueued() error { return f.journal.WriteQueued() }

// Flush is that of the journal.
func (f *Feed) Flush() (durable uint64, err error) { return f.journal.Flush() }

// ScrubStep is that of the journal.
func (f *Feed) ScrubStep() (*Damage, bool, error) { return f.journal.ScrubStep() }

// Repair is that of the journal.
func (f *Feed) Repair(d *Damage, cp *vsr.Checkpoint) (good bool, err error) {
	return f.journal.Repair(d, cp)
}
