// SPDX-License-Identifier: Apache-2.0

package claims

import "viewstamp/spec"

// C-201 and C-202: what a primary needs to answer reads by itself. Leases, which survive the
// restart of whoever gave them; and, which the paper does not say, to have executed all that it
// inherited.

// reads is the claim, and what each part of it is for.
func reads() []Claim {
	const source = "Viewstamped Replication Revisited, §6.3.1"
	base := core(spec.ReadsAtPrimary())
	quiet := base.Without("Restart")
	bound := func(name string, p spec.Protocol, crashes int) spec.System {
		s := bounded(name, p, 1, 1, crashes)
		s.Bounds.Reads = 1
		s.Always = []spec.Property{spec.ReadsSeeWrites()}
		return s
	}
	holds := bound("reads with leases, after the inherited log", quiet, 0)
	holds.Sometimes = []spec.Property{spec.ReadInLaterView()}
	lacks := func(id, name, statement, mutant, fix string, steps int, claimed, fixed spec.System,
	) Claim {
		return Claim{
			ID: id, Name: name, Source: source, Statement: statement,
			Picture: "How a read misses a write: " + name, Claimed: claimed,
			Properties: []string{"ReadsSeeWrites"}, Refuted: "ReadsSeeWrites", Steps: steps,
			Fix: fix, Fixed: fixed, States: 43_803, Mutant: mutant,
		}
	}
	forgotten := lacks("C-201b", "leases-forgotten", "A replica that restarts need not wait for "+
		"the end of a lease that it gave.", "ForgetLease",
		"After a restart wait as long as a lease can last (D7).", 15,
		bound("leases forgotten in a restart", base.Replace("Restart", OnRestart(ForgetLease)), 1),
		bound("reads with leases that survive a restart", base, 1))
	forgotten.States, forgotten.SlowFix = 15_585_655, true
	alone := quiet.Without("SendLease", "OnLease", "EndLease", "OnLeaseOver")
	causal := bound("reads at any replica that has the client's writes",
		alone.Replace("OnRead", spec.ByReplica(ReadAnywhereAfter)), 0)
	causal.Sometimes = []spec.Property{spec.ReadInLaterView()}
	anywhere := lacks("C-203a", "reads-anywhere", "Any replica may answer reads.", "ReadAnywhere",
		"The client says which of its writes it must see, and a replica that lacks it is silent: "+
			"then it sees its own writes, and not all those of others.", 6,
		bound("reads at any replica", alone.Replace("OnRead", spec.ByReplica(ReadAnywhere)), 0),
		causal)
	anywhere.Source, anywhere.States = "the opposite of §6.3.2", 1534
	return []Claim{
		{
			ID: "C-201", Name: "reads-with-leases", Source: source + ", corrected",
			Statement: "A primary that holds leases of enough others, and has committed all that it " +
				"inherited, may answer reads by itself.",
			Claimed: holds, States: 43_803,
		},
		lacks("C-201a", "reads-without-leases", "A primary may answer reads by itself.",
			"ReadWithoutLease", "Leases: no view starts before they are over.", 12,
			bound("reads without leases", alone.Replace("OnRead",
				spec.ByReplica(ReadWithoutLease)), 0), holds),
		forgotten,
		lacks("C-202", "reads-at-new-primary", "With leases a new primary may answer reads as soon "+
			"as its view has started.", "ReadBeforeInherited",
			"Not before all that it inherited is committed (D29).", 14,
			bound("reads with leases at once", quiet.Replace("OnRead",
				spec.ByReplica(ReadBeforeInherited)), 0), holds),
		{
			ID: "C-203", Name: "reads-at-backups",
			Source: "Viewstamped Replication Revisited, §6.3.2",
			Statement: "Any replica may answer reads of a client that says which of its writes it " +
				"must see, if it has executed that: the client sees its own writes.",
			Claimed: causal, States: 1534,
		},
		anywhere,
	}
}

// ReadWithoutLease answers at a primary that holds no lease.
func ReadWithoutLease(c spec.Configuration, r spec.Replica, m spec.Read) (
	spec.Replica, []spec.Message, spec.Ignored,
) {
	leased := r
	leased.Lease = spec.Lease{ViewNumber: r.ViewNumber, Phase: spec.Valid}
	_, sent, why := spec.OnRead(c, leased, m)
	return r, sent, why
}

// ReadBeforeInherited answers at a primary that has not committed what it inherited.
func ReadBeforeInherited(c spec.Configuration, r spec.Replica, m spec.Read) (
	spec.Replica, []spec.Message, spec.Ignored,
) {
	_, sent, why := spec.OnRead(c, r, m)
	if why == spec.InheritedNotCommitted {
		return spec.AnswerRead(r, m)
	}
	return r, sent, why
}

// ForgetLease is a restart after which the replica does not know that it gave a lease, and does not
// wait.
func ForgetLease(c spec.Configuration, r spec.Replica, lost int) (
	spec.Replica, []spec.Message, spec.Ignored,
) {
	r.Given = spec.Lease{}
	return spec.Restart(c, r, lost)
}

// ReadAnywhere answers at any Normal replica.
func ReadAnywhere(_ spec.Configuration, r spec.Replica, m spec.Read) (
	spec.Replica, []spec.Message, spec.Ignored,
) {
	if r.Status != spec.Normal {
		return r, nil, spec.NotNormal
	}
	return spec.AnswerRead(r, m)
}

// ReadAnywhereAfter answers at any Normal replica that has executed what the client must see.
func ReadAnywhereAfter(c spec.Configuration, r spec.Replica, m spec.Read) (
	spec.Replica, []spec.Message, spec.Ignored,
) {
	if r.CommitNumber < m.After {
		return r, nil, spec.Gap
	}
	return ReadAnywhere(c, r, m)
}
