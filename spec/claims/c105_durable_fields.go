// SPDX-License-Identifier: Apache-2.0

package claims

import "viewstamp/spec"

// C-105: which fields must be on disk, and before which message. Each row leaves one write out.

// durableFields says that log, view-number and v′ are enough, and that each is needed.
func durableFields() []Claim {
	base := core(spec.ViewstampedReplication())
	lacks := func(id, name, statement, breaks, mutant string, steps, requests, views int,
		states int64, restart func(spec.Configuration, spec.Replica, int) (
			spec.Replica, []spec.Message, spec.Ignored),
	) Claim {
		wrong := base.Replace("Restart", OnRestart(restart))
		return Claim{
			ID: id, Name: name, Source: "implementations that write too little, or too late",
			Statement: statement, Picture: "What happens when " + name + " is missing",
			Claimed:    bounded(name, wrong, requests, views, 1),
			Properties: []string{breaks}, Refuted: breaks, Steps: steps,
			Fix:    "Write log, v′ and view-number before any message that speaks of them (D6).",
			Fixed:  bounded("log, v′ and view-number on disk", base, requests, views, 1),
			States: states, Mutant: mutant,
		}
	}
	return []Claim{{
		ID: "C-105", Name: "durable-fields", Source: "DIVERGENCE.md, D6",
		Statement: "Log, v′ and view-number on disk are enough; the commit-number need not be there.",
		Claimed:   bounded("log, v′ and view-number on disk", base, 1, 1, 1),
		States:    63_210,
	},
		lacks("C-105a", "view-not-durable", "DOVIEWCHANGE may leave before the view-number is on disk.",
			"NothingLost", "DoViewChangeBeforeSuperblock", 10, 1, 1, 63_210, ForgetView),
		lacks("C-105b", "last-normal-view-not-durable", "v′ need not be on disk.",
			"OneStartView", "ForgetLastNormalView", 10, 1, 1, 63_210, ForgetLastNormalView),
		lacks("C-105c", "acknowledged-not-durable", "PREPAREOK may leave before the entry is on disk.",
			"NothingLost", "AckBeforeBodyDurable", 10, 1, 1, 63_210, LoseAcknowledged),
		lacks("C-105d", "resume-as-primary", "A restarted primary may go on in its view, though its "+
			"own writes were still on their way when PREPARE left.",
			"ViewstampUnique", "ResumeAsPrimary", 5, 2, 0, 22_687, ResumeAsPrimary),
	}
}

// OnRestart makes a row Restart of a table.
func OnRestart(restart func(spec.Configuration, spec.Replica, int) (
	spec.Replica, []spec.Message, spec.Ignored),
) spec.Do {
	return func(c spec.Configuration, p spec.Process, _ []spec.Message, choice int) (
		spec.Process, []spec.Message, spec.Ignored,
	) {
		after, sent, why := restart(c, p.(spec.Replica), choice)
		return after, sent, why
	}
}

// ForgetView restarts in the last normal view: the view-number was not written before DOVIEWCHANGE.
func ForgetView(c spec.Configuration, r spec.Replica, lost int) (
	spec.Replica, []spec.Message, spec.Ignored,
) {
	if r.Status == spec.ViewChange && c.Primary(r.LastNormalView) != r.ReplicaNumber {
		r.ViewNumber, r.Status = r.LastNormalView, spec.Normal
	}
	return spec.Restart(c, r, lost)
}

// ForgetLastNormalView restarts with v′ = 0: it was not written.
func ForgetLastNormalView(c spec.Configuration, r spec.Replica, lost int) (
	spec.Replica, []spec.Message, spec.Ignored,
) {
	if r.ViewNumber > 0 {
		r.Status = spec.ViewChange
	}
	r.LastNormalView = 0
	return spec.Restart(c, r, lost)
}

// LoseAcknowledged restarts a backup without its topmost entry: PREPAREOK left before the write.
func LoseAcknowledged(c spec.Configuration, r spec.Replica, lost int) (
	spec.Replica, []spec.Message, spec.Ignored,
) {
	if c.Primary(r.ViewNumber) != r.ReplicaNumber && r.OpNumber() > 0 {
		r.Log = r.Log.UpTo(r.OpNumber() - 1)
	}
	return spec.Restart(c, r, lost)
}

// ResumeAsPrimary goes on as primary of its view, though it may have lost unwritten entries.
func ResumeAsPrimary(c spec.Configuration, r spec.Replica, lost int) (
	spec.Replica, []spec.Message, spec.Ignored,
) {
	if r.Status != spec.Normal || c.Primary(r.ViewNumber) != r.ReplicaNumber {
		return spec.Restart(c, r, lost)
	}
	r.Log, r.CommitNumber = r.Log.UpTo(r.OpNumber()-spec.OpNumber(lost)), 0
	return r, nil, spec.Accepted
}
