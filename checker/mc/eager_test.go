// SPDX-License-Identifier: Apache-2.0

package mc_test

import (
	"context"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"viewstamp/checker/mc"
	"viewstamp/checker/mc/textbook"
)

// Eager sends: the verdict of the full search with fewer states, and no wrong claim gets through.
// That the engine does what the plain explorer does is among the modes of compare_test.go.

// monotone is a model as far as it can be searched with eager sends.
func monotone[L, M comparable](m mc.Model[L, M]) mc.Model[L, M] {
	unfit := func(p mc.Property[L, M]) bool { return p.State != nil && !p.Monotone }
	m.Always = slices.DeleteFunc(slices.Clone(m.Always), unfit)
	m.Sometimes = slices.DeleteFunc(slices.Clone(m.Sometimes), unfit)
	m.Ends = nil
	return m
}

// sameEagerVerdict compares a full search with one that sends eagerly, for each property alone: of
// several that are broken, another one may come first. It returns the states of the last.
func sameEagerVerdict[L, M comparable](t require.TestingT, m mc.Model[L, M], o mc.Options,
) (full, eager int64) {
	m = monotone(m)
	always := m.Always
	for i := range max(1, len(always)) {
		m.Always = always[min(i, len(always)):min(i+1, len(always))]
		a, err := mc.Check(context.Background(), m, mc.Options{MaxStates: o.MaxStates})
		require.NoError(t, err)
		b, err := mc.Check(context.Background(), m, o)
		require.NoError(t, err)
		if a.Verdict == mc.Unknown {
			continue
		}
		full, eager = a.Distinct, b.Distinct
		require.Equal(t, a.Verdict, b.Verdict, "%s: %s", a.Why, b.Why)
		require.Equal(t, a.Violated, b.Violated)
		require.GreaterOrEqual(t, len(b.Counterexample), len(a.Counterexample))
		if len(m.Always) > 0 && a.Violated == m.Always[0].Name {
			continue // The searches ended at different places.
		}
		for s := range a.Sometimes {
			require.Equal(t, a.Sometimes[s].Reached, b.Sometimes[s].Reached, a.Sometimes[s].Name)
		}
		for s := range a.Actions {
			require.Equal(t, a.Actions[s].Fired > 0, b.Actions[s].Fired > 0, a.Actions[s].Step)
		}
	}
	return full, eager
}

func TestEagerSendsKeepVerdicts(t *testing.T) {
	for _, dead := range []bool{false, true} {
		o := mc.Options{EagerSends: true, DeadMessages: dead}
		full, eager := sameEagerVerdict(t, textbook.Paxos(2, 3, 2), o)
		require.Equal(t, []int64{3921, map[bool]int64{false: 3776, true: 1160}[dead]},
			[]int64{full, eager})
		sameEagerVerdict(t, textbook.TwoPhase(4), o)
		sameEagerVerdict(t, textbook.HastyTwoPhase(4), o)
		sameEagerVerdict(t, textbook.ForgetfulPaxos(2, 3, 2), o)
		sameEagerVerdict(t, textbook.SpendthriftCounters(3, 4), o)
	}
}

func TestEagerSendsKeepVerdictsOfRandomModels(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := randomModel(rapid.Uint64().Draw(t, "seed"))
		sameEagerVerdict(t, m, mc.Options{EagerSends: true, MaxStates: 300,
			DeadMessages: rapid.Bool().Draw(t, "dead")})
	})
}

// TestEagerPremises: what could change a verdict is refused, or caught.
func TestEagerPremises(t *testing.T) {
	type (
		local   = textbook.PaxosState
		message = textbook.PaxosMessage
		model   = mc.Model[local, message]
	)
	ctx := context.Background()
	prepared := mc.Property[local, message]{Name: "Prepared", State: func(
		s mc.State[local, message]) bool {
		return len(s.Sent(0)) > 0 // Not so in the initial state, but sent at once.
	}}
	silent := mc.Property[local, message]{Name: "silent", Monotone: true, State: func(
		s mc.State[local, message]) bool {
		return len(s.Sent(0)) == 0
	}}
	claimed := prepared
	claimed.Monotone = true
	for want, c := range map[string]struct {
		change  func(*model)
		options mc.Options
	}{
		"does not go with SleepSets": {func(*model) {}, mc.Options{SleepSets: true}},
		"cannot find deadlocks": {func(m *model) {
			m.Ends = func(mc.State[local, message]) bool { return true }
		}, mc.Options{}},
		"goes with neither Coverage nor Checkpoint": {func(*model) {}, mc.Options{Coverage: true}},
		`property "Prepared" reads whole states: say Monotone`: {func(m *model) {
			m.Always = append(m.Always, prepared)
		}, mc.Options{}},
		`property "Prepared" is said to be Monotone, but more messages repair it`: {
			func(m *model) { m.Always = append(m.Always, claimed) }, mc.Options{}},
		`property "silent" is said to be Monotone, but more messages repair it, or undo it`: {
			func(m *model) { m.Sometimes = append(m.Sometimes, silent) }, mc.Options{}},
	} {
		m := textbook.Paxos(2, 3, 2)
		c.change(&m)
		c.options.EagerSends = true
		_, err := mc.Check(ctx, m, c.options)
		require.ErrorContains(t, err, want)
	}
	// Without eager sends the first is found at once: it is what the premise is for.
	m := textbook.Paxos(2, 3, 2)
	m.Always = append(m.Always, prepared)
	r, err := mc.Check(ctx, m, mc.Options{})
	require.NoError(t, err)
	require.Equal(t, "Prepared", r.Violated)
}
