// SPDX-License-Identifier: Apache-2.0

package spec

import (
	"cmp"
	"fmt"
	"strings"
)

// How a run reads: one step a line, who took it, on which message, and below it what changed and
// what was sent. Counterexamples of the model checker and walks read alike.

// Taken is a step that some process has taken.
type Taken struct {
	Process       int // Its index in System.Processes.
	Step          string
	Received      []Message
	Choice        int
	Before, After Process
	Sent          []Message
}

// Explain is a run in words. Its steps are counted from first.
func (s System) Explain(steps []Taken, first int) string {
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
	return b.String()
}

// Changes lists the fields in which two states of one process differ: "field: before → after".
func Changes(before, after Process) []string {
	r, ok := before.(Replica)
	if !ok {
		if before == after {
			return nil
		}
		return []string{fmt.Sprintf("%v → %v", before, after)}
	}
	var changes []string
	q := after.(Replica)
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

// disk says what the disk of a replica has lost.
func disk(r Replica) string {
	return cmp.Or(strings.TrimSpace(r.Damage.String()), "sound")
}
