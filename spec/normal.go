// SPDX-License-Identifier: Apache-2.0

package spec

// §4.1 Normal operation.

// OnRequest is §4.1 steps 2 and 3: the primary puts a new request on top of its log and asks the
// backups to do the same. A request that is the client's latest and executed gets its reply
// again.
func OnRequest(c Configuration, r Replica, m Request) (Replica, []Message, Ignored) {
	s, n, executed := r.clientTableEntry(m.ClientID)
	switch {
	case r.Status != Normal:
		return r, nil, NotNormal
	case !r.isPrimary(c):
		return r, nil, NotPrimary
	case m.RequestNumber < max(s, 1): // Clients count from 1.
		return r, nil, StaleRequest
	case m.RequestNumber == s && !executed:
		return r, nil, RequestInProgress
	case m.RequestNumber == s:
		return r, []Message{replyTo(r, n, m.ClientID)}, Accepted
	}
	r.Log = r.Log.Append(entryOf(r.EpochNumber, r.ViewNumber, m))
	prepare := Prepare{r.ReplicaNumber, r.ViewNumber, m, r.OpNumber(), r.CommitNumber}
	return r, []Message{prepare}, Accepted
}

// OnPrepare is §4.1 step 4: a backup appends the entry that follows its log, learns what is
// committed, and acknowledges all that it has. It acknowledges an entry that it has
// already once more (D11), since the PREPAREOK may have been lost.
func OnPrepare(c Configuration, r Replica, m Prepare) (Replica, []Message, Ignored) {
	switch why := ignoreFromPrimary(c, r, m.ViewNumber); {
	case why != Accepted:
		return r, nil, why
	case m.OpNumber > r.OpNumber()+1:
		return r, nil, Gap
	case m.OpNumber <= r.OpNumber():
		return r, []Message{prepareOK(r)}, Accepted
	}
	r.Log = r.Log.Append(entryOf(r.EpochNumber, m.ViewNumber, m.Request))
	r = r.learnCommit(m.CommitNumber)
	return r, []Message{prepareOK(r)}, Accepted
}

// WantsPrepareOK: an acknowledgement counts in the view that it was given in, for all
// operations up to its op-number (D13).
func WantsPrepareOK(_ Configuration, r Replica, m Message) bool {
	return m.(PrepareOK).ViewNumber == r.ViewNumber && m.(PrepareOK).OpNumber > r.CommitNumber
}

// OnPrepareOK is §4.1 step 5: with a quorum that has an operation, the primary's own log counted,
// it is committed, and so is all below it. The primary executes and replies.
func OnPrepareOK(c Configuration, r Replica, oks []PrepareOK) (Replica, []Message, Ignored) {
	n := r.OpNumber()
	for _, ok := range oks {
		n = min(n, ok.OpNumber)
	}
	switch {
	case r.Status != Normal:
		return r, nil, NotNormal
	case !r.isPrimary(c):
		return r, nil, NotPrimary
	case n <= r.CommitNumber:
		return r, nil, AlreadyCommitted
	}
	return executeAndReply(r, n)
}

// SendCommit is §4.1 step 6: the primary says how far it has committed. It is what a backup hears
// of an idle primary.
//
// Diverges (§4.1): the paper sends it when all is committed; here it may come at any time. D14.
func SendCommit(c Configuration, r Replica) (Replica, []Message, Ignored) {
	switch {
	case r.Status != Normal:
		return r, nil, NotNormal
	case !r.isPrimary(c):
		return r, nil, NotPrimary
	}
	return r, []Message{Commit{r.ReplicaNumber, r.ViewNumber, r.CommitNumber}}, Accepted
}

// OnCommit is §4.1 step 7: a backup learns what is committed, executes it, and replies to nobody.
func OnCommit(c Configuration, r Replica, m Commit) (Replica, []Message, Ignored) {
	after := r.learnCommit(m.CommitNumber)
	switch why := ignoreFromPrimary(c, r, m.ViewNumber); {
	case why != Accepted:
		return r, nil, why
	case after == r:
		return r, nil, NothingNew
	}
	return after, nil, Accepted
}

// ignoreFromPrimary is what PREPARE and COMMIT have in common: they are for a backup that is Normal
// in the view of the message. A replica that waits for the view to start does not append
// (D10): it goes to JoinView.
func ignoreFromPrimary(c Configuration, r Replica, v ViewNumber) Ignored {
	switch {
	case v < r.ViewNumber:
		return OlderView
	case v > r.ViewNumber:
		return NewerView
	case r.Status != Normal:
		return NotNormal
	case r.isPrimary(c):
		return NotBackup
	}
	return Accepted
}

// executeAndReply commits everything up to op-number n and replies to the clients.
func executeAndReply(r Replica, n OpNumber) (Replica, []Message, Ignored) {
	var replies []Message
	for i, e := range r.Log.UpTo(n).entriesAfter(r.CommitNumber) {
		replies = append(replies, repliesOf(r, e, r.CommitNumber+1+OpNumber(i))...)
	}
	r.CommitNumber = n
	return r, replies, Accepted
}

// repliesOf answers all clients whose requests are in entry n.
func repliesOf(r Replica, e Entry, n OpNumber) []Message {
	var replies []Message
	for place, q := range e.requests() {
		replies = append(replies, Reply{r.ReplicaNumber, r.ViewNumber, q.ClientID, q.RequestNumber,
			n, place, q.Prediction})
	}
	return replies
}

// replyTo answers the client whose latest request is in entry n.
func replyTo(r Replica, n OpNumber, c ClientID) Message {
	replies := repliesOf(r, r.Log.At(n), n)
	for i := len(replies) - 1; i > 0; i-- {
		if replies[i].(Reply).ClientID == c {
			return replies[i]
		}
	}
	return replies[0]
}

// prepareOK acknowledges the whole log in the current view.
func prepareOK(r Replica) PrepareOK {
	return PrepareOK{r.ReplicaNumber, r.ViewNumber, r.OpNumber()}
}
