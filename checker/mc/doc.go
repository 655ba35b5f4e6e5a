// SPDX-License-Identifier: Apache-2.0

// Package mc is an explicit-state model checker for systems of processes that exchange messages.
// It visits every state that a system can reach and tells whether the system's properties hold,
// or shows a shortest run in which one does not.
//
// # How to use it
//
//  1. Describe the system as a Model: the first local state of each process, a table of steps,
//     and properties. Local states and messages are comparable values.
//  2. Bound it by budgets (at most two crashes, at most three requests), so that the number of
//     states is finite. The steps themselves need not know of bounds.
//  3. Call CheckPurity in a test. A step that gives different answers to the same question, or
//     that changes what its arguments refer to, would make every verdict worthless.
//  4. Call Check, and treat every verdict but Holds as a failure. Unknown means that the search
//     was not finished.
//  5. Plant a defect in a step, and see that a property notices it. Run with Options.Coverage and
//     see that no property is vacuous.
//  6. If the system may stop in some states only, say so in Ends. If something must happen at
//     last, say what, and which steps are promised to be taken, and call CheckLive.
//
// Package textbook has models that were written so: two-phase commit, Paxos, and the dining
// philosophers with their deadlock.
//
// # What a model means
//
// A state is, for each process, its local state and the set of messages that it has sent, and how
// much of each budget is spent. Messages stay: losing one is never receiving it, receiving one
// twice is duplication, and any order of receipt is possible. So a step that must not act twice
// on the same message has to say so. The initial state is the one in which no step was taken.
//
//   - A step with no kinds in On fires on its own. Otherwise it takes messages of max(1, Quorum)
//     distinct other processes, one of each, in every combination, all of kinds in On and
//     wanted by Wants; with Own, each such own message in turn comes first.
//   - It fires once for each choice for which Do returns an empty Reason. One that returns a Reason
//     has not happened; the reason is counted.
//   - A firing that spends a budget leads to a new state even if nothing else changes. A step
//     whose budget is spent is not called.
//   - A firing that changes nothing is counted (Result.Idle) and otherwise ignored.
//
// A search that ends by itself is red also if a step that is not Optional never fired, or if a
// Sometimes property was never reached: a model that does nothing must not pass.
//
// # An example
//
// Three processes pass a token round a ring. A process that gets the token may pass it on. Since an
// old message can be received again, tokens carry a number, and a process takes none that is
// not newer than the last one it has seen.
//
//	type local struct {
//		Holds bool
//		Seen  int // number of the newest token seen
//	}
//
//	type token struct{ From, Number int }
//
//	func ring(processes, passes int) mc.Model[local, token] {
//		return mc.Model[local, token]{
//			Name:      "token ring",
//			Processes: processes,
//			Init:      func(p int) local { return local{Holds: p == 0} },
//			Sender:    func(t token) int { return t.From },
//			Kind:      func(token) mc.Kind { return 0 },
//			Budgets:   []mc.Budget{{Name: "passes", Limit: passes}},
//			Steps: []mc.Step[local, token]{{
//				Name:   "Pass",
//				Spends: "passes",
//				Do: func(p int, l local, _ []token, _ int) (local, []token, mc.Reason) {
//					if !l.Holds {
//						return l, nil, "no token"
//					}
//					l.Holds = false
//					return l, []token{{p, l.Seen + 1}}, ""
//				},
//			}, {
//				Name: "OnToken",
//				On:   []mc.Kind{0},
//				Wants: func(p int, _ local, t token) bool {
//					return (t.From+1)%processes == p
//				},
//				Do: func(p int, l local, in []token, _ int) (local, []token, mc.Reason) {
//					if in[0].Number <= l.Seen {
//						return l, nil, "old token"
//					}
//					return local{true, in[0].Number}, nil, ""
//				},
//			}},
//			Always: []mc.Property[local, token]{{
//				Name: "OneToken",
//				Pair: func(_ int, l local, _ int, other local) bool {
//					return !(l.Holds && other.Holds)
//				},
//			}},
//			Sometimes: []mc.Property[local, token]{{
//				Name:  "the token comes round",
//				Local: func(p int, l local) bool { return p == 0 && l.Holds && l.Seen > 0 },
//			}},
//		}
//	}
//
//	r, err := mc.Check(context.Background(), ring(3, 4), mc.Options{})
//
// The verdict is Holds, with 9 states at depths 0 to 8. Without the check for an old token it is
// Refuted: process 1 takes the same message twice, and holds the token together with process 2
// after 5 steps. The runnable example of Check shows both.
//
// # How it works
//
// Local states, messages and sets of messages are numbered. A component is the number of a local
// state together with that of the set of messages sent; a state is one word that holds the numbers
// of its components, and it is stored whole, so that two states are never confused. What a step
// makes of a component and a set of messages is computed once and remembered. The search goes level
// by level with all cores, so that the first broken state is at the least depth. Nothing that a
// Result says, except for times and memory, depends on the number of workers.
//
// A second explorer, Options.Plain, does the same without any of this. The tests compare the
// two level by level, and every counterexample of either is replayed by the plain semantics. How
// fast the engine is, and how far from what memory allows: SPEED.md.
//
// # Beyond what can be searched
//
// Simulate takes seeded random walks through a model whose budgets are far too large for Check. It
// asks each Always property after each transition, and shortens the walk that breaks one. Its
// verdict is Refuted or Unknown, never Holds: walks that find nothing prove nothing.
//
// # What was covered
//
// A Result says how often each step fired and which reasons for doing nothing were ever met. With
// Options.Coverage it also says in how many states messages of each kind have been sent, which
// shows what makes a model large, and which properties are vacuous: their Premise never held. A
// Sometimes property with Progress that was not reached comes with a way to the closest state.
//
// # Long searches
//
// With Options.Checkpoint the states of all levels are in files, and in memory there is little but
// the table of visited states. After each level the search is saved: one that was killed, even by
// kill -9, or that ran out of memory, goes on after its last complete level with Options.Resume,
// and its Result is the one that it would have had. The files hold numbers only. What they mean is
// found out by taking the steps again, so local states and messages need no encoding, and a
// model that has changed in between is noticed.
//
// # Deadlock
//
// Model.Ends says in which states the system may stop for good. With it, a state in which no step
// can change anything, and which is none of these, refutes the model. Without it nothing is a
// deadlock, since a model within bounds always comes to an end.
//
// # Liveness
//
// CheckLive asks whether something happens at last in every fair run: always, or whenever something
// else has happened, or for good. A run may stop anywhere, except that a step which is fair and
// could be taken without a break from some time on is taken. So the first thing to write down is
// which steps are promised to happen; a crash is not, nor is a wish of a user.
//
//	back := mc.Liveness[local, token]{
//		Name: "the token comes back",
//		When: func(s mc.State[local, token]) bool { return s.Local(1).Holds },
//		Then: func(s mc.State[local, token]) bool { return s.Local(0).Holds },
//	}
//	every := func(process int, step string) bool { return true }
//	r, err := mc.CheckLive(context.Background(), ring(3, 4), []mc.Liveness[local, token]{back},
//		mc.LiveOptions{Fair: every})
//
// The counterexample is a way to a cycle, and the cycle; or a state in which the run stays. Here it
// is the second: after four passes, process 1 holds the token for ever. But it would pass it on
// if the bound of the model did not forbid that, so the verdict is Unknown and not Refuted, and
// LiveResult.Bounds names the budget. Such an end says nothing about the system. Give the model
// more of the budget, or state a property that its last states can fulfil.
//
// All transitions are kept in memory, so this is for small models: a search that outgrows
// LiveOptions.MaxStates or MemoryLimit is Unknown and says what it has found so far. Whether there
// are cycles at all is found out first; messages are never forgotten, so in many models there are
// none, and then only the states in which runs can end are looked at.
//
// # Smaller searches
//
// Options.SleepSets takes one of two orders where the order does not matter. It keeps every state.
//
// Options.DeadMessages drops what nobody will ever react to, which can make a search a hundred
// times smaller and more, the more often the same is sent. Verdicts and the lengths of
// counterexamples stay. What is dead is the author's claim, Model.Dead: mostly that a process
// never goes back in some
// respect. The engine does not believe it, but tests it with all local states and all messages
// met, and ends with an error that shows the two that contradict it. That is stricter than
// need be: a claim must be right about a local state and a message even if they never meet.
//
// Options.EagerSends fires at once what only sends. Verdicts stay, since more messages forbid
// nothing, but depth no longer counts all steps, and a counterexample need not be a shortest one.
// A property of whole states must be Monotone for that: more messages must not repair it. This
// is tested as the search goes. Together with DeadMessages it reaches the largest bounds.
//
// Options.Symmetry keeps one of the states that differ only in which of several interchangeable
// processes is which. Verdicts and lengths stay. Who is alike, and how two processes are exchanged
// in a local state and in a message, is the author's claim, Model.Symmetry. It is tested on all
// that is met and on all permutations of it, and a wrong one is an error that shows the state, the
// processes and the step. It goes with no other reduction. In viewstamped replication clients
// can be exchanged, replicas cannot: the primary of view v is replica v mod N.
//
// # What it does not do
//
// Fairness is weak, never strong, and liveness needs small models. CheckLive uses no reduction.
package mc
