// SPDX-License-Identifier: Apache-2.0

// Survey: the first half of recovery. It reads both rings and decides about each group. It changes
// nothing on disk.

package journal

import (
	"bytes"

	"viewstamp/impl/storage"
)

// found is one group and what the survey says about it.
type found struct {
	number uint64
	finding
	row *row
	// header is the copy that is believed, unless the verdict is unknown.
	head header
	sum  [32]byte
	// start is where the group is in the prepare ring, end where the next one begins.
	start, end int64
	body       []byte // if the verdict is clean or fix
}

// slotState is what was found in one slot of the header ring.
type slotState struct {
	class class // for the group that belongs there now
	header
	sum [32]byte
	// doubtful: what comes after the group names another parent. It is no witness for the group
	// before it.
	doubtful bool
}

// survey reads a file.
type survey struct {
	disk  storage.Disk
	super superblock
	owner owner
	slots []slotState
	// known is the last group that was durable for sure.
	known  uint64
	groups []found // from super.first on
	memory []byte  // of what is read
}

// newSurvey prepares one. It reads into the memory if that is enough.
func newSurvey(disk storage.Disk, super superblock, memory []byte) *survey {
	return &survey{disk: disk, super: super, owner: super.owner(), memory: memory,
		slots: make([]slotState, super.layout.slots)}
}

// room is memory for so many bytes, until the next call.
func (s *survey) room(n int64) []byte {
	if int64(len(s.memory)) < n {
		s.memory = storage.Buffer(int(n))
	}
	return s.memory[:n]
}

// run reads both rings. Whatever they hold, it has no error: it is in the groups.
func (s *survey) run() {
	s.readHeaders()
	for number := s.super.first; ; number++ {
		// A clean end says that there is nothing above it: what is there is rot in idle slots.
		if number > s.known && (s.super.clean || number-s.super.first >= uint64(len(s.slots))) {
			return
		}
		f := s.judge(number)
		if f.row.verdict == empty {
			return
		}
		s.groups = append(s.groups, f)
		if f.row.verdict == unknown && number > s.known {
			return
		}
	}
}

// headersAtOnce is how many sectors of the header ring are read at once.
const headersAtOnce = 64

// readHeaders classifies all slots of the header ring.
func (s *survey) readHeaders() {
	s.known = s.super.head.number
	l := &s.super.layout
	memory := s.room(min(l.slots, headersAtOnce) * storage.SectorSize)
	for first := int64(0); first < l.slots; first += headersAtOnce {
		n := min(headersAtOnce, l.slots-first)
		part := memory[:n*storage.SectorSize]
		off := l.headerOffset(uint64(first))
		whole := s.disk.ReadSectors(part, off) == nil
		for i := range n {
			sector := part[i*storage.SectorSize:][:storage.SectorSize]
			if !whole && s.disk.ReadSectors(sector, off+i*storage.SectorSize) != nil {
				continue // one sector that cannot be read hides only itself
			}
			s.readSlot(first+i, sector)
		}
	}
	for number := s.super.first + uint64(l.slots) - 1; number >= s.super.first; number-- {
		slot := &s.slots[number%uint64(l.slots)]
		slot.doubtful = slot.class == current && !s.linked(number, slot.sum)
	}
}

// readSlot classifies one slot.
func (s *survey) readSlot(number int64, sector []byte) {
	slot := &s.slots[number]
	sum, err := slot.decodeSlot(sector, number, &s.super.layout, &s.owner)
	if err != nil {
		return
	}
	slot.class, slot.sum = old, sum
	if s.counts(&slot.header) {
		slot.class = current
		s.known = max(s.known, slot.durable)
	}
}

// counts says whether a good header is of a group that belongs to the log now: not of one that was
// freed, and not of one that an earlier open has cut off. Such a group was never acknowledged. It
// may become whole later, when a later group is torn on top of it, and the replica has gone on
// without it.
func (s *survey) counts(h *header) bool {
	return h.number >= s.super.first && h.number-s.super.first < uint64(len(s.slots)) &&
		(h.number <= s.super.head.number || h.open == s.super.open)
}

