// SPDX-License-Identifier: Apache-2.0

// The simulated disk: what crashes, planted errors and clones do.

package storage_test

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"viewstamp/impl/storage"
	"viewstamp/impl/storage/storagetest"
)

const sector = storage.SectorSize

func TestSim(t *testing.T) {
	storagetest.TestDisk(t, func() storage.Disk { return storage.NewSim() })
}

func filled(n int, b byte) []byte { return bytes.Repeat([]byte{b}, n*sector) }

func write(t *testing.T, disk storage.Disk, content byte, sectors ...int64) {
	t.Helper()
	for _, number := range sectors {
		require.NoError(t, disk.WriteSectors(filled(1, content), number*sector))
	}
}

func content(t *testing.T, disk storage.Disk, number int64) []byte {
	t.Helper()
	p := make([]byte, sector)
	require.NoError(t, disk.ReadSectors(p, number*sector))
	return p
}

func TestSimCrashDecidesUnsyncedSectors(t *testing.T) {
	disk := storage.NewSim()
	write(t, disk, 1, 0, 1, 2)
	require.NoError(t, disk.Flush())
	write(t, disk, 2, 2, 0)
	write(t, disk, 3, 2)
	write(t, disk, 4, 3, 4)
	require.Equal(t, []int64{2, 0, 3, 4}, disk.Unsynced())

	type seen struct {
		sector   int64
		old      byte
		versions []byte
	}
	var all []seen
	disk.CrashWith(func(number int64, old []byte, versions [][]byte) []byte {
		s := seen{sector: number, old: old[0]}
		for _, v := range versions {
			s.versions = append(s.versions, v[0])
		}
		all = append(all, s)
		switch number {
		case 2:
			return versions[0]
		case 3:
			return filled(1, 9)
		default:
			return nil
		}
	})
	require.Equal(t, []seen{{2, 1, []byte{2, 3}}, {0, 1, []byte{2}}, {3, 0, []byte{4}},
		{4, 0, []byte{4}}}, all)
	require.Empty(t, disk.Unsynced())
	require.EqualValues(t, 4*sector, disk.Size(), "nothing of sector 4 reached the disk")
	for number, want := range []byte{1, 1, 2, 9} {
		require.Equal(t, filled(1, want), content(t, disk, int64(number)))
	}
	disk.CrashWith(func(int64, []byte, [][]byte) []byte { panic("all is durable") })
}

func TestSimSizeIsDurableOnlyAfterFlush(t *testing.T) {
	disk := storage.NewSim()
	write(t, disk, 0, 0, 1)
	disk.CrashWith(func(int64, []byte, [][]byte) []byte { return nil })
	require.Zero(t, disk.Size())
	write(t, disk, 0, 0, 1)
	require.NoError(t, disk.Flush())
	write(t, disk, 7, 2, 3)
	disk.CrashWith(func(number int64, _ []byte, versions [][]byte) []byte {
		if number == 3 {
			return versions[0]
		}
		return nil
	})
	require.EqualValues(t, 4*sector, disk.Size())
	require.Equal(t, filled(1, 0), content(t, disk, 2))
}

// After a failed flush the content is in the cache and nowhere else, and a second flush that
// succeeds changes nothing about that.
func TestSimFailedFlushDropsTheWrites(t *testing.T) {
	planted := errors.New("planted")
	disk := storage.NewSim()
	write(t, disk, 1, 0, 1)
	require.NoError(t, disk.Flush())
	write(t, disk, 2, 0, 1)
	disk.FailNext(storage.CallFlush, 1, planted)
	require.ErrorIs(t, disk.Flush(), planted)
	require.NoError(t, disk.Flush())
	require.Equal(t, filled(1, 2), content(t, disk, 0), "the cache has it")
	require.Equal(t, []int64{0, 1}, disk.Unsynced(), "the disk need not")
	write(t, disk, 3, 1)
	require.NoError(t, disk.Flush())
	require.Equal(t, []int64{0}, disk.Unsynced(), "what is written again is flushed again")
	disk.CrashWith(func(int64, []byte, [][]byte) []byte { return nil })
	require.Equal(t, filled(1, 1), content(t, disk, 0))
	require.Equal(t, filled(1, 3), content(t, disk, 1))
}

