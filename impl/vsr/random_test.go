// SPDX-License-Identifier: Apache-2.0

package vsr

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// Random runs: any order of delivery, loss, duplication, slow disks, crashes. The cluster checks
// safety after each action; at the end the faults stop, and everything must come to one state.

// TestRandomRuns lets rapid choose: it finds short runs and makes them shorter.
func TestRandomRuns(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := func(low, high int, what string) int {
			return rapid.IntRange(low, high).Draw(t, what)
		}
		randomRunOf(t, draw, 300)
	})
}

// TestSeededRuns is for long runs. A failure names its seed; to repeat it, seed 7 for example:
// go test ./impl/vsr -run TestSeededRuns/seed=7$
func TestSeededRuns(t *testing.T) {
	for seed := range uint64(seededRuns) {
		t.Run(fmt.Sprint("seed=", seed), func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 0))
			draw := func(low, high int, _ string) int { return low + random.IntN(high-low+1) }
			randomRunOf(t, draw, 3000)
		})
	}
}

// seededRuns is how many there are.
const seededRuns = 30

// randomRun is a cluster with clients that send the next request whenever chance wants it.
type randomRun struct {
	*cluster
	draw func(low, high int, what string) int
	next []uint64 // The latest request-number of each client.
	// since is what each client knew to be committed at its first request.
	since map[int]OpNumber
	cut   int // The replica that no message reaches; −1 if there is none.
	// victim is the replica whose disk loses what it held; −1 if there is none.
	victim int
}

// randomRunOf runs a group of 2 to 5 with messages so small that logs need fetching.
func randomRunOf(t failer, draw func(low, high int, what string) int, actionsMax int) *randomRun {
	config := Config{
		Replicas:        draw(2, 5, "replicas"),
		PipelineMax:     draw(2, 40, "pipeline"),
		MessageBytesMax: 4096,
		Seed:            uint64(draw(0, 1<<20, "seed")),
		HeartbeatTicks:  2, ResendTicks: 3, ViewChangeTicks: 6, ViewChangeResendTicks: 2,
		Trace: true, TraceIgnored: true,
	}
	if draw(0, 1, "evictions") == 1 {
		config.ClientsMax = draw(1, 4, "clients max")
		config.ClientBytesMax = draw(1, 400, "client bytes max")
	}
	if draw(0, 1, "checkpoints") == 1 {
		config.CheckpointInterval, config.LogRetain = draw(1, 12, "interval"), draw(1, 12, "retain")
	}
	if draw(0, 1, "full") == 1 && config.CheckpointInterval > 0 {
		config.CheckpointBytes = draw(1, 3000, "checkpoint bytes")
		config.LogBytesMax = 2*(config.CheckpointBytes+1024+entryOverhead) + draw(0, 3000, "room")
	}
	r := &randomRun{newCluster(t, config), draw, make([]uint64, draw(1, 8, "clients")),
		map[int]OpNumber{}, -1, -1}
	if config.Replicas%2 == 1 && draw(0, 1, "damage") == 1 {
		r.victim = draw(0, config.Replicas-1, "victim")
	}
	r.filter = func(p packet) bool { return int(p.to) != r.cut }
	calm := draw(0, 40, "calm") // How rare crashes and long silences are in this run.
	for range draw(20, actionsMax, "actions") {
		r.action(calm)
	}
	r.converge()
	return r
}

// action does one random thing.
func (r *randomRun) action(calm int) {
	replica := ReplicaNumber(r.draw(0, r.config.Replicas-1, "replica"))
	if r.draw(0, 200, "cut") == 0 {
		r.cut = r.draw(-r.config.Replicas, r.config.Replicas-1, "which")
	}
	switch kind := r.draw(0, 20+calm, "action"); {
	case kind == 0 && int(replica) == r.victim:
		n := OpNumber(r.draw(0, int(r.members[replica].disk.log().opNumber()), "first"))
		r.crashDamaged(replica, r.draw(0, 3, "durable"), n+1, r.draw(0, 2, "lost"))
	case kind == 0:
		r.crash(replica, r.draw(0, 3, "durable"))
	case kind == 1:
		for range r.draw(1, 8, "ticks") {
			r.tick(replica)
		}
	case kind == 2 && len(r.network) > 0: // Lose.
		at := r.pick()
		r.network = append(r.network[:at], r.network[at+1:]...)
	case kind < 5 && len(r.network) > 0: // Duplicate.
		p := r.network[r.pick()]
		r.receive(p.to, p.message)
	case kind == 5:
		r.tick(replica)
	case kind < 9:
		r.request(replica)
	case kind < 12:
		r.persist(replica, r.draw(1, 3, "writes"))
	case kind < 15 && r.members[replica].checkpoint != nil:
		r.persistCheckpoint(replica)
	case len(r.network) > 0:
		r.deliver(r.pick())
	}
}

// pick prefers the oldest packets a little, as a network does.
func (r *randomRun) pick() int { return r.draw(0, min(len(r.network), 12)-1, "packet") }

// request sends a new or an old request of some client.
func (r *randomRun) request(to ReplicaNumber) {
	c := r.draw(0, len(r.next)-1, "client")
	if r.next[c] == 0 || r.draw(0, 1, "new") == 1 {
		r.next[c]++
	}
	m := request(uint64(c), r.next[c])
	if _, ok := r.since[c]; !ok {
		r.since[c] = OpNumber(len(r.committed) - 1)
	}
	m.Since = r.since[c]
	if r.draw(0, 3, "large") == 3 {
		m.Operation = append(m.Operation, make([]byte, 700)...)
	}
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
func (r *randomRun) converge() {
	r.cut = -1
	var m *Request
	for round := range uint64(400) {
		if round%50 == 0 { // The client before may be evicted by requests that were under way.
			m = request(99+round, 1)
			m.Since = OpNumber(len(r.committed) - 1)
		}
		for i := range r.members {
			r.tick(ReplicaNumber(i))
			r.receive(ReplicaNumber(i), m)
		}
		r.settle()
		if r.everywhere(m) {
			return
		}
	}
	why := "the group does not converge:"
	for i, m := range r.members {
		why += fmt.Sprintf("\nreplica %d: %+v, ignored %v", i, m.replica.State(),
			m.replica.IgnoredCounts())
	}
	r.t.Fatalf("%s", why)
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
		if s.Status != Normal || !s.Equal(first.State()) || s.CommitNumber != s.Log.OpNumber {
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
			require.Zero(t, a.members[i].events)
			require.NotZero(t, b.members[i].events)
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
