// SPDX-License-Identifier: Apache-2.0

// What a program chooses.

package client

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"net"
	"time"

	"viewstamp/impl/transport"
	"viewstamp/impl/vsr"
	"viewstamp/impl/wire"
)

// Link carries messages to one replica. A transport.Link is one.
type Link interface {
	// Send is false if the message is lost for certain. It must not block.
	Send(m vsr.Message) bool
	// Close ends the link; nothing is delivered after it has returned.
	Close()
}

// Config describes the cluster. Cluster and Addresses must be set.
type Config struct {
	Cluster wire.ClusterID
	// Addresses of all replicas, HOST:PORT; the index is the replica's number.
	Addresses []string
	// Insecure allows addresses outside of the loopback interface: what is sent there can be
	// read and changed on the way.
	Insecure bool
	// RetryAfter is for how long the first reply may be late before the request is sent again.
	// It doubles up to eight times itself. Zero: 250 ms.
	RetryAfter time.Duration
	// SessionsMax is how many operations can be under way at once; more wait for their turn.
	// Zero: 1,024.
	SessionsMax int
	// OperationBytesMax bounds an operation. Zero: 1 MiB, as in the replicas.
	OperationBytesMax int
	// Changed, if not nil, is told when a connection comes up or goes down, and why.
	Changed func(replica vsr.ReplicaNumber, up bool, err error)
	// Dial connects to a replica. Nil: TCP.
	Dial func(ctx context.Context, address string) (net.Conn, error)
	// Connect makes the links, where they are not connections: up to tests, and to the replica
	// in this process. It returns nil for a replica that is to be reached by the address.
	// deliver gets what comes back, and changed must be told of each new connection; neither
	// blocks.
	Connect func(replica vsr.ReplicaNumber, deliver func(vsr.Message), changed func(up bool)) Link
}

func (c Config) withDefaults() (Config, error) {
	if c.Cluster == (wire.ClusterID{}) {
		return c, errors.New("client: Config.Cluster is zero, expected the id of a cluster")
	}
	if len(c.Addresses) == 0 || len(c.Addresses) > math.MaxUint8 {
		return c, fmt.Errorf("client: %d addresses, expected 1 to %d, one for each replica",
			len(c.Addresses), math.MaxUint8)
	}
	if c.RetryAfter < 0 || c.SessionsMax < 0 || c.OperationBytesMax < 0 {
		return c, errors.New("client: a number of Config is negative, expected 0 or more")
	}
	if c.Dial == nil && c.Connect == nil {
		for i, address := range c.Addresses {
			if err := transport.CheckAddress(address, c.Insecure); err != nil {
				return c, fmt.Errorf("client: replica %d: %w", i, err)
			}
		}
	}
	c.RetryAfter = cmp.Or(c.RetryAfter, 250*time.Millisecond)
	c.SessionsMax = cmp.Or(c.SessionsMax, 1024)
	c.OperationBytesMax = cmp.Or(c.OperationBytesMax, 1<<20)
	return c, nil
}
