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

// chooseLog is OnDoViewChange with another rule for which log is the best.
func chooseLog(better func(a, b spec.DoViewChange) bool) spec.Do {
	return spec.ByQuorum(func(c group, r replica, quorum []spec.DoViewChange) (
		replica, []message, ignored,
	) {
		best := quorum[0]
		for _, m := range quorum {
			if better(m, best) {
				best = m
			}
		}
		for i := range quorum { // All have that log now, so the right rule takes it.
			quorum[i].Log, quorum[i].LastNormalView = best.Log, best.LastNormalView
		}
		return spec.OnDoViewChange(c, r, quorum)
	})
}

// longest is the largest n, whatever v′ is.
func longest(a, b spec.DoViewChange) bool { return a.Log.OpNumber() > b.Log.OpNumber() }

// latestView is the largest v′, whatever n is; on a tie the replica's own log wins.
func latestView(a, b spec.DoViewChange) bool { return a.LastNormalView > b.LastNormalView }

// mostCommitted is the largest k, then n.
func mostCommitted(a, b spec.DoViewChange) bool {
	return a.CommitNumber > b.CommitNumber ||
		a.CommitNumber == b.CommitNumber && a.Log.OpNumber() > b.Log.OpNumber()
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

// commitAlone commits an operation that nobody else has acknowledged.
func commitAlone(c group, r replica) (replica, []message, ignored) {
	if r.OpNumber() > r.CommitNumber {
		return spec.OnPrepareOK(c, r, nil)
	}
	return spec.SendCommit(c, r)
}

// forgetView restarts in the last normal view: the view-number was not written before DOVIEWCHANGE.
func forgetView(c group, r replica, lost int) (replica, []message, ignored) {
	if r.Status == spec.ViewChange && c.Primary(r.LastNormalView) != r.ReplicaNumber {
		r.ViewNumber, r.Status = r.LastNormalView, spec.Normal
	}
	return spec.Restart(c, r, lost)
}

// forgetLastNormalView restarts with v′ = 0: it was not written.
func forgetLastNormalView(c group, r replica, lost int) (replica, []message, ignored) {
	if r.ViewNumber > 0 {
		r.Status = spec.ViewChange
	}
	r.LastNormalView = 0
	return spec.Restart(c, r, lost)
}

// loseAcknowledged restarts a backup without its topmost entry: PREPAREOK left before the write.
func loseAcknowledged(c group, r replica, lost int) (replica, []message, ignored) {
	if c.Primary(r.ViewNumber) != r.ReplicaNumber && r.OpNumber() > 0 {
		r.Log = r.Log.UpTo(r.OpNumber() - 1)
	}
	return spec.Restart(c, r, lost)
}

// resumeAsPrimary goes on as primary of its view, though it may have lost unwritten entries.
func resumeAsPrimary(c group, r replica, lost int) (replica, []message, ignored) {
	if r.Status != spec.Normal || c.Primary(r.ViewNumber) != r.ReplicaNumber {
		return spec.Restart(c, r, lost)
	}
	r.Log, r.CommitNumber = r.Log.UpTo(r.OpNumber()-spec.OpNumber(lost)), 0
	return r, nil, spec.Accepted
}

// onRestart makes a row of a wrong restart.
func onRestart(restart func(group, replica, int) (replica, []message, ignored)) spec.Do {
	return func(c group, p spec.Process, _ []message, choice int) (
		spec.Process, []message, ignored,
	) {
		after, sent, why := restart(c, p.(replica), choice)
		return after, sent, why
	}
}
