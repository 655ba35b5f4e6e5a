// SPDX-License-Identifier: Apache-2.0

package mutants

import (
	"viewstamp/spec"
	"viewstamp/spec/claims"
)

// Wrong variants for rows of checker/defects that no claim is about, and for properties that other
// variants break only after another one.

// defectMutants lists them.
func defectMutants(right, core, joins spec.Protocol) []SpecMutant {
	norestart := core.Without("Restart")
	commits := right.Without("SendGetState", "JoinView", "OnGetState", "OnNewState", "Restart")
	return []SpecMutant{
		{"StartViewBeforeDurable", "STARTVIEW leaves before log and v′ are on the primary's disk",
			variant(startViewBeforeDurable(core), 1, 1, 1), "QuorumCopies", 10},
		{"NewStateWithoutItsPlace", "NEWSTATE does not say which entry it follows",
			variant(right.Without("Restart").Replace("OnNewState",
				spec.ByReplica(newStateWithoutItsPlace)), 2, 0, 0), "LogMatching", 8},
		{"AppendAndEnter", "a replica that waits for STARTVIEW enters the view by PREPARE",
			variant(joins.Replace("OnPrepare", spec.ByReplica(appendAndEnter)), 2, 1, 0),
			"LogMatching", 12},
		{"FollowAndStayNormal", "raises its view and goes on in status Normal",
			variant(norestart.Replace("OnLaterView", spec.ByReplica(followAndStayNormal)), 1, 1, 0),
			"NormalView", 2},
		{"OfferTheViewToCome", "DOVIEWCHANGE names the view to come as v′",
			variant(norestart.Replace("OnStartViewChange",
				spec.ByQuorum(offerTheViewToCome)), 1, 1, 0), "DVCTrue", 3},
		{"StartWithCommitted", "STARTVIEW carries the log only as far as it is committed",
			variant(norestart.Replace("OnDoViewChange", spec.ByQuorum(startWithCommitted)), 1, 1, 0),
			"NothingLost", 9},
		{"CommitWhileWaiting", "takes k while it waits for the log of the view",
			variant(commits.Replace("OnCommit", spec.ByReplica(commitWhileWaiting)).
				Replace("OnStartView", spec.ByReplica(unlessCommitted)), 2, 1, 0),
			"Agreement", 15},
		{"RecoverAtViewPlusOne", "a new disk is formatted with the view after that of the primary",
			recoverAtViewPlusOne(), "NothingLost", 19},
	}
}

// recoverAtViewPlusOne is the protocol in which a replica that has lost its disk asks for the view
// only, and takes the one after it: its promises may be of later ones.
func recoverAtViewPlusOne() spec.System {
	var s spec.System
	for _, c := range claims.Catalogue() {
		if c.Mutant == "RecoverWithoutNoOp" {
			s = c.Claimed
		}
	}
	plusOne := func(c group, r replica, m spec.RecoveryResponse) (replica, []message, ignored) {
		after, sent, why := claims.FormatWithView(c, r, m)
		if why == spec.Accepted {
			after.ViewNumber++
			sent[0] = spec.StartViewChange{From: r.ReplicaNumber, ViewNumber: after.ViewNumber}
		}
		return after, sent, why
	}
	s.Protocol = s.Protocol.Replace("FormatWithView", spec.ByReplica(plusOne))
	return s
}

// startViewBeforeDurable is the protocol in which a restart takes a new primary back to the log and
// the v′ that it had before its view started. They stand in Noted: the old log, and on top of it
// an entry with the old v′. Restarting later, when the primary has appended, is no different.
func startViewBeforeDurable(p spec.Protocol) spec.Protocol {
	start := func(c group, r replica, quorum []spec.DoViewChange) (replica, []message, ignored) {
		after, sent, why := spec.OnDoViewChange(c, r, quorum)
		if why == spec.Accepted {
			after.Noted = r.Log.Append(spec.Entry{ViewNumber: r.LastNormalView})
		}
		return after, sent, why
	}
	restart := func(c group, r replica, lost int) (replica, []message, ignored) {
		n := r.Noted.OpNumber()
		if n == 0 {
			return spec.Restart(c, r, lost)
		}
		r.Log, r.LastNormalView = r.Noted.UpTo(n-1), r.Noted.At(n).ViewNumber
		r.Status, r.CommitNumber, r.Noted = spec.ViewChange, 0, spec.Log{}
		return r, nil, spec.Accepted
	}
	return p.Replace("OnDoViewChange", spec.ByQuorum(start)).
		Replace("Restart", claims.OnRestart(restart))
}

// newStateWithoutItsPlace takes the entries as those that it needs next, whatever they follow.
func newStateWithoutItsPlace(c group, r replica, m spec.NewState) (replica, []message, ignored) {
	m.After = r.OpNumber()
	if r.Status == spec.ViewChange {
		m.After = r.CommitNumber
	}
	return spec.OnNewState(c, r, m)
}

// appendAndEnter appends PREPARE of the view that the replica waits for, and is Normal in it.
func appendAndEnter(c group, r replica, m spec.Prepare) (replica, []message, ignored) {
	entered := r
	entered.Status, entered.LastNormalView = spec.Normal, r.ViewNumber
	if after, sent, why := spec.OnPrepare(c, entered, m); why == spec.Accepted &&
		after.OpNumber() > r.OpNumber() {
		return after, sent, why
	}
	return spec.OnPrepare(c, r, m)
}

// followAndStayNormal is OnLaterView without the change of the status.
func followAndStayNormal(c group, r replica, m message) (replica, []message, ignored) {
	after, sent, why := spec.OnLaterView(c, r, m)
	after.Status = r.Status
	return after, sent, why
}

// offerTheViewToCome is OnStartViewChange with the new view for v′.
func offerTheViewToCome(c group, r replica, quorum []spec.StartViewChange) (
	replica, []message, ignored,
) {
	r, sent, why := spec.OnStartViewChange(c, r, quorum)
	if why == spec.Accepted {
		offer := sent[0].(spec.DoViewChange)
		offer.LastNormalView = offer.ViewNumber
		sent[0] = offer
	}
	return r, sent, why
}

// startWithCommitted starts the view with the right log, and tells the others of a part of it.
func startWithCommitted(c group, r replica, quorum []spec.DoViewChange) (
	replica, []message, ignored,
) {
	after, sent, why := spec.OnDoViewChange(c, r, quorum)
	if why == spec.Accepted {
		start := sent[0].(spec.StartView)
		start.Log = start.Log.UpTo(start.CommitNumber)
		sent[0] = start
	}
	return after, sent, why
}

// commitWhileWaiting takes the commit-number of the view that the replica waits for, for the log of
// an earlier view.
func commitWhileWaiting(c group, r replica, m spec.Commit) (replica, []message, ignored) {
	k := min(m.CommitNumber, r.OpNumber())
	if r.Status == spec.ViewChange && m.ViewNumber == r.ViewNumber && k > r.CommitNumber {
		r.CommitNumber = k
		return r, nil, spec.Accepted
	}
	return spec.OnCommit(c, r, m)
}

// unlessCommitted is OnStartView of a replica that keeps what it has taken for committed.
func unlessCommitted(c group, r replica, m spec.StartView) (replica, []message, ignored) {
	if m.Log.OpNumber() < r.CommitNumber {
		return r, nil, spec.Gap
	}
	return spec.OnStartView(c, r, m)
}
