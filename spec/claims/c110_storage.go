// SPDX-License-Identifier: Apache-2.0

package claims

import "viewstamp/spec"

// C-110 on disks that lose entries and heads at any restart (storage.go): the whole rule, and the
// ways to get it wrong. Each wrong one takes something that is not known for something that is not
// there. The lengths are those of our steps: a restart that leaves its view counts as one, and the
// new primary fetches bodies in no step.

// damaged is the core with damaged disks, within bounds; lost entries are not repaired.
func damaged(p spec.Protocol) spec.Protocol {
	return core(p).Without("OnTwoMoreDoViewChange", "SendGetEntries", "OnGetEntries", "OnEntries")
}

// onDamaged is a system of three replicas whose disks lose something damages times.
func onDamaged(name string, p spec.Protocol, requests, viewChanges, damages int) spec.System {
	return spec.System{Name: name, Protocol: p.Without("Restart"), Bounds: spec.Bounds{Replicas: 3,
		Requests: requests, ViewChanges: viewChanges, Damages: damages},
		Always: spec.StorageProperties(spec.Nacks())}
}

// rightNacks is the rule as it holds.
func rightNacks() spec.System {
	return onDamaged("lost entries and unknown heads, N − Q + 1 denials",
		damaged(spec.DamagedDisks()), 1, 1, 1)
}

// wrongNack is a claim that another protocol in the same bounds is as good.
func wrongNack(id, name, mutant, statement, fix, breaks string, steps int, p spec.Protocol) Claim {
	return Claim{ID: id, Name: name, Source: "wrong variants of protocol-aware recovery",
		Statement: statement, Picture: "What follows if " + name + " is the rule",
		Claimed: onDamaged(name, p, 1, 1, 1), Properties: []string{breaks}, Refuted: breaks,
		Steps: steps, Mutant: mutant, Fix: fix, Fixed: rightNacks(), States: 144_563}
}

// storageNacks is what a new primary may make of what it is told.
func storageNacks() []Claim {
	base := damaged(spec.DamagedDisks())
	wrong := wrongNack
	rule := func(change func(*spec.NackRule)) spec.Protocol {
		r := spec.Nacks()
		change(&r)
		return base.WithNackRule(r)
	}
	silent := spec.Nacks()
	silent.DeniesAbove = func(m, chosen spec.DoViewChange) bool {
		return m.LastNormalView == chosen.LastNormalView && !m.HeadUnknown
	}
	stuck := wrong("C-110j", "older-view-does-not-deny", "OlderViewDoesNotDeny",
		"Only replicas of the latest view can deny what is above its known heads.",
		"Who has not been Normal in a view has acknowledged nothing in it.", "NeverStuck", 6,
		base.WithNackRule(silent))
	stuck.Claimed.Always = spec.StorageProperties(silent)
	return []Claim{
		{ID: "C-110b", Name: "damaged-disks", Source: "Alagappan and others 2018, on disks as in " +
			"storage.go", Statement: "Lost entries keep their names; a head may be unknown; what " +
			"nobody can supply is dropped only if N − Q + 1 replicas deny it.",
			Claimed: rightNacks(), States: 144_563},
		wrong("C-110c", "nack-from-lost", "NackFromFaulty",
			"An entry that cannot be read is as good as one that never was.",
			"Name it in DOVIEWCHANGE all the same.", "NothingLost", 9,
			base.Replace("OnStartViewChange", spec.ByQuorum(VoteReadable))),
		wrong("C-110d", "unknown-is-nack", "DontKnowIsNack",
			"Whoever does not name an entry denies it, its head known or not.",
			"Count no denial of a replica of the latest view that does not know its head.",
			"NothingLost", 9, rule(func(r *spec.NackRule) {
				r.DeniesAbove = func(_, _ spec.DoViewChange) bool { return true }
			})),
		wrong("C-110e", "nacks-one-too-few-heads", "NackQuorumOneTooFew",
			"N − Q denials are enough to drop what may be above the known heads.",
			"N − Q + 1.", "NothingLost", 9, rule(func(r *spec.NackRule) {
				r.Need = func(c spec.Configuration) int { return c.N - c.Quorum() }
			})),
		wrong("C-110f", "nack-below-range", "NackBelowRange",
			"A DOVIEWCHANGE that names only what its replica has not committed denies the rest.",
			"What is committed is denied by nobody.", "NothingLost", 9,
			rule(func(r *spec.NackRule) {
				r.Denies = func(m, chosen spec.DoViewChange, name spec.Log) bool {
					return m.CommitNumber >= name.OpNumber() || spec.Denies(m, chosen, name)
				}
			})),
		wrong("C-110g", "lost-cleared-by-start-view", "FaultyClearedTooEarly",
			"Whoever takes the log of a new view may drop what it has lost, and get it again.",
			"Keep the name of a lost entry until the entry is there.", "NothingLost", 15,
			base.Replace("OnStartView", spec.KnowDamage(spec.ByReplica(DropLost)))),
		wrong("C-110i", "all-answered", "AllAnsweredTruncates",
			"If all replicas have answered and none has the entry, it may be dropped.",
			"Wait; it may be committed.", "NothingLost", 11, rule(func(r *spec.NackRule) {
				r.AllAnswered = true
			})),
		stuck,
	}
}

