// SPDX-License-Identifier: Apache-2.0

package claims

import "viewstamp/spec"

// C-118: the primary sends PREPARE while its own write is on its way. It may commit without its own
// copy if a quorum of others acknowledges; it may not count its own copy before it is on disk.

// ownAcknowledgement is about a primary that counts itself too early.
func ownAcknowledgement() []Claim {
	base := core(spec.ViewstampedReplication())
	wrong := base.Replace("Restart", OnRestart(LoseOwn))
	alone := base.ReplaceQuorum("OnPrepareOK", spec.Configuration.Quorum, nil)
	return []Claim{{
		ID: "C-118", Name: "commit-without-own-copy", Source: "TigerBeetle, DESIGN.md, April 2022",
		Statement: "A primary may commit what is not on its own disk if a quorum of others has it.",
		Claimed: bounded("a quorum of others; the primary may lose what it has committed",
			alone.Replace("Restart", OnRestart(LoseOwn)), 1, 1, 1), States: 32_115,
	}, {
		ID: "C-118a", Name: "own-copy-counted-early", Source: "TigerBeetle, replica.zig, April 2022",
		Statement:  "A primary may count its own copy before it is on disk.",
		Picture:    "How a primary loses what it has committed with its own vote",
		Claimed:    bounded("the primary's own copy is not on disk", wrong, 1, 1, 1),
		Properties: []string{"NothingLost"}, Refuted: "NothingLost", Steps: 9,
		Mutant: "OwnAckBeforeDurable",
		Fix:    "Count the own copy when it is on disk.",
		Fixed:  bounded("log, v′ and view-number on disk", base, 1, 1, 1), States: 63_210,
	}}
}

// LoseOwn is Restart of a primary whose topmost entry was not on its disk, committed or not.
func LoseOwn(c spec.Configuration, r spec.Replica, _ int) (
	spec.Replica, []spec.Message, spec.Ignored,
) {
	after, sent, why := spec.Restart(c, r, 0)
	if len(sent) > 0 && r.OpNumber() > 0 && r.Log.At(r.OpNumber()).ViewNumber == r.ViewNumber {
		after.Log = after.Log.UpTo(r.OpNumber() - 1)
	}
	return after, sent, why
}
