// SPDX-License-Identifier: Apache-2.0

package model

import (
	"slices"

	"viewstamp/checker/mc"
	"viewstamp/spec"
)

// What must happen at last. Messages are not lost for good and no step waits for ever, unless an
// entry says so: links that are cut one way, steps that need not happen. Timers are such steps
// unless an entry says that they fire: a timer that is always reset by heartbeats never does.

// Live is one system with a property of its fair runs.
type Live struct {
	Name string
	What string
	// Claim is the number of the claim that is decided so. Empty: none.
	Claim  string
	System spec.System
	// Cut lists links on which nothing arrives.
	Cut []Link
	// Dead lists replicas that take no step.
	Dead []int
	// Unfair lists the steps that need not happen. Requests and restarts never need to.
	Unfair []string
	// Property is what must happen.
	Property Liveness
	// Verdict is what a search must find, and States the number of states.
	Verdict mc.Verdict
	States  int
}

// Link is a link from one process to another, in one direction.
type Link struct{ From, To int }

// Liveness is a property of fair runs of the spec.
type Liveness = mc.Liveness[spec.Process, spec.Message]

// LiveResult is the verdict on one.
type LiveResult = mc.LiveResult[spec.Process, spec.Message]

// state is a state of a system.
type state = mc.State[spec.Process, spec.Message]

// Lives lists the systems.
func Lives() []Live {
	all := spec.ViewstampedReplication()
	// The state transfer of a replica that joins a view, and §4.1 and §4.2.
	joins := all.Without("SendGetState", "Restart")
	normal := joins.Without("JoinView", "OnGetState", "OnNewState")
	views := normal.Without("SendCommit", "OnCommit")
	restarts := all.Without("SendGetState", "JoinView", "OnGetState", "OnNewState", "SendCommit",
		"OnCommit")
	system := func(name string, p spec.Protocol, requests, viewChanges, restarts int) spec.System {
		return spec.System{Name: name, Protocol: p, Bounds: spec.Bounds{Replicas: 3,
			Requests: requests, ViewChanges: viewChanges, Restarts: restarts}}
	}
	timer := []string{"SendStartViewChange"}
	deaf := []Link{{1, 0}, {2, 0}}
	return []Live{
		{Name: "answered", What: "§4.2: a request is answered, though a view change may come between",
			System: system("answered", views, 1, 1, 0), Unfair: timer,
			Property: answered(), Verdict: mc.Holds, States: 596},
		{Name: "answered-restart", What: "the same with a crash and the disk",
			System: system("answered-restart", restarts, 1, 1, 1), Unfair: timer,
			Property: answered(), Verdict: mc.Holds, States: 63_210},
		{Name: "all-committed", What: "§4.1: at last every replica has committed every request",
			System:   system("all-committed", normal, 2, 0, 0),
			Property: allCommitted(2), Verdict: mc.Holds, States: 800},
		{Name: "all-committed-no-commit", What: "wrong: a primary that never sends COMMIT",
			System:   system("all-committed-no-commit", views, 2, 0, 0),
			Property: allCommitted(2), Verdict: mc.Refuted, States: 94},
		{Name: "settles", What: "§4.2: at last all are Normal in one view, for good",
			System: system("settles", views, 1, 1, 0), Unfair: timer,
			Property: settles(), Verdict: mc.Holds, States: 596},
		{Name: "start-view-lost", Claim: "C-004",
			What:   "STARTVIEW is lost: COMMIT of its own view tells a replica that waits",
			System: system("start-view-lost", joins, 0, 1, 0), Unfair: append(timer, "OnStartView"),
			Property: settles(), Verdict: mc.Holds, States: 918},
		{Name: "start-view-lost-no-join", Claim: "C-004",
			What: "wrong: a replica that waits ignores COMMIT of its own view",
			System: system("start-view-lost-no-join", joins.Replace("JoinView",
				spec.ByReplica(joinLaterViewOnly)), 0, 1, 0),
			Unfair:   append(timer, "OnStartView"),
			Property: settles(), Verdict: mc.Refuted, States: 222},
		{Name: "deaf-primary", Claim: "C-409",
			What:   "the primary can send and not hear: it stays, since it is heard",
			System: system("deaf-primary", normal, 1, 1, 0), Cut: deaf, Unfair: timer,
			Property: answered(), Verdict: mc.Refuted, States: 216},
		{Name: "deaf-primary-silent", Claim: "C-409",
			What:   "the fix: it falls silent, so the timers of the others fire",
			System: system("deaf-primary-silent", normal, 1, 1, 0), Cut: deaf,
			Property: answered(), Verdict: mc.Holds, States: 216},
	}
}

