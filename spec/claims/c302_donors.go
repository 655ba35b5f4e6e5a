// SPDX-License-Identifier: Apache-2.0

package claims

import "viewstamp/spec"

// C-302: from whom a member of a new group may take the state, how it knows that it has it, and
// when those that are replaced may leave. A letter is that of the row in the design's table 5.18.

// donors are the claims about it.
func donors() []Claim {
	base := spec.Reconfigurable()
	unstamped := base.Replace("OnStartEpoch", spec.ByReplica(OnlyWhatIsKnown))
	normalOnly := base.Replace("OnGetEpochState", spec.ByReplica(NormalDonors))
	tooEarly := base.Replace("OnStartEpoch", spec.ByReplica(SayStartedAtOnce))
	atReply := spec.WithEpochs(spec.ViewstampedReplication(), OffAtReply())
	few := base.ReplaceQuorum("OnEpochStarted", spec.Configuration.F, nil)
	one := spec.Bounds{Requests: 1, ViewChanges: 1}
	stamp := "Compare the stamp of the entry, its epoch and view (D31)."
	return []Claim{
		epochHolds("C-302", "donors-with-the-stamp", "Any replica that holds the RECONFIGURATION with "+
			"the stamp of STARTEPOCH may give the state, whatever it is busy with; those that are "+
			"replaced may leave when a quorum of the new group has it.",
			stuckless(base, "0→123", spec.Bounds{ViewChanges: 1}), 12_728),
		epochWrong("C-302a", "donor-gives-uncommitted", "An old replica that hears of the epoch may "+
			"give all entries of its log up to the RECONFIGURATION.",
			"Give only what is committed, or carries the stamp (D31).", "DonorGivesUncommitted",
			epochs(base.Replace("OnGetEpochState", spec.ByReplica(GiveUncommitted)), "0→123", one),
			"Agreement", 16, epochs(base, "0→123", one), 423_442),
		epochWrong("C-302a2", "length-is-enough", "A member whose log reaches the RECONFIGURATION has "+
			"the state of the epoch.", stamp, "LengthIsEnough",
			epochs(base.Replace("OnStartEpoch", spec.ByReplica(LengthIsEnough)), "0→013", one),
			"Agreement", 13, epochs(base, "0→013", one), 657_032),
		epochWrong("C-302a3", "longer-tail-stays", "The entries of the old group may be written over "+
			"those that are there.", "The log ends where the epoch begins.", "LongerTailStays",
			epochs(base.Replace("OnNewEpochState", spec.ByReplica(KeepLongerTail)), "0→013", one),
			"NothingAfterReconfiguration", 16, epochs(base, "0→013", one), 657_032),
		slow(epochWrong("C-302a4", "reconfiguration-by-content", "It has it if its own entry there is a "+
			"RECONFIGURATION for the same group.", stamp, "ReconfigurationByContent",
			epochs(base.Replace("OnStartEpoch", spec.ByReplica(RecogniseByContent)), "0→013",
				spec.Bounds{Requests: 2, ViewChanges: 1}), "Agreement", 17,
			epochs(base, "0→013", one), 657_032)),
		slow(epochWrong("C-302a5", "stamp-without-epoch", "It has it if its own entry there is of the "+
			"same view.", stamp, "StampWithoutEpoch",
			epochs(base.Replace("OnStartEpoch", spec.ByReplica(RecogniseByView)), "0→123 1→123",
				spec.Bounds{Requests: 1, ViewChanges: 2}), "Agreement", 19,
			epochs(base, "0→013", one), 657_032)),
		epochWrong("C-302e", "replaced-tell-replaced", "The replaced replicas tell each other, and the "+
			"new group tells nobody.", "All that are in an epoch tell of it (D30).",
			"ReplacedTellReplaced", retiring(base, ReplacedRepeat, "0→345"), "EverybodyTold", 10,
			retiring(base, spec.Repeats, "0→345"), 618_886),
		epochWrong("C-302k", "commit-is-learned-by-commit", "Only who knows that the RECONFIGURATION is "+
			"committed may give the state.", "Whoever acknowledged it knows it by the stamp (D31).",
			"NoStamp", stuckless(unstamped, "0→123", spec.Bounds{}), "NeverStuck", 5,
			stuckless(base, "0→123", spec.Bounds{}), 592),
		epochWrong("C-302l", "replaced-repeat-start-epoch", "The replaced replicas send STARTEPOCH "+
			"again until the new group has started; nobody else needs to.",
			"All that are in an epoch tell of it (D30).", "ReplacedRepeatStartEpoch",
			repeating(base, ReplacedRepeat, "0→123", spec.Bounds{LaterViewChanges: 1}), "NeverStuck", 5,
			stuckless(base, "0→123", spec.Bounds{LaterViewChanges: 1}), 11_160),
		epochWrong("C-302m", "normal-donors", "Only a Normal replica gives the state.",
			"Any replica of the epoch that has it gives it.", "NormalDonors",
			stuckless(normalOnly, "0→123", spec.Bounds{LaterViewChanges: 1}), "NeverStuck", 4,
			stuckless(base, "0→123", spec.Bounds{LaterViewChanges: 1}), 11_160),
		epochWrong("C-302p", "started-before-state", "EPOCHSTARTED may be sent when STARTEPOCH comes, "+
			"before the state is there.", "Send it when the state is on disk.", "StartedBeforeState",
			stuckless(tooEarly, "0→123", spec.Bounds{}), "NeverStuck", 7,
			stuckless(base, "0→123", spec.Bounds{}), 592),
		epochWrong("C-302q", "off-at-reply", "The old machines may be switched off when the "+
			"RECONFIGURATION has its reply.", "Wait for the reply to CHECKEPOCH.", "OffAtReply",
			stuckless(atReply, "0→123", spec.Bounds{}), "NeverStuck", 4,
			stuckless(base, "0→123", spec.Bounds{}), 592),
		epochWrong("C-302q2", "off-at-one-started", "One EPOCHSTARTED, f′, is enough to shut down.",
			"Wait for a quorum of the new group.", "OffAtOneStarted",
			stuckless(few, "0→123", spec.Bounds{}), "NeverStuck", 6,
			stuckless(base, "0→123", spec.Bounds{}), 592),
	}
}

