// SPDX-License-Identifier: Apache-2.0

package sim

// The run itself: one loop over what is going to happen.

import (
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"time"

	"viewstamp/impl/vsr"
)

// epochStart is the virtual time 0 as a timestamp.
const epochStart = vsr.Timestamp(1_700_000_000_000_000_000)

// world is a run that goes on.
type world struct {
	config  Config // As it was given.
	plan    plan
	queue   queue
	now     int64 // Virtual nanoseconds.
	order   int64 // Of the events of the history.
	live    bool  // The liveness phase has begun.
	calmed  int64 // When it did.
	done    bool
	failure *Failure

	nodes   []*node
	clients []*client
	network network
	truth   truth
	log     log

	// Chance, a stream for each part of the simulation.
	netChance, faults, workload, disks *rand.Rand

	operations []Operation
	clientIDs  int
	counts     Counts
	ignored    map[vsr.Ignored]uint64
	digest     uint64
}

// Run runs the configuration to its end. The error is a *Failure if the run showed a defect, and
// another one if the Config is wrong. The Result is what there was until then.
func Run(c Config) (Result, error) {
	if err := c.check(); err != nil {
		return Result{}, err
	}
	w, err := newWorld(c)
	if err != nil {
		return Result{}, err
	}
	w.run()
	result := w.result()
	if w.failure != nil {
		return result, w.failure
	}
	return result, nil
}

// newWorld sets everything up and plans the first events.
func newWorld(c Config) (*world, error) {
	stream := func(n uint64) *rand.Rand { return rand.New(rand.NewPCG(c.Seed, n)) }
	w := &world{
		config: c, plan: c.draw(), log: log{out: c.Verbose}, ignored: map[vsr.Ignored]uint64{},
		netChance: stream(streamNetwork), faults: stream(streamFaults),
		workload: stream(streamClients), disks: stream(streamDisks),
		digest: digestStart,
	}
	w.log.header(&w.plan)
	w.network = newNetwork(w)
	for i := range w.plan.Replicas {
		n, err := newNode(w, i)
		if err != nil {
			return nil, err
		}
		w.nodes = append(w.nodes, n)
		start := int64(0)
		if w.plan.lateStart {
			start = exponential(w.faults, time.Second)
		}
		w.queue.push(event{at: start, kind: restart, node: i})
	}
	for i := range w.plan.Clients {
		w.clients = append(w.clients, newClient(w, i))
		w.queue.push(event{at: exponential(w.workload, w.plan.think), kind: invoke, node: i})
	}
	for which := range faultKinds {
		w.planFault(which)
	}
	w.queue.push(event{at: int64(w.plan.SafetyTime), kind: calm})
	return w, nil
}

// run takes events until the run is done or has failed. A panic below it is a failure of the run.
func (w *world) run() {
	defer func() {
		if p := recover(); p != nil {
			w.fail(Panicked, "%v\n%s", p, debug.Stack())
		}
	}()
	for !w.done && w.failure == nil {
		e := w.queue.pop()
		w.now = e.at
		w.counts.Steps++
		w.mix(uint64(e.at), uint64(e.kind)<<32|uint64(uint32(e.node)))
		w.take(&e)
	}
}

// take lets one event happen.
func (w *world) take(e *event) {
	switch e.kind {
	case tick, flushed, deliver, crash, restart, resume, fast:
		w.nodes[e.node].take(e)
	case deliverClient:
		w.clients[e.node].receive(e)
	case invoke:
		w.clients[e.node].invoke(e)
	case timeout:
		w.clients[e.node].timeout(e)
	case fault:
		w.fault(e.which)
	case heal:
		w.network.heal(e.epoch)
	case calm:
		w.calm()
	case deadline:
		w.fail(NotLive, "%d ticks after all faults have ended: %s", w.plan.LiveTicks, w.unfinished())
	}
}

// calm ends the safety phase: everything is healed, and what is wrong now must become right.
func (w *world) calm() {
	w.log.line(w.now, "calm", "all faults end")
	w.live, w.calmed = true, w.now
	w.network.calm()
	for _, n := range w.nodes {
		n.calm()
	}
	for _, c := range w.clients {
		c.calm()
	}
	limit := int64(w.plan.LiveTicks) * int64(Tick)
	w.queue.push(event{at: w.now + limit, kind: deadline})
}

// checkDone ends the run when all clients have their replies and all replicas agree.
func (w *world) checkDone() {
	if !w.live || !w.finished() {
		return
	}
	w.done = true
	w.counts.LiveTicks = uint64((w.now - w.calmed) / int64(Tick))
	w.log.line(w.now, "done", "all requests answered, all replicas agree")
	w.truth.compareFinals(w)
}

// finished says whether the liveness phase is over: the clients have all their replies, and the
// replicas are Normal in one view with one log, all of it committed.
func (w *world) finished() bool {
	for _, c := range w.clients {
		if !c.finished() {
			return false
		}
	}
	first := w.nodes[0]
	for _, n := range w.nodes {
		if !n.up || n.replica.Status() != vsr.Normal ||
			n.replica.ViewNumber() != first.replica.ViewNumber() ||
			n.replica.CommitNumber() != n.replica.OpNumber() ||
			n.replica.LogName() != first.replica.LogName() {
			return false
		}
	}
	return true
}

// unfinished says what the liveness phase waits for.
func (w *world) unfinished() string {
	for _, c := range w.clients {
		if !c.finished() {
			return fmt.Sprintf("client %d waits for request %d; %s", c.number, c.request, w.states())
		}
	}
	return "the replicas differ: " + w.states()
}

// states describes all replicas.
func (w *world) states() string {
	text := ""
	for i, n := range w.nodes {
		if i > 0 {
			text += "; "
		}
		text += fmt.Sprintf("r%d %s", i, n.describe())
	}
	return text
}

// fail ends the run. Only the first failure counts.
func (w *world) fail(reason Reason, format string, args ...any) {
	if w.failure != nil {
		return
	}
	w.failure = &Failure{Reason: reason, Detail: fmt.Sprintf(format, args...),
		Time: time.Duration(w.now), Config: w.config}
	w.log.line(w.now, "FAIL", "%s: %s", reason, w.failure.Detail)
}

// result collects what there is to tell.
func (w *world) result() Result {
	w.counts.VirtualTime = time.Duration(w.now)
	w.counts.Executed = uint64(len(w.truth.executed))
	r := Result{Replicas: w.plan.Replicas, Clients: w.plan.Clients, Faults: w.plan.faults,
		Operations: w.operations, Digest: w.digest, Ignored: w.ignored}
	for _, n := range w.nodes {
		if n.up {
			n.countIgnored()
			r.Finals = append(r.Finals, Final{vsr.ReplicaNumber(n.number), n.replica.State(),
				n.snapshot()})
		}
	}
	r.Counts = w.counts
	return r
}

// digestStart and digestPrime are those of FNV-1a.
const (
	digestStart = 14695981039346656037
	digestPrime = 1099511628211
)

// mix puts numbers into the digest.
func (w *world) mix(a, b uint64) {
	w.digest = (w.digest ^ a) * digestPrime
	w.digest ^= w.digest >> 29
	w.digest = (w.digest ^ b) * digestPrime
}
