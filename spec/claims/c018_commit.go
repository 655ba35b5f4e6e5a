// SPDX-License-Identifier: Apache-2.0

package claims

import "viewstamp/spec"

// C-018: COMMIT of an idle primary (§4.1 step 6) says how far its view has committed. Of an earlier
// view it does no harm to a replica that is Normal: what was committed then is in its log. Of the
// view that a replica waits for it does, since the log is still that of an earlier one.

// commitsOfViews is what holds, and the step too far. (C-004a is the one for later views.)
func commitsOfViews() []Claim {
	const source = "Viewstamped Replication Revisited, §4.1"
	commits := spec.ViewstampedReplication().Without("SendGetState", "JoinView", "OnGetState",
		"OnNewState", "OnReply", "Restart")
	earlier := bounded("commit-numbers of earlier views", commits.Replace("OnCommit",
		spec.ByReplica(CommitOfEarlierView)), 1, 1, 0)
	earlier.Sometimes = []spec.Property{spec.CommittedInLaterView()}
	waiting := commits.Replace("OnCommit", spec.ByReplica(CommitWhileWaiting))
	return []Claim{{
		ID: "C-018", Name: "commit-of-earlier-view", Source: "a weaker form of " + source,
		Statement: "A backup that is Normal may take the commit-number of COMMIT of an earlier view: " +
			"its log begins with all that was committed then.",
		Claimed: earlier, States: 4_774,
	}, {
		ID: "C-018a", Name: "commit-while-waiting", Source: "the opposite of " + source,
		Statement: "A replica that waits for a view may take the commit-number of COMMIT of that view.",
		Picture:   "How COMMIT before STARTVIEW executes the wrong operation",
		Claimed:   bounded("commit-numbers while waiting", waiting, 2, 1, 0),
		Shown: bounded("commit-numbers while waiting, STARTVIEW reaches only replica 2",
			waiting.Replace("OnStartView", onlyAt(2, spec.ByReplica(spec.OnStartView))), 2, 1, 0),
		Properties: []string{"Agreement"}, Refuted: "Agreement", Steps: 15,
		Mutant: "CommitWhileWaiting",
		Fix:    "Take the log of that view first: STARTVIEW, or state transfer.",
		Fixed:  bounded("steps of the own view", commits, 2, 1, 0), States: 284_656,
		SlowFix: true,
	}}
}

// CommitOfEarlierView is OnCommit of a Normal replica that takes what an earlier view has committed
// for committed in its own.
func CommitOfEarlierView(c spec.Configuration, r spec.Replica, m spec.Commit) (
	spec.Replica, []spec.Message, spec.Ignored,
) {
	m.ViewNumber = max(m.ViewNumber, r.ViewNumber)
	return spec.OnCommit(c, r, m)
}

// CommitWhileWaiting is OnCommit that does not ask whether the view has started here.
func CommitWhileWaiting(c spec.Configuration, r spec.Replica, m spec.Commit) (
	spec.Replica, []spec.Message, spec.Ignored,
) {
	waits := r
	waits.Status = spec.Normal
	after, sent, why := spec.OnCommit(c, waits, m)
	after.Status = r.Status
	return after, sent, why
}
