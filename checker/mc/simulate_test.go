// SPDX-License-Identifier: Apache-2.0

package mc_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"viewstamp/checker/mc"
	"viewstamp/checker/mc/textbook"
)

// Simulation: what it finds is true, is found again, and finding nothing is never a pass.

// simulate takes walks through a model that can be used.
func simulate[L, M comparable](
	t *testing.T, m mc.Model[L, M], o mc.SimulateOptions,
) mc.SimulateResult[L, M] {
	t.Helper()
	r, err := mc.Simulate(context.Background(), m, o)
	require.NoError(t, err)
	require.NotEqual(t, mc.Holds, r.Verdict)
	require.NotEmpty(t, r.Why)
	r.Elapsed = 0 // The only thing that differs from run to run.
	return r
}

// follow takes a schedule by calling the steps and nothing else of the checker. It returns the
// local states at the end.
func follow[L, M comparable](
	t *testing.T, m mc.Model[L, M], schedule []mc.Transition[L, M],
) (locals []L) {
	t.Helper()
	sent := map[M]bool{}
	for p := range m.Processes {
		locals = append(locals, m.Init(p))
	}
	for i, step := range schedule {
		require.Equal(t, locals[step.Process], step.Before, "transition %d", i)
		for _, received := range step.Received {
			require.True(t, sent[received], "transition %d receives %v", i, received)
		}
		at := slices.IndexFunc(m.Steps, func(s mc.Step[L, M]) bool { return s.Name == step.Step })
		after, out, reason := m.Steps[at].Do(step.Process, step.Before, step.Received, step.Choice)
		require.Empty(t, reason, "transition %d", i)
		require.Equal(t, step.After, after)
		require.Equal(t, step.Sent, out)
		locals[step.Process] = after
		for _, message := range out {
			sent[message] = true
		}
	}
	return locals
}

// TestSimulateFindsHastyTwoPhase: the walk is found, is shortened to as few steps as a search
// needs, replays, and is found again by its seed alone.
func TestSimulateFindsHastyTwoPhase(t *testing.T) {
	m := textbook.HastyTwoPhase(5)
	options := mc.SimulateOptions{Seed: 1, Walks: 5000, Depth: 60}
	r := simulate(t, m, options)
	require.Equal(t, mc.Refuted, r.Verdict, r.Why)
	require.Equal(t, "Consistent", r.Violated)
	require.Equal(t, r, simulate(t, m, options))

	// The others prepare, the manager hears of it and commits, one obeys, the last one aborts.
	require.Len(t, r.Schedule, 4+4+1+1+1)
	require.GreaterOrEqual(t, r.Length, len(r.Schedule))
	var committed, aborted int
	for _, l := range follow(t, m, r.Schedule)[1:] {
		switch l.Status {
		case textbook.Committed:
			committed++
		case textbook.Aborted:
			aborted++
		}
	}
	require.NotZero(t, committed)
	require.NotZero(t, aborted)

	again := simulate(t, m, mc.SimulateOptions{Seed: r.Seed, Walks: 1, Depth: 60})
	require.Equal(t, r.Schedule, again.Schedule)
	require.Equal(t, r.Seed, again.Seed)
}

// TestSimulateNothing: a model that is right is never said to hold, and what was seen is told.
func TestSimulateNothing(t *testing.T) {
	calls := 0
	r := simulate(t, textbook.TwoPhase(3), mc.SimulateOptions{Walks: 200, Depth: 60,
		Progress: func(walks int, transitions int64) { calls++ }})
	require.Equal(t, mc.Unknown, r.Verdict)
	require.Contains(t, r.Why, "200 walks of up to 60 transitions found nothing")
	require.Equal(t, 200, r.Walks)
	require.Equal(t, 200, calls)
	require.Empty(t, r.Violated)
	require.Empty(t, r.Schedule)
	require.LessOrEqual(t, r.Deepest, 60)
	var fired int64
	for _, a := range r.Actions {
		require.NotZero(t, a.Fired, a.Step)
		fired += a.Fired
	}
	require.Equal(t, r.Transitions, fired)
	require.Equal(t, mc.Reason("decided"), r.Actions[0].Refused[0].Reason)
	for _, s := range r.Sometimes {
		require.True(t, s.Reached, s.Name)
		require.NotZero(t, s.Depth, s.Name)
	}
}

