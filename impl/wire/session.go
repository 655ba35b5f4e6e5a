// SPDX-License-Identifier: Apache-2.0

// Messages that belong to connections and not to the protocol: who is there, which view it is, how
// a replica is doing, what time it is.

package wire

import "viewstamp/impl/vsr"

// Kinds of this package. They start far above those of the protocol.
const (
	KindHello vsr.Kind = iota + 128
	KindView
	KindStatusRequest
	KindStatus
	KindPing
	KindPong
)

// Role says what the sender of a Hello is.
type Role uint8

const (
	// RoleClient sends requests, of any number of clients, and gets their replies.
	RoleClient Role = iota
	// RoleReplica is the replica Hello.Replica.
	RoleReplica
)

type (
	// Hello is the first message in each direction of a connection.
	Hello struct {
		Role Role
		// Replica is the sender's number if its role is RoleReplica, else 0.
		Replica vsr.ReplicaNumber
		// Replicas is the size of the cluster as the sender knows it.
		Replicas uint8
	}

	// View is a hint for clients: replica From is Normal in ViewNumber, so requests should go to
	// the primary of that view.
	View struct {
		From       vsr.ReplicaNumber
		ViewNumber vsr.ViewNumber
	}

	// StatusRequest asks for a Status.
	StatusRequest struct{}

	// Status is how a replica is doing.
	Status struct {
		From           vsr.ReplicaNumber
		Status         vsr.Status
		ViewNumber     vsr.ViewNumber
		LastNormalView vsr.ViewNumber
		OpNumber       vsr.OpNumber
		CommitNumber   vsr.OpNumber
		// Process is the operating system's number of the process.
		Process uint64
		// RESP is the address of the replica's Redis front end. Empty: it has none.
		RESP string
		// ClocksAgreed is how many clocks of the cluster agree on a time, that of the replica
		// included; 0 if it is not a quorum, and then the replica uses its own. ClockOffset is by
		// how much that time is ahead of the replica's own, in nanoseconds.
		ClocksAgreed uint8
		ClockOffset  vsr.Timestamp
		// StateBytes is the size of the service's state, StateLimit what it may become. Both are 0
		// where nobody knows.
		StateBytes, StateLimit uint64
		// ScrubRounds is how often all of the data file was read since the start, DamageFound how
		// many damaged parts that has found, DamageRepaired how many of them are good again.
		ScrubRounds, DamageFound, DamageRepaired uint64
		// WaitsFor is the entry for which a new primary waits, 0 if it does not: one that nobody
		// supplies, or with WaitsForHead one of which nobody knows whether it was. It goes on if
		// DenialsNeeded replicas deny it. Votes has a vsr.Vote of each replica.
		WaitsFor      vsr.OpNumber
		WaitsForHead  bool
		DenialsNeeded uint8
		Votes         []byte
	}

	// Ping asks another replica for its time.
	Ping struct {
		From vsr.ReplicaNumber
		// Sent is for the sender, and comes back with the answer.
		Sent uint64
	}

	// Pong answers a Ping.
	Pong struct {
		From vsr.ReplicaNumber
		Sent uint64        // Of the Ping.
		Wall vsr.Timestamp // What the sender's clock shows.
	}
)

// Kind of each message.
func (*Hello) Kind() vsr.Kind         { return KindHello }
func (*View) Kind() vsr.Kind          { return KindView }
func (*StatusRequest) Kind() vsr.Kind { return KindStatusRequest }
func (*Status) Kind() vsr.Kind        { return KindStatus }
func (*Ping) Kind() vsr.Kind          { return KindPing }
func (*Pong) Kind() vsr.Kind          { return KindPong }

// newSessionMessage is newMessage for the kinds of this file.
func newSessionMessage(kind vsr.Kind) vsr.Message {
	switch kind {
	case KindHello:
		return &Hello{}
	case KindView:
		return &View{}
	case KindStatusRequest:
		return &StatusRequest{}
	case KindStatus:
		return &Status{}
	case KindPing:
		return &Ping{}
	case KindPong:
		return &Pong{}
	}
	return nil
}

// session writes or reads the fields of a message of this file.
func (c *codec) session(m vsr.Message) {
	switch m := m.(type) {
	case *Hello:
		c.hello(m)
	case *View:
		octet(c, &m.From)
		number(c, &m.ViewNumber)
	case *StatusRequest:
	case *Status:
		c.status(m)
	case *Ping:
		octet(c, &m.From)
		number(c, &m.Sent)
	case *Pong:
		octet(c, &m.From)
		number(c, &m.Sent)
		c.timestamp(&m.Wall)
	default:
		c.fail("%T is not a message of the wire", m)
	}
}

func (c *codec) status(m *Status) {
	octet(c, &m.From)
	octet(c, &m.Status)
	number(c, &m.ViewNumber)
	number(c, &m.LastNormalView)
	number(c, &m.OpNumber)
	number(c, &m.CommitNumber)
	number(c, &m.Process)
	address := []byte(m.RESP)
	c.variable(&address)
	if c.decoding {
		m.RESP = string(address)
	}
	octet(c, &m.ClocksAgreed)
	c.timestamp(&m.ClockOffset)
	for _, n := range []*uint64{&m.StateBytes, &m.StateLimit,
		&m.ScrubRounds, &m.DamageFound, &m.DamageRepaired} {
		number(c, n)
	}
	number(c, &m.WaitsFor)
	c.flag(&m.WaitsForHead)
	octet(c, &m.DenialsNeeded)
	c.variable(&m.Votes)
}

func (c *codec) hello(m *Hello) {
	octet(c, &m.Role)
	octet(c, &m.Replica)
	octet(c, &m.Replicas)
	switch {
	case m.Role > RoleReplica:
		c.fail("role %d is unknown", m.Role)
	case m.Role == RoleClient && m.Replica != 0:
		c.fail("a client calls itself replica %d", m.Replica)
	case m.Role == RoleReplica && uint8(m.Replica) >= m.Replicas:
		c.fail("replica %d of %d (replicas count from 0)", m.Replica, m.Replicas)
	}
}
