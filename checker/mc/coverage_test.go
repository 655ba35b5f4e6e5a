// SPDX-License-Identifier: Apache-2.0

package mc_test

import (
	"context"
	"math"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"viewstamp/checker/mc"
	"viewstamp/checker/mc/textbook"
)

// TestKindsAreCounted compares the engine with the plain explorer, and with what is known.
func TestKindsAreCounted(t *testing.T) {
	m := textbook.TwoPhase(3)
	var all [][]mc.KindCoverage
	for _, o := range []mc.Options{{Plain: true}, {}, {SleepSets: true},
		{Checkpoint: filepath.Join(t.TempDir(), "search")}} {
		o.Coverage = true
		r, err := mc.Check(context.Background(), m, o)
		require.NoError(t, err)
		require.Equal(t, mc.Holds, r.Verdict)
		require.Empty(t, r.Vacuous)
		all = append(all, r.Kinds)
	}
	// Of 288 states, 16 have nobody prepared: participants and manager work or have aborted, each.
	// In 8 the manager has committed: each participant knows or does not. In 6^3 it has aborted.
	require.Equal(t, []mc.KindCoverage{{textbook.PreparedMessage, 3, 272},
		{textbook.CommitMessage, 1, 8}, {textbook.AbortMessage, 1, 216}}, all[0])
	for _, kinds := range all {
		require.Equal(t, all[0], kinds)
	}
}

// TestVacuousPropertiesAreNamed: without the manager's commit, no pair is ever at odds.
func TestVacuousPropertiesAreNamed(t *testing.T) {
	type (
		local    = textbook.TwoPhaseState
		message  = textbook.TwoPhaseMessage
		property = mc.Property[local, message]
	)
	m := textbook.TwoPhase(3)
	m.Sometimes, m.Optional = nil, []string{"OnCommit", "ManagerCommit"}
	m.Always[0].Premise = &property{Local: func(p int, l local) bool {
		return l.Status == textbook.Committed
	}}
	m.Always = append(m.Always, property{Name: "CommitIsTheManagers",
		Kinds:   []mc.Kind{textbook.CommitMessage},
		Message: func(m message) bool { return m.From == 0 }})
	for _, plain := range []bool{false, true} {
		o := mc.Options{Plain: plain, Coverage: true}
		r, err := mc.Check(context.Background(), m, o)
		require.NoError(t, err)
		require.Equal(t, mc.Holds, r.Verdict)
		require.Empty(t, r.Vacuous)
		require.Empty(t, r.Sometimes, "premises are not shown as what must happen")
		idle := m
		idle.Steps = m.Steps[1:]
		idle.Optional = []string{"OnCommit"}
		r, err = mc.Check(context.Background(), idle, o)
		require.NoError(t, err)
		require.Equal(t, mc.Holds, r.Verdict, r.Why)
		require.Equal(t, []string{"Consistent", "CommitIsTheManagers"}, r.Vacuous)
	}
}

// TestNearestStateIsShown: what was not reached is shown as far as it goes.
func TestNearestStateIsShown(t *testing.T) {
	m := textbook.Philosophers(3, true)
	m.Ends = nil
	full := func(s mc.State[textbook.DiningState, textbook.DiningMessage]) int {
		n := 0
		for p := range 3 {
			if s.Local(p).Eaten {
				n++
			}
		}
		return n
	}
	// Forks that are not given back: one philosopher eats, and then the others wait.
	m.Steps = m.Steps[:4]
	m.Sometimes[0].Progress = full
	for _, o := range []mc.Options{{}, {Plain: true}, {SleepSets: true}} {
		r, err := mc.Check(context.Background(), m, o)
		require.NoError(t, err)
		require.Equal(t, "sometimes: all have eaten never reached", r.Violated)
		require.Equal(t, 1, r.Sometimes[0].Progress)
		require.Equal(t, []string{"Ask", "Hand", "OnFork", "Ask", "Hand", "OnFork", "Eat"},
			names(r.Sometimes[0].Nearest))
	}
}

// TestEstimateIsHonest: on the levels of models that were searched to the end, whenever a number is
// given it is right within a factor of two, or small beside what was found before; and it is
// given at least once.
func TestEstimateIsHonest(t *testing.T) {
	profile := func(levels []int64) {
		given := 0
		for n := range levels {
			guess := mc.EstimateRest(levels[:n+1])
			if guess < 0 {
				continue
			}
			given++
			rest, before := int64(0), int64(0)
			for i, states := range levels {
				if i > n {
					rest += states
				} else {
					before += states
				}
			}
			wrong := math.Abs(float64(guess - rest))
			require.True(t, wrong <= float64(max(rest, guess))/2 || wrong <= float64(before)/20,
				"after level %d: %d foretold, %d were left, %d found", n, guess, rest, before)
		}
		require.Positive(t, given)
	}
	for _, levels := range [][]int64{
		levelsOf(t, textbook.TwoPhase(6)), levelsOf(t, textbook.Paxos(3, 3, 2)),
		levelsOf(t, textbook.Philosophers(4, false)),
	} {
		profile(levels)
	}
	require.Equal(t, int64(-1), mc.EstimateRest([]int64{1, 10, 100, 1000, 10_000, 100_000}))
}

// levelsOf searches a model.
func levelsOf[L, M comparable](t *testing.T, m mc.Model[L, M]) []int64 {
	r, err := mc.Check(context.Background(), m, mc.Options{})
	require.NoError(t, err)
	return r.Levels
}
