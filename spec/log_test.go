// SPDX-License-Identifier: Apache-2.0

package spec_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"viewstamp/spec"
)

// The log beside a plain slice of entries: the same answers, and equal logs are one value.

// entry draws one of a few entries, so that logs happen to be equal.
func entry(t *rapid.T) spec.Entry {
	q := anyRequest(t)
	return spec.Entry{ViewNumber: anyView(t, 0), ClientID: q.ClientID,
		RequestNumber: q.RequestNumber, Operation: q.Operation}
}

// made is the log of these entries.
func made(entries []spec.Entry) spec.Log {
	var l spec.Log
	for _, e := range entries {
		l = l.Append(e)
	}
	return l
}

// entries lists the entries of a log.
func entries(l spec.Log) []spec.Entry {
	var all []spec.Entry
	for n := spec.OpNumber(1); l.Has(n); n++ {
		all = append(all, l.At(n))
	}
	return all
}

// text of a slice of entries, as that of a log should be.
func textOf(entries []spec.Entry) string {
	var words []string
	for _, e := range entries {
		words = append(words, e.String())
	}
	return "[" + strings.Join(words, " ") + "]"
}

func TestLogIsASlice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.SliceOfN(rapid.Custom(entry), 0, 8).Draw(t, "entries")
		l := made(s)
		require.Equal(t, spec.OpNumber(len(s)), l.OpNumber())
		require.ElementsMatch(t, s, entries(l))
		require.Equal(t, textOf(s), l.String())
		for n := spec.OpNumber(-1); n <= l.OpNumber()+2; n++ {
			require.Equal(t, 1 <= n && int(n) <= len(s), l.Has(n))
		}
		for i, e := range s {
			require.Equal(t, e, l.At(spec.OpNumber(i)+1))
		}
		require.Equal(t, l, made(s), "a log made again is the same value")
	})
}

func TestLogParts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.SliceOfN(rapid.Custom(entry), 0, 8).Draw(t, "entries")
		n := rapid.IntRange(0, 10).Draw(t, "n")
		l, cut := made(s), min(n, len(s))
		low, high := l.UpTo(spec.OpNumber(n)), l.After(spec.OpNumber(n))
		require.Equal(t, made(s[:cut]), low)
		require.Equal(t, made(s[cut:]), high)
		require.Equal(t, l, low.Concat(high), "cut and put together")
		require.True(t, l.StartsWith(low))
		require.Equal(t, textOf(s), l.String(), "taking parts does not change the log")
	})
}

func TestLogPrefix(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.SliceOfN(rapid.Custom(entry), 0, 5).Draw(t, "entries")
		o := rapid.SliceOfN(rapid.Custom(entry), 0, 5).Draw(t, "others")
		if rapid.Bool().Draw(t, "related") {
			o = append(slices.Clone(s[:rapid.IntRange(0, len(s)).Draw(t, "common")]), o...)
		}
		isPrefix := len(o) <= len(s) && slices.Equal(s[:len(o)], o)
		require.Equal(t, isPrefix, made(s).StartsWith(made(o)), "%v starts with %v", s, o)
		require.Equal(t, slices.Equal(s, o), made(s) == made(o))
	})
}

func TestLogLastOf(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.SliceOfN(rapid.Custom(entry), 0, 8).Draw(t, "entries")
		for c := range spec.ClientID(3) {
			var wantN spec.OpNumber
			var want spec.Entry
			for i, e := range s {
				if e.ClientID == c {
					wantN, want = spec.OpNumber(i)+1, e
				}
			}
			n, e := made(s).LastOf(c)
			require.Equal(t, wantN, n)
			require.Equal(t, want, e)
		}
	})
}

// TestLogsBranch: two logs on top of one log do not disturb each other. With slices they would:
// append writes both into the same memory.
func TestLogsBranch(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.SliceOfN(rapid.Custom(entry), 0, 5).Draw(t, "entries")
		a, b := entry(t), entry(t)
		l := made(s)
		left, right := l.Append(a), l.Append(b)
		require.Equal(t, append(slices.Clone(s), a), entries(left))
		require.Equal(t, append(slices.Clone(s), b), entries(right))
		require.Equal(t, a == b, left == right)
	})
}

// TestLongLog: a run of the implementation is replayed with logs of this size.
func TestLongLog(t *testing.T) {
	var l spec.Log
	for n := range 100_000 {
		l = l.Append(spec.Entry{RequestNumber: spec.RequestNumber(n + 1)})
	}
	require.Equal(t, spec.OpNumber(100_000), l.OpNumber())
	require.Equal(t, spec.RequestNumber(100_000), l.At(100_000).RequestNumber)
	require.True(t, l.Append(spec.Entry{}).StartsWith(l))
}
