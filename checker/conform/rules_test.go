// SPDX-License-Identifier: Apache-2.0

package conform

// A checker that forgets one comparison misses a corrupted run; the full
// checker does not.

import (
	"slices"
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
	cases := []struct {
		name    string
		forgets rules
		corrupt func(events []vsr.Event) []vsr.Event
	}{
		{"commit-number", rules{anyCommit: true}, func(events []vsr.Event) []vsr.Event {
			i := lastOf(events, "OnPrepareOK")
			events[i].State.CommitNumber++
			return events
		}},
		{"log", rules{anyLog: true}, func(events []vsr.Event) []vsr.Event {
			i := lastOf(events, "OnPrepare")
			events[i].State.Log = vsr.LogName{}
			return events
		}},
		{"messages sent", rules{anySent: true}, func(events []vsr.Event) []vsr.Event {
			i := lastOf(events, "OnPrepareOK")
			events[i].Sent = events[i].Sent[1:]
			return events
		}},
		{"messages received", rules{anyReceived: true}, func(events []vsr.Event) []vsr.Event {
			i := lastOf(events, "OnPrepareOK")
			forged := *events[i].Received[0].(*vsr.PrepareOK)
			forged.OpNumber += 1000
			events[i].Received = []vsr.Message{&forged}
			return events
		}},
		{"quorum", rules{anyQuorum: true}, func(events []vsr.Event) []vsr.Event {
			i := lastOf(events, "OnPrepareOK")
			events[i].Received = slices.Repeat(events[i].Received, 2)
			return events
		}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			events := c.corrupt(slices.Clone(w.events))
			_, err := w.check(Options{}, events)
			require.Error(t, err)
			_, err = w.check(Options{rules: c.forgets}, events)
			require.NoError(t, err)
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
	mutant := spec.ViewstampedReplication().Replace("OnCommit", forgets)
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