// storageRestarts is what a restart from a damaged disk must say.
func storageRestarts() []Claim {
	wrong := wrongNack
	restart := func(do damagedRestart) spec.Protocol {
		return damaged(spec.DamagedDisks()).Replace("RestartDamaged", onDamagedRestart(do))
	}
	return []Claim{
		wrong("C-110h", "head-below-start-unknown", "HeadBelowStartUnknown",
			"A damage may hide the log with which the replica entered its last normal view.",
			"Keep the name of that log, and v′, where no damage reaches (the superblock).",
			"NothingLost", 16, restart(ForgetHead)),
		wrong("C-112", "unreadable-head-is-low-head", "UnreadableHeadIsLow",
			"A head that cannot be read is no head: the replica goes on with the entry below.",
			"Say in DOVIEWCHANGE that the head is not known.", "NothingLost", 9,
			restart(TakeLowHead)),
		{ID: "C-112a", Name: "unknown-head-stays", Source: "a question of ours",
			Statement: "A backup that does not know its head may stay in its view, too, if it says so " +
				"in each DOVIEWCHANGE until it has entered another.",
			Claimed:    onDamaged("an unknown head stays in its view", restart(StayInView), 1, 1, 1),
			Properties: append(allBut("AckTrue"), "AckKnown", "NeverStuck"), States: 110_049},
	}
}

// damagedRestart is a restart from a damaged disk.
type damagedRestart = func(c spec.Configuration, r spec.Replica, torn, damage int) (
	spec.Replica, []spec.Message, spec.Ignored)

// onDamagedRestart makes a row RestartDamaged of a table.
func onDamagedRestart(restart damagedRestart) spec.Do {
	return func(c spec.Configuration, p spec.Process, _ []spec.Message, choice int) (
		spec.Process, []spec.Message, spec.Ignored,
	) {
		r := p.(spec.Replica)
		damages := 2*int(r.OpNumber()) + 1
		after, sent, why := restart(c, r, choice/damages, choice%damages)
		return after, sent, why
	}
}

// VoteReadable is OnStartViewChange that names the log up to the first entry that is lost.
func VoteReadable(c spec.Configuration, r spec.Replica, quorum []spec.StartViewChange) (
	spec.Replica, []spec.Message, spec.Ignored,
) {
	readable := r
	readable.Log = r.Log.UpTo(r.Readable())
	_, sent, why := spec.OnStartViewChange(c, readable, quorum)
	return r, sent, why
}

// DropLost is OnStartView that first drops what is lost.
func DropLost(c spec.Configuration, r spec.Replica, m spec.StartView) (
	spec.Replica, []spec.Message, spec.Ignored,
) {
	readable := r.Readable()
	after, sent, why := spec.OnStartView(c, r, m)
	if why == spec.Accepted && readable < r.OpNumber() {
		after.Log, sent = after.Log.UpTo(readable), nil
		after.CommitNumber = min(after.CommitNumber, readable)
	}
	return after, sent, why
}

// ForgetHead is RestartDamaged that may forget entries of earlier views, too.
func ForgetHead(c spec.Configuration, r spec.Replica, torn, damage int) (
	spec.Replica, []spec.Message, spec.Ignored,
) {
	after, sent, why := spec.RestartDamaged(c, r, torn, damage)
	forgetful, _, _ := spec.Restart(c, r, torn)
	head := 2*forgetful.OpNumber() - spec.OpNumber(damage)
	if why != spec.HeadKnown || head < 0 {
		return after, sent, why
	}
	after = forgetful
	after.Log = after.Log.UpTo(head)
	after.Damage.HeadUnknown = true
	after.Status, after.ViewNumber = spec.ViewChange, r.ViewNumber+1
	return after, []spec.Message{spec.StartViewChange{From: r.ReplicaNumber,
		ViewNumber: after.ViewNumber}}, spec.Accepted
}

// TakeLowHead is RestartDamaged that does not say that the head is unknown.
func TakeLowHead(c spec.Configuration, r spec.Replica, torn, damage int) (
	spec.Replica, []spec.Message, spec.Ignored,
) {
	after, sent, why := spec.RestartDamaged(c, r, torn, damage)
	after.Damage.HeadUnknown = false
	return after, sent, why
}

// StayInView is RestartDamaged of a replica that goes on as a backup although its head is unknown.
func StayInView(c spec.Configuration, r spec.Replica, torn, damage int) (
	spec.Replica, []spec.Message, spec.Ignored,
) {
	after, sent, why := spec.RestartDamaged(c, r, torn, damage)
	if why == spec.Accepted && after.Damage.HeadUnknown && r.Status == spec.Normal &&
		c.Primary(r.ViewNumber) != r.ReplicaNumber {
		after.Status, after.ViewNumber = spec.Normal, r.ViewNumber
		return after, nil, spec.Accepted
	}
	return after, sent, why
}
