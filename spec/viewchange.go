// SPDX-License-Identifier: Apache-2.0

package spec

// §4.2 View changes.

// SendStartViewChange is §4.2 step 1 by the timer: a backup has not heard from the primary, or a
// view has not started in time. The replica goes to the next view. A primary does not depose
// itself (D15).
func SendStartViewChange(c Configuration, r Replica) (Replica, []Message, Ignored) {
	if r.Status == Normal && r.isPrimary(c) {
		return r, nil, NotBackup
	}
	return enterViewChange(r, r.ViewNumber+1)
}

// OnLaterView is §4.2 step 1 by a message: STARTVIEWCHANGE or DOVIEWCHANGE of a later view takes
// the replica into that view.
func OnLaterView(_ Configuration, r Replica, m Message) (Replica, []Message, Ignored) {
	if viewNumber(m) <= r.ViewNumber {
		return r, nil, OlderView
	}
	return enterViewChange(r, viewNumber(m))
}

// WantsStartViewChange: it counts towards the view that it names.
func WantsStartViewChange(_ Configuration, r Replica, m Message) bool {
	return m.(StartViewChange).ViewNumber == r.ViewNumber
}

// OnStartViewChange is §4.2 step 2: enough others want the view; the replica gives its log to the
// new primary, which may be itself. From here on it acknowledges nothing of an earlier view.
func OnStartViewChange(_ Configuration, r Replica, _ []StartViewChange) (
	Replica, []Message, Ignored,
) {
	if r.Status != ViewChange {
		return r, nil, NotInViewChange
	}
	return r, []Message{DoViewChange{
		r.ReplicaNumber, r.ViewNumber, r.Log, r.LastNormalView, r.CommitNumber,
		r.CrashVector, 0, r.Damage.HeadUnknown}}, Accepted
}

// WantsDoViewChange: it counts towards the view that it names.
func WantsDoViewChange(_ Configuration, r Replica, m Message) bool {
	return m.(DoViewChange).ViewNumber == r.ViewNumber
}

// OnDoViewChange is §4.2 steps 3 and 4: with a quorum of DOVIEWCHANGE the new primary takes the log
// of the largest v′, among these the longest, and the largest commit-number of them all. It
// starts the view, and executes and replies to what it learned to be committed.
//
// Diverges (§4.2): its own DOVIEWCHANGE must be one of them (D17), so it is in the view already.
func OnDoViewChange(c Configuration, r Replica, quorum []DoViewChange) (
	Replica, []Message, Ignored,
) {
	switch {
	case c.Primary(r.ViewNumber) != r.ReplicaNumber:
		return r, nil, NotNewPrimary
	case r.Status == Normal:
		return r, nil, AlreadyNormal
	}
	best, k := quorum[0], r.CommitNumber
	for _, m := range quorum {
		k = max(k, m.CommitNumber)
		if m.LastNormalView > best.LastNormalView ||
			m.LastNormalView == best.LastNormalView && m.Log.OpNumber() > best.Log.OpNumber() {
			best = m
		}
	}
	return startView(r, best.Log, k)
}

// OnStartView is §4.2 step 5: the replica takes the log of the view that has started, and
// acknowledges what is not committed yet. A view that has started here already is not started
// again (D18): its log has grown since.
func OnStartView(_ Configuration, r Replica, m StartView) (Replica, []Message, Ignored) {
	switch {
	case m.ViewNumber < r.ViewNumber:
		return r, nil, OlderView
	case m.ViewNumber == r.ViewNumber && r.Status == Normal:
		return r, nil, AlreadyNormal
	}
	r.ViewNumber = m.ViewNumber
	r = becomeNormal(r, m.Log).learnCommit(m.CommitNumber)
	return r, acknowledgeUncommitted(r, m.CommitNumber), Accepted
}

// enterViewChange leaves the current view for v. The log and v′ stay as they are.
func enterViewChange(r Replica, v ViewNumber) (Replica, []Message, Ignored) {
	r.ViewNumber, r.Status = v, ViewChange
	return r, []Message{StartViewChange{r.ReplicaNumber, v, r.CrashVector}}, Accepted
}

// startView makes r the primary of the view that it waits for, with this log.
func startView(r Replica, l Log, k OpNumber) (Replica, []Message, Ignored) {
	r = becomeNormal(r, l)
	sent := []Message{StartView{r.ReplicaNumber, r.ViewNumber, l, k}}
	r, replies, _ := executeAndReply(r, k)
	return r, append(sent, replies...), Accepted
}

// becomeNormal holds the log of the current view, and only so becomes Normal in it: both are one
// write to the disk (5.6, 5.7).
func becomeNormal(r Replica, l Log) Replica {
	r.Log, r.Status, r.LastNormalView = l, Normal, r.ViewNumber
	return r
}

// acknowledgeUncommitted sends PREPAREOK if the log goes beyond k (D19).
func acknowledgeUncommitted(r Replica, k OpNumber) []Message {
	if r.OpNumber() > k {
		return []Message{prepareOK(r)}
	}
	return nil
}
