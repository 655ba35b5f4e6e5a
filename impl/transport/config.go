// SPDX-License-Identifier: Apache-2.0

// Limits, counters, and what addresses are allowed.

package transport

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"sync/atomic"
	"time"

	"viewstamp/impl/wire"
)

// ErrInsecure is returned for addresses outside of the loopback interface.
var ErrInsecure = errors.New("plain TCP outside of the loopback interface")

// errNoCluster is there because a frame reader would take the zero cluster for any cluster.
var errNoCluster = errors.New("the cluster's id is zero, expected that of a cluster")

// Limits bounds what others can make a process spend. Zero values stand for the defaults.
type Limits struct {
	// MaxBody is the size of the largest body of a frame, in bytes. Zero: wire.DefaultMaxBody.
	MaxBody int
	// QueueMessages and QueueBytes bound what waits for one connection; above them the oldest
	// messages are lost. Zero: 16,384 messages and 16 MiB.
	QueueMessages int
	QueueBytes    int
	// Pending is how many accepted connections may be without a greeting. Zero: 128.
	Pending int
	// Clients is how many connections of clients may be open. Zero: 1,024.
	Clients int
	// ClientIDs is for how many client-ids of one connection replies find the way back. Above it
	// all are forgotten, until they send a request again. Zero: 16,384.
	ClientIDs int
	// Handshake is the time for both greetings. Zero: 5 s.
	Handshake time.Duration
	// Frame is the time from the first byte of a frame to its last one. Zero: 10 s.
	Frame time.Duration
	// Idle is for how long a client may say nothing. Zero: 5 minutes.
	Idle time.Duration
	// Write is the time for handing bytes to the other side. Zero: 10 s.
	Write time.Duration
}

func (l Limits) withDefaults() (Limits, error) {
	for _, n := range []int{l.MaxBody, l.QueueMessages, l.QueueBytes, l.Pending, l.Clients,
		l.ClientIDs, int(l.Handshake), int(l.Frame), int(l.Idle), int(l.Write)} {
		if n < 0 {
			return l, fmt.Errorf("transport: a limit is %d, expected 0 (the default) or more", n)
		}
	}
	l.MaxBody = cmp.Or(l.MaxBody, wire.DefaultMaxBody)
	l.QueueMessages = cmp.Or(l.QueueMessages, 16<<10)
	l.QueueBytes = cmp.Or(l.QueueBytes, 16<<20)
	l.Pending = cmp.Or(l.Pending, 128)
	l.Clients = cmp.Or(l.Clients, 1024)
	l.ClientIDs = cmp.Or(l.ClientIDs, 16<<10)
	l.Handshake = cmp.Or(l.Handshake, 5*time.Second)
	l.Frame = cmp.Or(l.Frame, 10*time.Second)
	l.Idle = cmp.Or(l.Idle, 5*time.Minute)
	l.Write = cmp.Or(l.Write, 10*time.Second)
	return l, nil
}

// Counters counts what happened since the start. They only grow.
type Counters struct {
	Accepted   atomic.Uint64 // connections
	Refused    atomic.Uint64 // connections above a limit, or with a greeting that does not fit
	Malformed  atomic.Uint64 // connections closed for bytes that nobody of this cluster sends
	TimedOut   atomic.Uint64 // connections closed for being slow
	Connected  atomic.Uint64 // links that came up
	Lost       atomic.Uint64 // messages that were given up: no connection, or a full queue
	Unroutable atomic.Uint64 // replies whose client is gone
}

// CheckAddress says what is wrong with an address HOST:PORT. Hosts other than localhost and
// loopback addresses are refused with ErrInsecure unless insecure is set.
func CheckAddress(address string, insecure bool) error {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("address %q: expected HOST:PORT, such as 127.0.0.1:7000: %w",
			address, err)
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil {
		return fmt.Errorf("address %q: port %q is not a number from 0 to 65535", address, port)
	} else if n == 0 {
		return fmt.Errorf("address %q: port 0 is no place where others can connect to", address)
	}
	if host == "" {
		return fmt.Errorf("address %q: the host is missing", address)
	}
	ip, err := netip.ParseAddr(host)
	if loopback := err == nil && ip.IsLoopback() || host == "localhost"; !loopback && !insecure {
		return fmt.Errorf("address %q: %w is not allowed: anybody who reaches the port could "+
			"pose as a replica, and TLS is not there yet. Use a loopback address, or allow it "+
			"with --insecure on a network that you trust", address, ErrInsecure)
	}
	return nil
}
