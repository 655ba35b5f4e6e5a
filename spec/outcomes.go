// SPDX-License-Identifier: Apache-2.0

package spec

import "slices"

// The table of all cases, as data: what a message of an older view, of the same and of a newer one
// becomes at a process of each role; and what a step without a message does there. OUTCOMES.md
// is this table to read.

// Decision decides some cells of the table: those of one message, or of one step that receives
// none, at the processes of some roles and for some views.
type Decision struct {
	// Kind is the message. Zero: there is none, and Step is the step that is about to be taken.
	Kind Kind
	Step string
	// At is the set of roles, View that of relations.
	At   Role
	View Relation
	// Steps lists the steps that may take it.
	Steps []string
	// Ignored lists the reasons why none of them may, in the order of the guards. Both lists empty:
	// the case cannot occur.
	Ignored []Ignored
}

// CannotOccur says that no run reaches such a case.
func (d Decision) CannotOccur() bool { return len(d.Steps)+len(d.Ignored) == 0 }

// on is a decision about a message, not yet made: the case cannot occur.
func on(kind Kind, at Role, view Relation) Decision {
	return Decision{Kind: kind, At: at, View: view}
}

// alone is a decision about a step that receives nothing.
func alone(step string, at Role) Decision { return Decision{Step: step, At: at, View: Same} }

// by adds steps that may take the message.
func (d Decision) by(steps ...string) Decision {
	d.Steps = steps
	return d
}

// or adds reasons why nothing may happen.
func (d Decision) or(why ...Ignored) Decision {
	d.Ignored = why
	return d
}

// Outcomes is the table. Each cell is in one decision.
func Outcomes() []Decision {
	return slices.Concat(outcomesOfNormalOperation(), outcomesOfViewChanges(),
		outcomesOfStateTransfer(), outcomesOfRecovery(), outcomesOfReads(), outcomesOfDisks(),
		outcomesOfClients(), outcomesOfTimers())
}

// outcomesOfNormalOperation is §4.1.
func outcomesOfNormalOperation() []Decision {
	return []Decision{
		on(KindRequest, NormalPrimary, Same).by("OnRequest").or(StaleRequest, RequestInProgress),
		on(KindRequest, NormalBackup, Same).or(NotPrimary),
		on(KindRequest, AnyWaiting, Same).or(NotNormal),
		on(KindRequest, RecoveringReplica, Same).or(IsRecovering),

		// Only the primary of a view sends PREPARE and COMMIT in it, and it receives none of its own.
		on(KindPrepare, AnyNormal|AnyWaiting, Older).or(OlderView),
		on(KindPrepare, NormalPrimary|WaitingPrimary, Same),
		on(KindPrepare, NormalBackup, Same).by("OnPrepare", "SendGetState"),
		on(KindPrepare, WaitingBackup, Same).by("JoinView"),
		on(KindPrepare, AnyNormal|AnyWaiting, Newer).by("JoinView"),
		on(KindPrepare, RecoveringReplica, AnyView).or(IsRecovering),

		on(KindCommit, AnyNormal|AnyWaiting, Older).or(OlderView),
		on(KindCommit, NormalPrimary|WaitingPrimary, Same),
		on(KindCommit, NormalBackup, Same).by("OnCommit", "SendGetState").or(NothingNew),
		on(KindCommit, WaitingBackup, Same).by("JoinView"),
		on(KindCommit, AnyNormal|AnyWaiting, Newer).by("JoinView"),
		on(KindCommit, RecoveringReplica, AnyView).or(IsRecovering),

		// PREPAREOK goes to the primary of its view. That one has been Normal in the view, and never
		// waits for it again nor falls back behind it.
		on(KindPrepareOK, AnyNormal|AnyWaiting, Older).or(OlderView),
		on(KindPrepareOK, NormalPrimary, Same).by("OnPrepareOK").or(AlreadyCommitted, BelowQuorum),
		on(KindPrepareOK, NormalBackup|AnyWaiting, Same),
		on(KindPrepareOK, AnyNormal|AnyWaiting, Newer),
		on(KindPrepareOK, RecoveringReplica, AnyView).or(IsRecovering),
	}
}

