// SPDX-License-Identifier: Apache-2.0

package claims

import "viewstamp/spec"

// C-302f and C-302j: which failures a group tolerates that has just begun. A letter is that of the
// row in the design's table 5.18. That no state is stuck is asked with everything in flight lost
// and any replicas silent that the groups must tolerate.

// youngGroups are the claims about it.
func youngGroups() []Claim {
	base := spec.Reconfigurable()
	normalOnly := base.Replace("OnGetEpochState", spec.ByReplica(NormalDonors))
	waits := base.Replace("SendStartViewChangeLater",
		spec.EpochRules().Do(spec.Spontaneous(WaitForFirstPrimary)))
	later := spec.Bounds{LaterViewChanges: 1}
	return []Claim{
		epochHolds("C-302f", "grown-group-tolerates-two", "Three replicas have become five. As soon as "+
			"a quorum of the five has the state, if only the old three, any two may fail; before "+
			"that, any two of which one at most is old.", stuckless(base, "0→01234", spec.Bounds{}), 15_302),
		epochWrong("C-302f2", "grown-group-normal-donors", "That is so if only Normal replicas give the "+
			"state.", "Any replica of the epoch that has it gives it.", "GrownGroupNormalDonors",
			stuckless(normalOnly, "0→01234", later), "NeverStuck", 6,
			stuckless(base, "0→123", later), 11_160),
		epochHolds("C-302j", "first-primary-may-be-dead", "The first primary of a new group may be dead "+
			"or slow: the others change the view without it.", stuckless(base, "0→123", later), 11_160),
		epochWrong("C-302j2", "wait-for-first-primary", "A member starts no view change before the new "+
			"group has committed something.", "It starts one as in any view.", "WaitForFirstPrimary",
			stuckless(waits, "0→123", spec.Bounds{}), "NeverStuck", 2,
			stuckless(base, "0→123", spec.Bounds{}), 592),
	}
}

// WaitForFirstPrimary is SendStartViewChange of a replica that waits for the first operation of its
// epoch.
func WaitForFirstPrimary(c spec.Configuration, r spec.Replica) (
	spec.Replica, []spec.Message, spec.Ignored,
) {
	if r.CommitNumber <= r.EpochOp {
		return r, nil, spec.NothingNew
	}
	return spec.SendStartViewChange(c, r)
}
