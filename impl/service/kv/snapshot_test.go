// SPDX-License-Identifier: Apache-2.0

// This file tests determinism: two stores that executed the same operations are equal byte for
// byte, and so is one that was restored in between.

package kv_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"viewstamp/impl/service/kv"
	"viewstamp/impl/vsr"
)

// run executes random operations, some of them malformed, on several services at once and returns
// the results of each.
func run(t require.TestingT, choose chooser, steps int, services ...vsr.Service) [][]byte {
	results := make([][]byte, len(services))
	now := 1_000_000 * millisecond
	for range steps {
		now += vsr.Timestamp(choose(3)*choose(2000)) * millisecond
		operation := []byte{1, 0, byte(choose(3)), byte(choose(30)), byte(choose(3)), 1, 'a'}
		if choose(10) > 0 {
			mode := kv.Mode(choose(2))
			operation = encode(t, mode, choose.command(), choose.command())
		}
		for i, service := range services {
			given := append([]byte(nil), operation...)
			results[i] = append(results[i], service.Execute(now, given)...)
			require.Equal(t, operation, given, "the operation was changed")
			// Whoever called may use the memory again.
			clear(given)
		}
	}
	return results
}

func TestTwoRunsAreEqual(t *testing.T) {
	for seed := range uint64(4) {
		first, second := kv.New(), kv.New()
		results := run(t, seeded(seed), 3000, first, second)
		require.Equal(t, results[0], results[1], "seed %d", seed)
		require.Equal(t, first.Snapshot(), second.Snapshot(), "seed %d", seed)
	}
}

// forgetful is a store that loses its deadlines when it is restored: a planted fault.
type forgetful struct{ *kv.Store }

func (f forgetful) restore(t require.TestingT, snapshot []byte) {
	require.NoError(t, f.Restore(snapshot))
	operation := encode(t, kv.ModePipeline, []string{"persist", "a"}, []string{"persist", "b"},
		[]string{"persist", "c"}, []string{"persist", ""})
	f.Execute(0, operation)
}

func TestRestoredStoreBehavesTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		choose := func(n int) int { return rapid.IntRange(0, n-1).Draw(t, "choice") }
		original, restored := kv.New(), kv.New()
		run(t, choose, 20, original)
		snapshot := original.Snapshot()
		require.NoError(t, restored.Restore(snapshot))
		require.Equal(t, snapshot, restored.Snapshot())
		results := run(t, choose, 10, original, restored)
		require.Equal(t, results[0], results[1])
		require.Equal(t, original.Snapshot(), restored.Snapshot())
	})
}

func TestRestoreThatLosesDeadlinesIsFound(t *testing.T) {
	found := false
	for seed := range uint64(20) {
		original, wrong := kv.New(), forgetful{kv.New()}
		choose := seeded(seed)
		run(t, choose, 20, original)
		wrong.restore(t, original.Snapshot())
		results := run(t, choose, 10, original, wrong)
		found = found || !bytes.Equal(results[0], results[1])
	}
	require.True(t, found)
}

// The order in which keys came, and keys that are gone, leave no mark in a snapshot.
func TestSnapshotIsCanonical(t *testing.T) {
	first, second := kv.New(), kv.New()
	for _, line := range []string{"set a 1 px 50", "set b 2", "set c 3 px 1", "set d 4"} {
		do(t, first, 10*millisecond, line)
	}
	do(t, first, 11*millisecond, "del d")
	for _, line := range []string{"set b x", "append b y", "set a 1 px 49", "set b 2"} {
		do(t, second, 11*millisecond, line)
	}
	require.Equal(t, first.Snapshot(), second.Snapshot())
	require.Equal(t, []byte("VSKV\x02\x0b\x00\x02\x01a\x011\x3c\x01b\x012\x00"), first.Snapshot())
}

func TestMalformedSnapshots(t *testing.T) {
	for reason, snapshot := range map[string]string{
		"at byte 0: the start mark is missing":   "",
		"do not start with":                      "VSKX\x01",
		"the format is 9, expected 2":            "VSKV\x09",
		"the time is not a complete number":      "VSKV\x02",
		"the number of keys":                     "VSKV\x02\x00\x00",
		"the length of the key":                  "VSKV\x02\x00\x00\x01",
		"the key has 9 bytes, only 1 are there":  "VSKV\x02\x00\x00\x01\x09a",
		"key 2 is not above the one before it":   "VSKV\x02\x00\x00\x02\x01a\x01x\x00\x01a\x01x\x00",
		"the deadline 5 is not after the time 5": "VSKV\x02\x05\x00\x01\x01a\x01x\x05",
		"1 bytes too many":                       "VSKV\x02\x00\x00\x00x",
		"the number of capacities":               "VSKV\x02\x00",
		"the number of bytes is 0":               "VSKV\x02\x00\x01\x00\x00\x00",
		"capacity 2 is not of a replica above":   "VSKV\x02\x00\x02\x01\x05\x01\x05\x00",
		"the length of the key is 65537":         "VSKV\x02\x00\x00\x01\x81\x80\x04",
		"the time is 9223372036854775808":        "VSKV\x02\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01\x00",
	} {
		store := kv.New()
		do(t, store, millisecond, "set kept 1")
		before := store.Snapshot()
		err := store.Restore([]byte(snapshot))
		require.ErrorIs(t, err, kv.ErrMalformed)
		require.ErrorContains(t, err, reason)
		require.Equal(t, before, store.Snapshot())
	}
}
