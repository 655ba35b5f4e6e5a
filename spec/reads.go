// SPDX-License-Identifier: Apache-2.0

package spec

import (
	"fmt"
	"slices"
)

// §6.3.1 Reads at the primary: it answers them from its own state, without the backups, as long
// as it holds leases.
//
// There are no clocks here. A lease that ends is the step EndLease of whoever holds it, and whoever
// gave it may act only afterwards: that is what a bound on the drift of the clocks buys, and all
// that the protocol takes from it. LEASEOVER stands for time that has passed, not for a message.

// LeasePhase is how far a lease has got.
type LeasePhase uint8

const (
	// NoLease: none was given in this view.
	NoLease LeasePhase = iota
	// Valid: the lease counts.
	Valid
	// Expired: the lease is over. There is one lease in each view.
	Expired
)

// Lease is the latest lease that a replica holds, or has given. It is one of a view of an epoch:
// the views of the next epoch have the same numbers (5.18r).
type Lease struct {
	ViewNumber  ViewNumber
	Phase       LeasePhase
	EpochNumber EpochNumber // 0 where the group does not change.
}

// of says whether the lease is one of view v in the epoch that the replica is in.
func (l Lease) of(r Replica, v ViewNumber) bool {
	return l.Phase != NoLease && l.EpochNumber == r.EpochNumber && l.ViewNumber == v
}

// promised says whether the replica has given a lease that is not over. Those of an earlier epoch
// are: no other has led that view or a later one while they lasted, so that who reads by them has
// committed the RECONFIGURATION, and reads no more.
func (r Replica) promised() bool {
	return r.Given.Phase == Valid && r.Given.EpochNumber == r.EpochNumber
}

// Reads bounds how many reads the clients send.
const Reads Budget = "reads"

// Reasons of reads and leases.
const (
	// NoValidLease: the primary holds no lease, so another may have replaced it.
	NoValidLease Ignored = "no-valid-lease"
	// InheritedNotCommitted: the log has entries of earlier views that the primary does not
	// know to be committed (D29).
	InheritedNotCommitted Ignored = "inherited-not-committed"
	// LeaseGiven: the replica has given a lease that is not over.
	LeaseGiven Ignored = "lease-given"
	// LeaseKnown: this lease has been given, or is over.
	LeaseKnown Ignored = "lease-known"
)

type (
	// Read is a read by a client that has a reply to the operation After.
	Read struct {
		ClientID ClientID
		After    OpNumber
	}

	// ReadReply is the answer to that read: the state after the first CommitNumber operations.
	ReadReply struct {
		From         ReplicaNumber
		ViewNumber   ViewNumber
		After        OpNumber
		CommitNumber OpNumber
	}

	// GiveLease is the promise of a backup to let no view after ViewNumber start before its
	// lease is over.
	GiveLease struct {
		From       ReplicaNumber
		ViewNumber ViewNumber
	}

	// LeaseOver says that the leases of the primary of ViewNumber are over.
	LeaseOver struct {
		From       ReplicaNumber
		ViewNumber ViewNumber
	}
)

// Kind of each message.
func (Read) Kind() Kind      { return KindRead }
func (ReadReply) Kind() Kind { return KindReadReply }
func (GiveLease) Kind() Kind { return KindGiveLease }
func (LeaseOver) Kind() Kind { return KindLeaseOver }

func (m GiveLease) sender() ReplicaNumber { return m.From }
func (m LeaseOver) sender() ReplicaNumber { return m.From }

// ReadsAtPrimary is the protocol of the durable replicas, with reads at the primary.
func ReadsAtPrimary() Protocol {
	return WithLeases(ViewstampedReplication()).named("reads at the primary")
}

// WithLeases adds reads at the primary, and the leases for them, to a protocol.
func WithLeases(p Protocol) Protocol {
	p.Name += ", leases"
	p = p.Replace("OnStartViewChange", UnlessLeaseGiven(p.Step("OnStartViewChange").Do))
	p.Steps = append(slices.Clone(p.Steps),
		Step{Name: "SendRead", Client: true, On: []Kind{KindReply}, Spends: Reads, Do: sendRead},
		Step{Name: "OnRead", On: []Kind{KindRead}, Do: ByReplica(OnRead)},
		Step{Name: "SendLease", Do: Spontaneous(SendLease)},
		Step{Name: "OnLease", On: []Kind{KindGiveLease}, Quorum: Configuration.LeaseOthers,
			Wants: WantsLease, Do: ByQuorum(OnLease)},
		Step{Name: "EndLease", Do: Spontaneous(EndLease)},
		Step{Name: "OnLeaseOver", On: []Kind{KindLeaseOver}, Do: ByReplica(OnLeaseOver)})
	return p
}

// ReadsSeeWrites: a read sees the operation whose reply its client had before.
func ReadsSeeWrites() Property {
	return Property{Name: "ReadsSeeWrites", Kinds: []Kind{KindReadReply},
		Message: func(m Message) bool {
			reply := plain(m).(ReadReply)
			return reply.CommitNumber >= reply.After
		}}
}

// ReadInLaterView is reached when a primary after the first has answered a read.
func ReadInLaterView() Property {
	return Property{Name: "ReadInLaterView", Kinds: []Kind{KindReadReply},
		Message: func(m Message) bool { return plain(m).(ReadReply).ViewNumber > 0 }}
}

