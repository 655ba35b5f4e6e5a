// SPDX-License-Identifier: Apache-2.0

package textbook

import (
	"fmt"

	"viewstamp/checker/mc"
)

// Single-decree Paxos, with a process for each ballot (0 to ballots-1) and then the acceptors.
// The granularity is that of the well-known TLA+ specification: the proposer of a ballot keeps
// nothing, an acceptor keeps its highest ballot and its last vote, and the messages are a set.

// PaxosState is the local state of a process.
type PaxosState struct {
	// Proposed: the proposer has sent its one proposal.
	Proposed bool
	// Promised is the highest ballot that the acceptor has seen, plus one.
	Promised int8
	Vote     PaxosVote
}

// PaxosVote is what an acceptor voted for last. Ballots are counted from 1 here; 0: no vote.
type PaxosVote struct{ Ballot, Value int8 }

// PaxosMessage is a message of Paxos.
type PaxosMessage struct {
	Kind   mc.Kind
	From   int8
	Ballot int8
	// Vote: the last vote (promise), or the value of the ballot (proposal, accepted).
	Vote PaxosVote
}

// The kinds of messages, in the order of a ballot.
const (
	PaxosPrepare mc.Kind = iota
	PaxosPromise
	PaxosPropose
	PaxosAccepted
)

// Paxos returns Paxos with so many ballots, acceptors and values. A quorum is a majority.
func Paxos(ballots, acceptors, values int) mc.Model[PaxosState, PaxosMessage] {
	proposer := func(p int) bool { return p < ballots }
	acceptor := func(p int) bool { return p >= ballots }
	type (
		local   = PaxosState
		message = PaxosMessage
	)
	return mc.Model[local, message]{
		Name: fmt.Sprintf("Paxos, %d ballots, %d acceptors, %d values",
			ballots, acceptors, values),
		Processes: ballots + acceptors,
		Init:      func(int) local { return local{} },
		Sender:    func(m message) int { return int(m.From) },
		Kind:      func(m message) mc.Kind { return m.Kind },
		Steps: []mc.Step[local, message]{
			{Name: "Prepare", At: proposer, Do: paxosPrepare},
			{Name: "Propose", At: proposer, On: []mc.Kind{PaxosPromise},
				Quorum: acceptors/2 + 1,
				Wants: func(p int, _ local, m message) bool {
					return int(m.Ballot) == p+1
				},
				Choices: func(int, local) int { return values },
				Do:      paxosPropose},
			{Name: "OnPrepare", At: acceptor, On: []mc.Kind{PaxosPrepare}, Do: paxosOnPrepare},
			{Name: "OnPropose", At: acceptor, On: []mc.Kind{PaxosPropose}, Do: paxosOnPropose},
		},
		Dead: paxosDead,
		Symmetry: &mc.Symmetry[local, message]{ // The acceptors: a ballot names its proposer.
			Alike: [][]int{processes(ballots, ballots+acceptors)},
			Local: func(_, _ int, l local) local { return l },
			Message: func(a, b int, m message) message {
				m.From = renamed(a, b, m.From)
				return m
			},
		},
		Always: []mc.Property[local, message]{{
			Name: "Agreement", Monotone: true,
			State: func(s mc.State[local, message]) bool {
				return len(paxosChosen(s, ballots, acceptors)) < 2
			},
			Kinds: []mc.Kind{PaxosAccepted},
		}, {
			Name: "OneValuePerBallot",
			MessagePair: func(a, b message) bool {
				return a.Ballot != b.Ballot || a.Vote.Value == b.Vote.Value
			},
			Kinds: []mc.Kind{PaxosPropose, PaxosAccepted},
		}},
		Sometimes: []mc.Property[local, message]{{
			Name: "chosen", Monotone: true,
			State: func(s mc.State[local, message]) bool {
				return len(paxosChosen(s, ballots, acceptors)) > 0
			},
			Kinds: []mc.Kind{PaxosAccepted},
		}},
	}
}