// judge reads the body of one group and decides about the group.
func (s *survey) judge(number uint64) found {
	slot := &s.slots[number%uint64(len(s.slots))]
	f := found{number: number, head: slot.header, sum: slot.sum}
	f.known = number <= s.known
	f.finding.header = slot.class
	if slot.class == current && slot.number != number {
		f.finding.header = old
	}
	f.start = s.startOf(number, &f)
	f.end = f.start
	var inFront header
	var sum [32]byte
	f.prepare, sum = s.readBody(number, f.start, &inFront, &f.body)
	if f.finding.header != current {
		f.head, f.sum = inFront, sum
	}
	f.same = f.finding.header == current && f.prepare == current && sum == f.sum
	f.linked = s.linked(number, f.sum)
	f.row = decide(f.finding)
	if f.row.verdict != unknown {
		f.start, f.end = f.head.start, f.head.start+f.head.size()
	} else {
		f.end = s.endOf(number, f.start)
	}
	return f
}

// startOf is where a group begins in the prepare ring: from its own header, or from what is known
// about its neighbours.
func (s *survey) startOf(number uint64, f *found) int64 {
	super := &s.super
	switch n := len(s.groups); {
	case f.finding.header == current:
		return f.head.start
	case number == super.first:
		return super.firstStart
	case number == super.head.number:
		return super.head.start
	case number == super.head.number+1:
		return super.head.end
	case s.next(number) != nil:
		return s.next(number).parentStart
	default:
		return s.groups[n-1].end
	}
}

// endOf is where the next group begins, if the header of this one is not known.
func (s *survey) endOf(number uint64, start int64) int64 {
	if number == s.super.head.number {
		return s.super.head.end
	}
	if next := s.next(number); next != nil {
		return next.start
	}
	return start
}

// next is the header of the next group, nil if it is not known or not believed.
func (s *survey) next(number uint64) *header {
	slot := &s.slots[(number+1)%uint64(len(s.slots))]
	if slot.class != current || slot.number != number+1 || slot.doubtful {
		return nil
	}
	return &slot.header
}

// linked says whether what comes after the group knows it by this checksum.
func (s *survey) linked(number uint64, sum [32]byte) bool {
	if number == s.super.head.number && sum != s.super.head.checksum {
		return false
	}
	next := s.next(number)
	return next == nil || next.parent == sum
}

// readBody reads the copy of a group in the prepare ring.
func (s *survey) readBody(number uint64, start int64, h *header, body *[]byte) (class, [32]byte) {
	l := &s.super.layout
	sector := s.room(storage.SectorSize)
	if l.read(s.disk, sector, start) != nil {
		return bad, [32]byte{}
	}
	sum, err := h.decode(sector, &s.owner)
	switch {
	case err != nil && !isZero(sector):
		return bad, sum
	case err != nil, !s.counts(h), h.number != number, h.start != start, !h.sensible(l):
		return old, sum
	}
	group := s.room(h.size())
	copy(group, sector)
	if rest := group[storage.SectorSize:]; len(rest) > 0 &&
		l.read(s.disk, rest, start+storage.SectorSize) != nil {
		return bad, sum
	}
	if !checkBody(h, group) {
		return bad, sum
	}
	// The entries will keep parts of this copy, so that a group costs one allocation, not one each.
	*body = bytes.Clone(group[headerSize : headerSize+h.length])
	return current, sum
}

// checkBody says whether the bytes of a group are those that its header speaks of.
func checkBody(h *header, group []byte) bool {
	end := headerSize + h.length
	var s bodySummer
	sum, ok := s.of(group[headerSize:end])
	return ok && sum == h.bodySum && isZero(group[end:]) &&
		largeOperationsGood(group[headerSize:end])
}
