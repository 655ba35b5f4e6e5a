// SPDX-License-Identifier: Apache-2.0

// The journal by example: what it keeps, what it refuses, what it says.

package journal

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"viewstamp/impl/storage"
	"viewstamp/impl/vsr"
)

// testConfig is a small journal.
func testConfig() Config {
	return Config{
		Identity:     Identity{Cluster: [16]byte{0xc1}, Replica: 1, Replicas: 3},
		Slots:        8,
		PrepareBytes: 32 * storage.SectorSize,
		StateMax:     200_000,
		FormatID:     [16]byte{0xf0, 0x12},
	}
}

// chained returns the entries with the checksums that they have on top of below.
func chained(below []vsr.Entry, entries ...vsr.Entry) []vsr.Entry {
	var parent vsr.Checksum
	if len(below) > 0 {
		parent = below[len(below)-1].Checksum
	}
	for i := range entries {
		entries[i].Checksum = vsr.ChecksumOf(parent, &entries[i])
		parent = entries[i].Checksum
	}
	return entries
}

// entry is an entry that differs from others in its request number and operation.
func entry(view vsr.ViewNumber, request int, operation string) vsr.Entry {
	return vsr.Entry{
		ViewNumber:    view,
		ClientID:      vsr.ClientID{0xab},
		RequestNumber: vsr.RequestNumber(request),
		Timestamp:     vsr.Timestamp(1_000_000 + request),
		Operation:     []byte(operation),
	}
}

// ops is a log of n entries.
func ops(n int) (log []vsr.Entry) {
	for i := range n {
		log = append(log, chained(log, entry(0, i+1, "x"))...)
	}
	return log
}

func formatted(t *testing.T) *storage.Sim {
	t.Helper()
	disk := storage.NewSim()
	require.NoError(t, Format(disk, testConfig()))
	return disk
}

func reopen(t *testing.T, disk storage.Disk) (*Journal, vsr.Durable) {
	t.Helper()
	j, durable, err := Open(disk, testConfig())
	require.NoError(t, err)
	return j, durable
}

func commit(t *testing.T, j *Journal, writes ...vsr.Write) {
	t.Helper()
	for _, w := range writes {
		require.NoError(t, j.Append(w))
	}
	durable, err := j.Commit()
	require.NoError(t, err)
	require.Equal(t, writes[len(writes)-1].Sequence, durable)
}

func TestKeepsWhatWasFlushed(t *testing.T) {
	disk := formatted(t)
	j, durable := reopen(t, disk)
	require.Equal(t, vsr.Durable{}, durable)

	a := chained(nil, entry(0, 1, "a"))
	b := chained(a, entry(0, 2, "bb"))
	c := chained(a, entry(2, 3, ""))
	commit(t, j, vsr.Write{Sequence: 1, Entries: a})
	commit(t, j,
		vsr.Write{Sequence: 2, Keep: 1, Entries: b},
		vsr.Write{Sequence: 3, Keep: 2, ViewNumber: 2})
	commit(t, j, vsr.Write{Sequence: 4, Keep: 1, ViewNumber: 2, LastNormalView: 2,
		Entries: c})
	require.Equal(t, uint64(3), j.Status().Groups)
	require.Equal(t, int64(5), j.Status().FreeSlots)
	require.NoError(t, j.Append(vsr.Write{Sequence: 5, Keep: 2, ViewNumber: 9, LastNormalView: 2}))

	want := vsr.Durable{ViewNumber: 2, LastNormalView: 2, Log: append(a, c...)}
	j, durable = reopen(t, disk)
	require.Equal(t, want, durable, "what was only queued is gone")

	commit(t, j, vsr.Write{Sequence: 1, Keep: 2, ViewNumber: 3, LastNormalView: 2})
	require.NoError(t, j.Close())
	want.ViewNumber = 3
	_, durable = reopen(t, disk)
	require.Equal(t, want, durable)
}

func TestRefusesTheFilesOfOthers(t *testing.T) {
	disk := formatted(t)
	for name, change := range map[string]func(*Config){
		"cluster":  func(c *Config) { c.Cluster[15]++ },
		"replica":  func(c *Config) { c.Replica = 2 },
		"replicas": func(c *Config) { c.Replicas = 5 },
	} {
		t.Run(name, func(t *testing.T) {
			c := testConfig()
			change(&c)
			before := disk.Image()
			_, _, err := Open(disk, c)
			require.ErrorIs(t, err, ErrIdentity)
			require.ErrorContains(t, err, "it belongs to replica 1 of 3 in cluster c1")
			require.Equal(t, before, disk.Image())
		})
	}
}

