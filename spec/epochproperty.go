// SPDX-License-Identifier: Apache-2.0

package spec

// What must hold where groups change. Most of it is what must hold without: within an epoch, or
// with (epoch, view) in place of the view.

// EpochProperties lists the invariants of a protocol with reconfiguration. QuorumCopies is not
// among them: copies in a group that is gone do not count, and ShutDownProven says what must be
// left.
func EpochProperties() []Property {
	reply, start := []Kind{KindReply}, []Kind{KindStartView}
	return []Property{
		{Name: "CommitBound", Replica: CommitBound},
		{Name: "NormalView", Replica: NormalView},
		{Name: "EpochAgreement", Replicas: EpochAgreement},
		{Name: "NothingAfterReconfiguration", Replica: NothingAfterReconfiguration},
		{Name: "PromiseKept", ReplicaMessage: promiseKeptInEpoch,
			Kinds: []Kind{KindDoViewChange}},
		{Name: "DVCTrue", Message: func(m Message) bool { return DVCTrue(plain(m)) },
			Kinds: []Kind{KindDoViewChange}},
		{Name: "AckTrue", ReplicaMessage: withinEpoch(AckTrue), Kinds: []Kind{KindPrepareOK}},
		{Name: "LogMatching", Replicas: func(c Configuration, r, other Replica) bool {
			return r.EpochNumber != other.EpochNumber || LogMatching(c, r, other)
		}},
		{Name: "OneStartView", Messages: pairWithinEpoch(OneStartView), Kinds: start},
		{Name: "ViewstampUnique", Messages: pairWithinEpoch(ViewstampUnique),
			Kinds: []Kind{KindPrepare}},
		{Name: "NormalHasCommitted", ReplicaMessage: normalHasCommittedBefore, Kinds: reply},
		{Name: "NothingLost", Messages: nothingLostInEpochs,
			Kinds: []Kind{KindReply, KindStartView}},
		{Name: "Agreement", ReplicaMessage: func(c Configuration, r Replica, m Message) bool {
			return Agreement(c, r, plain(m))
		}, Kinds: reply},
		{Name: "ExactlyOnce", Messages: func(a, b Message) bool {
			return ExactlyOnce(plain(a), plain(b))
		}, Kinds: reply},
		{Name: "ShutDownProven", Group: ShutDownProven},
	}
}

// EpochAgreement: two replicas that are in one epoch know the same of it.
func EpochAgreement(_ Configuration, r, other Replica) bool {
	return r.EpochNumber != other.EpochNumber || r.Epoch == other.Epoch
}

// NothingAfterReconfiguration: a RECONFIGURATION is the last entry of its epoch that is committed,
// and whoever has committed it is in the next epoch.
func NothingAfterReconfiguration(_ Configuration, r Replica) bool {
	for n := r.EpochOp + 1; n <= min(r.CommitNumber, r.OpNumber()); n++ {
		if _, ok := r.Log.At(n).Operation.NewGroup(); ok {
			return false
		}
	}
	return r.Status != Normal || r.OpNumber() == r.EpochOp ||
		r.Log.At(r.EpochOp+1).EpochNumber == r.EpochNumber
}

// ShutDownProven: a replica of a group that is replaced shuts down when a quorum of the next group
// has the state that it leaves.
func ShutDownProven(_ Configuration, group []Replica, _ Message) bool {
	for _, r := range group {
		if r.Status != ShutDown || r.EpochNumber == 0 || !r.OldConfiguration.Has(r.ReplicaNumber) {
			continue
		}
		complete := 0
		for _, q := range group {
			if r.Configuration.Has(q.ReplicaNumber) && (q.EpochNumber > r.EpochNumber ||
				q.EpochNumber == r.EpochNumber && stampAt(q.Log, r.EpochOp) == r.EpochStamp) {
				complete++
			}
		}
		if complete < r.Configuration.Quorum() {
			return false
		}
	}
	return true
}

// stampOf is the epoch and view of a message.
func stampOf(m Message, v ViewNumber) Viewstamp {
	if stamped, ok := m.(OfEpoch); ok {
		return Viewstamp{stamped.EpochNumber, v}
	}
	return Viewstamp{0, v}
}

// before compares first the epochs, then the views.
func (s Viewstamp) before(other Viewstamp) bool {
	return s.EpochNumber < other.EpochNumber ||
		s.EpochNumber == other.EpochNumber && s.ViewNumber < other.ViewNumber
}

// withinEpoch is a property of a replica and the messages of its epoch.
func withinEpoch(holds func(Configuration, Replica, Message) bool,
) func(Configuration, Replica, Message) bool {
	return func(c Configuration, r Replica, m Message) bool {
		return stampOf(m, 0).EpochNumber != r.EpochNumber || holds(c, r, plain(m))
	}
}

// pairWithinEpoch is a property of messages of one epoch.
func pairWithinEpoch(holds func(a, b Message) bool) func(a, b Message) bool {
	return func(a, b Message) bool {
		return stampOf(a, 0) != stampOf(b, 0) || holds(plain(a), plain(b))
	}
}

// promiseKeptInEpoch is PromiseKept; besides nobody goes back to an earlier epoch.
func promiseKeptInEpoch(c Configuration, r Replica, m Message) bool {
	promise := plain(m).(DoViewChange)
	if e := stampOf(m, 0).EpochNumber; e != r.EpochNumber {
		return promise.From != r.ReplicaNumber || e < r.EpochNumber
	}
	return PromiseKept(c, r, promise)
}

// normalHasCommittedBefore is NormalHasCommitted over (epoch, view).
func normalHasCommittedBefore(_ Configuration, r Replica, m Message) bool {
	reply := plain(m).(Reply)
	now := Viewstamp{r.EpochNumber, r.ViewNumber}
	return r.Status != Normal || !stampOf(m, reply.ViewNumber).before(now) || holds(r.Log, reply)
}

// nothingLostInEpochs is NothingLost over (epoch, view).
func nothingLostInEpochs(a, b Message) bool {
	reply, start, ok := replyAndStartView(plain(a), plain(b))
	if !ok {
		return true
	}
	replied, started := stampOf(a, reply.ViewNumber), stampOf(b, start.ViewNumber)
	if a.Kind() == KindStartView {
		replied, started = stampOf(b, reply.ViewNumber), stampOf(a, start.ViewNumber)
	}
	return !replied.before(started) || holds(start.Log, reply)
}

// EpochCompleted is reached when all of the group of an epoch after the first are Normal in it.
func EpochCompleted() Property {
	return Property{Name: "EpochCompleted", Group: func(
		_ Configuration, group []Replica, _ Message,
	) bool {
		var last Epoch
		for _, r := range group {
			if r.EpochNumber > last.EpochNumber {
				last = r.Epoch
			}
		}
		for _, r := range group {
			if last.Configuration.Has(r.ReplicaNumber) &&
				(r.Status != Normal || r.EpochNumber != last.EpochNumber) {
				return false
			}
		}
		return last.EpochNumber > 0
	}}
}

// CommittedInLaterEpoch is reached when an operation is committed in an epoch after the first.
func CommittedInLaterEpoch() Property {
	return Property{Name: "CommittedInLaterEpoch", Replica: func(_ Configuration, r Replica) bool {
		return r.EpochNumber > 0 && r.CommitNumber > r.EpochOp
	}}
}

// ReplicaShutDown is reached when a replaced replica has shut down.
func ReplicaShutDown() Property {
	return Property{Name: "ReplicaShutDown", Replica: func(_ Configuration, r Replica) bool {
		return r.EpochNumber > 0 && r.Status == ShutDown
	}}
}
