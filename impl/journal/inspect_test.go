// SPDX-License-Identifier: Apache-2.0

// What Inspect shows, on good, torn and damaged files.

package journal

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"viewstamp/impl/storage"
	"viewstamp/impl/vsr"
)

func TestInspect(t *testing.T) {
	disk, states, err := threeGroups(roomy(), true)
	require.NoError(t, err)
	before := disk.Image()
	report, err := Inspect(disk)
	require.NoError(t, err)
	require.NoError(t, report.Damage)
	require.True(t, sameState(states[3], report.Durable))
	require.Equal(t, []string{
		"data file of replica 1 of 3 in cluster c1000000000000000000000000000000",
		"format f0120000000000000000000000000000, version 1, 98304 bytes",
		"superblock copy 0 at offset 0: good, sequence 4, open 1, tail at group 3, offset 81920",
		"superblock copy 1 at offset 16384: good, sequence 3, open 1, tail at group 0, offset 65536",
		"superblock copy 2 at offset 32768: good, sequence 4, open 1, tail at group 3, offset 81920",
		"superblock copy 3 at offset 49152: good, sequence 3, open 1, tail at group 0, offset 65536",
		"group 1 at offset 65536: open 1, 373 bytes, 1 writes; " +
			"then op-number 1, view 0, last normal view 0",
		"group 2 at offset 69632: open 1, 5449 bytes, 1 writes; " +
			"then op-number 3, view 0, last normal view 0",
		"group 3 at offset 77824: open 1, 373 bytes, 1 writes; " +
			"then op-number 3, view 3, last normal view 3",
		"end at offset 81920: no group header",
		"op-number 3, view 3, last normal view 3",
		"",
	}, strings.Split(report.String(), "\n"))

	disk.Damage(69632+300, 1)
	report, err = Inspect(disk)
	require.NoError(t, err)
	require.ErrorIs(t, report.Damage, ErrDamaged)
	require.Len(t, report.Groups, 1)
	require.Contains(t, report.String(), "DAMAGED: journal: data file is damaged at offset 69632: "+
		"group 2 of at least 3 is not good: the checksum of the body of group 2 is wrong")

	disk.Damage(69632+300, 1)
	disk.Damage(40, 1)
	report, err = Inspect(disk)
	require.NoError(t, err)
	require.Contains(t, report.String(), "superblock copy 0 at offset 0: unknown version")
	disk.Damage(40, 1)
	require.Equal(t, before, disk.Image(), "inspecting changes nothing")
}

func TestInspectShortensLongLists(t *testing.T) {
	disk := formatted(t)
	j, _ := reopen(t, disk)
	for n := uint64(1); n <= 40; n++ {
		commit(t, j, vsr.Write{Sequence: n, ViewNumber: vsr.ViewNumber(n)})
	}
	report, err := Inspect(disk)
	require.NoError(t, err)
	require.Len(t, report.Groups, 40)
	require.Equal(t, 16, strings.Count(report.String(), "\ngroup "))
	require.Contains(t, report.String(), "\n… 24 more\n")
}

// A disk that cannot be read is damage at that offset, never a short log.
func TestUnreadableSectors(t *testing.T) {
	for n := 1; n <= 5; n++ {
		disk, _, err := threeGroups(roomy(), false)
		require.NoError(t, err)
		disk.FailNext(storage.CallRead, n, errPlanted)
		_, state, err := Open(disk, roomy())
		if n <= copies {
			require.NoError(t, err, "one unreadable superblock copy")
			require.Len(t, state.Log, 3)
			continue
		}
		require.ErrorIs(t, err, ErrDamaged)
		require.ErrorContains(t, err, "planted")
	}
}
