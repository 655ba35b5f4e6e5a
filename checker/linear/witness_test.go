// SPDX-License-Identifier: Apache-2.0

package linear

// This file tests the witness against a version that tries everything, and at its limits.

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"viewstamp/histories"
)

// everyAssignment is the definition of what Witness decides: is there a free op-number, or none,
// for each unknown write, so that all three rules hold?
func everyAssignment(h histories.History) bool {
	list := compileAll(h)
	var loose []int
	numbers := make([]uint64, len(list)) // 0: never takes effect.
	taken, last := make(map[uint64]bool), uint64(0)
	for i, o := range list {
		if numbers[i] = o.op; o.op == 0 {
			loose = append(loose, i)
			continue
		}
		if taken[o.op] {
			return false
		}
		taken[o.op] = true
		last = max(last, o.op)
	}
	var try func(k int) bool
	try = func(k int) bool {
		if k == len(loose) {
			return explainsAll(list, numbers)
		}
		for n := uint64(0); n <= last+uint64(len(loose)); n++ {
			if taken[n] {
				continue
			}
			numbers[loose[k]] = n
			taken[n] = n != 0 // Never is always free.
			ok := try(k + 1)
			delete(taken, n)
			if ok {
				return true
			}
		}
		return false
	}
	return try(0)
}

// explainsAll checks rules 2 and 3 for complete op-numbers.
func explainsAll(list []operation, numbers []uint64) bool {
	byNumber := make(map[uint64]*operation)
	for i := range list {
		if numbers[i] == 0 {
			continue
		}
		byNumber[numbers[i]] = &list[i]
		for j := range list {
			if numbers[j] != 0 && list[i].ret < list[j].call && numbers[i] > numbers[j] {
				return false
			}
		}
	}
	states := make(map[string]state)
	for _, n := range slices.Sorted(maps.Keys(byNumber)) {
		o := byNumber[n]
		next, r := states[o.key].apply(o)
		if !r.explains(o) {
			return false
		}
		states[o.key] = next
	}
	return true
}

// TestWitnessIsExact: on small histories, right or damaged, with unknown writes on several keys,
// the witness decides exactly as the definition says.
func TestWitnessIsExact(t *testing.T) {
	checkMany(t, 20, func(t *rapid.T) {
		s := shape{service: histories.ServiceKV, withOps: true,
			clients: rapid.IntRange(2, 4).Draw(t, "clients"), keys: rapid.IntRange(1, 2).Draw(t, "keys"),
			steps: rapid.IntRange(6, 26).Draw(t, "steps"), unknown: 35, learnOps: 15,
			only: rapid.SampledFrom([][]string{nil, {"get", "set"}, {"get", "append"}, {"incr", "get"},
				{"get", "set", "append"}}).Draw(t, "only")}
		right := generate(t, s)
		if !hasOperation(right) {
			return
		}
		for range 8 {
			h := right
			h.Events = slices.Clone(right.Events)
			damage(t, &h)
			loose := 0
			for _, o := range compile(h) {
				if o.op == 0 {
					loose++
				}
			}
			if loose > 4 {
				continue // Too many for the version that tries everything.
			}
			result := Witness(h)
			want := NotLinearizable
			if everyAssignment(h) {
				want = Linearizable
			}
			require.Equal(t, want, result.Verdict, "%v\n%s", result, dump(t, h))
		}
	})
}

// ofLines makes a history of lines "client call f key value", "client ok result op" and
// "client unknown". Every cas expects 7.
func ofLines(t *testing.T, lines ...string) histories.History {
	t.Helper()
	h := histories.History{Header: histories.Header{Service: histories.ServiceKV}}
	reqs := make(map[int]uint64)
	for i, line := range lines {
		var client int
		var kind, a, b, c string
		_, err := fmt.Sscanf(line+" . . .", "%d %s %s %s %s", &client, &kind, &a, &b, &c)
		require.NoError(t, err)
		e := histories.Event{T: int64(i) + 1, Client: client}
		switch kind {
		case "call":
			reqs[client]++
			e.Kind, e.F, e.Key = histories.Invoke, a, b
			if c != "." {
				e.Value = histories.Some(c)
			}
			if a == "cas" {
				e.Old = histories.Some("7")
			}
		case "ok":
			e.Kind, e.Value = histories.OK, histories.Some(a)
			_, err := fmt.Sscan(b, &e.Op)
			require.NoError(t, err)
		default:
			e.Kind = histories.Unknown
		}
		e.Req = reqs[client]
		h.Events = append(h.Events, e)
	}
	require.NoError(t, h.Validate())
	return h
}

// TestInsertionsKeepTheirOrder: x was appended before y, but began when only op-number 6 was left
// for it. The smaller free op-number 3 is of no use to y then.
func TestInsertionsKeepTheirOrder(t *testing.T) {
	lines := []string{"9 call append a y", "9 unknown"}
	for _, op := range []int{1, 2, 4, 5} {
		lines = append(lines, fmt.Sprintf("0 call incr b%d", op), fmt.Sprintf("0 ok 1 %d", op))
	}
	lines = append(lines, "8 call append a x", "8 unknown", "7 call get a")
	taken := append(slices.Clone(lines), "6 call incr b7", "6 ok 1 7", "7 ok xy 8")
	result := Witness(ofLines(t, taken...))
	require.Equal(t, NoFreeOp, result.Cause, "%v", result)
	left := append(slices.Clone(lines), "7 ok xy 8")
	result = Witness(ofLines(t, left...))
	require.Equal(t, Linearizable, result.Verdict, "%v", result)
}

