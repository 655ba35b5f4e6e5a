// SPDX-License-Identifier: Apache-2.0

// Damage to a simulated disk that is planted on purpose: what a disk does to content that it had
// promised to keep.

package storage

import (
	"bytes"
	"errors"
	"fmt"
)

// ErrUnreadable is the error of a read that touches an unreadable sector of a simulated disk.
var ErrUnreadable = errors.New("input/output error")

// Damage changes bytes of one sector of durable content by exclusive or, as rot does. It panics if
// they do not exist, are of two sectors, or are not durable: that is a mistake in the test.
func (s *Sim) Damage(off int64, flips ...byte) {
	sector := s.settled(off / SectorSize)
	content := bytes.Clone(orZeros(sector.durable))
	at := content[off%SectorSize:][:len(flips)]
	for i, flip := range flips {
		at[i] ^= flip
	}
	sector.durable = contentOf(content, nil)
}

// Unreadable makes every read of a sector fail until it is written again.
func (s *Sim) Unreadable(number int64) { s.settled(number).unreadable = true }

// LoseWrite takes back the latest write of a sector: the disk had said that it was durable, and it
// never was.
func (s *Sim) LoseWrite(number int64) {
	sector := s.settled(number)
	sector.durable = bytes.Clone(sector.before) // Each of them is recycled by itself.
}

// Swap exchanges two sectors, as two misdirected writes do.
func (s *Sim) Swap(a, b int64) {
	x, y := s.settled(a), s.settled(b)
	x.durable, y.durable = y.durable, x.durable
}

// Settled says whether a sector exists and is durable, so that it can be damaged.
func (s *Sim) Settled(number int64) bool {
	return number >= 0 && number < int64(len(s.sectors)) && len(s.sectors[number].pending) == 0
}

// settled is a sector that is durable.
func (s *Sim) settled(number int64) *simSector {
	sector := &s.sectors[number]
	if len(sector.pending) > 0 {
		panic("storage: damage to a sector that is not durable")
	}
	return sector
}

// Written lists the numbers of all sectors that hold anything but zeros, upwards.
func (s *Sim) Written() (numbers []int64) {
	for n := range s.sectors {
		if s.sectors[n].visible() != nil {
			numbers = append(numbers, int64(n))
		}
	}
	return numbers
}

// checkReadable returns the error for a read that touches an unreadable sector.
func (s *Sim) checkReadable(length int, off int64) error {
	for n := off / SectorSize; n < (off+int64(length))/SectorSize; n++ {
		if sector := &s.sectors[n]; sector.unreadable && len(sector.pending) == 0 {
			return fmt.Errorf("read of sector %d of the simulated disk: %w", n, ErrUnreadable)
		}
	}
	return nil
}
