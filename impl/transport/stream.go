// SPDX-License-Identifier: Apache-2.0

// A stream: one connection after it is there, whoever dialled. It has a reader, which is the
// goroutine that calls read, and a writer of its own.

package transport

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"runtime"
	"time"

	"viewstamp/impl/vsr"
	"viewstamp/impl/wire"
)

// writeSize is how many bytes are handed to the kernel at once, if so many are waiting.
const writeSize = 256 << 10

// stream is a connection with its limits.
type stream struct {
	conn    net.Conn
	reader  *wire.Reader
	cluster wire.ClusterID
	limits  Limits

	isTimed bool      // the connection has a deadline for reading
	until   time.Time // its deadline for writing
}

func newStream(conn net.Conn, cluster wire.ClusterID, limits Limits) *stream {
	return &stream{conn: conn, reader: wire.NewReader(conn, cluster, limits.MaxBody),
		cluster: cluster, limits: limits}
}

// greet sends a greeting and returns the one of the other side. Both sides send first, so that each
// can tell its operator what does not fit.
func (s *stream) greet(mine wire.Hello) (*wire.Hello, error) {
	if err := s.conn.SetDeadline(time.Now().Add(s.limits.Handshake)); err != nil {
		return nil, err
	}
	sent := make(chan error, 1)
	frame, err := wire.Append(nil, s.cluster, &mine, 0)
	if err != nil {
		return nil, err
	}
	go func() {
		_, err := s.conn.Write(frame)
		sent <- err
	}()
	m, err := s.reader.Next()
	if err != nil {
		// The write ends soon, by its own: at the deadline if not earlier. A short answer such
		// as this one is worth its time, for it tells the other side what is wrong.
		<-sent
		return nil, err
	}
	if err := <-sent; err != nil {
		return nil, err
	}
	hello, ok := m.(*wire.Hello)
	if !ok {
		return nil, fmt.Errorf("%w: the first message is %T, expected a greeting",
			wire.ErrMalformed, m)
	}
	if hello.Replicas != mine.Replicas {
		return nil, fmt.Errorf("%w: the other side knows %d replicas, this one %d: compare the "+
			"lists of addresses", errGreeting, hello.Replicas, mine.Replicas)
	}
	return hello, s.conn.SetDeadline(time.Time{})
}

// errGreeting marks greetings that are well-formed and do not fit.
var errGreeting = errors.New("greeting does not fit")

// read hands each message to handle until the connection or handle fails. Idle is for how long
// nothing may come; zero is for ever.
func (s *stream) read(idle time.Duration, handle func(vsr.Message) error) error {
	for {
		if err := s.await(idle); err != nil {
			return err
		}
		m, err := s.reader.Next()
		if err != nil {
			return err
		}
		if err := handle(m); err != nil {
			return err
		}
	}
}

// await waits for a frame and sets the deadline for the rest of it. It costs nothing for frames
// that came together with the one before.
func (s *stream) await(idle time.Duration) error {
	if s.reader.Complete() {
		return nil
	}
	if err := s.readWithin(idle); err != nil {
		return err
	}
	if err := s.reader.Await(); err != nil {
		return err
	}
	if s.reader.Complete() {
		return nil
	}
	return s.readWithin(s.limits.Frame)
}

// readWithin sets the deadline for reading; zero is none.
func (s *stream) readWithin(length time.Duration) error {
	if length == 0 {
		if !s.isTimed {
			return nil
		}
		s.isTimed = false
		return s.conn.SetReadDeadline(time.Time{})
	}
	s.isTimed = true
	return s.conn.SetReadDeadline(time.Now().Add(length))
}

// write sends what the queue holds, many frames with one call of the kernel, until the context ends
// or the connection fails. Then it closes the connection, so that the reader ends too.
func (s *stream) write(ctx context.Context, q *queue, report func(error)) {
	defer func() { _ = s.conn.Close() }()
	var batch []vsr.Message
	var frames []byte
	for {
		select {
		case <-ctx.Done():
			return
		case <-q.ready:
		}
		runtime.Gosched() // what others are about to send can go with the same call of the kernel
		batch = q.take(batch)
		for i, m := range batch {
			var err error
			frames, err = wire.Append(frames, s.cluster, m, s.limits.MaxBody)
			if err != nil {
				report(err) // this message cannot be sent, others can
			}
			if len(frames) < writeSize && i < len(batch)-1 {
				continue
			}
			if err := s.flush(frames); err != nil {
				report(err)
				return
			}
			frames = frames[:0]
		}
		if cap(frames) > 4*writeSize {
			frames = nil // one huge message must not hold its memory for ever
		}
	}
}

func (s *stream) flush(frames []byte) error {
	if len(frames) == 0 {
		return nil
	}
	// To set a deadline costs as much as a small write does, so one that still leaves most of the
	// time stays.
	if now := time.Now(); s.until.Sub(now) < s.limits.Write*3/4 {
		s.until = now.Add(s.limits.Write)
		if err := s.conn.SetWriteDeadline(s.until); err != nil {
			return err
		}
	}
	_, err := s.conn.Write(frames)
	return err
}

// count adds the reason why a connection ended to the counters.
func (c *Counters) count(err error) {
	switch {
	case errors.Is(err, errGreeting):
		c.Refused.Add(1)
	case errors.Is(err, wire.ErrMalformed), errors.Is(err, wire.ErrCluster),
		errors.Is(err, wire.ErrTooLarge):
		c.Malformed.Add(1)
	case errors.Is(err, os.ErrDeadlineExceeded):
		c.TimedOut.Add(1)
	}
}
