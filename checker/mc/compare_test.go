// SPDX-License-Identifier: Apache-2.0

package mc_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"viewstamp/checker/mc"
	"viewstamp/checker/mc/textbook"
)

// The engine against the plain explorer: everything that a result says must be equal, in every
// mode. The mutants of the engine show that the comparison would notice.

// mode is a way to run the engine.
type mode struct {
	options mc.Options
	tuning  mc.Tuning
}

// modes are those that are compared. Narrow first fields force the layout to be widened over
// and over, a wide first field forces keys of two words, a tiny memo is forgotten all the time.
var modes = []mode{
	{options: mc.Options{Workers: 1}},
	{options: mc.Options{Workers: 2}},
	{options: mc.Options{Workers: 2}, tuning: mc.Tuning{Width: 1}},
	{options: mc.Options{Workers: 2}, tuning: mc.Tuning{Width: 20, Memo: 1}},
	{options: mc.Options{Workers: 1, SleepSets: true}},
	{options: mc.Options{Workers: 2, SleepSets: true}, tuning: mc.Tuning{Width: 20}},
	{options: mc.Options{Workers: 2, SleepSets: true}, tuning: mc.Tuning{Width: 1, Memo: 1}},
	{options: mc.Options{Workers: 1, DeadMessages: true}},
	{options: mc.Options{Workers: 2, DeadMessages: true}, tuning: mc.Tuning{Width: 1, Memo: 1}},
	{options: mc.Options{Workers: 2, DeadMessages: true, SleepSets: true}},
	{options: mc.Options{Workers: 2, DeadMessages: true, SleepSets: true},
		tuning: mc.Tuning{Width: 1}},
	{options: mc.Options{Workers: 2, EagerSends: true}, tuning: mc.Tuning{Width: 1, Memo: 1}},
	{options: mc.Options{Workers: 2, EagerSends: true, DeadMessages: true},
		tuning: mc.Tuning{Width: 1}},
	{options: mc.Options{Workers: 1, EagerSends: true, DeadMessages: true},
		tuning: mc.Tuning{Width: 20, Memo: 1}},
}

// summary returns what must be equal between two results, as text.
func summary[L, M comparable](r mc.Result[L, M], sleep bool) string {
	text := fmt.Sprintf("%v\nwhy %v\nviolated %v\nlevels %v\npath %+v\nsometimes %v\n",
		r.Verdict, r.Why, r.Violated, r.Levels, r.Counterexample, r.Sometimes)
	for _, a := range r.Actions {
		if sleep {
			a.Fired = min(a.Fired, 1)
		}
		text += fmt.Sprintf("action %+v\n", a)
	}
	if !sleep {
		text += fmt.Sprintf("generated %d idle %d\n", r.Generated, r.Idle)
	}
	return text
}

// compare runs a model in a mode and in the plain explorer, and returns both results as text.
func compare[L, M comparable](m mc.Model[L, M], how mode, bounds mc.Options) (got, want string) {
	ctx := context.Background()
	if how.options.DeadMessages {
		m.Ends = nil // Deadlocks are not looked for in this mode.
		if m.Dead == nil {
			m.Dead = func(int, L, M) bool { return false }
		}
	}
	if how.options.EagerSends {
		m = monotone(m)
	}
	plain := bounds
	plain.Plain, plain.DeadMessages = true, how.options.DeadMessages
	plain.EagerSends = how.options.EagerSends
	reference, err := mc.Check(ctx, m, plain)
	if err != nil {
		return "", err.Error()
	}
	options := how.options
	options.MaxDepth, options.MaxStates = bounds.MaxDepth, bounds.MaxStates
	r, err := mc.CheckTuned(ctx, m, options, how.tuning)
	if err != nil {
		return err.Error(), ""
	}
	for i := range r.Actions {
		if options.EagerSends { // The engine also asks about what is not searched any more.
			r.Actions[i].Refused, reference.Actions[i].Refused = nil, nil
		}
	}
	return summary(r, options.SleepSets), summary(reference, options.SleepSets)
}

