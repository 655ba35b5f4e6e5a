// SPDX-License-Identifier: Apache-2.0

// A replica inside of another program, with a service of its own.

package server

import (
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"viewstamp/impl/client"
	"viewstamp/impl/journal"
	"viewstamp/impl/service/kv"
	"viewstamp/impl/storage"
	"viewstamp/impl/vsr"
)

// counter adds up the first bytes of its operations.
type counter struct{ sum uint64 }

func (c *counter) Execute(_ vsr.Timestamp, operation []byte) []byte {
	c.sum += uint64(operation[0])
	return c.Snapshot()
}

func (c *counter) Snapshot() []byte { return binary.BigEndian.AppendUint64(nil, c.sum) }

func (c *counter) Restore(snapshot []byte) error {
	if len(snapshot) != 8 {
		return fmt.Errorf("a snapshot of %d bytes, expected 8", len(snapshot))
	}
	c.sum = binary.BigEndian.Uint64(snapshot)
	return nil
}

func TestServiceOfOnesOwn(t *testing.T) {
	c := newCluster(t)
	for i := range c.servers {
		s, err := Start(Config{DataFile: c.dataFile(i), Addresses: c.addresses, Buffered: true,
			Listener: c.listeners[i], NewService: func() vsr.Service { return new(counter) }})
		require.NoError(t, err)
		c.servers[i] = s
	}
	var all sync.WaitGroup
	for i := range 30 {
		all.Go(func() {
			_, err := c.servers[i%3].Do(context.Background(), []byte{byte(i)})
			require.NoError(t, err)
		})
	}
	all.Wait()
	result, err := c.servers[1].Do(context.Background(), []byte{0})
	require.NoError(t, err)
	require.EqualValues(t, 29*30/2, binary.BigEndian.Uint64(result.Value))
	require.EqualValues(t, 31, result.OpNumber)
	for _, s := range c.servers {
		require.NoError(t, s.Stop())
		_, err := s.Do(context.Background(), []byte{0})
		require.ErrorIs(t, err, client.ErrClosed)
	}
}

func TestRedisClientsNeedTheStore(t *testing.T) {
	_, err := Start(Config{DataFile: "x", Addresses: []string{"127.0.0.1:1", "127.0.0.1:2"},
		RESP: "127.0.0.1:0", NewService: func() vsr.Service { return new(counter) }})
	require.ErrorIs(t, err, ErrConfig)
}

// TestJournalIsPressed: a data file with few slots for groups holds any number of them, as the
// journal asks for checkpoints in time.
func TestJournalIsPressed(t *testing.T) {
	c := newCluster(t)
	for i := range c.servers {
		require.NoError(t, os.Remove(c.dataFile(i)))
		disk, err := storage.CreateFile(c.dataFile(i), storage.FileConfig{Buffered: true})
		require.NoError(t, err)
		require.NoError(t, journal.Format(disk, journal.Config{
			PrepareBytes: 8 << 20, StateMax: 1 << 20, Slots: 16, Identity: journal.Identity{
				Cluster: testCluster, Replica: vsr.ReplicaNumber(i), Replicas: 3}}))
		require.NoError(t, disk.Close())
		c.servers[i], err = Start(Config{DataFile: c.dataFile(i), Addresses: c.addresses,
			Buffered: true, Listener: c.listeners[i]})
		require.NoError(t, err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	set, err := kv.EncodeOperation(kv.Operation{Requests: []kv.Request{
		{Command: kv.Set, Arguments: [][]byte{[]byte("k"), []byte("v")}}}})
	require.NoError(t, err)
	for range 200 {
		_, err := c.servers[0].Do(ctx, set)
		require.NoError(t, err)
	}
	for _, s := range c.servers {
		require.NoError(t, s.Stop())
	}
}
