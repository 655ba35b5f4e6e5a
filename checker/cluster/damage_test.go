// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"viewstamp/impl/journal"
	"viewstamp/impl/storage"
	"viewstamp/impl/vsr"
)

// Damage is real, small, and where it says it is.

// dataFile is the data file of a replica that has written some groups.
func dataFile(t *testing.T) string {
	path := filepath.Join(t.TempDir(), "replica-0.vsr")
	disk, err := storage.CreateFile(path, storage.FileConfig{Buffered: true})
	require.NoError(t, err)
	id := journal.Identity{Cluster: [16]byte{1}, Replicas: 3}
	require.NoError(t, journal.Format(disk, journal.Config{Identity: id, PrepareBytes: 1 << 20,
		StateMax: 1 << 20}))
	j, _, err := journal.Open(disk, journal.Config{Identity: id})
	require.NoError(t, err)
	var entries []vsr.Entry
	sum := vsr.Checksum{}
	for n := range 20 {
		e := vsr.Entry{RequestNumber: vsr.RequestNumber(n + 1), Operation: []byte{byte(n)}}
		e.Checksum = vsr.ChecksumOf(sum, &e)
		sum, entries = e.Checksum, append(entries, e)
	}
	for n := range entries {
		require.NoError(t, j.Append(vsr.Write{Sequence: uint64(n + 1), Keep: vsr.OpNumber(n),
			Entries: entries[n : n+1]}))
		for j.Pending() {
			require.NoError(t, j.WriteQueued())
			_, err := j.Flush()
			require.NoError(t, err)
		}
	}
	require.NoError(t, j.Close())
	require.NoError(t, disk.Close())
	return path
}

func TestDamageChangesAFewSectors(t *testing.T) {
	path := dataFile(t)
	good, err := os.ReadFile(path)
	require.NoError(t, err)
	older := path + ".older"
	require.NoError(t, os.WriteFile(older, make([]byte, len(good)), 0o600))
	zones := map[string]int{}
	for i, how := range []damage{(*damager).flipBit, (*damager).zeroRun, (*damager).swapRuns,
		(*damager).olderRun} {
		for seed := range 12 {
			d := &damager{rand.New(rand.NewPCG(uint64(seed), uint64(i)))}
			what, err := d.do(path, older, how)
			require.NoError(t, err)
			bad, err := os.ReadFile(path)
			require.NoError(t, err)
			require.Len(t, bad, len(good))
			changed := 0
			for off := 0; off < len(good); off += storage.SectorSize {
				if string(good[off:off+storage.SectorSize]) != string(bad[off:off+storage.SectorSize]) {
					changed++
				}
			}
			require.Positive(t, changed, what)
			require.LessOrEqual(t, changed, 2*runMax, what)
			for _, z := range []string{journal.ZoneSuperblock, journal.ZoneHeaders,
				journal.ZonePrepares, journal.ZoneCheckpoint} {
				if strings.Contains(what, "("+z+")") {
					zones[z]++
				}
			}
			require.NoError(t, os.WriteFile(path, good, 0o600))
		}
	}
	require.Len(t, zones, 4, "each zone is hit: %v", zones)
	_, err = (&damager{rand.New(rand.NewPCG(1, 1))}).do(path, "", (*damager).truncate)
	require.NoError(t, err)
	bad, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, good[:len(bad)], bad)
	require.Less(t, len(bad), len(good))
}

// After helical damage each replica has lost entries of its own part alone.
func TestHelicalDamageKeepsToItsPart(t *testing.T) {
	path := dataFile(t)
	groups, err := (&damager{rand.New(rand.NewPCG(1, 1))}).helical(path, 1, part{5, 10})
	require.NoError(t, err)
	require.Positive(t, groups)
	report, err := inspect(path)
	require.NoError(t, err)
	require.False(t, report.Durable.HeadUnknown)
	require.False(t, report.Healthy)
	lost := 0
	for _, l := range report.Durable.Lost {
		require.Greater(t, l.First, vsr.OpNumber(5), fmt.Sprint(report.Durable.Lost))
		require.LessOrEqual(t, l.Last, vsr.OpNumber(10))
		lost += int(l.Last - l.First + 1)
	}
	require.Equal(t, groups, lost)
}
