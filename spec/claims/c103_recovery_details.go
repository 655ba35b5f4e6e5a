// SPDX-License-Identifier: Apache-2.0

package claims

import "viewstamp/spec"

// C-103 and C-104: each part of the recovery protocol is needed: the nonce, the answer of the
// primary of the latest view, the view on disk, and to keep out until it is over.

// recoveryDetails leaves them out one by one. The replicas have their view-number on disk, so that
// nothing else is wrong.
func recoveryDetails() []Claim {
	base := core(spec.PersistentView())
	lacks := func(id, name, statement, breaks, mutant, fix string, steps, crashes int,
		p spec.Protocol,
	) Claim {
		c := Claim{
			ID: id, Name: name, Source: "Viewstamped Replication Revisited, §4.3, without a part",
			Statement: statement, Picture: "How recovery fails: " + name,
			Claimed:    bounded(name, p, 1, 1, crashes),
			Properties: []string{breaks}, Refuted: breaks, Steps: steps, Fix: fix,
			Fixed:           bounded("recovery with the view-number on disk", base, 1, 1, crashes),
			FixedProperties: allBut("QuorumCopies"), States: 31_466, Mutant: mutant,
		}
		if crashes > 1 {
			c.States, c.SlowFix = 1_714_374, true
		}
		return c
	}
	return []Claim{
		lacks("C-103", "reused-nonce", "Each recovery may use the same nonce.", "NothingLost",
			"ReusedNonce", "A nonce of its own for each recovery, from a clock or a counter.", 15, 2,
			base.Replace("Crash", spec.Spontaneous(SameNonce))),
		lacks("C-104", "restart-empty", "A replica that has lost its state may go on in view 0 with "+
			"an empty log.", "NothingLost", "RestartEmpty",
			"Recover from the others first.", 10, 1,
			base.Replace("Crash", spec.Spontaneous(RestartEmpty))),
		lacks("C-104a", "recovering-replicas-vote", "A recovering replica may take part in view "+
			"changes.", "NothingLost", "RecoveringVotes",
			"It takes part in nothing until it has recovered.", 10, 1,
			RecoveringVotes(base)),
		lacks("C-104b", "any-primary", "The state of any primary that answers will do.",
			"LogMatching", "AnyPrimary",
			"Take it from the primary of the latest view, answering in that view (D20).", 12, 1,
			base.Replace("OnRecoveryResponse", spec.ByQuorum(FromAnyPrimary))),
		lacks("C-104c", "ignore-view-on-disk", "A view below the one on disk may be recovered.",
			"PromiseKept", "RecoverOldView", "Wait for answers of the view on disk or later.",
			11, 2, base.Replace("OnRecoveryResponse", spec.ByQuorum(IgnoreViewOnDisk))),
	}
}

// SameNonce is a crash after which the nonce is always 1.
func SameNonce(c spec.Configuration, r spec.Replica) (
	spec.Replica, []spec.Message, spec.Ignored,
) {
	r.Nonce = 0
	return spec.CrashKeepView(c, r)
}

// RestartEmpty is a crash after which the replica goes on as if it were new.
func RestartEmpty(_ spec.Configuration, r spec.Replica) (
	spec.Replica, []spec.Message, spec.Ignored,
) {
	return spec.Replica{ReplicaNumber: r.ReplicaNumber}, nil, spec.Accepted
}

// RecoveringVotes is the protocol in which a recovering replica follows others into a view change.
func RecoveringVotes(p spec.Protocol) spec.Protocol {
	return p.Replace("OnLaterView", spec.ByReplica(spec.OnLaterView))
}

// FromAnyPrimary is OnRecoveryResponse without the rule that the view must be the latest.
func FromAnyPrimary(c spec.Configuration, r spec.Replica, quorum []spec.RecoveryResponse) (
	spec.Replica, []spec.Message, spec.Ignored,
) {
	var latest spec.ViewNumber
	for _, m := range quorum {
		latest = max(latest, m.ViewNumber)
	}
	for i, m := range quorum {
		if c.Primary(m.ViewNumber) == m.From { // As if it came from the primary of the latest.
			quorum[i].ViewNumber, quorum[i].From = latest, c.Primary(latest)
			break
		}
	}
	return spec.OnRecoveryResponse(c, r, quorum)
}

// IgnoreViewOnDisk is OnRecoveryResponse without the rule that a view below the one on disk is too
// old.
func IgnoreViewOnDisk(c spec.Configuration, r spec.Replica, quorum []spec.RecoveryResponse) (
	spec.Replica, []spec.Message, spec.Ignored,
) {
	r.ViewNumber = 0
	return spec.OnRecoveryResponse(c, r, quorum)
}
