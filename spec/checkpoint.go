// SPDX-License-Identifier: Apache-2.0

package spec

import (
	"fmt"
	"slices"
)

// §5.1 Checkpoints. The state after the operations up to some op-number, with the client-table,
// stands for these operations; a log may then drop them, and a replica that lags gets that state
// instead.
//
// A checkpoint is known by the name of the log that it stands for, and so a Log goes on naming
// entries that it has dropped. Which op-numbers have a checkpoint is fixed: here, each. So two
// replicas have the same state under the same name.
//
// State, for whoever writes this down again: Replica.Checkpoint and Replica.Dropped.

// Reasons of checkpoints.
const (
	// InCheckpoint: the entries asked for are in a checkpoint, and not in the log any more.
	InCheckpoint Ignored = "checkpointed"
	// InLog: what is asked for is in the log.
	InLog Ignored = "not-checkpointed"
	// BelowCheckpoint: the log that the message brings ends below what the replica has executed.
	BelowCheckpoint Ignored = "below-checkpoint"
)

// CheckpointOffer is the checkpoint of that name, from a replica that is Normal in that view to one
// that has asked for entries which are in it.
type CheckpointOffer struct {
	From       ReplicaNumber
	To         ReplicaNumber
	ViewNumber ViewNumber
	Name       Log
}

// Kind of the message.
func (CheckpointOffer) Kind() Kind { return KindCheckpointOffer }

func (m CheckpointOffer) sender() ReplicaNumber { return m.From }

func (m CheckpointOffer) String() string {
	return fmt.Sprintf("CHECKPOINT(v=%d %v i=%d to=%d)", m.ViewNumber, m.Name, m.From, m.To)
}

// Checkpoints is the protocol with checkpoints, and state transfer below the log.
func Checkpoints() Protocol {
	return WithCheckpoints(ViewstampedReplication()).named("checkpoints")
}

// WithCheckpoints adds checkpoints to a protocol.
func WithCheckpoints(p Protocol) Protocol {
	p.Name += ", checkpoints"
	get := p.Step("OnGetState").Do
	p = p.Replace("OnGetState", UnlessDropped(get)).
		Replace("Restart", fromCheckpoint(p.Step("Restart").Do))
	for _, name := range []string{"OnStartView", "OnNewState"} {
		p = p.Replace(name, UnlessBelowCheckpoint(p.Step(name).Do))
	}
	p.Steps = append(slices.Clone(p.Steps),
		Step{Name: "TakeCheckpoint", Do: Spontaneous(TakeCheckpoint)},
		Step{Name: "DropPrefix", Do: Spontaneous(DropPrefix)},
		Step{Name: "OfferCheckpoint", On: []Kind{KindGetState}, Do: OfferCheckpoint(get)},
		Step{Name: "OnCheckpointOffer", On: []Kind{KindCheckpointOffer},
			Do: ByReplica(OnCheckpointOffer)})
	return p
}

// TakeCheckpoint makes the state after all that is executed durable. It covers nothing that is not
// committed (D25).
func TakeCheckpoint(_ Configuration, r Replica) (Replica, []Message, Ignored) {
	if r.CommitNumber <= r.Checkpoint {
		return r, nil, NothingNew
	}
	r.Checkpoint = r.CommitNumber
	return r, nil, Accepted
}

// DropPrefix drops the entries that are in the durable checkpoint. Their names stay known.
func DropPrefix(_ Configuration, r Replica) (Replica, []Message, Ignored) {
	if r.Checkpoint <= r.Dropped {
		return r, nil, NothingNew
	}
	r.Dropped = r.Checkpoint
	return r, nil, Accepted
}

// UnlessDropped is a step that answers GETSTATE, of a replica that has dropped entries: it cannot
// send those.
func UnlessDropped(get Do) Do {
	return func(c Configuration, p Process, in []Message, choice int) (
		Process, []Message, Ignored,
	) {
		after, sent, why := get(c, p, in, choice)
		if why == Accepted && in[0].(GetState).OpNumber < p.(Replica).Dropped {
			return p, nil, InCheckpoint
		}
		return after, sent, why
	}
}

// OfferCheckpoint is a step that answers GETSTATE, where get would send dropped entries, with the
// checkpoint that they are in. The asker gets the rest of the log when it asks again.
func OfferCheckpoint(get Do) Do {
	return func(c Configuration, p Process, in []Message, choice int) (
		Process, []Message, Ignored,
	) {
		r, m := p.(Replica), in[0].(GetState)
		switch _, _, why := get(c, p, in, choice); {
		case why != Accepted:
			return p, nil, why
		case m.OpNumber >= r.Dropped:
			return p, nil, InLog
		}
		return r, []Message{offerTo(r, m.From, r.ViewNumber)}, Accepted
	}
}

