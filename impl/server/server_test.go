// SPDX-License-Identifier: Apache-2.0

// Starts that cannot work, disks that fail, and the inbox.

package server

import (
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"viewstamp/impl/journal"
	"viewstamp/impl/service/kv"
	"viewstamp/impl/storage"
	"viewstamp/impl/transport"
	"viewstamp/impl/vsr"
)

// TestBadStarts: each says what is wrong, leaves the data file as it is, and nothing running.
func TestBadStarts(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "good.vsr")
	formatted(t, path, 1, testCluster)
	garbage := filepath.Join(dir, "garbage.vsr")
	require.NoError(t, os.WriteFile(garbage, make([]byte, 1<<17), 0o600))
	addresses := []string{"127.0.0.1:7", "127.0.0.1:8", "127.0.0.1:9"}
	before, err := os.ReadFile(path)
	require.NoError(t, err)

	for name, row := range map[string]struct {
		change func(*Config)
		is     error
		says   string
	}{
		"no data file": {func(c *Config) { c.DataFile = "" }, ErrConfig, "no data file"},
		"absent": {func(c *Config) { c.DataFile = filepath.Join(dir, "absent") },
			ErrStorage, "vsr format"},
		"directory": {func(c *Config) { c.DataFile = dir }, ErrStorage, dir},
		"garbage":   {func(c *Config) { c.DataFile = garbage }, journal.ErrNotFormatted, garbage},
		"one address": {func(c *Config) { c.Addresses = addresses[:1] },
			ErrConfig, "1 addresses"},
		"two addresses": {func(c *Config) { c.Addresses = addresses[:2] },
			ErrConfig, "replica 1 of 3"},
		"other replica": {func(c *Config) { c.Expect = &Expectation{Replica: 2} },
			ErrConfig, "replica 1 of 3 in cluster 01020300000000000000000000000000, expected that of " +
				"replica 2: replica 1 has the address 127.0.0.1:8"},
		"other cluster": {func(c *Config) {
			c.Expect = &Expectation{Replica: -1, Cluster: [16]byte{9}}
		}, ErrConfig, "expected one of cluster 09"},
		"bad address": {func(c *Config) { c.Addresses = []string{"a", "b", "c"} },
			ErrConfig, `"a"`},
		"far address": {func(c *Config) { c.Addresses[2] = "192.0.2.1:7000" },
			transport.ErrInsecure, "--insecure"},
		"bad resp": {func(c *Config) { c.RESP = "6379" }, ErrConfig, "Redis front end"},
		"bad http": {func(c *Config) { c.HTTP = "9100" }, ErrConfig, "HTTP"},
		"taken":    {func(c *Config) { c.Addresses[1] = taken(t) }, ErrStorage, "address already in use"},
		"taken by Redis": {func(c *Config) { c.Addresses[1], c.RESP = free(t), taken(t) },
			ErrStorage, "address already in use"},
		"bad core": {func(c *Config) { c.Core.PipelineMax = -1 }, nil, "PipelineMax"},
		"no trace": {func(c *Config) { c.TraceDir = garbage }, ErrStorage, "trace"},
		"negative": {func(c *Config) { c.Tick = -1 }, ErrConfig, "negative"},
	} {
		t.Run(name, func(t *testing.T) {
			config := Config{DataFile: path, Buffered: true,
				Addresses: append([]string(nil), addresses...)}
			row.change(&config)
			_, err := Start(config)
			require.ErrorContains(t, err, row.says)
			if row.is != nil {
				require.ErrorIs(t, err, row.is)
			}
		})
	}
	after, err := os.ReadFile(path)
	require.NoError(t, err)
	end := len(before) - 64<<10
	require.Equal(t, before[64<<10:end], after[64<<10:end]) // the superblocks count the starts
}

// TestInUse: a data file can have one process only.
func TestInUse(t *testing.T) {
	c := newCluster(t)
	c.start(0)
	_, err := Start(Config{DataFile: c.dataFile(0), Addresses: c.addresses, Buffered: true})
	require.ErrorIs(t, err, storage.ErrInUse)
	require.NoError(t, c.servers[0].Stop())
	for _, listener := range c.listeners[1:] {
		require.NoError(t, listener.Close())
	}
}

// brokenJournal fails at a chosen commit.
type brokenJournal struct {
	good      int
	committed []uint64
	appended  uint64
	written   uint64
	flushing  bool
}

var errBroken = errors.New("the disk is broken")

func (j *brokenJournal) Add(writes []vsr.Write, _ *vsr.Checkpoint) {
	for _, w := range writes {
		j.appended = w.Sequence
	}
}

func (j *brokenJournal) Append() error               { return nil }
func (j *brokenJournal) Busy() bool                  { return false }
func (j *brokenJournal) Room() vsr.Room              { return vsr.RoomPlenty }
func (j *brokenJournal) Step() (vsr.OpNumber, error) { return 0, nil }

func (j *brokenJournal) ScrubStep() (*journal.Damage, bool, error) { return nil, true, nil }

func (j *brokenJournal) Repair(*journal.Damage, *vsr.Checkpoint) (bool, error) { return true, nil }

