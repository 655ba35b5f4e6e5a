// SPDX-License-Identifier: Apache-2.0

package mutants

import "slices"

// ImplMutant is a wrong variant of the implementation: one piece of its source replaced. It is built
// from an overlay, so the source itself is never touched.
type ImplMutant struct {
	Name string
	// What the variant does wrong.
	What string
	// File is the path in the repository; Old must be in it exactly once and becomes New.
	File, Old, New string
	// By is the layer that must catch it.
	By string
	// Test is the test that must fail, where the layer is a test, and Package where it is: a
	// folder, empty for impl/journal. Race says that the race detector must see it.
	Test, Package string
	Race          bool
}

// ImplMutants lists the wrong variants of the implementation.
func ImplMutants() []ImplMutant {
	return slices.Concat(protocolMutants(), durabilityMutants(), serviceMutants(), headMutants(),
		nackMutants(),
		writeMutants(), roomMutants(), recoveryMutants(), believeMutants(), replayMutants(),
		superblockMutants(), orderMutants(), earlyMutants(), countingMutants(), forgetfulMutants(),
		livenessMutants(), checkpointMutants(), edgeMutants())
}

// protocolMutants take a step that the spec does not have.
func protocolMutants() []ImplMutant {
	return []ImplMutant{
		{
			Name: "LongestLogWins", What: "the new primary takes the longest log, whatever v′ is",
			File: "impl/vsr/quorum.go",
			Old:  "if a.LastNormalView != b.LastNormalView {",
			New:  "if a.Log.Name.OpNumber == b.Log.Name.OpNumber {",
			By:   "conform",
		},
		{
			Name: "QuorumOfF", What: "the new primary starts the view one DOVIEWCHANGE too early",
			File: "impl/vsr/quorum.go",
			Old:  "if len(list) < others {\n\t\treturn nil, BelowQuorum",
			New:  "if others = min(others, len(list)); others == 0 {\n\t\treturn nil, BelowQuorum",
			By:   "conform",
		},
		{
			Name: "StateTransferTruncatesToCommit",
			What: "a replica that hears of a later view cuts its log to k (the paper)",
			File: "impl/vsr/statetransfer.go",
			Old:  "\t\tr.waitFor(v)\n",
			New:  "\t\tr.waitFor(v)\n\t\tr.takeTail(tail{keep: r.commitNumber})\n",
			By:   "conform",
		},
		{
			Name: "AppendWhileWaiting", What: "a replica that waits for a view appends its PREPAREs",
			File: "impl/vsr/normal.go",
			Old:  "\tcase why == NewerView, why == NotNormal:\n\t\tr.joinView(m, m.ViewNumber)\n\t\treturn\n\tcase why != Accepted:\n\t\tr.ignore(\"OnPrepare\", why, m)",
			New:  "\tcase why == NewerView:\n\t\tr.joinView(m, m.ViewNumber)\n\t\treturn\n\tcase why != Accepted && why != NotNormal:\n\t\tr.ignore(\"OnPrepare\", why, m)",
			By:   "conform",
		},
		{
			Name: "RetryExecutesTwice", What: "a request that is sent again is a new request",
			File: "impl/vsr/normal.go",
			Old:  "m.RequestNumber > record.latest.requestNumber:",
			New:  "m.RequestNumber >= record.latest.requestNumber:",
			By:   "conform",
		},
		{
			Name: "StaleStartViewTaken", What: "STARTVIEW of the current view is taken once more",
			File: "impl/vsr/viewchange.go",
			Old:  "\tcase m.ViewNumber == r.viewNumber && r.status == Normal:\n\t\tr.ignore(\"OnStartView\"",
			New:  "\tcase m.ViewNumber == r.viewNumber && r.isPrimary():\n\t\tr.ignore(\"OnStartView\"",
			By:   "conform",
		},
	}
}

// durabilityMutants say something before it is on the disk, or forget it.
func durabilityMutants() []ImplMutant {
	return []ImplMutant{
		{
			Name: "AckBeforeBodyDurable", What: "messages leave before the writes they speak of",
			File: "impl/vsr/held.go",
			Old:  "r.enqueue(r.held.written, receiver, m)",
			New:  "r.enqueue(0, receiver, m)",
			By:   "sim",
		},
		{
			Name: "CountOwnOKBeforeDurable", What: "the primary counts entries not yet on its disk",
			File: "impl/vsr/normal.go",
			Old:  "r.quorum.committable(others, r.held.durable)",
			New:  "r.quorum.committable(others, r.log.opNumber())",
			By:   "conform",
		},
		{
			Name: "ForgetLastNormalView", What: "a restarted replica takes its view for v′",
			File: "impl/vsr/restart.go",
			Old:  "= disk.ViewNumber, disk.LastNormalView",
			New:  "= disk.ViewNumber, disk.ViewNumber",
			By:   "conform",
		},
		{
			Name: "AckBeforeFlush", What: "the journal says durable without a flush",
			File: "impl/journal/journal.go",
			Old:  "\tif err := j.disk.Flush(); err != nil {\n\t\treturn err\n\t}\n",
			New:  "",
			By:   "conform",
		},
	}
}

// headMutants take the vote of a replica that does not know its head for more, or for less, than it
// is.
func headMutants() []ImplMutant {
	return []ImplMutant{
		{
			Name: "UnknownHeadDenies", What: "not to know an entry counts as to deny it",
			File: "impl/vsr/quorum.go",
			Old:  "best.LastNormalView || !d.HeadUnknown\n",
			New:  "best.LastNormalView || d != nil\n",
			By:   "conform",
		},
		{
			Name: "OneDenialTooFew", What: "an entry is dropped if one replica too few denies it",
			File: "impl/vsr/config.go",
			Old:  "{ return c.Replicas - c.Quorum() + 1 }",
			New:  "{ return c.Replicas - c.Quorum() }",
			By:   "conform",
		},
		{
			Name: "UnknownHeadNotSaid", What: "DOVIEWCHANGE does not say that the head is unknown",
			File: "impl/vsr/viewchange.go",
			Old:  "HeadUnknown: r.headUnknown, Lost: lost,",
			New:  "Lost: lost,",
			By:   "conform",
		},
		{
			Name: "LostHeadNeverWas", What: "what the disk has lost at the head was never there",
			File: "impl/vsr/restart.go",
			Old:  "r.headUnknown = disk.HeadUnknown",
			New:  "r.headUnknown = false",
			By:   "conform",
		},
		{
			Name: "VoteOfWhatIsLeft", What: "a replica without lost entries votes with the rest",
			File: "impl/vsr/damage.go",
			Old:  "\tif r.damage != nil {\n\t\tl = r.damage.top()\n\t}\n",
			New:  "\tlist = nil\n",
			By:   "conform",
		},
	}
}

// serviceMutants do the right steps and give wrong answers: only the clients can see it.
func serviceMutants() []ImplMutant {
	return []ImplMutant{
		{
			Name: "ReplyOfFirstRequest", What: "the client-table keeps the client's first result",
			File: "impl/vsr/clienttable.go",
			Old:  "\trecord.result = result\n",
			New:  "\tif record.result == nil {\n\t\trecord.result = result\n\t}\n",
			By:   "sim",
		},
		{
			Name: "AppendLost", What: "the service answers an APPEND and forgets it",
			File: "impl/service/kv/strings.go",
			Old:  "\ts.setValue(e, e.value+string(arguments[1]))\n\treturn integerReply(int64(len(e.value)))",
			New:  "\treturn integerReply(int64(len(e.value) + len(arguments[1])))",
			By:   "linear",
		},
	}
}
