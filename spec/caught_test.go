// SPDX-License-Identifier: Apache-2.0

package spec_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"viewstamp/spec"
	"viewstamp/spec/claims"
)

// The walker must be able to fail: it walks through wrong variants of the protocol, with seeds
// that never change, and must find each of them wrong within a budget.

// startViewTwice takes STARTVIEW of a view in which the backup is Normal already (D18).
func startViewTwice(c spec.Configuration, r spec.Replica, m spec.StartView) (
	spec.Replica, []spec.Message, spec.Ignored,
) {
	if m.ViewNumber == r.ViewNumber && c.Primary(r.ViewNumber) != r.ReplicaNumber {
		r.Status = spec.ViewChange
	}
	return spec.OnStartView(c, r, m)
}

// oneTooFew is a quorum that need not share a replica with another one.
func oneTooFew(c spec.Configuration) int { return c.Others() - 1 }

// wrongVariants lists them with the number of walks in which each must be found.
func wrongVariants() []struct {
	name  string
	p     spec.Protocol
	walks int
} {
	right := spec.ViewstampedReplication()
	smallQuorum := right
	for _, step := range []string{"OnPrepareOK", "OnStartViewChange", "OnDoViewChange"} {
		smallQuorum = smallQuorum.ReplaceQuorum(step, oneTooFew, nil)
	}
	return []struct {
		name  string
		p     spec.Protocol
		walks int
	}{
		{"JoinViewCutsTheLog", right.Replace("JoinView", spec.ByReplica(claims.CutLogAndJoinView)), 40},
		{"StartViewTwice", right.Replace("OnStartView", spec.ByReplica(startViewTwice)), 40},
		{"QuorumOneTooSmall", smallQuorum, 10},
	}
}

func TestWalkFindsWrongVariants(t *testing.T) {
	for _, variant := range wrongVariants() {
		t.Run(variant.name, func(t *testing.T) {
			for _, number := range seeds(variant.walks) {
				w, broken := stroll(system(variant.p, 5, 0), number, 250)
				if broken != "" {
					t.Logf("%s broken in walk %d after %d steps", broken, number, len(w.taken))
					if *seed >= 0 { // Somebody wants to see this walk.
						t.Logf("%v", w)
					}
					return
				}
			}
			require.Fail(t, "no walk broke a property", "%s\nlook at one walk: %s",
				variant.name, reproduce(t, 0))
		})
	}
}

// TestScheduleIsReadable: what a failing walk prints names each step, the replica, the messages and
// what has changed, and the command that takes the walk again.
func TestScheduleIsReadable(t *testing.T) {
	w := newWalk(system(spec.ViewstampedReplication(), 3, 0))
	for _, step := range []string{"SendRequest", "OnRequest", "OnPrepare", "OnPrepareOK"} {
		require.True(t, w.fire(w.system.Protocol.Step(step), first{}), step)
	}
	require.Equal(t, `   1  clients    SendRequest
                   0 requests sent → 1 requests sent
                   sends REQUEST(a1)
   2  replica 0  OnRequest REQUEST(a1)
                   log: [] → [a1@0]
                   sends PREPARE(v=0 m=a1 n=1 k=0)
   3  replica 1  OnPrepare PREPARE(v=0 m=a1 n=1 k=0)
                   log: [] → [a1@0]
                   sends PREPAREOK(v=0 n=1 i=1)
   4  replica 0  OnPrepareOK PREPAREOK(v=0 n=1 i=1)
                   commit-number: 0 → 1
                   sends REPLY(v=0 s=a1 x=1)
`, w.String())
	require.Equal(t, "go test ./spec -run '^TestScheduleIsReadable$' -seed 7", reproduce(t, 7))
}
