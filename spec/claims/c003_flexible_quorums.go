// SPDX-License-Identifier: Apache-2.0

package claims

import (
	"fmt"

	"viewstamp/spec"
)

// C-003: a quorum that commits and a quorum that changes views must share a replica. That is all:
// neither need be a majority. The arithmetic for all small groups is quorum_test.go.

// flexibleQuorums is the rule at four replicas, where it differs from a majority, and the equality
// at which it breaks.
func flexibleQuorums() []Claim {
	const source = "Howard, Malkhi, Spiegelman 2016; TigerBeetle config.zig"
	sizes := func(n, commit, change, viewChanges int) spec.System {
		s := bounded(fmt.Sprintf("%d replicas, %d commit, %d change views", n, commit, change),
			durable(), 1, viewChanges, 0)
		s.Bounds.Replicas, s.Bounds.CommitQuorum, s.Bounds.ChangeQuorum = n, commit, change
		return s
	}
	holds := func(id, name, statement string, s spec.System, states int64, slow bool) Claim {
		return Claim{ID: id, Name: name, Source: source, Statement: statement, Claimed: s,
			States: states, Slow: slow}
	}
	return []Claim{
		holds("C-003", "flexible-quorums", "Of four replicas three may commit and two, which is "+
			"no majority, change views: 3 + 2 > 4.", sizes(4, 3, 2, 1), 6016, false),
		holds("C-003a", "flexible-quorums-commit", "Of four replicas two may commit and three "+
			"change views: 2 + 3 > 4.", sizes(4, 2, 3, 1), 2987, false),
		{
			ID: "C-003b", Name: "quorums-that-miss", Source: "Viewstamped Replication Revisited, " +
				"§4.1 and §4.2, at a group size that §7 allows",
			Statement: "Of four replicas f+1 = 2 may commit, and 2 change views.",
			Picture:   "How two quorums of two among four replicas miss each other",
			Claimed:   sizes(4, 2, 2, 1), Properties: []string{"NothingLost"},
			Refuted: "NothingLost", Steps: 9, Mutant: "QuorumFPlusOneOfFour",
			Fix:   "The two sizes add up to more than N; N − F for both is one way (D1).",
			Fixed: sizes(4, 3, 3, 1), States: 2240,
		},
		holds("C-003c", "flexible-quorums-of-five", "Of five replicas four may commit and two "+
			"change views: 4 + 2 > 5.", sizes(5, 4, 2, 1), 69_742, false),
		holds("C-003d", "flexible-quorums-of-five-commit", "Of five replicas two may commit and "+
			"four change views: 2 + 4 > 5.", sizes(5, 2, 4, 1), 14_086, false),
		holds("C-003e", "flexible-quorums-twice", "Of four replicas three may commit and two change "+
			"views, twice.", sizes(4, 3, 2, 2), 2_280_254, true),
	}
}
