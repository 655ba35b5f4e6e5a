// SPDX-License-Identifier: Apache-2.0

// Package conform decides whether what replicas did is what the executable
// specification (package spec) allows. It reads the events that package vsr
// emits, one for each protocol step, and runs the function of the same name in
// spec beside each of them.
//
// # What is shown
//
// For every event: the step exists; the messages it received had been sent;
// they are a quorum of different senders where the step needs one; the spec
// takes the step too, or ignores it for the same reason; the state afterwards
// and the messages sent are exactly those of the spec. So a run without
// divergence is a run of the spec, and whatever holds in every run of the spec
// (package spec's properties, searched exhaustively by the model checker) held
// in this one, as long as the searched bounds tell the truth about larger ones.
// A few of the properties are cheap enough to be tested on the run itself: see
// invariants.go.
//
// # How it is used
//
//	checker, err := conform.New(conform.Options{Replicas: 3})
//	for each event, in an order in which a message is sent before it is received:
//		err = checker.Event(event)
//	report, err := checker.Finish()
//
// Files does this for recorded traces. A file for each replica has no order
// against the others; it finds one in which each message is sent before it is
// received, if there is any. An error that is a *Divergence says where the run
// left the spec.
//
// # The refinement map
//
// How events of the implementation are read as events of the spec is all in
// refine.go. Where the spec has a whole log, the implementation has its name,
// and names.go knows which is which.
//
// # Crashes
//
// A replica records a step before the step is durable. When it crashes, the
// last steps of its trace may be lost, together with their messages, which had
// not left yet. At a Restart the checker takes back as few of the last steps as
// explain the state that the replica woke up in. A message of such a step that
// somebody received is a divergence: it left before it was durable.
//
// Time is linear in the number of events and the sizes of their messages.
// Memory is linear in the number of log entries and of different messages.
package conform
