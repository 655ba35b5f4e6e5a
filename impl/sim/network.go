// SPDX-License-Identifier: Apache-2.0

package sim

// The network: every message on its own way, late, lost, doubled, out of order,
// or again much later. Endpoints are numbered: the replicas first, then the
// clients.

import (
	"bufio"
	"bytes"
	"fmt"
	"math/rand/v2"
	"time"

	"viewstamp/impl/vsr"
	"viewstamp/impl/wire"
)

// network knows the links and what is blocked.
type network struct {
	w         *world
	ends      int           // Replicas and clients.
	delays    []int64       // Base delay of each link, by from*ends+to.
	blocked   []bool        // By link.
	partition uint64        // Number of the current partition; 0 if there is none.
	ever      uint64        // How many partitions there have been.
	flap      []bool        // What a flapping partition blocks.
	clogged   []bool        // The replicas that a swizzle has cut off, by end.
	keeps     bool          // The run replays messages.
	kept      []event       // Some earlier messages, to be replayed.
	stream    bytes.Reader  // The frame that is read.
	buffer    *bufio.Reader // Of stream, for all frames.
}

// keptMax is how many messages are kept for a replay.
const keptMax = 256

// cluster is the id of the group on the wire and on the disks.
var cluster = wire.ClusterID{'s', 'i', 'm'}

// newNetwork draws the delays of the links.
func newNetwork(w *world) network {
	ends := w.plan.Replicas + w.plan.Clients
	n := network{w: w, ends: ends, delays: make([]int64, ends*ends),
		blocked: make([]bool, ends*ends), keeps: w.plan.faults.ReplayEvery > 0}
	for i := range w.plan.Schedule {
		n.keeps = n.keeps || w.plan.Schedule[i].Kind == Replay
	}
	for i := range n.delays {
		n.delays[i] = exponential(w.netChance, w.plan.LinkDelay)
		if w.plan.far {
			n.delays[i] = int64(w.plan.LinkDelay) + n.delays[i]/4
		}
	}
	return n
}

// send puts a message on its way. from and to are endpoints.
func (n *network) send(from, to int, m vsr.Message) {
	w := n.w
	w.counts.Messages++
	switch m.Kind() {
	case vsr.KindGetEntries:
		w.counts.Fetches++
	case wire.KindPing:
		w.counts.Pings++
	}
	w.log.message(w.now, "->", from, to, m, n)
	link := from*n.ends + to
	f := &w.plan.faults
	switch {
	case n.blocked[link]:
		w.counts.Blocked++
		return
	case !w.live && w.netChance.Float64() < f.Loss:
		w.counts.Lost++
		return
	}
	// Links are not queues: each message has a delay of its own, so that two on
	// one link may overtake each other.
	e := event{kind: deliver, node: to, from: from, message: m}
	if to >= n.w.plan.Replicas {
		e.kind, e.node = deliverClient, to-n.w.plan.Replicas
	}
	if w.plan.wire {
		e.frame = n.encode(m)
		w.counts.OnWire++
		if !w.live && w.netChance.Float64() < f.Corrupt {
			w.counts.Corrupted++
			e.corrupt = true
			e.frame[w.netChance.IntN(len(e.frame))] ^= 1 << w.netChance.IntN(8)
		}
	}
	e.at = w.now + n.delay(link)
	w.queue.push(e)
	if !w.live && w.netChance.Float64() < f.Duplicate {
		w.counts.Duplicated++
		e.at = w.now + n.delay(link)
		w.queue.push(e)
	}
	n.keep(e)
}

// delay draws how long a message takes. In the safety phase some take much
// longer.
func (n *network) delay(link int) int64 {
	w := n.w
	d := n.delays[link] + exponential(w.netChance, w.plan.LinkDelay/4) + 1000
	if f := &w.plan.faults; !w.live && w.netChance.Float64() < f.Reorder {
		w.counts.Reordered++
		late := exponential(w.netChance, f.LateMean)
		// A heavy tail: a few are later by far.
		if w.netChance.IntN(16) == 0 {
			late = min(10*late, int64(20*time.Second))
		}
		d += late
	}
	return d
}

