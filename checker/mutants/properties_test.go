// SPDX-License-Identifier: Apache-2.0

package mutants

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"viewstamp/checker/mc"
	"viewstamp/checker/model"
	"viewstamp/spec"
	"viewstamp/spec/claims"
)

// Each property is seen to fail. Those of the protocol itself fail alone: a search for all of them
// meets that one first. So none is there that another one makes needless.

// brokenFirst names a mutant for each property of the protocol.
var brokenFirst = map[string]string{
	"CommitBound":        "CommitBeyondLog",
	"NormalView":         "FollowAndStayNormal",
	"PromiseKept":        "DoViewChangeBeforeSuperblock",
	"DVCTrue":            "OfferTheViewToCome",
	"AckTrue":            "AppendWhileWaiting",
	"LogMatching":        "KeepLogRaiseLastNormalView",
	"OneStartView":       "ForgetLastNormalView",
	"ViewstampUnique":    "ResumeAsPrimary",
	"NormalHasCommitted": "StateTransferTruncatesToCommit",
	"NothingLost":        "StartWithCommitted",
	"Agreement":          "CommitWhileWaiting",
	"ExactlyOnce":        "TableOnExecute",
	"QuorumCopies":       "CommitWithoutQuorum",
}

func TestEachPropertyIsBrokenFirst(t *testing.T) {
	for _, p := range spec.Properties() {
		t.Run(p.Name, func(t *testing.T) {
			m, ok := SpecMutantNamed(brokenFirst[p.Name])
			require.True(t, ok, "%s has no mutant that breaks it first", p.Name)
			r, err := mc.Check(context.Background(), model.Build(m.System), mc.Options{})
			require.NoError(t, err)
			require.Equal(t, p.Name, r.Violated, "%s: %s", m.Name, r.Why)
		})
	}
}

// brokenAlone lists wrong systems for properties that no mutant of the table breaks.
func brokenAlone() map[string]spec.System {
	unreadable, _ := SpecMutantNamed("UnreadableHeadIsLow")
	star, suffix := claimed("C-401b"), claimed("C-017e")
	star.Always = []spec.Property{claims.NoCommitBefore(3)} // As in a ring.
	suffix.Protocol = suffix.Protocol.Replace("OnStartViewChange",
		spec.ByQuorum(spec.SendSuffix(func(spec.Replica) spec.OpNumber { return 0 }))) // All of it.
	suffix.Bounds.Requests = 3
	checkpoint := claimed("C-115")
	checkpoint.Protocol = checkpoint.Protocol.Replace("TakeCheckpoint", spec.Spontaneous(
		func(_ spec.Configuration, r spec.Replica) (spec.Replica, []spec.Message, spec.Ignored) {
			r.Checkpoint = r.OpNumber() // Committed or not.
			return r, nil, spec.Accepted
		}))
	return map[string]spec.System{
		"CheckpointBound": checkpoint,
		"AckKnown":        unreadable.System, "NoCommitBefore": star, "SuffixBound": suffix}
}

// claimed is the system of a claim.
func claimed(id string) spec.System {
	for _, c := range claims.Catalogue() {
		if c.ID == id {
			return c.Claimed
		}
	}
	return spec.System{}
}

// TestOtherPropertiesAreBroken: a property of a part of the protocol has a mutant, or a wrong
// system, that breaks it when it is asked alone.
func TestOtherPropertiesAreBroken(t *testing.T) {
	broken := make(map[string]bool)
	for _, m := range SpecMutants() {
		broken[m.Breaks] = true
	}
	var systems []spec.System
	for _, c := range claims.Catalogue() {
		broken[c.Refuted] = true // Slow ones are no mutants.
		systems = append(systems, c.Claimed, c.Fixed)
	}
	for property, s := range brokenAlone() {
		r, err := mc.Check(context.Background(), model.Build(s, property), mc.Options{})
		require.NoError(t, err)
		require.Equal(t, property, r.Violated, r.Why)
		broken[property] = true
	}
	for _, e := range model.Models() {
		systems = append(systems, e.System)
	}
	for _, s := range systems {
		for _, p := range s.Always {
			require.True(t, broken[p.Name], "%s of %q: no mutant breaks it", p.Name, s.Name)
		}
	}
}
