// SPDX-License-Identifier: Apache-2.0

package model

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"viewstamp/checker/mc"
	"viewstamp/spec"
	"viewstamp/spec/claims"
)

// Tests of the models of the spec: exact counts, and engine and plain explorer agree on them.

// Larger models are searched by vsrcheck model, which compares the counts as well.
func TestSmallModelsHoldWithExactCounts(t *testing.T) {
	for _, e := range Models() {
		if e.Distinct > 100_000 {
			continue
		}
		t.Run(e.Name, func(t *testing.T) {
			r, err := mc.Check(context.Background(), Build(e.System), mc.Options{})
			require.NoError(t, err)
			require.Equal(t, mc.Holds, r.Verdict, r.Why)
			require.Equal(t, e.Distinct, r.Distinct, "distinct states")
			require.Equal(t, e.Depth, r.Depth, "depth")
		})
	}
}

// The engine must find the same states on the same levels as the explorer that has no tricks.
func TestEngineAgreesWithPlainOnTheSpec(t *testing.T) {
	for _, name := range []string{"normal-operation", "view-change", "sessions"} {
		e, ok := Find(name)
		require.True(t, ok)
		m := Build(e.System)
		plain, err := mc.Check(context.Background(), m, mc.Options{Plain: true})
		require.NoError(t, err)
		for _, workers := range []int{1, 2} {
			r, err := mc.Check(context.Background(), m, mc.Options{Workers: workers})
			require.NoError(t, err)
			require.Equal(t, plain.Levels, r.Levels, "%s, %d workers", name, workers)
			require.Equal(t, plain.Generated, r.Generated, "%s, %d workers", name, workers)
		}
	}
}

// The steps of the spec are pure: the same input gives the same output, and nobody writes into what
// another state holds.
func TestStepsArePure(t *testing.T) {
	e, _ := Find("whole-protocol")
	require.NoError(t, mc.CheckPurity(Build(e.System), 2000))
}

// A model that does nothing must be red: here nobody ever answers.
func TestModelThatDoesNothingIsRefuted(t *testing.T) {
	e, _ := Find("view-change")
	idle := e.System
	idle.Protocol = idle.Protocol.Replace("OnRequest", spec.ByReplica(
		func(_ spec.Configuration, r spec.Replica, _ spec.Request) (
			spec.Replica, []spec.Message, spec.Ignored,
		) {
			return r, nil, spec.NotPrimary
		}))
	r, err := mc.Check(context.Background(), Build(idle), mc.Options{})
	require.NoError(t, err)
	require.Equal(t, mc.Refuted, r.Verdict)
	require.Contains(t, r.Violated, "never")
}

// TestEachModelMustReachSomething: no model passes by doing nothing: each says what some run
// must reach.
func TestEachModelMustReachSomething(t *testing.T) {
	for _, e := range Models() {
		require.NotEmpty(t, e.System.Sometimes, "%s may hold by doing nothing", e.Name)
	}
}

func TestClaimIsRefutedAndExplained(t *testing.T) {
	c := claims.StateTransfer()
	r, err := mc.Check(context.Background(), Build(c.Claimed, c.Properties...), mc.Options{})
	require.NoError(t, err)
	require.Equal(t, c.Refuted, r.Violated)
	require.Len(t, r.Counterexample, c.Steps)
	r, err = mc.Check(context.Background(), Build(c.Shown, c.Properties...), mc.Options{})
	require.NoError(t, err)
	require.Len(t, r.Counterexample, c.Steps)
	var b strings.Builder
	require.NoError(t, Explain(&b, c.Shown, r.Counterexample))
	for _, want := range []string{"JoinView COMMIT(v=1 k=1)", "log: [a1@0] → []",
		"last normal view v′: 0 → 1", "sends STARTVIEW(v=2 l=[]"} {
		require.Contains(t, b.String(), want)
	}
}

// A misspelt property must not make a model that checks nothing and holds.
func TestUnknownPropertyIsRefused(t *testing.T) {
	e, _ := Find("view-change")
	require.PanicsWithValue(t, `model: system "view-change" has no property "NothingLots"`,
		func() { Build(e.System, "NothingLots") })
}