func TestRefusesWhatIsNoJournal(t *testing.T) {
	text := make([]byte, 2*superblockZone)
	copy(text, "#!/bin/sh\n")
	for name, image := range map[string][]byte{
		"empty": nil, "short": make([]byte, 5000), "zero": make([]byte, 1<<17), "text": text,
	} {
		t.Run(name, func(t *testing.T) {
			disk := storage.NewSimImage(image)
			_, _, err := Open(disk, testConfig())
			require.ErrorIs(t, err, ErrNotFormatted)
			_, err = Inspect(disk)
			require.ErrorIs(t, err, ErrNotFormatted)
		})
	}
}

func TestFormatDoesNotDestroy(t *testing.T) {
	disk := formatted(t)
	j, _ := reopen(t, disk)
	commit(t, j, vsr.Write{Sequence: 1, Entries: ops(1)})
	before := disk.Image()
	require.ErrorIs(t, Format(disk, testConfig()), ErrFormatted)
	require.Equal(t, before, disk.Image())

	c := testConfig()
	c.Force = true
	require.NoError(t, Format(disk, c))
	_, durable := reopen(t, disk)
	require.Empty(t, durable.Log)
}

func TestConfigIsChecked(t *testing.T) {
	for name, change := range map[string]func(*Config){
		"Cluster is zero":      func(c *Config) { c.Cluster = [16]byte{} },
		"Replicas is 0":        func(c *Config) { c.Replicas = 0 },
		"Replicas is 256":      func(c *Config) { c.Replicas = 256 },
		"Replica is 3":         func(c *Config) { c.Replica = 3 },
		"StateMax is -1":       func(c *Config) { c.StateMax = -1 },
		"PrepareBytes is 8192": func(c *Config) { c.PrepareBytes = 8000 },
		"PrepareBytes is -1":   func(c *Config) { c.PrepareBytes = -1 },
		"Slots is 3":           func(c *Config) { c.Slots = 3 },
		"Slots is 4097":        func(c *Config) { c.Slots = 4097 },
		"number below Repli":   func(c *Config) { c.Replica = 200 },
	} {
		c := testConfig()
		change(&c)
		require.ErrorContains(t, Format(storage.NewSim(), c), name)
	}
}

func TestRandomFormatIDs(t *testing.T) {
	var ids [2][16]byte
	for i := range ids {
		c := testConfig()
		c.FormatID = [16]byte{}
		disk := storage.NewSim()
		require.NoError(t, Format(disk, c))
		report, err := Inspect(disk)
		require.NoError(t, err)
		ids[i] = report.FormatID
	}
	require.NotEqual(t, ids[0], ids[1])
}

// A full journal waits for a checkpoint: what is queued stays queued, and nothing is refused.
func TestFullJournalWaitsForACheckpoint(t *testing.T) {
	disk := formatted(t)
	j, _ := reopen(t, disk)
	log := ops(12)
	for n := uint64(1); n <= 8; n++ {
		commit(t, j, vsr.Write{Sequence: n, Keep: vsr.OpNumber(n - 1), Entries: log[n-1 : n]})
	}
	require.Zero(t, j.Status().FreeSlots)
	require.NoError(t, j.Append(vsr.Write{Sequence: 9, Keep: 8, Entries: log[8:9]}))
	require.NoError(t, j.Append(vsr.Write{Sequence: 10, Keep: 9, Entries: log[9:12]}))
	require.False(t, j.Pending())
	durable, err := j.Commit()
	require.NoError(t, err)
	require.Equal(t, uint64(8), durable)
	require.Equal(t, 2, j.Queued())

	checkpoint(t, j, vsr.LogName{OpNumber: 7, Checksum: log[6].Checksum}, "seven")
	require.True(t, j.Pending())
	durable, err = j.Commit()
	require.NoError(t, err)
	require.Equal(t, uint64(10), durable)
	require.Equal(t, int64(6), j.Status().FreeSlots)

	_, got := reopen(t, disk)
	require.Equal(t, vsr.LogName{OpNumber: 7, Checksum: log[6].Checksum}, got.Checkpoint.Name)
	require.Equal(t, "seven", string(got.Checkpoint.State))
	require.Equal(t, log[7:], got.Log)
}

// checkpoint makes a checkpoint durable.
func checkpoint(t *testing.T, j *Journal, name vsr.LogName, state string) {
	t.Helper()
	require.NoError(t, j.BeginCheckpoint(vsr.Checkpoint{Name: name, State: []byte(state)}))
	for done := false; !done; {
		var err error
		done, err = j.StepCheckpoint()
		require.NoError(t, err)
	}
}