// joinLaterViewOnly is JoinView without the case of a replica that waits for the view already.
func joinLaterViewOnly(c spec.Configuration, r spec.Replica, m spec.Message) (
	spec.Replica, []spec.Message, spec.Ignored,
) {
	if after, sent, why := spec.JoinView(c, r, m); after.ViewNumber > r.ViewNumber {
		return after, sent, why
	}
	return r, nil, spec.NothingNew
}

// BuildLive makes the model of a system whose fair runs are to be checked.
func BuildLive(l Live) Model {
	m := Build(l.System)
	for i := range m.Steps {
		at, wants := m.Steps[i].At, m.Steps[i].Wants
		m.Steps[i].At = func(p int) bool { return at(p) && !slices.Contains(l.Dead, p) }
		if len(m.Steps[i].On) == 0 || len(l.Cut) == 0 {
			continue
		}
		m.Steps[i].Wants = func(p int, local spec.Process, message spec.Message) bool {
			return !slices.Contains(l.Cut, Link{l.System.Sender(message), p}) &&
				(wants == nil || wants(p, local, message))
		}
	}
	return m
}

// Fair says which steps must happen at last.
func (l Live) Fair(_ int, step string) bool {
	return step != "SendRequest" && step != "Restart" && !slices.Contains(l.Unfair, step)
}

// answered: whoever has sent a request gets a reply.
func answered() Liveness {
	return Liveness{Name: "Answered",
		When: func(s state) bool { return replied(s, false) },
		Then: func(s state) bool { return replied(s, true) }}
}

// replied says whether all requests that were sent are answered; or, if not answered is asked for,
// whether one is not.
func replied(s state, all bool) bool {
	done := map[spec.ClientID]bool{}
	var asked []spec.ClientID
	for p := range 4 {
		for _, m := range s.Sent(p) {
			switch m := m.(type) {
			case spec.Request:
				asked = append(asked, m.ClientID)
			case spec.Reply:
				done[m.ClientID] = true
			}
		}
	}
	open := slices.ContainsFunc(asked, func(c spec.ClientID) bool { return !done[c] })
	return open != all
}

// allCommitted: when n requests were sent, all replicas commit n operations at last.
func allCommitted(n spec.OpNumber) Liveness {
	return Liveness{Name: "AllCommitted",
		When: func(s state) bool { return len(s.Sent(3)) == int(n) },
		Then: func(s state) bool {
			for p := range 3 {
				if s.Local(p).(spec.Replica).CommitNumber < n {
					return false
				}
			}
			return true
		}}
}

// settles: from some time on, all replicas are Normal in one view.
func settles() Liveness {
	return Liveness{Name: "Settles", Stays: true, Then: func(s state) bool {
		first := s.Local(0).(spec.Replica)
		for p := range 3 {
			r := s.Local(p).(spec.Replica)
			if r.Status != spec.Normal || r.ViewNumber != first.ViewNumber {
				return false
			}
		}
		return true
	}}
}

// FindLive is the entry of that name.
func FindLive(name string) (Live, bool) {
	lives := Lives()
	i := slices.IndexFunc(lives, func(l Live) bool { return l.Name == name })
	if i < 0 {
		return Live{}, false
	}
	return lives[i], true
}
