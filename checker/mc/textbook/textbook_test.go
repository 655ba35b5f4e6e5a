// SPDX-License-Identifier: Apache-2.0

package textbook

import (
	"context"
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"

	"viewstamp/checker/mc"
)

// The known numbers of states, and the known lengths of counterexamples.

// check searches a model that must hold.
func check[L, M comparable](t *testing.T, m mc.Model[L, M], o mc.Options) mc.Result[L, M] {
	t.Helper()
	r, err := mc.Check(context.Background(), m, o)
	require.NoError(t, err)
	require.Equal(t, mc.Holds, r.Verdict, r.Why)
	return r
}

// refute searches a model that must be refuted, and returns the names of the steps.
func refute[L, M comparable](t *testing.T, m mc.Model[L, M], violated string) []string {
	t.Helper()
	r, err := mc.Check(context.Background(), m, mc.Options{})
	require.NoError(t, err)
	require.Equal(t, mc.Refuted, r.Verdict, r.Why)
	require.Equal(t, violated, r.Violated)
	require.Len(t, r.Counterexample, r.Depth)
	var steps []string
	for _, s := range r.Counterexample {
		steps = append(steps, s.Step)
	}
	return steps
}

// TestTwoPhase compares with what TLC and Spin found for the same steps. TLC counts the initial
// state as generated, and levels from 1. The benchmark of mc checks what is generated at n = 8.
func TestTwoPhase(t *testing.T) {
	for _, c := range []struct {
		n, depth            int
		distinct, generated int64
	}{
		{3, 10, 288, 1_145},
		{5, 16, 8_832, 58_145},
	} {
		r := check(t, TwoPhase(c.n), mc.Options{})
		require.Equal(t, c.distinct, r.Distinct)
		require.Equal(t, c.generated, r.Generated)
		require.Equal(t, c.depth, r.Depth)
	}
	r := check(t, TwoPhase(8), mc.Options{SleepSets: true})
	require.Equal(t, int64(1_745_408), r.Distinct)
	require.Equal(t, 25, r.Depth)
}

// TestHastyTwoPhase: two participants prepare, the manager hears of them and commits, the
// third aborts, and one of the two commits.
func TestHastyTwoPhase(t *testing.T) {
	require.Equal(t, []string{"ChooseToAbort", "Prepare", "Prepare", "ManagerOnPrepared",
		"ManagerOnPrepared", "ManagerCommit", "OnCommit"},
		refute(t, HastyTwoPhase(3), "Consistent"))
}

// TestPaxos compares with what TLC found for the TLA+ specification of the same granularity.
func TestPaxos(t *testing.T) {
	r := check(t, Paxos(3, 3, 2), mc.Options{})
	require.Equal(t, int64(185_369), r.Distinct)
	require.Equal(t, 24, r.Depth)
}

// TestForgetfulPaxos: in each of two ballots a prepare, two promises, a proposal, two votes.
func TestForgetfulPaxos(t *testing.T) {
	require.Len(t, refute(t, ForgetfulPaxos(2, 3, 2), "Agreement"), 12)
}

// TestCounters compares with binomial coefficients, level by level.
func TestCounters(t *testing.T) {
	for _, c := range []struct{ n, total int64 }{{1, 5}, {3, 7}, {5, 9}} {
		r := check(t, Counters(int(c.n), int(c.total)), mc.Options{})
		require.Equal(t, new(big.Int).Binomial(c.n+c.total, c.n).Int64(), r.Distinct)
		for d, states := range r.Levels {
			require.Equal(t, new(big.Int).Binomial(c.n-1+int64(d), c.n-1).Int64(), states)
		}
		require.Equal(t, int(c.total), r.Depth)
	}
}

// TestPhilosophers: to the deadlock there are four steps for each: the philosopher asks for a fork,
// it is handed over, taken, and the philosopher asks for the other one.
func TestPhilosophers(t *testing.T) {
	for n := 2; n <= 3; n++ {
		require.Len(t, refute(t, Philosophers(n, true), mc.Deadlock), 4*n)
		check(t, Philosophers(n, false), mc.Options{})
	}
}

func TestSpendthriftCounters(t *testing.T) {
	require.Len(t, refute(t, SpendthriftCounters(2, 4), "WithinBudget"), 5)
}
