// SPDX-License-Identifier: Apache-2.0

package spec

// §7 Reconfiguration: the steps of the replicas. Each reads beside §7.1 and §7.2 of the paper.
//
// What is state here, for whoever writes the same model again: of each replica the fields of the
// other protocols (status, view-number, v′, log with the epoch of each entry, commit-number) and
// those of Epoch (epoch-number, configuration, old-configuration, EpochOp, EpochStamp); of the
// administrator how much of its plan it has asked for; of a Client its epoch-number; all messages
// ever sent, those of §4 and §5.2 with the epoch of their sender; and the budgets spent, view
// changes in epoch 0 and in later ones apart. Nothing else.

// Reasons of reconfiguration.
const (
	// OlderEpoch: the message belongs to an epoch that the replica has left.
	OlderEpoch Ignored = "older-epoch"
	// NewerEpoch: the message belongs to an epoch of which the replica has not been told.
	NewerEpoch Ignored = "newer-epoch"
	// NotMember: the sender, or the replica itself, is not in the group of the epoch.
	NotMember Ignored = "not-member"
	// IsTransitioning: a replica without the state of its epoch takes part in nothing (D32).
	IsTransitioning Ignored = "transitioning"
	// NotTransitioning: the replica has the state of its epoch.
	NotTransitioning Ignored = "not-transitioning"
	// IsShutDown: the replica is in no group.
	IsShutDown Ignored = "shut-down"
	// Reconfiguring: the log ends with a RECONFIGURATION, and nothing follows it in its epoch.
	Reconfiguring Ignored = "reconfiguring"
	// TooSmall: a group has three replicas at least.
	TooSmall Ignored = "too-small"
)

// OnReconfiguration is §7.1: the primary takes the request of the administrator as any other. It is
// the last one that it takes in this epoch.
func OnReconfiguration(c Configuration, r Replica, m Reconfiguration) (
	Replica, []Message, Ignored,
) {
	group, _ := m.Request.Operation.NewGroup()
	switch {
	case m.EpochNumber < r.EpochNumber:
		return r, nil, OlderEpoch
	case m.EpochNumber > r.EpochNumber:
		return r, nil, NewerEpoch
	case group.N < 3:
		return r, nil, TooSmall
	}
	return OnRequestInEpoch(c, r, m.Request)
}

// OnRequestInEpoch is OnRequest with the rule of §7.1 that nothing follows a RECONFIGURATION. The
// one that began the epoch is history. The rule is read off the log: a RECONFIGURATION that a
// view change has dropped blocks nobody (5.18i).
func OnRequestInEpoch(c Configuration, r Replica, m Request) (Replica, []Message, Ignored) {
	if r.reconfiguring(c) {
		return r, nil, Reconfiguring
	}
	return OnRequest(c, r, m)
}

// reconfiguring says whether the replica leads a view whose log ends with the RECONFIGURATION that
// ends the epoch.
func (r Replica) reconfiguring(c Configuration) bool {
	if r.Status != Normal || !r.isPrimary(c) || r.OpNumber() <= r.EpochOp {
		return false
	}
	_, ok := r.Log.At(r.OpNumber()).Operation.NewGroup()
	return ok
}

// UnlessReconfiguring is a step by which a primary takes requests, with that rule.
func UnlessReconfiguring(do Do) Do {
	return func(c Configuration, p Process, in []Message, choice int) (
		Process, []Message, Ignored,
	) {
		if p.(Replica).reconfiguring(c) {
			return p, nil, Reconfiguring
		}
		return do(c, p, in, choice)
	}
}

// OnCheckEpoch is §7.3: a request of the administrator that does nothing. Its reply says that a
// quorum of the epoch works.
func OnCheckEpoch(c Configuration, r Replica, m CheckEpoch) (Replica, []Message, Ignored) {
	switch {
	case m.EpochNumber < r.EpochNumber:
		return r, nil, OlderEpoch
	case m.EpochNumber > r.EpochNumber:
		return r, nil, NewerEpoch
	}
	return OnRequestInEpoch(c, r, m.Request)
}

// LeaveEpoch is §7.1 at whoever knows that a RECONFIGURATION is committed: it is in the next epoch
// from now on. It stops there, whatever else its log may hold. The primary tells the others of the
// old group, in the old epoch.
func LeaveEpoch(r Replica, sent []Message) (Replica, []Message) {
	n := r.EpochOp + 1
	for ; n <= r.CommitNumber; n++ {
		if _, ok := r.Log.At(n).Operation.NewGroup(); ok {
			break
		}
	}
	if n > r.CommitNumber {
		return r, sent
	}
	var before []Message
	for _, m := range sent {
		if reply, ok := plain(m).(Reply); !ok || reply.OpNumber <= n {
			before = append(before, m)
		}
	}
	if r.isPrimary(r.Configuration) {
		before = append(before, OfEpoch{r.EpochNumber, Commit{r.ReplicaNumber, r.ViewNumber, n}})
	}
	r.CommitNumber = n
	group, _ := r.Log.At(n).Operation.NewGroup()
	next := Epoch{r.EpochNumber + 1, group, r.Configuration, n, stampAt(r.Log, n)}
	after, more := EnterEpoch(r, next)
	return after, append(before, more...)
}

