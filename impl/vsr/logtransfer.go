// SPDX-License-Identifier: Apache-2.0

package vsr

import "fmt"

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
	// stops are the names above top that the message tells, upwards; the last is goal. sure is the
	// highest below that is certainly of the wanted log, or zero: see nack.go.
	stops    []LogName
	sure     LogName
	from     ReplicaNumber
	attempts int // How often it was asked without an answer.

	// state says that entries will not do: the log must begin with a checkpoint.
	state bool
	// part is the checkpoint of which not all parts are here, with its root and size; nil if none
	// is being fetched. checkpoint is the whole one: then start is its name.
	part       *Checkpoint
	root       Checksum
	size       uint64
	checkpoint *Checkpoint
}

// complete says whether all is here that the message left out.
func (f *fetch) complete() bool {
	return f.top.OpNumber >= f.goal.OpNumber && (f.checkpoint != nil || !f.state)
}

// suffixBytes is what the entries of a message may take.
func (r *Replica) suffixBytes() int { return r.cfg.MessageBytesMax - messageOverhead }

// resolve finds out how the own log becomes the one that message m names. If it lacks entries it
// begins to fetch them and returns false; the message is then taken up again by itself.
func (r *Replica) resolve(m Message, from ReplicaNumber, s LogSuffix) (tail, bool) {
	f, whole, carried := r.fetch, s, s.Base
	if f != nil && f.message == m && f.complete() {
		r.fetch = nil
		s = f.completed(s)
		// If the own log contains the checkpoint, nothing is missing below it.
		if c := f.checkpoint; c != nil && c.Name.OpNumber > r.commitNumber &&
			!r.log.has(c.Name) && !r.install(c) {
			r.forget(m)
			return tail{}, false
		}
	}
	if base := r.log.base; s.Base.OpNumber < base.OpNumber && s.Name.OpNumber >= base.OpNumber &&
		s.nameAt(base.OpNumber) == base {
		s = s.above(base.OpNumber)
	}
	switch {
	case s.Name.OpNumber < r.checkpoints.durable:
		// An old message of a view of which this replica has had a checkpoint already.
		r.drop(BelowCheckpoint)
		r.forget(m)
		return tail{}, false
	case r.log.has(s.Base):
	case s.Base.OpNumber <= r.commitNumber:
		// It differs from what is committed here.
		r.drop(LogMismatch)
		r.forget(m)
		return tail{}, false
	default:
		r.drop(LogIncomplete)
		r.startFetch(m, from, carried, false)
		if f := r.fetch; f != nil && f.message == m && f.complete() &&
			m.Kind() != KindDoViewChange {
			// Above what this replica has lost it has all of it, so no answer will come.
			return r.resolve(m, from, whole)
		}
		return tail{}, false
	}
	if len(s.Entries) != int(s.Name.OpNumber-s.Base.OpNumber) {
		panic(fmt.Sprintf("vsr: %d entries between %d and %d", len(s.Entries), s.Base.OpNumber,
			s.Name.OpNumber))
	}
	t := r.log.tail(s)
	switch {
	case t.keep < r.commitNumber:
		// What is executed cannot be undone. No correct group gets here.
		r.drop(LogMismatch)
		r.forget(m)
		return tail{}, false
	case r.tooMuch(t):
		r.drop(LogIncomplete)
		// What was fetched below the message is given up, so all up to its own Base is missing.
		r.startFetch(m, from, carried, true)
		return tail{}, false
	}
	return t, true
}

// completed is the suffix with what was fetched below it.
func (f *fetch) completed(s LogSuffix) LogSuffix {
	if f.start.OpNumber > s.Base.OpNumber {
		return s.above(f.start.OpNumber)
	}
	return LogSuffix{s.Name, f.start, append(f.entries, s.Entries...)}
}

