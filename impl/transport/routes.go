// SPDX-License-Identifier: Apache-2.0

// The way back to clients: which connection a client-id was last heard on.

package transport

import (
	"sync"

	"viewstamp/impl/vsr"
)

// origin is where requests come from and replies go to: a connection, or this process itself.
type origin struct {
	send func(vsr.Message)     // must not block
	ids  map[vsr.ClientID]bool // that lead to this origin, or did so once
}

// routes maps client-ids to origins.
type routes struct {
	limit  int // of ids of one origin
	mu     sync.RWMutex
	to     map[vsr.ClientID]*origin
	locals []*origin
}

func (r *routes) newOrigin(send func(vsr.Message)) *origin {
	return &origin{send: send, ids: map[vsr.ClientID]bool{}}
}

// heard notes that the client uses this origin now.
func (r *routes) heard(o *origin, id vsr.ClientID) {
	r.mu.RLock()
	same := r.to[id] == o
	r.mu.RUnlock()
	if same {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(o.ids) >= r.limit {
		// Whoever is still there comes back with its next request, and at worst has to send
		// that twice.
		r.drop(o)
	}
	r.to[id] = o
	o.ids[id] = true
}

// send passes a message on to the client. It is false if the client has no origin.
func (r *routes) send(id vsr.ClientID, m vsr.Message) bool {
	r.mu.RLock()
	o := r.to[id]
	r.mu.RUnlock()
	if o == nil {
		return false
	}
	o.send(m)
	return true
}

// forget removes an origin.
func (r *routes) forget(o *origin) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.drop(o)
	for i, local := range r.locals {
		if local == o {
			r.locals = append(r.locals[:i:i], r.locals[i+1:]...)
			break
		}
	}
}

// drop removes the ids that still lead to this origin.
func (r *routes) drop(o *origin) {
	for id := range o.ids {
		if r.to[id] == o {
			delete(r.to, id)
		}
	}
	clear(o.ids)
}

// toLocals passes a message on to all clients of this process.
func (r *routes) toLocals(m vsr.Message) {
	r.mu.RLock()
	locals := r.locals
	r.mu.RUnlock()
	for _, o := range locals {
		o.send(m)
	}
}

// Local is a client in the process of the replica: the same as a connection, without one.
type Local struct {
	bus    *Bus
	origin *origin
	accept func(vsr.Message) bool
}

// NewLocal connects a client of this process. Its requests go to accept, which must not block and
// is false if it does not take the request; replies and view hints go to deliver, which must not
// block either.
func (b *Bus) NewLocal(accept func(vsr.Message) bool, deliver func(vsr.Message)) *Local {
	o := b.routes.newOrigin(deliver)
	b.routes.mu.Lock()
	b.routes.locals = append(b.routes.locals[:len(b.routes.locals):len(b.routes.locals)], o)
	b.routes.mu.Unlock()
	b.mu.Lock()
	view := b.view
	b.mu.Unlock()
	if view != nil {
		deliver(view)
	}
	return &Local{b, o, accept}
}

// Send hands a request to the replica, as Link.Send does.
func (l *Local) Send(m vsr.Message) bool {
	if request, ok := m.(*vsr.Request); ok {
		l.bus.routes.heard(l.origin, request.ClientID)
	}
	return l.accept(m)
}

// Up is always true.
func (l *Local) Up() bool { return true }

// Close disconnects the client.
func (l *Local) Close() { l.bus.routes.forget(l.origin) }