// compareAll compares a model in all modes.
func compareAll[L, M comparable](t *testing.T, m mc.Model[L, M], bounds mc.Options) {
	for _, how := range modes {
		t.Run(fmt.Sprintf("%s/%+v", m.Name, how), func(t *testing.T) {
			got, want := compare(m, how, bounds)
			require.Equal(t, want, got)
		})
	}
}

func TestEngineAgreesOnTextbookModels(t *testing.T) {
	compareAll(t, textbook.TwoPhase(4), mc.Options{})
	compareAll(t, textbook.HastyTwoPhase(4), mc.Options{})
	compareAll(t, textbook.Paxos(2, 3, 2), mc.Options{})
	compareAll(t, textbook.ForgetfulPaxos(2, 3, 2), mc.Options{})
	compareAll(t, textbook.Paxos(3, 3, 2), mc.Options{MaxDepth: 7})
	compareAll(t, textbook.Counters(4, 6), mc.Options{})
	compareAll(t, textbook.SpendthriftCounters(3, 4), mc.Options{})
	compareAll(t, textbook.Philosophers(3, true), mc.Options{})
	compareAll(t, textbook.Philosophers(3, false), mc.Options{})
}

// deadAtFirst is the seed of a random model whose initial state can send what is dead already.
const deadAtFirst = 0x8fe79

// TestEngineAgreesInEveryMode takes the same random models through all modes.
func TestEngineAgreesInEveryMode(t *testing.T) {
	for _, seed := range []uint64{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, deadAtFirst} {
		for _, how := range modes {
			got, want := compare(randomModel(seed), how, mc.Options{MaxStates: 40, MaxDepth: 3})
			require.Equal(t, want, got, "seed %d, %+v", seed, how)
		}
	}
}

// TestEngineAgreesOnRandomModels is the one to run for long: -rapid.checks says over how many.
func TestEngineAgreesOnRandomModels(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := randomModel(rapid.Uint64().Draw(t, "seed"))
		how := modes[rapid.IntRange(0, len(modes)-1).Draw(t, "mode")]
		got, want := compare(m, how, mc.Options{MaxStates: 2000})
		require.Equal(t, want, got)
	})
}

// TestMutantsOfTheEngine plants defects in the engine. For each, the textbook models or the
// random models must show a difference.
func TestMutantsOfTheEngine(t *testing.T) {
	for name, tuning := range map[string]mc.Tuning{
		"lost successor":    {LoseSuccessor: true},
		"stale memo":        {StaleMemo: true},
		"wrong barrier":     {WrongBarrier: true},
		"cut keys":          {CutKeys: true},
		"table loses a key": {LoseKey: true},
		"sleep sets forget": {ForgetFresh: true},
		"missed deadlock":   {MissDeadlock: true},
		"false deadlock":    {AwakeOnly: true},
		"dropped alive":     {DropAlive: true},
		"eager moves":       {EagerMoves: true},
		"first state whole": {KeepFirst: true},
	} {
		t.Run(name, func(t *testing.T) {
			how := mode{mc.Options{Workers: 1, SleepSets: tuning.ForgetFresh ||
				tuning.AwakeOnly, DeadMessages: tuning.DropAlive || tuning.KeepFirst,
				EagerSends: tuning.EagerMoves || tuning.KeepFirst}, tuning}
			var noticed []string
			note := func(by, got, want string) {
				if got != want {
					noticed = append(noticed, by)
				}
			}
			got, want := compare(textbook.TwoPhase(4), how, mc.Options{})
			note("two-phase commit", got, want)
			got, want = compare(textbook.Paxos(2, 3, 2), how, mc.Options{})
			note("Paxos", got, want)
			got, want = compare(textbook.Philosophers(3, true), how, mc.Options{})
			note("philosophers", got, want)
			for seed := range uint64(21) {
				if seed == 20 {
					seed = deadAtFirst
				}
				got, want := compare(randomModel(seed), how, mc.Options{MaxStates: 500})
				note("random", got, want)
			}
			t.Logf("noticed by %v", slices.Compact(noticed))
			require.NotEmpty(t, noticed)
		})
	}
}
