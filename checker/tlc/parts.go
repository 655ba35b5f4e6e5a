// SPDX-License-Identifier: Apache-2.0

package tlc

import (
	"slices"

	"viewstamp/spec"
	"viewstamp/spec/claims"
)

// The parts of the protocol, and in which module each is written down.

// Part is one part of the protocol in TLA+.
type Part struct {
	// About says which part it is, with the section of the paper.
	About string
	// Text is the module with its steps, and Module the one that TLC searches.
	Text, Module string
	// Protocol has its steps.
	Protocol func() spec.Protocol
	// Models: models of the catalogue whose steps are all here are searched in this part.
	Models bool
	// Holds are the claims of which the right protocol is searched, and Variants the wrong ones,
	// by the names of the mutants.
	Holds    []Holding
	Variants []string
}

// Holding is a system of a claim that holds.
type Holding struct {
	// Claim is its id.
	Claim string
	// Name is what to call the system. Empty: the name of the claim.
	Name string
	// Fixed: it is the system with the fix, and not the claim taken literally.
	Fixed bool
	// Within makes the system smaller. Nil: it is that of the claim.
	Within func(*spec.System)
}

// The modules that TLC searches.
const (
	mainModule            = "MCVSR"
	recoveryModule        = "MCRecovery"
	crashVectorModule     = "MCCrashVector"
	readsModule           = "MCReads"
	storageModule         = "MCStorage"
	suffixModule          = "MCSuffix"
	checkpointModule      = "MCCheckpoint"
	clientsModule         = "MCClients"
	besideModule          = "MCBeside"
	batchingModule        = "MCBatching"
	predictionModule      = "MCPrediction"
	witnessModule         = "MCWitness"
	quorumReadsModule     = "MCQuorumReads"
	lostDiskModule        = "MCLostDisk"
	reconfigurationModule = "MCReconfiguration"
	epochRecoveryModule   = "MCEpochRecovery"
)

// transfer are the steps of state transfer, and those of COMMIT, that some parts do without.
func transfer() []string {
	return []string{"SendGetState", "JoinView", "OnGetState", "OnNewState", "SendCommit", "OnCommit"}
}

// Parts lists the parts, in the order of the table in tla/README.md.
func Parts() []Part {
	return slices.Concat(ofThePaper(), ofDisks(), ofOptimisations())
}

