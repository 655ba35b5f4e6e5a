// SPDX-License-Identifier: Apache-2.0

package claims

import (
	"slices"

	"viewstamp/spec"
)

// What the claims about reconfiguration (C-301 to C-306) are made of.

// epochs is a system with that plan. State transfer between views is left out.
func epochs(p spec.Protocol, plan spec.Plan, b spec.Bounds) spec.System {
	idle := []string{"SendGetState", "JoinView", "OnGetState", "OnNewState", "SendCommit", "OnCommit",
		"SendCheckEpoch", "OnCheckEpoch", "OnOlderRequest", "OnNewEpoch", "OnReply"}
	if b.Restarts == 0 {
		idle = append(idle, "Restart")
	}
	idle = slices.DeleteFunc(idle, func(name string) bool { return !hasStep(p, name) })
	b.Replicas, b.Plan = max(b.Replicas, 3), plan
	return spec.System{Name: p.Name + ", " + string(plan), Protocol: p.Without(idle...), Bounds: b,
		Sometimes: []spec.Property{spec.EpochCompleted()}}
}

// hasStep says whether a protocol has a step of that name.
func hasStep(p spec.Protocol, name string) bool {
	return slices.ContainsFunc(p.Steps, func(s spec.Step) bool { return s.Name == name })
}

// stuckless is a system that must never be stuck, with no requests before that.
func stuckless(p spec.Protocol, plan spec.Plan, b spec.Bounds) spec.System {
	return repeating(p, spec.Repeats, plan, b)
}

// repeating is stuckless with other timers.
func repeating(p spec.Protocol, repeats func(spec.Replica) []spec.Message, plan spec.Plan,
	b spec.Bounds,
) spec.System {
	s := epochs(p, plan, b)
	s.Always = []spec.Property{spec.NeverStuck(p, repeats)}
	if b.Requests == 0 {
		s.Protocol = s.Protocol.Without("SendRequest", "OnRequest")
	}
	return s
}

// retiring is a system in which all that are replaced must hear of it.
func retiring(p spec.Protocol, repeats func(spec.Replica) []spec.Message, plan spec.Plan,
) spec.System {
	s := repeating(p, repeats, plan, spec.Bounds{})
	s.Always = []spec.Property{spec.EverybodyTold(p, repeats)}
	return s
}

// slow marks a claim whose counterexample takes more than a second to find.
func slow(c Claim) Claim {
	c.Slow = true
	return c
}

// epochHolds is a claim about epochs that holds.
func epochHolds(id, name, statement string, s spec.System, states int64) Claim {
	return Claim{ID: id, Name: name, Source: "this project, from Viewstamped Replication " +
		"Revisited, §7", Statement: statement, Claimed: s, States: states,
		Slow: states > 10_000}
}

// epochWrong is one that is refuted.
func epochWrong(id, name, statement, fix, mutant string, claimed spec.System, breaks string,
	steps int, fixed spec.System, states int64,
) Claim {
	fixed.Sometimes = nil // The properties below are those of the claim.
	return Claim{ID: id, Name: name, Source: "a reading of Viewstamped Replication Revisited, §7",
		Statement: statement, Picture: "Reconfiguration: " + name, Claimed: claimed,
		Properties: []string{breaks}, Refuted: breaks, Steps: steps, Fix: fix, Fixed: fixed,
		States: states, SlowFix: states > 10_000, Mutant: mutant}
}
