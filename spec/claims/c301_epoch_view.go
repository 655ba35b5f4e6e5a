// SPDX-License-Identifier: Apache-2.0

package claims

import "viewstamp/spec"

// C-301: in which view an epoch starts.

// epochView are the claims about it.
func epochView() []Claim {
	one := spec.Bounds{Requests: 1, ViewChanges: 1}
	holds := epochs(spec.Reconfigurable(), "0→123", one)
	return []Claim{
		epochHolds("C-301", "new-epoch-in-view-0", "A new epoch starts in view 0, whatever view the old "+
			"group was in.", holds, 423_442),
		slow(epochWrong("C-301a", "new-epoch-in-the-old-view", "It may start in the view that the "+
			"old group was in.", "Start in view 0.", "EpochInOldView",
			epochs(inOldView(), "0→034", one), "NormalHasCommitted", 21, holds, 423_442)),
	}
}

// inOldView is the protocol in which an epoch starts in the view of the group before.
func inOldView() spec.Protocol {
	rule := spec.EpochRules()
	rule.Leave = func(r spec.Replica, sent []spec.Message) (spec.Replica, []spec.Message) {
		after, all := spec.LeaveEpoch(r, sent)
		if after.EpochNumber == r.EpochNumber {
			return after, all
		}
		return startIn(after, r.ViewNumber, all)
	}
	p := spec.WithEpochs(spec.ViewstampedReplication(), rule)
	return p.Replace("OnStartEpoch", spec.ByReplica(
		func(c spec.Configuration, r spec.Replica, m spec.StartEpoch) (
			spec.Replica, []spec.Message, spec.Ignored,
		) {
			after, sent, why := spec.OnStartEpoch(c, r, m)
			if why == spec.Accepted && after.Status != spec.ShutDown {
				after, sent = startIn(after, m.ViewNumber, sent)
			}
			return after, sent, why
		}))
}

// startIn puts a replica that has entered an epoch into that view, and says so in its STARTEPOCH.
func startIn(r spec.Replica, v spec.ViewNumber, sent []spec.Message) (
	spec.Replica, []spec.Message,
) {
	r.ViewNumber, r.LastNormalView = v, v
	for i, m := range sent {
		if start, ok := m.(spec.StartEpoch); ok {
			start.ViewNumber = v
			sent[i] = start
		}
	}
	return r, sent
}
