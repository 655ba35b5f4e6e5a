// SPDX-License-Identifier: Apache-2.0

// How long the start takes where the file is as full as it can be.

package journal

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"viewstamp/impl/storage"
	"viewstamp/impl/vsr"
)

// BenchmarkRecovery opens a file of the default sizes with the largest checkpoint and as many
// groups as go into it. The page cache does not help.
func BenchmarkRecovery(b *testing.B) {
	for _, size := range []int{64, 1 << 10, 64 << 10} {
		b.Run(fmt.Sprintf("operations of %d", size), func(b *testing.B) {
			config := testConfig()
			config.Slots, config.PrepareBytes, config.StateMax = 0, 0, 0
			path := filepath.Join(b.TempDir(), "data")
			entries, groups := fill(b, path, config, size)
			b.ResetTimer()
			for b.Loop() {
				disk, err := storage.OpenFile(path, storage.FileConfig{})
				require.NoError(b, err)
				_, durable, err := Open(disk, config)
				require.NoError(b, err)
				require.Len(b, durable.Log, entries)
				require.NoError(b, disk.Close())
			}
			b.ReportMetric(float64(entries), "entries")
			b.ReportMetric(float64(groups), "groups")
		})
	}
}

// fill makes a journal that takes no more groups, and does not close it.
func fill(b *testing.B, path string, config Config, size int) (entries int, groups uint64) {
	disk, err := storage.CreateFile(path, storage.FileConfig{Buffered: true})
	require.NoError(b, err)
	require.NoError(b, Format(disk, config))
	j, _, err := Open(disk, config)
	require.NoError(b, err)
	first := chained(nil, entry(0, 1, "x"))
	require.NoError(b, play(j, vsr.Write{Sequence: 1, Entries: first}))
	require.NoError(b, j.BeginCheckpoint(vsr.Checkpoint{
		Name:  vsr.LogName{OpNumber: 1, Checksum: first[0].Checksum},
		State: make([]byte, DefaultStateMax)}))
	for done := false; !done; {
		done, err = j.StepCheckpoint()
		require.NoError(b, err)
	}
	operation, below := string(make([]byte, size)), first
	many := max(1, (64<<10)/(size+256)) // a group is no larger than 64 KiB or one operation
	for sequence := uint64(2); j.freeSlots() > 2 && j.FreeBytes() > 512<<10; sequence++ {
		batch := make([]vsr.Entry, many)
		for i := range batch {
			batch[i] = entry(0, 1+entries+i, operation)
		}
		batch = chained(below, batch...)
		keep := vsr.OpNumber(1 + entries)
		require.NoError(b, play(j, vsr.Write{Sequence: sequence, Keep: keep, Entries: batch}))
		entries += many
		below = batch
	}
	groups = j.Status().Groups
	require.NoError(b, disk.Close())
	return entries, groups
}
