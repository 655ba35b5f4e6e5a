// SPDX-License-Identifier: Apache-2.0

package spec

import (
	"fmt"
	"math/bits"
	"strings"
)

// §7 Reconfiguration: what an epoch is, and the messages about epochs. The steps of the replicas
// are in reconfiguration.go.
//
// Where groups change, a ReplicaNumber is the address of a replica: it is the same in all groups.
// The paper's replica-number is the position of the address in the sorted group, Index.

// EpochNumber is e. The first epoch is 0.
type EpochNumber int

// Members is a set of replicas: bit i is replica i. Empty, the group is numbered from 0.
type Members uint32

// String lists the replicas: 123. It is empty for a group that is numbered from 0.
func (m Members) String() string {
	var b strings.Builder
	for i := range addresses {
		if m>>i&1 == 1 {
			b.WriteByte(addresses[i])
		}
	}
	return b.String()
}

// Group is the group of these replicas. Equal groups are equal values.
func Group(replicas ...ReplicaNumber) Configuration {
	c := Configuration{}
	for _, i := range replicas {
		c.Members |= 1 << i
	}
	c.N = bits.OnesCount32(uint32(c.Members))
	if c.Members == 1<<c.N-1 {
		c.Members = 0
	}
	return c
}

// Has says whether a replica is in the group.
func (c Configuration) Has(i ReplicaNumber) bool {
	if c.Members == 0 {
		return int(i) < c.N
	}
	return c.Members>>i&1 == 1
}

// Member is the replica at that place of the sorted group.
func (c Configuration) Member(index int) ReplicaNumber {
	if c.Members == 0 {
		return ReplicaNumber(index)
	}
	rest := uint32(c.Members)
	for range index {
		rest &= rest - 1
	}
	return ReplicaNumber(bits.TrailingZeros32(rest))
}

// Index is the place of a member in the sorted group.
func (c Configuration) Index(i ReplicaNumber) int {
	if c.Members == 0 {
		return int(i)
	}
	return bits.OnesCount32(uint32(c.Members) & (1<<i - 1))
}

// Operation is the operation of a RECONFIGURATION that asks for this group. The service never
// executes it.
func (c Configuration) Operation() Operation { return Operation("→" + c.String()) }

// NewGroup is the group that an operation asks for. It is false for all operations but those of
// RECONFIGURATION.
func (o Operation) NewGroup() (Configuration, bool) {
	names, ok := strings.CutPrefix(string(o), "→")
	if !ok {
		return Configuration{}, false
	}
	var members []ReplicaNumber
	for _, name := range names {
		members = append(members, ReplicaNumber(strings.IndexRune(addresses, name)))
	}
	return Group(members...), true
}

// addresses are the names of the replicas in the name of a group.
const addresses = "0123456789abcdefghijklmnopqrstuv"

// String lists the addresses: 012.
func (c Configuration) String() string {
	var b strings.Builder
	for index := range c.N {
		b.WriteByte(addresses[c.Member(index)])
	}
	return b.String()
}

// Viewstamp is a view of an epoch.
type Viewstamp struct {
	EpochNumber EpochNumber
	ViewNumber  ViewNumber
}

// Epoch is what a replica knows of the epoch that it is in. All of it survives a crash.
type Epoch struct {
	EpochNumber EpochNumber
	// Configuration is the group; OldConfiguration is that of the epoch before.
	Configuration    Configuration
	OldConfiguration Configuration
	// EpochOp is the op-number of the RECONFIGURATION that began the epoch: the state of the
	// epoch before ends there.
	EpochOp OpNumber
	// EpochStamp is the view that assigned that entry. A replica whose entry carries another
	// stamp, or that has none, does not hold what was committed.
	EpochStamp Viewstamp
}

// String is the number, the groups and the RECONFIGURATION: e=1 012→123 n=2@0.0.
func (e Epoch) String() string {
	if e.EpochNumber == 0 {
		return fmt.Sprintf("e=0 %v", e.Configuration)
	}
	return fmt.Sprintf("e=%d %v→%v n=%d@%d.%d", e.EpochNumber, e.OldConfiguration,
		e.Configuration, e.EpochOp, e.EpochStamp.EpochNumber, e.EpochStamp.ViewNumber)
}