// tooMuch says whether the disk has no room for a log above the checkpoint that it has. Half of
// the room was left for that (Config.LogBytesMax), and a log above the sender's own checkpoint
// fits.
func (r *Replica) tooMuch(t tail) bool {
	if r.cfg.LogBytesMax == 0 || r.installed != nil {
		return false
	}
	return sizeOf(r.log.after(r.log.marked, t.keep))+sizeOf(t.entries) > 2*r.cfg.LogBytesMax
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
// all of it but the end, unless it must be a state.
func (r *Replica) startFetch(m Message, from ReplicaNumber, goal LogName, state bool) {
	v := viewOf(m)
	if f := r.fetch; f != nil && !f.givesWayTo(m, v) {
		return
	}
	start := r.log.base
	if goal.OpNumber > r.log.base.OpNumber {
		start = r.log.nameAt(min(r.log.opNumber(), goal.OpNumber-1))
	}
	r.fetch = &fetch{
		message: m, viewNumber: v, goal: goal, start: start, top: start, from: from, state: state,
		stops: []LogName{goal},
	}
	r.startWithGaps()
	r.takeOwn()
	if !r.fetch.complete() {
		r.sendFetch()
	}
}

// givesWayTo says whether another message is more worth fetching for: one of a later view is, and
// of the same view another DOVIEWCHANGE that is the best one now.
func (f *fetch) givesWayTo(m Message, v ViewNumber) bool {
	if f.message == m || v < f.viewNumber {
		return false
	}
	return v > f.viewNumber || m.Kind() == KindDoViewChange
}

// sendFetch asks for what is still missing. It has no part in the protocol, so it waits for
// nothing.
func (r *Replica) sendFetch() {
	f := r.fetch
	r.armAsk(f.attempts) // Else a slow network brings the answer when nobody waits any more.
	if f.from == r.cfg.Replica {
		f.from = r.nextAfter(f.from) // The own DOVIEWCHANGE.
	}
	to := int(f.from)
	var m Message = &GetEntries{r.cfg.Replica, f.stops[0], f.top.OpNumber}
	switch {
	case f.part != nil:
		m = &GetCheckpoint{r.cfg.Replica, f.part.Name, uint64(len(f.part.State))}
	case f.state && f.checkpoint == nil:
		m = &GetCheckpoint{From: r.cfg.Replica}
	case f.inGap():
		to = toAll // Its sender does not have them.
	}
	r.leave(to, m)
}

// onGetEntries answers with as many entries as one message may hold. Which view this replica is in
// and whether the entries are durable does not matter: the name says which log it is. Entries that
// it does not have any more are in its checkpoint, which it offers instead.
func (r *Replica) onGetEntries(m *GetEntries) {
	l := r.segmentWith(m.Name, m.After)
	base := r.log.base.OpNumber
	switch {
	case l != nil:
	case m.After < base && (m.Name.OpNumber < base || r.log.has(m.Name)):
		r.sendCheckpointPart(m.From, LogName{}, 0)
		return
	default:
		r.drop(UnknownLog)
		return
	}
	entries := l.chunk(m.After, m.Name.OpNumber, r.suffixBytes())
	name := l.nameAt(m.After + OpNumber(len(entries)))
	r.leave(int(m.From), &Entries{r.cfg.Replica, name, entries})
}

// onEntries takes the next part of the log that is being fetched.
func (r *Replica) onEntries(m *Entries) {
	f, repairs := r.fetch, r.takeRepair(m)
	if f == nil || f.part != nil || f.complete() || f.state && f.checkpoint == nil ||
		f.top.OpNumber+OpNumber(len(m.Entries)) != m.Name.OpNumber ||
		m.Name.OpNumber > f.stops[0].OpNumber {
		if !repairs {
			r.drop(NotAsked)
		}
		return
	}
	top, ok := r.sums.continues(f.top, m.Entries, f.viewNumber)
	if !ok || top != m.Name || top.OpNumber == f.stops[0].OpNumber && top != f.stops[0] {
		r.drop(LogMismatch)
		if f.sure.OpNumber <= f.start.OpNumber {
			r.startLower()
		}
		return
	}
	f.entries = append(f.entries, m.Entries...)
	f.top, f.attempts = top, 0
	r.fetchCameNearer()
	r.continueFetch()
}

// fetchCameNearer puts off the next view: this one is worth waiting for.
func (r *Replica) fetchCameNearer() {
	if r.status == ViewChange {
		r.armViewChange()
	}
}

// continueFetch asks for the rest, or takes up the message if all is there.
func (r *Replica) continueFetch() {
	f := r.fetch
	if !f.reached() {
		r.drop(LogMismatch) // A checkpoint of another log.
		r.forget(f.message)
		return
	}
	r.takeOwn()
	if !f.complete() {
		r.sendFetch()
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
	k = max(k, f.sure.OpNumber)
	if f.start.OpNumber <= k || f.checkpoint != nil {
		r.forget(f.message)
		return
	}
	low := k + (f.start.OpNumber-k)/2
	if low > r.log.opNumber() {
		low = r.log.opNumber()
	}
	f.start = r.log.nameAt(low)
	f.top, f.entries = f.start, nil
	r.sendFetch()
}

// resendFetch asks the next replica, and gives up when all have been asked twice: then the message
// is lost. A checkpoint that nobody has any more is given up when all have been asked once. For
// entries that the sender of the message does not have either it asks without end.
func (r *Replica) resendFetch() {
	f := r.fetch
	f.attempts++
	switch {
	case f.inGap() && !f.complete():
		f.part = nil // All are asked, for as long as it takes.
	case f.attempts > 2*r.cfg.Replicas:
		r.forget(f.message)
		return
	case f.attempts >= r.cfg.Replicas:
		f.part = nil
	}
	if f.complete() { // All is here, and the message waits for others.
		r.armAsk(f.attempts)
		return
	}
	f.from = r.nextAfter(f.from)
	r.sendFetch()
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
