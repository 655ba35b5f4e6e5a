// SPDX-License-Identifier: Apache-2.0

package mc_test

import (
	"context"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"viewstamp/checker/mc"
	"viewstamp/checker/mc/textbook"
)

// Liveness on models whose verdicts are known.

// decide checks one liveness property.
func decide[L, M comparable](
	t *testing.T, m mc.Model[L, M], p mc.Liveness[L, M], fair func(int, string) bool,
) mc.LiveResult[L, M] {
	t.Helper()
	p.Name = "P"
	r, err := mc.CheckLive(context.Background(), m, []mc.Liveness[L, M]{p},
		mc.LiveOptions{Fair: fair})
	require.NoError(t, err)
	require.Len(t, r, 1)
	return r[0]
}

// names lists the steps of a run.
func names[L, M comparable](steps []mc.Transition[L, M]) []string {
	var list []string
	for _, s := range steps {
		list = append(list, s.Step)
	}
	return list
}

// but is all steps fair but some.
func but(steps ...string) func(int, string) bool {
	return func(_ int, step string) bool { return !slices.Contains(steps, step) }
}

// TestWeakFairness: leaving that is possible all the time happens; leaving that is possible
// again and again need not.
func TestWeakFairness(t *testing.T) {
	left := mc.Liveness[int, int]{Then: func(s mc.State[int, int]) bool { return s.Local(0) < 0 }}
	r := decide(t, textbook.Waiting(3, 3), left, nil)
	require.Equal(t, mc.Holds, r.Verdict, r.Why)
	require.Equal(t, 3, r.OnCycles)
	require.Equal(t, 4, r.States)
	require.Equal(t, 6, r.Transitions)

	r = decide(t, textbook.Waiting(3, 2), left, nil)
	require.Equal(t, mc.Refuted, r.Verdict)
	require.Empty(t, r.Prefix)
	require.Equal(t, []string{"Turn", "Turn", "Turn"}, names(r.Cycle))

	// Without fairness, the process may also rest where it is.
	r = decide(t, textbook.Waiting(3, 3), left, but("Turn", "Leave"))
	require.Equal(t, mc.Refuted, r.Verdict)
	require.Empty(t, r.Cycle)
	r = decide(t, textbook.Waiting(3, 3), left, but("Leave"))
	require.Equal(t, mc.Refuted, r.Verdict)
	require.Len(t, r.Cycle, 3)
}

// TestFormsOfLiveness: once, again and again, and for ever.
func TestFormsOfLiveness(t *testing.T) {
	type property = mc.Liveness[int, int]
	at := func(place int) func(mc.State[int, int]) bool {
		return func(s mc.State[int, int]) bool { return s.Local(0) == place }
	}
	always := func(mc.State[int, int]) bool { return true }
	round := textbook.Waiting(3, 0) // Nobody can leave.
	for name, c := range map[string]struct {
		property
		want mc.Verdict
	}{
		"once":             {property{Then: at(2)}, mc.Holds},
		"never":            {property{Then: at(7)}, mc.Refuted},
		"again and again":  {property{When: at(0), Then: at(2)}, mc.Holds},
		"not after":        {property{When: at(0), Then: at(7)}, mc.Refuted},
		"always some time": {property{When: always, Then: at(1)}, mc.Holds},
		"for ever":         {property{Then: at(2), Stays: true}, mc.Refuted},
		"all for ever": {property{Stays: true,
			Then: func(s mc.State[int, int]) bool { return s.Local(0) >= 0 }}, mc.Holds},
		"of nothing": {property{When: at(7), Then: at(2)}, mc.Holds},
	} {
		r := decide(t, round, c.property, nil)
		require.Equal(t, c.want, r.Verdict, "%s: %s", name, r.Why)
		require.Equal(t, name == "of nothing", r.Vacuous, name)
		require.Equal(t, c.want == mc.Refuted, len(r.Cycle) == 3, name)
	}
	// Having left is for ever.
	r := decide(t, textbook.Waiting(2, 2), property{Then: at(-1), Stays: true}, nil)
	require.Equal(t, mc.Holds, r.Verdict)
}

// TestTwoPhaseCommitBlocks: participants that have promised wait for the manager. If it is fair,
// they all decide; if it may stop, they may wait for ever: the textbooks' objection to it.
func TestTwoPhaseCommitBlocks(t *testing.T) {
	type state = mc.State[textbook.TwoPhaseState, textbook.TwoPhaseMessage]
	decided := mc.Liveness[textbook.TwoPhaseState, textbook.TwoPhaseMessage]{
		When: func(s state) bool { return s.Local(1).Status == textbook.Prepared },
		Then: func(s state) bool { return s.Local(1).Status > textbook.Prepared },
	}
	m := textbook.TwoPhase(3)
	r := decide(t, m, decided, nil)
	require.Equal(t, mc.Holds, r.Verdict, r.Why)
	require.Zero(t, r.OnCycles)
	require.Equal(t, 288, r.States)
	r = decide(t, m, decided, but("ManagerCommit", "ManagerAbort"))
	require.Equal(t, mc.Refuted, r.Verdict)
	require.Empty(t, r.Cycle)
	require.Contains(t, r.Why, "stays for ever in the state")
	// Committing is no promise: somebody may have aborted. Aborting alone is enough.
	require.Equal(t, mc.Holds, decide(t, m, decided, but("ManagerCommit")).Verdict)
	require.Equal(t, mc.Refuted, decide(t, m, decided, but("ManagerAbort")).Verdict)
}

