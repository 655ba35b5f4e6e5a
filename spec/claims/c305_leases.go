// SPDX-License-Identifier: Apache-2.0

package claims

import (
	"slices"

	"viewstamp/spec"
)

// C-305r: reads at the primary where groups change. Views are numbered from 0 in each epoch, so
// that a lease is one of an epoch and a view.

// epochLeases is the claim, and what follows if leases know their view only.
func epochLeases() []Claim {
	system := func(plan spec.Plan, timer spec.ReplicaNumber, wrong bool, counts ...spec.Kind,
	) spec.System {
		p := spec.WithLeases(spec.ViewstampedReplication())
		if wrong {
			p = viewOnlyLeases(p)
		}
		rule := spec.EpochRules()
		rule.Counts = anyEpochCounts(counts)
		s := epochs(spec.WithEpochs(p, rule), plan,
			spec.Bounds{Requests: 1, Reads: 1, LaterViewChanges: 1})
		s.Protocol = lateReads(timer, s.Protocol)
		s.Always = []spec.Property{spec.ReadsSeeWrites()}
		return s
	}
	right := system("0→123", 2, false)
	wrong := func(id, name, statement, fix, mutant string, steps int, claimed spec.System) Claim {
		c := epochWrong(id, name, statement, fix, mutant, claimed, "ReadsSeeWrites", steps, right,
			2_620_576)
		c.Slow = true
		return c
	}
	holds := epochHolds("C-305r", "leases-of-epochs", "A primary may answer reads with leases where "+
		"groups change, if a lease is one of an epoch and a view; one of an earlier epoch neither "+
		"counts nor binds.", right, 2_620_576)
	return []Claim{holds,
		wrong("C-305r1", "leases-of-views", "A lease is one of a view.",
			"Of an epoch and a view.", "LeaseOfView", 22, system("0→013", 1, true)),
		wrong("C-305r2", "lease-over-of-views", "Leases end with their view, whatever epoch it is of.",
			"Of an epoch and a view.", "LeaseOverOfView", 26,
			system("0→123", 2, true, spec.KindLeaseOver)),
	}
}

// viewOnlyLeases is a protocol in which a lease counts in the view of its number in any epoch.
func viewOnlyLeases(p spec.Protocol) spec.Protocol {
	for _, name := range []string{"OnStartViewChange", "OnRead", "SendLease", "OnLease", "EndLease",
		"OnLeaseOver"} {
		do := p.Step(name).Do
		p = p.Replace(name, func(c spec.Configuration, one spec.Process, in []spec.Message,
			choice int,
		) (spec.Process, []spec.Message, spec.Ignored) {
			r := one.(spec.Replica)
			r.Lease.EpochNumber, r.Given.EpochNumber = r.EpochNumber, r.EpochNumber
			after, sent, why := do(c, r, in, choice)
			if why != spec.Accepted {
				return one, nil, why
			}
			return after, sent, why
		})
	}
	return p
}

// anyEpochCounts is EpochFirst, but for messages of these kinds, which count in any epoch.
func anyEpochCounts(kinds []spec.Kind) func(spec.Replica, spec.Message) spec.Ignored {
	return func(r spec.Replica, m spec.Message) spec.Ignored {
		if slices.Contains(kinds, m.Kind()) {
			return spec.Accepted
		}
		return spec.EpochFirst(r, m)
	}
}

// lateReads is a protocol in which the requests come to a view after the first and the timer of one
// replica starts it; only replica 2 gives leases. Each of its runs is a run of the whole one.
func lateReads(timer spec.ReplicaNumber, p spec.Protocol) spec.Protocol {
	request := p.Step("OnRequest").Do
	p = p.Replace("OnRequest", func(c spec.Configuration, one spec.Process, in []spec.Message,
		choice int,
	) (spec.Process, []spec.Message, spec.Ignored) {
		if one.(spec.Replica).ViewNumber == 0 {
			return one, nil, spec.NotForMe
		}
		return request(c, one, in, choice)
	})
	return p.Without("SendStartViewChange").Replace("SendStartViewChangeLater",
		onlyAt(timer, p.Step("SendStartViewChangeLater").Do)).Replace("SendLease",
		onlyAt(2, p.Step("SendLease").Do))
}