// ofThePaper are the protocol and what the paper adds to it.
func ofThePaper() []Part {
	return []Part{{
		About: "§4.1 normal operation, §4.2 view changes, §5.2 state transfer, restart from the disk",
		Text:  "VSR", Module: mainModule, Protocol: spec.ViewstampedReplication, Models: true,
		Holds: []Holding{{Claim: "C-001", Name: "state-transfer-corrected", Fixed: true},
			{Claim: "C-003"}, {Claim: "C-003a"}, {Claim: "C-003c"}, {Claim: "C-003d"}},
		Variants: []string{
			"StateTransferTruncatesToCommit", "CutLogKeepLastNormalView",
			"KeepLogRaiseLastNormalView", "AppendWhileWaiting", "StartViewTwice", "CommitBeyondLog",
			"AcknowledgeOldView", "ForgetTakenOverRequests", "LongestLogWins", "ShorterLogWins",
			"MostCommittedWins", "QuorumFPlusOneOfFour", "OKOfAnyViewCounts",
			"CommitWithoutQuorum", "DoViewChangeBeforeSuperblock", "ForgetLastNormalView",
			"AckBeforeBodyDurable", "ResumeAsPrimary", "TableOnExecute"},
	}, {
		About: "§4.3 recovery without a disk", Text: "VSRRecovery", Module: recoveryModule,
		Protocol: spec.DisklessRecovery,
		Holds: []Holding{{Claim: "C-101a", Name: "recovery-one-crash"},
			{Claim: "C-104", Name: "recovery-view-on-disk", Fixed: true}},
		Variants: []string{"DisklessRecovery", "NoRoundNoDisk", "ReusedNonce", "RestartEmpty",
			"RecoveringVotes", "AnyPrimary", "RecoverOldView"},
	}, {
		About: "§4.3 recovery with crash vectors", Text: "VSRCrashVector", Module: crashVectorModule,
		Protocol: spec.CrashVectors,
		Holds: []Holding{{Claim: "C-101b", Name: "recovery-crash-vectors",
			Within: func(s *spec.System) { s.Bounds.Restarts = 1 }}}, // Two: 10,691,477 states.
		Variants: []string{"CrashVectorsInRecoveryOnly"},
	}, {
		About: "§4.4 operations that need a prediction", Text: "VSRPrediction",
		Module: predictionModule, Protocol: spec.Predictions,
		Holds:    []Holding{{Claim: "C-502"}},
		Variants: []string{"PredictAgain", "BackupsPredict"},
	}, {
		About: "§4.5 recovery of clients", Text: "VSRClients", Module: clientsModule,
		Protocol: spec.ClientRecoveries,
		Holds: []Holding{{Claim: "C-601a"},
			{Claim: "C-601", Name: "new-clients", Fixed: true}},
		Variants: []string{"ClientAddsTwo", "ClientAsksOne"},
	}, {
		About: "§7 reconfiguration", Text: "VSRReconfiguration", Module: reconfigurationModule,
		Protocol: func() spec.Protocol { return spec.Reconfigurable().Without(transfer()...) },
		Models:   true,
		Variants: []string{"DonorGivesUncommitted", "LengthIsEnough", "LongerTailStays",
			"ReconfigurationAgain", "CommitBehindReconfiguration", "TransitioningVotes",
			"TableOfTheEpoch", "TransitioningRestartsNormal"},
	}, {
		About: "§4.3 with §7, recovery while the group changes", Text: "VSREpochRecovery",
		Module: epochRecoveryModule, Protocol: func() spec.Protocol {
			return spec.ReconfigurableWithoutDisk().Without(transfer()...)
		},
		Holds: []Holding{{Claim: "C-306", Name: "recovery-in-epochs",
			Within: inOneView}}, // A view change makes it 679,317 states.
	}}
}

// inOneView is a system without view changes.
func inOneView(s *spec.System) {
	s.Bounds.ViewChanges, s.Sometimes = 0, nil
	s.Protocol = s.Protocol.Without("SendStartViewChange", "OnLaterView", "OnStartViewChange",
		"OnDoViewChange", "OnStartView")
}

// ofDisks are about what disks keep, and do not.
func ofDisks() []Part {
	return []Part{{
		About: "disks that lose what they held", Text: "VSRStorage", Module: storageModule,
		Protocol: func() spec.Protocol { return spec.DamagedDisks().Without(transfer()...) },
		Models:   true,
		Variants: []string{"NackFromFaulty", "DontKnowIsNack", "NackQuorumOneTooFew",
			"NackBelowRange", "AllAnsweredTruncates", "OlderViewDoesNotDeny", "UnreadableHeadIsLow",
			"HeadBelowStartUnknown"},
	}, {
		About: "§5.1 checkpoints", Text: "VSRCheckpoint", Module: checkpointModule,
		Protocol: spec.Checkpoints, Models: true,
		Variants: []string{"StateSyncTruncates", "StateSyncAcksEarly", "CheckpointAtOpNumber",
			"OverwriteBeforeCheckpoint", "DoViewChangeWithoutPrefix", "StartViewBelowCheckpoint"},
	}, {
		About: "a lost disk, and the way back on a new one", Text: "VSRLostDisk",
		Module: lostDiskModule, Protocol: spec.LostDisks,
		Holds: []Holding{{Claim: "C-122b", Name: "lost-disk-no-op", Fixed: true},
			{Claim: "C-122f"}},
		Variants: []string{"ReformatAndRejoin", "RecoverWithoutNoOp", "RecoverWithAnyLog",
			"RecoverWithoutRound"},
	}, {
		About: "a second account beside the log: a table, a state, a disk", Text: "VSRBeside",
		Module: besideModule, Protocol: spec.ViewstampedReplication,
		Variants: []string{"TableOnPrepare", "CheckpointWithoutTable", "RemovedEntriesRise"},
	}}
}

