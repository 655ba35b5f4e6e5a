// SPDX-License-Identifier: Apache-2.0

// Sim: a disk in memory that remembers, for each sector, what is durable and what is not yet. It
// has no chance of its own: crashes take theirs from the caller (simcrash.go).

package storage

import (
	"bytes"
	"fmt"
)

// Call names a method of Sim for counting and for planted errors.
type Call uint8

// The calls that can be counted and made to fail.
const (
	CallRead Call = iota
	CallWrite
	CallFlush
	callKinds
)

func (c Call) String() string {
	switch c {
	case CallRead:
		return "read"
	case CallWrite:
		return "write"
	case CallFlush:
		return "flush"
	default:
		return fmt.Sprintf("Call(%d)", uint8(c))
	}
}

// Sim is a simulated Disk. The zero value is an empty disk. Not safe for concurrent use.
type Sim struct {
	sectors     []simSector
	durableSize int64
	unsynced    []int64 // numbers of the sectors with pending versions, by first write
	calls       [callKinds]int
	failures    [callKinds]failure
	closed      bool
	// Content is shared with a clone: it must not be recycled.
	shared bool
	spare  [][]byte
}

// simSector is one sector. A nil content is all zero. Content is never changed once it is here.
type simSector struct {
	durable []byte
	pending [][]byte // unsynced versions, oldest first
	before  []byte   // what durable was before the latest write
	// Reads fail. A write that reaches the disk heals it: the disk takes another place for it.
	unreadable bool
	// A flush failed with this content pending: it is in the cache, and no later flush writes it.
	dropped bool
}

// failure is an error that is planted on the call with this count.
type failure struct {
	at  int
	err error
}

var _ Disk = (*Sim)(nil)

// NewSim returns an empty simulated disk.
func NewSim() *Sim { return &Sim{} }

// NewSimImage returns a simulated disk whose durable content is a copy of image. A part of a
// sector at the end is left out, as File does.
func NewSimImage(image []byte) *Sim {
	s := &Sim{}
	for len(image) >= SectorSize {
		s.sectors = append(s.sectors, simSector{durable: contentOf(image[:SectorSize], nil)})
		image = image[SectorSize:]
	}
	s.durableSize = s.Size()
	return s
}

// Clone returns an independent disk in the same state, planted errors and counts included.
func (s *Sim) Clone() *Sim {
	s.shared = true
	clone := *s
	clone.spare = nil
	clone.sectors = append([]simSector(nil), s.sectors...)
	for i, sector := range clone.sectors {
		clone.sectors[i].pending = append([][]byte(nil), sector.pending...)
	}
	clone.unsynced = append([]int64(nil), s.unsynced...)
	return &clone
}

// Image returns what a reader sees now, flushed or not.
func (s *Sim) Image() []byte {
	image := make([]byte, s.Size())
	for i := range s.sectors {
		copy(image[i*SectorSize:], s.sectors[i].visible())
	}
	return image
}

// FailNext plants err on the n-th following call of that kind; n = 1 is the next one. A failed
// write has written the first half of its sectors; a failed flush has made nothing durable, and
// what it should have written stays undecided until it is written again or a crash decides.
func (s *Sim) FailNext(call Call, n int, err error) {
	s.failures[call] = failure{at: s.calls[call] + n, err: err}
}

// Calls is the number of calls of that kind so far, failed ones included.
func (s *Sim) Calls(call Call) int { return s.calls[call] }

// count counts a call and returns the error planted on it.
func (s *Sim) count(call Call) error {
	s.calls[call]++
	if f := s.failures[call]; f.err != nil && f.at == s.calls[call] {
		s.failures[call] = failure{}
		return fmt.Errorf("%s %d of the simulated disk: %w", call, s.calls[call], f.err)
	}
	return nil
}

// Size implements Disk.
func (s *Sim) Size() int64 { return int64(len(s.sectors)) * SectorSize }

