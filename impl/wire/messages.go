// SPDX-License-Identifier: Apache-2.0

// The bodies of the protocol's messages, field by field.

package wire

import (
	"fmt"

	"viewstamp/impl/vsr"
)

// isKind says whether newMessage makes a message of that kind.
func isKind(kind vsr.Kind) bool {
	return kind >= vsr.KindRequest && kind <= vsr.KindRefused ||
		kind >= KindHello && kind <= KindPong
}

// newMessage is an empty message of that kind, or nil if there is no such kind.
func newMessage(kind vsr.Kind) vsr.Message {
	switch kind {
	case vsr.KindRequest:
		return &vsr.Request{}
	case vsr.KindPrepare:
		return &vsr.Prepare{}
	case vsr.KindPrepareOK:
		return &vsr.PrepareOK{}
	case vsr.KindReply:
		return &vsr.Reply{}
	case vsr.KindCommit:
		return &vsr.Commit{}
	case vsr.KindStartViewChange:
		return &vsr.StartViewChange{}
	case vsr.KindDoViewChange:
		return &vsr.DoViewChange{}
	case vsr.KindStartView:
		return &vsr.StartView{}
	case vsr.KindGetState:
		return &vsr.GetState{}
	case vsr.KindNewState:
		return &vsr.NewState{}
	case vsr.KindGetEntries:
		return &vsr.GetEntries{}
	case vsr.KindEntries:
		return &vsr.Entries{}
	case vsr.KindGetCheckpoint:
		return &vsr.GetCheckpoint{}
	case vsr.KindCheckpoint:
		return &vsr.CheckpointPart{}
	case vsr.KindRefused:
		return &vsr.Refused{}
	}
	return newSessionMessage(kind)
}

// body writes or reads the fields of a message. Reading changes m, writing does not.
func (c *codec) body(m vsr.Message) {
	switch m := m.(type) {
	case *vsr.Request:
		c.fixed(m.ClientID[:])
		number(c, &m.RequestNumber)
		number(c, &m.Since)
		c.variable(&m.Operation)
	case *vsr.Refused:
		octet(c, &m.From)
		number(c, &m.ViewNumber)
		c.fixed(m.ClientID[:])
		number(c, &m.RequestNumber)
		number(c, &m.CommitNumber)
		c.flag(&m.Evicted)
	case *vsr.Reply:
		octet(c, &m.From)
		number(c, &m.ViewNumber)
		c.fixed(m.ClientID[:])
		number(c, &m.RequestNumber)
		number(c, &m.OpNumber)
		c.variable(&m.Result)
	case *vsr.Prepare, *vsr.PrepareOK, *vsr.Commit:
		c.normal(m)
	case *vsr.StartViewChange, *vsr.DoViewChange, *vsr.StartView:
		c.viewChange(m)
	case *vsr.GetState, *vsr.NewState, *vsr.GetEntries, *vsr.Entries:
		c.stateTransfer(m)
	case *vsr.GetCheckpoint, *vsr.CheckpointPart:
		c.checkpoint(m)
	default:
		c.session(m)
	}
}

// normal are the messages between replicas of §4.1.
func (c *codec) normal(m vsr.Message) {
	switch m := m.(type) {
	case *vsr.Prepare:
		octet(c, &m.From)
		number(c, &m.ViewNumber)
		c.logName(&m.Parent)
		c.entry(&m.Entry)
		number(c, &m.CommitNumber)
	case *vsr.PrepareOK:
		octet(c, &m.From)
		number(c, &m.ViewNumber)
		number(c, &m.OpNumber)
	case *vsr.Commit:
		octet(c, &m.From)
		number(c, &m.ViewNumber)
		number(c, &m.CommitNumber)
	}
}

// viewChange are the messages of §4.2.
func (c *codec) viewChange(m vsr.Message) {
	switch m := m.(type) {
	case *vsr.StartViewChange:
		octet(c, &m.From)
		number(c, &m.ViewNumber)
	case *vsr.DoViewChange:
		octet(c, &m.From)
		number(c, &m.ViewNumber)
		c.logSuffix(&m.Log)
		number(c, &m.LastNormalView)
		number(c, &m.CommitNumber)
		c.flag(&m.HeadUnknown)
		c.lostRanges(&m.Lost)
	case *vsr.StartView:
		octet(c, &m.From)
		number(c, &m.ViewNumber)
		c.logSuffix(&m.Log)
		number(c, &m.CommitNumber)
	}
}

