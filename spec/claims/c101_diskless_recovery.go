// SPDX-License-Identifier: Apache-2.0

package claims

import "viewstamp/spec"

// C-101: no disk is needed. Refuted: a crashed replica forgets not only operations, which the
// others hold, but also what it has promised, which nobody holds.

// disklessRecovery is the recovery of §4.3 as published, what saves it, and what does not.
func disklessRecovery() []Claim {
	published := bounded("recovery without a disk, as published", core(spec.DisklessRecovery()),
		1, 1, 2)
	vectors := bounded("recovery with crash vectors", core(spec.CrashVectors()), 1, 1, 2)
	one := published
	one.Bounds.Restarts = 1
	return []Claim{DisklessRecovery(), {
		ID: "C-101a", Name: "one-crash", Source: "Viewstamped Replication Revisited, §4.3",
		Statement: "Recovery without a disk is safe as published if one replica crashes, once.",
		Claimed:   one, Properties: allBut("QuorumCopies", "PromiseKept"), States: 32_338,
	}, {
		ID: "C-101b", Name: "crash-vectors",
		Source: "Michael, Ports, Sharma and Szekeres 2017",
		Statement: "No disk is needed if each message tells which crashes its sender knows of, and " +
			"a quorum with a message of before a crash that another one knows of is refused.",
		Claimed: vectors, Properties: allBut("QuorumCopies", "PromiseKept"),
		States: 10_691_477, Slow: true,
	}, {
		ID: "C-101c", Name: "crash-vectors-in-recovery-only",
		Source:     "as in JPaxos, against which Michael and others 2017 warn",
		Statement:  "It is enough to compare crash vectors in the answers to RECOVERY.",
		Picture:    "How crash vectors in RECOVERYRESPONSE alone lose a committed operation",
		Claimed:    bounded("crash vectors in recovery only", core(RecoveryVectors()), 1, 1, 2),
		Properties: []string{"NothingLost"}, Refuted: "NothingLost", Steps: 17, Slow: true,
		Fix: "Compare them in STARTVIEWCHANGE and DOVIEWCHANGE too.", Fixed: vectors,
		FixedProperties: allBut("QuorumCopies", "PromiseKept"), States: 10_691_477, SlowFix: true,
		Mutant: "CrashVectorsInRecoveryOnly",
	}}
}

// DisklessRecovery is the recovery of §4.3, taken literally.
func DisklessRecovery() Claim {
	return Claim{
		ID: "C-101", Name: "diskless-recovery", Source: "Viewstamped Replication Revisited, §4.3",
		Statement: "No disk is needed: a replica that has crashed and lost everything takes its " +
			"state from f+1 answers, one of them of the primary of the latest view in them.",
		Picture: "How recovery without a disk loses a committed operation",
		Claimed: bounded("recovery without a disk, as published", core(spec.DisklessRecovery()),
			1, 1, 2),
		Properties: []string{"NothingLost"}, Refuted: "NothingLost", Steps: 17,
		Fix: "Keep the view-number on disk, and accept no view below it; " +
			"or send crash vectors (C-101b).",
		Fixed: bounded("recovery with the view-number on disk", core(spec.PersistentView()),
			1, 1, 2),
		FixedProperties: allBut("QuorumCopies"), States: 1_714_374, SlowFix: true,
		Mutant: "DisklessRecovery",
	}
}

// RecoveryVectors is the protocol that compares crash vectors in RECOVERYRESPONSE only.
func RecoveryVectors() spec.Protocol {
	p, right := spec.CrashVectors(), spec.DisklessRecovery()
	for _, name := range []string{"OnStartViewChange", "OnDoViewChange"} {
		p = p.Replace(name, right.Step(name).Do)
	}
	return p
}