// sendRead is the row SendRead of the table: a client that has a reply reads.
func sendRead(_ Configuration, p Process, in []Message, _ int) (Process, []Message, Ignored) {
	reply := in[0].(Reply)
	if cl, ok := p.(Client); ok && cl.ClientID != reply.ClientID {
		return p, nil, NotForMe
	}
	return p, []Message{Read{reply.ClientID, reply.OpNumber}}, Accepted
}

// OnRead is §6.3.1: the primary answers from what it has executed.
//
// Diverges (§6.3.1): not before all that it inherited from earlier views is committed. Without that
// it may not have executed what the primary before it has (D29).
func OnRead(c Configuration, r Replica, m Read) (Replica, []Message, Ignored) {
	if why := mayRead(c, r); why != Accepted {
		return r, nil, why
	}
	return AnswerRead(r, m)
}

// AnswerRead answers a read, whatever the replica may know.
func AnswerRead(r Replica, m Read) (Replica, []Message, Ignored) {
	return r, []Message{ReadReply{r.ReplicaNumber, r.ViewNumber, m.After, r.CommitNumber}}, Accepted
}

// mayRead says why a replica may not answer reads.
func mayRead(c Configuration, r Replica) Ignored {
	switch {
	case r.Status != Normal:
		return NotNormal
	case !r.isPrimary(c):
		return NotPrimary
	case r.Lease.Phase != Valid || !r.Lease.of(r, r.ViewNumber):
		return NoValidLease
	case r.CommitNumber < r.Inherited():
		return InheritedNotCommitted
	}
	return Accepted
}

// Inherited is how much of the log was assigned in earlier views than the replica's: for a primary
// the op-number at which its view started.
func (r Replica) Inherited() OpNumber {
	n := r.OpNumber()
	for n > r.EpochOp && r.Log.At(n).ViewNumber == r.ViewNumber {
		n--
	}
	return n
}

// SendLease gives the primary of the view a lease. From here on the replica sends no DOVIEWCHANGE.
func SendLease(c Configuration, r Replica) (Replica, []Message, Ignored) {
	switch {
	case r.Status != Normal:
		return r, nil, NotNormal
	case r.isPrimary(c):
		return r, nil, NotBackup
	case r.Given.of(r, r.ViewNumber):
		return r, nil, LeaseKnown
	}
	r.Given = Lease{r.ViewNumber, Valid, r.EpochNumber}
	return r, []Message{GiveLease{r.ReplicaNumber, r.ViewNumber}}, Accepted
}

// WantsLease: a lease counts in the view that it names.
func WantsLease(_ Configuration, r Replica, m Message) bool {
	return m.(GiveLease).ViewNumber == r.ViewNumber
}

// OnLease takes the leases of so many others that no view can start without one of them.
func OnLease(c Configuration, r Replica, _ []GiveLease) (Replica, []Message, Ignored) {
	switch {
	case r.Status != Normal:
		return r, nil, NotNormal
	case !r.isPrimary(c):
		return r, nil, NotPrimary
	case r.Lease.of(r, r.ViewNumber):
		return r, nil, LeaseKnown
	}
	r.Lease = Lease{r.ViewNumber, Valid, r.EpochNumber}
	return r, nil, Accepted
}

// EndLease is the moment at which the leases of the primary of the last normal view are over,
// whether it held any or not.
func EndLease(c Configuration, r Replica) (Replica, []Message, Ignored) {
	switch {
	case c.Primary(r.LastNormalView) != r.ReplicaNumber:
		return r, nil, NotPrimary
	case r.Lease.Phase == Expired && r.Lease.of(r, r.LastNormalView):
		return r, nil, LeaseKnown
	}
	r.Lease = Lease{r.LastNormalView, Expired, r.EpochNumber}
	return r, []Message{LeaseOver{r.ReplicaNumber, r.LastNormalView}}, Accepted
}

// OnLeaseOver is the moment at which the lease that the replica has given is over. It comes after
// EndLease, since the clocks drift no more than they may.
func OnLeaseOver(_ Configuration, r Replica, m LeaseOver) (Replica, []Message, Ignored) {
	if !r.promised() || r.Given.ViewNumber != m.ViewNumber {
		return r, nil, LeaseKnown
	}
	r.Given.Phase = Expired
	return r, nil, Accepted
}

// UnlessLeaseGiven is a step that a replica does not take while it has given a lease. A restart
// does not end the lease: a replica that has forgotten whether it gave one waits as long as one
// can last (D7).
func UnlessLeaseGiven(do Do) Do {
	return func(c Configuration, p Process, in []Message, choice int) (
		Process, []Message, Ignored,
	) {
		after, sent, why := do(c, p, in, choice)
		if why == Accepted && p.(Replica).promised() {
			return p, nil, LeaseGiven
		}
		return after, sent, why
	}
}

// What the messages and leases print as.

func (m Read) String() string { return fmt.Sprintf("READ(after x=%d)", m.After) }

func (m ReadReply) String() string {
	return fmt.Sprintf("READREPLY(v=%d k=%d after x=%d)", m.ViewNumber, m.CommitNumber, m.After)
}

func (m GiveLease) String() string { return fmt.Sprintf("LEASE(v=%d i=%d)", m.ViewNumber, m.From) }
func (m LeaseOver) String() string { return fmt.Sprintf("LEASEOVER(v=%d)", m.ViewNumber) }

func (l Lease) String() string {
	text := fmt.Sprintf("%s in view %d", [...]string{"none", "valid", "expired"}[l.Phase],
		l.ViewNumber)
	if l.EpochNumber > 0 {
		text += fmt.Sprintf(" of e=%d", l.EpochNumber)
	}
	return text
}
