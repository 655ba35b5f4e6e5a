// SPDX-License-Identifier: Apache-2.0

package vsr

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// An operation takes no memory but its place in the log and its part of four slabs: PREPARE, two
// PREPAREOK, REPLY.
func TestNormalOperationAllocatesOnlySlabs(t *testing.T) {
	var group [3]*Replica
	for i := range group {
		r, err := New(Config{Replicas: 3, Replica: ReplicaNumber(i)}, nullService{}, Durable{}, true)
		require.NoError(t, err)
		group[i] = r
	}
	const warmUp, runs, operations = 1 << 13, 20, 8 * slabSize
	// What comes from outside: the log has doubled at the end of the warm-up, and does not again.
	requests := make([]Request, warmUp+(runs+1)*operations)
	require.Less(t, len(requests), 2*warmUp)
	var outputs [3]Output
	next := 0
	one := func() {
		m := &requests[next]
		next++
		m.ClientID[0], m.RequestNumber, m.Operation = 1, RequestNumber(next), m.ClientID[:]
		group[0].Receive(Timestamp(next), m)
		if runToRest(&group, &outputs) != 1 {
			t.Fatal("no reply")
		}
	}
	for range warmUp {
		one()
	}
	one()
	allocations := testing.AllocsPerRun(runs-1, func() {
		for range operations {
			one()
		}
	})
	require.LessOrEqual(t, allocations, 4.0*operations/slabSize)
	require.Equal(t, OpNumber(next), group[0].CommitNumber())
}
