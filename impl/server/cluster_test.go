// SPDX-License-Identifier: Apache-2.0

// Three servers in this process, over the loopback interface, with real data files.

package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"viewstamp/impl/client"
	"viewstamp/impl/journal"
	"viewstamp/impl/service/kv"
	"viewstamp/impl/storage"
	"viewstamp/impl/trace"
	"viewstamp/impl/vsr"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var testCluster = [16]byte{1, 2, 3}

// cluster is three replicas that can be stopped, killed and started.
type cluster struct {
	t         *testing.T
	dir       string
	addresses []string
	listeners [3]net.Listener // of the first start
	servers   [3]*Server
}

// newCluster formats three data files and chooses addresses.
func newCluster(t *testing.T) *cluster {
	c := &cluster{t: t, dir: t.TempDir()}
	for i := range c.servers {
		formatted(t, c.dataFile(i), vsr.ReplicaNumber(i), testCluster)
		var err error
		c.listeners[i], err = net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		c.addresses = append(c.addresses, c.listeners[i].Addr().String())
	}
	return c
}

func (c *cluster) dataFile(i int) string {
	return filepath.Join(c.dir, fmt.Sprintf("replica-%d.vsr", i))
}

// formatted makes a small data file.
func formatted(t *testing.T, path string, replica vsr.ReplicaNumber, cluster [16]byte) {
	disk, err := storage.CreateFile(path, storage.FileConfig{Buffered: true})
	require.NoError(t, err)
	require.NoError(t, journal.Format(disk, journal.Config{PrepareBytes: 8 << 20, StateMax: 1 << 20,
		Slots: 32, Identity: journal.Identity{Cluster: cluster, Replica: replica, Replicas: 3}}))
	require.NoError(t, disk.Close())
}

// start starts a replica, with a front end if it is the first time.
func (c *cluster) start(i int) {
	config := Config{DataFile: c.dataFile(i), Addresses: c.addresses, Buffered: true,
		TraceDir: filepath.Join(c.dir, "traces"), Tick: 5 * time.Millisecond,
		Listener: c.listeners[i], Core: vsr.Config{CheckpointInterval: 64, LogRetain: 16}}
	if c.listeners[i] != nil {
		front, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(c.t, err)
		config.RESPListener = front
	}
	c.listeners[i] = nil
	s, err := Start(config)
	require.NoError(c.t, err)
	c.servers[i] = s
}

var errKilled = errors.New("killed by the test")

// kill stops a replica without any of the courtesies of Stop.
func (c *cluster) kill(i int) {
	c.servers[i].fail(errKilled)
	require.ErrorIs(c.t, c.servers[i].Stop(), errKilled)
}

// client is a client of the cluster.
func (c *cluster) client() *client.Client {
	cl, err := client.New(client.Config{Cluster: testCluster, Addresses: c.addresses,
		RetryAfter: 50 * time.Millisecond})
	require.NoError(c.t, err)
	return cl
}

func command(t require.TestingT, words ...string) []byte {
	name, ok := kv.Lookup([]byte(words[0]))
	require.True(t, ok)
	request := kv.Request{Command: name}
	for _, word := range words[1:] {
		request.Arguments = append(request.Arguments, []byte(word))
	}
	operation, err := kv.EncodeOperation(kv.Operation{Requests: []kv.Request{request}})
	require.NoError(t, err)
	return operation
}