// stateTransfer are the messages of §5.2, and those that fetch what a message left out.
func (c *codec) stateTransfer(m vsr.Message) {
	switch m := m.(type) {
	case *vsr.GetState:
		octet(c, &m.From)
		number(c, &m.ViewNumber)
		number(c, &m.OpNumber)
	case *vsr.NewState:
		octet(c, &m.From)
		octet(c, &m.To)
		number(c, &m.ViewNumber)
		number(c, &m.After)
		c.logSuffix(&m.Log)
		number(c, &m.CommitNumber)
	case *vsr.GetEntries:
		octet(c, &m.From)
		c.logName(&m.Name)
		number(c, &m.After)
	case *vsr.Entries:
		octet(c, &m.From)
		c.logName(&m.Name)
		c.entries(&m.Entries)
		if uint64(len(m.Entries)) > uint64(m.Name.OpNumber) {
			c.fail("%d entries of a log of %d", len(m.Entries), m.Name.OpNumber)
		}
	}
}

// checkpoint are the messages that fetch a checkpoint, and tell of one (§5.1).
func (c *codec) checkpoint(m vsr.Message) {
	switch m := m.(type) {
	case *vsr.GetCheckpoint:
		octet(c, &m.From)
		c.logName(&m.Name)
		number(c, &m.Offset)
	case *vsr.CheckpointPart:
		octet(c, &m.From)
		c.logName(&m.Name)
		c.fixed(m.Root[:])
		number(c, &m.Size)
		number(c, &m.Offset)
		c.variable(&m.Bytes)
		if c.err == nil && (m.Offset > m.Size || uint64(len(m.Bytes)) > m.Size-m.Offset) {
			c.fail("%d bytes at %d of a state of %d bytes", len(m.Bytes), m.Offset, m.Size)
		}
	}
}

// Append appends the frame of a message to b. It returns b unchanged and an error if the body would
// be above maxBody (zero is DefaultMaxBody), or if the message is not one that a replica can make.
func Append(b []byte, cluster ClusterID, m vsr.Message, maxBody int) ([]byte, error) {
	if maxBody == 0 {
		maxBody = DefaultMaxBody
	}
	start := len(b)
	c := codec{bytes: append(b, make([]byte, HeaderSize)...)}
	c.body(m)
	if c.err != nil {
		return b, fmt.Errorf("wire: encode %T: %w", m, c.err)
	}
	body := c.bytes[start+HeaderSize:]
	if len(body) > maxBody {
		return b, fmt.Errorf("wire: encode %T: %w: %d bytes, the limit is %d",
			m, ErrTooLarge, len(body), maxBody)
	}
	putHeader(c.bytes[start:], cluster, m.Kind(), body)
	return c.bytes, nil
}

// decodeBody is the inverse of body. Bytes that are left over are an error. If the body is owned,
// the message may keep parts of it; else it gets copies, in that memory.
func decodeBody(kind vsr.Kind, body []byte, owned bool, in *memory) (vsr.Message, error) {
	m := in.message(kind)
	c := codec{decoding: true, owned: owned, memory: in, bytes: body}
	c.body(m)
	if c.err == nil && c.at != len(body) {
		c.fail("%d bytes are left over", len(body)-c.at)
	}
	if c.err != nil {
		return nil, fmt.Errorf("wire: decode %T: %w", m, c.err)
	}
	return m, nil
}

// From is the replica that a message names as its sender. It is false for a message of a client.
func From(m vsr.Message) (vsr.ReplicaNumber, bool) {
	switch m := m.(type) {
	case *vsr.Prepare:
		return m.From, true
	case *vsr.PrepareOK:
		return m.From, true
	case *vsr.Reply:
		return m.From, true
	case *vsr.Commit:
		return m.From, true
	case *vsr.StartViewChange:
		return m.From, true
	case *vsr.DoViewChange:
		return m.From, true
	case *vsr.StartView:
		return m.From, true
	case *vsr.GetState:
		return m.From, true
	case *vsr.NewState:
		return m.From, true
	case *vsr.GetEntries:
		return m.From, true
	case *vsr.Entries:
		return m.From, true
	case *vsr.GetCheckpoint:
		return m.From, true
	case *vsr.CheckpointPart:
		return m.From, true
	case *vsr.Refused:
		return m.From, true
	case *View:
		return m.From, true
	case *Status:
		return m.From, true
	case *Ping:
		return m.From, true
	case *Pong:
		return m.From, true
	}
	return 0, false
}
