// SPDX-License-Identifier: Apache-2.0

package claims

import "viewstamp/spec"

// C-002d: the choice of the log by the view of its last entry, which is Raft's rule for votes. Raft
// needs another rule with it: an entry of an earlier term is not committed by counting its copies.
// VR commits them so, and must compare v′. The counterexample is long, and only a part of
// the protocol can be searched so far: PREPARE gets lost, and so do requests after view 1; only
// replica 2 has a timer that runs out, and gets STARTVIEW. Each run of it is one of the whole.

// headViews is the rule.
func headViews() []Claim {
	part := durable().Without("OnPrepare").Replace("OnRequest", spec.ByReplica(requestInFirstViews))
	for _, name := range []string{"SendStartViewChange", "OnStartView"} {
		part = part.Replace(name, onlyAt(2, part.Step(name).Do))
	}
	const views = 4
	return []Claim{{
		ID: "C-002d", Name: "view-of-last-entry-wins", Source: "Ongaro and Ousterhout 2014, §5.4.1",
		Statement: "The log whose last entry is of the largest view will do, among these the longest.",
		Picture:   "How view-of-last-entry-wins loses a committed operation",
		Claimed: bounded("view of the last entry wins, messages lost", part.Replace("OnDoViewChange",
			ChooseLog(ViewOfLastEntry)), 2, views, 0),
		Properties: []string{"NothingLost"}, Refuted: "NothingLost", Steps: 22, Slow: true,
		Mutant: "ViewOfLastEntryWins",
		Fix: "Compare v′ first, then n (§4.2); or, as Raft does, count copies only of entries of " +
			"the own view.",
		Fixed:  bounded("the largest v′, then the largest n, messages lost", part, 2, views, 0),
		States: 5_273_089, SlowFix: true,
	}}
}

// onlyAt is a step of one replica; what would make the others take it gets lost.
func onlyAt(i spec.ReplicaNumber, do spec.Do) spec.Do {
	return func(c spec.Configuration, p spec.Process, in []spec.Message, choice int) (
		spec.Process, []spec.Message, spec.Ignored,
	) {
		if p.(spec.Replica).ReplicaNumber != i {
			return p, nil, spec.NotForMe
		}
		return do(c, p, in, choice)
	}
}

// requestInFirstViews is OnRequest in views 0 and 1; later ones get none.
func requestInFirstViews(c spec.Configuration, r spec.Replica, m spec.Request) (
	spec.Replica, []spec.Message, spec.Ignored,
) {
	if r.ViewNumber > 1 {
		return r, nil, spec.NotForMe
	}
	return spec.OnRequest(c, r, m)
}

// ViewOfLastEntry is the largest view of a last entry, then the largest n.
func ViewOfLastEntry(a, b spec.DoViewChange) bool {
	va, vb := lastView(a.Log), lastView(b.Log)
	return va > vb || va == vb && a.Log.OpNumber() > b.Log.OpNumber()
}

// lastView is the view of the last entry. An empty log is older than any entry, and shorter.
func lastView(l spec.Log) spec.ViewNumber {
	if l.OpNumber() == 0 {
		return 0
	}
	return l.At(l.OpNumber()).ViewNumber
}
