// SPDX-License-Identifier: Apache-2.0

package spec

import "fmt"

// §6.1 Witnesses: f+1 active replicas have the state of the service and execute, f witnesses have a
// log only. A witness acknowledges, and takes part in view changes, but never leads a view (D28).
//
// A witness must not keep its log for ever. It may drop what all active replicas have in their
// checkpoints: any one of them may be the only one that is left, and then needs all that
// follows its own. In the model the log stays whole, and Collected says what is gone of it.

// Reasons of witnesses.
const (
	// IsWitness: a witness has no state.
	IsWitness Ignored = "is-witness"
	// NotWitness: an active replica drops entries by its own checkpoints.
	NotWitness Ignored = "not-witness"
	// EntriesDropped: the replica does not have these entries any more.
	EntriesDropped Ignored = "entries-dropped"
)

// Checkpointed says that an active replica has the state after OpNumber operations on its disk.
type Checkpointed struct {
	From     ReplicaNumber
	OpNumber OpNumber
}

// Kind of the message.
func (Checkpointed) Kind() Kind { return KindCheckpointed }

func (m Checkpointed) sender() ReplicaNumber { return m.From }

func (m Checkpointed) String() string {
	return fmt.Sprintf("CHECKPOINTED(n=%d i=%d)", m.OpNumber, m.From)
}

// isWitness says whether the replica has a log only.
func (r Replica) isWitness(c Configuration) bool { return int(r.ReplicaNumber) >= c.Active() }

// Witnesses is the protocol of the durable replicas for a configuration with witnesses.
func Witnesses() Protocol {
	p := ViewstampedReplication()
	p.Name = "witnesses"
	p = p.Replace("OnStartViewChange", ByQuorum(SendSuffix(FromCollected))).
		Replace("OnDoViewChange", ByQuorum(OnDoViewChangeAfter)).
		Replace("OnGetState", ByReplica(OnGetStateAfter))
	p.Steps = append(p.Steps,
		Step{Name: "SendCheckpointed", Do: Spontaneous(SendCheckpointed)},
		Step{Name: "CollectLog", On: []Kind{KindCheckpointed}, Quorum: Configuration.Active,
			Wants: WantsCheckpointed, Do: ByQuorum(CollectLog)})
	return p
}

// SendCheckpointed says what is in the checkpoint of an active replica: here all that it has
// executed, as a checkpoint may come at any time.
func SendCheckpointed(c Configuration, r Replica) (Replica, []Message, Ignored) {
	switch {
	case r.isWitness(c):
		return r, nil, IsWitness
	case r.CommitNumber == 0:
		return r, nil, NothingNew
	}
	return r, []Message{Checkpointed{r.ReplicaNumber, r.CommitNumber}}, Accepted
}

// WantsCheckpointed: it counts for a witness that still has entries up to there.
func WantsCheckpointed(c Configuration, r Replica, m Message) bool {
	return r.isWitness(c) && m.(Checkpointed).OpNumber > r.Collected
}

// CollectLog drops the entries of a witness up to the smallest checkpoint of all active replicas.
func CollectLog(c Configuration, r Replica, all []Checkpointed) (Replica, []Message, Ignored) {
	if !r.isWitness(c) {
		return r, nil, NotWitness
	}
	smallest := all[0].OpNumber
	for _, m := range all {
		smallest = min(smallest, m.OpNumber)
	}
	r.Collected = min(smallest, r.OpNumber())
	return r, nil, Accepted
}

// FromCollected is the entry after which a log starts that a witness has dropped a part of.
func FromCollected(r Replica) OpNumber { return r.Collected }

// OnDoViewChangeAfter is OnDoViewChange with logs that may start above what the new primary has
// committed: those it cannot use.
func OnDoViewChangeAfter(c Configuration, r Replica, quorum []DoViewChange) (
	Replica, []Message, Ignored,
) {
	whole := make([]DoViewChange, len(quorum))
	for i, m := range quorum {
		if m.After > r.CommitNumber {
			return r, nil, EntriesDropped
		}
		m.Log, m.After = r.Log.UpTo(m.After).Concat(m.Log), 0
		whole[i] = m
	}
	return OnDoViewChange(c, r, whole)
}

// OnGetStateAfter is OnGetState of a replica that may have dropped what is asked for.
func OnGetStateAfter(c Configuration, r Replica, m GetState) (Replica, []Message, Ignored) {
	after, sent, why := OnGetState(c, r, m)
	if why == Accepted && m.OpNumber < r.Collected {
		return r, nil, EntriesDropped
	}
	return after, sent, why
}

// StateExists: after any F failures what is committed is still in the state of some active replica,
// or an entry that such a one can run. So more than F replicas have it. One of the active ones is
// left in any case.
func StateExists() Property {
	return Property{Name: "StateExists", Kinds: []Kind{KindReply},
		Group: func(c Configuration, group []Replica, m Message) bool {
			reply, have := m.(Reply), 0
			for _, r := range group {
				if holds(r.Log, reply) && (!r.isWitness(c) || reply.OpNumber > r.Collected) {
					have++
				}
			}
			return have > c.F()
		}}
}

// RepliesFromActive: only a replica with a state answers. Those numbered from active on are
// witnesses.
func RepliesFromActive(active ReplicaNumber) Property {
	return Property{Name: "RepliesFromActive", Kinds: []Kind{KindReply},
		Message: func(m Message) bool { return m.(Reply).From < active }}
}

// LogCollected is reached when a witness has dropped an entry.
func LogCollected() Property {
	return Property{Name: "LogCollected",
		Replica: func(_ Configuration, r Replica) bool { return r.Collected > 0 }}
}
