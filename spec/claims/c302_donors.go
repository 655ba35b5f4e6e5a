// SPDX-License-Identifier: Apache-2.0

package claims

import "viewstamp/spec"

// C-302: from whom a member of a new group may take the state, and how it knows that it has it.

// GiveUncommitted is OnGetEpochState that gives what is in the log, committed or not.
func GiveUncommitted(c spec.Configuration, r spec.Replica, m spec.OfEpoch) (
	spec.Replica, []spec.Message, spec.Ignored,
) {
	all := r
	all.CommitNumber = r.OpNumber()
	_, sent, why := spec.OnGetEpochState(c, all, m)
	return r, sent, why
}

// LengthIsEnough is OnStartEpoch of a replica that takes its log for the committed one if it is as
// long.
func LengthIsEnough(c spec.Configuration, r spec.Replica, m spec.StartEpoch) (
	spec.Replica, []spec.Message, spec.Ignored,
) {
	return trusting(c, r, m, r.OpNumber() >= m.Epoch.EpochOp)
}

// RecogniseByContent is OnStartEpoch of a replica that knows the RECONFIGURATION by the group that
// it asks for.
func RecogniseByContent(c spec.Configuration, r spec.Replica, m spec.StartEpoch) (
	spec.Replica, []spec.Message, spec.Ignored,
) {
	return trusting(c, r, m, r.Log.Has(m.Epoch.EpochOp) &&
		r.Log.At(m.Epoch.EpochOp).Operation == m.Epoch.Configuration.Operation())
}

// RecogniseByView is OnStartEpoch of a replica that compares the view of its entry and not the
// epoch.
func RecogniseByView(c spec.Configuration, r spec.Replica, m spec.StartEpoch) (
	spec.Replica, []spec.Message, spec.Ignored,
) {
	return trusting(c, r, m, r.Log.Has(m.Epoch.EpochOp) &&
		r.Log.At(m.Epoch.EpochOp).ViewNumber == m.Epoch.EpochStamp.ViewNumber)
}

// trusting is OnStartEpoch of a replica that takes its log for the committed one if it is good.
func trusting(c spec.Configuration, r spec.Replica, m spec.StartEpoch, good bool) (
	spec.Replica, []spec.Message, spec.Ignored,
) {
	before := r
	if good {
		r.CommitNumber = max(r.CommitNumber, m.Epoch.EpochOp)
	}
	after, sent, why := spec.OnStartEpoch(c, r, m)
	if why != spec.Accepted {
		return before, nil, why
	}
	return after, sent, why
}

// KeepLongerTail is OnNewEpochState that writes the entries over those that are there. If the log
// was longer, it stays so.
func KeepLongerTail(c spec.Configuration, r spec.Replica, m spec.OfEpoch) (
	spec.Replica, []spec.Message, spec.Ignored,
) {
	after, sent, why := spec.OnNewEpochState(c, r, m)
	after.Log = after.Log.Concat(r.Log.After(after.OpNumber()))
	return after, sent, why
}
