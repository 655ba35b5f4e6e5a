// SPDX-License-Identifier: Apache-2.0

package model

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"viewstamp/checker/mc"
	"viewstamp/spec"
)

// decideLive searches an entry.
func decideLive(t *testing.T, l Live) LiveResult {
	t.Helper()
	r, err := mc.CheckLive(context.Background(), BuildLive(l), []Liveness{l.Property},
		mc.LiveOptions{Fair: l.Fair})
	require.NoError(t, err)
	return r[0]
}

// The fair runs of the protocol do what they must, and those of wrong ones do not. Larger systems
// are searched by vsrcheck model -liveness, which compares the counts as well.
func TestLiveness(t *testing.T) {
	for _, l := range Lives() {
		if l.States > 20_000 {
			continue
		}
		r := decideLive(t, l)
		require.Equal(t, l.Verdict, r.Verdict, "%s: %s", l.Name, r.Why)
		require.Equal(t, l.States, r.States, l.Name)
		require.False(t, r.Vacuous, l.Name)
		require.Zero(t, r.OnCycles, "what was sent is never unsent, so no state comes back")
	}
}

// The deaf primary: the request is acknowledged by both, it hears of neither, and nothing more
// happens.
func TestDeafPrimaryIsShown(t *testing.T) {
	l, ok := FindLive("deaf-primary")
	require.True(t, ok)
	r := decideLive(t, l)
	require.Len(t, r.Prefix, 5)
	require.Empty(t, r.Cycle)
	var b strings.Builder
	require.NoError(t, ExplainLasso(&b, l.System, r))
	for _, want := range []string{"clients    SendRequest", "sends PREPAREOK(v=0 n=1 ",
		"and stays so for ever"} {
		require.Contains(t, b.String(), want)
	}
	_, ok = FindLive("nobody")
	require.False(t, ok)
}

// A run that ends because no more view changes are allowed says nothing of the protocol: with the
// primary of view 1 dead, a timer has to fire twice.
func TestRunsThatEndByBoundsAreNoVerdict(t *testing.T) {
	l, _ := FindLive("answered")
	l.Dead, l.Unfair = []int{1}, nil
	r := decideLive(t, l)
	require.Equal(t, mc.Unknown, r.Verdict)
	require.Equal(t, []string{string(spec.ViewChanges)}, r.Bounds)
	require.Contains(t, r.Why, "only because the budget of view changes is spent")
	// If the timers need not fire, the protocol itself stops there.
	l.Unfair = []string{"SendStartViewChange"}
	require.Equal(t, mc.Refuted, decideLive(t, l).Verdict)
}

// The premise of each invariant is true somewhere in the small models of view changes, and each
// premise belongs to an invariant.
func TestInvariantsAreNotVacuous(t *testing.T) {
	names := map[string]bool{}
	for _, p := range spec.Properties() {
		names[p.Name] = true
	}
	for name := range premises() {
		require.True(t, names[name], name)
	}
	e, _ := Find("view-change")
	r, err := mc.Check(context.Background(), Build(e.System), mc.Options{Coverage: true})
	require.NoError(t, err)
	require.Empty(t, r.Vacuous)
	require.Equal(t, e.Distinct, r.Distinct)
	e, _ = Find("normal-operation")
	r, err = mc.Check(context.Background(), Build(e.System), mc.Options{Coverage: true})
	require.NoError(t, err)
	require.Equal(t, []string{"NormalView", "PromiseKept", "DVCTrue", "OneStartView",
		"ViewstampUnique", "NormalHasCommitted", "NothingLost", "ExactlyOnce"}, r.Vacuous)
}
