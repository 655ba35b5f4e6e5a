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
			if ofReplica && from == r.ReplicaNumber || !comesHere(c, r, m) ||
				!received(p, m.Kind()) {
				return true
			}
			var own spec.Message = spec.DoViewChange{From: r.ReplicaNumber,
				ViewNumber: r.ViewNumber, Log: r.Log, LastNormalView: r.LastNormalView,
				CommitNumber: r.CommitNumber, CrashVector: r.CrashVector}
			if r.Configuration.N > 0 {
				own = spec.OfEpoch{EpochNumber: r.EpochNumber, Message: own}
			}
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

// comesHere says whether a message goes to the replica. Who leads a view of another epoch is not
// known in this one: such a message may come anywhere.
func comesHere(c spec.Configuration, r spec.Replica, m spec.Message) bool {
	inner := m
	if stamped, ok := m.(spec.OfEpoch); ok {
		inner = stamped.Message
		toOne := m.Kind() == spec.KindNewState || m.Kind() == spec.KindRecoveryResponse
		if stamped.EpochNumber != r.EpochNumber && !toOne {
			return true
		}
	}
	to, one := spec.Receiver(r.Group(c), inner)
	return !one || to == r.ReplicaNumber
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
	table []spec.Decision
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
			spec.System{Name: name, Protocol: p.Without(without...), Bounds: b}, p,
			spec.Outcomes()})
	}
	one := spec.Bounds{Requests: 1, ViewChanges: 1, Restarts: 1}
	add("normal operation", spec.ViewstampedReplication(), quiet[:4], spec.Bounds{Requests: 2})
	add("views and restarts", spec.ViewstampedReplication(), quiet, one)
	add("view on disk", spec.PersistentView(), quiet, one)
	add("crash vectors", spec.CrashVectors(), quiet, one)
	add("reads", spec.ReadsAtPrimary(), append(quiet, "Restart"),
		spec.Bounds{Requests: 1, ViewChanges: 1, Reads: 1})
	add("damaged disks", spec.DamagedDisks(), append(quiet, "Restart", "OnTwoMoreDoViewChange"),
		spec.Bounds{Requests: 1, Damages: 1})
	return append(all, otherOutcomeSystems(quiet)...)
}

// otherOutcomeSystems are about the tables after the first.
func otherOutcomeSystems(quiet []string) []outcomeSystem {
	one := spec.Bounds{Replicas: 3, Requests: 1, ViewChanges: 1}
	bounds := map[string]spec.Bounds{
		spec.Checkpoints().Name: {Replicas: 3, Requests: 1},
		spec.LogSuffixes().Name: one,
		spec.Witnesses().Name:   {Replicas: 3, Requests: 1, Witnesses: 1},
		spec.Batching(1).Name:   {Replicas: 3, Requests: 2, ViewChanges: 1},
		spec.QuorumReads().Name: {Replicas: 3, Requests: 1, Reads: 1},
		spec.LostDisks().Name:   {Replicas: 3, ViewChanges: 1, Damages: 1},
	}
	without := map[string][]string{
		spec.Checkpoints().Name: {"SendStartViewChange", "OnLaterView", "OnStartViewChange",
			"OnDoViewChange", "OnStartView", "JoinView"},
		spec.Witnesses().Name:   quiet[:4],
		spec.LogSuffixes().Name: {"SendGetState", "JoinView", "SendCommit", "OnCommit"},
	}
	var all []outcomeSystem
	for _, part := range spec.Parts() {
		p, b := part.Protocol, bounds[part.Protocol.Name]
		leave, ok := without[p.Name]
		if !ok {
			leave = quiet
		}
		all = append(all, outcomeSystem{spec.System{Name: part.Name,
			Protocol: p.Without(leave...).Without("Restart"), Bounds: b}, p,
			spec.Override(spec.Outcomes(), part.Outcomes)})
	}
	p := spec.Reconfigurable()
	return append(all, outcomeSystem{spec.System{Name: "reconfiguration",
		Protocol: p.Without(quiet...).Without("Restart", "SendCheckEpoch", "OnCheckEpoch",
			"OnOlderRequest", "OnNewEpoch", "OnReply"),
		Bounds: spec.Bounds{Replicas: 3, Requests: 1, Plan: "0→123"}}, p,
		spec.Override(spec.Outcomes(), spec.EpochOutcomes())})
}

func TestOutcomesAreThoseOfTheTable(t *testing.T) {
	for _, o := range outcomeSystems() {
		t.Run(o.Name, func(t *testing.T) {
			s := o.System
			s.Always = append(s.Always, outcomeInTable(o.whole, o.table))
			r := decide(t, s, []string{"OutcomeInTable"})
			if r.Verdict != mc.Holds {
				require.NoError(t, Explain(os.Stderr, s, r.Counterexample))
			}
			require.Equal(t, mc.Holds, r.Verdict, r.Why)
			t.Logf("%d states", r.Distinct)
		})
	}
}
