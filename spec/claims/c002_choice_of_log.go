// SPDX-License-Identifier: Apache-2.0

package claims

import "viewstamp/spec"

// C-002: a new primary takes the log of the largest v′, among these the longest. Every weaker rule
// loses an operation.

// choiceOfLog is the rule, and three rules that look like it.
func choiceOfLog() []Claim {
	const source = "Viewstamped Replication Revisited, §4.2"
	const states = 1_369_807
	wrong := func(id, name, statement, mutant string, steps int, slow bool, requests, views int,
		better func(a, b spec.DoViewChange) bool,
	) Claim {
		rule := durable().Replace("OnDoViewChange", ChooseLog(better))
		return Claim{
			ID: id, Name: name, Source: "a weaker form of " + source, Statement: statement,
			Picture:    "How " + name + " loses a committed operation",
			Claimed:    bounded(name, rule, requests, views, 0),
			Properties: []string{"NothingLost"}, Refuted: "NothingLost", Steps: steps, Slow: slow,
			Fix:    "Compare v′ first, then n (§4.2).",
			Fixed:  bounded("the largest v′, then the largest n", durable(), requests, views, 0),
			Mutant: mutant,
		}
	}
	views := wrong("C-002c", "latest-view-wins",
		"The log of the largest v′ will do; between equal v′ the primary keeps its own.",
		"ShorterLogWins", 9, false, 1, 1, LatestView)
	views.States = 596
	longest := wrong("C-002a", "longest-log-wins", "The longest log will do.",
		"LongestLogWins", 18, true, 3, 2, Longest)
	committed := wrong("C-002b", "most-committed-wins",
		"The log of the largest commit-number will do, among these the longest.",
		"MostCommittedWins", 18, true, 2, 2, MostCommitted)
	longest.SlowFix, committed.SlowFix = true, true
	longest.States, committed.States = states, states
	longest.Fixed.Bounds.Requests = 2 // With three there are tens of millions of states.
	return []Claim{{
		ID: "C-002", Name: "choice-of-log", Source: source,
		Statement: "A new primary that takes the log of the largest v′, among these the longest, " +
			"loses nothing; the views of the entries need not be looked at.",
		Claimed: bounded("choice of the log", durable(), 2, 2, 0),
		States:  states, Slow: true,
	}, longest, committed, views}
}

// ChooseLog is OnDoViewChange with another rule for which log is the best.
func ChooseLog(better func(a, b spec.DoViewChange) bool) spec.Do {
	return spec.ByQuorum(func(c spec.Configuration, r spec.Replica, quorum []spec.DoViewChange) (
		spec.Replica, []spec.Message, spec.Ignored,
	) {
		best := quorum[0]
		for _, m := range quorum {
			if better(m, best) {
				best = m
			}
		}
		for i := range quorum { // All have that log now, so the right rule takes it.
			quorum[i].Log, quorum[i].LastNormalView = best.Log, best.LastNormalView
		}
		return spec.OnDoViewChange(c, r, quorum)
	})
}

// Longest is the largest n, whatever v′ is.
func Longest(a, b spec.DoViewChange) bool { return a.Log.OpNumber() > b.Log.OpNumber() }

// LatestView is the largest v′, whatever n is; on a tie the replica's own log wins.
func LatestView(a, b spec.DoViewChange) bool { return a.LastNormalView > b.LastNormalView }

// MostCommitted is the largest k, then n.
func MostCommitted(a, b spec.DoViewChange) bool {
	return a.CommitNumber > b.CommitNumber ||
		a.CommitNumber == b.CommitNumber && a.Log.OpNumber() > b.Log.OpNumber()
}
