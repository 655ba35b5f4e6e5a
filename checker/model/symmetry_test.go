// SPDX-License-Identifier: Apache-2.0

package model

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"viewstamp/checker/mc"
	"viewstamp/spec"
)

// Clients can be exchanged, replicas cannot.

// TestSymmetryOfClients: two clients, so each state or the one with both exchanged. Those that stay
// as they are when exchanged, the initial state among them, are counted by force: orbits are half
// of all states and half of these.
func TestSymmetryOfClients(t *testing.T) {
	for name, want := range map[string]int64{"sessions": 17_798, "view-change-sessions": 18_464} {
		e, _ := Find(name)
		m := Build(e.System)
		fixed := int64(0)
		watched := m
		watched.Always = append([]mc.Property[spec.Process, spec.Message]{{Name: "watch",
			State: func(s mc.State[spec.Process, spec.Message]) bool {
				if unchanged(e.System, s) {
					fixed++
				}
				return true
			}}}, m.Always...)
		full, err := mc.Check(context.Background(), watched, mc.Options{Plain: true})
		require.NoError(t, err)
		r, err := mc.Check(context.Background(), m, mc.Options{Symmetry: true})
		require.NoError(t, err)
		require.Equal(t, mc.Holds, r.Verdict, r.Why)
		require.Equal(t, full.Depth, r.Depth)
		require.Equal(t, e.Distinct, full.Distinct)
		require.Equal(t, []int64{want, (full.Distinct + fixed) / 2}, []int64{r.Distinct, want}, name)
	}
}

// unchanged says whether a state stays as it is when its two clients are exchanged.
func unchanged(s spec.System, state mc.State[spec.Process, spec.Message]) bool {
	x, first := clientSwap{0, 1}, s.Replicas()
	other := func(p int) int {
		if p < first {
			return p
		}
		return first + 1 - (p - first)
	}
	for p := range s.Processes() {
		if x.process(state.Local(p)) != state.Local(other(p)) {
			return false
		}
		var renamed []spec.Message
		for _, m := range state.Sent(p) {
			renamed = append(renamed, x.message(m))
		}
		if !sameMessages(renamed, state.Sent(other(p))) {
			return false
		}
	}
	return true
}

// sameMessages compares sets.
func sameMessages(a, b []spec.Message) bool {
	set := map[spec.Message]bool{}
	for _, m := range a {
		set[m] = true
	}
	for _, m := range b {
		if !set[m] {
			return false
		}
	}
	return len(set) == len(b)
}

// TestReplicasAreNotAlike: the primary of a view is chosen by number, and the claim that replicas
// can be exchanged is caught.
func TestReplicasAreNotAlike(t *testing.T) {
	e, _ := Find("normal-operation")
	m := Build(e.System)
	m.Symmetry = &mc.Symmetry[spec.Process, spec.Message]{
		Alike: [][]int{{0, 1, 2}},
		Local: func(a, b int, l spec.Process) spec.Process {
			if r, ok := l.(spec.Replica); ok {
				r.ReplicaNumber = exchangedReplica(a, b, r.ReplicaNumber)
				return r
			}
			return l
		},
		Message: func(a, b int, m spec.Message) spec.Message {
			if commit, ok := m.(spec.Commit); ok {
				commit.From = exchangedReplica(a, b, commit.From)
				return commit
			}
			return m
		},
	}
	_, err := mc.Check(context.Background(), m, mc.Options{Symmetry: true})
	require.ErrorContains(t, err, "Symmetry is wrong about processes 0 and 1")
	require.ErrorContains(t, err, `step "SendCommit" of process 0 leads from the state`)
	_, err = mc.Check(context.Background(), Build(e.System), mc.Options{Symmetry: true})
	require.ErrorContains(t, err, "has no Symmetry")
}

// exchangedReplica returns who a replica is after a and b are exchanged.
func exchangedReplica(a, b int, r spec.ReplicaNumber) spec.ReplicaNumber {
	switch int(r) {
	case a:
		return spec.ReplicaNumber(b)
	case b:
		return spec.ReplicaNumber(a)
	default:
		return r
	}
}
