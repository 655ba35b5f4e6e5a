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

// A schedule that breaks NothingLost in 16 steps: claim C-001.
// Emit it again with
//
//	go test ./checker/export -run TestEmittedTestsAreCurrent -update

// TestStateTransfer: the system comes through the schedule, and NothingLost is
// broken.
func TestStateTransfer(t *testing.T) {
	system := stateTransferClaim(t).Claimed
	steps := stateTransferSchedule
	_, sent, departs := stateTransferReplay(system, steps)
	require.Empty(t, departs)

	all := system.Invariants()
	i := slices.IndexFunc(all, func(p spec.Property) bool { return p.Name == "NothingLost" })
	require.GreaterOrEqual(t, i, 0, "the system has no property NothingLost")
	evidence := []spec.Message{
		spec.Reply{RequestNumber: 1, OpNumber: 1},
		spec.StartView{From: 2, ViewNumber: 2, CommitNumber: 1},
	}
	require.Subset(t, sent, evidence)
	require.False(t, all[i].Messages(evidence[0], evidence[1]), "NothingLost holds")
}

// TestStateTransferFixed: the corrected system does not come through the schedule.
func TestStateTransferFixed(t *testing.T) {
	fixed, steps := stateTransferClaim(t).Fixed, stateTransferSchedule
	_, _, departs := stateTransferReplay(fixed, steps)
	require.Equal(t, "step 11, JoinView: leads to ViewChange v=1 v′=0 l=[a1@0] k=0, "+
		"not to Normal v=1 v′=1 l=[] k=0", departs)
}

// stateTransferClaim finds the claim in the catalogue.
func stateTransferClaim(t *testing.T) claims.Claim {
	t.Helper()
	all := claims.Catalogue()
	i := slices.IndexFunc(all, func(c claims.Claim) bool { return c.ID == "C-001" })
	require.GreaterOrEqual(t, i, 0, "the catalogue has no claim C-001")
	return all[i]
}

// The logs of the schedule.
var (
	stateTransferLog1 = spec.Log{}.Append(spec.Entry{
		RequestNumber: 1, Operation: "a1",
	})
)

