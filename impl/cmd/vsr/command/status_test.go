// SPDX-License-Identifier: Apache-2.0

// What vsr status says of a group that cannot start a view.

package command

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"viewstamp/impl/vsr"
	"viewstamp/impl/wire"
)

func TestStatusNamesTheOperationAndTheVotes(t *testing.T) {
	s := &wire.Status{WaitsFor: 42, DenialsNeeded: 2,
		Votes: []byte{byte(vsr.VoteNotHeard), byte(vsr.VoteHasLost), byte(vsr.VoteDenies)}}
	rows := []row{{Replica: 1, Address: "a:1", Status: "ViewChange", View: 7, Primary: 1,
		Waits: waitingOf(s)}}
	var out bytes.Buffer
	require.NoError(t, printRows(&out, rows, false))
	require.Contains(t, out.String(), "Replica 1, primary of view 7, waits for operation 42, which "+
		"nobody can supply; it goes on without if 2 deny it: replica 0 not heard, replica 1 has "+
		"lost it, replica 2 denies it.\n")

	s.WaitsForHead, s.Votes[1] = true, byte(vsr.VoteDoesNotKnow)
	rows[0].Waits = waitingOf(s)
	out.Reset()
	require.NoError(t, printRows(&out, rows, false))
	require.Contains(t, out.String(), "waits for word of whether there was an operation 42; it goes "+
		"on without if 2 deny it: replica 0 not heard, replica 1 does not know, replica 2 denies")

	out.Reset()
	require.NoError(t, printRows(&out, rows, true))
	require.Contains(t, out.String(), `"waits":{"op":42,"head":true,"needed":2,"votes":["not heard"`)
	require.Nil(t, waitingOf(&wire.Status{}))
}