// OnlyWhatIsKnown is OnStartEpoch of a replica that does not look at the stamp: it knows to be
// committed only what it has been told before.
func OnlyWhatIsKnown(c spec.Configuration, r spec.Replica, m spec.StartEpoch) (
	spec.Replica, []spec.Message, spec.Ignored,
) {
	unknown := r
	unknown.Log = r.Log.UpTo(r.CommitNumber)
	after, sent, why := spec.OnStartEpoch(c, unknown, m)
	if why != spec.Accepted {
		return r, nil, why
	}
	after.Log = r.Log
	return after, sent, why
}

// NormalDonors is OnGetEpochState of Normal replicas only.
func NormalDonors(c spec.Configuration, r spec.Replica, m spec.OfEpoch) (
	spec.Replica, []spec.Message, spec.Ignored,
) {
	if r.Status != spec.Normal {
		return r, nil, spec.NotNormal
	}
	return spec.OnGetEpochState(c, r, m)
}

// SayStartedAtOnce is OnStartEpoch that sends EPOCHSTARTED before the state is there.
func SayStartedAtOnce(c spec.Configuration, r spec.Replica, m spec.StartEpoch) (
	spec.Replica, []spec.Message, spec.Ignored,
) {
	after, sent, why := spec.OnStartEpoch(c, r, m)
	if why == spec.Accepted && after.Configuration.Has(r.ReplicaNumber) {
		sent = append(sent, spec.EpochStarted{From: r.ReplicaNumber, EpochNumber: after.EpochNumber})
	}
	return after, sent, why
}

// OffAtReply is the rule under which a replaced replica is switched off when a RECONFIGURATION is
// committed and has its reply.
func OffAtReply() spec.EpochRule {
	rule := spec.EpochRules()
	rule.Leave = func(r spec.Replica, sent []spec.Message) (spec.Replica, []spec.Message) {
		after, all := spec.LeaveEpoch(r, sent)
		if after.EpochNumber > r.EpochNumber && !after.Configuration.Has(r.ReplicaNumber) {
			after.Status = spec.ShutDown
		}
		return after, all
	}
	return rule
}

// ReplacedRepeat is what timers send again if only replaced replicas repeat STARTEPOCH.
func ReplacedRepeat(r spec.Replica) []spec.Message {
	var sent []spec.Message
	for _, m := range spec.Repeats(r) {
		if m.Kind() != spec.KindStartEpoch || !r.Configuration.Has(r.ReplicaNumber) {
			sent = append(sent, m)
		}
	}
	return sent
}

// GiveUncommitted is OnGetEpochState that gives what is in the log, committed or not.
func GiveUncommitted(c spec.Configuration, r spec.Replica, m spec.OfEpoch) (
	spec.Replica, []spec.Message, spec.Ignored,
) {
	all := r
	all.CommitNumber = r.OpNumber()
	_, sent, why := spec.OnGetEpochState(c, all, m)
	return r, sent, why
}

// LengthIsEnough is OnStartEpoch of a replica that takes its log for the committed one if it is as
// long.
func LengthIsEnough(c spec.Configuration, r spec.Replica, m spec.StartEpoch) (
	spec.Replica, []spec.Message, spec.Ignored,
) {
	return trusting(c, r, m, r.OpNumber() >= m.Epoch.EpochOp)
}

// RecogniseByContent is OnStartEpoch of a replica that knows the RECONFIGURATION by the group that
// it asks for.
func RecogniseByContent(c spec.Configuration, r spec.Replica, m spec.StartEpoch) (
	spec.Replica, []spec.Message, spec.Ignored,
) {
	return trusting(c, r, m, r.Log.Has(m.Epoch.EpochOp) &&
		r.Log.At(m.Epoch.EpochOp).Operation == m.Epoch.Configuration.Operation())
}

// RecogniseByView is OnStartEpoch of a replica that compares the view of its entry and not the
// epoch.
func RecogniseByView(c spec.Configuration, r spec.Replica, m spec.StartEpoch) (
	spec.Replica, []spec.Message, spec.Ignored,
) {
	return trusting(c, r, m, r.Log.Has(m.Epoch.EpochOp) &&
		r.Log.At(m.Epoch.EpochOp).ViewNumber == m.Epoch.EpochStamp.ViewNumber)
}

// trusting is OnStartEpoch of a replica that takes its log for the committed one if it is good.
func trusting(c spec.Configuration, r spec.Replica, m spec.StartEpoch, good bool) (
	spec.Replica, []spec.Message, spec.Ignored,
) {
	before := r
	if good {
		r.CommitNumber = max(r.CommitNumber, m.Epoch.EpochOp)
	}
	after, sent, why := spec.OnStartEpoch(c, r, m)
	if why != spec.Accepted {
		return before, nil, why
	}
	return after, sent, why
}

// KeepLongerTail is OnNewEpochState that writes the entries over those that are there. If the log
// was longer, it stays so.
func KeepLongerTail(c spec.Configuration, r spec.Replica, m spec.OfEpoch) (
	spec.Replica, []spec.Message, spec.Ignored,
) {
	after, sent, why := spec.OnNewEpochState(c, r, m)
	after.Log = after.Log.Concat(r.Log.After(after.OpNumber()))
	return after, sent, why
}