// keep remembers some messages to replicas.
func (n *network) keep(e event) {
	if !n.keeps || e.kind != deliver {
		return
	}
	// Once there are enough, a new one takes a random place now and then: so very
	// old ones stay among them.
	if len(n.kept) < keptMax {
		n.kept = append(n.kept, e)
		return
	}
	if n.w.netChance.IntN(4) == 0 {
		n.kept[n.w.netChance.IntN(keptMax)] = e
	}
}

// replay lets an old message arrive again, at the replica that it was for or at
// another one.
func (n *network) replay(r *rand.Rand) bool {
	if len(n.kept) == 0 {
		return false
	}
	e := n.kept[r.IntN(len(n.kept))]
	// Questions for the time and answers belong to a connection.
	if kind := e.message.Kind(); r.IntN(4) == 0 && kind != wire.KindPing && kind != wire.KindPong {
		e.node = r.IntN(n.w.plan.Replicas)
	}
	if e.node == e.from {
		return false // A replica does not hear itself.
	}
	n.w.counts.Replayed++
	e.at = n.w.now + 1000
	n.w.queue.push(e)
	return true
}

// encode is the message as bytes.
func (n *network) encode(m vsr.Message) []byte {
	frame, err := wire.Append(nil, cluster, m, n.w.plan.MessageBytesMax)
	if err != nil {
		n.w.fail(BadBytes, "%T does not encode: %v", m, err)
	}
	return frame
}

// open is the message of an event, decoded if it went over the wire.
func (n *network) open(e *event) vsr.Message {
	if e.frame == nil {
		return e.message
	}
	m, err := n.decode(e.frame)
	if e.corrupt {
		if err == nil {
			n.w.fail(BadBytes, "%T decodes as %v though a bit of it is wrong", e.message, m)
		}
		return nil
	}
	if err != nil {
		n.w.fail(BadBytes, "%T does not decode: %v", e.message, err)
		return nil
	}
	return m
}

// decode reads a frame.
func (n *network) decode(frame []byte) (vsr.Message, error) {
	if n.buffer == nil {
		n.buffer = bufio.NewReaderSize(&n.stream, 64<<10) // As large as package wire wants it.
	}
	n.stream.Reset(frame)
	n.buffer.Reset(&n.stream)
	return wire.NewReader(n.buffer, cluster, n.w.plan.MessageBytesMax).Next()
}

// split begins a partition, if there is none. A client is on either side, or on
// both.
func (n *network) split(f *Fault) bool {
	w := n.w
	if n.partition != 0 {
		return false
	}
	n.ever++
	n.partition = n.ever
	r, victim, replicas := w.chance(), f.Replica, w.plan.Replicas
	side := make([]bool, n.ends)
	side[victim] = true
	switch f.How {
	case isolation:
		w.counts.Isolations++
		n.cut(r, side, -1)
	case flapping:
		w.counts.Flappings++
		n.cut(r, side, -1)
		n.flap = append(n.flap[:0], n.blocked...)
		n.planFlap(r)
	case halves, bridge:
		for i := range replicas {
			side[i] = r.IntN(2) == 0
		}
		side[victim], side[(victim+1)%replicas] = true, false
		if f.How == halves {
			w.counts.Halves++
			n.cut(r, side, -1)
			break
		}
		w.counts.Bridges++
		side[(victim+2)%replicas] = true
		n.cut(r, side, victim)
	case deaf, mute:
		w.counts.OneWays++
		for i := range replicas {
			if i != victim && f.How == deaf {
				n.blocked[i*n.ends+victim] = true
			} else if i != victim {
				n.blocked[victim*n.ends+i] = true
			}
		}
	case brokenLink:
		w.counts.BrokenLink++
		other := (victim + 1 + r.IntN(replicas-1)) % replicas
		n.blocked[victim*n.ends+other], n.blocked[other*n.ends+victim] = true, true
	case swizzle:
		w.counts.Swizzles++
		n.swizzle(r, f)
	case ring:
		w.counts.Rings++
		for a := range replicas {
			for b := range replicas {
				n.blocked[a*n.ends+b] = b != (a+1)%replicas
			}
		}
	}
	w.queue.push(event{at: w.now + int64(f.For), kind: heal, epoch: n.partition})
	return true
}

