// SPDX-License-Identifier: Apache-2.0

package vsr

import "fmt"

// What must be durable before a message leaves (protocol.md §1.4), in one place. Messages wait in a
// queue. The queue is in the order of the steps, and nobody overtakes in it: so at a crash,
// if a message of a step has left, all earlier steps that it builds on are on the disk or were
// told to the others by messages that need no disk.

// Receivers that are no replica number.
const (
	toAll    = -1 // All other replicas.
	toClient = -2 // The client of a REPLY.
)

// held is the queue, and how far the disk is.
type held struct {
	queue     []heldSend
	head      int    // queue[:head] has left.
	written   uint64 // Sequence of the latest Write.
	persisted uint64 // Sequence up to which Writes are durable.

	pending []pendingWrite // Writes that are not durable, in order.
	durable OpNumber       // The entries up to here are durable.
	bytes   int            // Size of the latest Write, to bound merging.
	// The view numbers of the latest Write.
	viewNumber, lastNormalView ViewNumber
}

// heldSend is a message that waits until the writes up to a sequence are durable.
type heldSend struct {
	sequence uint64
	receiver int
	message  Message
}

// pendingWrite says where the log ends once the write is durable.
type pendingWrite struct {
	sequence uint64
	opNumber OpNumber
}

// empty says whether nothing waits.
func (h *held) empty() bool { return h.head == len(h.queue) }

// waiting is how many messages wait.
func (h *held) waiting() int { return len(h.queue) - h.head }

// write makes the current state durable: the log, of which all up to keep is as before, the view
// and v′. Appends in a row become one Write while the driver has not taken it: they would be made
// durable together anyway.
func (r *Replica) write(keep OpNumber) {
	h, n := &r.held, r.log.opNumber()
	if r.damage != nil {
		// Only the view changes: the disk keeps what it has, also what is not in memory.
		h.written++
		h.pending = append(h.pending, pendingWrite{h.written, h.durable})
		r.out.Writes = append(r.out.Writes, Write{Sequence: h.written, Keep: r.OpNumber(),
			ViewNumber: r.viewNumber, LastNormalView: r.lastNormalView,
			HeadUnknown: r.headUnknown})
		return
	}
	bytes := 0
	for op := keep + 1; op <= n; op++ {
		bytes += entryBytes(r.log.at(op))
	}
	if last := len(r.out.Writes) - 1; last >= 0 && r.installed == nil {
		w := &r.out.Writes[last]
		if w.Sequence > h.persisted && h.bytes+bytes <= writeBytesMax &&
			w.ViewNumber == r.viewNumber && w.LastNormalView == r.lastNormalView &&
			w.Keep+OpNumber(len(w.Entries)) == keep && w.HeadUnknown == r.headUnknown {
			w.Entries = r.log.after(w.Keep, n)
			h.pending[len(h.pending)-1].opNumber = n
			h.bytes += bytes
			return
		}
	}
	h.written++
	h.bytes = bytes
	h.durable = min(h.durable, keep)
	for i := range h.pending {
		h.pending[i].opNumber = min(h.pending[i].opNumber, keep)
	}
	h.pending = append(h.pending, pendingWrite{h.written, n})
	if r.checkpoints.room >= RoomLittle && r.installed == nil &&
		(h.viewNumber != r.viewNumber || h.lastNormalView != r.lastNormalView) {
		keep = min(keep, r.checkpoints.lowest()) // the same log, in fewer Writes
	}
	h.viewNumber, h.lastNormalView = r.viewNumber, r.lastNormalView
	r.out.Writes = append(r.out.Writes, Write{
		Sequence: h.written, Keep: keep, Entries: r.log.after(keep, n),
		ViewNumber: r.viewNumber, LastNormalView: r.lastNormalView, HeadUnknown: r.headUnknown,
		Checkpoint: r.installed,
	})
	r.installed = nil
}

