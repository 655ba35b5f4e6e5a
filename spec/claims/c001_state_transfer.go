// SPDX-License-Identifier: Apache-2.0

package claims

import "viewstamp/spec"

// C-001: a replica that hears of a later view may first cut its log to its commit-number.

// StateTransfer is the state transfer of §5.2, taken literally.
func StateTransfer() Claim {
	base := spec.ViewstampedReplication().Without("OnReply", "Restart")
	bounds := spec.Bounds{Replicas: 3, Requests: 1, ViewChanges: 2}
	return Claim{
		ID:     "C-001",
		Name:   "state-transfer",
		Source: "Viewstamped Replication Revisited, §5.2",
		Statement: "A replica that learns of a later view may set its op-number to its " +
			"commit-number, cut its log there, and take up the new view at once.",
		Picture: "How the paper's state transfer loses a committed operation",
		Claimed: spec.System{
			Name:     "state transfer as published",
			Protocol: base.Replace("JoinView", spec.ByReplica(CutLogAndJoinView)),
			Bounds:   bounds,
		},
		Shown: spec.System{
			Name:     "state transfer as published, where it cuts something",
			Protocol: base.Replace("JoinView", spec.ByReplica(cutSomethingAndJoinView)),
			Bounds:   bounds,
		},
		Properties: []string{"NothingLost"},
		Refuted:    "NothingLost",
		Steps:      16,
		Fix: "Keep the log and v′ and wait in status ViewChange; " +
			"replace both together when NEWSTATE has arrived (D23).",
		Fixed: spec.System{
			Name: "state transfer corrected",
			// No answer is needed to lose the operation, so none is needed here either.
			Protocol:  base.Without("SendGetState", "OnGetState", "OnNewState"),
			Bounds:    bounds,
			Sometimes: []spec.Property{spec.CommittedInLaterView()},
		},
		States: 4_728_094,
		Mutant: "StateTransferTruncatesToCommit",
	}
}

// CutLogAndJoinView is JoinView as the paper has it: the difference is the two lines that set the
// log, and v′ and the status with it.
func CutLogAndJoinView(c spec.Configuration, r spec.Replica, m spec.Message) (
	spec.Replica, []spec.Message, spec.Ignored,
) {
	after, sent, why := spec.JoinView(c, r, m)
	if why != spec.Accepted {
		return r, nil, why
	}
	after.Log = r.Log.UpTo(r.CommitNumber)
	after.Status, after.LastNormalView = spec.Normal, after.ViewNumber
	return after, sent, spec.Accepted
}

// cutSomethingAndJoinView is the same for replicas that have something to cut. An operation is
// lost without a cut as well, by v′ alone: the log of a view then counts as one that the replica
// never had.
func cutSomethingAndJoinView(c spec.Configuration, r spec.Replica, m spec.Message) (
	spec.Replica, []spec.Message, spec.Ignored,
) {
	if r.OpNumber() == r.CommitNumber {
		return r, nil, spec.NothingNew
	}
	return CutLogAndJoinView(c, r, m)
}
