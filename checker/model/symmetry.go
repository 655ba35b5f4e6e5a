// SPDX-License-Identifier: Apache-2.0

package model

import (
	"viewstamp/checker/mc"
	"viewstamp/spec"
)

// Who can be exchanged with whom, for mc.Options.Symmetry. Replicas cannot: the primary of view v
// is replica v mod N, so two of them that change places change who leads. Clients can: nothing
// looks at a ClientID but to compare it with another one. A crowd of clients is one process, which
// numbers them as they come, so nothing is left to exchange; operations are named after who asks.
//
// Only the messages of §4.1, §4.2 and §5.2 are renamed. In a protocol with further ones that name a
// client the claim is wrong, and the checker says so.

// clientSymmetry returns the claim for a system, or nil if it has no two clients.
func clientSymmetry(s spec.System) *mc.Symmetry[spec.Process, spec.Message] {
	first := s.Replicas()
	var clients []int
	for i := range s.Bounds.Clients {
		clients = append(clients, first+i)
	}
	if len(clients) < 2 {
		return nil
	}
	swap := func(a, b int) clientSwap {
		return clientSwap{spec.ClientID(a - first), spec.ClientID(b - first)}
	}
	return &mc.Symmetry[spec.Process, spec.Message]{
		Alike: [][]int{clients},
		Local: func(a, b int, l spec.Process) spec.Process { return swap(a, b).process(l) },
		Message: func(a, b int, m spec.Message) spec.Message {
			return swap(a, b).message(m)
		},
	}
}

// clientSwap exchanges two clients.
type clientSwap struct{ a, b spec.ClientID }

// client returns who a client is then.
func (x clientSwap) client(c spec.ClientID) spec.ClientID {
	switch c {
	case x.a:
		return x.b
	case x.b:
		return x.a
	default:
		return c
	}
}

// request renames a request and its operation, which is named after the client.
func (x clientSwap) request(r spec.Request) spec.Request {
	if c := x.client(r.ClientID); c != r.ClientID {
		_, sent, _ := spec.SendRequest(spec.Client{ClientID: c, RequestNumber: r.RequestNumber - 1})
		r = sent[0].(spec.Request)
	}
	return r
}

// log renames the clients in a log.
func (x clientSwap) log(l spec.Log) spec.Log {
	var renamed spec.Log
	for n := spec.OpNumber(1); n <= l.OpNumber(); n++ {
		e := l.At(n)
		r := x.request(spec.Request{ClientID: e.ClientID, RequestNumber: e.RequestNumber,
			Operation: e.Operation})
		e.ClientID, e.Operation = r.ClientID, r.Operation
		renamed = renamed.Append(e)
	}
	return renamed
}

// process renames the clients that a process names.
func (x clientSwap) process(l spec.Process) spec.Process {
	switch l := l.(type) {
	case spec.Client:
		l.ClientID = x.client(l.ClientID)
		return l
	case spec.Replica:
		l.Log = x.log(l.Log)
		return l
	}
	return l
}

// message renames the clients that a message names.
func (x clientSwap) message(m spec.Message) spec.Message {
	switch m := m.(type) {
	case spec.Request:
		return x.request(m)
	case spec.Prepare:
		m.Request = x.request(m.Request)
		return m
	case spec.Reply:
		m.ClientID = x.client(m.ClientID)
		return m
	case spec.DoViewChange:
		m.Log = x.log(m.Log)
		return m
	case spec.StartView:
		m.Log = x.log(m.Log)
		return m
	case spec.NewState:
		m.Log = x.log(m.Log)
		return m
	}
	return m
}
