// SPDX-License-Identifier: Apache-2.0

package mc_test

import (
	"cmp"
	"context"
	"math/big"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"viewstamp/checker/mc"
	"viewstamp/checker/mc/textbook"
)

// Symmetry: the verdict of the full search with one state for each orbit, and no wrong claim gets
// through.

type (
	twoPhaseState    = mc.State[textbook.TwoPhaseState, textbook.TwoPhaseMessage]
	twoPhaseProperty = mc.Property[textbook.TwoPhaseState, textbook.TwoPhaseMessage]
	twoPhaseModel    = mc.Model[textbook.TwoPhaseState, textbook.TwoPhaseMessage]
)

// symmetric are the options of searches that use symmetry.
var symmetric = []mc.Options{{Plain: true, Symmetry: true}, {Workers: 1, Symmetry: true},
	{Workers: 2, Symmetry: true}}

// orbitsOf searches a model in all ways that use symmetry, which must see and say the same. Only
// what is refused differs: the engine asks about all permutations.
func orbitsOf[L, M comparable](t require.TestingT, m mc.Model[L, M], bounds mc.Options,
) (plain mc.Result[L, M]) {
	for _, tuning := range []mc.Tuning{{}, {Width: 1, Memo: 1}, {Width: 20}} {
		for i, o := range symmetric {
			o.MaxDepth, o.MaxStates = bounds.MaxDepth, bounds.MaxStates
			r, err := mc.CheckTuned(context.Background(), m, o, tuning)
			require.NoError(t, err)
			for a := range r.Actions {
				r.Actions[a].Refused = nil
			}
			if i == 0 {
				plain = r
			}
			require.Equal(t, summary(plain, false), summary(r, false), "%+v", o)
		}
	}
	return plain
}

// sameSymmetricVerdict compares a full search with one that uses symmetry, and replays what is
// found. It returns the number of states of both.
func sameSymmetricVerdict[L, M comparable](t *testing.T, m mc.Model[L, M]) (full, orbits int64) {
	t.Helper()
	a, err := mc.Check(context.Background(), m, mc.Options{})
	require.NoError(t, err)
	b := orbitsOf(t, m, mc.Options{})
	require.Equal(t, a.Verdict, b.Verdict, b.Why)
	require.Equal(t, a.Violated, b.Violated)
	require.Equal(t, a.Why, b.Why)
	require.Equal(t, a.Depth, b.Depth)
	require.Len(t, b.Counterexample, len(a.Counterexample))
	replay(t, m, b.Counterexample)
	for i := range a.Sometimes {
		require.Equal(t, a.Sometimes[i].Reached, b.Sometimes[i].Reached)
		require.Equal(t, a.Sometimes[i].Depth, b.Sometimes[i].Depth)
		require.Len(t, b.Sometimes[i].Nearest, len(a.Sometimes[i].Nearest))
	}
	for i := range a.Actions {
		require.Equal(t, a.Actions[i].Fired > 0, b.Actions[i].Fired > 0)
	}
	return a.Distinct, b.Distinct
}

// replay takes the steps of a run with nothing but the step functions: each process goes on from
// where it was, and has received what was sent before.
func replay[L, M comparable](t *testing.T, m mc.Model[L, M], run []mc.Transition[L, M]) {
	t.Helper()
	locals := make([]L, m.Processes)
	for p := range locals {
		locals[p] = m.Init(p)
	}
	var sent []M
	for _, f := range run {
		i := slices.IndexFunc(m.Steps, func(s mc.Step[L, M]) bool { return s.Name == f.Step })
		require.Subset(t, sent, f.Received)
		after, out, reason := m.Steps[i].Do(f.Process, locals[f.Process], f.Received, f.Choice)
		require.Empty(t, reason)
		require.Equal(t, []L{f.Before, f.After}, []L{locals[f.Process], after})
		require.Equal(t, f.Sent, out)
		locals[f.Process] = after
		sent = append(sent, out...)
	}
}

