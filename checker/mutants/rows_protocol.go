// SPDX-License-Identifier: Apache-2.0

package mutants

// The rows about the order of writes and messages, the protocol, and damaged disks: 1 to 22.

// orderRows: what must be durable before what is said.
func orderRows() []Row {
	return []Row{
		{Number: 1, Fault: "AckBeforeBodyDurable", In: "i", Must: "TS", Should: "CR",
			Trials: trials(byDisk("JournalAcksBeforeFlush"), bySim("AckBeforeFlush"),
				bySteps("AckBeforeFlush"), bySim("AckBeforeBodyDurable"),
				bySteps("AckBeforeBodyDurable"), byModel("AckBeforeBodyDurable"))},
		{Number: 2, Fault: "AckBeforeHeaderDurable", In: "i", Must: "T",
			Trials: trials(byDisk("JournalAcksBeforeHeader"))},
		{Number: 3, Fault: "HeaderBeforeBody; OneFlush", In: "i", Must: "T",
			Trials: trials(byDisk("OneFlush")),
			Note:   "header and body in one flush may reach the disk in either order"},
		{Number: 4, Fault: "AckOutOfOrder; HeaderOutOfOrder in repair", In: "si", Must: "MT",
			Should: "C", Trials: trials(byModel("CumulativeAboveGap"), byDisk("AckOutOfOrder")),
			Note: "groups are repaired in order, by one loop"},
		{Number: 5, Fault: "AckBeforeLastNormalViewDurable", In: "si", Must: "MS", Should: "C",
			Trials: trials(byModel("ForgetLastNormalView"),
				bySim("AckBeforeLastNormalViewDurable"), bySteps("AckBeforeLastNormalViewDurable"))},
		{Number: 6, Fault: "StartViewBeforeSuperblock", In: "si", Must: "MS", Should: "C",
			Trials: trials(byModel("StartViewBeforeDurable"), bySim("StartViewBeforeDurable"),
				bySteps("StartViewBeforeDurable"))},
		{Number: 7, Fault: "DoViewChangeBeforeSuperblock", In: "si", Must: "MS", Should: "C",
			Trials: trials(byModel("DoViewChangeBeforeSuperblock"),
				bySim("DoViewChangeBeforeDurable"), bySteps("DoViewChangeBeforeDurable"))},
		{Number: 8, Fault: "SecondDoViewChangeDiffers after restart", In: "i", Must: "TC",
			Should: "S", Trials: trials(byDisk("ViewNotInSuperblock"), byDisk("DroppedEntriesStay"),
				bySteps("ForgetLastNormalView"), bySim("ForgetLastNormalView"))},
	}
}

// protocolRows: choosing, counting, committing.
func protocolRows() []Row {
	return []Row{
		{Number: 9, Fault: "ForgetLastNormalView (use header view)", In: "si", Must: "M",
			Should: "CL", Trials: trials(byModel("ForgetLastNormalView"),
				bySteps("ForgetLastNormalView"), byHistory("ForgetLastNormalView"))},
		{Number: 10, Fault: "LongestLogWins (ignore v′)", In: "si", Must: "M", Should: "L",
			Trials: trials(byModel("LongestLogWins"), bySteps("LongestLogWins"))},
		{Number: 11, Fault: "QuorumOfF (f instead of f+1) in OnDoViewChange", In: "si",
			Must: "M", Should: "SL", Trials: trials(byModel("QuorumOfF"), bySteps("QuorumOfF"))},
		{Number: 12, Fault: "CommitWithoutQuorum", In: "si", Must: "M", Should: "L",
			Trials: trials(byModel("CommitWithoutQuorum"))},
		{Number: 13, Fault: "CountOwnOKBeforeDurable", In: "i", Must: "S", Should: "T",
			Trials: trials(byModel("OwnAckBeforeDurable"), bySim("CountOwnOKBeforeDurable"),
				bySteps("CountOwnOKBeforeDurable"))},
		{Number: 14, Fault: "DuplicateOKCountsTwice", In: "si", Must: "MP",
			Trials: trials(byModel("DuplicateOKCountsTwice"), byRandom("DuplicateOKCountsTwice"),
				bySteps("DuplicateOKCountsTwice"))},
		{Number: 15, Fault: "OKFromOldViewCounts", In: "si", Must: "M", Should: "C",
			Trials: trials(byModel("OKOfAnyViewCounts"), bySteps("OKFromOldViewCounts"))},
	}
}

// nackRows: what a damaged disk may say.
func nackRows() []Row {
	return []Row{
		{Number: 16, Fault: "NackFaulty", In: "si", Must: "MT", Should: "S",
			Trials: trials(byModel("NackFromFaulty"), byDisk("LossForgotten"),
				bySim("LossForgotten"), bySteps("LossForgotten"))},
		{Number: 17, Fault: "ClearFaultyOnStartView", In: "i", Must: "TS", Should: "C",
			Trials: trials(byModel("FaultyClearedTooEarly"), byDisk("HeadUnknownForgotten"),
				bySim("ClearFaultyOnStartView"), bySteps("ClearFaultyOnStartView"))},
		{Number: 18, Fault: "NackBelowRange", In: "si", Must: "M", Should: "S",
			Trials: trials(byModel("NackBelowRange"))},
		{Number: 19, Fault: "NackQuorumF (one too few)", In: "si", Must: "M", Should: "SL",
			Trials: trials(byModel("NackQuorumOneTooFew"), byModel("UnreadableIsAbsent"),
				bySim("OneDenialTooFew"), bySteps("OneDenialTooFew"))},
		{Number: 20, Fault: "DontKnowCountsAsNack after time-out", In: "i", Must: "S",
			Should: "C", Trials: trials(byModel("DontKnowIsNack"), bySim("UnknownHeadDenies"),
				bySteps("UnknownHeadDenies"), bySim("VoteOfWhatIsLeft"))},
		{Number: 21, Fault: "PresentInferred", In: "i", Must: "S",
			Trials: trials(byModel("FrozenLogIsSilent")), Not: map[Layer]string{SimLayer: "nobody " +
				"says or infers that an entry is present: it is fetched by its name, or is not there"}},
		{Number: 22, Fault: "DropCanonicalAtChainBreak", In: "si", Must: "M", Should: "SL",
			Trials: trials(byModel("SuffixTruncates"), byModel("SuffixFromAnyone"))},
	}
}
