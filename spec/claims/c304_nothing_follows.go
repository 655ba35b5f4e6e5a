// SPDX-License-Identifier: Apache-2.0

package claims

import "viewstamp/spec"

// C-304: nothing follows a RECONFIGURATION in its epoch.

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
