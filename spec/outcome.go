// SPDX-License-Identifier: Apache-2.0

package spec

import (
	"math/bits"
	"slices"
	"strings"
)

// What becomes of a message at a process: the step that takes it, or the reason why none does. The
// table of all cases is [Outcomes]; [Protocol.Decide] is what the steps themselves say.

// Reasons of whoever counts the messages of a quorum. A step that takes a quorum is not asked
// before there is one, so no step gives them.
const (
	// BelowQuorum: the message counts, and more of its kind are needed.
	BelowQuorum Ignored = "below-quorum"
	// NonceMismatch: the answer belongs to another recovery.
	NonceMismatch Ignored = "nonce-mismatch"
)

// Role is what a process is in its view, as far as its answer to a message depends on it; or a set
// of such roles.
type Role uint16

// The roles: of replicas, then of clients.
const (
	// NormalPrimary leads its view.
	NormalPrimary Role = 1 << iota
	// NormalBackup follows the primary of its view.
	NormalBackup
	// WaitingPrimary waits for the view that it will lead.
	WaitingPrimary
	// WaitingBackup waits for a view that another will lead.
	WaitingBackup
	// RecoveringReplica has lost its state.
	RecoveringReplica
	// IdleClient has no request outstanding.
	IdleClient
	// WaitingClient waits for a reply.
	WaitingClient
	// ManyClients is a Crowd.
	ManyClients
	// TransitioningReplica waits for the state of its epoch, or for others to have it.
	TransitioningReplica
	// ShutDownReplica is in no group.
	ShutDownReplica
	// TheAdministrator asks for new groups.
	TheAdministrator
)

// Sets of roles.
const (
	AnyNormal  = NormalPrimary | NormalBackup
	AnyWaiting = WaitingPrimary | WaitingBackup
	AnyClient  = IdleClient | WaitingClient | ManyClients | TheAdministrator
	AnyReplica = AnyNormal | AnyWaiting | RecoveringReplica
)

// Roles lists the roles where groups do not change, those of replicas first.
func Roles() []Role {
	var all []Role
	for r := NormalPrimary; r <= ManyClients; r <<= 1 {
		all = append(all, r)
	}
	return all
}

// EpochRoles lists all roles, those of replicas first.
func EpochRoles() []Role {
	all := slices.Insert(Roles(), 5, TransitioningReplica, ShutDownReplica)
	return append(all, TheAdministrator)
}

// String is what the table calls one role.
func (r Role) String() string {
	return [...]string{"Normal, primary", "Normal, backup", "ViewChange, primary to be",
		"ViewChange, other", "Recovering", "client, idle", "client, waiting",
		"crowd", "Transitioning", "ShutDown", "administrator"}[bits.TrailingZeros16(uint16(r))]
}

// OfClient says whether the role is one of a client.
func (r Role) OfClient() bool { return r&AnyClient != 0 }

// RoleOf is the role of a process.
func RoleOf(c Configuration, p Process) Role {
	switch p := p.(type) {
	case Crowd:
		return ManyClients
	case Administrator:
		return TheAdministrator
	case Client:
		if p.Outstanding {
			return WaitingClient
		}
		return IdleClient
	case Replica:
		primary := p.isPrimary(p.Group(c))
		switch {
		case p.Status == Transitioning:
			return TransitioningReplica
		case p.Status == ShutDown:
			return ShutDownReplica
		case p.Status == Recovering:
			return RecoveringReplica
		case p.Status == ViewChange && primary:
			return WaitingPrimary
		case p.Status == ViewChange:
			return WaitingBackup
		case !primary:
			return NormalBackup
		}
	}
	return NormalPrimary
}

// Relation is the view of a message compared with that of the replica, or its epoch if that is
// another one; or a set of such.
type Relation uint8

