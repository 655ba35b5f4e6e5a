// SPDX-License-Identifier: Apache-2.0

// Code generated from a counterexample of the model checker; DO NOT EDIT.

package export_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"viewstamp/spec"
	"viewstamp/spec/claims"
)

// A schedule that breaks ViewstampUnique in 5 steps: claim C-105d.
// Emit it again with
//
//	go test ./checker/export -run TestEmittedTestsAreCurrent -update

// TestResumeAsPrimary: the system comes through the schedule, and ViewstampUnique
// is broken.
func TestResumeAsPrimary(t *testing.T) {
	system := resumeAsPrimaryClaim(t).Claimed
	steps := resumeAsPrimarySchedule
	_, sent, departs := resumeAsPrimaryReplay(system, steps)
	require.Empty(t, departs)

	all := system.Invariants()
	i := slices.IndexFunc(all, func(p spec.Property) bool { return p.Name == "ViewstampUnique" })
	require.GreaterOrEqual(t, i, 0, "the system has no property ViewstampUnique")
	evidence := []spec.Message{
		spec.Prepare{
			Request:  spec.Request{ClientID: 1, RequestNumber: 1, Operation: "b1"},
			OpNumber: 1,
		},
		spec.Prepare{
			Request: spec.Request{RequestNumber: 1, Operation: "a1"}, OpNumber: 1,
		},
	}
	require.Subset(t, sent, evidence)
	require.False(t, all[i].Messages(evidence[0], evidence[1]), "ViewstampUnique holds")
}

// TestResumeAsPrimaryFixed: the corrected system does not come through the
// schedule.
func TestResumeAsPrimaryFixed(t *testing.T) {
	fixed, steps := resumeAsPrimaryClaim(t).Fixed, resumeAsPrimarySchedule
	_, _, departs := resumeAsPrimaryReplay(fixed, steps)
	require.Equal(t, "step 4, Restart: leads to ViewChange v=1 v′=0 l=[] k=0, not to "+
		"Normal v=0 v′=0 l=[] k=0", departs)
}

// resumeAsPrimaryClaim finds the claim in the catalogue.
func resumeAsPrimaryClaim(t *testing.T) claims.Claim {
	t.Helper()
	all := claims.Catalogue()
	i := slices.IndexFunc(all, func(c claims.Claim) bool { return c.ID == "C-105d" })
	require.GreaterOrEqual(t, i, 0, "the catalogue has no claim C-105d")
	return all[i]
}

// The logs of the schedule.
var (
	resumeAsPrimaryLog1 = spec.Log{}.Append(spec.Entry{
		ClientID: 1, RequestNumber: 1, Operation: "b1",
	})
	resumeAsPrimaryLog2 = spec.Log{}.Append(spec.Entry{
		RequestNumber: 1, Operation: "a1",
	})
)

// resumeAsPrimarySchedule is the run, step by step: who, what, on which messages,
// and what must come of it.
var resumeAsPrimarySchedule = []resumeAsPrimaryReplayStep{
	// Step 1, clients. 0 requests sent → 1 requests sent.
	{
		Process: 3,
		Step:    "SendRequest",
		After:   spec.Crowd{Sent: 1},
		Sent:    []spec.Message{spec.Request{RequestNumber: 1, Operation: "a1"}},
	},
	// Step 2, clients. 1 requests sent → 2 requests sent.
	{
		Process: 3,
		Step:    "SendRequest",
		After:   spec.Crowd{Sent: 2},
		Sent:    []spec.Message{spec.Request{ClientID: 1, RequestNumber: 1, Operation: "b1"}},
	},
	// Step 3, replica 0. log: [] → [b1@0].
	{
		Step: "OnRequest",
		Received: []spec.Message{
			spec.Request{ClientID: 1, RequestNumber: 1, Operation: "b1"},
		},
		After: spec.Replica{Log: resumeAsPrimaryLog1},
		Sent: []spec.Message{
			spec.Prepare{
				Request:  spec.Request{ClientID: 1, RequestNumber: 1, Operation: "b1"},
				OpNumber: 1,
			},
		},
	},
	// Step 4, replica 0. log: [b1@0] → [].
	{
		Step:   "Restart",
		Choice: 1,
		After:  spec.Replica{},
	},
	// Step 5, replica 0. log: [] → [a1@0].
	{
		Step:     "OnRequest",
		Received: []spec.Message{spec.Request{RequestNumber: 1, Operation: "a1"}},
		After:    spec.Replica{Log: resumeAsPrimaryLog2},
		Sent: []spec.Message{
			spec.Prepare{
				Request: spec.Request{RequestNumber: 1, Operation: "a1"}, OpNumber: 1,
			},
		},
	},
}

