// SPDX-License-Identifier: Apache-2.0

package sim

// What is going to happen, in the order of virtual time.

import "viewstamp/impl/vsr"

// kind says what an event is.
type kind uint8

// The kinds of events.
const (
	tick          kind = iota + 1 // One tick of time at a replica.
	deliver                       // A message arrives at a replica.
	deliverClient                 // A reply arrives at a client.
	flushed                       // The disk of a replica has finished a flush.
	stepped                       // The disk of a replica has one more part of a checkpoint.
	scrub                         // A replica looks for damage on its disk.
	invoke                        // A client begins its next request.
	timeout                       // A client has waited too long for a reply.
	crash                         // A replica stops.
	restart                       // A replica comes back.
	resume                        // A paused replica goes on.
	fault                         // The next fault of one kind.
	scripted                      // A fault of the Schedule.
	flap                          // A flapping partition begins or ends.
	clog                          // One more replica is cut off, or is not any more.
	heal                          // A partition ends.
	fast                          // A slow disk is as fast as before.
	calm                          // The safety phase ends.
	deadline                      // The liveness phase should have ended.
)

// event is one thing that is going to happen.
type event struct {
	at   int64  // Virtual nanoseconds.
	tie  uint64 // Equal times happen in the order in which they were planned.
	kind kind
	// node is a replica or a client, by kind; which is more about it.
	node, from int
	which      int
	// epoch is that of the node when the event was planned. A crash makes older
	// ones void.
	epoch   uint64
	message vsr.Message
	frame   []byte // The message on the wire, if the run has one.
	corrupt bool   // A bit of the frame is wrong.
}

// queue is a heap of events, the earliest on top. Four children keep it flat.
type queue struct {
	events []event
	ties   uint64
}

const arity = 4

func (e *event) before(other *event) bool {
	return e.at < other.at || e.at == other.at && e.tie < other.tie
}

// push plans an event.
func (q *queue) push(e event) {
	q.ties++
	e.tie = q.ties
	q.events = append(q.events, e)
	i := len(q.events) - 1
	for i > 0 {
		parent := (i - 1) / arity
		if !e.before(&q.events[parent]) {
			break
		}
		q.events[i] = q.events[parent]
		i = parent
	}
	q.events[i] = e
}

// pop takes the next event. There must be one.
func (q *queue) pop() event {
	top, last := q.events[0], len(q.events)-1
	e := q.events[last]
	q.events[last] = event{}
	q.events = q.events[:last]
	i := 0
	for {
		least := -1
		for child := arity*i + 1; child <= arity*i+arity && child < last; child++ {
			if least < 0 || q.events[child].before(&q.events[least]) {
				least = child
			}
		}
		if least < 0 || !q.events[least].before(&e) {
			break
		}
		q.events[i] = q.events[least]
		i = least
	}
	if last > 0 {
		q.events[i] = e
	}
	return top
}
