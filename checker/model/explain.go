// SPDX-License-Identifier: Apache-2.0

package model

import (
	"fmt"
	"io"

	"viewstamp/checker/mc"
	"viewstamp/spec"
)

// How a counterexample reads: as a walk of the tests of spec does.

// Transition is one step of a counterexample.
type Transition = mc.Transition[spec.Process, spec.Message]

// Explain writes a counterexample for people.
func Explain(w io.Writer, s spec.System, steps []Transition) error {
	return explain(w, s, steps, 1)
}

// ExplainLasso writes a run that never does what it must: the way to a cycle, and the cycle.
func ExplainLasso(w io.Writer, s spec.System, r LiveResult) error {
	if err := explain(w, s, r.Prefix, 1); err != nil {
		return err
	}
	if len(r.Cycle) == 0 {
		_, err := fmt.Fprintln(w,
			"      and stays so for ever: no step that is fair can change anything")
		return err
	}
	if _, err := fmt.Fprintf(w, "      and for ever round:\n"); err != nil {
		return err
	}
	return explain(w, s, r.Cycle, len(r.Prefix)+1)
}

// explain writes steps, counted from a number on.
func explain(w io.Writer, s spec.System, steps []Transition, first int) error {
	taken := make([]spec.Taken, len(steps))
	for i, t := range steps {
		taken[i] = spec.Taken{Process: t.Process, Step: t.Step, Received: t.Received,
			Choice: t.Choice, Before: t.Before, After: t.After, Sent: t.Sent}
	}
	_, err := io.WriteString(w, s.Explain(taken, first))
	return err
}