// planFlap plans the next time that a flapping partition begins or ends.
func (n *network) planFlap(r *rand.Rand) {
	at := n.w.now + int64(time.Millisecond) + exponential(r, 400*time.Millisecond)
	n.w.queue.push(event{at: at, kind: flap, epoch: n.partition})
}

// flaps turns the links of a flapping partition on or off.
func (n *network) flaps(partition uint64) {
	if n.partition != partition {
		return
	}
	n.w.counts.Flaps++
	for i, cut := range n.flap {
		n.blocked[i] = cut && !n.blocked[i]
	}
	n.planFlap(n.w.chance())
}

// swizzle plans when replicas are cut off and are back: each alone, in the first half
// of the partition, and in the second half in another order.
func (n *network) swizzle(r *rand.Rand, f *Fault) {
	n.clogged = make([]bool, n.ends)
	half := int64(f.For)/2 + 1
	for i := range n.w.plan.Replicas {
		if i != f.Replica && r.IntN(3) == 0 {
			continue
		}
		n.w.queue.push(event{at: n.w.now + r.Int64N(half), kind: clog, node: i, which: 1,
			epoch: n.partition})
		n.w.queue.push(event{at: n.w.now + half + r.Int64N(half), kind: clog, node: i,
			epoch: n.partition})
	}
}

// clog cuts one replica off, or ends that.
func (n *network) clog(end int, is bool, partition uint64) {
	if n.partition != partition {
		return
	}
	n.clogged[end] = is
	n.isolate(n.clogged, n.clogged)
}

// cut blocks all links between the two sides. Half of the clients hear both, and
// so does the replica bridge, unless it is −1.
func (n *network) cut(r *rand.Rand, side []bool, bridge int) {
	replicas := n.w.plan.Replicas
	both := make([]bool, n.ends)
	if bridge >= 0 {
		both[bridge] = true
	}
	for i := replicas; i < n.ends; i++ {
		both[i], side[i] = r.IntN(2) == 0, r.IntN(2) == 0
	}
	// A client that reaches both sides carries what it heard on one to the other.
	for a := range n.ends {
		for b := range n.ends {
			if side[a] != side[b] && !both[a] && !both[b] {
				n.blocked[a*n.ends+b] = true
			}
		}
	}
}

// heal ends a partition.
func (n *network) heal(partition uint64) {
	if n.partition != partition {
		return
	}
	n.partition = 0
	clear(n.blocked)
	n.w.log.line(n.w.now, "heal", "all links work")
}

// calm ends all faults of the network. What is on its way may still be late.
func (n *network) calm() {
	n.heal(n.partition)
	n.kept = nil
	worst := int64(50 * time.Millisecond)
	if n.w.plan.far {
		worst = int64(time.Second)
	}
	for i := range n.delays {
		n.delays[i] = min(n.delays[i], worst)
	}
}

// stops says whether a partition is between two ends.
func (n *network) stops(from, to int) bool { return n.blocked[from*n.ends+to] }

// isolate blocks what comes to the deaf ends and from the mute ones, and no
// more.
func (n *network) isolate(deaf, mute []bool) {
	for a := range n.ends {
		for b := range n.ends {
			n.blocked[a*n.ends+b] = mute[a] || deaf[b]
		}
	}
}

// name is an endpoint as people see it.
func (n *network) name(end int) string {
	if end < n.w.plan.Replicas {
		return fmt.Sprintf("r%d", end)
	}
	return fmt.Sprintf("c%d", end-n.w.plan.Replicas)
}
