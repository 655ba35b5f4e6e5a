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
	part    int64 // When its current part began.
	thawed  bool  // All replicas take part in it.
	done    bool
	failure *Failure

	nodes   []*node
	clients []*client
	network network
	truth   truth
	log     log
	chain   map[vsr.LogName]link // All logs that were on a disk.
	chosen  chosen               // The longest log that a quorum has acknowledged.
	heard   vsr.OpNumber         // What clients know to be committed.

	// Chance, a stream for each part of the simulation.
	netChance, faults, workload, disks *rand.Rand

	schedule   []Fault // The faults that happened.
	operations []Operation
	clientIDs  []vsr.ClientID // By the number of the client in the history.
	counts     Counts
	ignored    map[vsr.Ignored]uint64
	digest     uint64
}

// Run runs the configuration to its end. The error is a *Failure if the run
// showed a defect, and another one if the Config is wrong. The Result is what
// there was until then.
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
		digest: digestStart, chain: map[vsr.LogName]link{},
		truth: truth{roots: map[vsr.OpNumber]vsr.Checksum{}},
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
		w.queue.push(event{at: exponential(w.workload, w.plan.Think), kind: invoke, node: i})
	}
	for which := range faultKinds {
		w.planFault(which)
	}
	for i := range w.plan.Schedule {
		w.queue.push(event{at: int64(w.plan.Schedule[i].At), kind: scripted, which: i})
	}
	w.queue.push(event{at: int64(w.plan.SafetyTime), kind: calm})
	return w, nil
}

// run takes events until the run is done or has failed. A panic below it is a
// failure of the run.
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
	case tick, flushed, stepped, scrub, deliver, crash, restart, resume, fast:
		w.nodes[e.node].take(e)
	case deliverClient:
		w.clients[e.node].receive(e)
	case invoke:
		w.clients[e.node].invoke(e)
	case timeout:
		w.clients[e.node].timeout(e)
	case fault:
		w.fault(e.which)
	case scripted:
		w.scripted(e.which)
	case flap:
		w.network.flaps(e.epoch)
	case clog:
		w.network.clog(e.node, e.which == 1, e.epoch)
	case heal:
		w.network.heal(e.epoch)
	case calm:
		w.calm()
	case deadline:
		if e.which != w.parts() {
			return
		}
		w.fail(w.whyNotLive(), "%d ticks after all faults have ended: %s", w.plan.LiveTicks,
			w.unfinished())
	}
}

// calm ends the safety phase: everything is healed, and what is wrong now must
// become right. In some runs just a quorum takes part at first: it must answer
// without the others.
func (w *world) calm() {
	// The order matters: what a replica finds when it wakes up must already be
	// delivered under the rules of the liveness phase.
	w.live, w.thawed = true, !w.plan.core
	w.network.calm()
	if w.plan.core {
		w.freeze()
	}
	w.startPart("all faults end")
	for _, n := range w.nodes {
		n.calm()
	}
	w.checkDone()
}

// startPart begins a part of the liveness phase.
func (w *world) startPart(text string) {
	w.log.line(w.now, "calm", "%s", text)
	w.part = w.now
	for _, c := range w.clients {
		c.calm()
	}
	limit := int64(w.plan.LiveTicks) * int64(Tick)
	for _, c := range w.clients {
		limit = max(limit, int64(w.plan.LiveTicks)*int64(Tick)+int64(c.left)*int64(w.plan.eachTakes))
	}
	w.queue.push(event{at: w.now + limit, kind: deadline, which: w.parts()})
}

// whyNotLive says whether the group had to come back. If fewer than a quorum may
// vote, because the disks of the others have lost something that nobody can give
// back, then nothing may happen: each of them may have acknowledged what it does
// not know any more.
func (w *world) whyNotLive() Reason {
	voters := 0
	for _, n := range w.nodes {
		if !n.frozen && n.up && !n.replica.IsDamaged() {
			voters++
		}
	}
	if w.plan.faults.DamageAll && voters < w.plan.Replicas-w.tolerated() {
		return Unrecoverable
	}
	return NotLive
}