// ofOptimisations make the protocol faster, or cheaper.
func ofOptimisations() []Part {
	return []Part{{
		About: "§5.3 log suffixes in view changes", Text: "VSRSuffix", Module: suffixModule,
		Protocol: spec.ViewstampedReplication,
		Holds: []Holding{{Claim: "C-017"},
			{Claim: "C-017d", Name: "log-suffixes-one-request", Fixed: true}},
		Variants: []string{"SuffixTruncates", "FrozenLogIsSilent"},
	}, {
		About: "§6.1 witnesses", Text: "VSRWitness", Module: witnessModule,
		Protocol: spec.Witnesses,
		Holds:    []Holding{{Claim: "C-303"}},
		Variants: []string{"WitnessCollectsCommitted", "WitnessCollectsAtOne", "WitnessLeads"},
	}, {
		About: "§6.2 batching, and a bound on the pipeline", Text: "VSRBatching",
		Module: batchingModule, Protocol: func() spec.Protocol { return spec.Batching(1) },
		Holds: []Holding{{Claim: "C-007"},
			{Claim: "C-007", Name: "pipelining-one-view", Within: inOneView}, {Claim: "C-411"},
			{Claim: "C-019", Name: "pipeline-after-restart", Fixed: true}},
		Variants: []string{"TailOutgrowsPipeline", "TableOfLastInBatch", "BatchOutlivesView"},
	}, {
		About: "§6.3 reads at a primary with leases, and at backups", Text: "VSRReads",
		Module: readsModule, Protocol: spec.ReadsAtPrimary,
		Holds: []Holding{{Claim: "C-201", Name: "reads-with-leases"},
			{Claim: "C-203", Name: "reads-at-backups"}},
		Variants: []string{"ReadWithoutLease", "ForgetLease", "ReadBeforeInherited",
			"ReadAnywhere", "ConfirmedBeforeRead"},
	}, {
		About: "reads of a quorum, and at a primary that asks first", Text: "VSRQuorumReads",
		Module: quorumReadsModule, Protocol: spec.QuorumReads,
		Holds: []Holding{{Claim: "C-204"}, {Claim: "C-205"}},
		Variants: []string{"QuorumReadOfOne", "QuorumReadAtOnce", "QuorumReadOfCommits",
			"ConfirmedByAnyone"},
	}}
}

// partOf is the part that a module is about.
func partOf(module string) (Part, bool) {
	all := Parts()
	i := slices.IndexFunc(all, func(p Part) bool { return p.Module == module })
	if i < 0 {
		return Part{}, false
	}
	return all[i], true
}

// stepsOf are the steps of the protocol that a module is about.
func stepsOf(module string) []spec.Step {
	part, ok := partOf(module)
	if !ok {
		panic("tlc: no part of the protocol is in module " + module)
	}
	return part.Protocol().Steps
}

// twin is the twin of a system that holds.
func (h Holding) twin(module string) Twin {
	all := claims.Catalogue()
	i := slices.IndexFunc(all, func(c claims.Claim) bool { return c.ID == h.Claim })
	if i < 0 {
		panic("tlc: there is no claim " + h.Claim)
	}
	c := all[i]
	t := Twin{Name: c.Name, System: c.Claimed, Properties: c.Properties, Module: module}
	if h.Fixed {
		t.System, t.Properties = c.Fixed, c.FixedProperties
	}
	if h.Name != "" {
		t.Name = h.Name
	}
	if h.Within != nil {
		h.Within(&t.System)
	}
	t.Cfg = "models/" + t.Name + ".cfg"
	return t
}
