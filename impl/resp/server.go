// SPDX-License-Identifier: Apache-2.0

// This file accepts connections and ends them.

package resp

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"slices"
	"sync"
	"time"
)

// Server answers Redis clients. Listen makes one.
type Server struct {
	config   Config
	listener net.Listener
	commands map[string]localCommand
	started  time.Time

	// context ends when commands under way must not go on.
	context context.Context
	cancel  context.CancelFunc
	// running counts the goroutines: one that accepts, one per connection.
	running sync.WaitGroup

	mutex sync.Mutex
	// draining means that no command is read any more.
	draining    bool
	lastID      int64
	connections map[*connection]struct{}
}

// Listen starts a server. It answers until Shutdown.
func Listen(config Config) (*Server, error) {
	config, err := config.withDefaults()
	if err != nil {
		return nil, err
	}
	listener := config.Listener
	if listener == nil {
		if listener, err = net.Listen("tcp", config.Address); err != nil {
			return nil, fmt.Errorf("resp: listen for Redis clients on %q: %w", config.Address, err)
		}
	}
	s := &Server{
		config:      config,
		listener:    listener,
		commands:    localCommands(),
		started:     time.Now(),
		connections: map[*connection]struct{}{},
	}
	s.context, s.cancel = context.WithCancel(context.Background())
	s.running.Add(1)
	go s.accept()
	return s, nil
}

// Address is where the server listens.
func (s *Server) Address() net.Addr { return s.listener.Addr() }

// Shutdown stops the server: it accepts nothing more, closes idle connections, lets commands that
// are under way finish and sends their replies. When the context ends, it breaks off what is still
// under way and returns the context's error. All goroutines have ended when it returns.
func (s *Server) Shutdown(ctx context.Context) error {
	s.drain()
	finished := make(chan struct{})
	go func() {
		s.running.Wait()
		close(finished)
	}()
	select {
	case <-finished:
		s.cancel()
		return nil
	case <-ctx.Done():
		s.cancel()
		s.closeAll()
		<-finished
		return fmt.Errorf("resp: shut down while commands were under way: %w", ctx.Err())
	}
}

// drain makes every connection end after its current commands.
func (s *Server) drain() {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.draining = true
	// Nothing can be done about an error: the listener will not be used again.
	_ = s.listener.Close()
	for c := range s.connections {
		c.stopReading()
	}
}

// closeAll breaks off all connections.
func (s *Server) closeAll() {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	for c := range s.connections {
		_ = c.socket.Close()
	}
}

// isDraining reports whether Shutdown has been called.
func (s *Server) isDraining() bool {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.draining
}

// accept takes connections until the listener is closed.
func (s *Server) accept() {
	defer s.running.Done()
	pause := time.Duration(0)
	for {
		socket, err := s.listener.Accept()
		switch {
		case err == nil:
			pause = 0
			s.welcome(socket)
		case s.isDraining():
			return
		default:
			// Most likely there are too many open files. Trying at once would only burn time.
			pause = min(max(2*pause, 5*time.Millisecond), time.Second)
			s.wait(pause)
		}
	}
}

// wait waits, but not when the server is to end.
func (s *Server) wait(pause time.Duration) {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-s.context.Done():
	}
}

// welcome starts a connection, or refuses it if there are too many.
func (s *Server) welcome(socket net.Conn) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.draining {
		_ = socket.Close()
		return
	}
	if len(s.connections) >= s.config.MaxClients {
		s.running.Add(1)
		go s.refuse(socket)
		return
	}
	s.lastID++
	c := newConnection(s, socket, s.lastID)
	s.connections[c] = struct{}{}
	s.running.Add(1)
	go func() {
		defer s.running.Done()
		defer s.forget(c)
		c.serve()
	}()
}

// refuse says why and hangs up.
func (s *Server) refuse(socket net.Conn) {
	defer s.running.Done()
	_ = socket.SetDeadline(time.Now().Add(time.Second))
	_, _ = socket.Write([]byte("-ERR max number of clients reached\r\n"))
	_ = socket.Close()
}

// forget takes a connection that has ended off the list.
func (s *Server) forget(c *connection) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	delete(s.connections, c)
}

// clients describes all connections, in the order in which they came.
func (s *Server) clients() []clientInfo {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	infos := make([]clientInfo, 0, len(s.connections))
	for c := range s.connections {
		infos = append(infos, c.info)
	}
	slices.SortFunc(infos, func(a, b clientInfo) int { return cmp.Compare(a.id, b.id) })
	return infos
}
