// SPDX-License-Identifier: Apache-2.0

// Sessions and calls: one ClientID with one request under way at most.

package client

import (
	"crypto/rand"
	"fmt"
	"sync"
	"time"

	"viewstamp/impl/vsr"
)

// session is a client to the replicas. It has one call at a time.
type session struct {
	id     vsr.ClientID
	number vsr.RequestNumber // of the latest request
	since  vsr.OpNumber      // known to be committed before the first request
	// replies holds the reply to the call, from when it is no longer in Client.calls. It is nil if
	// the session was evicted.
	replies chan *vsr.Reply
	timer   *time.Timer
}

// call is one request on its way. The request never changes: links keep it while they send it.
type call struct {
	session *session
	request vsr.Request

	mu   sync.Mutex
	sent int  // how many replicas may have it, each as often as it got it
	busy bool // the latest answer was that a primary is busy
	over bool // it must not be sent any more
}

func newSession(since vsr.OpNumber) *session {
	s := &session{since: since, replies: make(chan *vsr.Reply, 1),
		timer: time.NewTimer(time.Hour)}
	s.timer.Stop()
	// It never fails: the program stops if the system has no randomness.
	_, _ = rand.Read(s.id[:])
	return s
}

// begin takes a session and gives the operation its request number.
func (c *Client) begin(operation []byte) (*call, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.isClosed {
		return nil, fmt.Errorf("client: %w", ErrClosed)
	}
	var s *session
	if n := len(c.free); n > 0 {
		// The last one used: the fewer sessions there are, the fewer clients the replicas have
		// to remember.
		s, c.free = c.free[n-1], c.free[:n-1]
	} else {
		s = newSession(c.known)
	}
	s.number++
	call := &call{session: s, request: vsr.Request{
		ClientID: s.id, RequestNumber: s.number, Since: s.since, Operation: operation}}
	c.calls[s.id] = call
	return call, nil
}

// send sends the request, for the first time or again.
func (call *call) send(link Link) {
	call.mu.Lock()
	defer call.mu.Unlock()
	if !call.over && link.Send(&call.request) {
		call.sent++
	}
}

// reply hands a reply to the call that waits for it. Only the first one finds it.
func (c *Client) reply(m *vsr.Reply) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.known = max(c.known, m.OpNumber)
	call := c.calls[m.ClientID]
	if call == nil || call.request.RequestNumber != m.RequestNumber {
		return
	}
	delete(c.calls, m.ClientID)
	call.session.replies <- m // there is room: it was empty when the call began
}

// refused takes the answer that a request is not taken. A busy primary gets it again with the next
// attempt, which comes later each time. An evicted session is over.
func (c *Client) refused(m *vsr.Refused) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.known = max(c.known, m.CommitNumber)
	call := c.calls[m.ClientID]
	if call == nil || call.request.RequestNumber != m.RequestNumber {
		return
	}
	if !m.Evicted {
		call.mu.Lock()
		call.busy = true
		call.mu.Unlock()
		return
	}
	delete(c.calls, m.ClientID)
	call.session.replies <- nil
}

// evicted ends a call whose session is over. It says whether the operation has not run: that is
// sure if the replica that said so has got it once, and no other one at all.
func (call *call) evicted() (notRun bool) {
	call.mu.Lock()
	defer call.mu.Unlock()
	call.over = true
	return call.sent == 1
}

// finish gives the session back.
func (c *Client) finish(call *call, reply *vsr.Reply) Result {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.free = append(c.free, call.session)
	return Result{reply.Result, reply.OpNumber, reply.ViewNumber}
}

// giveUp ends a call without a reply. Its session is not used again, unless no replica can have the
// request: otherwise a later request could reach the replicas before this one, which would then
// never run although nobody was told so, or run when nobody expects it.
func (c *Client) giveUp(call *call, cause error) (Result, error) {
	c.mu.Lock()
	_, waiting := c.calls[call.request.ClientID]
	delete(c.calls, call.request.ClientID)
	c.mu.Unlock()
	if !waiting { // the reply came in the last moment
		if reply := <-call.session.replies; reply != nil {
			return c.finish(call, reply), nil
		}
	}
	call.mu.Lock()
	defer call.mu.Unlock()
	call.over = true
	if call.busy {
		cause = fmt.Errorf("%w: %w", ErrBusy, cause)
	}
	if call.sent > 0 {
		return Result{}, &IndeterminateError{
			call.request.ClientID, call.request.RequestNumber, cause}
	}
	return Result{}, fmt.Errorf("client: %w: %w", ErrUnavailable, cause)
}
