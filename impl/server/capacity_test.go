// SPDX-License-Identifier: Apache-2.0

// The size of the state: writes are refused before a checkpoint would not fit.

package server

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"viewstamp/impl/journal"
	"viewstamp/impl/service/kv"
	"viewstamp/impl/storage"
	"viewstamp/impl/vsr"
)

// resize makes the data file of a replica anew.
func (c *cluster) resize(i int, stateMax int64) {
	require.NoError(c.t, os.Remove(c.dataFile(i)))
	disk, err := storage.CreateFile(c.dataFile(i), storage.FileConfig{Buffered: true})
	require.NoError(c.t, err)
	require.NoError(c.t, journal.Format(disk, journal.Config{PrepareBytes: 8 << 20,
		StateMax: stateMax, Slots: 32, Identity: journal.Identity{Cluster: testCluster,
			Replica: vsr.ReplicaNumber(i), Replicas: 3}}))
	require.NoError(c.t, disk.Close())
}

// TestStateIsLimited: the smallest of the data files is the limit for all. Redis clients get the
// error that they know, whichever replica they ask, and can go on once they have deleted something.
func TestStateIsLimited(t *testing.T) {
	c := newCluster(t)
	c.resize(1, 400<<10)
	for i := range c.servers {
		c.start(i)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var limits []int64
	for _, s := range c.servers {
		require.Eventually(t, func() bool { return s.Status().StateLimit == 200<<10 },
			30*time.Second, 5*time.Millisecond)
		rdb := redis.NewClient(&redis.Options{Addr: s.RESPAddress(), MaxRetries: -1})
		value := strings.Repeat("v", 50<<10)
		for i := 0; ; i++ {
			require.Less(t, i, 4)
			err := rdb.Set(ctx, fmt.Sprint(i), value, 0).Err()
			if err != nil {
				require.ErrorContains(t, err, "OOM command not allowed")
				break
			}
		}
		for i := range 100 { // more than a checkpoint
			require.NoError(t, rdb.Set(ctx, "1", value, 0).Err())
			require.Equal(t, value, rdb.Get(ctx, fmt.Sprint(i%3)).Val())
		}
		require.NoError(t, rdb.Del(ctx, "0").Err())
		require.NoError(t, rdb.Set(ctx, "0", "short", 0).Err())
		require.Contains(t, rdb.Info(ctx, "memory").Val(), "maxmemory:204800")
		require.Equal(t, "204800", rdb.ConfigGet(ctx, "maxmemory").Val()["maxmemory"])
		require.NoError(t, rdb.FlushDB(ctx).Err())
		require.NoError(t, rdb.Close())
		limits = append(limits, s.capacity.limit.Load())
	}
	require.Equal(t, []int64{200 << 10, 200 << 10, 200 << 10}, limits)
	c.sameLogs(ctx)
}

// grow makes the data file of a stopped replica larger.
func (c *cluster) grow(i int, stateMax int64) {
	old, err := storage.OpenFile(c.dataFile(i), storage.FileConfig{Buffered: true})
	require.NoError(c.t, err)
	larger, err := storage.CreateFile(c.dataFile(i)+".grow", storage.FileConfig{Buffered: true})
	require.NoError(c.t, err)
	require.NoError(c.t, journal.Grow(old, larger, journal.Config{StateMax: stateMax}))
	require.NoError(c.t, larger.Close())
	require.NoError(c.t, storage.Replace(larger.Path(), c.dataFile(i)))
	require.NoError(c.t, old.Close())
}

// TestNoLimitIsSeenToFail: the same store without a limit of its own stops the group, and the error
// says what to do. The last replica is alone then, and may never get to the checkpoint. With larger
// files all of them go on where they were.
func TestNoLimitIsSeenToFail(t *testing.T) {
	c := newCluster(t)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	failed := make(chan error, len(c.servers))
	start := func(i int) *Server {
		s, err := Start(Config{DataFile: c.dataFile(i), Addresses: c.addresses, Buffered: true,
			Listener: c.listeners[i], Core: vsr.Config{CheckpointInterval: 16},
			NewService: func() vsr.Service { return struct{ vsr.Service }{kv.New()} }})
		require.NoError(t, err)
		c.servers[i], c.listeners[i] = s, nil
		return s
	}
	for i := range c.servers {
		s := start(i)
		go func() {
			select {
			case <-s.Failed():
			case <-ctx.Done():
			}
			failed <- s.Err()
		}()
	}
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		value := strings.Repeat("v", 200<<10)
		for i := 0; ctx.Err() == nil; i++ {
			_, _ = c.servers[i%3].Do(ctx, command(t, "SET", fmt.Sprint(i), value))
		}
	}()
	for range 2 {
		err := <-failed
		require.ErrorIs(t, err, journal.ErrTooLarge)
		require.ErrorContains(t, err, "vsr grow")
	}
	cancel()
	<-stopped
	<-failed
	for _, s := range c.servers {
		_ = s.Stop() // it has failed, or is alone
	}

	ctx, cancel = context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for i := range c.servers {
		c.grow(i, 16<<20)
		start(i)
	}
	for i := range 40 { // checkpoints of more than there was room for
		_, err := c.servers[0].Do(ctx, command(t, "SET", fmt.Sprint(i%8), strings.Repeat("w", 200<<10)))
		require.NoError(t, err)
	}
	for _, s := range c.servers {
		require.NoError(t, s.Stop())
	}
}
