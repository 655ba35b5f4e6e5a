// SPDX-License-Identifier: Apache-2.0

package claims

import "viewstamp/spec"

// C-113: a replica that lags takes the state of the service instead of the operations that led to
// it. The client-table must come with that state: it is not in the log that follows.

// checkpoints is about what a transferred state must hold. Noted is here the part of the log that
// the replica has as a state only.
func checkpoints() []Claim {
	base := spec.ViewstampedReplication().Without("JoinView", "OnReply", "Restart")
	bounds := func(name string, p spec.Protocol) spec.System { return bounded(name, p, 1, 1, 0) }
	return []Claim{{
		ID: "C-113", Name: "checkpoint-without-client-table",
		Source:    "Viewstamped Replication Revisited, §5.1, which speaks of the service's state",
		Statement: "A replica that lags may take the state of the service, and the log after it.",
		Picture:   "How a state without its client-table lets a request be executed twice",
		Claimed: bounds("state without the client-table", base.
			Replace("OnNewState", spec.ByReplica(TakeState)).
			Replace("OnRequest", spec.ByReplica(ForgetBelowState))),
		Properties: []string{"ExactlyOnce"}, Refuted: "ExactlyOnce", Steps: 17,
		Mutant: "CheckpointWithoutTable",
		Fix:    "Transfer the client-table with the state.",
		Fixed:  bounds("state with the client-table", base), States: 20_102,
	}}
}

// TakeState is OnNewState that takes what is committed as a state: the operations are not seen.
func TakeState(c spec.Configuration, r spec.Replica, m spec.NewState) (
	spec.Replica, []spec.Message, spec.Ignored,
) {
	after, sent, why := spec.OnNewState(c, r, m)
	if why == spec.Accepted {
		after.Noted = after.Log.UpTo(after.CommitNumber)
	}
	return after, sent, why
}

// ForgetBelowState is OnRequest that does not know the requests that are in the state only.
func ForgetBelowState(c spec.Configuration, r spec.Replica, m spec.Request) (
	spec.Replica, []spec.Message, spec.Ignored,
) {
	n, _ := r.Log.LastOf(m.ClientID)
	if r.Status != spec.Normal || c.Primary(r.ViewNumber) != r.ReplicaNumber || n == 0 ||
		n > r.Noted.OpNumber() {
		return spec.OnRequest(c, r, m)
	}
	r.Log = r.Log.Append(spec.Entry{ViewNumber: r.ViewNumber, ClientID: m.ClientID,
		RequestNumber: m.RequestNumber, Operation: m.Operation})
	return r, []spec.Message{spec.Prepare{From: r.ReplicaNumber, ViewNumber: r.ViewNumber,
		Request: m, OpNumber: r.OpNumber(), CommitNumber: r.CommitNumber}}, spec.Accepted
}