type (
	// OfEpoch is a message together with the epoch that its sender is in. Where reconfiguration
	// is modelled all messages of §4 and §5.2 are sent like this.
	OfEpoch struct {
		EpochNumber EpochNumber
		Message     Message
	}

	// Reconfiguration is ⟨RECONFIGURATION e, c, s, new-config⟩ (§7.1) from the administrator: the
	// group of epoch e shall be replaced. The operation of the request is the new group.
	Reconfiguration struct {
		EpochNumber EpochNumber
		Request     Request
	}

	// StartEpoch is ⟨STARTEPOCH e, n, old-config, new-config⟩ (§7.1): the epoch has begun.
	//
	// Diverges (§7.1): it carries the stamp of the entry n as well, so that a replica knows whether
	// its own entry is that one (5.18k). ViewNumber is 0: claim C-301 is about another one.
	StartEpoch struct {
		From       ReplicaNumber
		Epoch      Epoch
		ViewNumber ViewNumber
	}

	// EpochStarted is ⟨EPOCHSTARTED e, i⟩ (§7.1): replica i has the state of the epoch.
	EpochStarted struct {
		From        ReplicaNumber
		EpochNumber EpochNumber
	}

	// CheckEpoch is ⟨CHECKEPOCH e, c, s⟩ (§7.3) from the administrator: the answer says that
	// epoch e works.
	CheckEpoch struct {
		EpochNumber EpochNumber
		Request     Request
	}

	// NewEpoch is ⟨NEWEPOCH e, v, new-config⟩ (§7.4) to a client that asks in an older epoch.
	NewEpoch struct {
		From          ReplicaNumber
		ClientID      ClientID
		EpochNumber   EpochNumber
		ViewNumber    ViewNumber
		Configuration Configuration
	}
)

// Kind of each message.
func (m OfEpoch) Kind() Kind       { return m.Message.Kind() }
func (Reconfiguration) Kind() Kind { return KindReconfiguration }
func (StartEpoch) Kind() Kind      { return KindStartEpoch }
func (EpochStarted) Kind() Kind    { return KindEpochStarted }
func (CheckEpoch) Kind() Kind      { return KindCheckEpoch }
func (NewEpoch) Kind() Kind        { return KindNewEpoch }

func (m OfEpoch) String() string { return fmt.Sprintf("%v in e=%d", m.Message, m.EpochNumber) }

func (m Reconfiguration) String() string {
	return fmt.Sprintf("RECONFIGURATION(e=%d %s)", m.EpochNumber, m.Request.Operation)
}

func (m StartEpoch) String() string { return fmt.Sprintf("STARTEPOCH(%v i=%d)", m.Epoch, m.From) }

func (m EpochStarted) String() string {
	return fmt.Sprintf("EPOCHSTARTED(e=%d i=%d)", m.EpochNumber, m.From)
}

func (m CheckEpoch) String() string { return fmt.Sprintf("CHECKEPOCH(e=%d)", m.EpochNumber) }

func (m NewEpoch) String() string {
	return fmt.Sprintf("NEWEPOCH(e=%d v=%d %v)", m.EpochNumber, m.ViewNumber, m.Configuration)
}

// senderOfEpoch is Sender of the messages of this file.
func senderOfEpoch(m Message) (ReplicaNumber, bool) {
	switch m := m.(type) {
	case StartEpoch:
		return m.From, true
	case EpochStarted:
		return m.From, true
	case NewEpoch:
		return m.From, true
	case OfEpoch:
		return Sender(m.Message)
	}
	return 0, false
}

// plain is the message without the epoch of its sender.
func plain(m Message) Message {
	if stamped, ok := m.(OfEpoch); ok {
		return stamped.Message
	}
	return m
}

// ofEpoch stamps all messages with the epoch.
func ofEpoch(e EpochNumber, messages []Message) []Message {
	stamped := make([]Message, len(messages))
	for i, m := range messages {
		stamped[i] = OfEpoch{e, m}
	}
	return stamped
}