// EnterEpoch takes up an epoch, in view 0. A member that has its state is Normal in it at once;
// another one asks for the state. All tell all others of both groups.
//
// Diverges (§7.1): in the paper only the primary sends STARTEPOCH, to the added replicas, and the
// replaced ones send it again. When they are gone nobody is left who could (D30, 5.18l).
func EnterEpoch(r Replica, e Epoch) (Replica, []Message) {
	r.Epoch = e
	r.ViewNumber, r.LastNormalView, r.Status = 0, 0, Transitioning
	sent := []Message{StartEpoch{From: r.ReplicaNumber, Epoch: e}}
	switch {
	case !e.Configuration.Has(r.ReplicaNumber):
		return r, sent
	case r.CommitNumber < e.EpochOp:
		return r, append(sent, askForEpoch(r))
	}
	r, started := CompleteEpoch(r)
	return r, append(sent, started)
}

// CompleteEpoch makes a member with the state of the epoch Normal. What its log holds above is of
// the old group and does not count (5.18a3); but a checkpoint may go further.
func CompleteEpoch(r Replica) (Replica, Message) {
	r.Log, r.Status = r.Log.UpTo(max(r.EpochOp, r.Checkpoint)), Normal
	return r, EpochStarted{r.ReplicaNumber, r.EpochNumber}
}

// OnStartEpoch is §7.1 and §7.2: a replica hears of a new epoch. What it holds is what was
// committed if its own entry carries the stamp: then it may serve it, even if it only acknowledged
// it (5.18k). A replica that is in neither group, and not outside already, is not needed any more:
// the epoch before that one has begun without it.
//
// Diverges (§7.1): the paper does not say how a replica knows that its log is good. D31.
func OnStartEpoch(_ Configuration, r Replica, m StartEpoch) (Replica, []Message, Ignored) {
	e := m.Epoch
	switch {
	case e.EpochNumber < r.EpochNumber:
		return r, nil, OlderEpoch
	case e.EpochNumber == r.EpochNumber:
		return r, nil, NothingNew
	case !e.Configuration.Has(r.ReplicaNumber) && !e.OldConfiguration.Has(r.ReplicaNumber):
		if r.Status == ShutDown {
			return r, nil, NotMember
		}
		r.Status = ShutDown
		return r, nil, Accepted
	}
	if stampAt(r.Log, e.EpochOp) == e.EpochStamp {
		r = r.learnCommit(e.EpochOp)
	}
	after, sent := EnterEpoch(r, e)
	return after, sent, Accepted
}

// OnGetEpochState is §7.2: a replica of the epoch gives a member what it needs to begin. Anybody
// may who has it, whatever it is busy with (5.18m); and nobody gives what is not committed.
//
// Diverges (§5.2): the asker is told nothing above the commit-number. A replica that learns of an
// epoch may hold entries that were never committed (D31, 5.18a).
func OnGetEpochState(_ Configuration, r Replica, m OfEpoch) (Replica, []Message, Ignored) {
	ask := m.Message.(GetState)
	n := min(r.CommitNumber, r.EpochOp)
	switch why := ofMyEpoch(r, m); {
	case why != Accepted:
		return r, nil, why
	case ask.OpNumber >= r.EpochOp: // It has the state of the epoch: see OnGetState.
		return r, nil, NotTransitioning
	case n <= ask.OpNumber:
		return r, nil, NothingNew
	case ask.OpNumber < r.Dropped:
		return r, nil, InCheckpoint
	}
	return r, ofEpoch(r.EpochNumber, []Message{NewState{From: r.ReplicaNumber, To: ask.From,
		After: ask.OpNumber, Log: r.Log.UpTo(n).After(ask.OpNumber), CommitNumber: n}}), Accepted
}

// OnNewEpochState is §7.2: a member takes what was committed before its epoch in place of all that
// it holds above its own commit-number.
func OnNewEpochState(_ Configuration, r Replica, m OfEpoch) (Replica, []Message, Ignored) {
	state := m.Message.(NewState)
	switch why := ofMyEpoch(r, m); {
	case state.To != r.ReplicaNumber:
		return r, nil, NotForMe
	case why != Accepted:
		return r, nil, why
	case r.Status != Transitioning:
		return r, nil, NotTransitioning
	case state.After > r.CommitNumber:
		return r, nil, Gap
	case state.CommitNumber <= r.CommitNumber:
		return r, nil, NothingNew
	}
	r.Log = r.Log.UpTo(state.After).Concat(state.Log)
	r = r.learnCommit(state.CommitNumber)
	if r.CommitNumber < r.EpochOp {
		return r, []Message{askForEpoch(r)}, Accepted
	}
	r, started := CompleteEpoch(r)
	return r, []Message{started}, Accepted
}

