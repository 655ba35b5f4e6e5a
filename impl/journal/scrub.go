// SPDX-License-Identifier: Apache-2.0

// The scrubber: it reads what is durable, a little at a time, before it is needed. Damage that is
// found while the replica runs can be repaired from its memory.

package journal

import (
	"fmt"

	"viewstamp/impl/storage"
	"viewstamp/impl/vsr"
)

// scrubber is how far a round of ScrubStep is.
type scrubber struct {
	chunk int64  // next of the checkpoint
	group uint64 // next of the groups; they come after the checkpoint
	copy  int    // next copy of the superblock; they come last
	of    vsr.LogName
}

// Damage is what ScrubStep has found. The replica still has the content in memory, and repairs it:
// a group with Write{Keep: First−1, Entries: the log above it}, the rest with Repair.
type Damage struct {
	// Checkpoint says that it is a chunk of the checkpoint, Superblock that it is a copy of the
	// superblock. Else it is a group.
	Checkpoint, Superblock bool
	Chunk                  int64
	Copy                   int
	Group                  uint64
	// First and Last are the op-numbers of the entries that are in danger. Last is below First if
	// there are none: then a later group or a checkpoint has taken their place.
	First, Last vsr.OpNumber
	What        error
}

// ScrubStep reads and checks one chunk of the checkpoint, one group with its header, or one copy of
// the superblock. It returns what is damaged, nil if nothing is, and whether a round over the whole
// file has ended. A part that cannot be read is damage; an error of ScrubStep itself is that of a
// closed or failed journal. Nothing is written.
func (j *Journal) ScrubStep() (damage *Damage, round bool, err error) {
	if j.err != nil {
		return nil, false, j.err
	}
	s := &j.scrub
	record := &j.super.checkpoint
	if s.of != record.name {
		*s = scrubber{of: record.name}
	}
	if record.name != (vsr.LogName{}) {
		x := extent{disk: j.disk, layout: j.super.layout, owner: j.owner,
			checkpointRecord: *record}
		if s.chunk < x.chunks() {
			s.chunk++
			x.memory = storage.Buffer(x.largest())
			if _, err := x.read(s.chunk - 1); err != nil {
				return &Damage{Checkpoint: true, Chunk: s.chunk - 1, First: 1,
					Last: record.name.OpNumber, What: err}, false, nil
			}
			return nil, false, nil
		}
	}
	s.group = max(s.group, j.super.first)
	if s.group <= j.durable.number {
		s.group++
		return j.scrubGroup(s.group - 1), false, nil
	}
	if s.copy < copies {
		s.copy++
		if j.copyGood(s.copy - 1) {
			return nil, false, nil
		}
		err := fmt.Errorf("copy %d of the superblock is not as it was written", s.copy-1)
		return &Damage{Superblock: true, Copy: s.copy - 1, What: err}, false, nil
	}
	s.chunk, s.group, s.copy = 0, 0, 0
	return nil, true, nil
}

// scrubGroup reads one durable group.
func (j *Journal) scrubGroup(number uint64) *Damage {
	l := &j.super.layout
	sector := storage.Buffer(storage.SectorSize)
	var slot header
	var sum [32]byte
	err := j.disk.ReadSectors(sector, l.headerOffset(number))
	if err == nil {
		sum, err = slot.decodeSlot(sector, int64(number)%l.slots, l, &j.owner)
	}
	if err == nil && slot.number != number {
		err = fmt.Errorf("the slot has the header of group %d", slot.number)
	}
	if err != nil {
		err = fmt.Errorf("header of group %d: %w", number, err)
	} else {
		v := survey{disk: j.disk, super: j.super, owner: j.owner, memory: sector}
		v.slots = make([]slotState, l.slots)
		var inFront header
		var body []byte
		c, found := v.readBody(number, slot.start, &inFront, &body)
		if c != current || found != sum {
			err = fmt.Errorf("body of group %d: not whole, or not the one of its header", number)
		}
	}
	if err == nil {
		return nil
	}
	first, last := j.index.rangeOf(number)
	return &Damage{Group: number, First: first, Last: last, What: err}
}

// rangeOf is the op-numbers of the entries that are in a group.
func (x *index) rangeOf(group uint64) (first, last vsr.OpNumber) {
	first = x.base.OpNumber + vsr.OpNumber(x.len()) + 1
	last = first - 1
	for i, g := range x.groups[x.from:] {
		if g == group {
			op := x.base.OpNumber + vsr.OpNumber(i) + 1
			first, last = min(first, op), op
		}
	}
	return first, max(last, first-1)
}
