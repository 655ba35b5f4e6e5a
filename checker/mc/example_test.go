// SPDX-License-Identifier: Apache-2.0

package mc_test

import (
	"context"
	"fmt"

	"viewstamp/checker/mc"
)

// The worked example of the package's documentation.

// local is the local state of a process in a ring that passes a token.
type local struct {
	Holds bool
	Seen  int // number of the newest token seen
}

// token is the only message.
type token struct{ From, Number int }

// ring returns the model.
func ring(processes, passes int) mc.Model[local, token] {
	return mc.Model[local, token]{
		Name:      "token ring",
		Processes: processes,
		Init:      func(p int) local { return local{Holds: p == 0} },
		Sender:    func(t token) int { return t.From },
		Kind:      func(token) mc.Kind { return 0 },
		Budgets:   []mc.Budget{{Name: "passes", Limit: passes}},
		Steps: []mc.Step[local, token]{{
			Name:   "Pass",
			Spends: "passes",
			Do: func(p int, l local, _ []token, _ int) (local, []token, mc.Reason) {
				if !l.Holds {
					return l, nil, "no token"
				}
				l.Holds = false
				return l, []token{{p, l.Seen + 1}}, ""
			},
		}, {
			Name: "OnToken",
			On:   []mc.Kind{0},
			Wants: func(p int, _ local, t token) bool {
				return (t.From+1)%processes == p
			},
			Do: func(p int, l local, in []token, _ int) (local, []token, mc.Reason) {
				if in[0].Number <= l.Seen {
					return l, nil, "old token"
				}
				return local{true, in[0].Number}, nil, ""
			},
		}},
		Always: []mc.Property[local, token]{{
			Name: "OneToken",
			Pair: func(_ int, l local, _ int, other local) bool {
				return !(l.Holds && other.Holds)
			},
		}},
		Sometimes: []mc.Property[local, token]{{
			Name:  "the token comes round",
			Local: func(p int, l local) bool { return p == 0 && l.Holds && l.Seen > 0 },
		}},
	}
}

func ExampleCheck() {
	r, err := mc.Check(context.Background(), ring(3, 4), mc.Options{})
	fmt.Println(r.Verdict, err, r.Distinct, "states, depth", r.Depth)

	// The wrong variant takes every token.
	wrong := ring(3, 4)
	wrong.Steps[1].Do = func(p int, l local, in []token, _ int) (local, []token, mc.Reason) {
		return local{true, in[0].Number}, nil, ""
	}
	r, err = mc.Check(context.Background(), wrong, mc.Options{})
	fmt.Println(r.Verdict, err, r.Why)
	for _, t := range r.Counterexample {
		fmt.Println(t.Process, t.Step, t.Received, t.After, t.Sent)
	}
	// Output:
	// holds <nil> 9 states, depth 8
	// refuted <nil> "OneToken" is broken in a state at depth 5
	// 0 Pass [] {false 0} [{0 1}]
	// 1 OnToken [{0 1}] {true 1} []
	// 1 Pass [] {false 1} [{1 2}]
	// 2 OnToken [{1 2}] {true 2} []
	// 1 OnToken [{0 1}] {true 1} []
}

func ExampleCheckLive() {
	back := mc.Liveness[local, token]{
		Name: "the token comes back",
		When: func(s mc.State[local, token]) bool { return s.Local(1).Holds },
		Then: func(s mc.State[local, token]) bool { return s.Local(0).Holds },
	}
	every := func(process int, step string) bool { return true }
	for _, passes := range []int{3, 4} {
		r, err := mc.CheckLive(context.Background(), ring(3, passes),
			[]mc.Liveness[local, token]{back}, mc.LiveOptions{Fair: every})
		fmt.Println(r[0].Verdict, err, r[0].Bounds, len(r[0].Prefix), len(r[0].Cycle))
	}
	// Output:
	// holds <nil> [] 0 0
	// unknown <nil> [passes] 8 0
}

// Nobody passes the token on: that is a deadlock, unless the model says that it may rest there.
func ExampleModel_deadlock() {
	m := ring(3, 0)
	m.Optional, m.Sometimes = []string{"Pass", "OnToken"}, nil
	m.Ends = func(s mc.State[local, token]) bool { return s.Local(2).Holds }
	r, err := mc.Check(context.Background(), m, mc.Options{})
	fmt.Println(r.Verdict, err, r.Violated, len(r.Counterexample))
	// Output:
	// refuted <nil> deadlock 0
}
