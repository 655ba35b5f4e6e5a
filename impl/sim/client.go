// SPDX-License-Identifier: Apache-2.0

package sim

// The clients: each has one request outstanding, sends it to the replica that
// it believes to be the primary, and after a time-out to all.

import (
	"time"

	"viewstamp/impl/vsr"
)

// The time-outs of clients, in virtual time. They double from one to the next.
const (
	timeoutFirst = 300 * time.Millisecond
	timeoutMax   = 2 * time.Second
)

// client is one place at which requests are sent. When the client there
// crashes, a new one with a new client-id takes its place.
type client struct {
	w      *world
	place  int
	number int // In the history: counts all clients of the run.
	id     vsr.ClientID

	request   vsr.RequestNumber // Of the latest request.
	since     vsr.OpNumber      // What it knew to be committed when it was born.
	message   *vsr.Request
	operation int // Index in world.operations; −1 if no request is outstanding.
	view      vsr.ViewNumber
	wait      time.Duration // The next time-out.
	attempt   uint64        // Counts time-outs planned: older ones are void.
	sent      int           // Requests of the safety phase.
	left      int           // Requests that are left in the liveness phase.
	planned   bool          // An invoke is planned.
}

// newClient makes the first client at a place.
func newClient(w *world, place int) *client {
	c := &client{w: w, place: place, operation: -1, planned: true}
	c.reborn()
	return c
}

// reborn makes the client at this place a new one.
func (c *client) reborn() {
	c.number = len(c.w.clientIDs)
	for i := range c.id {
		c.id[i] = byte(c.w.workload.Uint32())
	}
	c.w.clientIDs = append(c.w.clientIDs, c.id)
	c.request, c.view, c.since = 0, 0, c.w.heard
}

// finished says whether the client is done with the liveness phase.
func (c *client) finished() bool { return c.operation < 0 && c.left == 0 }

// planInvoke plans the next request.
func (c *client) planInvoke(think time.Duration) {
	c.planned = true
	if c.w.live {
		think /= 4 // Nothing is left that could happen meanwhile.
	}
	at := c.w.now + 1000 + exponential(c.w.workload, think)
	c.w.queue.push(event{at: at, kind: invoke, node: c.place})
}

// invoke begins a request.
func (c *client) invoke(*event) {
	w := c.w
	c.planned = false
	switch {
	case w.live && c.left == 0, !w.live && c.sent >= w.plan.Requests:
		return
	case w.live:
		c.left--
	default:
		c.sent++
	}
	c.request++
	op := w.draw(c)
	c.message = &vsr.Request{ClientID: c.id, RequestNumber: c.request, Operation: op.encoded,
		Since: c.since}
	w.order++
	c.operation = len(w.operations)
	w.operations = append(w.operations, Operation{
		Client: c.number, Request: c.request, Invoke: w.order, InvokeTime: time.Duration(w.now),
		F: op.f, Key: op.key, Value: op.value, Old: op.old, Input: op.encoded,
	})
	w.counts.Invoked++
	w.log.client(w.now, c.place, "invoke", "%s(%s %s %s) as request %d of client %d",
		op.f, op.key, op.value, op.old, c.request, c.number)
	if w.plan.Hooks.Request != nil {
		w.plan.Hooks.Request(c.message)
	}
	c.wait = timeoutFirst
	c.send(int(c.view % vsr.ViewNumber(w.plan.Replicas)))
	c.planTimeout()
}

// send sends the request to one replica.
func (c *client) send(to int) {
	c.w.network.send(c.w.plan.Replicas+c.place, to, c.message)
}

// planTimeout plans the end of the patience with this attempt.
func (c *client) planTimeout() {
	c.attempt++
	at := c.w.now + int64(c.wait) + exponential(c.w.workload, c.wait/4)
	c.w.queue.push(event{at: at, kind: timeout, node: c.place, epoch: c.attempt})
}

