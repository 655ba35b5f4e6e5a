// SPDX-License-Identifier: Apache-2.0

package spec

// §5.2 State transfer, corrected.
//
// Diverges (§5.2): the paper lets a replica that hears of a later view cut its log to its
// commit-number and join that view at once. Entries that it has acknowledged are lost, and then a
// committed operation is. Here such a replica waits in status ViewChange, with its log and v′
// untouched, until the log of the view has arrived. D23, DIVERGENCE.md.

// SendGetState is §5.2 in the same view: PREPARE or COMMIT speaks of an entry that a backup does
// not have and that does not follow its log.
func SendGetState(c Configuration, r Replica, m Message) (Replica, []Message, Ignored) {
	v, n := viewNumber(m), OpNumber(0) // n: how far the log must go.
	switch m := m.(type) {
	case Prepare:
		n = m.OpNumber - 1
	case Commit:
		n = m.CommitNumber
	}
	switch why := ignoreFromPrimary(c, r, v); {
	case why != Accepted:
		return r, nil, why
	case n <= r.OpNumber():
		return r, nil, NoGap
	}
	return r, []Message{GetState{r.ReplicaNumber, v, r.OpNumber()}}, Accepted
}

// JoinView is §5.2 in a later view: PREPARE or COMMIT shows that a view has started that the
// replica has not entered. It asks for what follows its committed entries, and is from now on just
// a replica that waits for that view: it keeps its log and v′, and acknowledges nothing.
func JoinView(c Configuration, r Replica, m Message) (Replica, []Message, Ignored) {
	v := viewNumber(m)
	switch {
	case v < r.ViewNumber:
		return r, nil, OlderView
	case v == r.ViewNumber && r.Status == Normal:
		return r, nil, AlreadyNormal
	case c.Primary(v) == r.ReplicaNumber:
		return r, nil, NewPrimary
	}
	r.ViewNumber, r.Status = v, ViewChange
	return r, []Message{GetState{r.ReplicaNumber, v, r.CommitNumber}}, Accepted
}

// OnGetState answers with all that follows n′, even if that is nothing: the replica that joins
// needs the answer to enter the view (D24).
func OnGetState(_ Configuration, r Replica, m GetState) (Replica, []Message, Ignored) {
	switch {
	case m.ViewNumber < r.ViewNumber:
		return r, nil, OlderView
	case m.ViewNumber > r.ViewNumber:
		return r, nil, NewerView
	case r.Status != Normal:
		return r, nil, NotNormal
	case m.OpNumber > r.OpNumber():
		return r, nil, Gap
	}
	return r, []Message{NewState{r.ReplicaNumber, m.From, r.ViewNumber, m.OpNumber,
		r.Log.After(m.OpNumber), r.CommitNumber}}, Accepted
}

// OnNewState takes the entries. A backup appends those beyond its log. A replica that joins the
// view replaces everything above n′, which is committed up to there, and becomes Normal in
// the same write to the disk.
func OnNewState(c Configuration, r Replica, m NewState) (Replica, []Message, Ignored) {
	joins := r.Status == ViewChange
	switch {
	case m.To != r.ReplicaNumber:
		return r, nil, NotForMe
	case m.ViewNumber < r.ViewNumber:
		return r, nil, OlderView
	case m.ViewNumber > r.ViewNumber:
		return r, nil, NewerView
	case c.Primary(m.ViewNumber) == r.ReplicaNumber:
		return r, nil, NotBackup
	case joins && m.After > r.CommitNumber, !joins && m.After > r.OpNumber():
		return r, nil, Gap
	case !joins && m.After+m.Log.OpNumber() <= r.OpNumber():
		return r, nil, NothingNew
	}
	if joins {
		r = becomeNormal(r, r.Log.UpTo(m.After).Concat(m.Log)).learnCommit(m.CommitNumber)
		return r, acknowledgeUncommitted(r, m.CommitNumber), Accepted
	}
	r.Log = r.Log.Concat(m.Log.After(r.OpNumber() - m.After))
	r = r.learnCommit(m.CommitNumber)
	return r, []Message{prepareOK(r)}, Accepted
}

// AcknowledgeJoined is the protocol in which a replica that joins a view by NEWSTATE acknowledges
// all that it joined with, unless it has lost entries. OnNewState does so only above the k of the
// message. Where that k is of another backup it can be above the one that the primary knows, and
// the primary may need this acknowledgement to commit. The implementation does it so.
func AcknowledgeJoined(p Protocol) Protocol {
	do := p.Step("OnNewState").Do
	return p.Replace("OnNewState", func(c Configuration, process Process, in []Message, choice int) (
		Process, []Message, Ignored,
	) {
		after, sent, why := do(c, process, in, choice)
		if why != Accepted {
			return process, nil, why
		}
		joins := process.(Replica).Status == ViewChange
		if r := after.(Replica); joins && len(sent) == 0 && r.OpNumber() > 0 && r.Damage.Lost == 0 {
			sent = []Message{prepareOK(r)}
		}
		return after, sent, Accepted
	})
}
