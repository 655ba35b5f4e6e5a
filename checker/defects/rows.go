// SPDX-License-Identifier: Apache-2.0

package defects

import (
	"slices"

	"viewstamp/spec"
)

// The rows. The numbers are permanent; those of reconfiguration, 5.18, are claims C-301 to C-305.

// Rows is the table.
func Rows() []Row {
	return slices.Concat(stateTransferRows(), recoveryRows(), diskRows(), viewRows(), clientRows(),
		choiceRows(), messageRows())
}

// stateTransferRows are about §5.2.
func stateTransferRows() []Row {
	keeps := "JoinView keeps log and v′ (D23)"
	return []Row{
		{Number: "5.1", Wrong: "who hears of a later view cuts its log to k and is in that view",
			By: "C-001", Breaks: "NothingLost", Steps: 16, Predicted: 15,
			PredictedFor: "NothingLost 1/2/0", Instead: keeps,
			Holds: []Corrected{fixOf("C-001"), searched("whole-protocol")}},
		{Number: "5.1", Wrong: "the same", By: "C-001", Breaks: "NormalHasCommitted", Steps: 11,
			Predicted: 10, PredictedFor: "NormalHasCommitted 1/2/0", Instead: keeps},
		{Number: "5.1", Wrong: "the same, no COMMIT messages", By: "C-001 without COMMIT",
			Breaks: "NothingLost", Steps: 17, Predicted: 15, PredictedFor: "NothingLost 2/3/0",
			Instead: keeps, Slow: true},
		{Number: "5.1b", Wrong: "cuts the log, keeps v′ and waits", By: "CutLogKeepLastNormalView",
			Breaks: "QuorumCopies", Steps: 13, Predicted: 12, PredictedFor: "QuorumCopies 1/3/0",
			Instead: keeps, Holds: []Corrected{cutOfTwoViews()}},
		{Number: "5.1b", Wrong: "the same, with a restart",
			By: "CutLogKeepLastNormalView with Restart", Breaks: "QuorumCopies", Steps: 11,
			Predicted: 14, PredictedFor: "QuorumCopies 1/2/1", Instead: keeps, Slow: true,
			Why: "Here the restarted primary gives up its view in the same step (D5), so that no " +
				"timer is needed, and it has forgotten k: it cuts what it has committed itself."},
		{Number: "5.2", Wrong: "keeps the log, is Normal in the later view at once",
			By: "KeepLogRaiseLastNormalView", Breaks: "LogMatching", Steps: 9, Predicted: 8,
			PredictedFor: "LogMatching 3/3/0", Instead: keeps,
			Why: "As predicted, but for one step: two requests are sent, and the second view's " +
				"PREPARE is enough."},
		{Number: "5.2", Wrong: "the same", By: "KeepLogRaiseLastNormalView", Breaks: "Agreement",
			Steps: 14, Predicted: 13, PredictedFor: "Agreement 2/2/0", Instead: keeps,
			Why: "One step fewer: it acknowledges the other's PREPARE with its own entry (D11), so " +
				"that no third replica is needed."},
	}
}

