// SPDX-License-Identifier: Apache-2.0

package vsr

// A primary that can send and not hear: its heartbeats would keep the backups quiet for ever,
// though it hears no request and commits nothing. So backups answer heartbeats, and a primary that
// hears fewer than a quorum falls silent until it hears one again. The backups then do what they
// do about any silent primary. The spec needs no step for that: to be silent is always allowed.
// (D15: a primary does not depose itself.)

// hear notes that a message of another replica has arrived.
func (r *Replica) hear(m Message) {
	if i, ok := sender(m); ok {
		r.timers.heard[i] = r.timers.now
	}
}

// hearsNobody says whether a quorum has been silent for so long that this primary must be, too. It
// is no less than the time that a backup takes to give up on a primary, so a single view change
// under way does not silence the old primary.
func (r *Replica) hearsNobody() bool {
	silence := 2 * uint64(r.cfg.ViewChangeTicks)
	others := 0
	for i, heard := range r.timers.heard {
		if ReplicaNumber(i) != r.cfg.Replica && r.timers.now-heard < silence {
			others++
		}
	}
	return others < r.cfg.Others()
}

// answerHeartbeat lets the primary know that it is heard, by the PREPAREOK that has left last. A
// backup that had nothing to acknowledge in this view does it now, if all is durable: the log came
// with the view and was committed as a whole, so the primary learns nothing new from it.
func (r *Replica) answerHeartbeat() {
	ok := r.sent.prepareOK
	if ok == nil {
		if !r.held.empty() || r.held.persisted < r.held.written {
			return
		}
		ok = &PrepareOK{r.cfg.Replica, r.viewNumber, r.log.opNumber()}
	}
	r.leave(int(r.primary()), ok)
}

// sender is the replica that has sent a message. It is false for a request.
func sender(m Message) (ReplicaNumber, bool) {
	switch m := m.(type) {
	case *Prepare:
		return m.From, true
	case *PrepareOK:
		return m.From, true
	case *Commit:
		return m.From, true
	case *StartViewChange:
		return m.From, true
	case *DoViewChange:
		return m.From, true
	case *StartView:
		return m.From, true
	case *GetState:
		return m.From, true
	case *NewState:
		return m.From, true
	case *GetEntries:
		return m.From, true
	case *Entries:
		return m.From, true
	case *GetCheckpoint:
		return m.From, true
	case *CheckpointPart:
		return m.From, true
	}
	return 0, false
}
