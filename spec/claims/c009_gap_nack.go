// SPDX-License-Identifier: Apache-2.0

package claims

import "viewstamp/spec"

// C-009: with gaps (C-008) a new primary may find an entry in no log of its quorum. It may drop
// it only if that entry cannot have been committed. If it asks too much, the group stands still
// for ever, though only one replica has failed.

// gapNack is the rule that counts only logs that end below the entry, and the rule that counts
// gaps.
func gapNack() []Claim {
	system := func(name string, do spec.Do) spec.System {
		p := gaps()[0].Claimed.Protocol.Replace("OnDoViewChange", do)
		s := bounded(name, p, 2, 1, 0)
		s.Always = []spec.Property{TwoCanStart(do)}
		return s
	}
	return []Claim{{
		ID: "C-009", Name: "gap-is-no-nack", Source: "TigerBeetle, replica.zig, April 2022",
		Statement: "If no log has an entry, the new primary drops it when enough logs end below it, " +
			"and waits otherwise: a group with a quorum goes on.",
		Picture:    "How a gap in both logs stops a group for ever",
		Claimed:    system("gaps, dropped if a log ends below", spec.ByQuorum(StartIfNacked)),
		Properties: []string{"TwoCanStart"}, Refuted: "TwoCanStart", Steps: 6,
		Mutant: "GapIsNoNack",
		Fix: "A gap says as well as an end that its replica has not acknowledged the entry: drop it " +
			"if no log of a quorum has it.",
		Fixed:           system("gaps, dropped if no log has it", spec.ByQuorum(StartWith(Merge))),
		FixedProperties: append(allBut("LogMatching"), "TwoCanStart"), States: 21_869,
	}}
}

// StartIfNacked is OnDoViewChange that starts only if for each entry that no log has one of the
// logs ends below it: with three replicas one is enough.
func StartIfNacked(c spec.Configuration, r spec.Replica, quorum []spec.DoViewChange) (
	spec.Replica, []spec.Message, spec.Ignored,
) {
	missing := Merge(quorum).OpNumber() + 1
	shortest, longest := quorum[0].Log.OpNumber(), spec.OpNumber(0)
	for _, m := range quorum {
		shortest, longest = min(shortest, m.Log.OpNumber()), max(longest, m.Log.OpNumber())
	}
	if missing < longest && shortest >= missing {
		return r, nil, spec.Gap
	}
	return StartWith(Merge)(c, r, quorum)
}

// TwoCanStart: any two of three replicas can start a view if the third has stopped for good. It
// asks the step of the protocol what it would do with their DOVIEWCHANGE.
func TwoCanStart(do spec.Do) spec.Property {
	return spec.Property{Name: "TwoCanStart",
		Replicas: func(c spec.Configuration, r, other spec.Replica) bool {
			v := max(r.ViewNumber, other.ViewNumber) + 1
			for c.Primary(v) != r.ReplicaNumber {
				v++
			}
			r.ViewNumber, other.ViewNumber = v, v
			r.Status, other.Status = spec.ViewChange, spec.ViewChange
			var quorum []spec.Message
			for _, one := range []spec.Replica{r, other} {
				_, sent, _ := spec.OnStartViewChange(c, one, nil)
				quorum = append(quorum, sent...)
			}
			_, _, why := do(c, r, quorum, 0)
			return why == spec.Accepted
		}}
}
