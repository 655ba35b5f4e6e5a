// SPDX-License-Identifier: Apache-2.0

package claims

import "viewstamp/spec"

// C-116: what a view change has removed from a log stays removed, across restarts, too. Noted is
// here what is on the disk of a replica that does not note the removal there.

// removals is about a removal that is in memory only.
func removals() []Claim {
	base := core(spec.ViewstampedReplication())
	right := bounded("removals on disk", base, 2, 1, 1)
	return []Claim{{
		ID: "C-116", Name: "removal-in-memory",
		Source:    "TigerBeetle, journal.zig, April 2022: a removed entry can be back after a restart",
		Statement: "What a new view removes from a log need not be removed from the disk.",
		Picture:   "How a removed entry comes back",
		Claimed: bounded("removals in memory", base.
			Replace("OnStartView", spec.ByReplica(RemoveInMemory)).
			Replace("Restart", OnRestart(RiseAgain)), 2, 1, 1),
		Properties: []string{"LogMatching"}, Refuted: "LogMatching", Steps: 10,
		Mutant: "RemovedEntriesRise",
		Fix:    "The write that makes v′ durable says from where on the log is replaced.",
		Fixed:  right, States: 4_386_904, SlowFix: true,
	}}
}

// RemoveInMemory is OnStartView that leaves on the disk what the new log does not replace.
func RemoveInMemory(c spec.Configuration, r spec.Replica, m spec.StartView) (
	spec.Replica, []spec.Message, spec.Ignored,
) {
	after, sent, why := spec.OnStartView(c, r, m)
	if why == spec.Accepted {
		after.Noted = after.Log.Concat(r.Log.After(after.OpNumber()))
	}
	return after, sent, why
}

// RiseAgain is Restart from that disk.
func RiseAgain(c spec.Configuration, r spec.Replica, lost int) (
	spec.Replica, []spec.Message, spec.Ignored,
) {
	if r.Noted.OpNumber() > r.OpNumber() {
		r.Log = r.Log.Concat(r.Noted.After(r.OpNumber()))
	}
	return spec.Restart(c, r, lost)
}
