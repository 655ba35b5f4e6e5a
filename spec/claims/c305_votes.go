// SPDX-License-Identifier: Apache-2.0

package claims

import (
	"slices"

	"viewstamp/spec"
)

// C-305: who votes in a new epoch, what is counted there, and what a restart must remember.

// epochVotes are the claims about it.
func epochVotes() []Claim {
	plain := spec.ViewstampedReplication()
	base := spec.Reconfigurable()
	groups := epochs(base, "0→345", spec.Bounds{}).Groups()
	all := []spec.Kind{spec.KindPrepare, spec.KindPrepareOK, spec.KindStartViewChange,
		spec.KindDoViewChange, spec.KindStartView}
	index := func(kinds ...spec.Kind) spec.Protocol {
		return spec.WithEpochs(plain, CountByIndex(groups, kinds...))
	}
	first := "Compare the epoch first, and count members only."
	later := spec.Bounds{LaterViewChanges: 1}
	return []Claim{
		epochWrong("C-305b", "transitioning-members-vote", "A member may take part in view changes "+
			"before it has the state of the epoch.", "It takes part in nothing (D32).",
			"TransitioningVotes", epochs(spec.WithEpochs(plain, TransitioningVotes()), "0→123", later),
			"NothingLost", 11, epochs(base, "0→123", later), 249_960),
		epochWrong("C-305c", "client-table-stays-behind", "The client-table of the new group may begin "+
			"with the epoch.", "It comes with the log (D3).", "TableOfTheEpoch",
			epochs(base.Replace("OnRequest", spec.EpochRules().Do(spec.ByReplica(TableOfTheEpoch))),
				"0→123", spec.Bounds{Requests: 1}), "ExactlyOnce", 14,
			epochs(base, "0→123", spec.Bounds{Requests: 1}), 7_220),
		slow(epochWrong("C-305d", "views-without-epochs", "Messages are told apart by views and "+
			"places in the group.", first, "ViewsWithoutEpochs", epochs(index(all...), "0→345",
			spec.Bounds{Requests: 1, ViewChanges: 1, LaterViewChanges: 1}), "NothingLost", 16,
			epochs(base, "0→123", spec.Bounds{Requests: 1, ViewChanges: 1}), 423_442)),
		epochWrong("C-305o", "transitioning-restarts-normal", "A restarted replica whose v′ is its view "+
			"is Normal in it, in a new epoch as well.", "It is Transitioning if its log does not "+
			"carry the stamp (D32).", "TransitioningRestartsNormal",
			epochs(base.Replace("Restart", restartNormal), "0→123",
				spec.Bounds{Requests: 1, LaterViewChanges: 1, Restarts: 1}), "NormalHasCommitted", 6,
			epochs(base, "0→123", spec.Bounds{Requests: 1, Restarts: 1}), 908_009),
		epochWrong("C-305p", "epoch-not-durable", "The epoch need not be on disk: a restarted replica "+
			"hears of it again.", "It is on disk before any message of the epoch leaves (§1.4).",
			"EpochNotDurable", forgetting(base, "0→123", spec.Bounds{Restarts: 2}), "NeverStuck", 7,
			stuckless(base, "0→123", spec.Bounds{Restarts: 1}), 20_045),
		recoveryInEpochs(),
	}
}

// recoveryInEpochs is C-306. That a replica which is shut down leaves a quorum with the state is
// not asked of replicas that forget.
func recoveryInEpochs() Claim {
	s := epochs(spec.ReconfigurableWithoutDisk(), "0→123",
		spec.Bounds{ViewChanges: 1, Restarts: 1})
	c := epochHolds("C-306", "recovery-in-epochs", "A replica that has lost its log takes it from "+
		"the group of its epoch, or, when it hears of a new one, from that epoch's donors.", s, 679_317)
	for _, p := range s.Invariants() {
		if p.Name != "ShutDownProven" {
			c.Properties = append(c.Properties, p.Name)
		}
	}
	return c
}

// restartNormal is the restart of a replica that looks at its view and v′ only.
func restartNormal(c spec.Configuration, p spec.Process, in []spec.Message, choice int) (
	spec.Process, []spec.Message, spec.Ignored,
) {
	r := p.(spec.Replica)
	if r.Status == spec.Transitioning && r.Configuration.Has(r.ReplicaNumber) {
		r.Status, r.CommitNumber = spec.Normal, 0
		return r, nil, spec.Accepted
	}
	return spec.Reconfigurable().Step("Restart").Do(c, p, in, choice)
}

// forgetting is a system in which a restart loses the epoch.
func forgetting(p spec.Protocol, plan spec.Plan, b spec.Bounds) spec.System {
	return stuckless(p.Replace("Restart", forgetEpoch), plan, b)
}

// forgetEpoch is the restart of a replica that has not written the epoch to its disk.
func forgetEpoch(c spec.Configuration, p spec.Process, in []spec.Message, choice int) (
	spec.Process, []spec.Message, spec.Ignored,
) {
	r := p.(spec.Replica)
	if r.EpochNumber == 0 || r.Status == spec.ShutDown {
		return spec.Reconfigurable().Step("Restart").Do(c, p, in, choice)
	}
	r.Epoch = spec.Epoch{Configuration: r.OldConfiguration}
	r.CommitNumber, r.Status = 0, spec.Normal
	if !r.Configuration.Has(r.ReplicaNumber) {
		r.Status = spec.ShutDown
	}
	return r, nil, spec.Accepted
}

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
