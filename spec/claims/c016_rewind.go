// SPDX-License-Identifier: Apache-2.0

package claims

import "viewstamp/spec"

// C-016: the commit-number of a replica never goes back while it runs. Each operation is executed
// as the number passes it, so that going back executes it again. (What may raise it is C-004a.)

// rewinds is the claim and its opposite. Noted is what the replica has executed, in that order.
func rewinds() []Claim {
	base := spec.ViewstampedReplication().Without("SendGetState", "JoinView", "OnGetState",
		"OnNewState", "OnReply", "Restart")
	system := func(name string, p spec.Protocol) spec.System {
		for _, step := range p.Steps {
			if !step.Client {
				p = p.Replace(step.Name, NoteExecuted(step.Do))
			}
		}
		s := bounded(name, p, 1, 1, 0)
		s.Always = []spec.Property{{Name: "ExecutedOnce", Replica: ExecutedOnce}}
		return s
	}
	holds := system("commit-numbers never go back", base)
	return []Claim{{
		ID: "C-016", Name: "commit-number-grows", Source: "TigerBeetle, replica.zig, April 2022",
		Statement: "A replica that enters a view keeps its commit-number if that of STARTVIEW is " +
			"lower, and executes each operation once.",
		Claimed: holds, States: 4_630,
	}, {
		ID: "C-016a", Name: "commit-number-rewinds", Source: "the opposite of TigerBeetle, replica.zig",
		Statement: "It may take the commit-number of STARTVIEW with the log, whatever that number is.",
		Picture:   "How a replica executes an operation twice",
		Claimed: system("the commit-number of STARTVIEW", base.Replace("OnStartView",
			spec.ByReplica(RewindCommit))),
		Properties: []string{"ExecutedOnce"}, Refuted: "ExecutedOnce", Steps: 13,
		Mutant: "RewindCommit",
		Fix:    "The larger of the two (D12).",
		Fixed:  holds, States: 4_630,
	}}
}

// NoteExecuted is a step after which what it has executed is in Noted.
func NoteExecuted(do spec.Do) spec.Do {
	return func(c spec.Configuration, p spec.Process, in []spec.Message, choice int) (
		spec.Process, []spec.Message, spec.Ignored,
	) {
		process, sent, why := do(c, p, in, choice)
		after := process.(spec.Replica)
		for n := p.(spec.Replica).CommitNumber + 1; n <= after.CommitNumber; n++ {
			after.Noted = after.Noted.Append(after.Log.At(n))
		}
		return after, sent, why
	}
}

// ExecutedOnce: no request is executed twice.
func ExecutedOnce(_ spec.Configuration, r spec.Replica) bool {
	for n := r.Noted.OpNumber(); n > 0; n-- {
		if at, _ := r.Noted.UpTo(n - 1).LastOf(r.Noted.At(n).ClientID); at > 0 {
			return false
		}
	}
	return true
}

// RewindCommit is OnStartView that takes the commit-number as it stands there.
func RewindCommit(c spec.Configuration, r spec.Replica, m spec.StartView) (
	spec.Replica, []spec.Message, spec.Ignored,
) {
	after, sent, why := spec.OnStartView(c, r, m)
	if why == spec.Accepted {
		after.CommitNumber = m.CommitNumber
	}
	return after, sent, why
}
