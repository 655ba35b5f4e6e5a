// SPDX-License-Identifier: Apache-2.0

package mutants

// The rows about state transfer, the service, liveness and what is around the replica: 42 to 70.

// syncRows: state transfer and checkpoints.
func syncRows() []Row {
	return []Row{
		{Number: 42, Fault: "StateTransferTruncatesToCommit (paper)", In: "si", Must: "M",
			Should: "SC", Trials: trials(byModel("StateTransferTruncatesToCommit"),
				bySim("StateTransferTruncatesToCommit"), bySteps("StateTransferTruncatesToCommit"))},
		{Number: 43, Fault: "SyncAcksBeforeData", In: "si", Must: "MS",
			Trials: trials(byModel("StateSyncAcksEarly"), bySim("SyncAcksBeforeData"),
				bySteps("SyncAcksBeforeData"))},
		{Number: 44, Fault: "SyncDropsAboveCheckpoint", In: "si", Must: "M", Should: "SL",
			Trials: trials(byModel("StateSyncTruncates"))},
		{Number: 45, Fault: "SyncBeforeViewAdopted", In: "si", Must: "M", Should: "S",
			Trials: trials(byModel("CheckpointEntersView"))},
		{Number: 46, Fault: "CheckpointNondeterministic (map order, clock)", In: "i", Must: "S",
			Trials: trials(bySim("CheckpointNondeterministic"))},
		{Number: 47, Fault: "CheckpointSwitchBeforeFlush", In: "i", Must: "T", Should: "R",
			Trials: trials(byDisk("CheckpointSwitchBeforeFlush"), byDisk("CheckpointInPlace"))},
		{Number: 48, Fault: "ClientTableNotInCheckpoint", In: "si", Must: "MSL",
			Trials: trials(byModel("CheckpointWithoutTable"), bySim("ClientTableNotInCheckpoint"),
				byHistory("ClientTableNotInCheckpoint"), bySteps("ClientTableNotInCheckpoint"))},
	}
}

// serviceRows: what clients see.
func serviceRows() []Row {
	return []Row{
		{Number: 49, Fault: "ReplyBeforeExecute / cached reply of wrong request", In: "si",
			Must: "L", Should: "P", Trials: trials(byHistory("ReplyOfFirstRequest"),
				bySim("ReplyOfFirstRequest"), byHistory("AppendLost"))},
		{Number: 50, Fault: "RetryExecutesTwice", In: "si", Must: "ML",
			Trials: trials(byModel("ForgetTakenOverRequests"), byHistory("RetryExecutesTwice"),
				bySteps("RetryExecutesTwice"))},
		{Number: 51, Fault: "EvictByStalePrimary", In: "si", Must: "S",
			Trials: trials(bySim("EvictByStalePrimary"), bySteps("EvictByStalePrimary"))},
		{Number: 52, Fault: "ReadAtPrimaryWithoutQuorum", In: "si", Must: "ML",
			Trials: trials(byModel("ReadWithoutLease"), byMeta("get-ignores-state")),
			Not: map[Layer]string{HistoryLayer: "reads of the implementation go through the log. " +
				"Recorded histories have stale reads, and a checker that is blind to them is caught"}},
		{Number: 53, Fault: "LeaseOnWallClock / pause ignored", In: "i", Must: "SL",
			Should: "R", Trials: trials(byModel("ForgetLease")), Not: map[Layer]string{
				SimLayer:     "the implementation has no leases",
				HistoryLayer: "the implementation has no leases"}},
		{Number: 54, Fault: "CommitNumberGoesBack", In: "si", Must: "PM",
			Trials: trials(byRandom("CommitNumberGoesBack"), bySteps("CommitNumberGoesBack"),
				bySim("CommitNumberGoesBack")), Not: map[Layer]string{ModelLayer: "a smaller k is " +
				"knowledge lost, which no state of the group forbids; that k never goes back is " +
				"asked of each step, by the walks of package spec and by conformance"}},
		{Number: 55, Fault: "ExecuteBeyondValidatedTail", In: "si", Must: "M", Should: "SL",
			Trials: trials(byModel("CommitBeyondLog"), byModel("CommitWhileWaiting"))},
		{Number: 56, Fault: "HeartbeatAdoptsViewConcurrently", In: "i", Must: "R", Should: "C",
			Trials: trials(byReal("HeartbeatAdoptsViewConcurrently"))},
		{Number: 57, Fault: "HandlerGoesOnAfterDiskError", In: "i", Must: "RT",
			Trials: trials(byReal("HandlerGoesOnAfterDiskError"), byDisk("JournalGoesOnAfterError"))},
		{Number: 58, Fault: "ReformatRejoinsAtOnce", In: "si", Must: "M", Should: "S",
			Trials: trials(byModel("ReformatAndRejoin"), byModel("RestartEmpty"))},
		{Number: 59, Fault: "RecoverAtViewPlusOne", In: "si", Must: "M",
			Trials: trials(byModel("RecoverAtViewPlusOne"), byModel("RecoverWithoutNoOp"))},
		{Number: 60, Fault: "DisklessRecoveryWithoutFix", In: "s", Must: "M",
			Trials: trials(byModel("DisklessRecovery"))},
	}
}

