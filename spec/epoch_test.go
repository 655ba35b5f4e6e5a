// SPDX-License-Identifier: Apache-2.0

package spec_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"viewstamp/spec"
)

// Tests of groups: their members, their names, and who leads a view.

func TestGroup(t *testing.T) {
	c := spec.Group(5, 1, 3)
	require.Equal(t, 3, c.N)
	require.Equal(t, "135", c.String())
	for index, i := range []spec.ReplicaNumber{1, 3, 5} {
		require.True(t, c.Has(i))
		require.Equal(t, i, c.Member(index))
		require.Equal(t, index, c.Index(i))
		require.Equal(t, i, c.Primary(spec.ViewNumber(3+index)))
	}
	require.False(t, c.Has(0) || c.Has(2) || c.Has(6))
	require.Equal(t, spec.Configuration{N: 4}, spec.Group(3, 2, 1, 0), "one value for one group")
	require.False(t, spec.Configuration{N: 4}.Has(4))
}

func TestOperationOfReconfiguration(t *testing.T) {
	for _, c := range []spec.Configuration{spec.Group(1, 2, 3), {N: 5}} {
		got, ok := c.Operation().NewGroup()
		require.True(t, ok)
		require.Equal(t, c, got)
	}
	_, ok := spec.Operation("a1").NewGroup()
	require.False(t, ok)
}

// epochExamples are those of the reasons of reconfiguration: 012 is replaced by 123, after a1.
func epochExamples() []example {
	first := spec.Epoch{Configuration: spec.Configuration{N: 3}}
	second := spec.Epoch{EpochNumber: 1, Configuration: spec.Group(1, 2, 3),
		OldConfiguration: first.Configuration, EpochOp: 2}
	to123 := spec.Request{ClientID: 25, RequestNumber: 1,
		Operation: second.Configuration.Operation()}
	old := spec.Replica{Epoch: first, Log: logOf(a1), CommitNumber: 1}
	waits := spec.Replica{ReplicaNumber: 3, Status: spec.Transitioning, Epoch: second}
	has := spec.Replica{ReplicaNumber: 1, Epoch: second, Log: logOf(a1, to123), CommitNumber: 2}
	gone := spec.Replica{Status: spec.ShutDown, Epoch: second}
	in := func(e spec.EpochNumber, m spec.Message) []spec.Message {
		return []spec.Message{spec.OfEpoch{EpochNumber: e, Message: m}}
	}
	state := spec.NewState{From: 2, To: 1, Log: logOf(a1, to123), CommitNumber: 2}
	return []example{
		{spec.OlderEpoch, "a PREPARE of the old group comes late", "OnPrepare", has,
			in(0, spec.Prepare{Request: a1, OpNumber: 1})},
		{spec.NewerEpoch, "a PREPARE of an epoch of which nobody has told it", "OnPrepare", old,
			in(1, spec.Prepare{From: 1, Request: a2, OpNumber: 3, CommitNumber: 2})},
		{spec.NotMember, "the sender is not in the group", "OnPrepareOK", has,
			in(1, spec.PrepareOK{OpNumber: 3})},
		{spec.IsTransitioning, "it does not have the state of its epoch", "OnPrepare", waits,
			in(1, spec.Prepare{From: 1, Request: a2, OpNumber: 3, CommitNumber: 2})},
		{spec.NotTransitioning, "it has the state already", "OnNewEpochState", has, in(1, state)},
		{spec.IsShutDown, "it has left", "SendCommit", gone, nil},
		{spec.Reconfiguring, "a request comes behind a RECONFIGURATION", "OnRequest",
			spec.Replica{Epoch: first, Log: logOf(a1, to123), CommitNumber: 1},
			[]spec.Message{spec.Request{ClientID: 1, RequestNumber: 1, Operation: "b1"}}},
		{spec.TooSmall, "a group of two", "OnReconfiguration", old, []spec.Message{
			spec.Reconfiguration{Request: spec.Request{ClientID: 25, RequestNumber: 1,
				Operation: spec.Group(1, 2).Operation()}}}},
	}
}
