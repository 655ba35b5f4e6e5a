// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// The network between the replicas: each sends to each other one through a proxy in this process,
// which can hold bytes back, delay them, change them, and break connections in the middle of a
// frame. A link is one direction: replica From dials it to send to replica To. It needs no rights
// and works on every system.

// act is something that a link does once, to the next bytes that pass.
type act int32

const (
	actNone     act = iota
	actFlip         // One bit arrives as the opposite.
	actTruncate     // A part of the bytes arrives, then the connection ends.
	actReset        // A part of the bytes arrives, then the connection is reset.
)

// link is the proxy for one direction between two replicas.
type link struct {
	from, to int
	target   string // The replica To.
	listener net.Listener
	delay    atomic.Int64 // Nanoseconds that each piece waits.
	next     atomic.Int32 // An act, done to the next bytes.
	done     [4]atomic.Int64

	mu          sync.Mutex
	opened      chan struct{} // Closed while bytes may pass.
	connections map[net.Conn]bool
	random      *rand.Rand
	running     sync.WaitGroup
	closed      chan struct{}
}

// newLink listens for replica from, and passes to the address of replica to.
func newLink(from, to int, target string, seed uint64) (*link, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("proxy from replica %d to %d: %w", from, to, err)
	}
	l := &link{from: from, to: to, target: target, listener: listener,
		opened: make(chan struct{}), connections: map[net.Conn]bool{}, closed: make(chan struct{}),
		random: rand.New(rand.NewPCG(seed, uint64(from)<<8|uint64(to)))}
	close(l.opened)
	l.running.Go(l.accept)
	return l, nil
}

// address is what replica From takes for the address of replica To.
func (l *link) address() string { return l.listener.Addr().String() }

// accept passes on every connection until the link is closed.
func (l *link) accept() {
	for {
		in, err := l.listener.Accept()
		if err != nil {
			return
		}
		out, err := net.DialTimeout("tcp", l.target, time.Second)
		if err != nil {
			_ = in.Close()
			continue
		}
		l.mu.Lock()
		l.connections[in], l.connections[out] = true, true
		l.mu.Unlock()
		l.running.Go(func() { l.forward(in, out) })
		l.running.Go(func() { l.back(in, out) })
	}
}

// forward passes what From sends, with all that is wrong with the link.
func (l *link) forward(in, out net.Conn) {
	defer l.end(in, out)
	buffer := make([]byte, 32<<10)
	for {
		n, err := in.Read(buffer)
		if err != nil || !l.wait() {
			return
		}
		piece := buffer[:n]
		a := act(l.next.Swap(int32(actNone)))
		if a == actFlip {
			piece[l.draw(n)] ^= 1 << l.draw(8)
		} else if a != actNone {
			piece = piece[:1+l.draw(max(1, n-1))]
		}
		if _, err := out.Write(piece); err != nil {
			l.next.CompareAndSwap(int32(actNone), int32(a)) // Not done: to the next bytes, then.
			return
		}
		l.done[a].Add(1)
		switch a {
		case actReset:
			_ = in.(*net.TCPConn).SetLinger(0)
			_ = out.(*net.TCPConn).SetLinger(0)
			return
		case actTruncate:
			return
		}
	}
}

// wait returns when bytes may pass, after the delay of the link; false if it is closed.
func (l *link) wait() bool {
	l.mu.Lock()
	opened := l.opened
	l.mu.Unlock()
	select {
	case <-opened:
	case <-l.closed:
		return false
	}
	delay := time.Duration(l.delay.Load())
	if delay == 0 {
		return true
	}
	select {
	case <-time.After(delay):
		return true
	case <-l.closed:
		return false
	}
}

// back passes what To answers on the connection. Nothing is wrong there.
func (l *link) back(in, out net.Conn) {
	defer l.end(in, out)
	buffer := make([]byte, 4<<10)
	for {
		n, err := out.Read(buffer)
		if err != nil {
			return
		}
		if _, err := in.Write(buffer[:n]); err != nil {
			return
		}
	}
}

// end closes both halves of a connection.
func (l *link) end(in, out net.Conn) {
	_, _ = in.Close(), out.Close()
	l.mu.Lock()
	delete(l.connections, in)
	delete(l.connections, out)
	l.mu.Unlock()
}

// draw is a number below n.
func (l *link) draw(n int) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.random.IntN(n)
}

// cut holds all bytes back from now on; connections stay open, and new ones are accepted.
func (l *link) cut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	select {
	case <-l.opened:
		l.opened = make(chan struct{})
	default:
	}
}

// heal lets bytes pass again, at once. What was held back arrives, late.
func (l *link) heal() {
	l.delay.Store(0)
	l.next.Store(int32(actNone))
	l.mu.Lock()
	defer l.mu.Unlock()
	select {
	case <-l.opened:
	default:
		close(l.opened)
	}
}

// onceLooks is how often once looks whether something has passed: for two seconds at least.
const onceLooks = 1000

// once does it to the next bytes that pass, and returns when that has happened; false if nothing
// passes.
func (l *link) once(ctx context.Context, a act) (bool, error) {
	before := l.done[a].Load()
	l.next.Store(int32(a))
	for range onceLooks {
		if l.done[a].Load() > before {
			return true, nil
		}
		if err := last(ctx, lookEvery); err != nil {
			return false, err
		}
	}
	if l.next.CompareAndSwap(int32(a), int32(actNone)) {
		return false, nil
	}
	// It has begun.
	return until(ctx, func() bool { return l.done[a].Load() > before })
}

// close ends the link and its connections.
func (l *link) close() {
	close(l.closed)
	_ = l.listener.Close()
	l.mu.Lock()
	for c := range l.connections {
		_ = c.Close()
	}
	l.mu.Unlock()
	l.running.Wait()
}

// network is the links between all replicas: links[from][to], nil from one to itself.
type network struct{ links [][]*link }

// newNetwork makes the links between replicas at these addresses.
func newNetwork(addresses []string, seed uint64) (*network, error) {
	n := &network{}
	for from := range addresses {
		n.links = append(n.links, make([]*link, len(addresses)))
		for to, address := range addresses {
			if to == from {
				continue
			}
			l, err := newLink(from, to, address, seed)
			if err != nil {
				return nil, errors.Join(err, n.close())
			}
			n.links[from][to] = l
		}
	}
	return n, nil
}

// addresses is what the replica takes for the addresses of all, its own being the true one.
func (n *network) addresses(of int, own string) []string {
	var list []string
	for _, l := range n.links[of] {
		if l == nil {
			list = append(list, own)
		} else {
			list = append(list, l.address())
		}
	}
	return list
}

// all lists the links.
func (n *network) all() []*link {
	var list []*link
	for _, row := range n.links {
		for _, l := range row {
			if l != nil {
				list = append(list, l)
			}
		}
	}
	return list
}

// heal makes the whole network well.
func (n *network) heal() {
	for _, l := range n.all() {
		l.heal()
	}
}

func (n *network) close() error {
	for _, l := range n.all() {
		l.close()
	}
	return nil
}
