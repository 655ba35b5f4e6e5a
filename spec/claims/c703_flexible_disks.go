// SPDX-License-Identifier: Apache-2.0

package claims

import "viewstamp/spec"

// C-703: damaged disks together with flexible quorums. How many must deny an entry before it may be
// dropped follows from the quorum that commits, and from no other. (Damaged disks together with
// log suffixes are C-110b and C-110f: a DOVIEWCHANGE of theirs carries names, and what is below a
// suffix of names is denied by nobody.)

// flexibleDisks is the claim, and the number that is right only for quorums that are N − F.
func flexibleDisks() []Claim {
	system := func(name string, rule spec.NackRule, commit, change, replicas int) spec.System {
		p := core(spec.DamagedDisks()).Without("SendGetEntries", "OnGetEntries", "OnEntries",
			"OnTwoMoreDoViewChange", "Restart").WithNackRule(rule)
		s := bounded(name, p, 1, 0, 0)
		s.Bounds.Replicas, s.Bounds.Damages = replicas, 1
		s.Bounds.CommitQuorum, s.Bounds.ChangeQuorum = commit, change
		s.Always = spec.StorageProperties(rule)[:1] // AckKnown.
		return s
	}
	majority := spec.Nacks()
	majority.Need = func(c spec.Configuration) int { return c.N - c.Quorum() + 1 }
	right := system("damaged disks, two of four commit", spec.Nacks(), 2, 3, 4)
	holds := system("damaged disks, three of four commit and two change views", spec.Nacks(), 3, 2, 4)
	return []Claim{{
		ID: "C-703", Name: "flexible-quorums-on-damaged-disks", Source: together,
		Statement: "With flexible quorums N − Qr + 1 replicas must deny an entry before it may be " +
			"dropped.",
		Claimed: holds, States: 19_838,
	}, {
		ID: "C-703a", Name: "denials-of-a-majority",
		Source:     "this project's own rule for damaged disks, until it met flexible quorums",
		Statement:  "F + 1 replicas that deny an entry are enough to drop it, whatever the quorums.",
		Picture:    "How an entry that two of four have committed is dropped",
		Claimed:    system("damaged disks, denials of a majority", majority, 2, 3, 4),
		Properties: []string{"NothingLost"}, Refuted: "NothingLost", Steps: 11,
		Mutant: "DenialsOfMajority",
		Fix:    "N − Qr + 1.",
		Fixed:  right, States: 9_328,
	}}
}