// The relations. A message that names no view counts as one of the same view, and so does all that
// a client receives but NEWEPOCH.
const (
	Older Relation = 1 << iota
	Same
	Newer
	OfOlderEpoch
	OfNewerEpoch

	AnyView    = Older | Same | Newer
	OtherEpoch = OfOlderEpoch | OfNewerEpoch
)

// Relations lists those within an epoch.
func Relations() []Relation { return []Relation{Older, Same, Newer} }

// EpochRelations lists all of them, from old to new.
func EpochRelations() []Relation {
	return []Relation{OfOlderEpoch, Older, Same, Newer, OfNewerEpoch}
}

// String is what the table calls one relation.
func (r Relation) String() string {
	return [...]string{"older", "same", "newer", "older epoch's",
		"newer epoch's"}[bits.TrailingZeros8(uint8(r))]
}

// RelationOf compares the epoch of a message, and then its view, with that of a process.
func RelationOf(p Process, m Message) Relation {
	r, isReplica := p.(Replica)
	if cl, ok := p.(Client); ok && m.Kind() == KindNewEpoch {
		r.EpochNumber = cl.EpochNumber
	}
	e, stamped := epochOf(m)
	stamped = stamped && (isReplica || m.Kind() == KindNewEpoch)
	v, named := View(plain(m))
	switch {
	case stamped && e < r.EpochNumber:
		return OfOlderEpoch
	case stamped && e > r.EpochNumber:
		return OfNewerEpoch
	case !isReplica || !named || v == r.ViewNumber:
		return Same
	case v < r.ViewNumber:
		return Older
	}
	return Newer
}

// epochOf is the epoch that a message names. It is false for those that name none.
func epochOf(m Message) (EpochNumber, bool) {
	switch m := m.(type) {
	case OfEpoch:
		return m.EpochNumber, true
	case Reconfiguration:
		return m.EpochNumber, true
	case CheckEpoch:
		return m.EpochNumber, true
	case StartEpoch:
		return m.Epoch.EpochNumber, true
	case EpochStarted:
		return m.EpochNumber, true
	case NewEpoch:
		return m.EpochNumber, true
	}
	return 0, false
}

// View is the view that a message names. It is false for those that name none.
func View(m Message) (ViewNumber, bool) {
	switch m := m.(type) {
	case Prepare:
		return m.ViewNumber, true
	case PrepareOK:
		return m.ViewNumber, true
	case Reply:
		return m.ViewNumber, true
	case Commit:
		return m.ViewNumber, true
	case StartViewChange:
		return m.ViewNumber, true
	case DoViewChange:
		return m.ViewNumber, true
	case StartView:
		return m.ViewNumber, true
	case GetState:
		return m.ViewNumber, true
	case NewState:
		return m.ViewNumber, true
	case RecoveryResponse:
		return m.ViewNumber, true
	case GiveLease:
		return m.ViewNumber, true
	case LeaseOver:
		return m.ViewNumber, true
	case CheckpointOffer:
		return m.ViewNumber, true
	}
	return 0, false
}

// NamesView says whether messages of a kind name a view.
func NamesView(kind Kind) bool {
	switch kind {
	case KindRequest, KindRecovery, KindRead, KindClientRecovery, KindClientNumber,
		KindGetEntries, KindEntries, KindReadHead, KindCheckpointed, KindReconfiguration,
		KindStartEpoch, KindEpochStarted, KindCheckEpoch, KindNewEpoch, KindNoOp:
		return false
	}
	return true
}

// Receiver is the one replica that a message goes to. It is false for what goes to all, and to
// clients.
func Receiver(c Configuration, m Message) (ReplicaNumber, bool) {
	switch m := m.(type) {
	case PrepareOK:
		return c.Primary(m.ViewNumber), true
	case DoViewChange:
		return c.Primary(m.ViewNumber), true
	case GiveLease:
		return c.Primary(m.ViewNumber), true
	case NewState:
		return m.To, true
	case RecoveryResponse:
		return m.To, true
	case CheckpointOffer:
		return m.To, true
	}
	return 0, false
}

