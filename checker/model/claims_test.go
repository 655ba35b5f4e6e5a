// SPDX-License-Identifier: Apache-2.0

package model

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"viewstamp/checker/mc"
	"viewstamp/spec"
	"viewstamp/spec/claims"
)

// Each claim of the catalogue is decided as it says: the property that breaks, the length of the
// shortest counterexample, and the number of states of what holds. The slow ones are left to
// vsrcheck claims -all.

// decide searches a system of a claim.
func decide(t *testing.T, s spec.System, properties []string,
) mc.Result[spec.Process, spec.Message] {
	t.Helper()
	r, err := mc.Check(context.Background(), Build(s, properties...), mc.Options{})
	require.NoError(t, err)
	return r
}

func TestClaimsAreDecidedAsExpected(t *testing.T) {
	type fix struct {
		name   string
		bounds spec.Bounds
		states int64
	}
	searched := map[fix]bool{} // Many claims have the same fix.
	for _, c := range claims.Catalogue() {
		t.Run(c.ID, func(t *testing.T) {
			if !c.Slow && c.ID != "C-001" { // That one has a test of its own.
				claimedAsExpected(t, c)
			}
			f := fix{c.Fixed.Name, c.Fixed.Bounds, c.States}
			if c.Refuted != "" && !c.SlowFix && !searched[f] && c.States < 1_000_000 {
				searched[f] = true
				r := decide(t, c.Fixed, c.FixedProperties)
				require.Equal(t, mc.Holds, r.Verdict, "the fix of %s: %s", c.Name, r.Why)
				require.Equal(t, c.States, r.Distinct, "states of the fix of %s", c.Name)
			}
		})
	}
}

// claimedAsExpected decides the claim itself.
func claimedAsExpected(t *testing.T, c claims.Claim) {
	r := decide(t, c.Claimed, c.Properties)
	require.Equal(t, c.Refuted, r.Violated, "%s: %s", c.Name, r.Why)
	require.Len(t, r.Counterexample, c.Steps, c.Name)
	if c.Refuted == "" {
		require.Equal(t, mc.Holds, r.Verdict, c.Name)
		require.Equal(t, c.States, r.Distinct, "states of %s", c.Name)
	}
	if c.ID == "C-101" {
		oneDownAtATime(t, c, r.Counterexample)
	}
}

// TestCatalogueIsWellFormed: what a claim must have to be printed and reproduced.
func TestCatalogueIsWellFormed(t *testing.T) {
	properties := map[string]bool{}
	ids, names := map[string]bool{}, map[string]bool{}
	for _, c := range claims.Catalogue() {
		require.False(t, ids[c.ID] || names[c.Name], "%s %s is there twice", c.ID, c.Name)
		ids[c.ID], names[c.Name] = true, true
		require.NotEmpty(t, c.Source, c.ID)
		require.NotEmpty(t, c.Statement, c.ID)
		clear(properties)
		for _, p := range c.Claimed.Invariants() {
			properties[p.Name] = true
		}
		for _, p := range append(c.Properties, c.FixedProperties...) {
			require.True(t, properties[p], "%s checks %s, which is no property", c.ID, p)
		}
		if c.Refuted == "" {
			require.Empty(t, c.Fix+c.Mutant+c.Picture, "%s holds", c.ID)
			require.Zero(t, c.Steps, "%s holds", c.ID)
			require.Positive(t, c.States, "%s holds", c.ID)
			continue
		}
		require.Contains(t, c.Properties, c.Refuted, c.ID)
		for _, text := range []string{c.Fix, c.Mutant, c.Picture, c.Fixed.Name} {
			require.NotEmpty(t, text, "%s is refuted", c.ID)
		}
	}
}

// oneDownAtATime: the counterexample does not need more failures than the group is made for.
func oneDownAtATime(t *testing.T, c claims.Claim, steps []Transition) {
	down := map[int]bool{}
	for i, step := range steps {
		if r, ok := step.After.(spec.Replica); ok {
			delete(down, step.Process)
			if r.Status == spec.Recovering {
				down[step.Process] = true
			}
		}
		require.LessOrEqual(t, len(down), c.Claimed.Configuration().F(), "after step %d", i+1)
	}
}

