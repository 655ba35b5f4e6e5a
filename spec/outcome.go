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
)

// Sets of roles.
const (
	AnyNormal  = NormalPrimary | NormalBackup
	AnyWaiting = WaitingPrimary | WaitingBackup
	AnyClient  = IdleClient | WaitingClient | ManyClients
	AnyReplica = AnyNormal | AnyWaiting | RecoveringReplica
)

// Roles lists all roles, those of replicas first.
func Roles() []Role {
	var all []Role
	for r := NormalPrimary; r <= ManyClients; r <<= 1 {
		all = append(all, r)
	}
	return all
}

// String is what the table calls one role.
func (r Role) String() string {
	return [...]string{"Normal, primary", "Normal, backup", "ViewChange, primary to be",
		"ViewChange, other", "Recovering", "client, idle", "client, waiting",
		"crowd"}[bits.TrailingZeros16(uint16(r))]
}

// OfClient says whether the role is one of a client.
func (r Role) OfClient() bool { return r&AnyClient != 0 }

// RoleOf is the role of a process.
func RoleOf(c Configuration, p Process) Role {
	switch p := p.(type) {
	case Crowd:
		return ManyClients
	case Client:
		if p.Outstanding {
			return WaitingClient
		}
		return IdleClient
	case Replica:
		primary := p.isPrimary(c)
		switch {
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

// Relation is the view of a message compared with that of the replica; or a set of such.
type Relation uint8

// The relations. A message that names no view counts as one of the same view, and so does all that
// a client receives.
const (
	Older Relation = 1 << iota
	Same
	Newer

	AnyView = Older | Same | Newer
)

// Relations lists all of them.
func Relations() []Relation { return []Relation{Older, Same, Newer} }

// String is what the table calls one relation.
func (r Relation) String() string {
	return [...]string{"older", "same", "newer"}[bits.TrailingZeros8(uint8(r))]
}

// RelationOf compares the view of a message with that of a process.
func RelationOf(p Process, m Message) Relation {
	r, isReplica := p.(Replica)
	v, named := View(m)
	switch {
	case !isReplica || !named || v == r.ViewNumber:
		return Same
	case v < r.ViewNumber:
		return Older
	}
	return Newer
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
	}
	return 0, false
}

// NamesView says whether messages of a kind name a view.
func NamesView(kind Kind) bool {
	switch kind {
	case KindRequest, KindRecovery, KindRead, KindClientRecovery, KindClientNumber,
		KindGetEntries, KindEntries:
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
		} else if strings.EqualFold(step.Name, "On"+m.Kind().String()) {
			why = answer
		}
	}
	if len(steps) > 0 {
		why = Accepted
	}
	return steps, why
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
	in := s.quorumWith(c, at, m, held)
	_, _, why := s.Do(c, at, slices.Clone(in), 0)
	needed := s.Quorum(c)
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
	answer, isAnswer := m.(RecoveryResponse)
	relation := RelationOf(r, m)
	switch {
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
	return why
}

// quorumWith puts the message together with wanted ones of other senders, as many as the step
// takes, the replica's own one first.
func (s Step) quorumWith(c Configuration, at Process, m Message, held []Message) []Message {
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
		case len(in) < s.Quorum(c) && !slices.Contains(from, sender):
			in, from = append(in, other), append(from, sender)
		}
	}
	if s.Own {
		return append(own, in...)
	}
	return in
}
