// SPDX-License-Identifier: Apache-2.0

package conform

// Each property of a run is seen to fail. No run of the spec breaks one, so the
// tests speak to the invariants directly.

import (
	"testing"

	"github.com/stretchr/testify/require"

	"viewstamp/spec"
)

// logOf makes a log with one entry of each client.
func logOf(clients ...spec.ClientID) spec.Log {
	var l spec.Log
	for _, c := range clients {
		l = l.Append(spec.Entry{ClientID: c, RequestNumber: 1, Operation: "x"})
	}
	return l
}

// commits lets a replica commit the whole log.
func commits(v *invariants, l spec.Log) *Divergence {
	return v.onState(spec.Replica{}, spec.Replica{Log: l, CommitNumber: l.OpNumber()})
}

func starts(v *invariants, view spec.ViewNumber, l spec.Log) *Divergence {
	return v.onSent(keyed(spec.StartView{ViewNumber: view, Log: l}, l))
}

func replies(v *invariants, view spec.ViewNumber, n spec.OpNumber) *Divergence {
	return v.onSent(keyed(spec.Reply{ViewNumber: view, OpNumber: n}, spec.Log{}))
}

func violates(t *testing.T, d *Divergence, property string) {
	t.Helper()
	require.NotNil(t, d)
	require.Equal(t, Violated, d.Problem)
	require.Contains(t, d.Reason, property)
}

func TestAgreement(t *testing.T) {
	v := newInvariants()
	require.Nil(t, commits(&v, logOf(1, 2)))
	require.Nil(t, commits(&v, logOf(1)))
	require.Nil(t, commits(&v, logOf(1, 2, 5)))
	violates(t, commits(&v, logOf(3)), "Agreement")
	violates(t, commits(&v, logOf(1, 2, 4, 6)), "Agreement")
}

func TestExactlyOnce(t *testing.T) {
	v := newInvariants()
	violates(t, commits(&v, logOf(1, 2, 1)), "ExactlyOnce")
}

func TestOneStartView(t *testing.T) {
	v := newInvariants()
	require.Nil(t, starts(&v, 1, logOf(1)))
	require.Nil(t, starts(&v, 1, logOf(1)))
	violates(t, starts(&v, 1, logOf(2)), "OneStartView")

	// What a crash takes back may start otherwise.
	v = newInvariants()
	require.Nil(t, starts(&v, 1, logOf(1)))
	v.unsent(keyed(spec.StartView{ViewNumber: 1, Log: logOf(1)}, logOf(1)))
	require.Nil(t, starts(&v, 1, logOf(2)))
}

func TestNothingLost(t *testing.T) {
	v := newInvariants()
	require.Nil(t, commits(&v, logOf(1, 2, 3)))
	require.Nil(t, replies(&v, 0, 2))
	require.Nil(t, starts(&v, 1, logOf(1, 2, 9)))
	violates(t, starts(&v, 2, logOf(1)), "NothingLost")
	require.Nil(t, starts(&v, 4, logOf(1, 2)))
	violates(t, replies(&v, 3, 3), "NothingLost")
	require.Nil(t, replies(&v, 4, 3))
}
