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
	roles := slices.DeleteFunc(spec.Roles(), func(r spec.Role) bool {
		return r == spec.RecoveringReplica
	})
	var all []outcomeTable
	for _, part := range spec.Parts() {
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
			for _, e := range rareArrivals()[p.Name] {
				ty.arrives(p, c, e.p, e.in[0], nil)
			}
			for _, complaint := range slices.Concat(ty.wrong, ty.missing()) {
				t.Error(complaint)
			}
		})
	}
}
