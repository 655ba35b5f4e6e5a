// SPDX-License-Identifier: Apache-2.0

package textbook

import (
	"fmt"
	"math/bits"

	"viewstamp/checker/mc"
)

// Two-phase commit: a transaction manager (process 0) and n resource managers (1 to n) agree
// to commit or to abort. The steps are those of the well-known TLA+ specification of the same
// protocol, so that the numbers of states can be compared with what TLC finds for it.

// TwoPhaseState is the local state of the manager or of a participant.
type TwoPhaseState struct {
	Status TwoPhaseStatus
	// Prepared is the set of participants, as bits, that the manager knows to be prepared.
	Prepared uint32
}

// TwoPhaseStatus is what a process has decided.
type TwoPhaseStatus uint8

// Working is the status of every process at first.
const (
	Working TwoPhaseStatus = iota
	Prepared
	Committed
	Aborted
)

// String returns the status in words.
func (s TwoPhaseStatus) String() string {
	return [...]string{"working", "prepared", "committed", "aborted"}[s]
}

// TwoPhaseMessage is a message of two-phase commit.
type TwoPhaseMessage struct {
	Kind mc.Kind
	From int8
}

// The kinds of messages: a participant is prepared; the manager has decided.
const (
	PreparedMessage mc.Kind = iota
	CommitMessage
	AbortMessage
)

// TwoPhase returns two-phase commit with n participants, 1 to 30.
func TwoPhase(n int) mc.Model[TwoPhaseState, TwoPhaseMessage] {
	manager := func(p int) bool { return p == 0 }
	participant := func(p int) bool { return p > 0 }
	type (
		local   = TwoPhaseState
		message = TwoPhaseMessage
		step    = mc.Step[local, message]
	)
	return mc.Model[local, message]{
		Name:      fmt.Sprintf("two-phase commit, n=%d", n),
		Processes: n + 1,
		Init:      func(int) local { return local{} },
		Sender:    func(m message) int { return int(m.From) },
		Kind:      func(m message) mc.Kind { return m.Kind },
		Steps: []step{
			{Name: "ManagerCommit", At: manager, Do: managerCommit(n)},
			{Name: "ManagerAbort", At: manager, Do: managerAbort},
			{Name: "ManagerOnPrepared", At: manager, On: []mc.Kind{PreparedMessage},
				Do: managerOnPrepared},
			{Name: "Prepare", At: participant, Do: prepare},
			{Name: "ChooseToAbort", At: participant, Do: chooseToAbort},
			{Name: "OnCommit", At: participant, On: []mc.Kind{CommitMessage},
				Do: becomes(Committed)},
			{Name: "OnAbort", At: participant, On: []mc.Kind{AbortMessage},
				Do: becomes(Aborted)},
		},
		Dead: twoPhaseDead,
		Symmetry: &mc.Symmetry[local, message]{
			Alike: [][]int{processes(1, n+1)},
			Local: twoPhaseExchanged,
			Message: func(a, b int, m message) message {
				m.From = renamed(a, b, m.From)
				return m
			},
		},
		Always: []mc.Property[local, message]{{
			Name: "Consistent",
			Pair: func(p int, l local, q int, other local) bool {
				return !(p > 0 && q > 0 && l.Status == Committed && other.Status == Aborted)
			},
		}},
		Sometimes: []mc.Property[local, message]{
			{Name: "committed", Local: func(p int, l local) bool {
				return p > 0 && l.Status == Committed
			}},
			{Name: "all aborted", Monotone: true, State: func(s mc.State[local, message]) bool {
				for p := 1; p <= n; p++ {
					if s.Local(p).Status != Aborted {
						return false
					}
				}
				return true
			}},
		},
	}
}

