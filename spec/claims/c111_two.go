// SPDX-License-Identifier: Apache-2.0

package claims

import "viewstamp/spec"

// C-111: with two replicas one denial is enough to drop an entry, as both are needed to commit. So
// all depends on what counts as a denial: after a restart an entry that cannot be read is none.

// clusterOfTwo is the rule in a group of two, and the one that takes lost for absent.
func clusterOfTwo() []Claim {
	system := func(name string, p spec.Protocol) spec.System {
		s := onDamaged(name, p.Without("OnOneMoreDoViewChange"), 1, 1, 2)
		s.Bounds.Replicas = 2
		return s
	}
	base := damaged(spec.DamagedDisks())
	right := system("two replicas, lost entries keep their names", base)
	properties := append(allBut(), "AckKnown") // Two damaged disks can stop a group for ever.
	return []Claim{{
		ID: "C-111", Name: "cluster-of-two", Source: "TigerBeetle, replica.zig, April 2022",
		Statement: "In a group of two one replica that denies an entry is enough to drop it.",
		Claimed:   right, Properties: properties, States: 86_754,
	}, {
		ID: "C-111a", Name: "cluster-of-two-lost-is-absent", Source: "TigerBeetle, journal.zig, April " +
			"2022: a recovery that marks slots dirty, not faulty",
		Statement: "After a restart an entry that cannot be read counts as not prepared.",
		Picture:   "How two replicas drop what both have acknowledged",
		Claimed: system("two replicas, lost entries count as absent",
			base.Replace("OnStartViewChange", spec.ByQuorum(VoteReadable))),
		Properties: []string{"NothingLost"}, Refuted: "NothingLost", Steps: 9, Mutant: "RecoverAsDirty",
		Fix:   "Name it all the same, and wait for a copy.",
		Fixed: right, FixedProperties: properties, States: 86_754,
	}}
}
