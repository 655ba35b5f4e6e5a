// SPDX-License-Identifier: Apache-2.0

package spec

// The table of all cases for checkpoints and for the optimisations: each changes a few cells of
// that of [Outcomes], and adds those of its own messages and steps. All of them have disks, and no
// replica recovers, but where whole disks are lost.

// Part is a part of the protocol that has cells of its own.
type Part struct {
	// Name is what the document calls it, with the section of the paper.
	Name     string
	Protocol Protocol
	// Outcomes is what is decided besides and in place of the first table.
	Outcomes []Decision
}

// Parts lists them in the order of the paper.
func Parts() []Part {
	return []Part{
		{"Checkpoints (§5.1)", Checkpoints(), outcomesOfCheckpoints()},
		{"Log suffixes (§5.3)", LogSuffixes(), outcomesOfSuffixes()},
		{"Witnesses (§6.1)", Witnesses(), outcomesOfWitnesses()},
		{"Batches and a bounded pipeline (§6.2)", Batching(1), outcomesOfBatches()},
		{"Quorum reads", QuorumReads(), outcomesOfQuorumReads()},
		{"Lost disks", LostDisks(), outcomesOfLostDisks()},
	}
}

// outcomesOfCheckpoints is §5.1. The offer answers GETSTATE, and so comes to a replica that has
// been in its view and does not lead it.
func outcomesOfCheckpoints() []Decision {
	return []Decision{
		on(KindGetState, AnyNormal, Same).by("OnGetState", "OfferCheckpoint").or(Gap),
		on(KindStartView, WaitingBackup, Same).by("OnStartView").or(BelowCheckpoint),
		on(KindNewState, WaitingBackup, Same).by("OnNewState").or(Gap, BelowCheckpoint),

		on(KindCheckpointOffer, AnyNormal|AnyWaiting, Older).or(OlderView),
		on(KindCheckpointOffer, NormalPrimary|WaitingPrimary, Same),
		on(KindCheckpointOffer, NormalBackup|WaitingBackup, Same).by("OnCheckpointOffer").
			or(NothingNew),
		on(KindCheckpointOffer, AnyNormal|AnyWaiting, Newer),

		alone("TakeCheckpoint", AnyNormal|AnyWaiting).by("TakeCheckpoint").or(NothingNew),
		alone("DropPrefix", AnyNormal|AnyWaiting).by("DropPrefix").or(NothingNew),
	}
}

// outcomesOfSuffixes is §5.3: a new primary asks for the entries that it lacks, and is answered
// before the view starts. It forgets what it waits for when it restarts.
func outcomesOfSuffixes() []Decision {
	return []Decision{
		on(KindGetState, WaitingBackup, Same).by("OnGetState").or(NotNormal, Gap),
		on(KindNewState, NormalPrimary, Same).or(NotBackup),
		on(KindNewState, WaitingPrimary, Same).by("OnNewState").or(NotBackup, NotChosen),
	}
}

// outcomesOfWitnesses is §6.1. A witness never leads.
func outcomesOfWitnesses() []Decision {
	return []Decision{
		on(KindDoViewChange, NormalPrimary, Same).or(EntriesDropped, AlreadyNormal),
		on(KindDoViewChange, WaitingPrimary, Same).by("OnDoViewChange").
			or(EntriesDropped, BelowQuorum),
		on(KindGetState, NormalBackup, Same).by("OnGetState").or(Gap, EntriesDropped),

		on(KindCheckpointed, NormalPrimary|WaitingPrimary, Same).or(NotWitness),
		on(KindCheckpointed, NormalBackup|WaitingBackup, Same).by("CollectLog").
			or(NotWitness, NothingNew, BelowQuorum),
		alone("SendCheckpointed", NormalPrimary|WaitingPrimary).by("SendCheckpointed").
			or(NothingNew),
		alone("SendCheckpointed", NormalBackup|WaitingBackup).by("SendCheckpointed").
			or(IsWitness, NothingNew),
	}
}

// outcomesOfBatches is §6.2. A request is never refused because the pipeline is full: it waits in
// the batch.
func outcomesOfBatches() []Decision {
	return []Decision{
		alone("SendBatch", NormalPrimary).by("SendBatch").or(EmptyBatch, PipelineFull),
		alone("SendBatch", NormalBackup).or(NotPrimary),
		alone("SendBatch", AnyWaiting).or(NotNormal),
	}
}

// outcomesOfLostDisks is about a replica that has lost its whole disk. It is down, which is
// Recovering here, until it is formatted; and then waits for a log with its no-op.
func outcomesOfLostDisks() []Decision {
	return []Decision{
		on(KindNoOp, NormalPrimary, Same).by("OnNoOp").or(StaleRequest, RequestInProgress),
		on(KindNoOp, NormalBackup, Same).or(NotPrimary),
		on(KindNoOp, AnyWaiting, Same).or(NotNormal),
		on(KindNoOp, RecoveringReplica, Same).or(IsRecovering),

		// The operator reads the replies to no-ops. Those of a view come from its primary.
		on(KindReply, AnyNormal|AnyWaiting, Older|Newer).or(NotRecovering),
		on(KindReply, NormalPrimary|WaitingPrimary, Same),
		on(KindReply, NormalBackup|WaitingBackup, Same).or(NotRecovering),
		on(KindReply, RecoveringReplica, Older),
		on(KindReply, RecoveringReplica, Same|Newer).by("Format").or(NotForMe),

		on(KindStartViewChange, AnyWaiting, Same).by("OnStartViewChange").
			or(BelowQuorum, NotAdopted),
		on(KindDoViewChange, NormalPrimary, Same).or(AlreadyNormal),
		on(KindDoViewChange, WaitingPrimary, Same).by("OnDoViewChange").
			or(BelowQuorum, NotAdopted),
		on(KindStartView, WaitingBackup, Same).by("OnStartView").or(NotAdopted),
		on(KindStartView, AnyWaiting, Newer).by("OnStartView").or(NotAdopted),
		on(KindNewState, WaitingBackup, Same).by("OnNewState").or(Gap, NotAdopted),
		on(KindNewState, AnyNormal|AnyWaiting, Newer),

		alone("LoseDisk", AnyReplica).by("LoseDisk"),
		alone("Restart", RecoveringReplica).or(IsRecovering),
	}
}

// outcomesOfQuorumReads is about reads at any replica: its status does not matter.
func outcomesOfQuorumReads() []Decision {
	return []Decision{
		on(KindRead, AnyNormal|AnyWaiting, Same).by("OnRead"),
		on(KindReadHead, AnyNormal|AnyWaiting, Same).by("OnReadHead").
			or(NotForMe, NotExecuted, BelowQuorum),
		on(KindReadReply, IdleClient|WaitingClient|ManyClients, Same).by("SendRead"),
	}
}
