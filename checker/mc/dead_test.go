// SPDX-License-Identifier: Apache-2.0

package mc_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"viewstamp/checker/mc"
	"viewstamp/checker/mc/textbook"
)

// Dead messages: the verdict of the full search with fewer states, and no wrong claim gets through.
// That the engine drops what the plain explorer drops is among the modes of compare_test.go.

// verdicts returns what must be equal between a full search and one that drops messages, as text.
func verdicts[L, M comparable](r mc.Result[L, M]) string {
	short := mc.Result[L, M]{Verdict: r.Verdict, Violated: r.Violated, Why: r.Why,
		Sometimes: r.Sometimes, Counterexample: make([]mc.Transition[L, M], len(r.Counterexample))}
	for _, a := range r.Actions {
		short.Actions = append(short.Actions, mc.ActionCoverage{Step: a.Step, Fired: min(1, a.Fired)})
	}
	return summary(short, true)
}

// sameVerdict compares a full search with one that drops messages, and returns their states.
func sameVerdict[L, M comparable](t require.TestingT, m mc.Model[L, M], bounds mc.Options,
) (full, reduced int64) {
	ctx := context.Background()
	m.Ends = nil // Deadlocks are not looked for where messages are dropped.
	a, err := mc.Check(ctx, m, bounds)
	require.NoError(t, err)
	bounds.DeadMessages, bounds.SleepSets = true, true
	b, err := mc.Check(ctx, m, bounds)
	require.NoError(t, err)
	if a.Verdict != mc.Unknown {
		require.Equal(t, verdicts(a), verdicts(b))
		require.LessOrEqual(t, b.Distinct, a.Distinct)
	}
	return a.Distinct, b.Distinct
}

func TestDeadMessagesKeepVerdicts(t *testing.T) {
	full, reduced := sameVerdict(t, textbook.TwoPhase(5), mc.Options{})
	require.Equal(t, []int64{8832, 8832}, []int64{full, reduced})
	full, reduced = sameVerdict(t, textbook.Paxos(2, 3, 2), mc.Options{})
	require.Equal(t, []int64{3921, 1240}, []int64{full, reduced})
	sameVerdict(t, textbook.HastyTwoPhase(4), mc.Options{})
	sameVerdict(t, textbook.ForgetfulPaxos(2, 3, 2), mc.Options{})
	sameVerdict(t, textbook.SpendthriftCounters(3, 4), mc.Options{})
}

func TestDeadMessagesKeepVerdictsOfRandomModels(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sameVerdict(t, randomModel(rapid.Uint64().Draw(t, "seed")), mc.Options{MaxStates: 2000})
	})
}

// TestWrongClaims: for each way in which a message can matter there is a claim that denies it.
func TestWrongClaims(t *testing.T) {
	type (
		local   = textbook.PaxosState
		message = textbook.PaxosMessage
	)
	for name, c := range map[string]struct {
		dead func(right bool, l local, m message) bool
		want string
	}{
		"a step takes it": {func(right bool, l local, m message) bool {
			return right || m.Kind == textbook.PaxosPrepare && m.Ballot == l.Promised+1
		}, `but step "OnPrepare" takes it`},
		"a step with a quorum takes it": {func(right bool, _ local, m message) bool {
			return right || m.Kind == textbook.PaxosPromise
		}, `but step "Propose" takes it`},
		"it comes back to life": {func(right bool, l local, m message) bool {
			return right && (m.Kind != textbook.PaxosPrepare || l.Vote.Ballot == 0)
		}, `but no more after step "OnPropose"`},
		"a property reads it": {func(right bool, _ local, m message) bool {
			return right || m.Kind == textbook.PaxosAccepted
		}, `but property "VoteKept" does not hold of them`},
	} {
		t.Run(name, func(t *testing.T) {
			m := textbook.Paxos(2, 3, 2)
			m.Always = append(m.Always[1:], mc.Property[local, message]{
				Name: "VoteKept", Kinds: []mc.Kind{textbook.PaxosAccepted},
				LocalMessage: func(p int, l local, m message) bool {
					return p != int(m.From) || l.Vote.Ballot >= m.Ballot
				}})
			m.Sometimes = nil
			right := m.Dead
			m.Dead = func(p int, l local, m message) bool {
				return c.dead(right(p, l, m) && m.Kind != textbook.PaxosAccepted, l, m)
			}
			_, err := mc.Check(context.Background(), m, mc.Options{DeadMessages: true})
			require.ErrorContains(t, err, c.want)
			require.ErrorContains(t, err, "Dead is wrong about process")
		})
	}
	m := textbook.Paxos(2, 3, 2)
	m.Dead = nil
	_, err := mc.Check(context.Background(), m, mc.Options{DeadMessages: true})
	require.ErrorContains(t, err, "has no Dead, so DeadMessages cannot be used")
}
