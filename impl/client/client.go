// SPDX-License-Identifier: Apache-2.0

// Client: the links and the sessions.

package client

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"viewstamp/impl/transport"
	"viewstamp/impl/vsr"
	"viewstamp/impl/wire"
)

// Result is what a replica answered.
type Result struct {
	// Value is the result of the operation.
	Value []byte
	// OpNumber is the place of the operation in the log.
	OpNumber vsr.OpNumber
	// ViewNumber is the view in which it was answered.
	ViewNumber vsr.ViewNumber
}

// Client runs operations on a cluster. It is safe for concurrent use.
type Client struct {
	config Config
	links  []Link        // by replica number
	places chan struct{} // holds a token for each session in use
	closed chan struct{}
	once   sync.Once

	mu       sync.Mutex
	view     vsr.ViewNumber            // the latest that was heard of
	known    vsr.OpNumber              // the largest that is known to be committed
	sessions map[vsr.ClientID]*session // all that may be used again
	free     []*session                // without a request; the last one used is at the end
	isClosed bool
	// timer runs retry at timerAt, if that is not zero: no later than the first call is due.
	timer   *time.Timer
	timerAt time.Time
}

// New makes a client and starts to connect. Close it after use.
func New(config Config) (*Client, error) {
	config, err := config.withDefaults()
	if err != nil {
		return nil, err
	}
	c := &Client{
		config:   config,
		places:   make(chan struct{}, config.SessionsMax),
		closed:   make(chan struct{}),
		sessions: map[vsr.ClientID]*session{},
	}
	c.timer = time.AfterFunc(time.Hour, c.retry)
	c.timer.Stop()
	// Hints may come before all links are there. They touch no link, for there is no call yet.
	if err := c.connect(); err != nil {
		c.Close()
		return nil, fmt.Errorf("client: %w", err)
	}
	return c, nil
}

func (c *Client) connect() error {
	for i, address := range c.config.Addresses {
		replica := vsr.ReplicaNumber(i)
		if c.config.Connect != nil {
			changed := func(up bool) { c.changed(replica, up, nil) }
			if link := c.config.Connect(replica, c.deliver, changed); link != nil {
				c.links = append(c.links, link)
				continue
			}
		}
		link, err := transport.NewLink(transport.LinkConfig{
			Cluster: c.config.Cluster, Address: address, To: replica, Dial: c.config.Dial,
			Hello: wire.Hello{Role: wire.RoleClient,
				Replicas: uint8(len(c.config.Addresses))},
			Deliver: c.deliver,
			Changed: func(up bool, err error) { c.changed(replica, up, err) },
		})
		if err != nil {
			return err
		}
		c.links = append(c.links, link)
	}
	return nil
}

// Do runs one operation and returns its result. See the package comment for what errors mean. It
// keeps operation until the replicas have it, so the caller must not change it afterwards.
func (c *Client) Do(ctx context.Context, operation []byte) (Result, error) {
	if len(operation) > c.config.OperationBytesMax {
		return Result{}, fmt.Errorf("client: %w: %d bytes, the limit is %d",
			ErrTooLarge, len(operation), c.config.OperationBytesMax)
	}
	select {
	case c.places <- struct{}{}:
	default: // the costlier way only if it has to wait
		select {
		case c.places <- struct{}{}:
		case <-ctx.Done():
			return Result{}, fmt.Errorf("client: %w: %d operations are under way: %w",
				ErrUnavailable, c.config.SessionsMax, ctx.Err())
		case <-c.closed:
			return Result{}, fmt.Errorf("client: %w", ErrClosed)
		}
	}
	defer func() { <-c.places }()
	if err := ctx.Err(); err != nil {
		return Result{}, fmt.Errorf("client: %w: %w", ErrUnavailable, err)
	}
	for {
		call, err := c.begin(operation)
		if err != nil {
			return Result{}, err
		}
		result, err := c.await(ctx, call)
		if !errors.Is(err, errAgain) {
			return result, err
		}
	}
}

// errAgain: the operation has not run, and may be tried in another session.
var errAgain = errors.New("try it again")

// await waits for the reply and sends the request again from time to time.
func (c *Client) await(ctx context.Context, call *call) (Result, error) {
	call.send(call.first)
	for {
		if !call.wait(ctx) {
			return c.giveUp(call, ctx.Err())
		}
		switch c.look(call) {
		case replied:
			return call.result(), nil
		case evicted:
			if call.notRun() {
				return Result{}, errAgain
			}
			return Result{}, &IndeterminateError{
				call.request.ClientID, call.request.RequestNumber, ErrEvicted}
		case closed:
			return c.giveUp(call, ErrClosed)
		case due:
			for _, link := range c.links {
				call.send(link)
			}
		}
	}
}

// wait waits until something has happened to the call. It is false if the context has ended.
func (call *call) wait(ctx context.Context) bool {
	done := ctx.Done()
	if done == nil { // the cheaper way
		<-call.session.wake
		return true
	}
	select {
	case <-call.session.wake:
		return true
	case <-done:
		return false
	}
}

// deliver takes what comes from replicas.
func (c *Client) deliver(m vsr.Message) {
	switch m := m.(type) {
	case *vsr.Reply:
		if c.reply(m) {
			c.resendTo(c.primary())
		}
	case *vsr.Refused:
		c.refused(m)
		c.hint(m.ViewNumber)
	case *wire.View:
		c.hint(m.ViewNumber)
	}
}

// hint sends what is under way to the primary of a later view than all before.
func (c *Client) hint(view vsr.ViewNumber) {
	c.mu.Lock()
	later := c.learn(view)
	c.mu.Unlock()
	if later {
		c.resendTo(c.primary())
	}
}

// learn says whether the view is later than all before. The caller has locked.
func (c *Client) learn(view vsr.ViewNumber) (later bool) {
	later = view > c.view
	c.view = max(c.view, view)
	return later
}

// changed sends what is under way to a primary that can be reached again.
func (c *Client) changed(replica vsr.ReplicaNumber, up bool, err error) {
	if c.config.Changed != nil {
		c.config.Changed(replica, up, err)
	}
	if up && c.primary() == int(replica) {
		c.resendTo(int(replica))
	}
}

// primary is the replica that leads the latest view that was heard of.
func (c *Client) primary() int { return c.primaryOf(c.ViewNumber()) }

func (c *Client) primaryOf(view vsr.ViewNumber) int {
	return int(view % vsr.ViewNumber(len(c.config.Addresses)))
}

// resendTo sends all requests without a reply to one replica.
func (c *Client) resendTo(replica int) {
	c.mu.Lock()
	var calls []*call
	for _, s := range c.sessions {
		if s.call != nil {
			calls = append(calls, s.call)
		}
	}
	c.mu.Unlock()
	for _, call := range calls {
		call.send(c.links[replica])
	}
}

// ViewNumber is the latest view that the client has heard of.
func (c *Client) ViewNumber() vsr.ViewNumber {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.view
}

// Close ends all links. Operations under way fail with ErrIndeterminate.
func (c *Client) Close() {
	c.once.Do(func() {
		c.mu.Lock()
		c.isClosed = true
		c.timer.Stop()
		for _, s := range c.sessions {
			s.signal()
		}
		c.mu.Unlock()
		close(c.closed)
	})
	for _, link := range c.links {
		link.Close()
	}
}
