// SPDX-License-Identifier: Apache-2.0

// How a checkpoint becomes the one that counts, and which groups it frees.

package journal

import (
	"errors"
	"fmt"

	"viewstamp/impl/vsr"
)

// BeginCheckpoint starts to make a checkpoint durable; StepCheckpoint goes on with it. The state
// must not change until it is durable. The checkpoint may be of another log than that of the
// Writes: then it stands for what the replica takes over, and once it is durable the log of the
// journal is the checkpoint, with nothing above it.
//
// One that is not above the durable one, or while another is under way, is a mistake of the core.
func (j *Journal) BeginCheckpoint(cp vsr.Checkpoint) error {
	if j.err != nil {
		return j.err
	}
	if j.checkpoint != nil || cp.Name.OpNumber <= j.super.checkpoint.name.OpNumber {
		panic(fmt.Sprintf("journal: a checkpoint at op-number %d while that of %d is durable "+
			"(another under way: %v)", cp.Name.OpNumber, j.super.checkpoint.name.OpNumber,
			j.checkpoint != nil))
	}
	if int64(len(cp.State)) > j.super.layout.stateMax {
		j.err = fmt.Errorf("journal: %w: the state at op-number %d has %d bytes, the file has room "+
			"for %d: make it larger with vsr grow, and start again; nothing is lost", ErrTooLarge,
			cp.Name.OpNumber, len(cp.State), j.super.layout.stateMax)
		return j.err
	}
	j.checkpoint = newCheckpointing(j.disk, &j.super, cp)
	return nil
}

// errNoCheckpoint is a mistake of the driver.
var errNoCheckpoint = errors.New("journal: StepCheckpoint without BeginCheckpoint")

// StepCheckpoint does the next part of a checkpoint, a chunk at a time, and says when all of it is
// durable and groups that it covers are free. Call it between groups: it takes no longer than
// writing one chunk, reading one back, or writing the superblock.
func (j *Journal) StepCheckpoint() (done bool, err error) {
	if j.err != nil {
		return false, j.err
	}
	if j.checkpoint == nil {
		return false, errNoCheckpoint
	}
	done, err = j.checkpoint.step()
	if err == nil && done {
		err = j.switchCheckpoint()
	}
	if err != nil {
		j.err = fmt.Errorf("journal: checkpoint at op-number %d: %w",
			j.checkpoint.name.OpNumber, err)
		return false, j.err
	}
	return done, nil
}

// CheckpointUnderWay says whether BeginCheckpoint was called and StepCheckpoint is not done.
func (j *Journal) CheckpointUnderWay() bool { return j.checkpoint != nil }

// switchCheckpoint puts the checkpoint into the superblock and frees groups.
func (j *Journal) switchCheckpoint() error {
	record := j.checkpoint.checkpointRecord
	next := j.index // raise changes no element
	continues := next.raise(record.name)
	first, start := j.stillNeeded(&next)
	err := j.writeSuperblock(func(s *superblock) {
		s.checkpoint = record
		s.head = j.durable.point
		s.first, s.firstStart = first, start
	})
	if err != nil {
		return err
	}
	j.index, j.checkpoint = next, nil
	if !continues {
		j.queued.name, j.written.name, j.durable.name = record.name, record.name, record.name
		j.body.name, j.header.name = record.name, record.name
	}
	return nil
}

// stillNeeded is the first group that is needed with that index, and its position. A crash can
// leave the log as it is durable, as a group on its way wants it, or in between; so what a group on
// its way drops is needed too.
func (j *Journal) stillNeeded(x *index) (first uint64, start int64) {
	first = min(x.firstGroup(), j.durable.number+1)
	for _, f := range [...]*flight{&j.body, &j.header} {
		if f.active {
			first = min(first, f.dropped)
		}
	}
	for i := range j.queue {
		first = min(first, j.queue[i].dropped)
	}
	first = max(first, j.super.first)
	if first > j.written.number {
		return first, j.written.end
	}
	return first, j.starts[first%uint64(len(j.starts))]
}