// outcomesOfViewChanges is §4.2.
func outcomesOfViewChanges() []Decision {
	return []Decision{
		on(KindStartViewChange, AnyNormal|AnyWaiting, Older).or(OlderView),
		on(KindStartViewChange, AnyNormal, Same).or(NotInViewChange),
		on(KindStartViewChange, AnyWaiting, Same).by("OnStartViewChange").
			or(BelowQuorum, LeaseGiven, NotCrashConsistent),
		on(KindStartViewChange, AnyNormal|AnyWaiting, Newer).by("OnLaterView"),
		on(KindStartViewChange, RecoveringReplica, AnyView).or(IsRecovering),

		// DOVIEWCHANGE goes to the primary of its view.
		on(KindDoViewChange, AnyNormal|AnyWaiting, Older).or(OlderView),
		on(KindDoViewChange, NormalPrimary, Same).or(HeadInDoubt, AlreadyNormal),
		on(KindDoViewChange, WaitingPrimary, Same).
			by("OnDoViewChange", "OnOneMoreDoViewChange", "OnTwoMoreDoViewChange").
			or(BelowQuorum, NotCrashConsistent, HeadInDoubt),
		on(KindDoViewChange, NormalBackup|WaitingBackup, Same),
		on(KindDoViewChange, AnyNormal|AnyWaiting, Newer).by("OnLaterView"),
		on(KindDoViewChange, RecoveringReplica, AnyView).or(IsRecovering),

		on(KindStartView, AnyNormal|AnyWaiting, Older).or(OlderView),
		on(KindStartView, NormalPrimary|WaitingPrimary, Same),
		on(KindStartView, NormalBackup, Same).or(AlreadyNormal),
		on(KindStartView, WaitingBackup, Same).by("OnStartView"),
		on(KindStartView, AnyNormal|AnyWaiting, Newer).by("OnStartView"),
		on(KindStartView, RecoveringReplica, AnyView).or(IsRecovering),
	}
}

// outcomesOfStateTransfer is §5.2.
func outcomesOfStateTransfer() []Decision {
	return []Decision{
		on(KindGetState, AnyNormal|AnyWaiting, Older).or(OlderView),
		on(KindGetState, AnyNormal, Same).by("OnGetState").or(Gap, EntryLost),
		// GETSTATE follows a PREPARE or COMMIT of the view: its primary does not wait for it any more.
		on(KindGetState, WaitingPrimary, Same),
		on(KindGetState, WaitingBackup, Same).or(NotNormal),
		on(KindGetState, AnyNormal|AnyWaiting, Newer).or(NewerView),
		on(KindGetState, RecoveringReplica, AnyView).or(IsRecovering),

		// NEWSTATE goes to who has asked, in a view that it was in and does not lead.
		on(KindNewState, AnyNormal|AnyWaiting, Older).or(OlderView),
		on(KindNewState, NormalPrimary|WaitingPrimary, Same),
		on(KindNewState, NormalBackup, Same).by("OnNewState").or(Gap, NothingNew),
		on(KindNewState, WaitingBackup, Same).by("OnNewState").or(Gap),
		on(KindNewState, AnyNormal|AnyWaiting, Newer),
		on(KindNewState, RecoveringReplica, AnyView).or(IsRecovering),
	}
}

// outcomesOfRecovery is §4.3, with the view-number on disk or with crash vectors.
func outcomesOfRecovery() []Decision {
	return []Decision{
		on(KindRecovery, AnyNormal, Same).by("OnRecovery"),
		on(KindRecovery, AnyWaiting, Same).or(NotNormal),
		on(KindRecovery, RecoveringReplica, Same).or(IsRecovering),

		on(KindRecoveryResponse, AnyNormal|AnyWaiting, AnyView).or(NotRecovering),
		on(KindRecoveryResponse, RecoveringReplica, Older).by("OnRecoveryResponse").or(
			NonceMismatch, BelowQuorum, OlderView, NoPrimaryOfLatestView),
		on(KindRecoveryResponse, RecoveringReplica, Same|Newer).by("OnRecoveryResponse").or(
			NonceMismatch, BelowQuorum, NoPrimaryOfLatestView, NotCrashConsistent),
	}
}

