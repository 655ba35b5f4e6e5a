// SPDX-License-Identifier: Apache-2.0

package vsr

import "fmt"

// State sync: the log that a message names begins where no other replica has its entries any more.
// Then the replica that lacks them fetches a checkpoint instead, and installs it below the log that
// it adopts, in the one write that adopts the log. It never adopts a state for its own sake (D26):
// the view, v′ and the place up to which the log is the one of the view come from the message, and
// to the spec that message was slow.

// checkpointPart bounds the bytes of one message.
func (r *Replica) checkpointPart() int { return r.cfg.MessageBytesMax - messageOverhead }

// heldCheckpointOf is the named checkpoint, or the latest for the zero name; nil if there is none.
func (r *Replica) heldCheckpointOf(name LogName) *heldCheckpoint {
	for i := range r.checkpoints.held {
		held := &r.checkpoints.held[i]
		if held.checkpoint != nil && (name == LogName{} || held.checkpoint.Name == name) {
			return held
		}
	}
	return nil
}

// onGetCheckpoint answers with a part of the checkpoint that it asks for.
func (r *Replica) onGetCheckpoint(m *GetCheckpoint) {
	r.sendCheckpointPart(m.From, m.Name, m.Offset)
}

// sendCheckpointPart sends as much from the offset on as one message may hold.
func (r *Replica) sendCheckpointPart(to ReplicaNumber, name LogName, offset uint64) {
	held := r.heldCheckpointOf(name)
	if held == nil || offset >= uint64(len(held.checkpoint.State)) {
		r.drop(UnknownLog)
		return
	}
	state := held.checkpoint.State
	end := min(offset+uint64(r.checkpointPart()), uint64(len(state)))
	r.leave(int(to), &CheckpointPart{r.cfg.Replica, held.checkpoint.Name, held.root,
		uint64(len(state)), offset, state[offset:end]})
}

// onCheckpointPart takes the next part of the checkpoint that is being fetched, or learns of one
// that it can fetch. A checkpoint that this replica has made itself must be the same.
func (r *Replica) onCheckpointPart(m *CheckpointPart) {
	if held := r.heldCheckpointOf(m.Name); held != nil && held.root != m.Root {
		r.refuse(fmt.Errorf("vsr: replica %d: its state after operation %d has the root %v, that "+
			"of replica %d has %v: the service is not deterministic, or one of the states is "+
			"damaged; compare all replicas, and replace the wrong one", r.cfg.Replica,
			m.Name.OpNumber, held.root, m.From, m.Root))
		return
	}
	f := r.fetch
	if f == nil || len(m.Bytes) == 0 {
		r.drop(NotAsked)
		return
	}
	if f.part == nil {
		switch k := r.committedWith(f.message); {
		case m.Offset != 0 || f.checkpoint != nil || m.Name.OpNumber <= r.commitNumber:
			r.drop(NotAsked)
			return
		case m.Name.OpNumber > k:
			// The others have moved on. A newer message will say how far; for a DOVIEWCHANGE it is
			// another one.
			r.drop(LogMismatch)
			if f.message.Kind() != KindDoViewChange {
				r.forget(f.message)
			}
			return
		case !f.fits(m.Name):
			r.drop(LogMismatch)
			return
		}
		f.part, f.root, f.size = &Checkpoint{Name: m.Name}, m.Root, m.Size
	}
	part := f.part
	if m.Name != part.Name || m.Root != f.root || m.Size != f.size ||
		m.Offset != uint64(len(part.State)) {
		r.drop(NotAsked)
		return
	}
	part.State = append(part.State, m.Bytes...)
	f.attempts, f.from = 0, m.From
	r.fetchCameNearer()
	if uint64(len(part.State)) < f.size {
		r.sendFetch()
		return
	}
	f.part = nil
	if part.Root() != f.root {
		r.drop(LogMismatch)
		r.forget(f.message)
		return
	}
	f.checkpoint, f.start, f.top, f.entries = part, part.Name, part.Name, nil
	f.sure = part.Name
	r.continueFetch()
}

// fits says whether a checkpoint is of the log that the message stands for, as far as the message
// shows that.
func (f *fetch) fits(name LogName) bool {
	s, _ := logOf(f.message)
	return name.OpNumber < s.Base.OpNumber || s.nameAt(name.OpNumber) == name
}

// install makes the fetched checkpoint the state of the replica, as the first part of the step that
// adopts the log above it. It is false if the checkpoint is none.
func (r *Replica) install(c *Checkpoint) bool {
	if err := r.restore(c); err != nil {
		r.drop(LogMismatch)
		return false
	}
	r.installed = c
	return true
}

// nameAt is the name of the log up to n, which must not be below Base or above Name.
func (s *LogSuffix) nameAt(n OpNumber) LogName {
	if n == s.Base.OpNumber {
		return s.Base
	}
	return LogName{n, s.Entries[n-s.Base.OpNumber-1].Checksum}
}

// above is the suffix without what is not above n.
func (s *LogSuffix) above(n OpNumber) LogSuffix {
	return LogSuffix{s.Name, s.nameAt(n), s.Entries[n-s.Base.OpNumber:]}
}
