// SPDX-License-Identifier: Apache-2.0

// Package storagetest holds the tests that every storage.Disk must pass.
package storagetest

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"viewstamp/impl/storage"
)

const sector = storage.SectorSize

// TestDisk checks the contract of storage.Disk as far as it can be seen without a crash. newDisk
// returns an empty disk each time; the suite closes it.
func TestDisk(t *testing.T, newDisk func() storage.Disk) {
	t.Run("starts empty", func(t *testing.T) { testEmpty(t, newDisk()) })
	t.Run("grows by writes", func(t *testing.T) { testGrows(t, newDisk()) })
	t.Run("reads what was written", func(t *testing.T) { testOverwrite(t, newDisk()) })
	t.Run("takes any memory", func(t *testing.T) { testMemory(t, newDisk()) })
	t.Run("keeps no caller's memory", func(t *testing.T) { testNoAlias(t, newDisk()) })
	t.Run("whole sectors only", func(t *testing.T) { testUnaligned(t, newDisk()) })
	t.Run("inside of the disk only", func(t *testing.T) { testRange(t, newDisk()) })
	t.Run("closed is closed", func(t *testing.T) { testClosed(t, newDisk()) })
	t.Run("steady writing allocates nothing", func(t *testing.T) { testAllocations(t, newDisk()) })
	t.Run("behaves like an array", func(t *testing.T) { testModel(t, newDisk) })
}

// fill returns n sectors of aligned memory, all bytes b.
func fill(n int, b byte) []byte {
	p := storage.Buffer(n * sector)
	for i := range p {
		p[i] = b
	}
	return p
}

func read(t require.TestingT, disk storage.Disk, n int, off int64) []byte {
	p := fill(n, 0xee)
	require.NoError(t, disk.ReadSectors(p, off))
	return p
}

func testEmpty(t *testing.T, disk storage.Disk) {
	require.Zero(t, disk.Size())
	require.NoError(t, disk.Flush())
	require.NoError(t, disk.ReadSectors(nil, 0))
	require.ErrorIs(t, disk.ReadSectors(fill(1, 0), 0), storage.ErrOutOfRange)
	require.NoError(t, disk.Close())
}

func testGrows(t *testing.T, disk storage.Disk) {
	require.NoError(t, disk.WriteSectors(fill(2, 1), 0))
	require.EqualValues(t, 2*sector, disk.Size())
	require.NoError(t, disk.WriteSectors(fill(2, 2), sector))
	require.EqualValues(t, 3*sector, disk.Size(), "a write across the end")
	require.NoError(t, disk.WriteSectors(fill(1, 0), 3*sector))
	require.EqualValues(t, 4*sector, disk.Size(), "zeros count too")
	want := append(append(fill(1, 1), fill(2, 2)...), fill(1, 0)...)
	require.Equal(t, want, read(t, disk, 4, 0))
	require.NoError(t, disk.Flush())
	require.Equal(t, want, read(t, disk, 4, 0))
	require.NoError(t, disk.Close())
}

func testOverwrite(t *testing.T, disk storage.Disk) {
	require.NoError(t, disk.WriteSectors(fill(4, 1), 0))
	require.NoError(t, disk.WriteSectors(fill(1, 2), sector))
	require.Equal(t, fill(1, 2), read(t, disk, 1, sector), "before a flush")
	require.NoError(t, disk.Flush())
	require.NoError(t, disk.WriteSectors(fill(1, 3), sector))
	require.NoError(t, disk.WriteSectors(fill(1, 4), sector))
	require.Equal(t, fill(1, 4), read(t, disk, 1, sector), "the last write counts")
	require.NoError(t, disk.WriteSectors(fill(1, 0), sector))
	require.Equal(t, fill(1, 0), read(t, disk, 1, sector), "zeros overwrite")
	require.Equal(t, fill(1, 1), read(t, disk, 1, 0), "neighbours stay")
	require.Equal(t, fill(2, 1), read(t, disk, 2, 2*sector), "neighbours stay")
	require.NoError(t, disk.Close())
}

func testMemory(t *testing.T, disk storage.Disk) {
	odd := fill(3, 7)[13 : 13+2*sector]
	require.NoError(t, disk.WriteSectors(odd, 0))
	got := fill(3, 0)[1 : 1+2*sector]
	require.NoError(t, disk.ReadSectors(got, 0))
	require.Equal(t, odd, got)
	require.NoError(t, disk.Close())
}

