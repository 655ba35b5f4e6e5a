// SPDX-License-Identifier: Apache-2.0

package export

import (
	"fmt"
	"io"
	"slices"
	"strconv"

	"viewstamp/spec"
)

// The counterexample in the Informal Trace Format of Apalache (ADR-015), which Quint and the
// viewers for both read. All that a set or a map holds must have one type there: so a message is
// a variant, with its name as the tag.

// ITF writes a counterexample in the Informal Trace Format. There is one state more than there are
// steps. The variables are
//
//	replicas           the number of each replica ↦ its state
//	clients            the number of each client ↦ its state; a Crowd of clients is number 0
//	sent               the set of the messages that anybody has sent
//	mbt::actionTaken   the step of the spec that led here; "init" in the first state
//	mbt::nondetPicks   which process took it, on which messages, with which outcome
//
// It fails if there are no steps, or if w fails.
func ITF(w io.Writer, c Counterexample) error {
	if err := c.check(); err != nil {
		return err
	}
	x := itf{
		trees: trees{c.System.Replicas(), bigint}, replicas: c.System.Replicas(),
		processes: c.System.Processes(),
	}
	none := object{{"tag", "None"}, {"value", object{{"#tup", []any{}}}}}
	states := []any{x.state(0, "init", object{
		{"process", none}, {"received", none}, {"choice", none}})}
	for i, step := range c.Steps {
		x.processes[step.Process] = step.After
		for _, m := range step.Sent {
			if !slices.Contains(x.sent, m) {
				x.sent = append(x.sent, m)
			}
		}
		states = append(states, x.state(i+1, step.Step, object{
			{"process", some(bigint(int64(step.Process)))},
			{"received", some(x.set(step.Received))},
			{"choice", some(bigint(int64(step.Choice)))},
		}))
	}
	return write(w, object{
		{"#meta", object{
			{"format", "ITF"},
			{"format-description", "https://apalache.informal.systems/docs/adr/015adr-trace.html"},
			{"source", c.System.Name},
			{"description", fmt.Sprintf("%s is broken in the last state", c.Property)},
		}},
		{"params", []any{}},
		{"vars", []string{"replicas", "clients", "sent", "mbt::actionTaken", "mbt::nondetPicks"}},
		{"states", states},
	})
}

// itf is the state of the system while the states are written.
type itf struct {
	trees
	replicas  int
	processes []spec.Process
	sent      []spec.Message
}

// state is one state of the trace.
func (x *itf) state(index int, action string, picks object) object {
	return object{
		{"#meta", object{{"index", index}}},
		{"replicas", x.table(x.processes[:x.replicas])},
		{"clients", x.table(x.processes[x.replicas:])},
		{"sent", x.set(x.sent)},
		{"mbt::actionTaken", action},
		{"mbt::nondetPicks", picks},
	}
}

// table maps numbers to the states of processes.
func (x *itf) table(processes []spec.Process) object {
	pairs := make([]any, len(processes))
	for i, p := range processes {
		pairs[i] = []any{bigint(int64(i)), x.members(p)}
	}
	return object{{"#map", pairs}}
}

// set is a set of messages, each a variant.
func (x *itf) set(messages []spec.Message) object {
	elements := make([]any, len(messages))
	for i, m := range messages {
		elements[i] = object{{"tag", messageName(m)}, {"value", x.members(m)}}
	}
	return object{{"#set", elements}}
}

// some is a value that is there, as Quint writes it.
func some(value any) object { return object{{"tag", "Some"}, {"value", value}} }

// bigint is an integer as Apalache and Quint write it: a number of JSON might lose digits.
func bigint(n int64) any { return object{{"#bigint", strconv.FormatInt(n, 10)}} }