// recoveryRows are about §4.3.
func recoveryRows() []Row {
	return []Row{
		{Number: "5.3a", Wrong: "recovery without a disk, as published", By: "C-101",
			Breaks: "NothingLost", Steps: 17, Predicted: 16, PredictedFor: "NothingLost 1/1/2",
			Instead: "the view-number on disk, or crash vectors",
			Holds:   []Corrected{fixOf("C-101"), holding("C-101b"), holding("C-101a"), published()}},
		{Number: "5.3a", Wrong: "the same", By: "C-101", Breaks: "PromiseKept", Steps: 11,
			Predicted: 11, PredictedFor: "PromiseKept 1/1/2", Instead: "the same"},
		{Number: "5.3b", Wrong: "the view is not on disk before DOVIEWCHANGE", By: "C-105a",
			Breaks: "NothingLost", Steps: 10, Predicted: 9, PredictedFor: "NothingLost 1/2/1",
			Instead: "write it first (D6)",
			Holds: []Corrected{fixOf("C-105a"), searched("restart-two-requests"),
				searched("restart-two-view-changes")}},
		{Number: "5.3c", Wrong: "the view on disk is ignored in recovery", By: "C-104c",
			Bounds: spec.Bounds{Requests: 1, ViewChanges: 2, Restarts: 2},
			Breaks: "NothingLost", Steps: 17, Predicted: 16, PredictedFor: "NothingLost 1/2/2",
			Instead: "take no older view", Holds: []Corrected{fixOf("C-104c")}, Slow: true},
		{Number: "5.3c", Wrong: "the same", By: "C-104c", Breaks: "PromiseKept", Steps: 11,
			Instead: "the same"},
		{Number: "5.3d", Wrong: "no disk, no STARTVIEWCHANGE round", By: "C-102b",
			Breaks: "NothingLost", Steps: 10, Predicted: 11, PredictedFor: "NothingLost 1/2/1",
			Why: "Two steps fewer: here a replica that has no round sends DOVIEWCHANGE in the step " +
				"that enters the view.",
			Instead: "the round, and one crash; or a disk",
			Holds:   []Corrected{fixOf("C-102b"), holding("C-102c"), holding("C-102")}},
		{Number: "5.14", Wrong: "the second recovery has the nonce of the first", By: "C-103",
			Breaks: "NothingLost", Steps: 15, Predicted: 14, PredictedFor: "NothingLost 1/1/2",
			Instead: "a nonce of its own for each recovery", Holds: []Corrected{fixOf("C-103")}},
		{Number: "5.15", Wrong: "any primary's answer is taken in recovery", By: "C-104b",
			Breaks: "LogMatching", Steps: 12, Predicted: 12, PredictedFor: "CommitBound 1/1/1",
			Why: "Another property of as many steps: CommitBound holds (the next row), and this is " +
				"what breaks first. A step of the client is among the 12.",
			Instead: "the latest view's primary, answering in it (D20)",
			Holds:   []Corrected{fixOf("C-104b")}},
		{Number: "5.15", Wrong: "the same", By: "C-104b", States: 33_058, Predicted: 12,
			PredictedFor: "CommitBound 1/1/1",
			Why: "The prediction is wrong for this protocol: whatever is taken, k is never raised " +
				"above the log (D12).", Instead: "the same"},
	}
}

// diskRows are about what must be written before what.
func diskRows() []Row {
	return []Row{
		{Number: "5.4", Wrong: "PREPAREOK leaves before the log is written", By: "C-105c",
			Breaks: "NothingLost", Steps: 10, Predicted: 9, PredictedFor: "NothingLost 1/1/1",
			Instead: "write it first (D6)", Holds: []Corrected{fixOf("C-105c"), twoRestarts()}},
		{Number: "5.5", Wrong: "a restarted primary goes on, with unwritten entries lost",
			By: "C-105d", Breaks: "ViewstampUnique", Steps: 5, Predicted: 4,
			PredictedFor: "ViewstampUnique 2/0/1",
			Why: "As predicted, but for one step: two requests are sent, and the first need not " +
				"be sent twice.",
			Instead: "it abdicates (D5); or writes before PREPARE",
			Holds:   []Corrected{searched("restart-two-requests"), resumeAfterWrite()}},
		{Number: "5.6", Wrong: "STARTVIEW leaves before (log, v′) are written",
			By: "StartViewBeforeDurable", Breaks: "OneStartView", Steps: 11, Predicted: 10,
			PredictedFor: "OneStartView 1/1/1", Instead: "one write, before it (D6)",
			Holds: []Corrected{holding("C-105"), searched("restart-two-requests")}},
		{Number: "5.6", Wrong: "the same", By: "StartViewBeforeDurable",
			Bounds: spec.Bounds{Requests: 2, ViewChanges: 1, Restarts: 1},
			Breaks: "LogMatching", Steps: 13, Predicted: 12, PredictedFor: "LogMatching 2/1/1",
			Why: "One step fewer, with view 1 empty: a backup enters it by the second STARTVIEW and takes " +
				"the PREPARE of before the restart; the primary assigns that op-number again.",
			Instead: "the same"},
		{Number: "5.6", Wrong: "the same", By: "StartViewBeforeDurable", Breaks: "QuorumCopies",
			Steps: 10, Instead: "the same"},
		{Number: "5.7", Wrong: "v′ is not on disk", By: "C-105b",
			Bounds: spec.Bounds{Requests: 2, ViewChanges: 1, Restarts: 1},
			Breaks: "LogMatching", Steps: 13, Predicted: 11, PredictedFor: "LogMatching 3/3/1",
			Instead: "write it with the log (D6)",
			Holds:   []Corrected{fixOf("C-105b"), searched("restart-two-requests")}},
		{Number: "5.7", Wrong: "the same", By: "C-105b",
			Bounds: spec.Bounds{Requests: 2, ViewChanges: 1, Restarts: 1},
			Breaks: "Agreement", Steps: 15, Predicted: 13, PredictedFor: "Agreement 3/3/1",
			Instead: "the same"},
	}
}