// watched adds a property that is asked about each state of a full search, and never broken.
func watched[L, M comparable](m mc.Model[L, M], see func(mc.State[L, M])) mc.Model[L, M] {
	m.Always = append(slices.Clone(m.Always), mc.Property[L, M]{Name: "watch",
		State: func(s mc.State[L, M]) bool {
			see(s)
			return true
		}})
	return m
}

// participant is all that a state of two-phase commit says of a participant.
type participant struct {
	status      textbook.TwoPhaseStatus
	told, heard bool
}

// orbitsOfTwoPhase counts the orbits of the states of a full search by force: two states are in the
// same orbit if their managers say and have sent the same, and they have as many participants of
// each sort.
func orbitsOfTwoPhase(t *testing.T, n int) int {
	type orbit struct {
		manager textbook.TwoPhaseStatus
		decided mc.Kind
		sorts   [12]int
	}
	orbits := map[orbit]bool{}
	m := watched(textbook.TwoPhase(n), func(s twoPhaseState) {
		o := orbit{manager: s.Local(0).Status}
		for _, m := range s.Sent(0) {
			o.decided += m.Kind
		}
		for p := 1; p <= n; p++ {
			is := participant{s.Local(p).Status, len(s.Sent(p)) > 0, s.Local(0).Prepared>>p&1 == 1}
			sort := int(is.status)
			if is.told {
				sort += 4
			}
			if is.heard {
				require.True(t, is.told)
				sort += 4
			}
			o.sorts[sort]++
		}
		orbits[o] = true
	})
	_, err := mc.Check(context.Background(), m, mc.Options{Plain: true})
	require.NoError(t, err)
	return len(orbits)
}

func TestSymmetryOfTwoPhase(t *testing.T) {
	for n, want := range map[int][]int64{3: {288, 80}, 4: {1_568, 166}, 5: {8_832, 314}} {
		full, orbits := sameSymmetricVerdict(t, textbook.TwoPhase(n))
		require.Equal(t, want, []int64{full, orbits})
		require.Equal(t, int64(orbitsOfTwoPhase(t, n)), orbits)
	}
}

// TestSymmetryOfCounters: an orbit is a partition of at most the budget into at most n parts.
func TestSymmetryOfCounters(t *testing.T) {
	full, orbits := sameSymmetricVerdict(t, textbook.Counters(4, 6))
	require.Equal(t, new(big.Int).Binomial(10, 4).Int64(), full)
	require.Equal(t, int64(1+1+2+3+5+6+9), orbits)
}

// TestSymmetryKeepsVerdicts: also those of wrong variants, of deadlocks, and of what is never
// reached. The orbits of Paxos were counted once, they are compared with nothing.
func TestSymmetryKeepsVerdicts(t *testing.T) {
	full, orbits := sameSymmetricVerdict(t, textbook.Paxos(2, 3, 2))
	require.Equal(t, []int64{3921, 857}, []int64{full, orbits})
	sameSymmetricVerdict(t, textbook.HastyTwoPhase(3))
	sameSymmetricVerdict(t, textbook.ForgetfulPaxos(2, 3, 2))
	sameSymmetricVerdict(t, textbook.SpendthriftCounters(3, 4))

	count := func(s twoPhaseState, status textbook.TwoPhaseStatus) (n int) {
		for p := 1; p <= 3; p++ {
			if s.Local(p).Status == status {
				n++
			}
		}
		return n
	}
	stuck := textbook.TwoPhase(3)
	stuck.Ends = func(s twoPhaseState) bool { return count(s, textbook.Committed) == 3 }
	sameSymmetricVerdict(t, stuck)
	require.Equal(t, mc.Deadlock, orbitsOf(t, stuck, mc.Options{}).Violated)

	never := textbook.TwoPhase(3)
	never.Sometimes = append(never.Sometimes, twoPhaseProperty{Name: "undecided",
		State: func(s twoPhaseState) bool {
			return count(s, textbook.Committed) > 1 && count(s, textbook.Aborted) > 0
		},
		Progress: func(s twoPhaseState) int { return count(s, textbook.Committed) }})
	sameSymmetricVerdict(t, never)
}