// TestKeysCompete: the set of a can have op-number 4 or, because the cas at 3 fails either way, 1.
// The set of b can only have 4. The first explanation of a takes 4 and has to give way.
func TestKeysCompete(t *testing.T) {
	lines := []string{"0 call set a 1", "0 unknown", "1 call set b 1", "1 unknown",
		"3 call exists b", "3 ok 0 2", "3 call cas a 8", "3 ok 0 3", "3 call get a", "3 ok 1 5",
		"3 call get b", "3 ok 1 6"}
	result := Witness(ofLines(t, lines...))
	require.Equal(t, Linearizable, result.Verdict, "%v", result)
	lines = append([]string{"4 call incr c", "4 ok 1 1"}, lines...)
	result = Witness(ofLines(t, lines...))
	require.Equal(t, NoFreeOp, result.Cause, "%v", result)
}

// TestFewerWritesAreBetter: what fails after both unknown writes were used must be tried again
// with one of them left.
func TestFewerWritesAreBetter(t *testing.T) {
	result := Witness(ofLines(t, "0 call set a 1", "0 unknown", "1 call set a 2", "1 unknown",
		"2 call get a", "2 ok 2 3", "2 call get a", "2 ok 1 5"))
	require.Equal(t, Linearizable, result.Verdict, "%v", result)
}

// TestWitnessNeedsOps: without an op-number on every ok there is no verdict.
func TestWitnessNeedsOps(t *testing.T) {
	h := histories.History{Header: histories.Header{Service: histories.ServiceKV},
		Events: []histories.Event{
			{T: 1, Req: 1, Kind: histories.Invoke, F: "get", Key: "a"},
			{T: 2, Req: 1, Kind: histories.OK},
		}}
	result := Witness(h)
	require.Equal(t, Unknown, result.Verdict)
	require.Equal(t, NotApplicable, result.Cause)
	verdict, report := Judge(context.Background(), h, Options{})
	require.Equal(t, Linearizable, verdict)
	require.False(t, report.Witnessed)
}

// TestSparseOps: op-numbers that are far apart, and clients with large numbers, are judged like
// others and do not need memory for the gaps.
func TestSparseOps(t *testing.T) {
	h := histories.History{Header: histories.Header{Service: histories.ServiceKV}}
	for i, value := range []string{"1", "2", "3"} {
		at := int64(2*i) + 1
		h.Events = append(h.Events,
			histories.Event{T: at, Client: 1 << 40, Req: uint64(i) + 1, Kind: histories.Invoke, F: "incr"},
			histories.Event{T: at + 1, Client: 1 << 40, Req: uint64(i) + 1, Kind: histories.OK,
				Value: histories.Some(value), Op: 1 << (20 * i)})
	}
	require.NoError(t, h.Validate())
	require.Equal(t, Linearizable, Witness(h).Verdict)
	require.Equal(t, 3, Witness(h).Operations)
	h.Events[5].Value.Text = "4"
	require.Equal(t, Values, Witness(h).Cause)
	h.Events[5].Value.Text = "3"
	h.Events[5].Op = h.Events[3].Op
	require.Equal(t, RealTime, Witness(h).Cause)
	h.Events[4].T, h.Events[5].T = 4, 5 // Now concurrent with the one before.
	require.Equal(t, SameOp, Witness(h).Cause)
}

// TestLimits: a search that would take for ever ends at its limits, with Unknown and the reason,
// and a history that the witness can decide is decided in spite of it.
func TestLimits(t *testing.T) {
	// Many increments of unknown outcome, and a result that needs one more than there are: every
	// order of them has to be tried.
	h := histories.History{Header: histories.Header{Service: histories.ServiceKV}}
	for i := range 24 {
		h.Events = append(h.Events, histories.Event{T: int64(i) + 1, Client: i, Req: 1,
			Kind: histories.Invoke, F: "append", Value: histories.Some(fmt.Sprint(i % 10))})
	}
	h.Events = append(h.Events,
		histories.Event{T: 30, Client: 99, Req: 1, Kind: histories.Invoke, F: "get"},
		histories.Event{T: 31, Client: 99, Req: 1, Kind: histories.OK, Value: histories.Some("x")})
	result := Check(context.Background(), h, Options{MemoryBytes: 8 << 20})
	require.Equal(t, Unknown, result.Verdict)
	require.Equal(t, Limit, result.Cause)
	require.Contains(t, result.Reason, "MiB")

	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	result = Check(cancelled, h, Options{})
	require.Equal(t, Unknown, result.Verdict)
	require.Contains(t, result.Reason, "cancelled")
}

// TestWitnessDecidesAlone: what the search has no memory for is decided by the witness.
func TestWitnessDecidesAlone(t *testing.T) {
	h := workload(t, 400, 4, 1)
	verdict, report := Judge(context.Background(), h, Options{MemoryBytes: 10_000})
	require.Equal(t, Linearizable, verdict, "%v", report)
	require.Equal(t, Unknown, report.Search.Verdict)
	require.Contains(t, report.Search.Reason, "MiB of heap")
	for i := range h.Events {
		h.Events[i].Op = 0
	}
	verdict, report = Judge(context.Background(), h, Options{MemoryBytes: 10_000})
	require.Equal(t, Unknown, verdict)
	require.False(t, report.AsExpected(), "unknown is a failure")
	require.Contains(t, report.Reason, "MiB of heap")
}
