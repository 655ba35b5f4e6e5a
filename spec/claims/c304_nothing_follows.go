// SPDX-License-Identifier: Apache-2.0

package claims

import "viewstamp/spec"

// C-304: nothing follows a RECONFIGURATION in its epoch. A letter is that of the row in the
// design's table 5.18.

// nothingFollows are the claims about it.
func nothingFollows() []Claim {
	base, rule := spec.Reconfigurable(), spec.EpochRules()
	one := spec.Bounds{Requests: 1, ViewChanges: 1}
	holds := epochs(base, "0→123", one)
	anything := rule.Do(spec.ByReplica(spec.OnRequest))
	past := RunPast()
	return []Claim{
		epochWrong("C-304h", "reconfiguration-accepted-again", "A RECONFIGURATION that is sent again "+
			"may be taken as any request.", "Compare its epoch, and look into the client-table.",
			"ReconfigurationAgain", epochs(base.Replace("OnReconfiguration",
				rule.Do(spec.ByReplica(AcceptAgain))), "0→123", spec.Bounds{}), "ExactlyOnce", 10,
			stuckless(base, "0→123", spec.Bounds{}), 592),
		epochWrong("C-304i", "reconfiguring-is-a-flag", "A replica may note that a RECONFIGURATION is "+
			"under way, and forget it when the epoch ends.", "Look at the top of the log.",
			"ReconfiguringFlag", flagged(), "ReconfiguringIsTrue", 14, holds, 423_442),
		epochWrong("C-304n", "any-reconfiguration-blocks", "No request is taken while a "+
			"RECONFIGURATION is on top of the log.", "The one that began the epoch is history.",
			"AnyReconfigurationBlocks", stuckless(base.Replace("OnRequest",
				rule.Do(spec.ByReplica(AnyReconfigurationBlocks))), "0→123", spec.Bounds{}),
			"NeverStuck", 2, stuckless(base, "0→123", spec.Bounds{}), 592),
		epochHolds("C-304s", "requests-behind-reconfiguration", "Requests may be taken behind a "+
			"RECONFIGURATION, if nobody commits anything behind it in its epoch.",
			epochs(base.Replace("OnRequest", anything), "0→123", one), 718_633),
		epochWrong("C-304s2", "commit-behind-reconfiguration", "What is behind it may be committed "+
			"with it.", "Stop at it, and take nothing behind it.", "CommitBehindReconfiguration",
			epochs(spec.WithEpochs(spec.ViewstampedReplication(), past).Replace("OnRequest",
				past.Do(spec.ByReplica(spec.OnRequest))), "0→123", one), "NormalHasCommitted", 8,
			holds, 423_442),
	}
}

// RunPast is the rule under which a replica executes what is committed behind a RECONFIGURATION as
// well, and only then leaves the epoch.
func RunPast() spec.EpochRule {
	rule := spec.EpochRules()
	rule.Leave = func(r spec.Replica, sent []spec.Message) (spec.Replica, []spec.Message) {
		k := r.CommitNumber
		after, all := spec.LeaveEpoch(r, sent)
		if after.EpochNumber == r.EpochNumber {
			return after, all
		}
		after.Log, after.CommitNumber = r.Log, k
		return after, append(all, sent...)
	}
	return rule
}

// AcceptAgain is OnReconfiguration that asks neither for the epoch nor for the client-table.
func AcceptAgain(c spec.Configuration, r spec.Replica, m spec.Reconfiguration) (
	spec.Replica, []spec.Message, spec.Ignored,
) {
	_, _, why := spec.OnRequestInEpoch(c, r, m.Request)
	n, _ := r.Log.LastOf(m.Request.ClientID)
	if why == spec.NotNormal || why == spec.NotPrimary || why == spec.Reconfiguring ||
		n > r.EpochOp {
		return r, nil, why
	}
	return appendRequest(r, m.Request)
}

// AnyReconfigurationBlocks is OnRequest that takes no request while any RECONFIGURATION is on top
// of the log.
func AnyReconfigurationBlocks(c spec.Configuration, r spec.Replica, m spec.Request) (
	spec.Replica, []spec.Message, spec.Ignored,
) {
	if r.Status == spec.Normal && r.OpNumber() > 0 {
		if _, ok := r.Log.At(r.OpNumber()).Operation.NewGroup(); ok {
			return r, nil, spec.Reconfiguring
		}
	}
	return spec.OnRequestInEpoch(c, r, m)
}

// flagged is the system in which replicas note a RECONFIGURATION that they see. Noted is the note.
func flagged() spec.System {
	rule := spec.EpochRules()
	rule.Leave = func(r spec.Replica, sent []spec.Message) (spec.Replica, []spec.Message) {
		if n := r.OpNumber(); n > r.EpochOp {
			if _, ok := r.Log.At(n).Operation.NewGroup(); ok {
				r.Noted = spec.Log{}.Append(r.Log.At(n))
			}
		}
		after, all := spec.LeaveEpoch(r, sent)
		if after.EpochNumber > r.EpochNumber {
			after.Noted = spec.Log{}
		}
		return after, all
	}
	s := epochs(spec.WithEpochs(spec.ViewstampedReplication(), rule), "0→123",
		spec.Bounds{ViewChanges: 3})
	s.Protocol = s.Protocol.Without("SendRequest", "OnRequest")
	s.Always = []spec.Property{{Name: "ReconfiguringIsTrue",
		Replica: func(_ spec.Configuration, r spec.Replica) bool {
			primary := r.Configuration.Primary(r.ViewNumber) == r.ReplicaNumber
			return r.Noted == spec.Log{} || r.EpochNumber > 0 || r.Status != spec.Normal ||
				!primary || r.OpNumber() > 0
		}}}
	return s
}
