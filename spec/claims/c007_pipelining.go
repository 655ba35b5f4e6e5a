// SPDX-License-Identifier: Apache-2.0

package claims

import "viewstamp/spec"

// C-007 and C-019: the primary may propose an operation before the last one is committed, up to a
// bound; and what that bound says about the logs of the backups.

// window is the bound on the pipeline in these claims.
const window = 2

// pipelining is the bound, and the order in which operations are committed.
func pipelining() []Claim {
	const source = "TigerBeetle, config.zig; tacit in Viewstamped Replication Revisited, §4.1"
	claimed := bounded("pipeline of two", spec.Pipelined(durable(), window), 3, 1, 0)
	claimed.Always = []spec.Property{spec.PipelineBound(window)}
	claimed.Sometimes = []spec.Property{spec.PipelineUsed(window), spec.CommittedInLaterView()}
	return []Claim{{
		ID: "C-007", Name: "pipelining", Source: source,
		Statement: "The primary may send PREPARE while two operations at most are not committed: " +
			"nothing is lost, and no log goes further than that above its commit-number.",
		Claimed: claimed, States: 273_688, Slow: true,
	}, {
		ID: "C-007a", Name: "commit-out-of-order", Source: "a stronger form of " + source,
		Statement: "With gaps in the backups' logs an acknowledgement of operation n may still stand " +
			"for all below it.",
		Picture: "How an acknowledgement above a gap counts for the gap",
		Claimed: bounded("gaps, cumulative acknowledgements", durable().
			Replace("OnPrepare", spec.ByReplica(JumpAhead)).
			Replace("OnDoViewChange", spec.ByQuorum(StartWith(Merge))).
			Replace("OnStartView", spec.ByReplica(AcknowledgeEach)), 2, 1, 0),
		Properties: []string{"NothingLost"}, Refuted: "NothingLost", Steps: 11,
		Mutant: "CumulativeAboveGap",
		Fix:    "Without gaps (§4.1) it may; with gaps each entry needs its own (C-008).",
		Fixed:  bounded("no gaps, cumulative acknowledgements", durable(), 2, 1, 0), States: 12_399,
	}}
}

// pipelineTail is about what the bound says of a single log.
func pipelineTail() []Claim {
	tail := func(name string, p spec.Protocol) spec.System {
		s := bounded(name, spec.Pipelined(p, 1), 2, 0, 1)
		s.Always = []spec.Property{spec.PipelineBound(1)}
		return s
	}
	base := core(spec.ViewstampedReplication())
	return []Claim{{
		ID: "C-019", Name: "pipeline-bounds-the-tail", Source: "TigerBeetle, replica.zig, April 2022",
		Statement: "With one operation on its way at most, no replica ever has two entries above its " +
			"commit-number, also after a restart.",
		Picture:    "How a restart makes the tail of a log longer than the pipeline",
		Claimed:    tail("pipeline of one, the commit-number forgotten in a restart", base),
		Properties: []string{"PipelineBound"}, Refuted: "PipelineBound", Steps: 7,
		Mutant: "TailOutgrowsPipeline",
		Fix:    "Keep with each entry the commit-number that came with it, and restart from the largest.",
		Fixed: tail("pipeline of one, the commit-number kept with the entries",
			base.Replace("Restart", OnRestart(KeepCommitNumber))), States: 7071,
	}}
}

// KeepCommitNumber is a restart from a disk that has the commit-number too.
func KeepCommitNumber(c spec.Configuration, r spec.Replica, lost int) (
	spec.Replica, []spec.Message, spec.Ignored,
) {
	after, sent, why := spec.Restart(c, r, lost)
	after.CommitNumber = r.CommitNumber
	return after, sent, why
}