// unharmed is what the engine says where the claim is wrong of something that it never asks.
const unharmed = "unharmed"

// TestWrongSymmetry plants wrong claims, and asymmetries in models that claim to have none.
func TestWrongSymmetry(t *testing.T) {
	first := func(p int) bool { return p == 1 }
	for name, c := range map[string]struct {
		change func(*twoPhaseModel)
		want   string
		engine string // where it says something else
	}{
		"manager's set forgotten": {func(m *twoPhaseModel) {
			m.Symmetry.Local = func(_, _ int, l textbook.TwoPhaseState) textbook.TwoPhaseState {
				return l
			}
		}, `step "ManagerOnPrepared" of process 0 leads from the state`, ""},
		"manager like the others": {func(m *twoPhaseModel) { m.Symmetry.Alike[0] = []int{0, 1, 2} },
			`processes 0 and 1: step "ManagerAbort" of process 0 leads from the state`,
			`processes 0 and 1: step "ManagerCommit" is taken by one of them`},
		"one alone may abort": {func(m *twoPhaseModel) { m.Steps[4].At = first },
			`processes 1 and 2: step "ChooseToAbort" of process 1 leads from the state`,
			`processes 1 and 2: step "ChooseToAbort" is taken by one of them`},
		"sender not renamed": {func(m *twoPhaseModel) {
			m.Symmetry.Message = func(_, _ int, m textbook.TwoPhaseMessage) textbook.TwoPhaseMessage {
				return m
			}
		}, "a message of process", ""},
		"no way back": {func(m *twoPhaseModel) {
			m.Symmetry.Local = func(_, _ int, l textbook.TwoPhaseState) textbook.TwoPhaseState {
				if l.Status == textbook.Aborted {
					l.Prepared |= 1
				}
				return l
			}
		}, "exchanged twice, the state", ""},
		"more than permutations": {drawing, "to more states than the 6 permutations", ""},
		"unlike start": {func(m *twoPhaseModel) {
			m.Init = func(p int) (l textbook.TwoPhaseState) {
				if p == 3 {
					l.Status = textbook.Prepared
				}
				return l
			}
		}, "processes 2 and 3: they do not start alike", ""},
		"property of one": {func(m *twoPhaseModel) {
			m.Always = []twoPhaseProperty{{Name: "first never commits",
				Local: func(p int, l textbook.TwoPhaseState) bool {
					return p != 1 || l.Status != textbook.Committed
				}}}
		}, `property "first never commits" says one thing of the state`, ""},
		"progress of one": {func(m *twoPhaseModel) {
			m.Sometimes[0].Progress = func(s twoPhaseState) int { return int(s.Local(1).Status) }
		}, `Progress of "committed" says one thing of the state`, unharmed},
		"end of one": {func(m *twoPhaseModel) {
			m.Ends = func(s twoPhaseState) bool { return s.Local(1).Status != textbook.Prepared }
		}, `the model's "Ends" says one thing of the state`, unharmed},
	} {
		t.Run(name, func(t *testing.T) {
			m := textbook.TwoPhase(3)
			c.change(&m)
			for i, want := range []string{c.want, cmp.Or(c.engine, c.want)} {
				r, err := mc.Check(context.Background(), m, symmetric[i])
				if want == unharmed {
					require.NoError(t, err)
					require.Equal(t, mc.Holds, r.Verdict)
					continue
				}
				require.ErrorContains(t, err, "Symmetry is wrong about processes")
				require.ErrorContains(t, err, want)
			}
		})
	}
}

