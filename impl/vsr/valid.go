// SPDX-License-Identifier: Apache-2.0

package vsr

// Messages that no correct replica or client can have sent are dropped before any step sees them:
// the steps rely on what is checked here. A transport checks that bytes arrived as they were sent;
// this file is for wrong configurations, other clusters, and defects.

// valid says why a message is dropped, Accepted if it is not.
func (r *Replica) valid(m Message) Ignored {
	if m == nil {
		return Malformed
	}
	ok, bytes := r.validFields(m), MessageBytes(m)
	switch {
	case bytes > r.cfg.MessageBytesMax:
		return TooLarge
	case !ok:
		return Malformed
	}
	return r.validOperations(m)
}

// validFields checks the fields of each kind.
func (r *Replica) validFields(m Message) bool {
	switch m := m.(type) {
	case *Request:
		return m.RequestNumber >= 1 && m.RequestNumber <= numberMax && number(m.Since)
	case *Prepare:
		return r.fromPrimary(m.From, m.ViewNumber) && number(m.CommitNumber) &&
			m.Entry.ViewNumber == m.ViewNumber && m.Entry.RequestNumber >= 1 &&
			m.CommitNumber <= m.Parent.OpNumber && validName(m.Parent) &&
			r.sums.of(m.Parent.Checksum, &m.Entry) == m.Entry.Checksum
	case *PrepareOK:
		return r.from(m.From, m.ViewNumber) && number(m.OpNumber)
	case *Commit:
		return r.fromPrimary(m.From, m.ViewNumber) && number(m.CommitNumber)
	case *StartViewChange:
		return r.from(m.From, m.ViewNumber)
	case *DoViewChange:
		return r.from(m.From, m.ViewNumber) && m.LastNormalView < m.ViewNumber &&
			m.CommitNumber <= m.Log.Name.OpNumber && r.validSuffix(m.Log, m.LastNormalView) &&
			validLost(m)
	case *StartView:
		return r.fromPrimary(m.From, m.ViewNumber) && m.ViewNumber > 0 &&
			m.CommitNumber <= m.Log.Name.OpNumber && r.validSuffix(m.Log, m.ViewNumber-1)
	case *GetState:
		return r.from(m.From, m.ViewNumber) && number(m.OpNumber)
	case *NewState:
		return r.from(m.From, m.ViewNumber) && m.After <= m.Log.Base.OpNumber &&
			m.CommitNumber <= m.Log.Name.OpNumber && r.validSuffix(m.Log, m.ViewNumber)
	case *GetEntries:
		return r.from(m.From, 0) && validName(m.Name) && m.After < m.Name.OpNumber
	case *Entries:
		return r.from(m.From, 0) && validName(m.Name) && len(m.Entries) > 0 &&
			OpNumber(len(m.Entries)) <= m.Name.OpNumber
	case *GetCheckpoint:
		return r.from(m.From, 0) && validName(m.Name)
	case *CheckpointPart:
		return r.from(m.From, 0) && validName(m.Name) && m.Name.OpNumber > 0 &&
			m.Size <= numberMax && m.Offset <= m.Size && uint64(len(m.Bytes)) <= m.Size-m.Offset
	}
	return false // REPLY, which is for clients, or no message of ours.
}

// validOperations checks the sizes of the operations and the request-numbers in a message.
func (r *Replica) validOperations(m Message) Ignored {
	var list []Entry
	switch m := m.(type) {
	case *Request:
		if len(m.Operation) > r.cfg.OperationBytesMax {
			return TooLarge
		}
	case *Prepare:
		if len(m.Entry.Operation) > r.cfg.OperationBytesMax {
			return TooLarge
		}
	case *DoViewChange:
		list = m.Log.Entries
	case *StartView:
		list = m.Log.Entries
	case *NewState:
		list = m.Log.Entries
	case *Entries:
		list = m.Entries
	}
	for i := range list {
		if len(list[i].Operation) > r.cfg.OperationBytesMax {
			return TooLarge
		}
		if list[i].RequestNumber < 1 || list[i].RequestNumber > numberMax {
			return Malformed
		}
	}
	return Accepted
}

// from checks the sender and the view of a message of another replica.
func (r *Replica) from(i ReplicaNumber, v ViewNumber) bool {
	return int(i) < r.cfg.Replicas && i != r.cfg.Replica && v <= numberMax
}

// fromPrimary checks a message that only the primary of its view sends.
func (r *Replica) fromPrimary(i ReplicaNumber, v ViewNumber) bool {
	return r.from(i, v) && r.cfg.Primary(v) == i
}

// number checks an op-number.
func number(n OpNumber) bool { return n <= numberMax }

// validName checks that just the empty log has no checksum.
func validName(l LogName) bool {
	return number(l.OpNumber) && (l.OpNumber == 0) == (l.Checksum == Checksum{})
}

// validSuffix checks that the entries lead from Base to Name, in views up to v.
func (r *Replica) validSuffix(s LogSuffix, v ViewNumber) bool {
	if !validName(s.Name) || !validName(s.Base) || s.Base.OpNumber > s.Name.OpNumber ||
		s.Name.OpNumber-s.Base.OpNumber != OpNumber(len(s.Entries)) {
		return false
	}
	top, ok := r.sums.continues(s.Base, s.Entries, v)
	return ok && top == s.Name
}

// validLost checks that the ranges go upwards to Base at most, and that nothing lost is committed.
func validLost(m *DoViewChange) bool {
	low := LogName{}
	for i, lost := range m.Lost {
		if !validName(lost.Below) || !validName(lost.Name) ||
			lost.Name.OpNumber <= lost.Below.OpNumber || lost.Below.OpNumber < low.OpNumber ||
			i > 0 && lost.Below.OpNumber == low.OpNumber && lost.Below != low {
			return false
		}
		low = lost.Name
	}
	base := m.Log.Base
	return len(m.Lost) == 0 || m.CommitNumber <= m.Lost[0].Below.OpNumber &&
		(low.OpNumber < base.OpNumber || low == base)
}
