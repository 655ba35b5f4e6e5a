// SPDX-License-Identifier: Apache-2.0

package spec

// What must hold when disks lose what they held.

// StorageProperties lists the invariants of DamagedDisks with this rule, besides those of every
// protocol.
func StorageProperties(rule NackRule) []Property {
	return []Property{
		{Name: "AckKnown", ReplicaMessage: AckKnown, Kinds: []Kind{KindPrepareOK}},
		{Name: "NeverStuck", Group: rule.NeverStuck},
	}
}

// AckKnown: what a replica has acknowledged in the view that it was last Normal in, it has, or
// knows that it is lost, or knows that it does not know its head.
func AckKnown(_ Configuration, r Replica, m Message) bool {
	ok := m.(PrepareOK)
	return ok.From != r.ReplicaNumber || ok.ViewNumber != r.LastNormalView ||
		r.OpNumber() >= ok.OpNumber || r.Damage.HeadUnknown
}

// NeverStuck: with all replicas up there is a primary in office, or some set of them can start a
// view. It asks the rule, with what all of them together can read.
func (rule NackRule) NeverStuck(c Configuration, group []Replica, _ Message) bool {
	var latest ViewNumber
	for _, r := range group {
		latest = max(latest, r.ViewNumber)
	}
	votes := make([]DoViewChange, len(group))
	for i, r := range group {
		if r.Status == Normal && r.isPrimary(c) && r.ViewNumber == latest {
			return true
		}
		votes[i] = DoViewChange{From: r.ReplicaNumber, ViewNumber: latest + 1, Log: r.Log,
			LastNormalView: r.LastNormalView, HeadUnknown: r.Damage.HeadUnknown}
	}
	for set := range uint(1) << len(group) {
		var some []DoViewChange
		for i, m := range votes {
			if set>>i&1 == 1 {
				some = append(some, m)
			}
		}
		if len(some) >= c.ChangeQuorum() && rule.canStart(c, group, some) {
			return true
		}
	}
	return false
}

// canStart says whether these DOVIEWCHANGEs are enough to start a view if all of the group supply
// what they can read.
func (rule NackRule) canStart(c Configuration, group []Replica, votes []DoViewChange) bool {
	chosen := Canonical(votes).Log
	missing := OpNumber(0)
	for n := chosen.OpNumber(); n >= 1; n-- {
		if !anyCanRead(group, chosen.UpTo(n)) {
			missing = n
		}
	}
	starter := Replica{ReplicaNumber: c.Primary(votes[0].ViewNumber), Status: ViewChange,
		ViewNumber: votes[0].ViewNumber}
	_, _, why := rule.Choose(c, starter, votes, missing)
	return why == Accepted
}

// anyCanRead says whether one of the group can read the topmost entry of the log of that name.
func anyCanRead(group []Replica, name Log) bool {
	for _, r := range group {
		if r.canRead(name) {
			return true
		}
	}
	return false
}
