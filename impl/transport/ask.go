// SPDX-License-Identifier: Apache-2.0

// Ask: how a replica is doing, for those who know nothing but its address.

package transport

import (
	"context"
	"fmt"
	"net"
	"time"

	"viewstamp/impl/wire"
)

// Answer is what a replica says about itself.
type Answer struct {
	Cluster  wire.ClusterID
	Replicas int
	Status   wire.Status
}

// Ask connects to a replica, whichever cluster it belongs to, and asks for its status. Give the
// context a deadline. Dial makes the connection; nil is TCP.
func Ask(ctx context.Context, address string,
	dial func(ctx context.Context, address string) (net.Conn, error),
) (Answer, error) {
	if dial == nil {
		dial = func(ctx context.Context, address string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "tcp", address)
		}
	}
	conn, err := dial(ctx, address)
	if err != nil {
		return Answer{}, fmt.Errorf("transport: %w", err)
	}
	defer func() { _ = conn.Close() }()
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	answer, err := ask(conn)
	if err != nil {
		return Answer{}, fmt.Errorf("transport: ask %s for its status: %w", address, err)
	}
	return answer, nil
}

func ask(conn net.Conn) (Answer, error) {
	// The replica greets first of all: so its cluster need not be known.
	reader := wire.NewReader(conn, wire.ClusterID{}, 0)
	m, err := reader.Next()
	if err != nil {
		return Answer{}, err
	}
	hello, ok := m.(*wire.Hello)
	if !ok || hello.Role != wire.RoleReplica {
		return Answer{}, fmt.Errorf("%w: it greets with %#v", wire.ErrMalformed, m)
	}
	greeting := wire.Hello{Role: wire.RoleClient, Replicas: hello.Replicas}
	frames, err := wire.Append(nil, reader.Cluster(), &greeting, 0)
	if err != nil {
		return Answer{}, err
	}
	frames, err = wire.Append(frames, reader.Cluster(), &wire.StatusRequest{}, 0)
	if err != nil {
		return Answer{}, err
	}
	if _, err := conn.Write(frames); err != nil {
		return Answer{}, err
	}
	for {
		m, err := reader.Next()
		if err != nil {
			return Answer{}, err
		}
		// Hints about views may come first.
		if status, ok := m.(*wire.Status); ok {
			return Answer{reader.Cluster(), int(hello.Replicas), *status}, nil
		}
	}
}