// offerTo is the replica's checkpoint for another one that is in view v.
func offerTo(r Replica, to ReplicaNumber, v ViewNumber) Message {
	return CheckpointOffer{r.ReplicaNumber, to, v, r.Log.UpTo(r.Checkpoint)}
}

// OnCheckpointOffer installs a checkpoint, as a whole and durable before anything else is said. The
// log above it stays if it continues what the checkpoint stands for; if not, it was not committed
// and was never to be, and the log is now the checkpoint alone. ViewNumber and v′ stay: a
// replica that waits for the view asks for the rest of its log, and a backup goes on (D26). Only
// an offer of the view that the replica is in counts: in an older view the state of a later one
// would be taken for acknowledgements. A new primary that has chosen the log of the sender (§5.3)
// asks it again for what follows.
func OnCheckpointOffer(c Configuration, r Replica, m CheckpointOffer) (
	Replica, []Message, Ignored,
) {
	n := m.Name.OpNumber()
	switch {
	case m.To != r.ReplicaNumber:
		return r, nil, NotForMe
	case m.ViewNumber < r.ViewNumber:
		return r, nil, OlderView
	case m.ViewNumber > r.ViewNumber:
		return r, nil, NewerView
	case c.Primary(m.ViewNumber) == r.ReplicaNumber && r.Chosen.OpNumber == 0:
		return r, nil, NotBackup
	case r.Chosen.OpNumber > 0 && m.From != r.Chosen.From:
		return r, nil, NotChosen
	case n <= r.CommitNumber:
		return r, nil, NothingNew
	}
	r = install(r, m.Name)
	if r.Chosen.OpNumber == 0 {
		return r, nil, Accepted
	}
	r.Chosen.After = n
	return r, []Message{GetState{r.ReplicaNumber, r.ViewNumber, n}}, Accepted
}

// install makes the checkpoint of that name the replica's own.
func install(r Replica, name Log) Replica {
	if !r.Log.StartsWith(name) {
		r.Log = name
	}
	n := name.OpNumber()
	r.CommitNumber, r.Checkpoint, r.Dropped = n, n, n
	return r
}

// UnlessBelowCheckpoint is a step that takes a log, of a replica that may have installed a
// checkpoint while it waits for that log. STARTVIEW, or a NEWSTATE that was asked for before, may
// end below it: the view has gone on since. The replica waits for a later NEWSTATE.
func UnlessBelowCheckpoint(do Do) Do {
	return func(c Configuration, p Process, in []Message, choice int) (
		Process, []Message, Ignored,
	) {
		after, sent, why := do(c, p, in, choice)
		if why == Accepted && after.(Replica).OpNumber() < p.(Replica).CommitNumber {
			return p, nil, BelowCheckpoint
		}
		return after, sent, why
	}
}

// fromCheckpoint is Restart that executes again only what is above the checkpoint.
func fromCheckpoint(restart Do) Do {
	return func(c Configuration, p Process, in []Message, choice int) (
		Process, []Message, Ignored,
	) {
		process, sent, why := restart(c, p, in, choice)
		after := process.(Replica)
		after.CommitNumber = after.Checkpoint
		return after, sent, why
	}
}

// CheckpointProperties lists the invariants of Checkpoints besides those of every protocol.
func CheckpointProperties() []Property {
	return []Property{{Name: "CheckpointBound", Replica: CheckpointBound},
		{Name: "NormalHasStart", ReplicaMessage: NormalHasStart, Kinds: []Kind{KindStartView}}}
}

// CheckpointBound: a checkpoint covers what is committed only, and what is dropped is in it.
func CheckpointBound(_ Configuration, r Replica) bool {
	return r.Dropped <= r.Checkpoint && r.Checkpoint <= r.CommitNumber
}

// NormalHasStart: to be Normal in a view means to hold the log with which the view has started.
func NormalHasStart(_ Configuration, r Replica, m Message) bool {
	start := plain(m).(StartView)
	return r.Status != Normal || stampOf(m, 0).EpochNumber != r.EpochNumber ||
		r.ViewNumber != start.ViewNumber || r.Log.StartsWith(start.Log)
}

// CheckpointInstalled is reached when a replica has installed the checkpoint of another.
func CheckpointInstalled() Property {
	return Property{Name: "CheckpointInstalled", Kinds: []Kind{KindCheckpointOffer},
		ReplicaMessage: func(_ Configuration, r Replica, m Message) bool {
			offer := plain(m).(CheckpointOffer)
			return offer.To == r.ReplicaNumber && r.Status == Normal &&
				r.Dropped == offer.Name.OpNumber()
		}}
}