// livenessRows: what never ends.
func livenessRows() []Row {
	return []Row{
		{Number: 61, Fault: "RepairRoundRobin (resonance)", In: "i", Must: "S",
			Trials: trials(bySim("FetchNeverGivesUp"), byProperty("FetchNeverGivesUp")),
			Missed: map[Layer]string{SimLayer: "a finding: whoever waits for a view is freed by " +
				"the timer of the next one, and whoever follows a primary asks one that has just " +
				"answered. The simulator fails a run in which such a replica asks the same one " +
				"more than eight times in vain; no such run is among the seeds. A test of the " +
				"core sees it"}},
		{Number: 62, Fault: "JumpToHigherViewFromOne STARTVIEWCHANGE", In: "si", Must: "MS",
			Note: "that is the protocol: by §4.2 one STARTVIEWCHANGE of a later view takes a " +
				"replica there. A replica that is cut off from the primary alone can disturb a " +
				"group so; it cannot stop it for ever, as it waits longer each time (row 63)"},
		{Number: 63, Fault: "TimeoutWithoutBackoff/jitter", In: "i", Must: "S",
			Trials: trials(bySim("TimeoutWithoutBackoff"), bySim("NeverGivesUpAPrimary"))},
	}
}

// edgeRows: transport, codec, epochs, services, clocks, and the checkers.
func edgeRows() []Row {
	return []Row{
		{Number: 64, Fault: "PeerIdFromFrame (not certificate)", In: "i", Must: "R",
			Note: "there is no TLS: no peer has a certificate"},
		{Number: 65, Fault: "AllocateBeforeLengthCheck", In: "i", Must: "F",
			Trials: trials(byFuzz("AllocateBeforeLengthCheck"))},
		{Number: 66, Fault: "NonceReused in recovery", In: "si", Must: "M", Should: "S",
			Trials: trials(byModel("ReusedNonce"))},
		{Number: 67, Fault: "EpochIgnoredInQuorum", In: "si", Must: "M",
			Trials: trials(byModel("ViewsWithoutEpochs"))},
		{Number: 68, Fault: "LockWithoutFencing", In: "i", Must: "L",
			Trials: trials(byMeta("release-ignores-token")), Not: map[Layer]string{HistoryLayer: "there " +
				"is no lock service; that the checker knows what a lock is has a mutant"}},
		{Number: 69, Fault: "MarzulloAcceptsMinority", In: "i", Must: "P", Should: "F",
			Trials: trials(byProperty("MarzulloAcceptsMinority")),
			Note:   "TestErrorIsBoundedWithFLiars, the random property, does not see it"},
		{Number: 70, Fault: "CheckerBlind: porcupine treats unknown as ok; conform skips a step",
			In: "checker", Must: "X", Trials: trials(byMeta("unknown-took-effect-at-once"),
				byMeta("fail-may-take-effect"), byMeta("ForgetReceived"), byMeta("ForgetSent"))},
	}
}