// timeout sends the request to all replicas, or gives up.
func (c *client) timeout(e *event) {
	w := c.w
	if c.operation < 0 || e.epoch != c.attempt {
		return
	}
	// In the liveness phase nobody gives up, or there would be nothing to see.
	if !w.live && w.workload.Float64() < w.plan.faults.ClientCrash {
		w.counts.ClientCrashes++
		c.giveUp()
		return
	}
	w.counts.Resent++
	for to := range w.plan.Replicas {
		c.send(to)
	}
	c.wait = min(2*c.wait, timeoutMax)
	c.planTimeout()
}

// giveUp leaves the request without an outcome. Another client takes the place.
func (c *client) giveUp() {
	w := c.w
	w.counts.Abandoned++
	w.order++
	w.operations[c.operation].Return = w.order
	w.operations[c.operation].ReturnTime = time.Duration(w.now)
	w.log.client(w.now, c.place, "gives up", "request %d of client %d", c.request, c.number)
	c.operation = -1
	c.reborn()
	c.planInvoke(w.plan.Think)
}

// refused takes the answer that a request is not taken: a busy primary gets it
// again after the time-out, an evicted client is over.
func (c *client) refused(m *vsr.Refused) {
	w := c.w
	w.heard = max(w.heard, m.CommitNumber)
	if m.ClientID == c.id && m.RequestNumber == c.request && m.Evicted && c.operation >= 0 {
		c.giveUp()
	}
}

// receive takes a reply.
func (c *client) receive(e *event) {
	w := c.w
	if w.network.stops(e.from, w.plan.Replicas+c.place) {
		w.counts.Blocked++
		return
	}
	opened := w.network.open(e)
	if refused, ok := opened.(*vsr.Refused); ok {
		w.mix(uint64(refused.Kind())<<8|uint64(uint8(e.from)), fingerprint(refused))
		w.log.message(w.now, "<-", w.plan.Replicas+c.place, e.from, refused, &w.network)
		c.refused(refused)
		return
	}
	m, ok := opened.(*vsr.Reply)
	if !ok {
		return
	}
	w.heard = max(w.heard, m.OpNumber)
	w.counts.Delivered++
	w.mix(uint64(m.Kind())<<8|uint64(uint8(e.from)), fingerprint(m))
	w.log.message(w.now, "<-", w.plan.Replicas+c.place, e.from, m, &w.network)
	if m.ClientID != c.id {
		return // For the client that was here before.
	}
	if w.plan.Hooks.Reply != nil {
		w.plan.Hooks.Reply(m)
	}
	w.truth.checkReply(w, m)
	c.view = max(c.view, m.ViewNumber) // Its primary gets the next request.
	if c.operation < 0 || m.RequestNumber != c.request {
		return
	}
	w.order++
	o := &w.operations[c.operation]
	o.Outcome, o.Return, o.ReturnTime = OK, w.order, time.Duration(w.now)
	o.OpNumber, o.View = m.OpNumber, m.ViewNumber
	o.Output = m.Result
	if err := o.decode(m.Result); w.plan.Service == nil && err != nil {
		w.fail(Lied, "request %d of client %d: the result is not one: %v", c.request, c.number, err)
		return
	}
	w.counts.Answered++
	w.log.client(w.now, c.place, "ok", "request %d of client %d: %q at op-number %d",
		c.request, c.number, o.Result, o.OpNumber)
	c.operation = -1
	c.planInvoke(w.plan.Think)
	w.checkDone()
}

// calm gives the client requests for the next part of the liveness phase,
// besides the one that may be outstanding: the group must not only answer, but
// go on answering.
func (c *client) calm() {
	w := c.w
	c.left = w.plan.liveRequests
	if missing := w.plan.leastOps - len(w.truth.executed); w.thawed && missing > 0 {
		c.left = max(c.left, (missing+len(w.clients)-1)/len(w.clients))
	}
	if c.operation < 0 && !c.planned {
		c.planInvoke(time.Millisecond)
	}
}
