// SPDX-License-Identifier: Apache-2.0

// This file serves one connection: read what has arrived, run it, send the replies, again.

package resp

import (
	"errors"
	"io"
	"net"
	"time"
)

// flushSize is how many bytes of replies are collected at most before they are sent.
const flushSize = 256 << 10

// connection is a client's connection. Only its own goroutine uses it, except where noted.
type connection struct {
	server *Server
	socket net.Conn
	reader *commandReader
	out    replyWriter

	// begunAt is when the command that is being read began. Zero: none has.
	begunAt time.Time
	// closing means that the connection ends once the replies are sent.
	closing bool

	// batch holds the commands that go through the log and have not been submitted.
	batch batch
	// transaction is what MULTI began, or nil.
	transaction *batch
	// last is what the last replicated command gave, or nil if that is not known.
	last *Result

	// info is what CLIENT LIST shows. It is guarded by Server.mutex.
	info clientInfo
}

// errDraining ends a connection because the server shuts down.
var errDraining = errors.New("the server shuts down")

func newConnection(s *Server, socket net.Conn, id int64) *connection {
	c := &connection{server: s, socket: socket, out: replyWriter{protocol: 2}}
	c.info = clientInfo{id: id, protocol: 2, address: socket.RemoteAddr().String(),
		local: socket.LocalAddr().String()}
	c.reader = newCommandReader(c, s.config.MaxBulk, s.config.MaxOperation)
	return c
}

// serve answers commands until the client leaves, breaks the protocol or the server shuts down.
func (c *connection) serve() {
	defer c.socket.Close()
	for !c.closing {
		commands, err := c.reader.readCommands()
		if err != nil {
			c.explain(err)
			return
		}
		for _, next := range commands {
			if c.closing {
				break
			}
			c.run(next)
		}
		c.submitBatch()
		if c.flush() != nil {
			return
		}
	}
	c.linger()
}

// explain tells the client about a broken protocol. Other errors mean that it has left.
func (c *connection) explain(err error) {
	var broken *protocolError
	if !errors.As(err, &broken) {
		return
	}
	c.out.fail("ERR " + broken.Error())
	if c.flush() == nil {
		c.linger()
	}
}

// linger lets the client read the last replies. Closing a socket with unread bytes would make the
// system drop what the client has not read yet, so they are read and thrown away, for a short time.
func (c *connection) linger() {
	half, ok := c.socket.(interface{ CloseWrite() error })
	if !ok || half.CloseWrite() != nil || c.server.isDraining() {
		return
	}
	const most = 16 << 20
	_ = c.socket.SetReadDeadline(time.Now().Add(time.Second))
	_, _ = io.CopyN(io.Discard, c.socket, most)
}

// Read reads from the socket for the reader. A command that has begun must arrive in time.
func (c *connection) Read(into []byte) (int, error) {
	if err := c.prepareRead(); err != nil {
		return 0, err
	}
	read, err := c.socket.Read(into)
	if err != nil && c.server.isDraining() {
		err = errDraining
	}
	return read, err
}

// prepareRead sets the deadline, unless the server shuts down: then stopReading has set it.
func (c *connection) prepareRead() error {
	deadline := time.Time{}
	if !c.reader.begun() {
		c.begunAt = time.Time{}
	} else {
		if c.begunAt.IsZero() {
			c.begunAt = time.Now()
		}
		deadline = c.begunAt.Add(c.server.config.CommandTimeout)
	}
	c.server.mutex.Lock()
	defer c.server.mutex.Unlock()
	if c.server.draining {
		return errDraining
	}
	return c.socket.SetReadDeadline(deadline)
}

// stopReading makes the current and every later Read fail. Server.mutex must be held.
func (c *connection) stopReading() { _ = c.socket.SetReadDeadline(time.Unix(1, 0)) }

// flush sends the collected replies. A client that does not take them in time is dropped, so that
// it cannot hold memory for ever.
func (c *connection) flush() error {
	if len(c.out.bytes) == 0 {
		return nil
	}
	deadline := time.Now().Add(c.server.config.WriteTimeout)
	if err := c.socket.SetWriteDeadline(deadline); err != nil {
		return err
	}
	_, err := c.socket.Write(c.out.bytes)
	if c.out.bytes = c.out.bytes[:0]; cap(c.out.bytes) > maxIdle {
		c.out.bytes = nil
	}
	return err
}

// update changes what CLIENT LIST shows.
func (c *connection) update(change func(info *clientInfo)) {
	c.server.mutex.Lock()
	defer c.server.mutex.Unlock()
	change(&c.info)
}