// parts numbers the parts of the liveness phase.
func (w *world) parts() int {
	if w.thawed {
		return 1
	}
	return 0
}

// freeze takes f replicas out of the group: they are down, or hear nobody, or are
// heard by nobody.
func (w *world) freeze() {
	// No more than f: the rest is a quorum, and must be enough.
	deaf, mute := make([]bool, w.network.ends), make([]bool, w.network.ends)
	most, r := w.tolerated(), w.chance()
	for _, n := range w.nodes {
		if n.rotten && most > 0 {
			most-- // A replica whose disk has lost something may not vote.
		}
	}
	for range most {
		n := w.nodes[w.victim(r)]
		for n.frozen {
			n = w.nodes[(n.number+1)%len(w.nodes)]
		}
		n.frozen = true
		w.counts.Frozen++
		switch r.IntN(4) {
		case 0:
			deaf[n.number], mute[n.number] = true, true
		case 1:
			// A backup wants later views for ever, and all others hear that. A
			// primary keeps the backups quiet with its heartbeats.
			deaf[n.number] = true
		case 2:
			mute[n.number] = true
		default:
			if n.up {
				n.crash(r.Float64() < w.plan.faults.PowerLoss)
			}
		}
		w.log.node(w.now, n.number, "frozen", "deaf: %v, mute: %v", deaf[n.number],
			mute[n.number])
	}
	w.network.isolate(deaf, mute)
}

// checkDone ends a part of the liveness phase when all clients have their
// replies and all replicas that take part in it agree.
func (w *world) checkDone() {
	if !w.live || w.done || !w.finished() {
		return
	}
	w.counts.LiveTicks = max(w.counts.LiveTicks, uint64((w.now-w.part)/int64(Tick)))
	if !w.thawed {
		w.thawed = true
		w.startPart("the rest comes back")
		w.network.isolate(make([]bool, w.network.ends), make([]bool, w.network.ends))
		for _, n := range w.nodes {
			n.thaw()
		}
		w.checkDone()
		return
	}
	w.done = true
	w.resolve()
	w.log.line(w.now, "done", "all requests answered, all replicas agree")
	w.truth.compareFinals(w)
}

// resolve finds out what became of the requests that clients gave up: those
// that the group has executed have an op-number in its log. To search for their
// places in the history instead would take exponential time where there are
// many.
func (w *world) resolve() {
	type request struct {
		client vsr.ClientID
		number vsr.RequestNumber
	}
	places := map[request]vsr.OpNumber{}
	for i, e := range w.entriesOf(w.nodes[0].replica.LogName()) {
		places[request{e.ClientID, e.RequestNumber}] = vsr.OpNumber(i + 1)
	}
	for i := range w.operations {
		o := &w.operations[i]
		if n, ok := places[request{w.clientIDs[o.Client], o.Request}]; ok && o.Outcome == Unknown {
			o.OpNumber = n
		}
	}
}

// finished says whether the part of the liveness phase is over: the clients
// have all their replies, and the replicas in it are Normal in one view with
// one log, all of it committed.
func (w *world) finished() bool {
	for _, c := range w.clients {
		if !c.finished() {
			return false
		}
	}
	// Equal names of logs mean equal logs, so this compares them whole.
	var first *node
	for _, n := range w.nodes {
		if n.frozen {
			continue
		}
		if first == nil {
			first = n
		}
		if !n.up || !first.up || n.replica.Status() != vsr.Normal ||
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
		Schedule: w.schedule, Operations: w.operations, Digest: w.digest, Ignored: w.ignored}
	for _, n := range w.nodes {
		if n.up {
			n.countIgnored()
			r.Finals = append(r.Finals, Final{vsr.ReplicaNumber(n.number), n.replica.State(),
				n.snapshot()})
		}
	}
	r.Counts = w.counts // Last: the loop above still counts.
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
