// SPDX-License-Identifier: Apache-2.0

// Damage that is planted in the data file of a running replica.

package server

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"viewstamp/impl/journal"
	"viewstamp/impl/storage"
	"viewstamp/impl/vsr"
)

// inspect reads the data file of a replica that may run.
func (c *cluster) inspect(i int) journal.Report {
	disk, err := storage.OpenFile(c.dataFile(i), storage.FileConfig{ReadOnly: true, Buffered: true})
	require.NoError(c.t, err)
	report, err := journal.Inspect(disk)
	require.NoError(c.t, err)
	require.NoError(c.t, disk.Close())
	return report
}

// damage flips a byte of a data file.
func (c *cluster) damage(i int, at int64) {
	file, err := os.OpenFile(c.dataFile(i), os.O_RDWR, 0)
	require.NoError(c.t, err)
	one := make([]byte, 1)
	_, err = file.ReadAt(one, at)
	require.NoError(c.t, err)
	one[0] ^= 0x55
	_, err = file.WriteAt(one, at)
	require.NoError(c.t, err)
	require.NoError(c.t, file.Close())
}

// scrubbed is a cluster with a checkpoint and a log above it, of which replica 1 scrubs at a pace.
func scrubbed(t *testing.T, every time.Duration) *cluster {
	c := newCluster(t)
	for i := range c.servers {
		config := Config{DataFile: c.dataFile(i), Addresses: c.addresses, Buffered: true,
			Listener: c.listeners[i], Scrub: -1, Core: vsr.Config{CheckpointInterval: 64}}
		if i == 1 {
			config.Scrub = every
		}
		var err error
		c.servers[i], err = Start(config)
		require.NoError(t, err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for i := 0; i%64 != 30 || c.inspect(1).Checkpoint.OpNumber == 0; i++ {
		_, err := c.servers[0].Do(ctx, command(t, "SET", fmt.Sprint(i%8), strings.Repeat("v", 20<<10)))
		require.NoError(t, err)
	}
	require.Eventually(t, func() bool {
		return c.servers[1].Status().CommitNumber == c.servers[0].Status().CommitNumber &&
			len(c.inspect(1).Groups) > 0
	}, 30*time.Second, 5*time.Millisecond)
	return c
}

// TestScrubber: damage of each kind is found and repaired, while the replica runs.
func TestScrubber(t *testing.T) {
	c := scrubbed(t, time.Millisecond)
	report := c.inspect(1)
	last := report.Groups[len(report.Groups)-1]
	parts := map[string]int64{"superblock": report.SuperblockOffsets[2] + 99,
		"group": last.Offset + 400, "header": last.HeaderOffset + 50}
	for _, zone := range report.Zones() {
		if zone.Name == journal.ZoneCheckpoint {
			parts[fmt.Sprint("checkpoint ", zone.Offset)] = zone.Offset + 200
		}
	}
	found := uint64(0)
	for name, offset := range parts {
		c.damage(1, offset)
		settled := func() bool {
			s := c.servers[1].Status()
			return s.DamageFound == s.DamageRepaired && s.ScrubRounds > 0
		}
		rounds := c.servers[1].Status().ScrubRounds
		require.Eventually(t, func() bool {
			return settled() && c.servers[1].Status().ScrubRounds > rounds+2
		}, 30*time.Second, time.Millisecond, name)
		found = c.servers[1].Status().DamageFound
	}
	// A part that is not needed, or is written anew in the ordinary way meanwhile, does not count.
	require.Positive(t, found)
	before := c.servers[1].Status().CommitNumber
	c.kill(1)
	after := c.inspect(1)
	require.NoError(t, after.Damage)
	require.NoError(t, after.CheckpointDamage)
	require.True(t, after.Healthy)
	require.Empty(t, after.Durable.Lost)
	require.False(t, after.Durable.HeadUnknown)
	require.GreaterOrEqual(t, after.Checkpoint.OpNumber+vsr.OpNumber(len(after.Durable.Log)), before)
	require.NoError(t, c.servers[0].Stop())
	require.NoError(t, c.servers[2].Stop())
}

// TestNoScrubberIsSeenToFail: without it the damage is there when it is too late.
func TestNoScrubberIsSeenToFail(t *testing.T) {
	c := scrubbed(t, -1)
	report := c.inspect(1)
	last := report.Groups[len(report.Groups)-1]
	c.damage(1, last.Offset+400)
	c.kill(1)
	after := c.inspect(1)
	require.True(t, len(after.Durable.Lost) > 0 || after.Durable.HeadUnknown)
	require.NoError(t, c.servers[0].Stop())
	require.NoError(t, c.servers[2].Stop())
}