// twoPhaseDead: the manager ignores whom it knows to be prepared, and all once it has decided.
// A participant that has committed is not told anything else, for the manager decides once. One
// that has aborted may have done so on its own, and then be told (by a hasty manager) to commit.
func twoPhaseDead(p int, l TwoPhaseState, m TwoPhaseMessage) bool {
	switch m.Kind {
	case PreparedMessage:
		return p == 0 && (l.Status != Working || l.Prepared>>m.From&1 == 1)
	case CommitMessage:
		return p > 0 && l.Status == Committed
	default:
		return p == 0
	}
}

// twoPhaseExchanged: the manager's set names participants; a participant's state names nobody.
func twoPhaseExchanged(a, b int, l TwoPhaseState) TwoPhaseState {
	if differ := (l.Prepared>>a ^ l.Prepared>>b) & 1; differ == 1 {
		l.Prepared ^= 1<<a | 1<<b
	}
	return l
}

// becomes: a participant obeys the manager.
func becomes(s TwoPhaseStatus) func(int, TwoPhaseState, []TwoPhaseMessage, int) (
	TwoPhaseState, []TwoPhaseMessage, mc.Reason) {
	return func(_ int, l TwoPhaseState, _ []TwoPhaseMessage, _ int) (
		TwoPhaseState, []TwoPhaseMessage, mc.Reason) {
		l.Status = s
		return l, nil, ""
	}
}

// managerCommit: the manager commits when every participant is prepared.
func managerCommit(n int) func(int, TwoPhaseState, []TwoPhaseMessage, int) (
	TwoPhaseState, []TwoPhaseMessage, mc.Reason) {
	return func(_ int, l TwoPhaseState, _ []TwoPhaseMessage, _ int) (
		TwoPhaseState, []TwoPhaseMessage, mc.Reason) {
		switch {
		case l.Status != Working:
			return l, nil, "decided"
		case bits.OnesCount32(l.Prepared) < n:
			return l, nil, "not all prepared"
		}
		l.Status = Committed
		return l, []TwoPhaseMessage{{Kind: CommitMessage}}, ""
	}
}

// managerAbort: the manager may abort as long as it has not decided.
func managerAbort(_ int, l TwoPhaseState, _ []TwoPhaseMessage, _ int) (
	TwoPhaseState, []TwoPhaseMessage, mc.Reason) {
	if l.Status != Working {
		return l, nil, "decided"
	}
	l.Status = Aborted
	return l, []TwoPhaseMessage{{Kind: AbortMessage}}, ""
}

// managerOnPrepared: the manager notes that a participant is prepared.
func managerOnPrepared(_ int, l TwoPhaseState, in []TwoPhaseMessage, _ int) (
	TwoPhaseState, []TwoPhaseMessage, mc.Reason) {
	if l.Status != Working {
		return l, nil, "decided"
	}
	l.Prepared |= 1 << in[0].From
	return l, nil, ""
}

// prepare: a participant becomes ready to commit and says so.
func prepare(p int, l TwoPhaseState, _ []TwoPhaseMessage, _ int) (
	TwoPhaseState, []TwoPhaseMessage, mc.Reason) {
	if l.Status != Working {
		return l, nil, "not working"
	}
	l.Status = Prepared
	return l, []TwoPhaseMessage{{Kind: PreparedMessage, From: int8(p)}}, ""
}

// chooseToAbort: a participant that has promised nothing may abort on its own.
func chooseToAbort(_ int, l TwoPhaseState, _ []TwoPhaseMessage, _ int) (
	TwoPhaseState, []TwoPhaseMessage, mc.Reason) {
	if l.Status != Working {
		return l, nil, "not working"
	}
	l.Status = Aborted
	return l, nil, ""
}

// HastyTwoPhase is the wrong variant in which the manager commits without the last participant.
func HastyTwoPhase(n int) mc.Model[TwoPhaseState, TwoPhaseMessage] {
	m := TwoPhase(n)
	m.Name = fmt.Sprintf("hasty two-phase commit, n=%d", n)
	m.Steps[0].Do = managerCommit(n - 1)
	return m
}