// TestSimulateAgreesWithSearch: on random models, with steps and properties of every form, walks
// find nothing that the search does not find, and each violation in no fewer steps.
func TestSimulateAgreesWithSearch(t *testing.T) {
	refuted, shortened, shortest := 0, 0, 0
	for seed := range uint64(300) {
		m := randomModel(seed)
		m.Sometimes, m.Optional = nil, nil
		for i := range m.Steps {
			m.Optional = append(m.Optional, m.Steps[i].Name)
		}
		searched, err := mc.Check(context.Background(), m, mc.Options{MaxStates: 2000})
		require.NoError(t, err)
		walked := simulate(t, m, mc.SimulateOptions{Seed: seed, Walks: 10, Depth: 30})
		if walked.Verdict != mc.Refuted {
			continue
		}
		refuted++
		require.NotEqual(t, mc.Holds, searched.Verdict, "random model %d: %s", seed, walked.Why)
		require.GreaterOrEqual(t, len(walked.Schedule), searched.Depth, "random model %d", seed)
		follow(t, m, walked.Schedule)
		if walked.Length > len(walked.Schedule) {
			shortened++
		}
		if searched.Depth == len(walked.Schedule) {
			shortest++
		}
	}
	t.Logf("%d refuted, %d shortened, %d as short as can be", refuted, shortened, shortest)
	require.Greater(t, refuted, 50)
	require.Greater(t, shortened, refuted/3)
	require.Greater(t, shortest, refuted/2)
}

// TestSimulateBrokenAtOnce: the initial state is judged too.
func TestSimulateBrokenAtOnce(t *testing.T) {
	m := ring(3, 4)
	m.Init = func(int) local { return local{Holds: true} }
	r := simulate(t, m, mc.SimulateOptions{Seed: 7, Walks: 3, Depth: 5})
	require.Equal(t, mc.Refuted, r.Verdict)
	require.Equal(t, "OneToken", r.Violated)
	require.Empty(t, r.Schedule)
	require.Zero(t, r.Walks)
}

// TestSimulateInterrupted: walks that were not taken are not counted.
func TestSimulateInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	r, err := mc.Simulate(ctx, textbook.TwoPhase(3), mc.SimulateOptions{Walks: 9, Depth: 9,
		Progress: func(walks int, _ int64) {
			if walks == 4 {
				cancel()
			}
		}})
	require.NoError(t, err)
	require.Equal(t, mc.Unknown, r.Verdict)
	require.Equal(t, 4, r.Walks)
	require.Contains(t, r.Why, "context canceled in walk 4 of 9")
}

func TestSimulateErrors(t *testing.T) {
	good := mc.SimulateOptions{Walks: 5, Depth: 20}
	for want, spoil := range map[string]func(*mc.Model[local, token], *mc.SimulateOptions){
		"SimulateOptions.Walks is 0, want 1 or more": func(
			_ *mc.Model[local, token], o *mc.SimulateOptions) {
			o.Walks = 0
		},
		"SimulateOptions.Depth is -1, want 1 or more": func(
			_ *mc.Model[local, token], o *mc.SimulateOptions) {
			o.Depth = -1
		},
		"no Init": func(m *mc.Model[local, token], _ *mc.SimulateOptions) { m.Init = nil },
		"sent a message whose Sender is 7": func(
			m *mc.Model[local, token], _ *mc.SimulateOptions) {
			m.Sender = func(token) int { return 7 }
		},
		"panic: in a property": func(m *mc.Model[local, token], _ *mc.SimulateOptions) {
			m.Always[0].Pair = func(int, local, int, local) bool { panic("in a property") }
		},
	} {
		m, o := ring(3, 4), good
		spoil(&m, &o)
		_, err := mc.Simulate(context.Background(), m, o)
		require.ErrorContains(t, err, want)
		require.ErrorContains(t, err, `model "token ring"`)
	}
}

// ExampleSimulate walks where a search would be too large.
func ExampleSimulate() {
	r, err := mc.Simulate(context.Background(), textbook.TwoPhase(20),
		mc.SimulateOptions{Seed: 1, Walks: 10, Depth: 100})
	fmt.Println(r.Verdict, err)
	fmt.Println(r.Why)
	// Output:
	// unknown <nil>
	// 10 walks of up to 100 transitions found nothing: that proves nothing
}