// Every call fails once, at each place where it is made: nothing is acknowledged after it, and the
// next start finds all that was acknowledged.
func TestDiskErrorsAreFinal(t *testing.T) {
	planted := errors.New("planted")
	for _, call := range []storage.Call{storage.CallWrite, storage.CallFlush} {
		for n := 1; n <= 3; n++ {
			disk := formatted(t)
			j, _ := reopen(t, disk)
			disk.FailNext(call, n, planted)
			var acknowledged uint64
			var failed error
			for s := uint64(1); s <= 8; s++ {
				err := j.Append(vsr.Write{Sequence: s, Keep: vsr.OpNumber(s - 1),
					Entries: ops(8)[s-1 : s]})
				durable, commitErr := j.Commit()
				if failed == nil && commitErr == nil {
					require.NoError(t, err)
					require.Equal(t, s, durable)
					acknowledged = durable
					continue
				}
				require.ErrorIs(t, commitErr, planted)
				require.Equal(t, acknowledged, durable, "nothing is acknowledged after an error")
				if failed != nil {
					require.Equal(t, failed, err)
					require.Equal(t, failed, commitErr)
				}
				failed = commitErr
			}
			require.Error(t, failed)
			require.Equal(t, failed, j.Close())
			disk.CrashWith(func(int64, []byte, [][]byte) []byte { return nil })
			_, durable := reopen(t, disk)
			require.GreaterOrEqual(t, len(durable.Log), int(acknowledged))
			require.Empty(t, durable.Lost)
		}
	}
}

func TestPanicsOnAWriteThatCannotComeNext(t *testing.T) {
	for name, w := range map[string]vsr.Write{
		"gap":      {Sequence: 3, Keep: 1, ViewNumber: 4, LastNormalView: 4},
		"keep":     {Sequence: 2, Keep: 2, ViewNumber: 4, LastNormalView: 4},
		"view":     {Sequence: 2, Keep: 1, ViewNumber: 3, LastNormalView: 3},
		"last":     {Sequence: 2, Keep: 1, ViewNumber: 4, LastNormalView: 3},
		"too last": {Sequence: 2, Keep: 1, ViewNumber: 4, LastNormalView: 5},
	} {
		t.Run(name, func(t *testing.T) {
			j, _ := reopen(t, formatted(t))
			commit(t, j, vsr.Write{Sequence: 1, ViewNumber: 4, LastNormalView: 4,
				Entries: ops(1)})
			require.Panics(t, func() { _ = j.Append(w) })
		})
	}
}

func TestClosedJournal(t *testing.T) {
	j, _ := reopen(t, formatted(t))
	require.NoError(t, j.Close())
	require.ErrorIs(t, j.Append(vsr.Write{Sequence: 1}), ErrClosed)
	require.ErrorIs(t, j.WriteQueued(), ErrClosed)
	_, err := j.Flush()
	require.ErrorIs(t, err, ErrClosed)
	require.ErrorIs(t, j.Close(), ErrClosed)
}

func TestIdentityAndOpens(t *testing.T) {
	disk := formatted(t)
	for n := uint64(1); n <= 3; n++ {
		id, err := ReadIdentity(disk)
		require.NoError(t, err)
		require.Equal(t, testConfig().Identity, id)
		j, _ := reopen(t, disk)
		require.Equal(t, n, j.Opens())
		require.NoError(t, j.Close())
	}
	_, err := ReadIdentity(storage.NewSim())
	require.ErrorIs(t, err, ErrNotFormatted)
}

// TestViewChangesNeverFillTheJournal: an entry that never commits, and any number of view changes,
// each with the whole log, as the core does where there is little room.
func TestViewChangesNeverFillTheJournal(t *testing.T) {
	disk := formatted(t)
	j, _ := reopen(t, disk)
	log := chained(nil, entry(0, 1, "a"))
	commit(t, j, vsr.Write{Sequence: 1, Entries: log})
	w := vsr.Write{Sequence: 1, Keep: 1}
	for v := range vsr.ViewNumber(50) {
		w = vsr.Write{Sequence: w.Sequence + 1, Keep: 1, ViewNumber: v + 1}
		if j.Room() >= vsr.RoomLittle {
			w.Keep, w.Entries = 0, log
		}
		require.NotZero(t, j.Status().FreeSlots)
		commit(t, j, w)
	}
	j, durable := reopen(t, disk)
	require.Equal(t, vsr.Durable{ViewNumber: 50, Log: log}, durable)
	require.Less(t, j.Room(), vsr.RoomTight)
}
