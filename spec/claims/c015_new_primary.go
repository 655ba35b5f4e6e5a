// SPDX-License-Identifier: Apache-2.0

package claims

import "viewstamp/spec"

// C-015 and C-021: when a new primary executes, and how often it starts its view.

// newPrimaries is what it may put off, and what it must not do early or twice.
func newPrimaries() []Claim {
	lazy := durable().Replace("OnDoViewChange", spec.ByQuorum(StartThenExecute))
	for _, step := range lazy.Steps {
		if !step.Client {
			lazy = lazy.Replace(step.Name, forgetWhenLeaving(step.Do))
		}
	}
	lazy.Steps = append(lazy.Steps, spec.Step{Name: "ExecuteInherited",
		Do: spec.Spontaneous(ExecuteInherited)})
	holds := bounded("a view starts before what is committed is executed", lazy, 2, 1, 0)
	holds.Sometimes = []spec.Property{spec.CommittedInLaterView()}
	once := bounded("a view starts once", durable(), 2, 1, 0)
	return []Claim{{
		ID: "C-015", Name: "start-then-execute",
		Source: "Viewstamped Replication Revisited, §4.2 step 4",
		Statement: "A new primary may send STARTVIEW and take requests before it has executed what it " +
			"knows to be committed.",
		Claimed: holds, States: 14_009,
	}, {
		ID: "C-015a", Name: "execute-inherited", Source: "a looser form of TigerBeetle, replica.zig, " +
			"April 2022, which executes up to k before its view starts",
		Statement: "It may execute the whole log that it has chosen.",
		Picture:   "How an operation that was executed at the start of a view is lost",
		Claimed: bounded("a new primary executes all that it inherits", durable().Replace(
			"OnDoViewChange", spec.ByQuorum(ExecuteAllInherited)), 1, 3, 0),
		Properties: []string{"NothingLost"}, Refuted: "NothingLost", Steps: 17, Slow: true,
		Mutant: "ExecuteAllInherited",
		Fix:    "Up to k only; the rest when it has a quorum in this view.",
		Fixed:  bounded("a new primary executes up to k", durable(), 1, 3, 0), States: 2_218_435,
		SlowFix: true,
	}, {
		ID: "C-021", Name: "view-starts-once", Source: "TigerBeetle, replica.zig, April 2022",
		Statement: "Of all quorums of DOVIEWCHANGE the first one starts the view, and the others " +
			"do nothing.",
		Claimed: once, States: 12_399,
	}, {
		ID: "C-021a", Name: "each-quorum-starts", Source: "the opposite of TigerBeetle, replica.zig",
		Statement: "A DOVIEWCHANGE that comes after the view has started makes another quorum, and the " +
			"primary may count it.",
		Picture: "How a view that starts twice has two logs",
		Claimed: bounded("each quorum starts the view", durable().Replace("OnDoViewChange",
			spec.ByQuorum(StartAgain)), 1, 1, 0),
		Properties: []string{"OneStartView"}, Refuted: "OneStartView", Steps: 10,
		Mutant: "StartViewAgain",
		Fix:    "A replica that has been Normal in a view does not start it.",
		Fixed:  once, States: 12_399,
	}}
}

// StartThenExecute is OnDoViewChange that executes nothing. Noted is what it has to execute.
func StartThenExecute(c spec.Configuration, r spec.Replica, quorum []spec.DoViewChange) (
	spec.Replica, []spec.Message, spec.Ignored,
) {
	after, sent, why := spec.OnDoViewChange(c, r, quorum)
	if why != spec.Accepted {
		return r, nil, why
	}
	after.Noted, after.CommitNumber = after.Log.UpTo(after.CommitNumber), r.CommitNumber
	return after, sent[:1], spec.Accepted // STARTVIEW, without the replies.
}

// ExecuteInherited executes what was known to be committed when the view started.
func ExecuteInherited(c spec.Configuration, r spec.Replica) (
	spec.Replica, []spec.Message, spec.Ignored,
) {
	n := r.Noted.OpNumber()
	r.Noted = spec.Log{}
	return spec.OnPrepareOK(c, r, []spec.PrepareOK{{ViewNumber: r.ViewNumber, OpNumber: n}})
}

// forgetWhenLeaving is a step after which a replica that leaves its view has nothing to execute: it
// will be told again.
func forgetWhenLeaving(do spec.Do) spec.Do {
	return func(c spec.Configuration, p spec.Process, in []spec.Message, choice int) (
		spec.Process, []spec.Message, spec.Ignored,
	) {
		after, sent, why := do(c, p, in, choice)
		if r := after.(spec.Replica); r.Status != spec.Normal {
			r.Noted = spec.Log{}
			return r, sent, why
		}
		return after, sent, why
	}
}

// ExecuteAllInherited is OnDoViewChange that takes all of the log for committed.
func ExecuteAllInherited(c spec.Configuration, r spec.Replica, quorum []spec.DoViewChange) (
	spec.Replica, []spec.Message, spec.Ignored,
) {
	after, sent, why := spec.OnDoViewChange(c, r, quorum)
	if why != spec.Accepted || after.CommitNumber == after.OpNumber() {
		return after, sent, why
	}
	after, replies, why := spec.OnPrepareOK(c, after, []spec.PrepareOK{{OpNumber: after.OpNumber()}})
	return after, append(sent, replies...), why
}

// StartAgain is OnDoViewChange of a primary that has started the view already.
func StartAgain(c spec.Configuration, r spec.Replica, quorum []spec.DoViewChange) (
	spec.Replica, []spec.Message, spec.Ignored,
) {
	if r.Status == spec.Normal {
		r.Status = spec.ViewChange
	}
	return spec.OnDoViewChange(c, r, quorum)
}