// resumeAsPrimaryReplayStep is one step of a schedule.
type resumeAsPrimaryReplayStep struct {
	Process  int
	Step     string
	Choice   int
	Received []spec.Message
	After    spec.Process
	Sent     []spec.Message
}

// resumeAsPrimaryReplay takes a schedule through a system.
// After each step it compares the state and the messages. It ends where the system departs from
// the schedule, and says how; departs is empty if it does not.
func resumeAsPrimaryReplay(
	system spec.System, schedule []resumeAsPrimaryReplayStep,
) (processes []spec.Process, sent []spec.Message, departs string) {
	processes = system.Processes()
	for i, s := range schedule {
		how := resumeAsPrimaryReplayRefusal(system, processes, sent, s)
		if how == "" {
			before := processes[s.Process]
			after, out, why := system.Protocol.Step(s.Step).Do(
				system.Configuration(), before, s.Received, s.Choice)
			switch {
			case why != spec.Accepted:
				how = fmt.Sprintf("refuses, %s", why)
			case after != s.After:
				how = fmt.Sprintf("leads to %v, not to %v", after, s.After)
			case !slices.Equal(out, s.Sent):
				how = fmt.Sprintf("sends %v, not %v", out, s.Sent)
			}
			processes[s.Process] = after
			sent = append(sent, out...)
		}
		if how != "" {
			return processes, sent, fmt.Sprintf("step %d, %s: %s", i+1, s.Step, how)
		}
	}
	return processes, sent, ""
}

// resumeAsPrimaryReplayRefusal says why a step cannot be taken with those messages.
// It is empty if the step can be. Do does not ask that: whoever calls it must.
func resumeAsPrimaryReplayRefusal(
	system spec.System, processes []spec.Process, sent []spec.Message,
	s resumeAsPrimaryReplayStep,
) string {
	at := slices.IndexFunc(system.Protocol.Steps,
		func(step spec.Step) bool { return step.Name == s.Step })
	if at < 0 {
		return "the protocol has no such step"
	}
	step, c := system.Protocol.Steps[at], system.Configuration()
	if s.Process >= len(processes) || step.Client != (s.Process >= system.Replicas()) {
		return fmt.Sprintf("process %d does not take it", s.Process)
	}
	if s.Choice > 0 &&
		(step.Choices == nil || s.Choice >= step.Choices(c, processes[s.Process])) {
		return fmt.Sprintf("has no outcome %d", s.Choice)
	}
	want := min(1, len(step.On))
	if step.Quorum != nil {
		want = max(1, step.Quorum(processes[s.Process].(spec.Replica).Group(c)))
	}
	if step.Own {
		want++
	}
	if len(s.Received) != want {
		return fmt.Sprintf("takes %d messages, not %d", want, len(s.Received))
	}
	senders := map[int]bool{}
	for i, m := range s.Received {
		from := system.Sender(m)
		switch own := step.Own && i == 0; {
		case !slices.Contains(sent, m):
			return fmt.Sprintf("nobody has sent %v", m)
		case !slices.Contains(step.On, m.Kind()), senders[from], own != (from == s.Process),
			step.Wants != nil && !step.Wants(c, processes[s.Process].(spec.Replica), m):
			return fmt.Sprintf("does not take %v", m)
		}
		senders[from] = true
	}
	return ""
}
