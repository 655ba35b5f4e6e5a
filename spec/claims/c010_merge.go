// SPDX-License-Identifier: Apache-2.0

package claims

import "viewstamp/spec"

// C-010: with gaps (C-008) a new primary puts logs together. Entries from logs of an earlier v′, if
// it puts them in too, cannot be committed yet, so they seem to do no harm. (Entries that name the
// one below them by a hash expose such a stranger. Those of this model do not.)

// mergeAll puts all logs together.
func mergeAll() []Claim {
	system := func(name string, choose func([]spec.DoViewChange) spec.Log) spec.System {
		p := gaps()[0].Claimed.Protocol.Replace("OnDoViewChange", spec.ByQuorum(StartWith(choose)))
		return bounded(name, p, 2, 2, 0)
	}
	return []Claim{{
		ID: "C-010a", Name: "merge-all-logs",
		Source: "TigerBeetle, replica.zig, April 2022, without its hash chain",
		Statement: "A new primary may put the entries of all logs together, if those of the largest " +
			"v′ come first.",
		Picture:    "How an entry of an old view makes a request be executed twice",
		Claimed:    system("gaps, all logs put together", MergeAll),
		Properties: []string{"ExactlyOnce"}, Refuted: "ExactlyOnce", Steps: 19, Slow: true,
		Mutant: "MergeAllLogs",
		Fix:    "Only those of the largest v′ (C-008).",
		Fixed:  system("gaps, the logs of the largest v′, twice", Merge), SlowFix: true,
		FixedProperties: allBut("LogMatching"), States: 2_741_273,
	}}
}

// MergeAll is all entries of the logs of the largest v′, as in Merge, and what follows them in the
// others.
func MergeAll(quorum []spec.DoViewChange) spec.Log {
	l := Merge(quorum)
	for _, m := range quorum {
		for n := l.OpNumber() + 1; m.Log.Has(n) && m.Log.At(n) != hole; n++ {
			l = l.Append(m.Log.At(n))
		}
	}
	return l
}