// TestKillAndRestart: eight clients do a thousand writes while the primary is killed and comes
// back. Each acknowledged write is there at the end, once, and all replicas have the same log.
func TestKillAndRestart(t *testing.T) {
	const workers, each = 8, 125
	c := newCluster(t)
	for i := range c.servers {
		c.start(i)
	}
	cl := c.client()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()

	var done atomic.Int64
	reached := make(chan struct{})
	var all sync.WaitGroup
	for w := range workers {
		all.Go(func() {
			for range each {
				result, err := cl.Do(ctx, command(t, "INCR", fmt.Sprintf("counter-%d", w)))
				require.NoError(t, err)
				require.NotZero(t, result.OpNumber)
				if done.Add(1) == workers*each/3 {
					close(reached)
				}
			}
		})
	}
	<-reached
	primary := int(cl.ViewNumber() % 3)
	c.kill(primary)
	c.start(primary)
	all.Wait()

	for w := range workers {
		result, err := cl.Do(ctx, command(t, "GET", fmt.Sprintf("counter-%d", w)))
		require.NoError(t, err)
		decoded, err := kv.DecodeResult(result.Value)
		require.NoError(t, err)
		require.Equal(t, fmt.Sprint(each), decoded.Replies[0].Text)
	}
	cl.Close()
	c.sameLogs(ctx)
	for _, s := range c.servers {
		require.NotZero(t, s.replica.CheckpointNumber())
	}
	c.readTraces(4)
}

// sameLogs waits until all replicas have committed all, stops them, and compares their logs.
func (c *cluster) sameLogs(ctx context.Context) {
	settled := func() bool {
		first := c.servers[0].Status()
		for _, s := range c.servers {
			status := s.Status()
			if status.OpNumber != first.OpNumber || status.CommitNumber != first.OpNumber {
				return false
			}
		}
		return true
	}
	require.Eventually(c.t, settled, 30*time.Second, 5*time.Millisecond)
	for _, s := range c.servers {
		require.NoError(c.t, s.Stop())
		require.NoError(c.t, s.Stop()) // the second time does nothing
	}
	for _, s := range c.servers {
		require.Equal(c.t, c.servers[0].replica.LogName(), s.replica.LogName())
	}
	require.NoError(c.t, ctx.Err())
}

// readTraces checks that there is a whole trace of each start.
func (c *cluster) readTraces(starts int) {
	files, err := filepath.Glob(filepath.Join(c.dir, "traces", "*.jsonl"))
	require.NoError(c.t, err)
	require.Len(c.t, files, starts)
	for _, path := range files {
		file, err := os.Open(path)
		require.NoError(c.t, err)
		reader, err := trace.NewReader(file, path)
		require.NoError(c.t, err)
		events := 0
		for ; ; events++ {
			_, err := reader.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			require.NoError(c.t, err, path)
		}
		require.Positive(c.t, events)
		require.NoError(c.t, file.Close())
	}
}

// TestFrontEnds: a Redis client may use any replica, primary or not, and reads what was written
// through another one. The same works after a stop and a start of all replicas.
func TestFrontEnds(t *testing.T) {
	c := newCluster(t)
	for i := range c.servers {
		c.start(i)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for i, s := range c.servers {
		rdb := redis.NewClient(&redis.Options{Addr: s.RESPAddress(), MaxRetries: -1})
		require.NoError(t, rdb.Set(ctx, fmt.Sprint(i), "value", 0).Err())
		for j := range i + 1 {
			require.Equal(t, "value", rdb.Get(ctx, fmt.Sprint(j)).Val())
		}
		info, err := rdb.Info(ctx, "vsr").Result()
		require.NoError(t, err)
		require.Contains(t, info, fmt.Sprintf("replica:%d", i))
		require.NoError(t, rdb.Close())
	}
	for _, s := range c.servers {
		require.NoError(t, s.Stop())
	}
	for i := range c.servers {
		c.start(i)
	}
	cl := c.client()
	// The old primary has given way, and the replicas tell the client so without being asked.
	inNewView := func() bool { return cl.ViewNumber() > 0 }
	require.Eventually(t, inNewView, 30*time.Second, 5*time.Millisecond)
	result, err := cl.Do(ctx, command(t, "MGET", "0", "1", "2"))
	require.NoError(t, err)
	decoded, err := kv.DecodeResult(result.Value)
	require.NoError(t, err)
	require.Len(t, decoded.Replies[0].Elements, 3)
	for _, element := range decoded.Replies[0].Elements {
		require.Equal(t, "value", element.Text)
	}
	cl.Close()
	c.sameLogs(ctx)
}
