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
	call   *call             // without an answer; nil if there is none. Client.mu guards it
	// wake holds a token if something may have happened to the call: see look.
	wake chan struct{}
}

// call is one request on its way. The request never changes: links keep it while they send it.
type call struct {
	session *session
	request vsr.Request
	first   Link // to the primary, as far as it was known

	// Client.mu guards these.
	reply     *vsr.Reply    // the answer
	isEvicted bool          // the other kind of answer
	due       time.Time     // when it is to be sent again
	pause     time.Duration // before that
	isDue     bool          // it is to be sent again now

	mu   sync.Mutex
	sent int  // how many replicas may have it, each as often as it got it
	busy bool // the latest answer was that a primary is busy
	over bool // it must not be sent any more
}

func newSession(since vsr.OpNumber) *session {
	s := &session{since: since, wake: make(chan struct{}, 1)}
	// It never fails: the program stops if the system has no randomness.
	_, _ = rand.Read(s.id[:])
	return s
}

// signal ends the waiting of the call.
func (s *session) signal() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
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
		c.sessions[s.id] = s
	}
	s.number++
	pause := c.config.RetryAfter
	s.call = &call{session: s, first: c.links[c.primaryOf(c.view)], pause: pause,
		due: time.Now().Add(pause), request: vsr.Request{
			ClientID: s.id, RequestNumber: s.number, Since: s.since, Operation: operation}}
	c.arm(s.call.due)
	return s.call, nil
}

// arm lets retry run at a time, or earlier. The caller has locked.
func (c *Client) arm(at time.Time) {
	if c.timerAt.IsZero() || at.Before(c.timerAt) {
		c.timerAt = at
		c.timer.Reset(time.Until(at))
	}
}

// retry wakes the calls that are due. There is one timer for all of them: one for each would be set
// and stopped for each operation, and next to none would ever run out.
func (c *Client) retry() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.timerAt = time.Time{}
	if c.isClosed {
		return
	}
	now := time.Now()
	for _, s := range c.sessions {
		call := s.call
		if call == nil {
			continue
		}
		if !call.due.After(now) {
			call.pause = min(2*call.pause, 8*c.config.RetryAfter)
			call.due, call.isDue = now.Add(call.pause), true
			s.signal()
		}
		c.arm(call.due)
	}
}

// happened is what happened to a call.
type happened int

const (
	nothing happened = iota
	replied
	evicted
	closed
	due
)

// look says what has happened to a call. The session of a call with a reply is free again.
func (c *Client) look(call *call) happened {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case call.reply != nil:
		c.free = append(c.free, call.session)
		return replied
	case call.isEvicted:
		return evicted
	case c.isClosed:
		return closed
	case call.isDue:
		call.isDue = false
		return due
	}
	return nothing
}

// send sends the request, for the first time or again.
func (call *call) send(link Link) {
	call.mu.Lock()
	defer call.mu.Unlock()
	if !call.over && link.Send(&call.request) {
		call.sent++
	}
}

// reply hands a reply to the call that waits for it. Only the first one finds it. It says whether
// the view of the reply is later than all before.
func (c *Client) reply(m *vsr.Reply) (later bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.known = max(c.known, m.OpNumber)
	if call := c.callOf(m.ClientID, m.RequestNumber); call != nil {
		call.reply = m
		call.session.call = nil
		call.session.signal()
	}
	return c.learn(m.ViewNumber)
}

// callOf is the call that has no answer yet; nil if there is none. The caller has locked.
func (c *Client) callOf(id vsr.ClientID, number vsr.RequestNumber) *call {
	s := c.sessions[id]
	if s == nil || s.call == nil || s.call.request.RequestNumber != number {
		return nil
	}
	return s.call
}

// refused takes the answer that a request is not taken. A busy primary gets it again with the next
// attempt, which comes later each time. An evicted session is over.
func (c *Client) refused(m *vsr.Refused) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.known = max(c.known, m.CommitNumber)
	call := c.callOf(m.ClientID, m.RequestNumber)
	if call == nil {
		return
	}
	if !m.Evicted {
		call.mu.Lock()
		call.busy = true
		call.mu.Unlock()
		return
	}
	call.isEvicted = true
	call.session.call = nil
	delete(c.sessions, m.ClientID)
	call.session.signal()
}

// notRun ends a call whose session is over. It says whether the operation has not run: that is sure
// if the replica that said so has got it once, and no other one at all.
func (call *call) notRun() bool {
	call.mu.Lock()
	defer call.mu.Unlock()
	call.over = true
	return call.sent == 1
}

// result is what the reply says.
func (call *call) result() Result {
	return Result{call.reply.Result, call.reply.OpNumber, call.reply.ViewNumber}
}

// giveUp ends a call without a reply. Its session is not used again, unless no replica can have the
// request: otherwise a later request could reach the replicas before this one, which would then
// never run although nobody was told so, or run when nobody expects it.
func (c *Client) giveUp(call *call, cause error) (Result, error) {
	c.mu.Lock()
	if call.reply != nil { // in the last moment
		c.free = append(c.free, call.session)
		c.mu.Unlock()
		return call.result(), nil
	}
	call.session.call = nil
	delete(c.sessions, call.request.ClientID)
	c.mu.Unlock()
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
