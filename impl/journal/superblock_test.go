// SPDX-License-Identifier: Apache-2.0

// The superblock in every state that its four copies can be in.

package journal

import (
	"testing"

	"github.com/stretchr/testify/require"

	"viewstamp/impl/storage"
)

// copyFate is what is found where a copy of the superblock belongs.
type copyFate int

const (
	asOld   copyFate = iota // as before the newest write
	asNew                   // as the newest write wants it
	torn                    // half of that write
	rotten                  // unrelated to both
	missing                 // all zero
	copyFates
)

// While version s+1 is being written, each copy can be old, new, torn, rotten or zero: 5⁴ states.
// Any that a crash and one further bad sector can leave must open, at s or at s+1; a state that is
// known to be newer is never given up while a good copy of it exists.
func TestSuperblockCopies(t *testing.T) {
	old := superblock{sequence: 6, identity: testConfig().Identity, open: 3,
		tail: position{number: 2, end: groupsStart + 8192, viewNumber: 4}}
	previous, newer := old, old
	previous.sequence, previous.open = 5, 2
	newer.sequence, newer.open, newer.tail.number = 7, 4, 3
	opened := map[uint64]int{}
	for state := range 625 {
		fates := [copies]copyFate{}
		for i, rest := 0, state; i < copies; i, rest = i+1, rest/int(copyFates) {
			fates[i] = copyFate(rest % int(copyFates))
		}
		image := make([]byte, groupsStart)
		for number, fate := range fates {
			sector := image[copyOffset(number):][:storage.SectorSize]
			before, next := make([]byte, storage.SectorSize), make([]byte, storage.SectorSize)
			// Copies 1 and 3 go from 5 to 7; copies 0 and 2 hold 6 and are not being written.
			if number%2 == 1 {
				previous.encode(before, number)
				newer.encode(next, number)
			} else {
				old.encode(before, number)
				old.encode(next, number)
			}
			switch fate {
			case asOld:
				copy(sector, before)
			case asNew:
				copy(sector, next)
			case torn:
				copy(sector, tornHalf(before, next))
			case rotten:
				copy(sector, next)
				sector[100] ^= 0x10
			}
		}
		got, err := readSuperblock(storage.NewSimImage(image))
		best := uint64(0)
		for number, fate := range fates {
			switch {
			case number%2 == 1 && fate == asNew:
				best = max(best, 7)
			case number%2 == 1 && fate == asOld:
				best = max(best, 5)
			case number%2 == 0 && fate <= torn:
				best = max(best, 6) // torn between two equal contents is whole
			}
		}
		if best == 0 {
			require.Error(t, err, "%v", fates)
			continue
		}
		require.NoError(t, err, "%v", fates)
		require.Equal(t, best, got.sequence, "%v", fates)
		opened[best]++
	}
	require.Equal(t, map[uint64]int{5: 4 * 7, 6: 21 * 16, 7: 9 * 25}, opened)
}

func TestSuperblockRefusals(t *testing.T) {
	one := superblock{sequence: 6, identity: testConfig().Identity}
	for name, change := range map[string]func(*superblock){
		"two different superblocks have sequence 6": func(s *superblock) { s.open++ },
		"copies of two different files": func(s *superblock) {
			s.sequence++
			s.formatID[0]++
		},
	} {
		other := one
		change(&other)
		image := make([]byte, groupsStart)
		one.encode(image[copyOffset(0):][:storage.SectorSize], 0)
		other.encode(image[copyOffset(2):][:storage.SectorSize], 2)
		_, err := readSuperblock(storage.NewSimImage(image))
		require.ErrorIs(t, err, ErrDamaged)
		require.ErrorContains(t, err, name)
		require.ErrorContains(t, err, "damaged at offset ")
	}
	t.Run("a copy in a wrong place", func(t *testing.T) {
		image := make([]byte, groupsStart)
		one.encode(image[copyOffset(1):][:storage.SectorSize], 2)
		_, err := readSuperblock(storage.NewSimImage(image))
		require.ErrorContains(t, err, "superblock copy 2 lies where copy 1 belongs")
	})
}
