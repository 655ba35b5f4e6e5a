// SPDX-License-Identifier: Apache-2.0

package claims

import "viewstamp/spec"

// C-102: what the first round of a view change is for. Without a disk it is needed, and not enough
// (C-101); with the view-number on disk, or with everything there, it is not needed.

// startViewChangeRound takes the round away from each kind of replica.
func startViewChangeRound() []Claim {
	const source = "Viewstamped Replication Revisited, §8.2"
	memory, view := core(spec.DisklessRecovery()), core(spec.PersistentView())
	disk := core(spec.ViewstampedReplication())
	return []Claim{{
		ID: "C-102", Name: "no-round-view-on-disk", Source: source,
		Statement: "With the view-number on disk the STARTVIEWCHANGE round is not needed: a replica " +
			"sends DOVIEWCHANGE as it enters the view.",
		Claimed:    bounded("no round, view-number on disk", WithoutRound(view), 1, 1, 2),
		Properties: allBut("QuorumCopies"), States: 1_361_959, Slow: true,
	}, {
		ID: "C-102a", Name: "no-round-one-crash", Source: source,
		Statement:  "With the view-number on disk it is not needed if one replica crashes, once.",
		Claimed:    bounded("no round, view-number on disk, one crash", WithoutRound(view), 1, 1, 1),
		Properties: allBut("QuorumCopies"), States: 20_709,
	}, {
		ID: "C-102b", Name: "no-round-no-disk", Source: "the opposite of " + source,
		Statement:  "Without a disk it is not needed either.",
		Picture:    "How a view change in one round loses a committed operation",
		Claimed:    bounded("no round, no disk", WithoutRound(memory), 1, 1, 1),
		Properties: []string{"NothingLost"}, Refuted: "NothingLost", Steps: 10,
		Fix:   "Send DOVIEWCHANGE only after STARTVIEWCHANGE of a quorum; it is enough for one crash.",
		Fixed: bounded("the round, no disk, one crash", memory, 1, 1, 1), States: 32_338,
		FixedProperties: allBut("QuorumCopies", "PromiseKept"),
		Mutant:          "NoRoundNoDisk",
	}, {
		ID: "C-102c", Name: "no-round-all-on-disk", Source: "TigerBeetle replica.zig, the opposite",
		Statement: "With view-number, v′ and log on disk the round is not needed.",
		Claimed:   bounded("no round, all on disk", WithoutRound(disk), 1, 1, 1),
		States:    9001,
	}}
}

// WithoutRound is a protocol whose replicas send DOVIEWCHANGE as they enter a view.
func WithoutRound(p spec.Protocol) spec.Protocol {
	for _, name := range []string{"SendStartViewChange", "OnLaterView"} {
		p = p.Replace(name, andDoViewChange(p.Step(name).Do))
	}
	return p.Without("OnStartViewChange")
}

// andDoViewChange is a step that enters a view, with DOVIEWCHANGE instead of STARTVIEWCHANGE.
func andDoViewChange(do spec.Do) spec.Do {
	return func(c spec.Configuration, p spec.Process, in []spec.Message, choice int) (
		spec.Process, []spec.Message, spec.Ignored,
	) {
		after, _, why := do(c, p, in, choice)
		if why != spec.Accepted {
			return p, nil, why
		}
		r, sent, why := spec.OnStartViewChange(c, after.(spec.Replica), nil)
		return r, sent, why
	}
}
