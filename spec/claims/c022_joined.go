// SPDX-License-Identifier: Apache-2.0

package claims

import "viewstamp/spec"

// C-022: what a replica acknowledges that joins a view by NEWSTATE. The k there may be that of
// another backup, which knows more than the primary does; then no PREPAREOK (D19) leaves the
// primary without one that it may need.

// joiners may acknowledge all that they have now, and not what they had before.
func joiners() []Claim {
	base := spec.ViewstampedReplication().Without("SendGetState", "OnReply", "Restart")
	always := bounded("all of a log that comes by NEWSTATE is acknowledged",
		spec.AcknowledgeJoined(base), 1, 1, 0)
	always.Sometimes = []spec.Property{spec.CommittedInLaterView(), spec.StateTransferred()}
	// Only replica 0 joins by state transfer, from replica 2: enough to lose the operation.
	few := base.Without("SendCommit", "OnCommit").
		Replace("JoinView", onlyAt(0, spec.ByReplica(spec.JoinView))).
		Replace("OnGetState", onlyAt(2, spec.ByReplica(spec.OnGetState)))
	return []Claim{{
		ID: "C-022", Name: "acknowledge-what-was-joined", Source: "spec.AcknowledgeJoined",
		Statement: "A replica that joins a view by NEWSTATE may acknowledge its whole log, also where " +
			"all of it is committed.",
		Claimed: always, States: 657_514,
	}, {
		ID: "C-022a", Name: "acknowledge-what-was-replaced", Source: "the opposite of C-022",
		Statement: "It may acknowledge as much as it had before NEWSTATE replaced it.",
		Picture:   "How a replica acknowledges what it no longer has",
		Claimed: bounded("what NEWSTATE has replaced is acknowledged", few.Replace("OnNewState",
			spec.ByReplica(JoinAndAcknowledgeReplaced)), 1, 2, 0),
		Properties: []string{"NothingLost"}, Refuted: "NothingLost", Steps: 18,
		Mutant: "AcknowledgeReplaced",
		Fix:    "Acknowledge what the log is now.",
		Fixed:  bounded("what the log is now is acknowledged", spec.AcknowledgeJoined(few), 1, 2, 0),
		States: 84_323,
	}}
}

// JoinAndAcknowledgeReplaced is OnNewState with an acknowledgement of what the replica has or had.
func JoinAndAcknowledgeReplaced(c spec.Configuration, r spec.Replica, m spec.NewState) (
	spec.Replica, []spec.Message, spec.Ignored,
) {
	after, sent, why := spec.OnNewState(c, r, m)
	n := max(after.OpNumber(), r.OpNumber())
	if why != spec.Accepted || r.Status == spec.Normal || n == 0 {
		return after, sent, why
	}
	return after, []spec.Message{spec.PrepareOK{From: r.ReplicaNumber,
		ViewNumber: after.ViewNumber, OpNumber: n}}, spec.Accepted
}
