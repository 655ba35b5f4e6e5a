// SPDX-License-Identifier: Apache-2.0

package vsr

// Client sessions, and what a client is told whose request is not taken.
//
// A session begins with a client's first request: that entry of the log registers it, and
// impl/README.md says why no operation of its own is needed. It ends when the client-table evicts
// it. A request of an evicted client must not be taken for one of a new client, or it could be
// executed twice. So each request carries Since, an op-number that the
// client knew to be committed before its first request: everything that it has sent is above. The
// table remembers the largest op-number after which a client was evicted. If that is above Since,
// an unknown client may be an evicted one, and is told so; if not, it is new. The client
// begins again under a new ClientID, and with the commit-number that came with the answer.
//
// To the spec a request that is not taken is lost. Its client-table has no end, and what is taken
// here would be taken there.

// mayBeEvicted says whether the client-table may have evicted the client of a request.
func (r *Replica) mayBeEvicted(m *Request) bool {
	return r.clientTable.of(m.ClientID) == nil && m.Since < r.clientTable.evicted
}

// refuseRequest answers a request that is not taken. That is no part of a step, and it says nothing
// that would have to be durable.
func (r *Replica) refuseRequest(m *Request, why Ignored) {
	r.drop(why)
	r.leave(toClient, &Refused{
		From: r.cfg.Replica, ViewNumber: r.viewNumber, ClientID: m.ClientID,
		RequestNumber: m.RequestNumber, CommitNumber: r.commitNumber, Evicted: why == Evicted,
	})
}