func testNoAlias(t *testing.T, disk storage.Disk) {
	p := fill(1, 1)
	require.NoError(t, disk.WriteSectors(p, 0))
	p[0] = 2
	got := read(t, disk, 1, 0)
	require.Equal(t, fill(1, 1), got)
	got[1] = 2
	require.Equal(t, fill(1, 1), read(t, disk, 1, 0))
	require.NoError(t, disk.Close())
}

func testUnaligned(t *testing.T, disk storage.Disk) {
	require.NoError(t, disk.WriteSectors(fill(2, 1), 0))
	for _, bad := range []struct {
		length int
		off    int64
	}{{sector - 1, 0}, {1, 0}, {sector, 1}, {sector, 512}, {sector, -sector + 1}, {sector, -sector}} {
		p := fill(2, 9)[:bad.length]
		require.ErrorIs(t, disk.ReadSectors(p, bad.off), storage.ErrUnaligned, "%+v", bad)
		require.ErrorIs(t, disk.WriteSectors(p, bad.off), storage.ErrUnaligned, "%+v", bad)
	}
	require.Equal(t, fill(2, 1), read(t, disk, 2, 0))
	require.NoError(t, disk.Close())
}

func testRange(t *testing.T, disk storage.Disk) {
	require.NoError(t, disk.WriteSectors(fill(2, 1), 0))
	require.ErrorIs(t, disk.ReadSectors(fill(2, 0), sector), storage.ErrOutOfRange)
	require.ErrorIs(t, disk.ReadSectors(fill(1, 0), 2*sector), storage.ErrOutOfRange)
	require.ErrorIs(t, disk.ReadSectors(fill(1, 0), 1<<62), storage.ErrOutOfRange)
	require.ErrorIs(t, disk.WriteSectors(fill(1, 0), 3*sector), storage.ErrOutOfRange, "a hole")
	require.EqualValues(t, 2*sector, disk.Size())
	require.NoError(t, disk.Close())
}

func testClosed(t *testing.T, disk storage.Disk) {
	require.NoError(t, disk.WriteSectors(fill(1, 1), 0))
	require.NoError(t, disk.Close())
	require.ErrorIs(t, disk.ReadSectors(fill(1, 0), 0), storage.ErrClosed)
	require.ErrorIs(t, disk.WriteSectors(fill(1, 0), 0), storage.ErrClosed)
	require.ErrorIs(t, disk.Flush(), storage.ErrClosed)
	require.ErrorIs(t, disk.Close(), storage.ErrClosed)
}

func testAllocations(t *testing.T, disk storage.Disk) {
	p := fill(2, 1)
	require.NoError(t, disk.WriteSectors(p, 0))
	require.NoError(t, disk.Flush())
	perRun := testing.AllocsPerRun(50, func() {
		if disk.WriteSectors(p, 0) != nil || disk.Flush() != nil || disk.ReadSectors(p, 0) != nil {
			t.Error("a call failed")
		}
	})
	require.Zero(t, perRun)
	require.NoError(t, disk.Close())
}

// testModel runs random calls on the disk and on a slice of bytes.
func testModel(t *testing.T, newDisk func() storage.Disk) {
	const most = 12 // sectors
	rapid.Check(t, func(t *rapid.T) {
		disk, model := newDisk(), []byte(nil)
		t.Repeat(map[string]func(*rapid.T){
			"write": func(t *rapid.T) {
				at := rapid.IntRange(0, len(model)/sector).Draw(t, "sector")
				n := rapid.IntRange(0, max(0, min(3, most-at))).Draw(t, "count")
				p := fill(n, rapid.Byte().Draw(t, "content"))
				require.NoError(t, disk.WriteSectors(p, int64(at*sector)))
				if grown := (at + n) * sector; grown > len(model) {
					model = append(model, make([]byte, grown-len(model))...)
				}
				copy(model[at*sector:], p)
			},
			"read": func(t *rapid.T) {
				at := rapid.IntRange(0, len(model)/sector).Draw(t, "sector")
				n := rapid.IntRange(0, len(model)/sector-at).Draw(t, "count")
				got := read(t, disk, n, int64(at*sector))
				if !bytes.Equal(got, model[at*sector:(at+n)*sector]) {
					t.Fatalf("read of %d sectors at sector %d differs", n, at)
				}
			},
			"flush": func(t *rapid.T) { require.NoError(t, disk.Flush()) },
			"":      func(t *rapid.T) { require.EqualValues(t, len(model), disk.Size()) },
		})
		require.NoError(t, disk.Close())
	})
}
