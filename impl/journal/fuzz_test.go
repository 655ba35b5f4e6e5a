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

func sealSuperblock(sector []byte) {
	sum := sha256.Sum256(sector[32:superblockSize])
	copy(sector, sum[:])
}

// sealGroup gives a group the checksums that it would need to be believed.
func sealGroup(from []byte) {
	length := min(binary.LittleEndian.Uint64(from[160:]), uint64(len(from)-headerSize))
	body := sha256.Sum256(from[headerSize:][:length])
	copy(from[48:], body[:])
	sum := sha256.Sum256(from[32:headerSize])
	copy(from, sum[:])
}

// goodImage is the file that fuzzing starts from.
func goodImage() []byte {
	disk, _, err := threeGroups(roomy(), false)
	if err != nil {
		panic(err)
	}
	return disk.Image()
}

// FuzzOpen changes a good file: patch overwrites it from at on, over and over at that distance;
// then it is cut to size. With seal, the checksums are made right again, so that the reader
// believes what the checksums would have kept away from it.
func FuzzOpen(f *testing.F) {
	good := goodImage()
	f.Add([]byte{}, uint32(0), uint32(1), uint32(len(good)), false)
	f.Add([]byte("VSRSUPER"), uint32(32), uint32(copyDistance), uint32(len(good)), false)
	// Lengths and counts that are far too large, behind good checksums.
	huge := []byte{0xff, 0xff, 0xff, 0x7f}
	for _, at := range []int{160, headerSize + 32, headerSize + writeSize + 72} {
		f.Add(huge, uint32(groupsStart+at), uint32(1<<30), uint32(len(good)), true)
	}
	f.Fuzz(func(t *testing.T, patch []byte, at, distance, size uint32, seal bool) {
		image := append([]byte(nil), good...)
		tryImage(t, patched(image, patch, at, distance, size, seal))
	})
}

func patched(image, patch []byte, at, distance, size uint32, seal bool) []byte {
	if len(patch) > 0 {
		for off := int(at); off < len(image); off += max(int(distance), len(patch)) {
			copy(image[off:], patch)
		}
	}
	if seal {
		for number := range copies {
			sealSuperblock(image[copyOffset(number):][:storage.SectorSize])
		}
		for off := groupsStart; off < len(image); off += storage.SectorSize {
			if string(image[off+32:][:8]) == groupMagic {
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
	_, first, err := Open(disk, roomy())
	runtime.ReadMemStats(&after)
	require.NotEmpty(t, text)
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(16*len(image)+1<<20))
	if inspectErr == nil && report.Identity == roomy().Identity {
		require.Equal(t, report.Damage == nil, err == nil, "%v / %v", report.Damage, err)
	}
	if err == nil {
		_, second, err := Open(disk, roomy())
		require.NoError(t, err)
		require.True(t, sameState(first, second))
	}
}

// The same property with chance of its own, so that every test run has some.
func TestArbitraryFiles(t *testing.T) {
	good := goodImage()
	// Where a group or a superblock keeps its numbers.
	interesting := rapid.Custom(func(t *rapid.T) uint32 {
		base := rapid.SampledFrom([]int{0, copyDistance, groupsStart,
			groupsStart + storage.SectorSize, groupsStart + headerSize,
			groupsStart + headerSize + writeSize}).Draw(t, "base")
		return uint32(base + rapid.IntRange(0, 300).Draw(t, "distance"))
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