func TestSymmetryOfRandomModels(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := alikeModel(rapid.Uint64().Draw(t, "seed"))
		full, err := mc.Check(context.Background(), m, mc.Options{MaxStates: 80})
		require.NoError(t, err)
		bounds := mc.Options{}
		if full.Verdict == mc.Unknown {
			bounds.MaxDepth = full.Depth
		}
		r := orbitsOf(t, m, bounds)
		require.LessOrEqual(t, r.Distinct, full.Distinct)
		require.Equal(t, len(full.Levels), len(r.Levels))
		require.Equal(t, full.Violated, r.Violated)
		require.Len(t, r.Counterexample, len(full.Counterexample))
		for i := range full.Sometimes {
			require.Equal(t, full.Sometimes[i].Reached, r.Sometimes[i].Reached)
			require.Equal(t, full.Sometimes[i].Depth, r.Sometimes[i].Depth)
		}
	})
}

// drawing lets the manager draw one of ten numbers, and claims exchanges that are right one by one,
// but are reflections of a circle of ten: one after the other they turn it.
func drawing(m *twoPhaseModel) {
	const above = 10 // the bits of participants
	m.Steps = append(m.Steps, mc.Step[textbook.TwoPhaseState, textbook.TwoPhaseMessage]{
		Name: "Draw", At: func(p int) bool { return p == 0 },
		Choices: func(int, textbook.TwoPhaseState) int { return 10 },
		Do: func(_ int, l textbook.TwoPhaseState, _ []textbook.TwoPhaseMessage, choice int) (
			textbook.TwoPhaseState, []textbook.TwoPhaseMessage, mc.Reason) {
			if l.Prepared != 0 {
				return l, nil, "too late"
			}
			l.Prepared = uint32(choice+1) << above
			return l, nil, ""
		},
	})
	right := m.Symmetry.Local
	m.Symmetry.Local = func(a, b int, l textbook.TwoPhaseState) textbook.TwoPhaseState {
		l = right(a, b, l)
		if drawn := l.Prepared >> above; drawn > 0 {
			turned := (10 + uint32(b-2) - (drawn - 1)) % 10
			l.Prepared = l.Prepared&(1<<above-1) | (turned+1)<<above
		}
		return l
	}
}

// TestSymmetryRefused: what symmetry does not go with, and claims that cannot be used.
func TestSymmetryRefused(t *testing.T) {
	none := func(*twoPhaseModel) {}
	alike := func(sets ...[]int) func(*twoPhaseModel) {
		return func(m *twoPhaseModel) { m.Symmetry.Alike = sets }
	}
	for _, c := range []struct {
		change func(*twoPhaseModel)
		also   mc.Options
		want   string
	}{
		{none, mc.Options{SleepSets: true}, "goes with no other reduction"},
		{none, mc.Options{DeadMessages: true}, "goes with no other reduction"},
		{none, mc.Options{EagerSends: true}, "goes with no other reduction"},
		{none, mc.Options{Coverage: true}, "neither Coverage nor Checkpoint"},
		{none, mc.Options{Plain: true, Checkpoint: "folder"}, "makes no checkpoints"},
		{func(m *twoPhaseModel) { m.Symmetry = nil }, mc.Options{}, "has no Symmetry"},
		{func(m *twoPhaseModel) { m.Symmetry.Message = nil }, mc.Options{}, "no Local or no Message"},
		{alike(), mc.Options{}, "names no two processes"},
		{alike([]int{1}, []int{2}), mc.Options{}, "names no two processes"},
		{alike([]int{1, 8}), mc.Options{}, "names process 8, want 0 to 7"},
		{alike([]int{1, 2}, []int{3, 1}), mc.Options{}, "names process 1 twice"},
		{alike([]int{1, 2, 3, 4, 5, 6, 7}), mc.Options{}, "more than 720 permutations"},
	} {
		m := textbook.TwoPhase(7)
		c.change(&m)
		c.also.Symmetry = true
		_, err := mc.Check(context.Background(), m, c.also)
		require.ErrorContains(t, err, c.want)
	}
}
