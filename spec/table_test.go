// SPDX-License-Identifier: Apache-2.0

package spec_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"viewstamp/spec"
)

// The table of all cases: a message of an older view, of the same and of a newer one meets a
// replica in each status and role. The table says what each step that could take the message makes
// of it. The test enumerates logs, op-numbers and commit-numbers, and requires exactly these
// outcomes: every cell is decided, and no message is taken by two steps.

// outcomes of a step on a kind of message. Each column has the outcomes for a message of an older
// view, the same, and a newer one. "accepted" is the step itself; "unwanted" is a message that
// cannot be part of the quorum; "–" is a case that cannot occur: only the primary of a view sends
// such a message in that view, and no replica receives its own.
type outcomes struct {
	kind          spec.Kind
	step          string
	normalPrimary string
	normalBackup  string
	newPrimary    string // It waits for the view that it will lead.
	waiting       string // It waits for a view that another will lead.
}

// table has a row for each step of the replicas and each kind that it receives.
func table() []outcomes {
	return []outcomes{
		// A REQUEST has no view; it counts as of the same.
		{spec.KindRequest, "OnRequest",
			"– | accepted, request-in-progress, stale-request | –", "– | not-primary | –",
			"– | not-normal | –", "– | not-normal | –"},
		{spec.KindPrepare, "OnPrepare",
			"older-view | – | newer-view", "older-view | accepted, gap | newer-view",
			"older-view | – | newer-view", "older-view | not-normal | newer-view"},
		{spec.KindPrepare, "SendGetState",
			"older-view | – | newer-view", "older-view | accepted, no-gap | newer-view",
			"older-view | – | newer-view", "older-view | not-normal | newer-view"},
		{spec.KindPrepare, "JoinView",
			"older-view | – | accepted", "older-view | already-normal | accepted",
			"older-view | – | accepted", "older-view | accepted | accepted"},
		// An acknowledgement beyond the primary's own log cannot come; the step would not mind.
		{spec.KindPrepareOK, "OnPrepareOK",
			"unwanted | accepted, already-committed, unwanted | unwanted",
			"unwanted | not-primary, unwanted | unwanted",
			"unwanted | not-normal, unwanted | unwanted",
			"unwanted | not-normal, unwanted | unwanted"},
		{spec.KindCommit, "OnCommit",
			"older-view | – | newer-view", "older-view | accepted, nothing-new | newer-view",
			"older-view | – | newer-view", "older-view | not-normal | newer-view"},
		{spec.KindCommit, "SendGetState",
			"older-view | – | newer-view", "older-view | accepted, no-gap | newer-view",
			"older-view | – | newer-view", "older-view | not-normal | newer-view"},
		{spec.KindCommit, "JoinView",
			"older-view | – | accepted", "older-view | already-normal | accepted",
			"older-view | – | accepted", "older-view | accepted | accepted"},
		{spec.KindStartViewChange, "OnLaterView",
			"older-view | older-view | accepted", "older-view | older-view | accepted",
			"older-view | older-view | accepted", "older-view | older-view | accepted"},
		{spec.KindStartViewChange, "OnStartViewChange",
			"unwanted | not-in-view-change | unwanted", "unwanted | not-in-view-change | unwanted",
			"unwanted | accepted | unwanted", "unwanted | accepted | unwanted"},
		{spec.KindDoViewChange, "OnLaterView",
			"older-view | older-view | accepted", "older-view | older-view | accepted",
			"older-view | older-view | accepted", "older-view | older-view | accepted"},
		{spec.KindDoViewChange, "OnDoViewChange",
			"unwanted | already-normal | unwanted", "unwanted | not-new-primary | unwanted",
			"unwanted | accepted | unwanted", "unwanted | not-new-primary | unwanted"},
		{spec.KindStartView, "OnStartView",
			"older-view | – | accepted", "older-view | already-normal | accepted",
			"older-view | – | accepted", "older-view | accepted | accepted"},
		{spec.KindGetState, "OnGetState",
			"older-view | accepted, gap | newer-view", "older-view | accepted, gap | newer-view",
			"older-view | not-normal | newer-view", "older-view | not-normal | newer-view"},
		// NEWSTATE goes to whoever asked; a primary never asks in its own view.
		{spec.KindNewState, "OnNewState",
			"not-for-me, older-view | not-backup, not-for-me | newer-view, not-for-me",
			"not-for-me, older-view | accepted, gap, not-for-me, nothing-new | newer-view, not-for-me",
			"not-for-me, older-view | not-backup, not-for-me | newer-view, not-for-me",
			"not-for-me, older-view | accepted, gap, not-for-me | newer-view, not-for-me"},
	}
}

const (
	tableView = spec.ViewNumber(4) // Replica 1 leads it in a group of three.
	tableLog  = spec.OpNumber(3)   // The longest log of a message; that of a replica is one shorter.
)

// tableReplicas lists replicas in one of the four roles, with all short logs.
func tableReplicas(role int) []spec.Replica {
	numbers := [][]spec.ReplicaNumber{{1}, {0, 2}, {1}, {0, 2}}[role]
	var all []spec.Replica
	for _, i := range numbers {
		for n := range tableLog {
			for k := range n + 1 {
				r := normal(i, tableView, longLog(n), k)
				if role >= 2 {
					r.Status, r.LastNormalView = spec.ViewChange, tableView-2
				}
				all = append(all, r)
			}
		}
	}
	return all
}

// longLog is a log of n requests of one client.
func longLog(n spec.OpNumber) spec.Log {
	var l spec.Log
	for s := range n {
		l = l.Append(spec.Entry{RequestNumber: spec.RequestNumber(s) + 1, Operation: "a"})
	}
	return l
}