func (j *brokenJournal) Pending() bool { return j.appended > j.written || j.flushing }

func (j *brokenJournal) WriteQueued() error {
	j.flushing, j.written = true, j.appended
	return nil
}

func (j *brokenJournal) Flush() (uint64, error) {
	j.flushing = false
	if j.good == 0 {
		return 0, errBroken
	}
	j.good--
	j.committed = append(j.committed, j.written)
	return j.written, nil
}

// TestFlusher: groups are committed in order; after an error nothing is written or reported.
func TestFlusher(t *testing.T) {
	j := &brokenJournal{good: 2}
	persisted := make(chan uint64, 10)
	failed := make(chan error, 10)
	f := newFlusher(j, func(n uint64, _ vsr.OpNumber) { persisted <- n },
		func(err error) { failed <- err })
	var running sync.WaitGroup
	running.Go(f.run)
	f.write([]vsr.Write{{Sequence: 1}, {Sequence: 2}}, nil)
	require.Equal(t, uint64(2), <-persisted)
	f.write(nil, nil)
	f.write([]vsr.Write{{Sequence: 3}}, nil)
	require.Equal(t, uint64(3), <-persisted)
	f.write([]vsr.Write{{Sequence: 4}}, nil)
	require.ErrorIs(t, <-failed, errBroken)
	f.write([]vsr.Write{{Sequence: 5}}, nil)
	f.end()
	running.Wait()
	require.Equal(t, []uint64{2, 3}, j.committed)
	require.Empty(t, persisted)
	require.Empty(t, failed, "after an error the disk is not asked again")

	// What is queued when the end comes is still written.
	j.good = 1
	f = newFlusher(j, func(n uint64, _ vsr.OpNumber) { persisted <- n },
		func(err error) { failed <- err })
	f.write([]vsr.Write{{Sequence: 6}}, nil)
	f.end()
	f.run()
	require.Equal(t, uint64(6), <-persisted)
}

// TestDiskFails: the server stops by itself, says why, and the error is one of storage.
func TestDiskFails(t *testing.T) {
	c := newCluster(t)
	c.start(0)
	s := c.servers[0]
	require.NoError(t, s.Err())
	s.flusher.failed(errBroken)
	<-s.Failed()
	for _, err := range []error{s.Err(), s.Stop()} {
		require.ErrorIs(t, err, errBroken)
		require.ErrorIs(t, err, ErrStorage)
	}
	for _, listener := range c.listeners[1:] {
		require.NoError(t, listener.Close())
	}
}

// TestStuckDisk: a primary whose disk hangs stops its heartbeats, and later itself.
func TestStuckDisk(t *testing.T) {
	replica, err := vsr.New(vsr.Config{Replicas: 3}, kv.New(), vsr.Durable{}, true)
	require.NoError(t, err)
	c, err := Config{DataFile: "-", Addresses: []string{"[::1]:1", "[::1]:2"}}.withDefaults()
	require.NoError(t, err)
	s := &Server{config: c, replica: replica, flusher: newFlusher(nil, nil, nil),
		failed: make(chan struct{})}
	now := time.Now()
	require.True(t, s.mayTick(now))
	s.flusher.since.Store(now.UnixNano())
	require.True(t, s.mayTick(now.Add(9*time.Second)))
	require.False(t, s.mayTick(now.Add(11*time.Second)))
	require.NoError(t, s.Err())
	s.flusher.since.Store(0)
	require.True(t, s.mayTick(now.Add(12*time.Second)))
	s.flusher.since.Store(now.UnixNano())
	require.False(t, s.mayTick(now.Add(61*time.Second)))
	require.ErrorIs(t, s.Err(), ErrStorage)
	require.ErrorContains(t, s.Err(), "longer than 1m0s")
}

// TestInbox: connections wait while it is full, the front end is refused, and close ends all.
func TestInbox(t *testing.T) {
	in := newInbox()
	for range inboxMax {
		in.put(&vsr.Commit{})
	}
	var waiting sync.WaitGroup
	waiting.Go(func() { in.put(&vsr.Request{}) })
	for range inboxMax - 1 {
		require.True(t, in.offer(&vsr.Commit{}))
	}
	in.persist(7, 3)
	batch, persisted, checkpoint := in.take(nil)
	require.GreaterOrEqual(t, len(batch), 2*inboxMax-1)
	require.Equal(t, uint64(7), persisted)
	require.Equal(t, vsr.OpNumber(3), checkpoint)
	first := batch[0]
	require.True(t, in.offer(&vsr.Request{})) // not into the memory of the batch
	require.Same(t, first, batch[0])
	waiting.Wait()
	for in.offer(&vsr.Commit{}) {
	}
	batch, _, checkpoint = in.take(batch)
	require.Zero(t, checkpoint)
	require.Len(t, batch, 2*inboxMax)
	for range inboxMax {
		in.put(&vsr.Commit{})
	}
	waiting.Go(func() { in.put(&vsr.Commit{}) })
	in.close()
	waiting.Wait()
	require.False(t, in.offer(&vsr.Commit{}))
	batch, _, checkpoint = in.take(batch)
	require.Zero(t, checkpoint)
	require.Len(t, batch, inboxMax)
}