// stateTransferSchedule is the run, step by step: who, what, on which messages, and
// what must come of it.
var stateTransferSchedule = []stateTransferReplayStep{
	// Step 1, clients. 0 requests sent → 1 requests sent.
	{
		Process: 3,
		Step:    "SendRequest",
		After:   spec.Crowd{Sent: 1},
		Sent:    []spec.Message{spec.Request{RequestNumber: 1, Operation: "a1"}},
	},
	// Step 2, replica 0. log: [] → [a1@0].
	{
		Step:     "OnRequest",
		Received: []spec.Message{spec.Request{RequestNumber: 1, Operation: "a1"}},
		After:    spec.Replica{Log: stateTransferLog1},
		Sent: []spec.Message{
			spec.Prepare{
				Request: spec.Request{RequestNumber: 1, Operation: "a1"}, OpNumber: 1,
			},
		},
	},
	// Step 3, replica 2. log: [] → [a1@0].
	{
		Process: 2,
		Step:    "OnPrepare",
		Received: []spec.Message{
			spec.Prepare{
				Request: spec.Request{RequestNumber: 1, Operation: "a1"}, OpNumber: 1,
			},
		},
		After: spec.Replica{ReplicaNumber: 2, Log: stateTransferLog1},
		Sent:  []spec.Message{spec.PrepareOK{From: 2, OpNumber: 1}},
	},
	// Step 4, replica 1. status: Normal → ViewChange; view-number: 0 → 1.
	{
		Process: 1,
		Step:    "SendStartViewChange",
		After:   spec.Replica{ReplicaNumber: 1, Status: spec.ViewChange, ViewNumber: 1},
		Sent:    []spec.Message{spec.StartViewChange{From: 1, ViewNumber: 1}},
	},
	// Step 5, replica 0. commit-number: 0 → 1.
	{
		Step:     "OnPrepareOK",
		Received: []spec.Message{spec.PrepareOK{From: 2, OpNumber: 1}},
		After:    spec.Replica{Log: stateTransferLog1, CommitNumber: 1},
		Sent:     []spec.Message{spec.Reply{RequestNumber: 1, OpNumber: 1}},
	},
	// Step 6, replica 0. status: Normal → ViewChange; view-number: 0 → 1.
	{
		Step:     "OnLaterView",
		Received: []spec.Message{spec.StartViewChange{From: 1, ViewNumber: 1}},
		After: spec.Replica{
			Status: spec.ViewChange, ViewNumber: 1, Log: stateTransferLog1, CommitNumber: 1,
		},
		Sent: []spec.Message{spec.StartViewChange{ViewNumber: 1}},
	},
	// Step 7, replica 1.
	{
		Process:  1,
		Step:     "OnStartViewChange",
		Received: []spec.Message{spec.StartViewChange{ViewNumber: 1}},
		After:    spec.Replica{ReplicaNumber: 1, Status: spec.ViewChange, ViewNumber: 1},
		Sent:     []spec.Message{spec.DoViewChange{From: 1, ViewNumber: 1}},
	},
	// Step 8, replica 0.
	{
		Step:     "OnStartViewChange",
		Received: []spec.Message{spec.StartViewChange{From: 1, ViewNumber: 1}},
		After: spec.Replica{
			Status: spec.ViewChange, ViewNumber: 1, Log: stateTransferLog1, CommitNumber: 1,
		},
		Sent: []spec.Message{
			spec.DoViewChange{ViewNumber: 1, Log: stateTransferLog1, CommitNumber: 1},
		},
	},
	// Step 9, replica 1. status: ViewChange → Normal; last normal view v′: 0 → 1; log:
	// [] → [a1@0]; commit-number: 0 → 1.
	{
		Process: 1,
		Step:    "OnDoViewChange",
		Received: []spec.Message{
			spec.DoViewChange{From: 1, ViewNumber: 1},
			spec.DoViewChange{ViewNumber: 1, Log: stateTransferLog1, CommitNumber: 1},
		},
		After: spec.Replica{
			ReplicaNumber: 1, ViewNumber: 1, LastNormalView: 1, Log: stateTransferLog1,
			CommitNumber: 1,
		},
		Sent: []spec.Message{
			spec.StartView{From: 1, ViewNumber: 1, Log: stateTransferLog1, CommitNumber: 1},
			spec.Reply{From: 1, ViewNumber: 1, RequestNumber: 1, OpNumber: 1},
		},
	},
	// Step 10, replica 1.
	{
		Process: 1,
		Step:    "SendCommit",
		After: spec.Replica{
			ReplicaNumber: 1, ViewNumber: 1, LastNormalView: 1, Log: stateTransferLog1,
			CommitNumber: 1,
		},
		Sent: []spec.Message{spec.Commit{From: 1, ViewNumber: 1, CommitNumber: 1}},
	},
	// Step 11, replica 2. view-number: 0 → 1; last normal view v′: 0 → 1; log: [a1@0]
	// → [].
	{
		Process:  2,
		Step:     "JoinView",
		Received: []spec.Message{spec.Commit{From: 1, ViewNumber: 1, CommitNumber: 1}},
		After:    spec.Replica{ReplicaNumber: 2, ViewNumber: 1, LastNormalView: 1},
		Sent:     []spec.Message{spec.GetState{From: 2, ViewNumber: 1}},
	},
	// Step 12, replica 2. status: Normal → ViewChange; view-number: 1 → 2.
	{
		Process: 2,
		Step:    "SendStartViewChange",
		After: spec.Replica{
			ReplicaNumber: 2, Status: spec.ViewChange, ViewNumber: 2, LastNormalView: 1,
		},
		Sent: []spec.Message{spec.StartViewChange{From: 2, ViewNumber: 2}},
	},
	// Step 13, replica 0. view-number: 1 → 2.
	{
		Step:     "OnLaterView",
		Received: []spec.Message{spec.StartViewChange{From: 2, ViewNumber: 2}},
		After: spec.Replica{
			Status: spec.ViewChange, ViewNumber: 2, Log: stateTransferLog1, CommitNumber: 1,
		},
		Sent: []spec.Message{spec.StartViewChange{ViewNumber: 2}},
	},
	// Step 14, replica 2.
	{
		Process:  2,
		Step:     "OnStartViewChange",
		Received: []spec.Message{spec.StartViewChange{ViewNumber: 2}},
		After: spec.Replica{
			ReplicaNumber: 2, Status: spec.ViewChange, ViewNumber: 2, LastNormalView: 1,
		},
		Sent: []spec.Message{spec.DoViewChange{From: 2, ViewNumber: 2, LastNormalView: 1}},
	},
	// Step 15, replica 0.
	{
		Step:     "OnStartViewChange",
		Received: []spec.Message{spec.StartViewChange{From: 2, ViewNumber: 2}},
		After: spec.Replica{
			Status: spec.ViewChange, ViewNumber: 2, Log: stateTransferLog1, CommitNumber: 1,
		},
		Sent: []spec.Message{
			spec.DoViewChange{ViewNumber: 2, Log: stateTransferLog1, CommitNumber: 1},
		},
	},
	// Step 16, replica 2. status: ViewChange → Normal; last normal view v′: 1 → 2;
	// commit-number: 0 → 1.
	{
		Process: 2,
		Step:    "OnDoViewChange",
		Received: []spec.Message{
			spec.DoViewChange{From: 2, ViewNumber: 2, LastNormalView: 1},
			spec.DoViewChange{ViewNumber: 2, Log: stateTransferLog1, CommitNumber: 1},
		},
		After: spec.Replica{
			ReplicaNumber: 2, ViewNumber: 2, LastNormalView: 2, CommitNumber: 1,
		},
		Sent: []spec.Message{spec.StartView{From: 2, ViewNumber: 2, CommitNumber: 1}},
	},
}

// stateTransferReplayStep is one step of a schedule.
type stateTransferReplayStep struct {
	Process  int
	Step     string
	Choice   int
	Received []spec.Message
	After    spec.Process
	Sent     []spec.Message
}

// stateTransferReplay takes a schedule through a system.
// After each step it compares the state and the messages. It ends where the system departs from
// the schedule, and says how; departs is empty if it does not.
func stateTransferReplay(
	system spec.System, schedule []stateTransferReplayStep,
) (processes []spec.Process, sent []spec.Message, departs string) {
	processes = system.Processes()
	for i, s := range schedule {
		how := stateTransferReplayRefusal(system, processes, sent, s)
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

// stateTransferReplayRefusal says why a step cannot be taken with those messages.
// It is empty if the step can be. Do does not ask that: whoever calls it must.
func stateTransferReplayRefusal(
	system spec.System, processes []spec.Process, sent []spec.Message,
	s stateTransferReplayStep,
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
