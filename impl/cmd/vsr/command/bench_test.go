// SPDX-License-Identifier: Apache-2.0

// How fast a cluster of three processes is on this machine, beside how fast its disk is.

package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"viewstamp/impl/client"
	"viewstamp/impl/service/kv"
	"viewstamp/impl/storage"
	"viewstamp/impl/transport"
)

// BenchmarkCluster sets keys from several clients at once, each with one operation under way. It
// reports the rate, the latency that 99 of 100 operations keep, and how many operations the cluster
// does in the time of one write and flush of the disk.
func BenchmarkCluster(b *testing.B) {
	dir := b.TempDir()
	perSecond := flushRate(b, dir)
	ctx, cancel := context.WithCancel(context.Background())
	output := &lines{grown: make(chan struct{}, 1)}
	f := devFlags{dir: dir, replicas: 3, port: 17200, respPort: 16579,
		journalSize: 16 << 20, stateMax: 1 << 20,
		restartAfter: time.Second}
	done := make(chan error, 1)
	go func() { done <- f.run(ctx, &streams{strings.NewReader(""), output, io.Discard}) }()
	addresses := strings.Split(output.await(b, `status --addresses (\S+)`)[1], ",")
	answer, err := transport.Ask(ctx, addresses[0], nil)
	require.NoError(b, err)
	c, err := client.New(client.Config{Cluster: answer.Cluster, Addresses: addresses})
	require.NoError(b, err)

	for _, clients := range []int{1, 8, 64, 256} {
		b.Run(fmt.Sprintf("clients=%d", clients), func(b *testing.B) {
			latencies := load(b, c, clients)
			rate := float64(b.N) / b.Elapsed().Seconds()
			slices.Sort(latencies)
			b.ReportMetric(rate, "ops/s")
			b.ReportMetric(float64(latencies[len(latencies)*99/100].Microseconds()), "p99-µs")
			b.ReportMetric(perSecond, "flushes/s")
			b.ReportMetric(rate/perSecond, "ops/flush")
		})
	}
	c.Close()
	cancel()
	require.NoError(b, <-done)
}

// load does b.N operations and returns how long each took.
func load(b *testing.B, c *client.Client, clients int) []time.Duration {
	set := kv.Request{Command: kv.Set,
		Arguments: [][]byte{[]byte("key"), []byte("a value of 32 bytes, more or less")}}
	operation, err := kv.EncodeOperation(kv.Operation{Requests: []kv.Request{set}})
	require.NoError(b, err)
	latencies := make([]time.Duration, b.N)
	next := make(chan int)
	var all sync.WaitGroup
	b.ResetTimer()
	for range clients {
		all.Go(func() {
			for i := range next {
				start := time.Now()
				if _, err := c.Do(context.Background(), operation); err != nil {
					b.Error(err)
				}
				latencies[i] = time.Since(start)
			}
		})
	}
	for i := range b.N {
		next <- i
	}
	close(next)
	all.Wait()
	b.StopTimer()
	return latencies
}

// flushRate is how often in a second the disk can write a sector and flush.
func flushRate(b *testing.B, dir string) float64 {
	const times = 200
	disk, err := storage.CreateFile(filepath.Join(dir, "flushes"), storage.FileConfig{})
	require.NoError(b, err)
	sector := storage.Buffer(storage.SectorSize)
	for i := range times {
		require.NoError(b, disk.WriteSectors(sector, int64(i)*storage.SectorSize))
	}
	require.NoError(b, disk.Flush())
	start := time.Now()
	for i := range times {
		err := disk.WriteSectors(sector, int64(i)*storage.SectorSize)
		require.NoError(b, errors.Join(err, disk.Flush()))
	}
	rate := times / time.Since(start).Seconds()
	require.NoError(b, disk.Close())
	return rate
}
