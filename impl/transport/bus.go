// SPDX-License-Identifier: Apache-2.0

// Bus: the network of one replica.

package transport

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net"
	"sync"

	"viewstamp/impl/vsr"
	"viewstamp/impl/wire"
)

// Config describes the network as one replica sees it.
type Config struct {
	Cluster wire.ClusterID
	Replica vsr.ReplicaNumber
	// Addresses of all replicas, HOST:PORT; the index is the replica's number.
	Addresses []string
	// Insecure allows addresses outside of the loopback interface.
	Insecure bool
	// Deliver gets the messages of other replicas and of clients. It is called from many
	// goroutines. While it blocks, their connections wait.
	Deliver func(vsr.Message)
	// Status answers the status requests of clients.
	Status func() *wire.Status
	// Listener accepts connections. Nil: it listens on its own address. The bus closes it.
	Listener net.Listener
	// Dial connects to other replicas. Nil: TCP.
	Dial func(ctx context.Context, address string) (net.Conn, error)
	// Limits: zero values are the defaults.
	Limits Limits
	// Log is told about connections of replicas, and about those that end for a bad reason.
	// Nil: nobody is.
	Log *slog.Logger
}

// Bus carries the messages of one replica.
type Bus struct {
	config   Config
	counters Counters
	listener net.Listener
	links    []*Link // by replica number; nil for this one
	routes   routes
	ctx      context.Context
	cancel   context.CancelFunc
	done     sync.WaitGroup

	mu      sync.Mutex
	pending int                               // accepted, not greeted
	peers   map[vsr.ReplicaNumber]*connection // the newest connection from each replica
	clients map[*connection]bool
	view    *wire.View // the newest hint for clients
}

// NewBus starts listening and connecting. Close it after use.
func NewBus(c Config) (*Bus, error) {
	if err := c.validate(); err != nil {
		return nil, fmt.Errorf("transport: %w", err)
	}
	limits, err := c.Limits.withDefaults()
	if err != nil {
		return nil, err
	}
	c.Limits = limits
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	listener := c.Listener
	if listener == nil {
		listener, err = net.Listen("tcp", c.Addresses[c.Replica])
		if err != nil {
			return nil, fmt.Errorf("transport: listen as replica %d: %w", c.Replica, err)
		}
	}
	b := &Bus{config: c, listener: listener,
		peers:   map[vsr.ReplicaNumber]*connection{},
		clients: map[*connection]bool{},
		routes:  routes{limit: limits.ClientIDs, to: map[vsr.ClientID]*origin{}}}
	b.ctx, b.cancel = context.WithCancel(context.Background())
	if err := b.connect(); err != nil {
		b.Close()
		return nil, err
	}
	b.done.Go(b.accept)
	return b, nil
}

func (c *Config) validate() error {
	if c.Cluster == (wire.ClusterID{}) {
		return errNoCluster
	}
	if c.Deliver == nil || c.Status == nil {
		return errors.New("Config.Deliver and Config.Status are needed")
	}
	if len(c.Addresses) > math.MaxUint8 {
		return fmt.Errorf("%d addresses, at most %d are possible",
			len(c.Addresses), math.MaxUint8)
	}
	if int(c.Replica) >= len(c.Addresses) {
		return fmt.Errorf("replica %d has no address: there are %d (replicas count from 0)",
			c.Replica, len(c.Addresses))
	}
	seen := map[string]int{}
	for i, address := range c.Addresses {
		if c.Dial == nil {
			if err := CheckAddress(address, c.Insecure); err != nil {
				return fmt.Errorf("replica %d: %w", i, err)
			}
		}
		if j, ok := seen[address]; ok {
			return fmt.Errorf("replicas %d and %d have the same address %s", j, i, address)
		}
		seen[address] = i
	}
	return nil
}

func (b *Bus) hello() wire.Hello {
	return wire.Hello{Role: wire.RoleReplica, Replica: b.config.Replica,
		Replicas: uint8(len(b.config.Addresses))}
}

// connect starts the links to the other replicas.
func (b *Bus) connect() error {
	b.links = make([]*Link, len(b.config.Addresses))
	for i, address := range b.config.Addresses {
		if i == int(b.config.Replica) {
			continue
		}
		link, err := NewLink(LinkConfig{
			Cluster: b.config.Cluster, Address: address, To: vsr.ReplicaNumber(i),
			Hello: b.hello(), Changed: b.logged(i), Dial: b.config.Dial,
			Limits: b.config.Limits, Counters: &b.counters,
		})
		if err != nil {
			return err
		}
		b.links[i] = link
	}
	return nil
}

// logged makes the Changed of a link: a line when it comes up, and one when it goes down, but not
// one for each attempt.
func (b *Bus) logged(replica int) func(bool, error) {
	last := "never tried"
	return func(up bool, err error) {
		switch {
		case up:
			last = ""
			b.config.Log.Info("connected to replica", "to", replica)
		case last != err.Error():
			last = err.Error()
			b.config.Log.Info("no connection to replica", "to", replica, "reason", err)
		}
	}
}

// Send queues a message to another replica, or a reply to its client. It never blocks.
func (b *Bus) Send(s vsr.Send) {
	if s.ToClient {
		if !b.routes.send(clientOf(s.Message), s.Message) {
			b.counters.Unroutable.Add(1)
		}
		return
	}
	if int(s.To) >= len(b.links) || b.links[s.To] == nil {
		panic(fmt.Sprintf("transport: replica %d sends %T to replica %d of %d",
			b.config.Replica, s.Message, s.To, len(b.links)))
	}
	b.links[s.To].Send(s.Message)
}

// Announce tells all clients, those that are connected and those that will be, that this replica is
// Normal in that view.
func (b *Bus) Announce(view vsr.ViewNumber) {
	hint := &wire.View{From: b.config.Replica, ViewNumber: view}
	b.mu.Lock()
	b.view = hint
	for c := range b.clients {
		b.put(c, hint)
	}
	b.mu.Unlock()
	b.routes.toLocals(hint)
}

// Counters of this bus and its links.
func (b *Bus) Counters() *Counters { return &b.counters }

// Address is where the bus listens.
func (b *Bus) Address() net.Addr { return b.listener.Addr() }

// Close ends all connections and waits for all goroutines. What is queued is lost. Deliver must not
// block for ever, or Close does too.
func (b *Bus) Close() {
	b.cancel()
	_ = b.listener.Close()
	for _, link := range b.links {
		if link != nil {
			link.Close()
		}
	}
	b.done.Wait()
}

// clientOf is the client that a message is for.
func clientOf(m vsr.Message) vsr.ClientID {
	switch m := m.(type) {
	case *vsr.Reply:
		return m.ClientID
	case *vsr.Refused:
		return m.ClientID
	}
	return vsr.ClientID{}
}
