// SPDX-License-Identifier: Apache-2.0

// The inbox: what has come in for the core since the loop last looked.

package server

import (
	"sync"

	"viewstamp/impl/vsr"
)

// inboxMax is how many messages may wait for the loop before connections have to wait too.
const inboxMax = 8 << 10

// inbox collects messages and the progress of the flusher.
type inbox struct {
	ready chan struct{} // holds a token if there is something

	mu        sync.Mutex
	room      sync.Cond // the loop has taken what there was, or the inbox is closed
	messages  []vsr.Message
	persisted uint64
	// checkpoint is the latest that is durable and not taken yet; 0 if there is none.
	checkpoint vsr.OpNumber
	closed     bool
}

func newInbox() *inbox {
	in := &inbox{ready: make(chan struct{}, 1)}
	in.room.L = &in.mu
	return in
}

func (in *inbox) signal() {
	select {
	case in.ready <- struct{}{}:
	default:
	}
}

// put adds a message. It waits while there is no room, so only connections may call it. After close
// the message is lost.
func (in *inbox) put(m vsr.Message) {
	in.mu.Lock()
	for len(in.messages) >= inboxMax && !in.closed {
		in.room.Wait()
	}
	if !in.closed {
		in.messages = append(in.messages, m)
	}
	in.mu.Unlock()
	in.signal()
}

// offer adds a message unless there is no room. It never waits: the loop itself calls it when it
// tells the front end about a view, and then nobody else makes room.
func (in *inbox) offer(m vsr.Message) bool {
	in.mu.Lock()
	ok := len(in.messages) < 2*inboxMax && !in.closed
	if ok {
		in.messages = append(in.messages, m)
	}
	in.mu.Unlock()
	in.signal()
	return ok
}

// persist notes up to which Write all is durable, and up to which op-number a checkpoint is. 0 says
// nothing.
func (in *inbox) persist(sequence uint64, checkpoint vsr.OpNumber) {
	in.mu.Lock()
	in.persisted = max(in.persisted, sequence)
	in.checkpoint = max(in.checkpoint, checkpoint)
	in.mu.Unlock()
	in.signal()
}

// take empties the inbox into the memory of batch, which must not be in use any more.
func (in *inbox) take(batch []vsr.Message) (
	messages []vsr.Message, persisted uint64, checkpoint vsr.OpNumber,
) {
	clear(batch)
	in.mu.Lock()
	messages, persisted, checkpoint = in.messages, in.persisted, in.checkpoint
	in.messages, in.checkpoint = batch[:0], 0
	in.mu.Unlock()
	in.room.Broadcast()
	return messages, persisted, checkpoint
}

// close ends all waiting.
func (in *inbox) close() {
	in.mu.Lock()
	in.closed = true
	in.mu.Unlock()
	in.room.Broadcast()
}
