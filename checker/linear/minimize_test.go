// SPDX-License-Identifier: Apache-2.0

package linear

// This file tests that minimal parts are proofs by themselves, that they are small, and how they
// look.

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"viewstamp/histories"
)

// TestPartsAreRefuted: whatever is refuted has a part that is well-formed, no longer, and refuted
// by itself; and a part is only found in a history that is refuted.
func TestPartsAreRefuted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := generate(t, drawShape(t, true))
		if !hasOperation(h) {
			return
		}
		damage(t, &h)
		verdict, _ := Judge(context.Background(), h, Options{})
		part, err := Minimize(context.Background(), h, Options{})
		if verdict != NotLinearizable {
			require.ErrorContains(t, err, "nothing to minimise")
			return
		}
		require.NoError(t, err, dump(t, h))
		require.LessOrEqual(t, len(part.History.Events), len(h.Events))
		verdict, report := Judge(context.Background(), part.History, Options{})
		require.Equal(t, NotLinearizable, verdict, "%v\n%s\n%s", report, dump(t, h), part.Text())
		require.NotEmpty(t, part.Text())
		require.NoError(t, part.HTML(&strings.Builder{}))
	})
}

// TestCutsAreSound: no cut makes a history wrong that is right. Otherwise a part would be no proof.
func TestCutsAreSound(t *testing.T) {
	checkMany(t, 10, func(t *rapid.T) {
		s := drawShape(t, false)
		if rapid.Bool().Draw(t, "one key") {
			s.keys = 1
		}
		h := generate(t, s)
		list := compile(h)
		right := func(cut string, list []operation) {
			list = slices.DeleteFunc(slices.Clone(list), operation.unknownRead)
			result := search(context.Background(), byKey(list), Options{}.withDefaults(), byValue)
			require.Equal(t, Linearizable, result.Verdict, "%s: %v\n%s", cut, result, dump(t, h))
		}
		for i, o := range list {
			right("prefix", prefix(list, o.call))
			if o.known {
				right("prefix", prefix(list, o.ret))
			}
			if o.known && o.code.blind() {
				right("later start", startAt(list, o))
			}
			right("drop one", dropDroppable(list, i, i+1))
		}
		if len(list) > 0 {
			from := rapid.IntRange(0, len(list)-1).Draw(t, "from")
			to := rapid.IntRange(from, len(list)).Draw(t, "to")
			right("drop some", dropDroppable(list, from, to))
		}
	})
}

// stale is a long history with one stale read near its end, among much that is right.
func stale(t require.TestingT, operations int) histories.History {
	h := histories.History{Header: histories.Header{Service: histories.ServiceKV}}
	add := func(client int, req uint64, f, key string, arg, result histories.Value) {
		at := int64(len(h.Events)) + 1
		h.Events = append(h.Events,
			histories.Event{T: at, Client: client, Req: req, Kind: histories.Invoke, F: f, Key: key,
				Value: arg},
			histories.Event{T: at + 1, Client: client, Req: req, Kind: histories.OK, Value: result})
	}
	for i := range operations {
		key, value := fmt.Sprintf("k%d", i%7), histories.Some(fmt.Sprint(i))
		add(0, uint64(2*i+1), "set", key, value, histories.Some("OK"))
		read := value
		if i == operations-2 {
			read = histories.Some(fmt.Sprint(i - 7))
		}
		add(0, uint64(2*i+2), "get", key, histories.Value{}, read)
	}
	require.NoError(t, h.Validate())
	return h
}

// TestMinimalStaleRead: of 2,000 operations the three that matter are left, with the write of
// the stale value.
func TestMinimalStaleRead(t *testing.T) {
	part, err := Minimize(context.Background(), stale(t, 1000), Options{})
	require.NoError(t, err)
	require.Equal(t, strings.TrimPrefix(`
     t
  3965  ┌ c0 set(k4, "991")
  3966  └ "OK"
  3993  ┌ c0 set(k4, "998")
  3994  └ "OK"
  3995  ┌ c0 get(k4)
  3996  └ "991"
3 of 2000 operations: no order of 3 operations on key "k4" explains the results.
The longest order that explains results: set(k4, "991") -> "OK", set(k4, "998") -> "OK".
Then the state is "998", and this does not fit: get(k4) -> "991".
`, "\n"), part.Text())
	var page strings.Builder
	require.NoError(t, part.HTML(&page))
	require.Contains(t, page.String(), "set(k4, \\\"998\\\")")
	require.Contains(t, page.String(), "3 of 2000 operations: not linearizable")
	require.Less(t, page.Len(), 100_000)
}

// TestRecordedParts: every recorded bad history has a part of at most four operations, and the
// failed write that took effect is in its picture.
func TestRecordedParts(t *testing.T) {
	eachRecorded(t, func(t *testing.T, name string, h histories.History) {
		if !strings.HasPrefix(name, "bad/") {
			return
		}
		part, err := Minimize(context.Background(), h, Options{})
		require.NoError(t, err)
		if h.Origin == "by hand" {
			require.LessOrEqual(t, len(compile(part.History)), 4)
		}
		if name == "bad/failed-write-took-effect.jsonl" {
			require.Contains(t, part.Text(), "└ failed")
		}
	})
}
