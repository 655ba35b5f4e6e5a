// SPDX-License-Identifier: Apache-2.0

package spec_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"viewstamp/spec"
)

// Walks through several epochs: groups that grow, shrink, are replaced and come back.

// epochPlans are what the administrator asks for in the walks, by the size of the first group.
var epochPlans = []struct {
	replicas int
	plan     spec.Plan
}{
	{3, "0→01234 1→234 2→012"},
	{3, "0→123 0→013 1→345 2→012 3?"},
	{4, "0→123 1→1234 2→3456"},
	{5, "0→23456 1→012 2→012 3→01234"},
}

// epochSystem is a system with room for a long run through the epochs.
func epochSystem(i, clients int) spec.System {
	s := system(spec.Reconfigurable(), epochPlans[i].replicas, clients)
	s.Bounds.Plan, s.Bounds.ViewChanges, s.Bounds.LaterViewChanges = epochPlans[i].plan, 3, 6
	return s
}

// TestWalkThroughEpochs is TestWalk with a plan that is chosen first.
func TestWalkThroughEpochs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		by := rapidChooser{t}
		repeat(t, epochSystem(by.choose("plan", len(epochPlans)), 3*by.choose("clients", 2)))
	})
}

// TestWalkThroughEpochsGoesFar walks with fixed seeds: every step of the table must have happened,
// the last epoch of each plan must have begun, and operations are committed in later epochs.
func TestWalkThroughEpochsGoesFar(t *testing.T) {
	fired := make(map[string]int)
	for i, p := range epochPlans {
		var last spec.EpochNumber
		committed := 0
		for _, seed := range seeds(5) {
			w, broken := stroll(epochSystem(i, 3), seed, 240)
			require.Empty(t, broken, "%s\n%v", reproduce(t, seed), w)
			for _, f := range w.taken {
				fired[f.step.Name]++
				if r, ok := f.after.(spec.Replica); ok && r.Status == spec.Normal {
					last = max(last, r.EpochNumber)
					if r.EpochNumber > 0 && r.CommitNumber > r.EpochOp {
						committed++
					}
				}
			}
		}
		t.Logf("%s: up to epoch %d; %d steps with a commit of a later epoch", p.plan, last, committed)
		if *seed < 0 {
			require.GreaterOrEqual(t, last, spec.EpochNumber(2), p.plan)
			require.NotZero(t, committed, p.plan)
		}
	}
	t.Log(fired)
	for _, step := range spec.Reconfigurable().Steps {
		require.True(t, *seed >= 0 || fired[step.Name] > 0, "%s never happened", step.Name)
	}
}
