// SPDX-License-Identifier: Apache-2.0

package vsr

import "slices"

// §4.1 Normal operation.

// onRequest is §4.1 steps 2 and 3: the primary puts a new request on top of its log, with the time
// for its execution (§4.4), and asks the backups to do the same. A request that is the client's
// latest and executed gets its reply again.
func (r *Replica) onRequest(now Timestamp, m *Request) {
	record := r.clientTable.of(m.ClientID)
	switch {
	case r.status != Normal:
		r.ignore("OnRequest", NotNormal, m)
		return
	case !r.isPrimary():
		r.ignore("OnRequest", NotPrimary, m)
		return
	case r.mayBeEvicted(m):
		r.refuseRequest(m, Evicted)
		return
	case record == nil || m.RequestNumber > record.latest.requestNumber:
		r.prepare(now, m)
		return
	case m.RequestNumber < record.latest.requestNumber:
		r.ignore("OnRequest", StaleRequest, m)
		return
	case record.latest != record.executed:
		r.ignore("OnRequest", RequestInProgress, m)
		return
	}
	r.sendNow(toClient, &Reply{
		From: r.cfg.Replica, ViewNumber: r.viewNumber, ClientID: m.ClientID,
		RequestNumber: m.RequestNumber, OpNumber: record.executed.opNumber,
		Result: record.result,
	})
	r.step("OnRequest", m)
}

// prepare is the part of OnRequest for a new request.
func (r *Replica) prepare(now Timestamp, m *Request) {
	n := r.log.opNumber()
	switch {
	case r.Uncommitted() >= r.cfg.PipelineMax:
		r.refuseRequest(m, PipelineFull)
		return
	case r.logFull(entryOverhead + len(m.Operation)):
		r.refuseRequest(m, DiskBehind)
		return
	case r.hearsNobody():
		r.refuseRequest(m, HearsNobody)
		return
	}
	if n == r.commitNumber {
		r.armResend() // Nothing was under way until now.
	}
	now = max(now, r.log.timestamp())
	parent := r.log.name()
	e := Entry{
		ViewNumber: r.viewNumber, ClientID: m.ClientID, RequestNumber: m.RequestNumber,
		Timestamp: now, Operation: m.Operation,
	}
	e.Checksum = r.sums.of(parent.Checksum, &e)
	r.appendEntry(e)
	prepare := r.memory.prepares.put(
		Prepare{r.cfg.Replica, r.viewNumber, parent, e, r.commitNumber}, len(e.Operation))
	r.sent.prepares = append(r.sent.prepares, prepare)
	r.sendNow(toAll, prepare)
	r.step("OnRequest", m)
}

// onPrepare is §4.1 step 4: a backup appends the entry that follows its log, learns what is
// committed, and acknowledges all that it has once it is durable. It acknowledges an entry that it
// has already once more (D11), since the PREPAREOK may have been lost.
func (r *Replica) onPrepare(m *Prepare) {
	n := m.Parent.OpNumber + 1
	switch why := r.ignoreFromPrimary(m.ViewNumber); {
	case why == NewerView, why == NotNormal:
		r.joinView(m, m.ViewNumber)
		return
	case why != Accepted:
		r.ignore("OnPrepare", why, m)
		return
	}
	r.heardFromPrimary()
	switch {
	case r.damage != nil:
		r.drop(Damaged)
		return
	case n > r.log.opNumber()+1:
		r.sendGetState(m, n-1)
		return
	case n <= r.log.base.OpNumber:
		r.drop(AlreadyCommitted)
		return
	case n <= r.log.opNumber():
		if r.log.at(n).Checksum != m.Entry.Checksum {
			r.drop(LogMismatch)
			return
		}
		r.sendPrepareOK()
		r.step("OnPrepare", m)
		return
	case m.Parent != r.log.name():
		r.drop(LogMismatch)
		return
	case r.log.opNumber()-r.held.durable >= OpNumber(2*r.cfg.PipelineMax):
		// The group goes on without this disk; waiting messages must not fill the memory.
		r.drop(DiskBehind)
		return
	case r.logFull(entryBytes(&m.Entry)):
		r.drop(DiskBehind)
		return
	}
	r.appendEntry(m.Entry)
	r.learnCommit(m.CommitNumber)
	r.sendPrepareOK()
	r.step("OnPrepare", m)
}

// onPrepareOK remembers an acknowledgement. It counts in the view that it was given in, for all
// operations up to its op-number (D13). One that does not count makes no event: answerHeartbeat
// can have sent it outside of a step.
func (r *Replica) onPrepareOK(m *PrepareOK) {
	switch {
	case m.ViewNumber < r.viewNumber:
		r.drop(OlderView)
		return
	case m.ViewNumber > r.viewNumber:
		r.drop(NewerView)
		return
	case r.status != Normal:
		r.drop(NotNormal)
		return
	case !r.isPrimary():
		r.drop(NotPrimary)
		return
	case m.OpNumber <= r.commitNumber:
		r.drop(AlreadyCommitted) // They come late as a matter of course.
		r.quorum.heard(m.From, m.OpNumber)
		return
	case m.OpNumber > r.log.opNumber():
		r.drop(Malformed)
		return
	}
	r.quorum.acknowledge(m.From, m.OpNumber)
	r.tryOnPrepareOK()
}

