// SPDX-License-Identifier: Apache-2.0

package spec

import "slices"

// The table of all cases where groups change (§7): within an epoch it is that of [Outcomes], but
// for what is decided here.

// Override is a table with other decisions for some cells, or with decisions for more cells.
func Override(table, own []Decision) []Decision {
	all := slices.Clone(own)
	for _, d := range table {
		for _, role := range EpochRoles() {
			for _, view := range EpochRelations() {
				one := d
				one.At, one.View = d.At&role, d.View&view
				if one.At != 0 && one.View != 0 && !slices.ContainsFunc(own, one.sameCell) {
					all = append(all, one)
				}
			}
		}
	}
	return all
}

// sameCell says whether two decisions share a cell.
func (d Decision) sameCell(other Decision) bool {
	return d.Kind == other.Kind && d.Step == other.Step && d.At&other.At != 0 &&
		d.View&other.View != 0
}

// anyEpoch are the relations of a message that names an epoch and no view; allViews those of one
// that names both.
const (
	anyEpoch = Same | OtherEpoch
	allViews = AnyView | OtherEpoch
)

// EpochOutcomes is what is decided where groups change, besides and in place of Outcomes.
func EpochOutcomes() []Decision {
	return slices.Concat(outcomesOfOtherEpochs(), outcomesWithinEpochs(), outcomesOfNewGroups(),
		outcomesOfEpochState(), outcomesOfAdministrators(), outcomesOfEpochTimers())
}

// outcomesOfOtherEpochs is D32 and the first check of all: the messages of §4 and §5.2 count in
// their own epoch only, at a replica that has the state of it. GETSTATE and NEWSTATE are in
// outcomesOfEpochState.
func outcomesOfOtherEpochs() []Decision {
	var all []Decision
	for _, kind := range []Kind{KindPrepare, KindPrepareOK, KindCommit, KindStartViewChange,
		KindDoViewChange, KindStartView, KindRecovery, KindRecoveryResponse} {
		relations := anyEpoch
		if NamesView(kind) {
			relations = allViews
			// A replica that waits for the state of its epoch is in view 0.
			all = append(all, on(kind, TransitioningReplica, Older))
		}
		all = append(all, on(kind, AnyReplica, OfOlderEpoch).or(OlderEpoch),
			on(kind, AnyReplica, OfNewerEpoch).or(NewerEpoch),
			on(kind, TransitioningReplica, relations&^Older).or(IsTransitioning),
			on(kind, ShutDownReplica, relations).or(IsShutDown))
	}
	return all
}

// outcomesWithinEpochs is what clients ask for in an epoch, and where they are told of a later one
// (§7.4).
func outcomesWithinEpochs() []Decision {
	return []Decision{
		on(KindRequest, NormalPrimary, Same).by("OnRequest").
			or(Reconfiguring, StaleRequest, RequestInProgress),
		on(KindRequest, AnyReplica|TransitioningReplica, OfOlderEpoch).by("OnOlderRequest"),
		on(KindRequest, AnyReplica, OfNewerEpoch).or(NewerEpoch),
		on(KindRequest, TransitioningReplica, Same|OfNewerEpoch).or(IsTransitioning),
		on(KindRequest, ShutDownReplica, anyEpoch).or(IsShutDown),

		on(KindNewEpoch, IdleClient|WaitingClient, OfOlderEpoch|Same).or(NotForMe, OlderEpoch),
		on(KindNewEpoch, IdleClient|WaitingClient, OfNewerEpoch).by("OnNewEpoch").or(NotForMe),
		on(KindNewEpoch, ManyClients, anyEpoch), // Its requests name no epoch.
		on(KindNewEpoch, TheAdministrator, OfOlderEpoch|Same),
		on(KindNewEpoch, TheAdministrator, OfNewerEpoch).or(NoClient),
		on(KindReply, TheAdministrator, Same).or(NoClient),
	}
}

