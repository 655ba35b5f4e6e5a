// SPDX-License-Identifier: Apache-2.0

package vsr

import "slices"

// §4.2 View changes.

// sendStartViewChange is §4.2 step 1 by the timer: a backup has not heard from the primary, or a
// view has not started in time. The replica goes to the next view. A primary does not depose itself
// (D15).
func (r *Replica) sendStartViewChange() {
	if r.mustSaveRoom() {
		r.armTimeout()
		return
	}
	r.enterViewChange(r.viewNumber + 1)
	r.step("SendStartViewChange", nil)
}

// onLaterView is §4.2 step 1 by a message: STARTVIEWCHANGE or DOVIEWCHANGE of a later view takes
// the replica into that view. It returns whether the message is of the current view now.
func (r *Replica) onLaterView(m Message, v ViewNumber) bool {
	switch {
	case v < r.viewNumber:
		r.ignore("OnLaterView", OlderView, m)
		return false
	case v > r.viewNumber && r.mustSaveRoom():
		r.drop(Damaged)
		return false
	case v > r.viewNumber:
		r.enterViewChange(v)
		r.step("OnLaterView", m)
	}
	return true
}

// onStartViewChange is §4.2 step 2: enough others want the view; the replica gives its log to the
// new primary, which may be itself. From here on it acknowledges nothing of an earlier view.
func (r *Replica) onStartViewChange(m *StartViewChange) {
	if !r.onLaterView(m, m.ViewNumber) {
		return
	}
	if r.status != ViewChange {
		r.ignore("OnStartViewChange", NotInViewChange, m)
		r.resendStartView(m.From)
		return
	}
	r.quorum.startViewChanges[m.From] = true
	received := r.quorum.startViewChangesOf(r.cfg.Others(), r.viewNumber)
	if received == nil || r.sent.doViewChange != nil {
		r.drop(BelowQuorum)
		return
	}
	if r.abstains {
		r.drop(Damaged)
		return
	}
	suffix, lost := r.voteLog()
	r.sent.doViewChange = &DoViewChange{
		From: r.cfg.Replica, ViewNumber: r.viewNumber, Log: suffix,
		LastNormalView: r.lastNormalView, CommitNumber: r.commitNumber,
		HeadUnknown: r.headUnknown, Lost: lost,
	}
	r.sendDurable(int(r.primary()), r.sent.doViewChange)
	r.stepOfQuorum("OnStartViewChange", received)
}

// onDoViewChange remembers a DOVIEWCHANGE at the new primary.
func (r *Replica) onDoViewChange(m *DoViewChange) {
	if !r.onLaterView(m, m.ViewNumber) {
		return
	}
	switch {
	case !r.isPrimary():
		r.ignore("OnDoViewChange", NotNewPrimary, m)
	case r.status == Normal:
		r.ignore("OnDoViewChange", AlreadyNormal, m)
		r.resendStartView(m.From)
	case sameDoViewChange(r.quorum.doViewChanges[m.From], m):
		r.drop(BelowQuorum) // Sent again. The first one may be waiting for its log already.
	default:
		r.quorum.doViewChanges[m.From] = m
		if _, why := r.quorum.doViewChangesOf(r.cfg); why != Accepted {
			r.drop(why)
		}
	}
}

// tryOnDoViewChange is §4.2 steps 3 and 4, the step OnDoViewChange: with a quorum of DOVIEWCHANGE,
// its own durable one among them (D17), the new primary takes the log of the largest v′, among
// these the longest, and the largest commit-number of them all. It starts the view, and executes
// and replies to what it learned to be committed. With heads that are not known, or entries that
// are lost, it may take more than a quorum (see quorum.go, nack.go).
func (r *Replica) tryOnDoViewChange() {
	chosen, message, why := r.chooseLog()
	if why != Accepted {
		return
	}
	if chosen = r.covering(chosen, message); chosen == nil {
		r.drop(LogMismatch)
		r.fetch = nil
		return
	}
	k := r.commitNumber
	for _, m := range chosen {
		k = max(k, m.CommitNumber)
	}
	if k > message.Log.Name.OpNumber {
		r.drop(LogMismatch) // The group has lost what it committed: nothing here is safe to do.
		r.quorum.doViewChanges[message.From] = nil
		return
	}
	tail, ok := r.resolve(message, message.From, message.Log)
	if !ok {
		return
	}
	r.becomeNormal(r.viewNumber, tail)
	n := r.log.opNumber()
	r.sent.startView = &StartView{
		From: r.cfg.Replica, ViewNumber: r.viewNumber,
		Log: r.log.suffix(belowCommit(k), n, r.suffixBytes()), CommitNumber: k,
	}
	r.sendDurable(toAll, r.sent.startView)
	for _, reply := range r.executeAndReply(k) {
		// A client waits for the reply to its latest request only. After a restart there can be
		// many older ones.
		if record := r.clientTable.of(reply.ClientID); record != nil &&
			record.latest.opNumber == reply.OpNumber {
			r.sendDurable(toClient, reply)
		}
	}
	if r.cfg.Trace {
		received := make([]Message, len(chosen))
		for i, m := range chosen {
			received[i] = m
		}
		switch len(chosen) - r.cfg.Quorum() {
		case 1:
			r.stepOfQuorum("OnOneMoreDoViewChange", received)
		case 2:
			r.stepOfQuorum("OnTwoMoreDoViewChange", received)
		default:
			r.stepOfQuorum("OnDoViewChange", received)
		}
	}
}

