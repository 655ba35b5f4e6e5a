// SPDX-License-Identifier: Apache-2.0

package spec_test

import (
	"slices"
	"testing"

	"viewstamp/spec"
)

// The tables of checkpoints and of the optimisations against the steps: in walks, and for the few
// cases that walks do not meet.

// partTables lists the tables of the parts.
func partTables() []outcomeTable {
	var all []outcomeTable
	for _, part := range spec.Parts() {
		roles := spec.Roles()
		if part.Protocol.Name != spec.LostDisks().Name { // Nobody is Recovering.
			roles = slices.DeleteFunc(roles, func(r spec.Role) bool {
				return r == spec.RecoveringReplica
			})
		}
		all = append(all, outcomeTable{part.Name, []spec.Protocol{part.Protocol}, roles,
			spec.Relations(), part.Outcomes, spec.Override(spec.Outcomes(), part.Outcomes)})
	}
	return all
}

// rareArrivals are messages that walks do not let arrive, by the protocol.
func rareArrivals() map[string][]example {
	installed := waiting(2, 1, logOf(a1), 1)
	installed.Checkpoint = 1
	forgot := waiting(1, 1, logOf(a1), 0)
	collected := normal(2, 1, logOf(a1, a2), 2)
	collected.Collected = 1
	return map[string][]example{
		spec.Checkpoints().Name: {
			{p: installed, in: one(spec.StartView{From: 1, ViewNumber: 1})},
			{p: installed, in: one(spec.NewState{From: 1, To: 2, ViewNumber: 1})},
			{p: waiting(2, 1, spec.Log{}, 0), in: one(spec.NewState{From: 1, To: 2, ViewNumber: 1,
				After: 1, Log: logOf(a2)})},
			{p: normal(1, 1, spec.Log{}, 0), in: one(spec.GetState{From: 2, ViewNumber: 1,
				OpNumber: 1})},
		},
		spec.LogSuffixes().Name: {
			{p: forgot, in: one(spec.NewState{From: 0, To: 1, ViewNumber: 1, After: 1,
				Log: logOf(a2)})},
		},
		spec.Witnesses().Name: {
			{p: collected, in: one(spec.Checkpointed{From: 0, OpNumber: 1})},
		},
	}
}

// lostDiskArrivals lets messages arrive at replicas that have no disk, or a new one, and those
// about lost disks at all others.
func lostDiskArrivals(ty *tally, p spec.Protocol, c spec.Configuration) {
	for i := range spec.ReplicaNumber(3) {
		noOp := spec.Entry{ClientID: 25 - spec.ClientID(i), RequestNumber: 1, Operation: "no-op"}
		processes := []spec.Replica{{ReplicaNumber: i, Status: spec.Recovering, Nonce: 1},
			normal(i, 1, logOf(a1), 0), waiting(i, 1, logOf(a1), 0)}
		processes = append(processes, normal(i, 1, spec.Log{}.Append(noOp), 1))
		for v := range spec.ViewNumber(3) {
			r := waiting(i, v, spec.Log{}, 0)
			r.Formatted, r.Nonce, r.LastNormalView = true, 1, 0
			processes = append(processes, r)
		}
		for _, r := range processes {
			for v := range spec.ViewNumber(4) {
				for _, m := range aboutLostDisks(c, i, v, noOp) {
					from, _ := spec.Sender(m)
					wrongPlace := r.Status != spec.ViewChange && m.Kind() == spec.KindNewState
					newerState := v > r.ViewNumber && m.Kind() == spec.KindNewState
					if from != i && !wrongPlace && !newerState {
						ty.arrives(p, c, r, m, nil)
					}
				}
			}
		}
	}
}

// aboutLostDisks lists messages of view v to replica i, with and without its no-op.
func aboutLostDisks(c spec.Configuration, i spec.ReplicaNumber, v spec.ViewNumber, noOp spec.Entry,
) []spec.Message {
	from, other := c.Primary(v), (i+1)%3
	with := spec.Log{}.Append(noOp)
	all := []spec.Message{spec.Reply{From: from, ViewNumber: v, RequestNumber: 1, OpNumber: 1},
		spec.Reply{From: from, ViewNumber: v, ClientID: noOp.ClientID, RequestNumber: 1, OpNumber: 1},
		spec.NoOp{From: other, Nonce: 0}, spec.NoOp{From: other, Nonce: 1},
		spec.NoOp{From: i, Nonce: 1}, spec.StartViewChange{From: other, ViewNumber: v},
		spec.StartView{From: from, ViewNumber: v}, spec.StartView{From: from, ViewNumber: v, Log: with},
	}
	if v == 0 {
		return all[:5]
	}
	if from == i {
		return append(all[:6], spec.DoViewChange{From: other, ViewNumber: v})
	}
	return append(all, spec.NewState{From: from, To: i, ViewNumber: v},
		spec.NewState{From: from, To: i, ViewNumber: v, After: 1})
}

func TestPartOutcomesAreThoseOfTheTable(t *testing.T) {
	for _, o := range partTables() {
		t.Run(o.name, func(t *testing.T) {
			ty, p := newTally(o), o.protocols[0]
			c := spec.Configuration{N: 3}
			for _, n := range []int{3, 5} {
				for number := range 4 {
					s := system(p, n, 2*(number%2))
					if p.Name == spec.Witnesses().Name {
						s.Bounds.Witnesses, c.Witnesses = n/2, 1
					}
					ty.walk(s, number, 160)
				}
			}
			for _, at := range handmadeProcesses(p) {
				ty.alone(p, c, at)
			}
			if p.Name == spec.LostDisks().Name {
				lostDiskArrivals(ty, p, c)
			}
			for _, e := range rareArrivals()[p.Name] {
				ty.arrives(p, c, e.p, e.in[0], nil)
			}
			for _, complaint := range slices.Concat(ty.wrong, ty.missing()) {
				t.Error(complaint)
			}
		})
	}
}