// tryOnPrepareOK is §4.1 step 5, the step OnPrepareOK: with a quorum that has an operation, the
// primary's own durable log counted, it is committed, and so is all below it. The primary
// executes and replies.
func (r *Replica) tryOnPrepareOK() {
	if r.status != Normal || !r.isPrimary() {
		return
	}
	others := r.cfg.Others()
	n := r.quorum.committable(others, r.held.durable)
	if n <= r.commitNumber {
		return
	}
	var received []Message
	if r.cfg.Trace {
		received = r.quorum.prepareOKs(others, r.viewNumber, n)
	}
	for _, reply := range r.executeAndReply(n) {
		r.sendNow(toClient, reply)
	}
	r.armResend()
	r.stepOfQuorum("OnPrepareOK", received)
}

// sendCommit is §4.1 step 6: the primary says how far it has committed. It is what a backup hears
// of an idle primary. What it has said already is no new step.
func (r *Replica) sendCommit() {
	r.armHeartbeat()
	last := r.sent.commit
	if last != nil && last.CommitNumber == r.commitNumber {
		r.resend(toAll, last)
		return
	}
	r.sent.commit = &Commit{r.cfg.Replica, r.viewNumber, r.commitNumber}
	r.sendNow(toAll, r.sent.commit)
	r.step("SendCommit", nil)
}

// onCommit is §4.1 step 7: a backup learns what is committed, executes it, and replies to nobody.
// If it lacks entries it asks for them.
func (r *Replica) onCommit(m *Commit) {
	switch why := r.ignoreFromPrimary(m.ViewNumber); {
	case why == NewerView, why == NotNormal:
		r.joinView(m, m.ViewNumber)
		return
	case why != Accepted:
		r.ignore("OnCommit", why, m)
		return
	}
	r.heardFromPrimary()
	if r.damage != nil {
		r.drop(Damaged)
		return
	}
	r.answerHeartbeat()
	gap := m.CommitNumber > r.log.opNumber()
	if r.learnCommit(m.CommitNumber) {
		r.step("OnCommit", m)
	} else if !gap {
		r.ignore("OnCommit", NothingNew, m)
	}
	if gap {
		r.sendGetState(m, m.CommitNumber)
	}
}

// ignoreFromPrimary is what PREPARE and COMMIT have in common: they are for a backup that is Normal
// in the view of the message. A replica that waits for the view to start does not append (D10): it
// goes to joinView.
func (r *Replica) ignoreFromPrimary(v ViewNumber) Ignored {
	switch {
	case v < r.viewNumber:
		return OlderView
	case v > r.viewNumber:
		return NewerView
	case r.status != Normal:
		return NotNormal
	case r.isPrimary():
		return NotBackup
	}
	return Accepted
}

// appendEntry puts an entry on top of the log, in the memory, the client-table and the disk.
func (r *Replica) appendEntry(e Entry) {
	n := r.log.opNumber()
	r.log.append(e)
	r.clientTable.add(&e, n+1)
	r.write(n)
}

// learnCommit raises the commit-number to k, or as far as the log goes (D12), and executes the
// operations in between. It returns whether there were any.
func (r *Replica) learnCommit(k OpNumber) bool {
	k = min(k, r.log.opNumber())
	if k <= r.commitNumber {
		return false
	}
	for r.commitNumber < k {
		r.execute()
	}
	return true
}

// executeAndReply commits everything up to op-number n and returns the replies to the clients. The
// list is good until the next call.
func (r *Replica) executeAndReply(n OpNumber) []*Reply {
	if n <= r.commitNumber {
		return nil
	}
	clear(r.memory.list)
	list := r.memory.list[:0]
	for r.commitNumber < n {
		e, result := r.execute()
		list = append(list, r.memory.replies.put(Reply{
			From: r.cfg.Replica, ViewNumber: r.viewNumber, ClientID: e.ClientID,
			RequestNumber: e.RequestNumber, OpNumber: r.commitNumber, Result: result,
		}, len(result)))
	}
	r.memory.list = list
	r.forgetCommitted()
	return list
}

// execute commits and executes the next entry.
func (r *Replica) execute() (*Entry, []byte) {
	r.commitNumber++
	e := r.log.at(r.commitNumber)
	result := r.service.Execute(e.Timestamp, e.Operation)
	r.clientTable.execute(e, r.commitNumber, result, &r.cfg)
	r.checkpointIfDue(e)
	return e, result
}

// forgetCommitted drops what is kept only for entries that are not committed.
func (r *Replica) forgetCommitted() {
	r.quorum.committed(r.commitNumber)
	prepares, done := r.sent.prepares, 0
	for done < len(prepares) && prepares[done].Parent.OpNumber < r.commitNumber {
		done++
	}
	r.sent.prepares = slices.Delete(prepares, 0, done) // In place.
}

// sendPrepareOK acknowledges the whole log in the current view, once it is durable. It takes the
// place of a PREPAREOK that waits for the same write and would leave together with it.
func (r *Replica) sendPrepareOK() {
	m := r.memory.prepareOKs.put(
		PrepareOK{r.cfg.Replica, r.viewNumber, r.log.opNumber()}, 0)
	if h := &r.held; h.endsWith(m) {
		h.queue[len(h.queue)-1].message = m
		r.trace(m)
		return
	}
	r.sendDurable(int(r.primary()), m)
}
