// SPDX-License-Identifier: Apache-2.0

package defects

import "viewstamp/spec"

// The rows about views, clients, the choice of the log, and single messages.

// viewRows are about what a replica does while it waits for a view, or has entered it.
func viewRows() []Row {
	waits := "it goes the way of JoinView (D10)"
	views := []Corrected{searched("view-change"), searched("two-view-changes")}
	return []Row{
		{Number: "5.8", Wrong: "PREPARE of the view is appended while STARTVIEW is awaited",
			By: "AppendWhileWaiting", Breaks: "AckTrue", Steps: 9, Instead: waits, Holds: views},
		{Number: "5.8", Wrong: "the same", By: "AppendWhileWaiting", Breaks: "Agreement", Steps: 13,
			Predicted: 12, PredictedFor: "Agreement 3/2/0", Instead: waits,
			Why: "Another schedule, with two requests, which were said not to be enough: STARTVIEW " +
				"comes late and takes away what the replica has committed."},
		{Number: "5.8", Wrong: "and the replica is Normal after that", By: "AppendAndEnter",
			Breaks: "LogMatching", Steps: 12, Predicted: 10, PredictedFor: "LogMatching 3/2/0",
			Instead: waits},
		{Number: "5.9", Wrong: "PREPARE of the view that was left is acknowledged",
			By: "AcknowledgeOldView", Breaks: "NothingLost", Steps: 9, Predicted: 8,
			PredictedFor: "NothingLost 1/1/0", Instead: "its status forbids it", Holds: views},
		{Number: "5.12", Wrong: "STARTVIEW is taken twice", By: "StartViewTwice",
			Breaks: "QuorumCopies", Steps: 11, Predicted: 10, PredictedFor: "QuorumCopies 1/1/0",
			Instead: "a view starts once (D18)", Holds: views},
		{Number: "5.12", Wrong: "the same", By: "StartViewTwice",
			Bounds: spec.Bounds{Requests: 1, ViewChanges: 2}, Breaks: "NothingLost", Steps: 16,
			Predicted: 15, PredictedFor: "NothingLost 1/2/0", Instead: "the same"},
	}
}

// clientRows are about the client-table, client recovery and reads.
func clientRows() []Row {
	leases := "Leases are steps of their own here, and the reader must have had a reply: SendRead " +
		"follows it. There the lease was the rule that no larger view exists."
	return []Row{
		{Number: "5.10", Wrong: "the client-table lacks what was taken over",
			By: "ForgetTakenOverRequests", Breaks: "ExactlyOnce", Steps: 11, Predicted: 10,
			PredictedFor: "ExactlyOnce 1/1/0", Instead: "compute it from the log (D3)",
			Holds: []Corrected{searched("view-change-sessions")}},
		{Number: "5.10", Wrong: "its twin: the table remembers what a view change has dropped",
			By: "C-602", Breaks: "ServesResends", Steps: 14, Instead: "compute it from the log (D3)",
			Holds: []Corrected{fixOf("C-602")}},
		{Number: "5.11", Wrong: "a client that comes back adds 2 to its latest request-number",
			By: "C-601", Breaks: "ReplyMatches", Steps: 13, Instead: "it is another client (D4)",
			Holds: []Corrected{fixOf("C-601"), holding("C-601a")}},
		{Number: "5.11", Wrong: "it asks one replica only", By: "C-601b", Breaks: "ReplyMatches",
			Steps: 13, Instead: "it is another client (D4)", Holds: []Corrected{fixOf("C-601b")}},
		{Number: "5.13", Wrong: "a primary without leases answers reads", By: "C-201a",
			Breaks: "ReadsSeeWrites", Steps: 12, Predicted: 9, PredictedFor: "stale read 1/1/0",
			Why: leases, Instead: "leases", Holds: []Corrected{fixOf("C-201a")}},
		{Number: "5.13", Wrong: "leases, but reads before the inherited log is committed",
			By: "C-202", Breaks: "ReadsSeeWrites", Steps: 14, Predicted: 9,
			PredictedFor: "stale read 1/1/0", Why: leases, Instead: "wait for that (D29)",
			Holds: []Corrected{fixOf("C-202")}},
	}
}

// choiceRows are about quorums and the choice of the log.
func choiceRows() []Row {
	rule := "v′, then n (§4.2)"
	return []Row{
		{Number: "5.16", Wrong: "the longest log wins, whatever v′ is", By: "C-002a",
			Breaks: "NothingLost", Steps: 18, Predicted: 16, PredictedFor: "NothingLost 3/2/0",
			Instead: rule, Holds: []Corrected{holding("C-002")}, Slow: true},
		{Number: "5.16", Wrong: "the largest v′ wins, the own log on a tie", By: "C-002c",
			Breaks: "NothingLost", Steps: 9, Predicted: 8, PredictedFor: "NothingLost 1/1/0",
			Instead: rule, Holds: []Corrected{fixOf("C-002c")}},
		{Number: "5.16", Wrong: "the largest k wins", By: "C-002b",
			Bounds: spec.Bounds{Requests: 2, ViewChanges: 3}, Breaks: "NothingLost", Steps: 18,
			Predicted: 16, PredictedFor: "NothingLost 2/3/0", Instead: rule, Slow: true},
		{Number: "5.16", Wrong: "the same, fewer view changes", By: "C-002b", Breaks: "NothingLost",
			Steps: 18, Predicted: 17, PredictedFor: "NothingLost 2/2/0", Instead: rule, Slow: true,
			Why: "One step fewer than predicted: the third view change saves nothing here."},
		{Number: "5.17", Wrong: "f+1 of four replicas are a quorum", By: "QuorumFPlusOneOfFour",
			Breaks: "NothingLost", Steps: 9, Predicted: 8, PredictedFor: "NothingLost 1/1/0",
			Instead: "N − F (D1)", Holds: []Corrected{fixOf("C-003b")}},
	}
}

// messageRows are about what a message says.
func messageRows() []Row {
	return []Row{
		{Number: "5.19", Wrong: "NEWSTATE does not say what it follows",
			By: "NewStateWithoutItsPlace", Breaks: "LogMatching", Steps: 8,
			Instead: "it names n′", Holds: []Corrected{searched("whole-protocol")}},
		{Number: "5.20", Wrong: "k is taken though the log is shorter", By: "CommitBeyondLog",
			Breaks: "CommitBound", Steps: 6, Predicted: 5, PredictedFor: "CommitBound 2/1/0",
			Instead: "as far as the log goes (D12)", Holds: []Corrected{searched("normal-operation")}},
	}
}