// tableMessages lists the messages of a kind that belong to a view and come from a replica.
func tableMessages(kind spec.Kind, v spec.ViewNumber, from spec.ReplicaNumber) []spec.Message {
	var all []spec.Message
	for n := range tableLog + 1 {
		if kind == spec.KindRequest {
			all = append(all, spec.Request{RequestNumber: spec.RequestNumber(n) + 1, Operation: "a"})
			continue
		}
		for k := range n + 1 {
			q := spec.Request{RequestNumber: spec.RequestNumber(n) + 1, Operation: "a"}
			all = append(all, map[spec.Kind]spec.Message{
				spec.KindPrepare:         spec.Prepare{from, v, q, n + 1, k},
				spec.KindPrepareOK:       spec.PrepareOK{from, v, n},
				spec.KindCommit:          spec.Commit{from, v, k},
				spec.KindStartViewChange: spec.StartViewChange{From: from, ViewNumber: v},
				spec.KindDoViewChange: spec.DoViewChange{From: from, ViewNumber: v,
					Log: longLog(n), LastNormalView: v - 1, CommitNumber: k},
				spec.KindStartView: spec.StartView{from, v, longLog(n), k},
				spec.KindGetState:  spec.GetState{from, v, n},
			}[kind])
			if kind == spec.KindNewState {
				all = all[:len(all)-1]
				for to := range spec.ReplicaNumber(3) {
					all = append(all, spec.NewState{from, to, v, k, longLog(n).After(k), k})
				}
			}
		}
	}
	return all
}

// fromPrimary says whether only the primary of a view sends messages of this kind in it.
func fromPrimary(kind spec.Kind) bool {
	return kind == spec.KindPrepare || kind == spec.KindCommit || kind == spec.KindStartView
}

// received lists the messages of a kind that replica r can receive, of views before its own
// (-1), of its own (0) or after it (1).
func received(c spec.Configuration, r spec.Replica, kind spec.Kind, relation int) []spec.Message {
	if kind == spec.KindRequest {
		if relation != 0 {
			return nil
		}
		return tableMessages(kind, 0, 0)
	}
	views := [][]spec.ViewNumber{{1, 2, 3}, {4}, {5, 6, 7}}[relation+1]
	var all []spec.Message
	for _, v := range views {
		for from := range spec.ReplicaNumber(c.N) {
			if from != r.ReplicaNumber && (!fromPrimary(kind) || from == c.Primary(v)) {
				all = append(all, tableMessages(kind, v, from)...)
			}
		}
	}
	return all
}

// outcome of a step on one message, which is the quorum if the step takes one.
func outcome(c spec.Configuration, step spec.Step, r spec.Replica, m spec.Message) string {
	in := []spec.Message{m}
	if step.Own {
		in = []spec.Message{spec.DoViewChange{From: r.ReplicaNumber, ViewNumber: r.ViewNumber,
			Log: r.Log, LastNormalView: r.LastNormalView, CommitNumber: r.CommitNumber}, m}
	}
	if step.Wants != nil && !step.Wants(c, r, m) {
		return "unwanted"
	}
	_, _, why := step.Do(c, r, in, 0)
	if why == spec.Accepted {
		return "accepted"
	}
	return string(why)
}

func TestEveryCase(t *testing.T) {
	c, protocol := spec.Configuration{N: 3}, spec.ViewstampedReplication()
	for _, row := range table() {
		columns := []string{row.normalPrimary, row.normalBackup, row.newPrimary, row.waiting}
		for role, want := range columns {
			var got []string
			for relation := -1; relation <= 1; relation++ {
				seen := make(map[string]bool)
				for _, r := range tableReplicas(role) {
					for _, m := range received(c, r, row.kind, relation) {
						seen[outcome(c, protocol.Step(row.step), r, m)] = true
					}
				}
				cell := strings.Join(slices.Sorted(maps.Keys(seen)), ", ")
				if cell == "" {
					cell = "–"
				}
				got = append(got, cell)
			}
			require.Equal(t, want, strings.Join(got, " | "), "%s at a replica in column %d, by %s",
				row.kind, role+1, row.step)
		}
	}
}

// TestTableIsComplete: the table has a row for each step of a replica and each kind that it
// receives.
func TestTableIsComplete(t *testing.T) {
	var want, got []string
	for _, step := range spec.ViewstampedReplication().Steps {
		for _, kind := range step.On {
			if !step.Client {
				want = append(want, step.Name+" "+kind.String())
			}
		}
	}
	for _, row := range table() {
		got = append(got, row.step+" "+row.kind.String())
	}
	require.ElementsMatch(t, want, got)
}

// TestOneStepTakesAMessage: in no case is a message taken by two steps. The exception is COMMIT: a
// backup that lacks entries learns what it can, and asks for the others.
func TestOneStepTakesAMessage(t *testing.T) {
	c, protocol := spec.Configuration{N: 3}, spec.ViewstampedReplication()
	taking := make(map[spec.Kind][]spec.Step)
	for _, row := range table() {
		taking[row.kind] = append(taking[row.kind], protocol.Step(row.step))
	}
	for kind, steps := range taking {
		for role := range 4 {
			for _, r := range tableReplicas(role) {
				for relation := -1; relation <= 1; relation++ {
					for _, m := range received(c, r, kind, relation) {
						var takers []string
						for _, step := range steps {
							if outcome(c, step, r, m) == "accepted" {
								takers = append(takers, step.Name)
							}
						}
						if len(takers) > 1 {
							require.Equal(t, []string{"OnCommit", "SendGetState"}, takers,
								"%v at %v", m, r)
						}
					}
				}
			}
		}
	}
}
