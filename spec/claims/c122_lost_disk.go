// SPDX-License-Identifier: Apache-2.0

package claims

import "viewstamp/spec"

// C-122: a replica comes back on a new disk (lostdisk.go). What it has acknowledged and promised on
// the old one is still on its way, and it does not know of it.

// withLostDisks is the core with lost disks, with or without replicas that join a view.
func withLostDisks(joins bool) spec.Protocol {
	p := spec.LostDisks().Without("OnReply", "SendCommit", "OnCommit", "SendGetState", "Restart")
	if joins {
		return p
	}
	return p.Without("JoinView", "OnGetState", "OnNewState")
}

// onLostDisks is a system of three replicas of which one loses its disk.
func onLostDisks(name string, p spec.Protocol, requests, viewChanges int) spec.System {
	return spec.System{Name: name, Protocol: p, Bounds: spec.Bounds{Replicas: 3, Requests: requests,
		ViewChanges: viewChanges, Damages: 1}}
}

// lostDisks is how to come back.
func lostDisks() []Claim {
	base := withLostDisks(false)
	properties := allBut("QuorumCopies") // One copy is gone.
	right := onLostDisks("back on a new disk, after a no-op", base, 1, 1)
	wrong := func(id, name, mutant, statement, fix, breaks string, steps int, s spec.System) Claim {
		return Claim{ID: id, Name: name, Source: "wrong ways to replace a disk",
			Statement: statement, Picture: "What follows if " + name + " is the rule",
			Claimed: s, Properties: []string{breaks}, Refuted: breaks, Steps: steps,
			Mutant: mutant, Fix: fix, Fixed: right, FixedProperties: properties, States: 8642}
	}
	atOnce := base.Without("OnNoOp", "Format").
		Replace("LoseDisk", spec.Spontaneous(FormatAtOnce))
	return []Claim{
		{ID: "C-122", Name: "lost-disk", Source: "lostdisk.go, after TigerBeetle's recover",
			Statement: "A replica may come back on a new disk with the view in which a no-op was " +
				"committed without it, if it neither votes nor leads before it has a log with that.",
			Claimed:    onLostDisks("back on a new disk, and joins", withLostDisks(true), 1, 1),
			Properties: properties, States: 7_754_812, Slow: true},
		{ID: "C-122a", Name: "lost-disk-votes", Source: "a question of ours",
			Statement: "It may vote and lead before that, too.",
			Claimed: onLostDisks("back on a new disk, votes at once", base.
				Replace("OnStartViewChange", spec.UnlessRecovering(
					spec.ByQuorum(spec.OnStartViewChange))).
				Replace("OnDoViewChange", spec.UnlessRecovering(
					spec.ByQuorum(spec.OnDoViewChange))), 1, 2),
			Properties: properties, States: 821_475, Slow: true},
		wrong("C-122b", "lost-disk-at-once", "ReformatAndRejoin",
			"A replica that has lost its disk may start as a new one.",
			"First a no-op without it.", "NothingLost", 10,
			onLostDisks("a new disk, and no more", atOnce, 1, 1)),
		wrong("C-122c", "lost-disk-no-no-op", "RecoverWithoutNoOp",
			"It is enough to ask the primary for its view.",
			"A no-op that is committed.", "NothingLost", 18,
			onLostDisks("a new disk with a view that somebody said", askForView(base).
				Replace("OnStartView", spec.UnlessRecovering(AdoptAny)), 1, 2)),
		wrong("C-122d", "lost-disk-any-log", "RecoverWithAnyLog",
			"It may adopt any log of the view that it was formatted with.",
			"One with its no-op; or format with a later view.", "AckTrue", 17,
			onLostDisks("a new disk, any log", base.
				Replace("OnStartView", spec.UnlessRecovering(AdoptAny)), 1, 1)),
		wrong("C-122e", "lost-disk-no-round", "RecoverWithoutRound",
			"It needs no STARTVIEWCHANGE round.",
			"The round keeps DOVIEWCHANGE of the lost disk within the view of the no-op.",
			"PromiseKept", 6,
			onLostDisks("a new disk, no round", withoutRoundIfUp(base), 1, 1)),
		{ID: "C-122f", Name: "lost-disk-next-view", Source: "impl/journal, Recovered",
			Statement: "It may instead be formatted as one that was Normal in the view of the " +
				"no-op, and ask for the next one: then any log that it can adopt will do.",
			Claimed: onLostDisks("back on a new disk, in the next view", base.
				Replace("Format", spec.ByReplica(FormatNext)).
				Replace("OnStartView", spec.UnlessRecovering(AdoptAny)), 1, 1),
			Properties: properties, States: 24_515},
	}
}

