// SPDX-License-Identifier: Apache-2.0

package mutants

import "viewstamp/spec"

// Wrong variants of the steps of the spec. Each is the right step with one thing changed, so what
// the function does besides calling that step is the fault.

type (
	replica = spec.Replica
	message = spec.Message
	ignored = spec.Ignored
	group   = spec.Configuration
)

// cutLogKeepLastNormalView is half a fix of the paper's state transfer: the log is cut to the
// commit-number, but v′ stays and the replica waits.
func cutLogKeepLastNormalView(c group, r replica, m message) (replica, []message, ignored) {
	after, sent, why := spec.JoinView(c, r, m)
	if why == spec.Accepted {
		after.Log = after.Log.UpTo(r.CommitNumber)
	}
	return after, sent, why
}

// keepLogRaiseLastNormalView is the other half: the log stays, but the replica is Normal at once.
func keepLogRaiseLastNormalView(c group, r replica, m message) (replica, []message, ignored) {
	after, sent, why := spec.JoinView(c, r, m)
	if why == spec.Accepted {
		after.Status, after.LastNormalView = spec.Normal, after.ViewNumber
	}
	return after, sent, why
}

// appendWhileWaiting takes PREPARE of the view that the replica waits for: STARTVIEW was overtaken.
func appendWhileWaiting(c group, r replica, m spec.Prepare) (replica, []message, ignored) {
	if r.Status != spec.ViewChange || m.ViewNumber != r.ViewNumber ||
		m.OpNumber != r.OpNumber()+1 {
		return spec.OnPrepare(c, r, m)
	}
	r.Status = spec.Normal
	after, sent, why := spec.OnPrepare(c, r, m)
	after.Status = spec.ViewChange
	return after, sent, why
}

// acknowledgeOldView takes PREPARE of its last normal view though it has left that view.
func acknowledgeOldView(c group, r replica, m spec.Prepare) (replica, []message, ignored) {
	if r.Status != spec.ViewChange || m.ViewNumber != r.LastNormalView {
		return spec.OnPrepare(c, r, m)
	}
	old := r
	old.Status, old.ViewNumber = spec.Normal, m.ViewNumber
	after, sent, why := spec.OnPrepare(c, old, m)
	after.Status, after.ViewNumber = r.Status, r.ViewNumber
	return after, sent, why
}

// forgetTakenOverRequests keeps a client-table of the requests of this view only: entries that came
// with another log are not in it.
func forgetTakenOverRequests(c group, r replica, m spec.Request) (replica, []message, ignored) {
	n, e := r.Log.LastOf(m.ClientID)
	if n == 0 || e.ViewNumber == r.ViewNumber || r.Status != spec.Normal ||
		c.Primary(r.ViewNumber) != r.ReplicaNumber {
		return spec.OnRequest(c, r, m)
	}
	e.ViewNumber = r.ViewNumber
	r.Log = r.Log.Append(e)
	return r, []message{spec.Prepare{From: r.ReplicaNumber, ViewNumber: r.ViewNumber,
		Request: m, OpNumber: r.OpNumber(), CommitNumber: r.CommitNumber}}, spec.Accepted
}

// startViewTwice takes STARTVIEW of a view that it is Normal in.
func startViewTwice(c group, r replica, m spec.StartView) (replica, []message, ignored) {
	if m.ViewNumber == r.ViewNumber && c.Primary(r.ViewNumber) != r.ReplicaNumber {
		r.Status = spec.ViewChange
	}
	return spec.OnStartView(c, r, m)
}

// commitBeyondLog takes k as it comes, whether or not the log goes that far.
func commitBeyondLog(c group, r replica, m spec.Commit) (replica, []message, ignored) {
	after, sent, why := spec.OnCommit(c, r, m)
	if why == spec.Accepted || why == spec.NothingNew {
		after.CommitNumber = max(after.CommitNumber, m.CommitNumber)
		return after, sent, spec.Accepted
	}
	return after, sent, why
}

// okOfAnyView counts acknowledgements of other views.
func okOfAnyView(_ group, r replica, m message) bool {
	return m.(spec.PrepareOK).OpNumber > r.CommitNumber
}

// fPlusOne is the quorum of the paper, without the replica itself.
func fPlusOne(c group) int { return c.F() }

// oneTooFew is a quorum of others that lacks one.
func oneTooFew(c group) int { return c.Others() - 1 }

// commitAlone commits an operation that nobody else has acknowledged.
func commitAlone(c group, r replica) (replica, []message, ignored) {
	if r.OpNumber() > r.CommitNumber {
		return spec.OnPrepareOK(c, r, nil)
	}
	return spec.SendCommit(c, r)
}
