// SPDX-License-Identifier: Apache-2.0

// This file tests the limit of the state: it is never passed, and refuses no more than it must.

package kv_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"viewstamp/impl/service/kv"
	"viewstamp/impl/vsr"
)

// limited makes a store with room for so many bytes of entries.
func limited(t require.TestingT, bytes int64) *kv.Store {
	store := kv.New()
	setCapacity(t, store, 1, store.Size()+bytes)
	return store
}

func setCapacity(t require.TestingT, store *kv.Store, replica vsr.ReplicaNumber, bytes int64) {
	result := store.Execute(0, kv.EncodeCapacity(kv.Capacity{Replica: replica, Bytes: bytes}))
	require.Equal(t, kv.Result{Replies: []kv.Reply{simple("OK")}}, decode(t, result))
}

func TestLeastCapacityIsTheLimit(t *testing.T) {
	store := kv.New()
	require.Zero(t, store.Limit())
	for _, step := range []struct {
		replica      vsr.ReplicaNumber
		bytes, limit int64
	}{{2, 5000, 5000}, {0, 6000, 5000}, {1, 4000, 4000}, {1, 7000, 5000}, {2, 9000, 6000}} {
		setCapacity(t, store, step.replica, step.bytes)
		require.Equal(t, step.limit, store.Limit())
		require.Equal(t, step.bytes, store.Capacity(step.replica))
	}
	require.Zero(t, store.Capacity(3))
	restored := kv.New()
	require.NoError(t, restored.Restore(store.Snapshot()))
	require.EqualValues(t, 6000, restored.Limit())
	before := store.Snapshot()
	for _, bytes := range []string{"\x02", "\x02\x01", "\x02\x01\x00", "\x02\x01\x05\x00"} {
		result := decode(t, store.Execute(0, []byte(bytes)))
		require.True(t, result.Malformed)
		require.Contains(t, result.Replies[0].Text, "ERR malformed capacity: at byte ")
	}
	require.Equal(t, before, store.Snapshot())
}

func TestFullStoreRefusesWhatMakesItLarger(t *testing.T) {
	store := limited(t, 100)
	value := strings.Repeat("v", 80)
	require.Equal(t, "OK", do(t, store, millisecond, "set a "+value))
	refused := do(t, store, millisecond, "set b 1")
	require.Contains(t, refused, "OOM command not allowed when used memory > 'maxmemory'")
	require.Contains(t, refused, fmt.Sprint(store.Limit()))
	require.Contains(t, refused, "vsr grow")
	for _, line := range []string{"set b 1", "setnx b 1", "setex b 9 1", "psetex b 9 1", "getset b 1",
		"mset b 1", "msetnx b 1 c 2", "incr b", "incrby b 5", "decr b", "decrby b 5",
		"append a xyzuvw", "append b 1", "set a " + value + "xyzuvw", "mset a " + value + "xyzuvw",
		"cas a " + value + " " + value + "xyzuvw"} {
		require.Equal(t, refused, do(t, store, millisecond, line), line)
	}
	for _, line := range []string{"get a", "strlen a", "exists a b", "expire a 100", "persist a",
		"set a " + value, "append a xyz", "getset a " + value, "dbsize", "del b", "mset a 1",
		"incr a", "set b 1", "del a b", "set a " + value, "flushdb", "set a " + value} {
		require.NotEqual(t, refused, do(t, store, millisecond, line), line)
	}
}

// TestLimitIsNeverPassed: whatever runs, the snapshot is no larger than the store says, and that is
// no larger than the limit. A restored store counts the same.
func TestLimitIsNeverPassed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		choose := func(n int) int { return rapid.IntRange(0, n-1).Draw(t, "choice") }
		store := limited(t, int64(choose(300)))
		for range 20 {
			run(t, choose, 1, store)
			require.LessOrEqual(t, int64(len(store.Snapshot())), store.Size())
			require.LessOrEqual(t, store.Size(), store.Limit())
		}
		restored := kv.New()
		require.NoError(t, restored.Restore(store.Snapshot()))
		require.Equal(t, store.Size(), restored.Size())
	})
}

// TestNoLimitIsSeenToFail: the same runs pass the limit where there is none.
func TestNoLimitIsSeenToFail(t *testing.T) {
	store := kv.New()
	limit := store.Size() + 20
	run(t, seeded(1), 200, store)
	require.Greater(t, store.Size(), limit)
}

// TestOversizedStateCanShrink: a limit may come to be below the state; then only less is possible.
func TestOversizedStateCanShrink(t *testing.T) {
	store := kv.New()
	do(t, store, millisecond, "mset a 12345678901234567890 b 12345678901234567890")
	setCapacity(t, store, 0, 10)
	require.Contains(t, do(t, store, millisecond, "set c 1"), "OOM ")
	require.Equal(t, `"12345678901234567890"`, do(t, store, millisecond, "get a"))
	require.Equal(t, "2", do(t, store, millisecond, "del a b"))
}
