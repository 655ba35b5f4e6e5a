// SPDX-License-Identifier: Apache-2.0

package model

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	"viewstamp/checker/mc"
	"viewstamp/spec"
)

// How a counterexample reads: one step a line, who took it, on which message, and below it what
// changed and what was sent.

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
	var b strings.Builder
	for i, t := range steps {
		fmt.Fprintf(&b, "%4d  %-10s %s", i+first, s.ProcessName(t.Process), t.Step)
		for j, m := range t.Received {
			if j > 0 {
				b.WriteString(" and")
			}
			fmt.Fprintf(&b, " %v", m)
		}
		if t.Choice > 0 {
			fmt.Fprintf(&b, " [outcome %d]", t.Choice)
		}
		b.WriteByte('\n')
		for _, change := range Changes(t.Before, t.After) {
			fmt.Fprintf(&b, "                   %s\n", change)
		}
		for _, m := range t.Sent {
			fmt.Fprintf(&b, "                   sends %v\n", m)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// disk says what the disk of a replica has lost.
func disk(r spec.Replica) string {
	return cmp.Or(strings.TrimSpace(r.Damage.String()), "sound")
}

// Changes lists the fields in which two states of one process differ: "field: before → after".
func Changes(before, after spec.Process) []string {
	r, ok := before.(spec.Replica)
	if !ok {
		if before == after {
			return nil
		}
		return []string{fmt.Sprintf("%v → %v", before, after)}
	}
	var changes []string
	q := after.(spec.Replica)
	note := func(name string, was, is any) {
		if was != is {
			changes = append(changes, fmt.Sprintf("%s: %v → %v", name, was, is))
		}
	}
	note("epoch", r.Epoch, q.Epoch)
	note("status", r.Status, q.Status)
	note("view-number", r.ViewNumber, q.ViewNumber)
	note("last normal view v′", r.LastNormalView, q.LastNormalView)
	note("log", r.Log, q.Log)
	note("commit-number", r.CommitNumber, q.CommitNumber)
	note("batch", r.Batch, q.Batch)
	note("log chosen", r.Chosen, q.Chosen)
	note("entries dropped up to", r.Collected, q.Collected)
	note("requests noted", r.Noted, q.Noted)
	note("checkpoint", r.Checkpoint, q.Checkpoint)
	note("dropped up to", r.Dropped, q.Dropped)
	note("on a new disk", r.Formatted, q.Formatted)
	note("disk", disk(r), disk(q))
	note("nonce x", r.Nonce, q.Nonce)
	note("crash vector", r.CrashVector, q.CrashVector)
	note("lease held", r.Lease, q.Lease)
	note("lease given", r.Given, q.Given)
	return changes
}