// persist notes that the writes up to sequence are durable and lets go what waited for them.
func (r *Replica) persist(sequence uint64) {
	h := &r.held
	h.persisted = sequence
	done := 0
	for done < len(h.pending) && h.pending[done].sequence <= sequence {
		h.durable = h.pending[done].opNumber
		done++
	}
	h.pending = append(h.pending[:0], h.pending[done:]...)
	for !h.empty() && h.queue[h.head].sequence <= sequence {
		next := h.queue[h.head]
		h.queue[h.head] = heldSend{}
		h.head++
		if !h.superseded(next, sequence) {
			r.leave(next.receiver, next.message)
		}
	}
	if h.empty() {
		h.queue, h.head = h.queue[:0], 0
	} else if h.head > len(h.queue)/2 {
		h.queue, h.head = append(h.queue[:0], h.queue[h.head:]...), 0
	}
}

// superseded says whether the next message of the queue may leave too and says all that this one
// says: PREPAREOK of the same view acknowledge all entries below theirs.
func (h *held) superseded(one heldSend, sequence uint64) bool {
	if h.empty() || h.queue[h.head].sequence > sequence {
		return false
	}
	ok, isOK := one.message.(*PrepareOK)
	next, nextIsOK := h.queue[h.head].message.(*PrepareOK)
	return isOK && nextIsOK && ok.ViewNumber == next.ViewNumber && ok.OpNumber <= next.OpNumber
}

// endsWith says whether the last message of the queue waits for the latest write, too, and m says
// all that it says.
func (h *held) endsWith(m *PrepareOK) bool {
	if h.empty() {
		return false
	}
	last := h.queue[len(h.queue)-1]
	ok, isOK := last.message.(*PrepareOK)
	return isOK && last.sequence == h.written && ok.ViewNumber == m.ViewNumber &&
		ok.OpNumber <= m.OpNumber
}

// sendDurable sends a message of the current step once all that was written up to now is durable.
func (r *Replica) sendDurable(receiver int, m Message) {
	r.enqueue(r.held.written, receiver, m)
}

// sendNow sends a message of the current step that needs no write of its own: PREPARE, REPLY and
// COMMIT of a Normal primary. It waits only for what waits already.
//
// PREPARE may, as the primary gives up its view when it restarts (D5). REPLY and COMMIT speak of
// what is committed, to which the primary counts its own vote only when it is durable.
func (r *Replica) sendNow(receiver int, m Message) {
	r.enqueue(0, receiver, m)
}

// enqueue puts a message of the current step at the end of the queue, or lets it leave.
func (r *Replica) enqueue(sequence uint64, receiver int, m Message) {
	r.trace(m)
	h := &r.held
	if h.empty() && sequence <= h.persisted {
		r.leave(receiver, m)
		return
	}
	h.queue = append(h.queue, heldSend{sequence, receiver, m})
}

// trace notes a message of the current step for its event.
func (r *Replica) trace(m Message) {
	if r.cfg.Trace {
		r.stepSent = append(r.stepSent, m)
	}
}

// resend sends once more a message that has left before. It is not part of a step. While others
// wait it does not happen: then it is not the network that is slow.
func (r *Replica) resend(receiver int, m Message) {
	if r.held.empty() {
		r.leave(receiver, m)
	}
}

// leave puts the message into the Output.
func (r *Replica) leave(receiver int, m Message) {
	switch {
	case receiver == toAll:
		for i := range r.cfg.Replicas {
			if to := ReplicaNumber(i); to != r.cfg.Replica {
				r.out.Sends = append(r.out.Sends, Send{To: to, Message: m})
			}
		}
	case receiver == toClient:
		r.out.Sends = append(r.out.Sends, Send{ToClient: true, Message: m})
	case receiver == int(r.cfg.Replica):
		r.leaveToSelf(m)
	default:
		r.out.Sends = append(r.out.Sends, Send{To: ReplicaNumber(receiver), Message: m})
	}
	if ok, isOK := m.(*PrepareOK); isOK && ok.ViewNumber == r.viewNumber {
		r.sent.prepareOK = ok
	}
}

// leaveToSelf takes the one kind of message that a replica sends to itself: the DOVIEWCHANGE of the
// new primary, which counts from now on.
func (r *Replica) leaveToSelf(m Message) {
	d, ok := m.(*DoViewChange)
	if !ok {
		r.broken(fmt.Sprintf("a message to itself: %T", m))
	}
	if d.ViewNumber == r.viewNumber && r.status == ViewChange {
		r.quorum.doViewChanges[r.cfg.Replica] = d
	}
}
