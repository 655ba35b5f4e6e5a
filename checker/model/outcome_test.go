// SPDX-License-Identifier: Apache-2.0

package model

import (
	"os"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"viewstamp/checker/mc"
	"viewstamp/spec"
)

// The table of all cases (spec/OUTCOMES.md) in all reachable states of small models: whatever
// message was sent meets whatever state its receiver can be in at that time.

// outcomeInTable holds if what becomes of a message at a replica is in its cell of the table.
func outcomeInTable(p spec.Protocol, table []spec.Decision) spec.Property {
	return spec.Property{Name: "OutcomeInTable",
		ReplicaMessage: func(c spec.Configuration, r spec.Replica, m spec.Message) bool {
			from, ofReplica := spec.Sender(m)
			to, one := spec.Receiver(c, m)
			if ofReplica && from == r.ReplicaNumber || one && to != r.ReplicaNumber ||
				!received(p, m.Kind()) {
				return true
			}
			own := spec.DoViewChange{From: r.ReplicaNumber, ViewNumber: r.ViewNumber, Log: r.Log,
				LastNormalView: r.LastNormalView, CommitNumber: r.CommitNumber,
				CrashVector: r.CrashVector}
			steps, why := p.Decide(c, r, m, own)
			for _, d := range table {
				if d.Kind == m.Kind() && d.At&spec.RoleOf(c, r) != 0 &&
					d.View&spec.RelationOf(r, m) != 0 {
					return len(steps) == 0 && slices.Contains(d.Ignored, why) ||
						len(steps) > 0 && !slices.ContainsFunc(steps, func(step string) bool {
							return !slices.Contains(d.Steps, step)
						})
				}
			}
			return false
		}}
}

// received says whether replicas of the protocol receive such messages.
func received(p spec.Protocol, kind spec.Kind) bool {
	return slices.ContainsFunc(p.Steps, func(s spec.Step) bool {
		return !s.Client && slices.Contains(s.On, kind)
	})
}

// outcomeSystem is a system with the protocol that the table is asked about.
type outcomeSystem struct {
	spec.System
	whole spec.Protocol
}

// outcomeSystems are small systems, each with the whole protocol that its steps are of: the search
// leaves out some steps, the question is asked of all.
func outcomeSystems() []outcomeSystem {
	quiet := []string{"SendGetState", "JoinView", "OnGetState", "OnNewState", "SendCommit",
		"OnCommit"}
	var all []outcomeSystem
	add := func(name string, p spec.Protocol, without []string, b spec.Bounds) {
		b.Replicas = 3
		all = append(all, outcomeSystem{
			spec.System{Name: name, Protocol: p.Without(without...), Bounds: b}, p})
	}
	one := spec.Bounds{Requests: 1, ViewChanges: 1, Restarts: 1}
	add("normal operation", spec.ViewstampedReplication(), quiet[:4], spec.Bounds{Requests: 2})
	add("views and restarts", spec.ViewstampedReplication(), quiet, one)
	add("view on disk", spec.PersistentView(), quiet, one)
	add("crash vectors", spec.CrashVectors(), quiet, one)
	add("reads", spec.ReadsAtPrimary(), append(quiet, "Restart"),
		spec.Bounds{Requests: 1, ViewChanges: 1, Reads: 1})
	return all
}

func TestOutcomesAreThoseOfTheTable(t *testing.T) {
	for _, o := range outcomeSystems() {
		t.Run(o.Name, func(t *testing.T) {
			s := o.System
			s.Always = append(s.Always, outcomeInTable(o.whole, spec.Outcomes()))
			r := decide(t, s, []string{"OutcomeInTable"})
			if r.Verdict != mc.Holds {
				require.NoError(t, Explain(os.Stderr, s, r.Counterexample))
			}
			require.Equal(t, mc.Holds, r.Verdict, r.Why)
			t.Logf("%d states", r.Distinct)
		})
	}
}
