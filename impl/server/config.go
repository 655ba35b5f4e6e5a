// SPDX-License-Identifier: Apache-2.0

// What a replica needs to run.

package server

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"time"

	"viewstamp/impl/journal"
	"viewstamp/impl/service/kv"
	"viewstamp/impl/transport"
	"viewstamp/impl/vsr"
)

var (
	// ErrConfig marks errors that another configuration would avoid.
	ErrConfig = errors.New("wrong configuration")
	// ErrStorage marks errors of the data file, of the trace, and of listening.
	ErrStorage = errors.New("input or output failed")
)

// Config describes a replica. DataFile and Addresses must be set.
type Config struct {
	// DataFile was made by journal.Format. It says which replica of which cluster this is.
	DataFile string
	// Addresses of all replicas, HOST:PORT; the index is the replica's number.
	Addresses []string
	// Expect says whose the data file must be. Nil: whoever's it is. Fields that say nothing are
	// not looked at.
	Expect *Expectation
	// Insecure allows addresses outside of the loopback interface.
	Insecure bool
	// RESP is the address for Redis clients. Empty: there is no front end for them.
	RESP string
	// TraceDir is where the trace of this incarnation of the replica is written. Empty: nowhere.
	TraceDir string
	// TraceIgnored writes also the messages that a guard refused.
	TraceIgnored bool
	// Tick is the length of a tick. Zero: 10 ms.
	Tick time.Duration
	// NewService makes the service in its first state; it must be the same on all replicas. Nil:
	// the key-value store of package kv, which is also the only one that Redis clients can use.
	NewService func() vsr.Service
	// Wall reads the time of day. Nil: time.Now. Tests use it to give replicas wrong clocks.
	Wall func() time.Time
	// Buffered writes through the page cache, as tests may.
	Buffered bool
	// Scrub is the pause between two reads of the scrubber, each of a chunk of the checkpoint or of
	// one group. Zero: 100 ms, which is 640 KiB/s at most. Negative: it does not run.
	Scrub time.Duration
	// Core has the settings of the core. Replicas, Replica, Seed and Trace are filled in. Zeros of
	// CheckpointInterval, CheckpointBytes and LogBytesMax are set from the size of the data file.
	Core vsr.Config
	// Limits of the network. MaxBody is filled in.
	Limits transport.Limits
	// HTTP is the address of /healthz, /readyz and /metrics. Empty: there is no such endpoint.
	// HTTPListener is used instead if it is set.
	HTTP         string
	HTTPListener net.Listener
	// Listener and RESPListener accept connections. Nil: the server listens on the addresses.
	Listener, RESPListener net.Listener
	// Version is what the front end tells Redis clients about this program.
	Version string
	// Log gets one line for each change of the replica's state. Nil: nobody does.
	Log *slog.Logger
}

// Expectation is whose data file somebody believes to have.
type Expectation struct {
	// Replica is the number of the replica, -1 for any.
	Replica int
	// Cluster is the id of the cluster, zero for any.
	Cluster [16]byte
}

// check compares it with a data file.
func (e *Expectation) check(c *Config, id journal.Identity) error {
	switch {
	case e == nil:
		return nil
	case e.Cluster != ([16]byte{}) && e.Cluster != id.Cluster:
		return fmt.Errorf("server: %w: data file %s belongs to %v, expected one of cluster %x: "+
			"start it with the addresses of its own cluster, or name the right file",
			ErrConfig, c.DataFile, id, e.Cluster)
	case e.Replica >= 0 && e.Replica != int(id.Replica):
		return fmt.Errorf("server: %w: data file %s belongs to %v, expected that of replica %d: "+
			"replica %d has the address %s; start each replica with its own file, and never "+
			"move a file to another one", ErrConfig, c.DataFile, id, e.Replica,
			id.Replica, addressOf(c.Addresses, int(id.Replica)))
	}
	return nil
}

// addressOf is the address of a replica, if there are so many.
func addressOf(addresses []string, replica int) string {
	if replica < len(addresses) {
		return addresses[replica]
	}
	return "that is not given"
}

func (c Config) withDefaults() (Config, error) {
	if c.DataFile == "" {
		return c, fmt.Errorf("server: %w: there is no data file", ErrConfig)
	}
	if len(c.Addresses) < 2 {
		return c, fmt.Errorf("server: %w: %d addresses, expected one for each replica, 2 at least",
			ErrConfig, len(c.Addresses))
	}
	if c.Tick < 0 {
		return c, fmt.Errorf("server: %w: Tick is negative", ErrConfig)
	}
	if c.NewService == nil {
		c.NewService = func() vsr.Service { return kv.New() }
	} else if c.RESP != "" || c.RESPListener != nil {
		return c, fmt.Errorf("server: %w: Redis clients need the key-value store, and there is "+
			"another service: leave out RESP", ErrConfig)
	}
	for i, address := range c.Addresses {
		if err := transport.CheckAddress(address, c.Insecure); err != nil {
			return c, fmt.Errorf("server: %w: replica %d: %w", ErrConfig, i, err)
		}
	}
	if c.RESP != "" && c.RESPListener == nil {
		if err := transport.CheckAddress(c.RESP, c.Insecure); err != nil {
			return c, fmt.Errorf("server: %w: Redis front end: %w", ErrConfig, err)
		}
	}
	if c.HTTP != "" && c.HTTPListener == nil {
		if err := transport.CheckAddress(c.HTTP, c.Insecure); err != nil {
			return c, fmt.Errorf("server: %w: HTTP: %w", ErrConfig, err)
		}
	}
	c.Tick = cmp.Or(c.Tick, 10*time.Millisecond)
	c.Scrub = cmp.Or(c.Scrub, 100*time.Millisecond)
	if c.Wall == nil {
		c.Wall = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return c, nil
}
