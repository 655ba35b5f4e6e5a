// SPDX-License-Identifier: Apache-2.0

package textbook

import (
	"fmt"

	"viewstamp/checker/mc"
)

// The dining philosophers: philosopher i (process i) wants fork i and fork i+1 (processes n to
// 2n-1), one after the other, eats once, and gives both back. If all take the fork at the same hand
// first, each may hold one and wait for the other for ever: the deadlock of the textbooks. If
// one philosopher begins at the other hand, there is none.

// DiningState is the local state of a philosopher or of a fork.
type DiningState struct {
	// Asked and Got count the forks of a philosopher, 2 at most.
	Asked, Got int8
	Eaten      bool
	// Holder is the philosopher who has the fork, plus one; Served has a bit for each who had it.
	Holder int8
	Served uint16
}

// DiningMessage asks for a fork, hands it out, or gives it back.
type DiningMessage struct {
	Kind     mc.Kind
	From, To int8
}

// The kinds of messages.
const (
	AskFork mc.Kind = iota
	HandFork
	ReturnFork
)

// Philosophers returns n philosophers, 2 to 8. If alike, all take the fork with their own number
// first; otherwise the last of them takes the other one first.
func Philosophers(n int, alike bool) mc.Model[DiningState, DiningMessage] {
	philosopher := func(p int) bool { return p < n }
	fork := func(p int) bool { return p >= n }
	type (
		local   = DiningState
		message = DiningMessage
		step    = mc.Step[local, message]
	)
	// hand is the i-th fork that a philosopher asks for.
	hand := func(p, i int) int8 {
		if !alike && p == n-1 {
			i = 1 - i
		}
		return int8(n + (p+i)%n)
	}
	toMe := func(p int, _ local, m message) bool { return int(m.To) == p }
	allFull := func(s mc.State[local, message]) bool {
		for p := range n {
			if !s.Local(p).Eaten {
				return false
			}
		}
		return true
	}
	return mc.Model[local, message]{
		Name:      fmt.Sprintf("%d philosophers, alike: %v", n, alike),
		Processes: 2 * n,
		Init:      func(int) local { return local{} },
		Sender:    func(m message) int { return int(m.From) },
		Kind:      func(m message) mc.Kind { return m.Kind },
		Steps: []step{
			{Name: "Ask", At: philosopher, Do: func(p int, l local, _ []message, _ int) (
				local, []message, mc.Reason) {
				if l.Asked > l.Got || l.Got == 2 {
					return l, nil, "waits or has both"
				}
				l.Asked++
				return l, []message{{AskFork, int8(p), hand(p, int(l.Got))}}, ""
			}},
			{Name: "OnFork", At: philosopher, On: []mc.Kind{HandFork}, Wants: toMe,
				Do: func(p int, l local, in []message, _ int) (local, []message, mc.Reason) {
					if l.Got == 2 || in[0].From != hand(p, int(l.Got)) {
						return l, nil, "an old message"
					}
					l.Got++
					return l, nil, ""
				}},
			{Name: "Eat", At: philosopher, Do: eat(hand)},
			{Name: "Hand", At: fork, On: []mc.Kind{AskFork}, Wants: toMe, Do: handFork},
			{Name: "TakeBack", At: fork, On: []mc.Kind{ReturnFork}, Wants: toMe, Do: takeBack},
		},
		Sometimes: []mc.Property[local, message]{{Name: "all have eaten", State: allFull,
			Monotone: true}},
		Ends: allFull,
	}
}

// eat: with both forks a philosopher eats and gives them back.
func eat(hand func(p, i int) int8) func(int, DiningState, []DiningMessage, int) (
	DiningState, []DiningMessage, mc.Reason) {
	return func(p int, l DiningState, _ []DiningMessage, _ int) (
		DiningState, []DiningMessage, mc.Reason) {
		if l.Got < 2 || l.Eaten {
			return l, nil, "cannot or need not eat"
		}
		l.Eaten = true
		return l, []DiningMessage{{ReturnFork, int8(p), hand(p, 0)},
			{ReturnFork, int8(p), hand(p, 1)}}, ""
	}
}

// handFork: a fork goes to a philosopher who asks, if nobody has it.
func handFork(p int, l DiningState, in []DiningMessage, _ int) (
	DiningState, []DiningMessage, mc.Reason) {
	switch from := in[0].From; {
	case l.Holder > 0:
		return l, nil, "somebody has it"
	case l.Served>>from&1 == 1:
		return l, nil, "an old message"
	default:
		l.Holder = from + 1
		l.Served |= 1 << from
		return l, []DiningMessage{{HandFork, int8(p), from}}, ""
	}
}

// takeBack: a fork comes back from who has it.
func takeBack(_ int, l DiningState, in []DiningMessage, _ int) (
	DiningState, []DiningMessage, mc.Reason) {
	if l.Holder != in[0].From+1 {
		return l, nil, "an old message"
	}
	l.Holder = 0
	return l, nil, ""
}
