// SPDX-License-Identifier: Apache-2.0

package storage

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
)

// threeSectors is a disk with three durable sectors, of which two are being written again.
func threeSectors(t *testing.T) *Sim {
	disk := NewSim()
	write := func(n int64, content byte) {
		require.NoError(t, disk.WriteSectors(bytes.Repeat([]byte{content}, SectorSize), n*SectorSize))
	}
	for n := range int64(3) {
		write(n, 1)
	}
	require.NoError(t, disk.Flush())
	write(0, 2)
	write(2, 3)
	return disk
}

// Two unsynced sectors are nine images, each visited once for each context.
func TestEnumCrashes(t *testing.T) {
	disk := threeSectors(t)
	var e Enum
	seen := map[[3]byte]int{}
	for range 2 {
		e.Crashes(disk, 5, func(image *Sim) {
			require.Empty(t, image.Unsynced())
			at := image.Image()
			seen[[3]byte{at[0] + 10*at[SectorSize-1], at[SectorSize], at[2*SectorSize] +
				10*at[3*SectorSize-1]}]++
		})
	}
	require.Len(t, seen, 9)
	require.Equal(t, 9, e.Images)
	require.Equal(t, 1, seen[[3]byte{12, 1, 33}], "torn, as it was, new: %v", seen)
	e.Crashes(disk, 6, func(*Sim) {})
	require.Equal(t, 18, e.Images)
	require.Equal(t, []int64{0, 2}, disk.Unsynced(), "the disk is as it was")
}

func TestEnumFaults(t *testing.T) {
	disk := threeSectors(t)
	require.NoError(t, disk.Flush())
	var e Enum
	kinds := map[string]int{}
	e.Faults(disk, 0, disk.Written(), func(image *Sim, fault string, sector int64) {
		kinds[fault]++
		p := make([]byte, SectorSize)
		err := image.ReadSectors(p, sector*SectorSize)
		if fault == "a sector that cannot be read" {
			require.ErrorIs(t, err, ErrUnreadable)
			require.NoError(t, image.WriteSectors(p, sector*SectorSize))
			require.NoError(t, image.ReadSectors(p, sector*SectorSize), "a write heals it")
			return
		}
		require.NoError(t, err)
		require.NotEqual(t, disk.Image()[sector*SectorSize:][:SectorSize], p, "%s of %d", fault, sector)
	})
	// The second sector was written once, so losing that leaves zeros.
	require.Equal(t, map[string]int{"a flipped bit": 3, "a flipped bit at the end": 3, "noise": 3,
		"a sector that cannot be read": 3, "a lost write": 3,
		"two sectors in each other's place": 3}, kinds)
}
