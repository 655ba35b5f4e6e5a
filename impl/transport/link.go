// SPDX-License-Identifier: Apache-2.0

// Link: an outgoing connection that comes back by itself.

package transport

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"viewstamp/impl/vsr"
	"viewstamp/impl/wire"
)

// Pauses between attempts to connect.
const (
	pauseMin = 20 * time.Millisecond
	pauseMax = 500 * time.Millisecond
)

// LinkConfig says where a Link leads and who uses it.
type LinkConfig struct {
	Cluster wire.ClusterID
	// Address is that of replica To.
	Address string
	To      vsr.ReplicaNumber
	// Hello is the greeting: who this side is.
	Hello wire.Hello
	// Deliver gets what comes back on the link, from a goroutine of the link. Nil: it is dropped.
	Deliver func(vsr.Message)
	// Changed, if not nil, is told when the link comes up, and when it goes down or cannot come up,
	// with the reason. It is called from a goroutine of the link.
	Changed func(up bool, err error)
	// Dial makes a connection. Nil: TCP.
	Dial func(ctx context.Context, address string) (net.Conn, error)
	// Limits: MaxBody, the queue, Handshake, Frame and Write are used.
	Limits Limits
	// Counters to count in. Nil: its own.
	Counters *Counters
}

// Link sends messages to one replica. While there is no connection it tries again and again, with
// pauses that grow to half a second and have some chance in them, so that many links do not knock
// on a restarted replica all at once.
type Link struct {
	config LinkConfig
	queue  *queue
	up     atomic.Bool
	wake   chan struct{} // ends a pause
	cancel context.CancelFunc
	done   sync.WaitGroup
}

// NewLink starts a link. Close it after use.
func NewLink(c LinkConfig) (*Link, error) {
	if c.Cluster == (wire.ClusterID{}) {
		return nil, errNoCluster
	}
	limits, err := c.Limits.withDefaults()
	if err != nil {
		return nil, err
	}
	c.Limits = limits
	if c.Dial == nil {
		if _, _, err := net.SplitHostPort(c.Address); err != nil {
			return nil, fmt.Errorf("transport: address %q: expected HOST:PORT: %w",
				c.Address, err)
		}
		dialer := &net.Dialer{Timeout: limits.Handshake}
		c.Dial = func(ctx context.Context, address string) (net.Conn, error) {
			return dialer.DialContext(ctx, "tcp", address)
		}
	}
	if c.Counters == nil {
		c.Counters = &Counters{}
	}
	ctx, cancel := context.WithCancel(context.Background())
	l := &Link{config: c, queue: newQueue(limits), cancel: cancel,
		wake: make(chan struct{}, 1)}
	l.done.Go(func() { l.run(ctx) })
	return l, nil
}

// Send queues a message. It returns false, and the message is lost, if there is no connection now;
// a message that was queued may get lost as well. Send never blocks.
func (l *Link) Send(m vsr.Message) bool {
	if !l.up.Load() {
		l.config.Counters.Lost.Add(1)
		return false
	}
	if lost := l.queue.put(m); lost > 0 {
		l.config.Counters.Lost.Add(uint64(lost))
	}
	return true
}

// Wake ends a pause between two attempts to connect: there is a reason to believe that the next one
// will do.
func (l *Link) Wake() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// Up tells whether there is a connection.
func (l *Link) Up() bool { return l.up.Load() }

// Close ends the link. What is queued is lost. No callback runs after it has returned.
func (l *Link) Close() {
	l.cancel()
	l.done.Wait()
}

func (l *Link) run(ctx context.Context) {
	pause := pauseMin
	for {
		start := time.Now()
		err := l.connect(ctx)
		if ctx.Err() != nil {
			return
		}
		if l.config.Changed != nil {
			l.config.Changed(false, fmt.Errorf("replica %d at %s: %w",
				l.config.To, l.config.Address, err))
		}
		// A connection that ends soon after its start is a refusal: the other side has no place.
		if time.Since(start) > pauseMax {
			pause = pauseMin
		}
		// Between half of the pause and all of it.
		timer := time.NewTimer(pause/2 + rand.N(pause/2))
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		case <-l.wake:
		}
		pause = min(2*pause, pauseMax)
	}
}

// connect makes one connection and stays until it ends.
func (l *Link) connect(ctx context.Context) error {
	conn, err := l.config.Dial(ctx, l.config.Address)
	if err != nil {
		return err
	}
	// Whatever blocks below ends when the link is closed.
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer func() {
		stop()
		_ = conn.Close()
	}()
	s := newStream(conn, l.config.Cluster, l.config.Limits)
	hello, err := s.greet(l.config.Hello)
	if err == nil && (hello.Role != wire.RoleReplica || hello.Replica != l.config.To) {
		err = fmt.Errorf("%w: replica %d answers there, expected replica %d: compare the lists "+
			"of addresses", errGreeting, hello.Replica, l.config.To)
	}
	if err != nil {
		l.config.Counters.count(err)
		return err
	}
	err = l.use(ctx, s)
	l.config.Counters.count(err)
	return err
}

// use reads and writes until the connection ends.
func (l *Link) use(ctx context.Context, s *stream) error {
	ctx, cancel := context.WithCancel(ctx)
	var failed error // of the writer
	var writer sync.WaitGroup
	writer.Go(func() {
		s.write(ctx, l.queue, func(err error) { failed = errors.Join(failed, err) })
	})
	l.queue.take(nil) // what an earlier connection left behind is out of date
	l.up.Store(true)
	l.config.Counters.Connected.Add(1)
	if l.config.Changed != nil {
		l.config.Changed(true, nil)
	}
	err := s.read(0, func(m vsr.Message) error {
		if l.config.Deliver != nil {
			l.config.Deliver(m)
		}
		return nil
	})
	l.up.Store(false)
	cancel()
	writer.Wait()
	return errors.Join(failed, err)
}
