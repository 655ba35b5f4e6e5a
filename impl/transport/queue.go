// SPDX-License-Identifier: Apache-2.0

// The queue in front of a connection: bounded, and it gives up the oldest messages first. For the
// newest are the most useful ones to a receiver that fell behind.

package transport

import (
	"sync"

	"viewstamp/impl/vsr"
)

// queue holds messages for one writer. Put never blocks.
type queue struct {
	maxMessages int
	maxBytes    int
	ready       chan struct{} // holds a token if messages may be there

	mu       sync.Mutex
	messages []vsr.Message
	first    int // messages below this index are gone
	bytes    int
}

func newQueue(l Limits) *queue {
	return &queue{maxMessages: l.QueueMessages, maxBytes: l.QueueBytes,
		ready: make(chan struct{}, 1)}
}

// put appends a message and returns how many of the oldest were lost for it.
func (q *queue) put(m vsr.Message) (lost int) {
	q.mu.Lock()
	q.messages = append(q.messages, m)
	q.bytes += vsr.MessageBytes(m)
	// The newest stays, however large it is.
	for q.first < len(q.messages)-1 &&
		(len(q.messages)-q.first > q.maxMessages || q.bytes > q.maxBytes) {
		q.bytes -= vsr.MessageBytes(q.messages[q.first])
		q.messages[q.first] = nil
		q.first++
		lost++
	}
	if q.first > q.maxMessages { // by now half of the slice is empty
		n := copy(q.messages, q.messages[q.first:])
		clear(q.messages[n:])
		q.messages, q.first = q.messages[:n], 0
	}
	q.mu.Unlock()
	select {
	case q.ready <- struct{}{}:
	default:
	}
	return lost
}

// take empties the queue into the memory of batch, which must not be in use any more.
func (q *queue) take(batch []vsr.Message) []vsr.Message {
	clear(batch)
	q.mu.Lock()
	defer q.mu.Unlock()
	taken := q.messages[q.first:]
	q.messages, q.first, q.bytes = batch[:0], 0, 0
	return taken
}
