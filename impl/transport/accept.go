// SPDX-License-Identifier: Apache-2.0

// The receiving side of a Bus: connections of other replicas and of clients.

package transport

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"syscall"
	"time"

	"viewstamp/impl/vsr"
	"viewstamp/impl/wire"
)

// connection is an accepted connection after its greeting.
type connection struct {
	*stream
	hello  *wire.Hello
	queue  *queue
	origin *origin
}

// accept takes connections until the listener is closed. It never waits for what they do.
func (b *Bus) accept() {
	for {
		conn, err := b.listener.Accept()
		if b.ctx.Err() != nil || errors.Is(err, net.ErrClosed) {
			if err == nil {
				_ = conn.Close()
			}
			return
		}
		if err != nil {
			// The process has no more files, most likely: others must end first.
			b.config.Log.Warn("cannot accept connections", "reason", err)
			select {
			case <-b.ctx.Done():
			case <-time.After(pauseMin):
			}
			continue
		}
		b.counters.Accepted.Add(1)
		if !b.reserve() {
			b.counters.Refused.Add(1)
			_ = conn.Close()
			continue
		}
		b.done.Go(func() { b.serve(conn) })
	}
}

// reserve takes one of the places for connections without a greeting.
func (b *Bus) reserve() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.pending >= b.config.Limits.Pending {
		return false
	}
	b.pending++
	return true
}

// serve is the life of an accepted connection.
func (b *Bus) serve(conn net.Conn) {
	stop := context.AfterFunc(b.ctx, func() { _ = conn.Close() })
	defer func() {
		stop()
		_ = conn.Close()
	}()
	s := newStream(conn, b.config.Cluster, b.config.Limits)
	hello, err := s.greet(b.hello())
	c := &connection{stream: s, hello: hello, queue: newQueue(b.config.Limits)}
	err = b.enter(c, err)
	if err == nil {
		err = b.receive(c)
		b.leave(c)
	}
	b.counters.count(err)
	if b.ctx.Err() != nil || errors.Is(err, io.EOF) {
		return
	}
	level := slog.LevelInfo
	if errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, syscall.ECONNRESET) {
		level = slog.LevelDebug // clients that are idle, slow or dead are nothing special
	}
	b.config.Log.Log(b.ctx, level, "closed a connection",
		"remote", conn.RemoteAddr(), "reason", err)
}

// enter gives the connection its place after the greeting, or says why it gets none.
func (b *Bus) enter(c *connection, err error) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.pending--
	if err != nil {
		return err
	}
	if c.hello.Role == wire.RoleClient {
		if len(b.clients) >= b.config.Limits.Clients {
			return fmt.Errorf("%w: %d clients are connected already, which is the limit",
				errGreeting, len(b.clients))
		}
		b.clients[c] = true
		c.origin = b.routes.newOrigin(func(m vsr.Message) { b.put(c, m) })
		if b.view != nil {
			b.put(c, b.view)
		}
		return nil
	}
	if c.hello.Replica == b.config.Replica {
		return fmt.Errorf("%w: the other side calls itself replica %d, as this one: two "+
			"processes run with one number", errGreeting, c.hello.Replica)
	}
	if older := b.peers[c.hello.Replica]; older != nil {
		// The replica has restarted, or its network has; nobody uses the older one any more.
		_ = older.conn.Close()
	}
	b.peers[c.hello.Replica] = c
	// It is there again. To wait for the next attempt would let it believe that the primary is
	// gone, although it has just come back itself.
	b.links[c.hello.Replica].Wake()
	return nil
}

// leave gives the place back.
func (b *Bus) leave(c *connection) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if c.hello.Role == wire.RoleClient {
		delete(b.clients, c)
		b.routes.forget(c.origin)
	} else if b.peers[c.hello.Replica] == c {
		delete(b.peers, c.hello.Replica)
	}
}

// put queues a message to a client.
func (b *Bus) put(c *connection, m vsr.Message) {
	b.counters.Lost.Add(uint64(c.queue.put(m)))
}

// receive delivers what comes until the connection ends.
func (b *Bus) receive(c *connection) error {
	if c.hello.Role == wire.RoleReplica {
		return c.read(0, func(m vsr.Message) error { return b.fromReplica(c, m) })
	}
	ctx, cancel := context.WithCancel(b.ctx)
	written := make(chan struct{})
	go func() {
		defer close(written)
		c.write(ctx, c.queue, func(err error) {
			b.config.Log.Debug("cannot write to a client", "reason", err)
		})
	}()
	err := c.read(b.config.Limits.Idle, func(m vsr.Message) error { return b.fromClient(c, m) })
	cancel()
	_ = c.conn.Close() // a writer in the middle of a write ends too
	<-written
	return err
}

// fromReplica checks that replicas speak as themselves, and only what replicas say to each other.
func (b *Bus) fromReplica(c *connection, m vsr.Message) error {
	from, ok := wire.From(m)
	if !ok || from != c.hello.Replica {
		return fmt.Errorf("%w: %T from replica %d on the connection of replica %d",
			wire.ErrMalformed, m, from, c.hello.Replica)
	}
	switch m.(type) {
	case *vsr.Reply, *vsr.Refused, *wire.View, *wire.Status:
		return fmt.Errorf("%w: replica %d sends %T to a replica", wire.ErrMalformed, from, m)
	}
	b.config.Deliver(m)
	return nil
}

// fromClient takes the two messages that clients send.
func (b *Bus) fromClient(c *connection, m vsr.Message) error {
	switch m := m.(type) {
	case *vsr.Request:
		b.routes.heard(c.origin, m.ClientID)
		b.config.Deliver(m)
	case *wire.StatusRequest:
		b.put(c, b.config.Status())
	default:
		return fmt.Errorf("%w: a client sends %T", wire.ErrMalformed, m)
	}
	return nil
}