func TestSimPlantedErrors(t *testing.T) {
	planted := errors.New("planted")
	disk := storage.NewSim()
	disk.FailNext(storage.CallWrite, 2, planted)
	write(t, disk, 1, 0)
	err := disk.WriteSectors(filled(4, 2), 0)
	require.ErrorIs(t, err, planted)
	require.ErrorContains(t, err, "write 2 of the simulated disk")
	require.Equal(t, filled(2, 2), disk.Image(), "half of the write has happened")
	write(t, disk, 3, 2)
	disk.FailNext(storage.CallRead, 1, planted)
	require.ErrorIs(t, disk.ReadSectors(make([]byte, sector), 0), planted)
	require.NoError(t, disk.ReadSectors(make([]byte, sector), 0))
	require.Equal(t, 3, disk.Calls(storage.CallWrite))
	require.Equal(t, 2, disk.Calls(storage.CallRead))
	require.Equal(t, 0, disk.Calls(storage.CallFlush))
}

func TestSimCloneIsIndependent(t *testing.T) {
	disk := storage.NewSim()
	write(t, disk, 1, 0, 1)
	require.NoError(t, disk.Flush())
	write(t, disk, 2, 1, 2)
	clone := disk.Clone()
	write(t, disk, 3, 1, 2, 0)
	write(t, clone, 4, 2, 3)
	require.NoError(t, disk.Flush())
	write(t, disk, 5, 0, 1)
	require.NoError(t, clone.Flush())
	require.Equal(t, []byte{5, 5, 3}, firstBytes(disk))
	require.Equal(t, []byte{1, 2, 4, 4}, firstBytes(clone))
}

func firstBytes(disk *storage.Sim) (first []byte) {
	image := disk.Image()
	for at := 0; at < len(image); at += sector {
		first = append(first, image[at])
	}
	return first
}

// The same chance gives the same crash; over many, each sector is seen old, new and torn.
func TestSimCrashIsDeterministic(t *testing.T) {
	base := storage.NewSim()
	write(t, base, 1, 0, 1)
	require.NoError(t, base.Flush())
	write(t, base, 2, 0, 1, 2)
	seen := map[string]int{}
	for seed := range uint64(100) {
		a, b := base.Clone(), base.Clone()
		a.Crash(rand.New(rand.NewPCG(seed, 1)))
		b.Crash(rand.New(rand.NewPCG(seed, 1)))
		require.Equal(t, a.Image(), b.Image(), "seed %d", seed)
		require.Empty(t, a.Unsynced())
		switch got := content(t, a, 1); {
		case bytes.Equal(got, filled(1, 1)):
			seen["old"]++
		case bytes.Equal(got, filled(1, 2)):
			seen["new"]++
		default:
			seen["torn"]++
		}
	}
	require.Greater(t, min(seen["old"], seen["new"], seen["torn"]), 10, "%v", seen)
}

func TestSimImageRoundTrip(t *testing.T) {
	image := append(append(filled(1, 0), filled(2, 5)...), "a rest"...)
	disk := storage.NewSimImage(image)
	require.Equal(t, image[:3*sector], disk.Image())
	disk.Damage(sector+3, 0x40)
	require.Equal(t, byte(0x45), disk.Image()[sector+3])
	disk.CrashWith(func(int64, []byte, [][]byte) []byte { panic("all is durable") })
	require.EqualValues(t, 3*sector, disk.Size())
	require.NoError(t, disk.Close())
	disk.Reopen()
	require.NoError(t, disk.Flush())
}

// A lost write leaves a sector whose memory belongs to it alone: later writes of other sectors do
// not change it.
func TestLostWriteSharesNoMemory(t *testing.T) {
	disk := storage.NewSim()
	write := func(sector int64, content byte) {
		require.NoError(t, disk.WriteSectors(bytes.Repeat([]byte{content}, storage.SectorSize),
			sector*storage.SectorSize))
		require.NoError(t, disk.Flush())
	}
	write(0, 1)
	write(0, 2)
	disk.LoseWrite(0)
	write(0, 3) // Recycles what was before.
	write(1, 4) // Takes that memory.
	write(0, 5) // Recycles it once more, if it is still there.
	write(2, 6)
	p := make([]byte, storage.SectorSize)
	require.NoError(t, disk.ReadSectors(p, storage.SectorSize))
	require.Equal(t, bytes.Repeat([]byte{4}, storage.SectorSize), p)
}