// TestPhilosophersStarve: alike, they may all wait; if one is different, all eat.
func TestPhilosophersStarve(t *testing.T) {
	for _, alike := range []bool{true, false} {
		m := textbook.Philosophers(3, alike)
		r := decide(t, m, mc.Liveness[textbook.DiningState, textbook.DiningMessage]{Then: m.Ends}, nil)
		require.Equal(t, alike, r.Verdict == mc.Refuted, r.Why)
		require.Equal(t, alike, len(r.Prefix) == 12)
	}
}

// TestEndsByBoundsAreToldApart: a token that may be passed four times only comes to rest. That is
// the bound's doing if passing is fair, and the system's if it is not.
func TestEndsByBoundsAreToldApart(t *testing.T) {
	type state = mc.State[local, token]
	far := mc.Liveness[local, token]{Then: func(s state) bool {
		return s.Local(0).Seen > 9 || s.Local(1).Seen > 9 || s.Local(2).Seen > 9
	}}
	r := decide(t, ring(3, 4), far, but())
	require.Equal(t, mc.Unknown, r.Verdict)
	require.Equal(t, []string{"passes"}, r.Bounds)
	require.Contains(t, r.Why, "but only because the budget of passes is spent")
	require.Len(t, r.Prefix, 8)
	r = decide(t, ring(3, 4), far, nil)
	require.Equal(t, mc.Refuted, r.Verdict)
	require.Empty(t, r.Prefix, "without fairness the first process may keep it")
	require.Empty(t, r.Bounds)
}

func TestUnusableLiveness(t *testing.T) {
	type property = mc.Liveness[local, token]
	yes := func(mc.State[local, token]) bool { return true }
	for want, p := range map[string][]property{
		"there is no liveness property":            nil,
		"liveness property 0 has no name":          {{Then: yes}},
		`liveness property "P" has no Then`:        {{Name: "P"}},
		`liveness property "P" has When and Stays`: {{Name: "P", When: yes, Then: yes, Stays: true}},
		`model "token ring": panic: in a liveness prop`: {{Name: "P",
			Then: func(mc.State[local, token]) bool { panic("in a liveness property") }}},
	} {
		_, err := mc.CheckLive(context.Background(), ring(3, 4), p, mc.LiveOptions{})
		require.ErrorContains(t, err, want)
	}
	_, err := mc.CheckLive(context.Background(), mc.Model[local, token]{Name: "empty"},
		[]property{{Name: "P", Then: yes}}, mc.LiveOptions{})
	require.ErrorContains(t, err, "has 0 processes")
	var r []mc.LiveResult[local, token]
	for want, o := range map[string]mc.LiveOptions{
		"more than the 5 states of LiveOptions.MaxStates: at 6 states": {MaxStates: 5},
		"more than the 0 MiB of LiveOptions.MemoryLimit: at ":          {MemoryLimit: 500},
	} {
		r, err = mc.CheckLive(context.Background(), ring(3, 4), []property{{Name: "P", Then: yes}}, o)
		require.NoError(t, err)
		require.Equal(t, mc.Unknown, r[0].Verdict)
		require.Contains(t, r[0].Why, want)
		require.Contains(t, r[0].Why, "raise it, or lower the bounds")
	}
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	r, err = mc.CheckLive(cancelled, ring(3, 4), []property{{Name: "P", Then: yes}}, mc.LiveOptions{})
	require.NoError(t, err)
	require.Equal(t, mc.Unknown, r[0].Verdict)
}

// TestMutantsOfLiveness plants defects in the search for lassos. A run that is not fair is caught
// when it is replayed; one that is overlooked shows as a wrong verdict.
func TestMutantsOfLiveness(t *testing.T) {
	left := mc.Liveness[int, int]{Name: "left",
		Then: func(s mc.State[int, int]) bool { return s.Local(0) < 0 }}
	check := func(f mc.LiveFaults, open int) (mc.Verdict, error) {
		r, err := mc.CheckLiveWith(context.Background(), textbook.Waiting(3, open), left,
			mc.LiveOptions{}, f)
		return r.Verdict, err
	}
	_, err := check(mc.LiveFaults{IgnoreFairness: true}, 3)
	require.ErrorContains(t, err, `never takes step "Leave" of process 0, which it always could`)
	verdict, err := check(mc.LiveFaults{LoseCycle: true}, 2)
	require.NoError(t, err)
	require.NotEqual(t, mc.Refuted, verdict)

	m := textbook.Philosophers(2, true)
	r, err := mc.CheckLiveWith(context.Background(), m,
		mc.Liveness[textbook.DiningState, textbook.DiningMessage]{Name: "full", Then: m.Ends},
		mc.LiveOptions{}, mc.LiveFaults{LoseEnd: true})
	require.NoError(t, err)
	require.NotEqual(t, mc.Refuted, r.Verdict)

	bounded, err := mc.CheckLiveWith(context.Background(), ring(3, 4), mc.Liveness[local, token]{
		Name: "far", Then: func(s mc.State[local, token]) bool { return s.Local(0).Seen > 9 }},
		mc.LiveOptions{Fair: but()}, mc.LiveFaults{TrustBounds: true})
	require.NoError(t, err)
	require.NotEqual(t, mc.Unknown, bounded.Verdict)
}
