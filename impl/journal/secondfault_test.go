// SPDX-License-Identifier: Apache-2.0

// A crash and one bad sector: every crash image of the short traces, with rot or a lost write in
// any sector that had been durable. Open finds what was acknowledged, or it refuses. The one
// exception is the stated limit, and here it is counted.

package journal

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"viewstamp/impl/storage"
	"viewstamp/impl/vsr"
)

// secondFault counts how Open takes a crash and one bad sector.
type secondFault struct {
	// right: it found a state that holds all acknowledged Writes. refused: it returned ErrDamaged.
	// limit: it took damage in the newest acknowledged group for a torn write, because nothing
	// good lies after it.
	right, refused, limit int
}

func (s *secondFault) judge(e *enumeration, image *storage.Sim, sector, newest int64,
	states []vsr.Durable, acknowledged, before int) {
	_, got, err := Open(image, e.config)
	if err != nil {
		if !errors.Is(err, ErrDamaged) {
			e.fail("sector %d: refused with %w", sector, err)
		}
		s.refused++
		return
	}
	for _, state := range states[acknowledged:] {
		if sameState(got, state) {
			s.right++
			return
		}
	}
	if !sameState(got, states[before]) || sector < newest {
		e.fail("bad sector %d: found %s, expected one of %s or damage",
			sector, short(got), short(states[acknowledged:]...))
	}
	s.limit++
}

// trace commits the Writes one by one, the last one with a crash, and spoils one sector each time.
func (s *secondFault) trace(e *enumeration, list []vsr.Write, states []vsr.Durable) {
	disk := e.base.Clone()
	j, _ := e.open(disk)
	newest := int64(0) // first sector of the newest acknowledged group
	for _, w := range list[:len(list)-1] {
		newest = j.written.end / storage.SectorSize
		if err := play(j, []vsr.Write{w}); err != nil {
			e.fail("%w", err)
			return
		}
	}
	end, acknowledged := j.written.end/storage.SectorSize, len(list)-1
	last := func(d *storage.Sim) error { return play(j.onCopy(d), list[len(list)-1:]) }
	e.crashes(disk, last, func(image *storage.Sim, done bool) {
		acknowledged, newest, end := acknowledged, newest, end
		if done {
			acknowledged, newest, end = len(list), end, image.Size()/storage.SectorSize
		}
		before := max(acknowledged-1, 0)
		for sector := int64(0); sector < end; sector++ {
			for _, spoil := range []func(*storage.Sim, int64){flipBit, loseWrite} {
				spoiled := image.Clone()
				spoil(spoiled, sector)
				s.judge(e, spoiled, sector, newest, states, acknowledged, before)
			}
		}
	})
}

// flipBit is rot in the middle of a header, or in an operation.
func flipBit(disk *storage.Sim, sector int64) { disk.Damage(sector*storage.SectorSize+150, 4) }

// loseWrite puts back what the sector held before it was ever written.
func loseWrite(disk *storage.Sim, sector int64) {
	if disk.WriteSectors(make([]byte, storage.SectorSize), sector*storage.SectorSize) != nil ||
		disk.Flush() != nil {
		panic("the simulated disk refused a write")
	}
}

func TestCrashAndOneBadSector(t *testing.T) {
	e, s := newEnumeration(roomy()), &secondFault{}
	for number := range int(kinds * kinds * kinds) {
		list, states := drawTrace(number, 3)
		s.trace(e, list, states)
		require.NoError(t, e.violation, "trace %d", number)
	}
	require.Equal(t, secondFault{right: 11_808, refused: 1_480, limit: 440}, *s)
}