// onStartView is §4.2 step 5: the replica takes the log of the view that has started, and
// acknowledges what is not committed yet. A view that has started here already is not started again
// (D18): its log has grown since.
func (r *Replica) onStartView(m *StartView) {
	switch {
	case m.ViewNumber < r.viewNumber:
		r.ignore("OnStartView", OlderView, m)
		return
	case m.ViewNumber == r.viewNumber && r.status == Normal:
		r.ignore("OnStartView", AlreadyNormal, m)
		r.resendPrepareOK()
		return
	}
	tail, ok := r.resolve(m, m.From, m.Log)
	if !ok {
		return
	}
	r.becomeNormal(m.ViewNumber, tail)
	r.learnCommit(m.CommitNumber)
	r.acknowledgeUncommitted(m.CommitNumber)
	r.step("OnStartView", m)
}

// enterViewChange leaves the current view for v. The log and v′ stay as they are.
func (r *Replica) enterViewChange(v ViewNumber) {
	r.waitFor(v)
	r.sent.startViewChange = &StartViewChange{r.cfg.Replica, v}
	r.sendDurable(toAll, r.sent.startViewChange)
}

// waitFor makes the replica wait for view v, on the disk as well (D6).
func (r *Replica) waitFor(v ViewNumber) {
	r.enterView(v)
	r.status = ViewChange
	r.write(r.log.opNumber())
	r.armViewChange()
}

// enterView forgets what belongs to the view that the replica leaves.
func (r *Replica) enterView(v ViewNumber) {
	r.viewNumber = v
	r.quorum.reset()
	r.sent = sent{}
	if r.fetch != nil && r.fetch.viewNumber < v {
		r.fetch = nil
	}
}

// becomeNormal holds the log of view v, and only so becomes Normal in it: both are one write to the
// disk (5.6, 5.7). The client-table follows the log (D3).
func (r *Replica) becomeNormal(v ViewNumber, t tail) {
	r.enterView(v)
	r.fetch, r.damage, r.headUnknown, r.abstains = nil, nil, false, false
	r.status, r.lastNormalView = Normal, v
	r.takeTail(t)
	r.armNormal()
}

// takeTail replaces the log above t.keep, in the memory, the client-table and on the disk.
func (r *Replica) takeTail(t tail) {
	r.clientTable.replace(&r.log, r.commitNumber, t.keep, t.entries)
	r.log.replace(t.keep, t.entries)
	r.write(t.keep)
}

// acknowledgeUncommitted sends PREPAREOK if the log goes beyond k (D19).
func (r *Replica) acknowledgeUncommitted(k OpNumber) {
	if r.log.opNumber() > k {
		r.sendPrepareOK()
	}
}

// resendStartView answers a replica that waits for a view that has started here (D16).
func (r *Replica) resendStartView(to ReplicaNumber) {
	if r.sent.startView != nil {
		r.resend(int(to), r.sent.startView)
	}
}

// belowCommit is where the entries of DOVIEWCHANGE and STARTVIEW begin. What is committed here the
// others mostly have; the last of it is on its way to some of them, and cheaper to send than to
// have fetched.
func belowCommit(k OpNumber) OpNumber { return k - min(k, suffixMargin) }

// sameDoViewChange says whether two DOVIEWCHANGE of one sender and view are the same message.
func sameDoViewChange(a, b *DoViewChange) bool {
	return a != nil && a.Log.Name == b.Log.Name && a.LastNormalView == b.LastNormalView &&
		a.CommitNumber == b.CommitNumber && a.HeadUnknown == b.HeadUnknown &&
		slices.Equal(a.Lost, b.Lost)
}
