// SPDX-License-Identifier: Apache-2.0

// Arbitrary bytes as a data file: an error or a state, never a panic, never more memory than the
// file is long, times a constant.

package journal

import (
	"crypto/sha256"
	"encoding/binary"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"viewstamp/impl/storage"
)

// sealGroup gives a header the checksums that it would need to be believed.
func sealGroup(from []byte) {
	length := binary.LittleEndian.Uint64(from[184:])
	if !isZero(from[headerSize:min(len(from), headerSize+256)]) {
		length = min(length, uint64(len(from)-headerSize))
		var s bodySummer
		body, _ := s.of(from[headerSize:][:length])
		copy(from[192:], body[:])
	}
	sum := sha256.Sum256(from[32:headerSize])
	copy(from, sum[:])
}

// patched changes a good file: patch overwrites it from at on, over and over at that distance; then
// it is cut to size. With seal, the checksums are made right again, so that the reader believes
// what the checksums would have kept away from it.
func patched(image, patch []byte, at, distance, size uint32, seal bool) []byte {
	if len(patch) > 0 {
		for off := int(at); off < len(image); off += max(int(distance), len(patch)) {
			copy(image[off:], patch)
		}
	}
	if seal {
		for number := range copies {
			sealSuperblock(image[superblockOffset(number, int64(len(image))):][:storage.SectorSize])
		}
		for off := superblockZone; off < len(image); off += storage.SectorSize {
			if string(image[off+32:][:8]) == headerMagic {
				sealGroup(image[off:])
			}
		}
	}
	return image[:min(int(size), len(image))]
}

// tryImage opens and inspects one file. What opens once opens again with the same content.
func tryImage(t require.TestingT, image []byte) {
	disk := storage.NewSimImage(image)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	report, inspectErr := Inspect(disk)
	text := report.String()
	_, first, err := Open(disk, testConfig())
	runtime.ReadMemStats(&after)
	require.NotEmpty(t, text)
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(64*len(image)+4<<20))
	if inspectErr == nil && report.Identity == testConfig().Identity {
		require.Equal(t, report.Damage == nil, err == nil, "%v / %v", report.Damage, err)
	}
	if err == nil {
		_, second, err := Open(disk, testConfig())
		require.NoError(t, err)
		require.True(t, equal(&first, &second))
	}
}

func FuzzOpen(f *testing.F) {
	disk, _ := sample(f)
	good := disk.Image()
	f.Add([]byte{}, uint32(0), uint32(1), uint32(len(good)), false)
	f.Add([]byte(superblockMagic), uint32(40), uint32(copyDistance), uint32(len(good)), false)
	// Lengths and counts that are far too large, behind good checksums.
	huge := []byte{0xff, 0xff, 0xff, 0x7f}
	for _, at := range []int{184, headerSize + 36, headerSize + writeSize + 72} {
		f.Add(huge, uint32(superblockZone+at), uint32(storage.SectorSize), uint32(len(good)), true)
	}
	f.Fuzz(func(t *testing.T, patch []byte, at, distance, size uint32, seal bool) {
		image := append([]byte(nil), good...)
		tryImage(t, patched(image, patch, at, distance, size, seal))
	})
}

// The same property with chance of its own, so that every test run has some.
func TestArbitraryFiles(t *testing.T) {
	disk, _ := sample(t)
	good := disk.Image()
	l, _ := func() (layout, error) { c := testConfig(); return c.sizes() }()
	// Where a group or a superblock keeps its numbers.
	interesting := rapid.Custom(func(t *rapid.T) uint32 {
		base := rapid.SampledFrom([]int{0, copyDistance, superblockZone,
			superblockZone + 2*storage.SectorSize, int(l.prepareStart()),
			int(l.prepareStart()) + headerSize, int(l.extentStart(0))}).Draw(t, "base")
		return uint32(base + rapid.IntRange(0, 450).Draw(t, "distance"))
	})
	rapid.Check(t, func(t *rapid.T) {
		patch := rapid.SliceOfN(rapid.OneOf(rapid.SampledFrom([]byte{0, 1, 0x7f, 0xff}),
			rapid.Byte()), 0, 12).Draw(t, "patch")
		at := rapid.OneOf(interesting, rapid.Uint32Max(uint32(len(good)))).Draw(t, "at")
		distance := rapid.SampledFrom([]uint32{64, storage.SectorSize, copyDistance, 1 << 30}).
			Draw(t, "every")
		size := rapid.OneOf(rapid.Just(uint32(len(good))), rapid.Uint32Max(uint32(len(good)))).
			Draw(t, "size")
		seal := rapid.Bool().Draw(t, "seal")
		image := append([]byte(nil), good...)
		tryImage(t, patched(image, patch, at, distance, size, seal))
	})
}