// TestRecoveryRows: what the design predicts about recovery beside the claims. Each length counts
// SendRequest as a step.
func TestRecoveryRows(t *testing.T) {
	published := claims.DisklessRecovery().Claimed
	sameNonce := func(c spec.Configuration, r spec.Replica) (
		spec.Replica, []spec.Message, spec.Ignored,
	) {
		r.Nonce = 0
		return spec.Crash(c, r)
	}
	silent := func(c spec.Configuration, r spec.Replica, quorum []spec.RecoveryResponse) (
		spec.Replica, []spec.Message, spec.Ignored,
	) {
		after, _, why := spec.OnRecoveryResponse(c, r, quorum)
		return after, nil, why
	}
	for _, row := range []struct {
		what   string
		p      spec.Protocol
		breaks string
		steps  int
	}{
		{"a promise is broken before anything is lost", published.Protocol, "PromiseKept", 11},
		{"without the acknowledgement of D21 it takes a PREPARE more", published.Protocol.Replace(
			"OnRecoveryResponse", spec.ByQuorum(silent)), "NothingLost", 18},
		{"one nonce for all recoveries, nothing on disk", published.Protocol.Replace(
			"Crash", spec.Spontaneous(sameNonce)), "NothingLost", 15},
	} {
		t.Run(row.what, func(t *testing.T) {
			s := published
			s.Protocol = row.p
			r := decide(t, s, []string{row.breaks})
			require.Equal(t, row.breaks, r.Violated, r.Why)
			require.Len(t, r.Counterexample, row.steps)
		})
	}
}

// TestEngineAgreesWithPlainOnOtherProtocols: on the same levels the same number of states as the
// explorer that has no tricks; and their steps are functions.
func TestEngineAgreesWithPlainOnOtherProtocols(t *testing.T) {
	idle := []string{"SendGetState", "JoinView", "OnGetState", "OnNewState", "SendCommit", "OnCommit"}
	for _, s := range []spec.System{
		{Name: "crash vectors", Protocol: spec.CrashVectors().Without(idle...),
			Bounds: spec.Bounds{Replicas: 3, ViewChanges: 1, Restarts: 1, Requests: 1}},
		{Name: "reads", Protocol: spec.ReadsAtPrimary().Without(idle...).Without("Restart"),
			Bounds: spec.Bounds{Replicas: 3, Requests: 1, Reads: 1}},
		{Name: "batching", Protocol: spec.Batching(1).Without(idle...).Without("Restart"),
			Bounds: spec.Bounds{Replicas: 3, Requests: 2, ViewChanges: 1}},
		{Name: "log suffixes", Protocol: spec.LogSuffixes().Without("SendCommit", "OnCommit"),
			Bounds: spec.Bounds{Replicas: 3, Requests: 1, ViewChanges: 1}},
		{Name: "witnesses", Protocol: spec.Witnesses().Without("Restart"),
			Bounds: spec.Bounds{Replicas: 3, Requests: 1, Witnesses: 1}},
		{Name: "quorum reads", Protocol: spec.QuorumReads().Without(idle...).Without("Restart"),
			Bounds: spec.Bounds{Replicas: 3, Requests: 2, Reads: 1}},
		{Name: "predictions", Protocol: spec.Predictions().Without(idle...).Without("Restart"),
			Bounds: spec.Bounds{Replicas: 3, Requests: 1, ViewChanges: 1}},
		{Name: "flexible quorums", Protocol: spec.ViewstampedReplication().Without(idle...),
			Bounds: spec.Bounds{Replicas: 4, Requests: 1, ViewChanges: 1, CommitQuorum: 3,
				ChangeQuorum: 2}},
		{Name: "client recovery", Protocol: spec.ClientRecoveries().Without(idle...).Without("Restart"),
			Bounds: spec.Bounds{Replicas: 3, Clients: 1, Requests: 1, ClientCrashes: 1}},
	} {
		t.Run(s.Name, func(t *testing.T) {
			m := Build(s, "CommitBound")
			require.NoError(t, mc.CheckPurity(m, 300))
			plain, err := mc.Check(context.Background(), m, mc.Options{Plain: true, MaxDepth: 9})
			require.NoError(t, err)
			r, err := mc.Check(context.Background(), m, mc.Options{MaxDepth: 9})
			require.NoError(t, err)
			require.Equal(t, plain.Levels, r.Levels)
			require.Equal(t, plain.Generated, r.Generated)
			require.Greater(t, r.Distinct, int64(100))
		})
	}
}