// FormatNext is Format in which the replica has been Normal in the view of the no-op, and asks for
// the next one.
func FormatNext(c spec.Configuration, r spec.Replica, m spec.Reply) (
	spec.Replica, []spec.Message, spec.Ignored,
) {
	after, _, why := spec.Format(c, r, m)
	if why != spec.Accepted {
		return r, nil, why
	}
	after.LastNormalView, after.ViewNumber = m.ViewNumber, m.ViewNumber+1
	return after, []spec.Message{spec.StartViewChange{From: r.ReplicaNumber,
		ViewNumber: after.ViewNumber}}, spec.Accepted
}

// FormatAtOnce is LoseDisk of a replica that starts again from nothing.
func FormatAtOnce(_ spec.Configuration, r spec.Replica) (
	spec.Replica, []spec.Message, spec.Ignored,
) {
	return spec.Replica{ReplicaNumber: r.ReplicaNumber}, nil, spec.Accepted
}

// askForView is the protocol in which the primary answers NOOP with its view, no more, and the disk
// is formatted with that.
func askForView(p spec.Protocol) spec.Protocol {
	p = p.Without("Format").Replace("OnNoOp", spec.UnlessRecovering(spec.ByReplica(SayView)))
	p.Steps = append(p.Steps, spec.Step{Name: "FormatWithView",
		On: []spec.Kind{spec.KindRecoveryResponse}, Do: spec.ByReplica(FormatWithView)})
	return p
}

// SayView is OnNoOp of a primary that only says in which view it is.
func SayView(c spec.Configuration, r spec.Replica, m spec.NoOp) (
	spec.Replica, []spec.Message, spec.Ignored,
) {
	if _, _, why := spec.OnNoOp(c, r, m); why != spec.Accepted {
		return r, nil, why
	}
	return r, []spec.Message{spec.RecoveryResponse{From: r.ReplicaNumber, To: m.From,
		ViewNumber: r.ViewNumber, Nonce: m.Nonce}}, spec.Accepted
}

// FormatWithView is Format with what SayView says.
func FormatWithView(_ spec.Configuration, r spec.Replica, m spec.RecoveryResponse) (
	spec.Replica, []spec.Message, spec.Ignored,
) {
	if r.Status != spec.Recovering || m.To != r.ReplicaNumber || m.Nonce != r.Nonce {
		return r, nil, spec.NotForMe
	}
	r.Status, r.ViewNumber, r.Formatted = spec.ViewChange, m.ViewNumber, true
	return r, []spec.Message{spec.StartViewChange{From: r.ReplicaNumber,
		ViewNumber: r.ViewNumber}}, spec.Accepted
}

// AdoptAny is OnStartView that does not look for the no-op.
func AdoptAny(c spec.Configuration, p spec.Process, in []spec.Message, _ int) (
	spec.Process, []spec.Message, spec.Ignored,
) {
	after, sent, why := spec.OnStartView(c, p.(spec.Replica), in[0].(spec.StartView))
	after.Formatted = after.Formatted && why != spec.Accepted
	return after, sent, why
}

// withoutRoundIfUp is WithoutRound of replicas that may be down, and of those that give no
// DOVIEWCHANGE.
func withoutRoundIfUp(p spec.Protocol) spec.Protocol {
	for _, name := range []string{"SendStartViewChange", "OnLaterView"} {
		p = p.Replace(name, spec.UnlessRecovering(spec.UnlessFormatted(
			WithoutRound(spec.ViewstampedReplication()).Step(name).Do)))
	}
	return p.Without("OnStartViewChange")
}
