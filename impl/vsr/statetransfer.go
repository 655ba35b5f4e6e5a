// SPDX-License-Identifier: Apache-2.0

package vsr

// §5.2 State transfer, corrected (D23): a replica that hears of a later view keeps its log and v′
// until the log of that view has arrived.

// sendGetState is §5.2 in the same view: PREPARE or COMMIT speaks of an entry, n, that a backup
// does not have and that does not follow its log. While an answer is on its way it asks no more.
func (r *Replica) sendGetState(m Message, n OpNumber) {
	if n <= r.log.opNumber() {
		r.ignore("SendGetState", NoGap, m)
		return
	}
	if r.sent.getState != nil || r.fetch != nil {
		r.drop(AlreadyAsked)
		return
	}
	r.askForState(r.log.opNumber())
	r.step("SendGetState", m)
}

// joinView is §5.2 in a later view: PREPARE or COMMIT shows that a view has started that the
// replica has not entered. It asks for what follows its committed entries, and is from now on just
// a replica that waits for that view: it keeps its log and v′, and acknowledges nothing.
func (r *Replica) joinView(m Message, v ViewNumber) {
	asked := r.sent.getState != nil || r.fetch != nil && r.fetch.viewNumber == v
	if v > r.viewNumber {
		r.waitFor(v)
	} else if asked {
		r.heardFromPrimary()
		r.drop(AlreadyAsked)
		return
	}
	r.askForState(r.commitNumber)
	r.step("JoinView", m)
}

// askForState sends GETSTATE for what follows n, to the primary first.
func (r *Replica) askForState(n OpNumber) {
	r.sent.getState = &GetState{r.cfg.Replica, r.viewNumber, n}
	r.sent.getStateTo = r.primary()
	r.armAsk(0)
	r.sendDurable(int(r.sent.getStateTo), r.sent.getState)
}

// onGetState answers with all that follows n′, even if that is nothing: the replica that joins
// needs the answer to enter the view (D24).
func (r *Replica) onGetState(m *GetState) {
	n := r.log.opNumber()
	switch {
	case r.damage != nil:
		r.drop(Damaged)
		return
	case m.ViewNumber < r.viewNumber:
		r.ignore("OnGetState", OlderView, m)
		return
	case m.ViewNumber > r.viewNumber:
		r.ignore("OnGetState", NewerView, m)
		return
	case r.status != Normal:
		r.ignore("OnGetState", NotNormal, m)
		return
	case m.OpNumber > n:
		r.ignore("OnGetState", Gap, m)
		return
	}
	r.sendDurable(int(m.From), &NewState{
		From: r.cfg.Replica, To: m.From, ViewNumber: r.viewNumber, After: m.OpNumber,
		Log: r.log.suffix(m.OpNumber, n, r.suffixBytes()), CommitNumber: r.commitNumber,
	})
	r.step("OnGetState", m)
}

// onNewState takes the entries. A backup appends those beyond its log. A replica that joins the
// view replaces everything above n′, which is committed up to there, and becomes Normal in the same
// write to the disk.
func (r *Replica) onNewState(m *NewState) {
	joins := r.status == ViewChange
	if !joins && r.damage != nil {
		r.drop(Damaged)
		return
	}
	if why := r.ignoreNewState(m, joins); why != Accepted {
		r.ignore("OnNewState", why, m)
		if why == NothingNew {
			r.sent.getState = nil
		}
		return
	}
	tail, ok := r.resolve(m, m.From, m.Log)
	if !ok {
		return
	}
	switch {
	case joins:
		r.becomeNormal(r.viewNumber, tail)
		r.learnCommit(m.CommitNumber)
		if r.log.opNumber() > 0 {
			r.sendPrepareOK() // Also where all of it is committed: AcknowledgeJoined in spec.
		}
	case tail.keep != r.log.opNumber():
		r.drop(LogMismatch) // Two logs of one view that differ.
		return
	default:
		r.sent.getState = nil
		r.takeTail(tail)
		r.learnCommit(m.CommitNumber)
		r.sendPrepareOK()
		r.heardFromPrimary()
	}
	r.step("OnNewState", m)
}

// ignoreNewState is the guards of OnNewState.
func (r *Replica) ignoreNewState(m *NewState, joins bool) Ignored {
	switch {
	case m.To != r.cfg.Replica:
		return NotForMe
	case m.ViewNumber < r.viewNumber:
		return OlderView
	case m.ViewNumber > r.viewNumber:
		return NewerView
	case r.isPrimary():
		return NotBackup
	case joins && m.After > r.commitNumber, !joins && m.After > r.log.opNumber():
		return Gap
	case !joins && m.Log.Name.OpNumber <= r.log.opNumber():
		return NothingNew
	}
	return Accepted
}
