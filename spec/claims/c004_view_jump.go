// SPDX-License-Identifier: Apache-2.0

package claims

import "viewstamp/spec"

// C-004, C-006 and C-013: what a replica may take from a view that it is not in. From a later one
// nothing but STARTVIEW; from an earlier one nothing.

// otherViews is what holds, and three ways to take too much.
func otherViews() []Claim {
	const source = "TigerBeetle, replica.zig, April 2022"
	commits := spec.ViewstampedReplication().Without("SendGetState", "JoinView", "OnGetState",
		"OnNewState", "OnReply", "Restart")
	asks := commits
	asks.Steps = append(asks.Steps, spec.Step{Name: "SendStartView",
		Do: spec.Spontaneous(SendStartView)})
	holds := bounded("STARTVIEW on demand", asks, 1, 2, 0)
	holds.Sometimes = []spec.Property{spec.CommittedInLaterView()}
	return []Claim{{
		ID: "C-004", Name: "ask-for-start-view", Source: source,
		Statement: "A replica that hears of a later view changes nothing and asks for STARTVIEW, " +
			"which has the log as it is by then: no state transfer is needed.",
		Claimed: holds, Properties: allBut("OneStartView"), States: 6_479_320, Slow: true,
	}, {
		ID: "C-004a", Name: "commit-of-later-view", Source: "the opposite of " + source,
		Statement: "A replica may take the commit-number of a later view before it enters it.",
		Picture:   "How the commit-number of another view executes the wrong operation",
		Claimed: bounded("commit-numbers of later views", commits.Replace("OnCommit",
			spec.ByReplica(CommitOfLaterView)), 2, 1, 0),
		Properties: []string{"Agreement"}, Refuted: "Agreement", Steps: 14,
		Mutant: "CommitOfLaterView",
		Fix:    "Take the log of that view first.",
		Fixed:  bounded("steps of the own view", commits, 2, 1, 0), States: 284_656,
		SlowFix: true,
	}, {
		ID: "C-006", Name: "acknowledge-in-view-change",
		Source:    "the opposite of Viewstamped Replication Revisited, §4.2",
		Statement: "A replica that waits for a view may acknowledge PREPARE of the view it has left.",
		Picture:   "How an acknowledgement after DOVIEWCHANGE loses an operation",
		Claimed: bounded("acknowledgements while waiting", durable().Replace("OnPrepare",
			spec.ByReplica(AcknowledgeLeftView)), 1, 1, 0),
		Properties: []string{"NothingLost"}, Refuted: "NothingLost", Steps: 9,
		Mutant: "AcknowledgeLeftView",
		Fix:    "With DOVIEWCHANGE, or before, it stops.",
		Fixed:  bounded("no acknowledgements while waiting", durable(), 1, 1, 0), States: 596,
	}, {
		ID: "C-013", Name: "repair-moves-head", Source: "the opposite of " + source,
		Statement: "An entry of an earlier view that fits on top of the log may be put there, if it " +
			"is not acknowledged.",
		Picture: "How a late entry of an earlier view is executed",
		Claimed: bounded("entries of earlier views", commits.Replace("OnPrepare",
			spec.ByReplica(TakeOldPrepare)), 2, 1, 0),
		Properties: []string{"Agreement"}, Refuted: "Agreement", Steps: 15,
		Mutant: "RepairMovesHead",
		Fix:    "Only PREPARE of the view, and the log of a view, move the head.",
		Fixed:  bounded("steps of the own view", commits, 2, 1, 0), States: 284_656,
		SlowFix: true,
	}}
}

// SendStartView is STARTVIEW of a primary whose view has started before, with its present log.
func SendStartView(c spec.Configuration, r spec.Replica) (
	spec.Replica, []spec.Message, spec.Ignored,
) {
	switch {
	case r.Status != spec.Normal:
		return r, nil, spec.NotNormal
	case c.Primary(r.ViewNumber) != r.ReplicaNumber:
		return r, nil, spec.NotPrimary
	}
	return r, []spec.Message{spec.StartView{From: r.ReplicaNumber, ViewNumber: r.ViewNumber,
		Log: r.Log, CommitNumber: r.CommitNumber}}, spec.Accepted
}

// CommitOfLaterView is OnCommit that takes the commit-number of any view but earlier ones.
func CommitOfLaterView(c spec.Configuration, r spec.Replica, m spec.Commit) (
	spec.Replica, []spec.Message, spec.Ignored,
) {
	if m.ViewNumber <= r.ViewNumber {
		return spec.OnCommit(c, r, m)
	}
	r.CommitNumber = max(r.CommitNumber, min(m.CommitNumber, r.OpNumber()))
	return r, nil, spec.Accepted
}

// AcknowledgeLeftView is OnPrepare of a replica that goes on in its last normal view while it waits
// for another one.
func AcknowledgeLeftView(c spec.Configuration, r spec.Replica, m spec.Prepare) (
	spec.Replica, []spec.Message, spec.Ignored,
) {
	if r.Status != spec.ViewChange {
		return spec.OnPrepare(c, r, m)
	}
	left := r
	left.Status, left.ViewNumber = spec.Normal, r.LastNormalView
	after, sent, why := spec.OnPrepare(c, left, m)
	after.Status, after.ViewNumber = r.Status, r.ViewNumber
	return after, sent, why
}

// TakeOldPrepare is OnPrepare that puts the entry of an earlier view on top of the log if it fits.
func TakeOldPrepare(c spec.Configuration, r spec.Replica, m spec.Prepare) (
	spec.Replica, []spec.Message, spec.Ignored,
) {
	if m.ViewNumber >= r.ViewNumber || r.Status != spec.Normal || m.OpNumber != r.OpNumber()+1 {
		return spec.OnPrepare(c, r, m)
	}
	r.Log = r.Log.Append(spec.Entry{ViewNumber: m.ViewNumber, ClientID: m.Request.ClientID,
		RequestNumber: m.Request.RequestNumber, Operation: m.Request.Operation})
	return r, nil, spec.Accepted
}