// outcomesOfNewGroups is §7.1 and §7.3: what begins an epoch, and what asks whether it has begun.
func outcomesOfNewGroups() []Decision {
	all := []Decision{
		on(KindReconfiguration, NormalPrimary, Same).by("OnReconfiguration").
			or(TooSmall, Reconfiguring, StaleRequest, RequestInProgress),
		on(KindReconfiguration, NormalBackup, Same).or(TooSmall, NotPrimary),
		on(KindReconfiguration, AnyWaiting|RecoveringReplica, Same).or(TooSmall, NotNormal),
		on(KindCheckEpoch, NormalPrimary, Same).by("OnCheckEpoch").
			or(Reconfiguring, StaleRequest, RequestInProgress),
		on(KindCheckEpoch, NormalBackup, Same).or(NotPrimary),
		on(KindCheckEpoch, AnyWaiting|RecoveringReplica, Same).or(NotNormal),

		on(KindStartEpoch, AnyReplica|TransitioningReplica|ShutDownReplica, OfOlderEpoch).
			or(OlderEpoch),
		on(KindStartEpoch, AnyReplica|TransitioningReplica|ShutDownReplica, Same).or(NothingNew),
		on(KindStartEpoch, AnyReplica|TransitioningReplica, OfNewerEpoch).by("OnStartEpoch"),
		on(KindStartEpoch, ShutDownReplica, OfNewerEpoch).by("OnStartEpoch").or(NotMember),

		on(KindEpochStarted, AnyReplica|TransitioningReplica, OfOlderEpoch).or(OlderEpoch),
		on(KindEpochStarted, AnyReplica|TransitioningReplica, OfNewerEpoch).or(NewerEpoch),
		on(KindEpochStarted, AnyReplica, Same).or(NothingNew),
		// A replaced replica counts; a member that waits for the state does not.
		on(KindEpochStarted, TransitioningReplica, Same).by("OnEpochStarted").
			or(NothingNew, BelowQuorum),
		on(KindEpochStarted, ShutDownReplica, anyEpoch).or(IsShutDown),
	}
	for _, kind := range []Kind{KindReconfiguration, KindCheckEpoch} {
		all = append(all, on(kind, AnyReplica, OfOlderEpoch).or(OlderEpoch),
			on(kind, AnyReplica, OfNewerEpoch).or(NewerEpoch),
			on(kind, TransitioningReplica, anyEpoch).or(IsTransitioning),
			on(kind, ShutDownReplica, anyEpoch).or(IsShutDown))
	}
	return all
}

// outcomesOfEpochState is §7.2. Who asks for the state of an epoch is in view 0 of it, and so is
// who has it and is Transitioning.
func outcomesOfEpochState() []Decision {
	var all []Decision
	for _, kind := range []Kind{KindGetState, KindNewState} {
		all = append(all, on(kind, AnyReplica|TransitioningReplica, OfOlderEpoch).or(OlderEpoch),
			on(kind, AnyReplica|TransitioningReplica, OfNewerEpoch).or(NewerEpoch),
			on(kind, ShutDownReplica, allViews).or(IsShutDown))
	}
	return append(all,
		on(KindGetState, AnyNormal|AnyWaiting, Older).by("OnGetEpochState").or(OlderView),
		on(KindGetState, AnyNormal, Same).by("OnGetState", "OnGetEpochState").or(Gap),
		// The state of the epoch is lost, and the asker has none neither.
		on(KindGetState, RecoveringReplica, Older|Same).or(IsTransitioning, IsRecovering),
		on(KindGetState, TransitioningReplica, Older),
		on(KindGetState, TransitioningReplica, Same).by("OnGetEpochState").
			or(NotTransitioning, NothingNew),
		on(KindGetState, TransitioningReplica, Newer).or(NotTransitioning),

		// The sender may be of the old group. The receiver may have the state by now, and lead.
		on(KindNewState, AnyNormal|AnyWaiting, Older).or(NotMember, OlderView),
		on(KindNewState, NormalPrimary, Same).or(NotMember, NotBackup),
		on(KindNewState, NormalBackup, Same).by("OnNewState").or(NotMember, Gap, NothingNew),
		on(KindNewState, RecoveringReplica, Older|Same).or(NotMember, IsRecovering),
		on(KindNewState, TransitioningReplica, Older|Newer),
		on(KindNewState, TransitioningReplica, Same).by("OnNewEpochState").or(Gap, NothingNew))
}

// outcomesOfAdministrators is about their steps, which clients have in the table and never take.
func outcomesOfAdministrators() []Decision {
	return []Decision{
		alone("SendRequest", TheAdministrator).or(NoClient),
		alone("SendReconfiguration", AnyClient&^TheAdministrator).or(NoClient),
		alone("SendReconfiguration", TheAdministrator).by("SendReconfiguration").or(NothingNew),
		alone("SendCheckEpoch", AnyClient&^TheAdministrator).or(NoClient),
		alone("SendCheckEpoch", TheAdministrator).by("SendCheckEpoch").or(NothingNew),
	}
}

// outcomesOfEpochTimers is about timers and crashes. The timer that starts a view change is two
// steps, so that a model can bound the two apart: one for the first epoch, one for all later.
func outcomesOfEpochTimers() []Decision {
	all := []Decision{
		alone("SendStartViewChange", TransitioningReplica).or(NewerEpoch),
		alone("SendStartViewChangeLater", TransitioningReplica).or(IsTransitioning),
		alone("SendCommit", TransitioningReplica).or(IsTransitioning),
		alone("SendCommit", ShutDownReplica).or(IsShutDown),
		alone("Restart", TransitioningReplica).by("Restart"),
		alone("Restart", ShutDownReplica).or(IsShutDown),
		alone("Crash", TransitioningReplica).by("Crash"),
		alone("Crash", ShutDownReplica).or(IsShutDown),
	}
	for _, first := range []bool{true, false} {
		step, other := "SendStartViewChange", NewerEpoch
		if !first {
			step, other = "SendStartViewChangeLater", OlderEpoch
		}
		all = append(all, alone(step, NormalPrimary).or(other, NotBackup),
			alone(step, NormalBackup|AnyWaiting).by(step).or(other),
			alone(step, RecoveringReplica).or(other, IsRecovering),
			alone(step, ShutDownReplica).or(other, IsShutDown))
	}
	return all
}
