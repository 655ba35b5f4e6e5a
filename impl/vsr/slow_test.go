// SPDX-License-Identifier: Apache-2.0

package vsr

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// A network on which a message takes longer than the first time-outs. Both defects were found by
// package sim, in runs with links of that kind.

// TestBackoffOutlastsViewsThatDoNotLast: a view that starts here and ends again at once is one more
// failure of the group. The time-out must not fall back to its first length, or it is too short
// again for the next view, and some replica always gives up before the others are done.
func TestBackoffOutlastsViewsThatDoNotLast(t *testing.T) {
	const ticks = 60
	config := Config{Replicas: 3, Replica: 1, ViewChangeTicks: ticks}
	r, err := New(config, &chainService{}, Durable{}, true)
	require.NoError(t, err)
	// It waits for views 1 to 4 in vain.
	for v := ViewNumber(1); v <= 4; v++ {
		require.NotZero(t, ticksUntil(t, r, v))
	}
	// View 5 starts, and view 6 is wanted before anybody has made use of it.
	r.Receive(0, &StartView{From: 2, ViewNumber: 5})
	require.Equal(t, Normal, r.Status())
	r.Receive(0, &StartViewChange{From: 0, ViewNumber: 6})
	require.Equal(t, ViewChange, r.Status())
	require.GreaterOrEqual(t, ticksUntil(t, r, 7), 8*ticks)

	// A view that has lasted ends that: the next time-out is a first one.
	r.Receive(0, &StartView{From: 2, ViewNumber: 8})
	for range 20 * ticks {
		r.Receive(0, &Commit{From: 2, ViewNumber: 8})
		r.Tick(0)
	}
	require.Less(t, ticksUntil(t, r, 9), 2*ticks)
}

// ticksUntil is how many ticks it takes until the replica waits for view v.
func ticksUntil(t *testing.T, r *Replica, v ViewNumber) int {
	for n := range 10_000 {
		if r.ViewNumber() == v {
			return n
		}
		r.Tick(0)
		drain(r)
	}
	require.FailNow(t, "never", "view %d", v)
	return 0
}

// TestFetchWaitsForASlowNetwork: the answer to the first GETENTRIES comes when all replicas have
// been asked several times. It must still be waited for.
func TestFetchWaitsForASlowNetwork(t *testing.T) {
	config := Config{Replicas: 3, Replica: 1, ViewChangeTicks: 10_000, ViewChangeResendTicks: 15}
	r, err := New(config, &chainService{}, Durable{}, true)
	require.NoError(t, err)
	wanted := log{entries: chain(9)}
	r.Receive(0, &StartView{2, 2, wanted.suffix(8, 9, 1<<20), 0})
	for range 300 {
		r.Tick(0)
		drain(r)
	}
	require.True(t, r.Fetches())
	r.Receive(0, &Entries{2, wanted.nameAt(8), wanted.after(0, 8)})
	require.Equal(t, wanted.name(), r.LogName())
}