// Decide says what becomes of a message that arrives at a process: the steps that take it, or, if
// there is none, the reason that the step named after the message gives. A quorum is made with
// the messages that the process holds, its own one among them.
func (p Protocol) Decide(c Configuration, at Process, m Message, held ...Message) (
	steps []string, why Ignored,
) {
	_, isReplica := at.(Replica)
	for _, step := range p.Steps {
		if step.Client == isReplica || !slices.Contains(step.On, m.Kind()) {
			continue
		}
		answer := step.answer(c, at, m, held)
		if answer == Accepted {
			steps = append(steps, step.Name)
		} else if why == Accepted || namedAfter(step.Name, m.Kind(), at) {
			why = answer
		}
	}
	if len(steps) > 0 {
		why = Accepted
	}
	return steps, why
}

// namedAfter says whether the step is the one to ask why a message is ignored. Those that make a
// replica complete in its epoch speak for it while it is not.
func namedAfter(step string, kind Kind, at Process) bool {
	r, ok := at.(Replica)
	return strings.EqualFold(step, "On"+kind.String()) ||
		ok && r.Status == Transitioning && strings.HasSuffix(step, "EpochState")
}

// answer is what one step says to a message.
func (s Step) answer(c Configuration, at Process, m Message, held []Message) Ignored {
	if s.Quorum == nil {
		_, _, why := s.Do(c, at, []Message{m}, 0)
		return why
	}
	if r, ok := at.(Replica); ok && s.Wants != nil && !s.Wants(c, r, m) {
		return s.unwanted(c, r, m)
	}
	group := c
	if r, ok := at.(Replica); ok {
		group = r.Group(c)
	}
	in := s.quorumWith(c, group, at, m, held)
	_, _, why := s.Do(c, at, slices.Clone(in), 0)
	needed := s.Quorum(group)
	if s.Own {
		needed++
	}
	if len(in) < needed && (why == Accepted || why == NoPrimaryOfLatestView || why == OlderView) {
		return BelowQuorum
	}
	return why
}

// unwanted says why a message can be no part of a quorum.
func (s Step) unwanted(c Configuration, r Replica, m Message) Ignored {
	answer, isAnswer := plain(m).(RecoveryResponse)
	relation := RelationOf(r, m)
	_, started := m.(EpochStarted)
	switch {
	case started && r.Status == ShutDown:
		return IsShutDown
	case started && relation == OfOlderEpoch:
		return OlderEpoch
	case started && relation == OfNewerEpoch:
		return NewerEpoch
	case r.Status == Transitioning || r.Status == ShutDown || relation&OtherEpoch != 0:
	case isAnswer && r.Status == Recovering && answer.To != r.ReplicaNumber:
		return NotForMe
	case isAnswer && r.Status == Recovering:
		return NonceMismatch
	case !isAnswer && r.Status != Recovering && relation == Older:
		return OlderView
	case !isAnswer && r.Status != Recovering && relation == Newer:
		return NewerView
	}
	_, _, why := s.Do(c, r, []Message{m}, 0)
	if why == Accepted { // The step would count what it has counted before.
		return NothingNew
	}
	return why
}

// quorumWith puts the message together with wanted ones of other senders, as many as the step
// takes, the replica's own one first.
func (s Step) quorumWith(c, group Configuration, at Process, m Message, held []Message,
) []Message {
	r, isReplica := at.(Replica)
	first, _ := Sender(m)
	in, from := []Message{m}, []ReplicaNumber{first}
	var own []Message
	for _, other := range held {
		sender, _ := Sender(other)
		switch {
		case other.Kind() != m.Kind() || s.Wants != nil && !s.Wants(c, r, other):
		case isReplica && sender == r.ReplicaNumber:
			own = []Message{other}
		case len(in) < s.Quorum(group) && !slices.Contains(from, sender):
			in, from = append(in, other), append(from, sender)
		}
	}
	if s.Own {
		return append(own, in...)
	}
	return in
}