// outcomesOfReads is §6.3.1. No protocol here has reads and recovery without a disk.
func outcomesOfReads() []Decision {
	return []Decision{
		on(KindRead, NormalPrimary, Same).by("OnRead").or(NoValidLease, InheritedNotCommitted),
		on(KindRead, NormalBackup, Same).or(NotPrimary),
		on(KindRead, AnyWaiting, Same).or(NotNormal),
		on(KindRead, RecoveringReplica, Same),

		// LEASE goes to the primary of its view, as PREPAREOK does.
		on(KindGiveLease, AnyNormal|AnyWaiting, Older).or(OlderView),
		on(KindGiveLease, NormalPrimary, Same).by("OnLease").or(LeaseKnown, BelowQuorum),
		on(KindGiveLease, NormalBackup|AnyWaiting, Same),
		on(KindGiveLease, AnyNormal|AnyWaiting, Newer),
		on(KindGiveLease, RecoveringReplica, AnyView),

		// A lease may be over long after its view.
		on(KindLeaseOver, AnyNormal|AnyWaiting, Older).by("OnLeaseOver").or(LeaseKnown),
		on(KindLeaseOver, NormalPrimary|WaitingPrimary, Same),
		on(KindLeaseOver, NormalBackup, Same).by("OnLeaseOver").or(LeaseKnown),
		on(KindLeaseOver, WaitingBackup, Same).or(LeaseKnown),
		on(KindLeaseOver, AnyNormal|AnyWaiting, Newer).or(LeaseKnown),
		on(KindLeaseOver, RecoveringReplica, AnyView),
	}
}

// outcomesOfDisks is about entries that are lost, which any replica may supply at any time.
func outcomesOfDisks() []Decision {
	return []Decision{
		on(KindGetEntries, AnyNormal|AnyWaiting, Same).by("OnGetEntries").or(EntryLost),
		on(KindGetEntries, RecoveringReplica, Same),
		on(KindEntries, AnyNormal|AnyWaiting, Same).by("OnEntries").or(NoneLost),
		on(KindEntries, RecoveringReplica, Same),
	}
}

// outcomesOfClients is what clients receive, and replicas from clients that recover (§4.5).
func outcomesOfClients() []Decision {
	return []Decision{
		on(KindReply, IdleClient, Same).by("SendRead").or(NotForMe, NotOutstanding),
		on(KindReply, WaitingClient, Same).by("OnReply", "SendRead").or(NotForMe, NotOutstanding),
		on(KindReply, ManyClients, Same).by("SendRead").or(NotOutstanding),

		on(KindClientRecovery, AnyNormal, Same).by("OnClientRecovery"),
		on(KindClientRecovery, AnyWaiting, Same).or(NotNormal),
		on(KindClientRecovery, RecoveringReplica, Same),

		on(KindClientNumber, IdleClient, Same).or(NotForMe, NotRecovering),
		on(KindClientNumber, WaitingClient, Same).by("OnClientNumber").
			or(NotForMe, NotRecovering, BelowQuorum),
		on(KindClientNumber, ManyClients, Same), // A crowd does not crash.
	}
}

// outcomesOfTimers is about the steps that receive nothing: timers, crashes, and the clients' own.
func outcomesOfTimers() []Decision {
	return []Decision{
		alone("SendRequest", IdleClient|ManyClients).by("SendRequest"),
		alone("SendRequest", WaitingClient).or(Outstanding),
		alone("CrashClient", IdleClient|WaitingClient).by("CrashClient"),
		alone("CrashClient", ManyClients).or(NoClient),

		alone("SendCommit", NormalPrimary).by("SendCommit"),
		alone("SendCommit", NormalBackup).or(NotPrimary),
		alone("SendCommit", AnyWaiting).or(NotNormal),
		alone("SendCommit", RecoveringReplica).or(IsRecovering),
		alone("SendStartViewChange", NormalPrimary).or(NotBackup),
		alone("SendStartViewChange", NormalBackup|AnyWaiting).by("SendStartViewChange"),
		alone("SendStartViewChange", RecoveringReplica).or(IsRecovering),

		alone("Restart", AnyNormal|AnyWaiting).by("Restart"),
		alone("Restart", RecoveringReplica), // Either there is a disk, or there is recovery.
		alone("Crash", AnyReplica).by("Crash"),

		alone("RestartDamaged", AnyNormal|AnyWaiting).by("RestartDamaged").or(HeadKnown),
		alone("RestartDamaged", RecoveringReplica),
		alone("SendGetEntries", AnyNormal|AnyWaiting).by("SendGetEntries").or(NoneLost),
		alone("SendGetEntries", RecoveringReplica),

		alone("SendLease", NormalPrimary).or(NotBackup),
		alone("SendLease", NormalBackup).by("SendLease").or(LeaseKnown),
		alone("SendLease", AnyWaiting).or(NotNormal),
		alone("SendLease", RecoveringReplica),
		// It is the end of the leases of the last normal view.
		alone("EndLease", NormalPrimary).by("EndLease").or(LeaseKnown),
		alone("EndLease", NormalBackup).or(NotPrimary),
		alone("EndLease", AnyWaiting).by("EndLease").or(NotPrimary, LeaseKnown),
		alone("EndLease", RecoveringReplica),
	}
}