// OfferEpochCheckpoint is OnGetEpochState of a replica that has dropped what is asked for. Its
// checkpoint may go beyond the RECONFIGURATION: all of it is committed.
func OfferEpochCheckpoint(_ Configuration, r Replica, m OfEpoch) (Replica, []Message, Ignored) {
	ask := m.Message.(GetState)
	switch why := ofMyEpoch(r, m); {
	case why != Accepted:
		return r, nil, why
	case ask.OpNumber >= r.EpochOp:
		return r, nil, NotTransitioning
	case ask.OpNumber >= r.Dropped:
		return r, nil, InLog
	}
	return r, ofEpoch(r.EpochNumber, []Message{offerTo(r, ask.From, 0)}), Accepted
}

// OnEpochCheckpoint is OnNewEpochState with a checkpoint.
func OnEpochCheckpoint(_ Configuration, r Replica, m OfEpoch) (Replica, []Message, Ignored) {
	offer := m.Message.(CheckpointOffer)
	switch why := ofMyEpoch(r, m); {
	case offer.To != r.ReplicaNumber:
		return r, nil, NotForMe
	case why != Accepted:
		return r, nil, why
	case r.Status != Transitioning:
		return r, nil, NotTransitioning
	case offer.Name.OpNumber() <= r.CommitNumber:
		return r, nil, NothingNew
	}
	r = install(r, offer.Name)
	if r.CommitNumber < r.EpochOp {
		return r, []Message{askForEpoch(r)}, Accepted
	}
	r, started := CompleteEpoch(r)
	return r, []Message{started}, Accepted
}

// WantsEpochStarted: it counts in the epoch that it names, if it comes from a member.
func WantsEpochStarted(c Configuration, r Replica, m Message) bool {
	started := m.(EpochStarted)
	return started.EpochNumber == r.EpochNumber && c.Has(started.From)
}

// OnEpochStarted is §7.1 at a replaced replica: so many members of the new group have the state
// that it is not needed any more.
//
// Diverges (§7.1): the paper counts f′+1, which is no quorum if the group is even (D1).
func OnEpochStarted(c Configuration, r Replica, _ []EpochStarted) (Replica, []Message, Ignored) {
	switch {
	case r.Status == ShutDown:
		return r, nil, IsShutDown
	case c.Has(r.ReplicaNumber):
		return r, nil, NothingNew
	}
	r.Status = ShutDown
	return r, nil, Accepted
}

// RestartInEpoch is Restart where groups change. A replica whose log does not hold what was
// committed before its epoch is Transitioning, whatever view and v′ say: they are 0 and equal
// (5.18o). A checkpoint that goes so far is of what was committed, and needs no stamp. If the
// replica has that state, it is known to be committed: the whole old group may restart at once
// (5.18k).
func RestartInEpoch(c Configuration, r Replica, lost int) (Replica, []Message, Ignored) {
	if r.Status == ShutDown {
		return r, nil, IsShutDown
	}
	has := r.EpochNumber == 0 || r.Checkpoint >= r.EpochOp ||
		stampAt(r.Log, r.EpochOp) == r.EpochStamp
	member := c.Has(r.ReplicaNumber)
	if has && member {
		after, sent, why := Restart(c, r, lost)
		after.CommitNumber = max(r.EpochOp, r.Checkpoint)
		return after, ofEpoch(r.EpochNumber, sent), why
	}
	r.CommitNumber, r.Status = r.Checkpoint, Transitioning
	if has {
		r.CommitNumber = max(r.EpochOp, r.Checkpoint)
	}
	if member {
		return r, []Message{askForEpoch(r)}, Accepted
	}
	return r, nil, Accepted
}

// stampAt is the stamp of an entry. That of an entry that is not there is no stamp of an entry.
func stampAt(l Log, n OpNumber) Viewstamp {
	if !l.Has(n) {
		return Viewstamp{EpochNumber: -1}
	}
	return Viewstamp{l.At(n).EpochNumber, l.At(n).ViewNumber}
}

// askForEpoch is the GETSTATE of a member without the state of its epoch.
func askForEpoch(r Replica) Message {
	return OfEpoch{r.EpochNumber, GetState{From: r.ReplicaNumber, OpNumber: r.CommitNumber}}
}

// ofMyEpoch is what a replica checks first of a message about the state of an epoch. Members of
// both groups send such messages.
func ofMyEpoch(r Replica, m OfEpoch) Ignored {
	switch {
	case r.Status == ShutDown:
		return IsShutDown
	case m.EpochNumber < r.EpochNumber:
		return OlderEpoch
	case m.EpochNumber > r.EpochNumber:
		return NewerEpoch
	}
	return Accepted
}