// ReadSectors implements Disk.
func (s *Sim) ReadSectors(p []byte, off int64) error {
	if s.closed {
		return ErrClosed
	}
	if err := checkRead(len(p), off, s.Size()); err != nil {
		return err
	}
	if err := s.count(CallRead); err != nil {
		return err
	}
	if err := s.checkReadable(len(p), off); err != nil {
		return err
	}
	for number := off / SectorSize; len(p) > 0; number++ {
		if content := s.sectors[number].visible(); content != nil {
			copy(p, content)
		} else {
			clear(p[:SectorSize])
		}
		p = p[SectorSize:]
	}
	return nil
}

// WriteSectors implements Disk.
func (s *Sim) WriteSectors(p []byte, off int64) error {
	if s.closed {
		return ErrClosed
	}
	if err := checkWrite(len(p), off, s.Size()); err != nil {
		return err
	}
	err := s.count(CallWrite)
	if err != nil {
		p = p[:len(p)/SectorSize/2*SectorSize]
	}
	for number := off / SectorSize; len(p) > 0; number++ {
		if number == int64(len(s.sectors)) {
			s.sectors = append(s.sectors, simSector{})
		}
		s.write(number, p[:SectorSize])
		p = p[SectorSize:]
	}
	return err
}

// write adds one unsynced version of one sector.
func (s *Sim) write(number int64, content []byte) {
	sector := &s.sectors[number]
	if len(sector.pending) == 0 {
		s.unsynced = append(s.unsynced, number)
	}
	var memory []byte
	if last := len(s.spare) - 1; last >= 0 {
		memory, s.spare = s.spare[last], s.spare[:last]
	}
	sector.pending = append(sector.pending, contentOf(content, memory))
	sector.dropped = false
}

// Flush implements Disk.
func (s *Sim) Flush() error {
	if s.closed {
		return ErrClosed
	}
	if err := s.count(CallFlush); err != nil {
		for _, number := range s.unsynced {
			s.sectors[number].dropped = true
		}
		return err
	}
	kept := s.unsynced[:0]
	for _, number := range s.unsynced {
		if s.sectors[number].dropped {
			kept = append(kept, number)
			continue
		}
		s.settle(number)
	}
	s.unsynced = kept
	return nil
}

// settle makes the newest version of a sector durable.
func (s *Sim) settle(number int64) {
	sector := &s.sectors[number]
	last := len(sector.pending) - 1
	s.recycle(sector.before)
	for _, older := range sector.pending[:last] {
		s.recycle(older)
	}
	sector.before, sector.unreadable = sector.durable, false
	sector.durable = sector.pending[last]
	sector.pending = sector.pending[:0]
	s.durableSize = max(s.durableSize, (number+1)*SectorSize)
}

// recycle keeps memory that nothing refers to any more, so that steady writing allocates nothing.
func (s *Sim) recycle(content []byte) {
	if content != nil && !s.shared && len(s.spare) < 64 {
		s.spare = append(s.spare, content)
	}
}

// Close implements Disk. A simulated disk can be opened again with Reopen.
func (s *Sim) Close() error {
	if s.closed {
		return ErrClosed
	}
	s.closed = true
	return nil
}

// Reopen makes a closed disk usable again, as a restarted process finds it while the machine has
// stayed up: nothing is lost, and nothing more is durable.
func (s *Sim) Reopen() { s.closed = false }

// visible is what a read returns: the newest version, durable or not. Nil is all zero.
func (sector *simSector) visible() []byte {
	if last := len(sector.pending) - 1; last >= 0 {
		return sector.pending[last]
	}
	return sector.durable
}

// contentOf copies one sector, into memory if there is some. All zero is kept as nil, because most
// of a preallocated disk is zero.
func contentOf(sector, memory []byte) []byte {
	if isZero(sector) {
		return nil
	}
	if memory == nil {
		memory = make([]byte, SectorSize)
	}
	copy(memory, sector)
	return memory
}

func isZero(sector []byte) bool { return bytes.Equal(sector, zeroSector) }