// paxosDead: a proposer proposes once, and takes promises for its own ballot only. An acceptor
// ignores all below what it has promised.
func paxosDead(p int, l PaxosState, m PaxosMessage) bool {
	switch m.Kind {
	case PaxosPromise:
		return l.Proposed || int(m.Ballot) != p+1
	case PaxosPrepare:
		return m.Ballot <= l.Promised
	case PaxosPropose:
		return m.Ballot < l.Promised
	default:
		return true
	}
}

// paxosPrepare: the proposer of a ballot asks for promises.
func paxosPrepare(p int, l PaxosState, _ []PaxosMessage, _ int) (
	PaxosState, []PaxosMessage, mc.Reason) {
	return l, []PaxosMessage{{Kind: PaxosPrepare, From: int8(p), Ballot: int8(p + 1)}}, ""
}

// paxosOnPrepare: an acceptor promises to ignore lower ballots and tells its last vote.
func paxosOnPrepare(p int, l PaxosState, in []PaxosMessage, _ int) (
	PaxosState, []PaxosMessage, mc.Reason) {
	if in[0].Ballot <= l.Promised {
		return l, nil, "promised"
	}
	l.Promised = in[0].Ballot
	return l, []PaxosMessage{{Kind: PaxosPromise, From: int8(p), Ballot: in[0].Ballot,
		Vote: l.Vote}}, ""
}

// paxosPropose: with promises of a quorum, the proposer proposes the value of the last vote
// among them, or, if nobody has voted, any value.
func paxosPropose(p int, l PaxosState, in []PaxosMessage, choice int) (
	PaxosState, []PaxosMessage, mc.Reason) {
	if l.Proposed {
		return l, nil, "proposed"
	}
	var last PaxosVote
	for _, m := range in {
		if m.Vote.Ballot > last.Ballot {
			last = m.Vote
		}
	}
	if last.Ballot > 0 && int(last.Value) != choice {
		return l, nil, "another value may be chosen"
	}
	l.Proposed = true
	return l, []PaxosMessage{{Kind: PaxosPropose, From: int8(p), Ballot: int8(p + 1),
		Vote: PaxosVote{Value: int8(choice)}}}, ""
}

// paxosOnPropose: an acceptor votes unless it has promised not to.
func paxosOnPropose(p int, l PaxosState, in []PaxosMessage, _ int) (
	PaxosState, []PaxosMessage, mc.Reason) {
	if in[0].Ballot < l.Promised {
		return l, nil, "promised"
	}
	l.Promised = in[0].Ballot
	l.Vote = PaxosVote{in[0].Ballot, in[0].Vote.Value}
	return l, []PaxosMessage{{Kind: PaxosAccepted, From: int8(p), Ballot: in[0].Ballot,
		Vote: PaxosVote{Value: in[0].Vote.Value}}}, ""
}

// paxosChosen returns the values for which a majority voted in one ballot. The state shows
// nothing but votes.
func paxosChosen(s mc.State[PaxosState, PaxosMessage], ballots, acceptors int) map[int8]bool {
	votes := map[PaxosVote]int{}
	chosen := map[int8]bool{}
	for p := ballots; p < ballots+acceptors; p++ {
		for _, m := range s.Sent(p) {
			vote := PaxosVote{m.Ballot, m.Vote.Value}
			if votes[vote]++; votes[vote] > acceptors/2 {
				chosen[vote.Value] = true
			}
		}
	}
	return chosen
}

// ForgetfulPaxos is the wrong variant in which a proposer ignores earlier votes.
func ForgetfulPaxos(ballots, acceptors, values int) mc.Model[PaxosState, PaxosMessage] {
	m := Paxos(ballots, acceptors, values)
	m.Name = "forgetful " + m.Name
	m.Steps[1].Do = func(p int, l PaxosState, _ []PaxosMessage, choice int) (
		PaxosState, []PaxosMessage, mc.Reason) {
		return paxosPropose(p, l, nil, choice)
	}
	return m
}
