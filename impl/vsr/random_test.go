// SPDX-License-Identifier: Apache-2.0

package vsr

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// Random runs: any order of delivery, loss, duplication, slow disks, crashes. The cluster checks safety after
// each action; at the end the faults stop, and everything must come to one state.

// TestRandomRuns covers groups of 2 to 5 with messages so small that logs need fetching.
func TestRandomRuns(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		config := Config{
			Replicas:        rapid.IntRange(2, 5).Draw(t, "replicas"),
			PipelineMax:     rapid.IntRange(2, 20).Draw(t, "pipeline"),
			MessageBytesMax: 4096,
			Seed:            rapid.Uint64().Draw(t, "seed"),
			HeartbeatTicks:  2, ResendTicks: 3, ViewChangeTicks: 6, ViewChangeResendTicks: 2,
			Trace: true, TraceIgnored: true,
		}
		r := &randomRun{cluster: newCluster(t, config), next: make([]uint64, 3)}
		for range rapid.IntRange(20, 300).Draw(t, "actions") {
			r.action(t)
		}
		r.converge(t)
	})
}

// randomRun is a cluster with clients that send the next request whenever chance wants it.
type randomRun struct {
	*cluster
	next []uint64 // The latest request-number of each client.
}

// action does one random thing.
func (r *randomRun) action(t *rapid.T) {
	replica := ReplicaNumber(rapid.IntRange(0, r.config.Replicas-1).Draw(t, "replica"))
	switch kind := rapid.IntRange(0, 19).Draw(t, "action"); {
	case kind < 9 && len(r.network) > 0:
		r.deliver(r.pick(t))
	case kind < 11 && len(r.network) > 0: // Duplicate.
		p := r.network[r.pick(t)]
		r.receive(p.to, p.message)
	case kind < 12 && len(r.network) > 0: // Lose.
		at := r.pick(t)
		r.network = append(r.network[:at], r.network[at+1:]...)
	case kind < 14:
		r.request(t, replica)
	case kind < 17:
		r.persist(replica, rapid.IntRange(1, 3).Draw(t, "writes"))
	case kind < 19:
		for range rapid.IntRange(1, 4).Draw(t, "ticks") {
			r.tick(replica)
		}
	default:
		r.crash(replica, rapid.IntRange(0, 3).Draw(t, "durable"))
	}
}

// pick prefers the oldest packets a little, as a network does.
func (r *randomRun) pick(t *rapid.T) int {
	return rapid.IntRange(0, min(len(r.network), 12)-1).Draw(t, "packet")
}

// request sends a new or an old request of some client.
func (r *randomRun) request(t *rapid.T, to ReplicaNumber) {
	c := rapid.IntRange(0, len(r.next)-1).Draw(t, "client")
	if r.next[c] == 0 || rapid.Bool().Draw(t, "new") {
		r.next[c]++
	}
	m := request(uint64(c), r.next[c])
	m.Operation = append(m.Operation, make([]byte, rapid.SampledFrom([]int{0, 500}).Draw(t, "size"))...)
	if known := r.sentOperation(m); known != nil {
		m.Operation = known
	}
	r.receive(to, m)
}

// sentOperation finds the operation that the same request had before, in any log.
func (r *randomRun) sentOperation(m *Request) []byte {
	for _, member := range r.members {
		for _, e := range member.replica.log.entries {
			if e.ClientID == m.ClientID && e.RequestNumber == m.RequestNumber {
				return e.Operation
			}
		}
	}
	return nil
}

// converge ends all faults. A new request must be executed everywhere within some time.
func (r *randomRun) converge(t *rapid.T) {
	m := request(99, 1)
	for range 400 {
		for i := range r.members {
			r.tick(ReplicaNumber(i))
			r.receive(ReplicaNumber(i), m)
		}
		r.settle()
		if r.everywhere(m) {
			return
		}
	}
	for i, m := range r.members {
		t.Logf("replica %d: %+v, ignored %v", i, m.replica.State(), m.replica.IgnoredCounts())
	}
	t.Fatalf("the group does not converge")
}

// everywhere says whether all replicas are Normal in one view and have executed all there is, the
// request included.
func (r *randomRun) everywhere(m *Request) bool {
	first := r.members[0].replica
	record := first.clientTable.of(m.ClientID)
	if record == nil || record.executed.requestNumber != m.RequestNumber {
		return false
	}
	for _, member := range r.members {
		s := member.replica.State()
		if s.Status != Normal || s != first.State() || s.CommitNumber != s.Log.OpNumber {
			return false
		}
	}
	return true
}

// TestTracingChangesNothing runs one schedule with and without events.
func TestTracingChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		config := Config{Replicas: 3, ViewChangeTicks: 11, Seed: rapid.Uint64().Draw(t, "seed")}
		traced := config
		traced.Trace, traced.TraceIgnored = true, true
		a, b := newCluster(t, config), newCluster(t, traced)
		choices := rapid.SliceOfN(rapid.IntRange(0, 1<<16), 1, 200).Draw(t, "choices")
		for _, choice := range choices {
			schedule(a, choice)
			schedule(b, choice)
		}
		require.Equal(t, a.network, b.network)
		require.Equal(t, a.replies, b.replies)
		for i := range a.members {
			require.Equal(t, a.members[i].writes, b.members[i].writes)
			require.Equal(t, a.members[i].disk, b.members[i].disk)
			require.Empty(t, a.members[i].events)
			require.NotEmpty(t, b.members[i].events)
		}
	})
}

// schedule does one thing that the number stands for.
func schedule(c *cluster, choice int) {
	i, rest := ReplicaNumber(choice%3), choice/3
	switch what := rest % 8; {
	case what < 4 && len(c.network) > 0:
		c.deliver(rest / 8 % min(5, len(c.network)))
	case what < 5:
		c.persist(i, 1+rest/8%3)
	case what < 6:
		c.receive(i, request(uint64(rest/8%2), uint64(1+rest/16%9)))
	case what < 7:
		for range 6 {
			c.tick(i)
		}
	default:
		c.crash(i, rest/8%3)
	}
}
