// SPDX-License-Identifier: Apache-2.0

package claims

import "viewstamp/spec"

// C-110: an entry that has become unreadable on a disk. A new primary that finds it in no log may
// drop it only if so many replicas never had it that it cannot be committed. A copy that cannot
// be read is not a copy that never was.

// nacks counts them rightly, and wrongly.
func nacks() []Claim {
	const source = "TigerBeetle, replica.zig, April 2022; Alagappan and others 2018"
	system := func(name string, need func(spec.Configuration) int) spec.System {
		p := core(spec.ViewstampedReplication()).Replace("Restart", OnRestart(Rot)).
			Replace("OnDoViewChange", spec.ByQuorum(StartIfDenied(need)))
		return bounded(name, p, 1, 1, 1)
	}
	right := func(c spec.Configuration) int { return c.N - c.Quorum() + 1 }
	wrong := func(c spec.Configuration) int { return c.N - c.Quorum() }
	properties := allBut("QuorumCopies") // One copy is gone.
	holds := system("an unreadable entry, dropped if N − Q + 1 never had it", right)
	return []Claim{{
		ID: "C-110", Name: "nacks", Source: source,
		Statement: "An entry that is unreadable at one replica may be dropped if N − Q + 1 replicas " +
			"say that they never had it; otherwise the new primary waits for another quorum.",
		Claimed: holds, Properties: properties, States: 79_726,
	}, {
		ID: "C-110a", Name: "nacks-one-too-few", Source: "the rule for an own copy that never was",
		Statement:  "N − Q replicas are enough, also if the new primary cannot read its own copy.",
		Picture:    "How an unreadable copy is taken for one that never was",
		Claimed:    system("an unreadable entry, dropped if N − Q never had it", wrong),
		Properties: []string{"NothingLost"}, Refuted: "NothingLost", Steps: 9,
		Mutant: "UnreadableIsAbsent",
		Fix:    "Count only replicas that have a readable log without it, one more of them.",
		Fixed:  holds, FixedProperties: properties, States: 79_726,
	}}
}

// rotten is what stands in the log for an entry that cannot be read any more.
var rotten = spec.Entry{Operation: "×"}

// Rot restarts a replica whose topmost entry cannot be read. It knows that, and leaves its view.
func Rot(c spec.Configuration, r spec.Replica, lost int) (
	spec.Replica, []spec.Message, spec.Ignored,
) {
	if r.OpNumber() == 0 {
		return spec.Restart(c, r, lost)
	}
	r.CommitNumber = 0
	r.Log = r.Log.UpTo(r.OpNumber() - 1).Append(rotten)
	r.Status, r.ViewNumber = spec.ViewChange, r.ViewNumber+1
	return r, []spec.Message{spec.StartViewChange{From: r.ReplicaNumber, ViewNumber: r.ViewNumber}},
		spec.Accepted
}

// StartIfDenied is OnDoViewChange for logs with unreadable entries. The logs of the largest v′
// are put together. If only an unreadable copy of the next entry is there, it is dropped if so
// many replicas of the quorum have none, and the view does not start otherwise.
func StartIfDenied(need func(spec.Configuration) int) func(spec.Configuration, spec.Replica,
	[]spec.DoViewChange) (spec.Replica, []spec.Message, spec.Ignored) {
	return func(c spec.Configuration, r spec.Replica, quorum []spec.DoViewChange) (
		spec.Replica, []spec.Message, spec.Ignored,
	) {
		l := readable(quorum)
		denied, unreadable := 0, false
		for _, m := range quorum {
			if m.Log.Has(l.OpNumber() + 1) {
				unreadable = unreadable || m.Log.At(l.OpNumber()+1) == rotten
			} else {
				denied++
			}
		}
		if unreadable && denied < need(c) {
			return r, nil, spec.Gap
		}
		return StartWith(readable)(c, r, quorum)
	}
}

// readable is what can be read of the logs of the largest v′, put together up to the first entry
// that none of them has.
func readable(quorum []spec.DoViewChange) spec.Log {
	clean := make([]spec.DoViewChange, len(quorum))
	for i, m := range quorum {
		if n := m.Log.OpNumber(); n > 0 && m.Log.At(n) == rotten {
			m.Log = m.Log.UpTo(n - 1)
		}
		clean[i] = m
	}
	return Merge(clean)
}
