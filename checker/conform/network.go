// SPDX-License-Identifier: Apache-2.0

package conform

// The network is the set of all messages ever sent, as in the spec. A message
// is put there when its step is checked, and is looked for when it is received.

import "viewstamp/spec"

// messageKey tells messages apart in little memory. Which field of the message
// a, b and c hold depends on the kind.
type messageKey struct {
	kind     spec.Kind
	from, to uint8
	c        int32
	view     spec.ViewNumber
	a, b     int64
	log      spec.Log
}

// mark is what is known of a message.
type mark struct {
	times    uint32 // How many steps have sent it that are not undone.
	received bool   // Another replica has received it.
}

// network holds the messages of the replicas and, if they are traced, of the
// clients.
type network struct {
	marks    map[messageKey]mark
	requests map[requestKey]spec.Operation // Nil: the clients are not traced.
}

// requestKey tells requests apart.
type requestKey struct {
	client spec.ClientID
	number spec.RequestNumber
}

func newNetwork(clientsTraced bool) network {
	n := network{marks: map[messageKey]mark{}}
	if clientsTraced {
		n.requests = map[requestKey]spec.Operation{}
	}
	return n
}

// keyed adds to a message of the spec its key. log is the log that the message
// names.
func keyed(m spec.Message, log spec.Log) refined {
	key := messageKey{kind: m.Kind(), log: log}
	switch m := m.(type) {
	case spec.Prepare:
		key.from, key.view, key.b = uint8(m.From), m.ViewNumber, int64(m.CommitNumber)
	case spec.PrepareOK:
		key.from, key.view, key.a = uint8(m.From), m.ViewNumber, int64(m.OpNumber)
	case spec.Reply:
		key.from, key.view = uint8(m.From), m.ViewNumber
		key.a, key.b, key.c = int64(m.OpNumber), int64(m.RequestNumber), int32(m.ClientID)
	case spec.Commit:
		key.from, key.view, key.b = uint8(m.From), m.ViewNumber, int64(m.CommitNumber)
	case spec.StartViewChange:
		key.from, key.view = uint8(m.From), m.ViewNumber
	case spec.DoViewChange:
		key.from, key.view = uint8(m.From), m.ViewNumber
		key.a, key.b = int64(m.LastNormalView), int64(m.CommitNumber)
		if m.HeadUnknown {
			key.c = 1
		}
	case spec.StartView:
		key.from, key.view, key.b = uint8(m.From), m.ViewNumber, int64(m.CommitNumber)
	case spec.GetState:
		key.from, key.view, key.a = uint8(m.From), m.ViewNumber, int64(m.OpNumber)
	case spec.NewState:
		key.from, key.to, key.view = uint8(m.From), uint8(m.To), m.ViewNumber
		key.a, key.b = int64(m.After), int64(m.CommitNumber)
	}
	return refined{message: m, key: key}
}

// send puts a message into the network. If the clients are not traced, nobody
// ever receives a REPLY, so it is not kept.
func (n *network) send(key messageKey) {
	if key.kind == spec.KindReply && n.requests == nil {
		return
	}
	m := n.marks[key]
	m.times++
	n.marks[key] = m
}

// sent says whether the message is in the network. Any request is, if clients
// are not traced.
func (n *network) sent(m refined) bool {
	request, ok := m.message.(spec.Request)
	if !ok {
		return n.marks[m.key].times > 0
	}
	if n.requests == nil {
		return true
	}
	operation, ok := n.requests[requestKey{request.ClientID, request.RequestNumber}]
	return ok && operation == request.Operation
}

// receive notes that another replica has received the message.
func (n *network) receive(key messageKey) {
	if key.kind == spec.KindRequest {
		return
	}
	if m := n.marks[key]; !m.received {
		m.received = true
		n.marks[key] = m
	}
}

// unsend takes a message back whose step is lost. It reports whether somebody
// had received it though it has never been sent now.
func (n *network) unsend(key messageKey) (leaked bool) {
	if key.kind == spec.KindReply && n.requests == nil {
		return false
	}
	m := n.marks[key]
	m.times--
	if m.times == 0 && !m.received {
		delete(n.marks, key)
		return false
	}
	n.marks[key] = m
	return m.times == 0
}
