// SPDX-License-Identifier: Apache-2.0

// The superblock in every state that its four copies can be in.

package journal

import (
	"fmt"
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

func (f copyFate) String() string { return [copyFates]string{"o", "n", "×", "⊥", "0"}[f] }

func fatesOf(state int) (fates [copies]copyFate) {
	for i := range fates {
		fates[i] = copyFate(state % int(copyFates))
		state /= int(copyFates)
	}
	return fates
}

// versions are two superblocks in a row.
func versions() (older, newer superblock) {
	older = superblock{sequence: 6, identity: testConfig().Identity, open: 3, first: 1,
		head: point{number: 2, end: 8192, state: state{viewNumber: 4}}}
	c := testConfig()
	older.layout, _ = c.sizes()
	newer = older
	newer.sequence, newer.open, newer.head.number = 7, 4, 3
	newer.parent = older.encode(make([]byte, storage.SectorSize), 0)
	return older, newer
}

// place writes what is found in all four places.
func place(fates [copies]copyFate, older, newer *superblock) *storage.Sim {
	image := make([]byte, older.layout.size())
	for number, fate := range fates {
		sector := image[superblockOffset(number, int64(len(image))):][:storage.SectorSize]
		before, next := make([]byte, storage.SectorSize), make([]byte, storage.SectorSize)
		older.encode(before, number)
		newer.encode(next, number)
		switch fate {
		case asOld:
			copy(sector, before)
		case asNew:
			copy(sector, next)
		case torn:
			copy(sector, append(next[:120:120], before[120:]...))
		case rotten:
			copy(sector, next)
			sector[100] ^= 0x10
		}
	}
	return storage.NewSimImage(image)
}

// copiesOf is what is found on a disk.
func copiesOf(disk storage.Disk) ([copies]copyState, error) {
	return readCopies(disk, storage.Buffer(storage.SectorSize))
}

// wantOpen is the sequence at which four copies must open; 0: not at all. It is the rule of
// chooseSuperblock, counted in another way.
func wantOpen(fates [copies]copyFate) uint64 {
	n := map[copyFate]int{}
	for _, f := range fates {
		n[f]++
	}
	switch {
	case n[asNew] >= 2, n[asNew] == 1 && n[asOld] >= 1:
		return 7
	case n[asNew] == 0 && n[asOld] >= 2:
		return 6
	default:
		return 0
	}
}

// All 625 states; and those that a crash of the writer and one more bad copy can leave, wherever
// the writer was, open at the old version or the new one.
func TestSuperblockCopies(t *testing.T) {
	older, newer := versions()
	opened := map[uint64]int{}
	for state := range 625 {
		fates := fatesOf(state)
		states, err := copiesOf(place(fates, &older, &newer))
		require.NoError(t, err)
		best, err := chooseSuperblock(&states)
		want := wantOpen(fates)
		opened[want]++
		if want == 0 {
			require.Error(t, err, "%v", fates)
			continue
		}
		require.NoError(t, err, "%v", fates)
		require.Equal(t, want, states[best].sequence, "%v", fates)
	}
	require.Equal(t, map[uint64]int{0: 297, 6: 67, 7: 261}, opened)

	order := [copies]int{0, 2, 1, 3}
	for writer := 0; writer <= copies; writer++ {
		for bad := -1; bad < copies; bad++ {
			var fates [copies]copyFate
			for i, number := range order {
				switch {
				case i < writer:
					fates[number] = asNew
				case i == writer:
					fates[number] = torn
				}
			}
			if bad >= 0 {
				fates[bad] = rotten
			}
			require.NotZero(t, wantOpen(fates), "writer %d, bad %d: %v", writer, bad, fates)
		}
	}
}

// After a version was said, any two bad copies still open at it.
func TestSuperblockAfterItWasSaid(t *testing.T) {
	for a := range copies {
		for b := range copies {
			for _, f := range []copyFate{asOld, rotten, missing} {
				fates := [copies]copyFate{asNew, asNew, asNew, asNew}
				fates[a], fates[b] = f, rotten
				require.Equal(t, uint64(7), wantOpen(fates), "%v", fates)
			}
		}
	}
}

// Every state that opens is repaired, and a crash in the repair, with one rotten copy in addition
// where there was none, opens at the same version or the one before. Nothing was said yet.
func TestSuperblockRepair(t *testing.T) {
	older, newer := versions()
	var e storage.Enum
	for state := range 625 {
		fates := fatesOf(state)
		want := wantOpen(fates)
		if want == 0 {
			continue
		}
		disk := place(fates, &older, &newer)
		states, err := copiesOf(disk)
		require.NoError(t, err)
		best, err := chooseSuperblock(&states)
		require.NoError(t, err)
		look := func() {
			e.Crashes(disk, uint64(state), func(image *storage.Sim) {
				again, err := copiesOf(image)
				require.NoError(t, err)
				n, err := chooseSuperblock(&again)
				require.NoError(t, err, "%v", fates)
				require.Equal(t, want, again[n].sequence, "%v", fates)
			})
		}
		memory := storage.Buffer(2 * storage.SectorSize)
		require.NoError(t, repairSuperblocks(&tap{disk, look}, &states, best, memory))
		repaired, err := copiesOf(disk)
		require.NoError(t, err)
		require.Equal(t, copies, count(&repaired, best), "%v", fates)
	}
	require.Positive(t, e.Images)
}

func TestSuperblockRefusals(t *testing.T) {
	older, _ := versions()
	for what, change := range map[string]func(*superblock){
		"two different superblocks have sequence 6": func(s *superblock) { s.open++ },
		"copies of two different files":             func(s *superblock) { s.formatID[0]++ },
		"of sequence 6 and 7 do not follow each": func(s *superblock) {
			s.sequence, s.parent = 7, [32]byte{1}
		},
		"sequence 8 goes back behind that of 6": func(s *superblock) {
			s.sequence, s.head.viewNumber = 8, 3
		},
		"version 8 has only one good copy, and none of version 7": func(s *superblock) {
			s.sequence = 8
		},
	} {
		other := older
		change(&other)
		disk := place([copies]copyFate{asOld, asOld, asNew, missing}, &older, &other)
		states, err := copiesOf(disk)
		require.NoError(t, err)
		_, err = chooseSuperblock(&states)
		require.ErrorIs(t, err, ErrDamaged, what)
		require.ErrorContains(t, err, what)
		require.ErrorContains(t, err, "damaged at offset ")
	}
}

// A copy that lies in the place of another counts once, and its number is not trusted.
func TestMisdirectedCopies(t *testing.T) {
	older, newer := versions()
	disk := place([copies]copyFate{asOld, missing, missing, missing}, &older, &newer)
	sector := storage.Buffer(storage.SectorSize)
	size := disk.Size()
	older.encode(sector, 0)
	require.NoError(t, disk.WriteSectors(sector, superblockOffset(3, size)))
	states, err := copiesOf(disk)
	require.NoError(t, err)
	_, err = chooseSuperblock(&states)
	require.ErrorContains(t, err, "only one good copy")

	for _, number := range []uint32{4, 1 << 31} {
		older.encode(sector, 0)
		sector[32], sector[35] = byte(number), byte(number>>24)
		require.NoError(t, disk.WriteSectors(sector, superblockOffset(3, size)))
		states, err = copiesOf(disk)
		require.NoError(t, err)
		require.ErrorContains(t, states[3].err, fmt.Sprintf("copy number %d", number))
	}
}

// The superblock is read back: a disk that drops one write is given one more chance.
func TestSuperblockIsReadBack(t *testing.T) {
	for _, c := range []struct {
		drops int
		good  bool
	}{{0, true}, {1, true}, {2, false}} {
		disk := formatted(t)
		lying := &dropping{Sim: disk, offset: superblockOffset(1, disk.Size()), drops: c.drops}
		_, _, err := Open(lying, testConfig())
		if c.good {
			require.NoError(t, err)
			continue
		}
		require.ErrorIs(t, err, ErrDamaged)
		require.ErrorContains(t, err, "reads back differently")
	}
}

// dropping is a disk that says yes to writes at an offset and drops the first of them.
type dropping struct {
	*storage.Sim
	offset int64
	drops  int
}

func (d *dropping) WriteSectors(p []byte, off int64) error {
	if off == d.offset && d.drops > 0 {
		d.drops--
		return nil
	}
	return d.Sim.WriteSectors(p, off)
}
