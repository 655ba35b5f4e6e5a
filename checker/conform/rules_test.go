// SPDX-License-Identifier: Apache-2.0

package conform

// A checker that forgets one comparison misses a corrupted run; the full
// checker does not.

import (
	"testing"

	"github.com/stretchr/testify/require"

	"viewstamp/impl/vsr"
	"viewstamp/spec"
)

// lastOf is the index of the last event of a step that was taken.
func lastOf(events []vsr.Event, step string) int {
	for i := len(events) - 1; i >= 0; i-- {
		if events[i].Step == step && events[i].Ignored == "" {
			return i
		}
	}
	panic("no event of step " + step)
}

func TestEachComparisonIsNeeded(t *testing.T) {
	w := newWalk(corruptSeed, 3, 3).run(corruptEvents)
	for _, m := range Mutants() {
		t.Run(m.Name, func(t *testing.T) {
			caught, evidence, err := m.Caught(w.events)
			require.NoError(t, err)
			require.True(t, caught, evidence)
		})
	}
}

// A wrong protocol is found by a checker with the right table: the run of a
// mutant diverges.
func TestRunOfAnotherProtocolDiverges(t *testing.T) {
	w := newWalk(corruptSeed, 3, 3).run(2000)
	forgets := spec.ByReplica(func(c spec.Configuration, r spec.Replica, m spec.Commit) (
		spec.Replica, []spec.Message, spec.Ignored,
	) {
		k := r.CommitNumber
		after, sent, why := spec.OnCommit(c, r, m)
		after.CommitNumber = k
		return after, sent, why
	})
	mutant := spec.AcknowledgeJoined(spec.ViewstampedReplication()).Replace("OnCommit", forgets)
	_, err := w.check(Options{Protocol: mutant}, w.events)
	var d *Divergence
	require.ErrorAs(t, err, &d)
	require.Equal(t, WrongState, d.Problem)
	require.Equal(t, "CommitNumber", d.State[0].Field)
	require.Contains(t, d.Error(), "CommitNumber: expected")
}

func TestOptionsAreChecked(t *testing.T) {
	for _, options := range []Options{{}, {Replicas: 256}, {Replicas: 3, UndoMax: -1}} {
		_, err := New(options)
		require.Error(t, err)
	}
	c, err := New(Options{Replicas: 3})
	require.NoError(t, err)
	require.Error(t, c.ClientSent(&vsr.Request{}))
}
