// SPDX-License-Identifier: Apache-2.0

package claims

import (
	"slices"

	"viewstamp/spec"
)

// Who votes in a new epoch, and what is counted there.

// TransitioningVotes is the rule under which a member without the state of its epoch takes part in
// view changes.
func TransitioningVotes() spec.EpochRule {
	rule := spec.EpochRules()
	rule.TakesPart = func(r spec.Replica) spec.Ignored {
		if r.Status == spec.Transitioning && r.Configuration.Has(r.ReplicaNumber) {
			return spec.Accepted
		}
		return spec.TakesPart(r)
	}
	return rule
}

// CountByIndex is the rule under which messages of these kinds count in whatever epoch they were
// sent. Their senders are told apart by their places in their groups.
func CountByIndex(groups []spec.Configuration, kinds ...spec.Kind) spec.EpochRule {
	rule := spec.EpochRules()
	rule.Counts = func(r spec.Replica, m spec.Message) spec.Ignored {
		stamped, ok := m.(spec.OfEpoch)
		if !ok || !slices.Contains(kinds, m.Kind()) {
			return spec.EpochFirst(r, m)
		}
		from, _ := spec.Sender(m)
		if from == r.ReplicaNumber {
			return spec.Accepted
		}
		place := groups[stamped.EpochNumber].Index(from)
		if !groups[stamped.EpochNumber].Has(from) ||
			place == r.Configuration.Index(r.ReplicaNumber) {
			return spec.NotMember
		}
		return spec.Accepted
	}
	return rule
}

// TableOfTheEpoch is OnRequest with a client-table that begins with the epoch.
func TableOfTheEpoch(c spec.Configuration, r spec.Replica, m spec.Request) (
	spec.Replica, []spec.Message, spec.Ignored,
) {
	n, _ := r.Log.LastOf(m.ClientID)
	if _, _, why := spec.OnRequestInEpoch(c, r, m); why == spec.NotNormal ||
		why == spec.NotPrimary || why == spec.Reconfiguring || n == 0 || n > r.EpochOp {
		return spec.OnRequestInEpoch(c, r, m)
	}
	return appendRequest(r, m)
}

// appendRequest puts a request on top of the log.
func appendRequest(r spec.Replica, m spec.Request) (
	spec.Replica, []spec.Message, spec.Ignored,
) {
	r.Log = r.Log.Append(spec.Entry{ViewNumber: r.ViewNumber, ClientID: m.ClientID,
		RequestNumber: m.RequestNumber, Operation: m.Operation, EpochNumber: r.EpochNumber})
	return r, []spec.Message{spec.Prepare{From: r.ReplicaNumber, ViewNumber: r.ViewNumber,
		Request: m, OpNumber: r.OpNumber(), CommitNumber: r.CommitNumber}}, spec.Accepted
}
