// SPDX-License-Identifier: Apache-2.0

// Client: the links and the sessions.

package client

import (
	"context"
	"errors"
	"fmt"
	"sync"

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
	view     vsr.ViewNumber         // the latest that was heard of
	known    vsr.OpNumber           // the largest that is known to be committed
	free     []*session             // without a request; the last one used is at the end
	calls    map[vsr.ClientID]*call // those without a reply
	isClosed bool
}

// New makes a client and starts to connect. Close it after use.
func New(config Config) (*Client, error) {
	config, err := config.withDefaults()
	if err != nil {
		return nil, err
	}
	c := &Client{
		config: config,
		places: make(chan struct{}, config.SessionsMax),
		closed: make(chan struct{}),
		calls:  map[vsr.ClientID]*call{},
	}
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
	timer, wait := call.session.timer, c.config.RetryAfter
	timer.Reset(wait)
	defer timer.Stop()
	call.send(c.links[c.primary()])
	for {
		select {
		case reply := <-call.session.replies:
			switch {
			case reply != nil:
				return c.finish(call, reply), nil
			case call.evicted():
				return Result{}, errAgain
			}
			return Result{}, &IndeterminateError{
				call.request.ClientID, call.request.RequestNumber, ErrEvicted}
		case <-timer.C:
			for _, link := range c.links {
				call.send(link)
			}
			wait = min(2*wait, 8*c.config.RetryAfter)
			timer.Reset(wait)
		case <-ctx.Done():
			return c.giveUp(call, ctx.Err())
		case <-c.closed:
			return c.giveUp(call, ErrClosed)
		}
	}
}

// deliver takes what comes from replicas.
func (c *Client) deliver(m vsr.Message) {
	switch m := m.(type) {
	case *vsr.Reply:
		c.reply(m)
		c.hint(m.ViewNumber)
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
	later := view > c.view
	if later {
		c.view = view
	}
	c.mu.Unlock()
	if later {
		c.resendTo(c.primary())
	}
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
func (c *Client) primary() int {
	return int(c.ViewNumber() % vsr.ViewNumber(len(c.config.Addresses)))
}

// resendTo sends all requests without a reply to one replica.
func (c *Client) resendTo(replica int) {
	c.mu.Lock()
	calls := make([]*call, 0, len(c.calls))
	for _, call := range c.calls {
		calls = append(calls, call)
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
		c.mu.Unlock()
		close(c.closed)
	})
	for _, link := range c.links {
		link.Close()
	}
}
