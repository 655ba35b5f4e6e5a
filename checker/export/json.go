// SPDX-License-Identifier: Apache-2.0

package export

import (
	"encoding/json"
	"io"

	"viewstamp/spec"
)

// The counterexample as JSON: one object, every state and every message in full.

// FormatJSON names the format that JSON writes, with its version.
const FormatJSON = "viewstamp-counterexample/1"

// JSON writes a counterexample as one JSON object. Its members are format, system, bounds,
// property and steps. A step has the index and the name of its process, the name of the step in
// the spec, the outcome that the environment chose, the messages received and sent, and
// the state of the process before and after. It fails if there are no steps, or if w fails.
func JSON(w io.Writer, c Counterexample) error {
	if err := c.check(); err != nil {
		return err
	}
	t := trees{c.System.Replicas(), func(n int64) any { return n }}
	steps := make([]any, len(c.Steps))
	for i, step := range c.Steps {
		steps[i] = object{
			{"process", step.Process},
			{"processName", c.System.ProcessName(step.Process)},
			{"step", step.Step},
			{"choice", step.Choice},
			{"received", t.messages(step.Received)},
			{"before", t.process(step.Before)},
			{"after", t.process(step.After)},
			{"sent", t.messages(step.Sent)},
		}
	}
	return write(w, object{
		{"format", FormatJSON},
		{"system", c.System.Name},
		{"bounds", t.members(c.System.Bounds)},
		{"property", c.Property},
		{"steps", steps},
	})
}

// messages lists messages in their order.
func (t trees) messages(all []spec.Message) []any {
	list := make([]any, len(all))
	for i, m := range all {
		list[i] = t.message(m)
	}
	return list
}

// write writes a tree so that people can read it as well.
func write(w io.Writer, o object) error {
	e := json.NewEncoder(w)
	e.SetIndent("", " ")
	return e.Encode(o)
}
