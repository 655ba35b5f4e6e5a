// SPDX-License-Identifier: Apache-2.0

package vsr

// Long logs. DOVIEWCHANGE, STARTVIEW and NEWSTATE stand for a whole log, and carry its name and its
// last entries. Nearly always the receiver has the rest. If not, it holds the message back and
// fetches what lies in between with GETENTRIES and ENTRIES; to the spec the message is simply slow.
// A log is known by its name, so any replica that holds it may answer, and what comes is checked.

// tail says how the own log becomes the named one: the entries up to keep stay, these follow.
type tail struct {
	keep    OpNumber
	entries []Entry
}

// fetch is the log that is being fetched.
type fetch struct {
	message    Message // The message that is held back.
	viewNumber ViewNumber
	goal       LogName // Base of the message's suffix: so far the entries must go.
	start      LogName // The part of the own log that they follow, as we hope.
	entries    []Entry
	top        LogName // The name of start with the entries on top.
	from       ReplicaNumber
	attempts   int // How often it was asked without an answer.
}

// suffixBytes is what the entries of a message may take.
func (r *Replica) suffixBytes() int { return r.cfg.MessageBytesMax - messageOverhead }

// resolve finds out how the own log becomes the one that message m names. If it lacks entries it
// begins to fetch them and returns false; the message is then taken up again by itself.
func (r *Replica) resolve(m Message, from ReplicaNumber, s LogSuffix) (tail, bool) {
	f, goal := r.fetch, s.Base
	if f != nil && f.message == m && f.top == f.goal {
		r.fetch = nil
		s = LogSuffix{s.Name, f.start, append(f.entries, s.Entries...)}
	}
	if r.log.has(s.Base) {
		t := r.log.tail(s)
		if t.keep < r.commitNumber {
			// What is executed cannot be undone. No correct group gets here.
			r.drop(LogMismatch)
			r.forget(m)
			return tail{}, false
		}
		return t, true
	}
	r.drop(LogIncomplete)
	r.startFetch(m, from, goal)
	return tail{}, false
}

// tail compares the log with a suffix whose Base it has: what is equal is kept.
func (l *log) tail(s LogSuffix) tail {
	keep := s.Base.OpNumber
	for keep < min(l.opNumber(), s.Name.OpNumber) &&
		l.at(keep+1).Checksum == s.Entries[keep-s.Base.OpNumber].Checksum {
		keep++
	}
	return tail{keep, s.Entries[keep-s.Base.OpNumber:]}
}

// startFetch begins to fetch the log named goal for message m, which is held back. It hopes to have
// all of it but the end.
func (r *Replica) startFetch(m Message, from ReplicaNumber, goal LogName) {
	v := viewOf(m)
	if f := r.fetch; f != nil && !f.givesWayTo(m, v) {
		return
	}
	if goal.OpNumber <= r.commitNumber {
		r.drop(LogMismatch) // It differs from what is committed here.
		r.forget(m)
		return
	}
	start := r.log.nameAt(min(r.log.opNumber(), goal.OpNumber-1))
	r.fetch = &fetch{
		message: m, viewNumber: v, goal: goal, start: start, top: start, from: from,
	}
	r.sendGetEntries()
}

// givesWayTo says whether another message is more worth fetching for: one of a later view is, and
// of the same view another DOVIEWCHANGE that is the best one now.
func (f *fetch) givesWayTo(m Message, v ViewNumber) bool {
	if f.message == m || v < f.viewNumber {
		return false
	}
	return v > f.viewNumber || m.Kind() == KindDoViewChange
}

// sendGetEntries asks for what is still missing. It has no part in the protocol, so it waits for
// nothing.
func (r *Replica) sendGetEntries() {
	f := r.fetch
	r.armAsk(f.attempts) // Else a slow network brings the answer when nobody waits any more.
	r.leave(int(f.from), &GetEntries{r.cfg.Replica, f.goal, f.top.OpNumber})
}

// onGetEntries answers with as many entries as one message may hold. Which view this replica is in
// and whether the entries are durable does not matter: the name says which log it is.
func (r *Replica) onGetEntries(m *GetEntries) {
	if !r.log.has(m.Name) {
		r.drop(UnknownLog)
		return
	}
	entries := r.log.chunk(m.After, m.Name.OpNumber, r.suffixBytes())
	name := r.log.nameAt(m.After + OpNumber(len(entries)))
	r.leave(int(m.From), &Entries{r.cfg.Replica, name, entries})
}

// onEntries takes the next part of the log that is being fetched.
func (r *Replica) onEntries(m *Entries) {
	f := r.fetch
	if f == nil || f.top.OpNumber+OpNumber(len(m.Entries)) != m.Name.OpNumber ||
		m.Name.OpNumber > f.goal.OpNumber {
		r.drop(NotAsked)
		return
	}
	top, ok := r.sums.continues(f.top, m.Entries, f.viewNumber)
	if !ok || top != m.Name || top.OpNumber == f.goal.OpNumber && top != f.goal {
		r.drop(LogMismatch)
		r.startLower()
		return
	}
	f.entries = append(f.entries, m.Entries...)
	f.top, f.attempts = top, 0
	if r.status == ViewChange {
		r.armViewChange() // The view comes nearer. It is worth waiting for.
	}
	if f.top != f.goal {
		r.sendGetEntries()
		return
	}
	switch held := f.message.(type) {
	case *StartView:
		r.onStartView(held)
	case *NewState:
		r.onNewState(held)
	}
	// A DOVIEWCHANGE is taken up by settle.
}

// startLower begins again further below: the own log differs from the wanted one where it was hoped
// to be the same. What is committed is the same in both.
func (r *Replica) startLower() {
	f, k := r.fetch, r.commitNumber
	if f.start.OpNumber <= k {
		r.forget(f.message)
		return
	}
	low := k + (f.start.OpNumber-k)/2
	if low > r.log.opNumber() {
		low = r.log.opNumber()
	}
	f.start = r.log.nameAt(low)
	f.top, f.entries = f.start, nil
	r.sendGetEntries()
}

// resendGetEntries asks the next replica, and gives up when all have been asked twice: then the
// message is lost.
func (r *Replica) resendGetEntries() {
	f := r.fetch
	f.attempts++
	if f.attempts > 2*r.cfg.Replicas {
		r.forget(f.message)
		return
	}
	f.from = r.nextAfter(f.from)
	r.sendGetEntries()
}

// forget gives up a message whose log cannot be completed, as if it had been lost.
func (r *Replica) forget(m Message) {
	if r.fetch != nil && r.fetch.message == m {
		r.fetch = nil
	}
	if d, ok := m.(*DoViewChange); ok && r.quorum.doViewChanges[d.From] == d {
		r.quorum.doViewChanges[d.From] = nil
	}
}

// nextAfter is the next other replica in the circle.
func (r *Replica) nextAfter(i ReplicaNumber) ReplicaNumber {
	for {
		i = ReplicaNumber((int(i) + 1) % r.cfg.Replicas)
		if i != r.cfg.Replica {
			return i
		}
	}
}

// viewOf is the view of a message that stands for a log.
func viewOf(m Message) ViewNumber {
	switch m := m.(type) {
	case *DoViewChange:
		return m.ViewNumber
	case *StartView:
		return m.ViewNumber
	case *NewState:
		return m.ViewNumber
	}
	return 0
}
