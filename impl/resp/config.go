// SPDX-License-Identifier: Apache-2.0

// This file describes what a server needs and which limits it keeps.

package resp

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"viewstamp/impl/service/kv"
)

// Result is what replicating an operation gives.
type Result struct {
	// Value is the service's answer: an encoded kv.Result.
	Value []byte
	// OpNumber is the operation's place in the log; ViewNumber is the view that answered.
	OpNumber   uint64
	ViewNumber uint64
}

// Section is a part of the answer to INFO.
type Section struct {
	// Name is a word, as in "# Replication".
	Name   string
	Fields []Field
}

// Field is a line of a Section. Names have no colon; neither has line breaks.
type Field struct{ Name, Value string }

// Config describes a server. Only Submit must be set.
type Config struct {
	// Address is where to listen, as for net.Listen with "tcp". Empty means a free port of the
	// loopback interface.
	Address string
	// Listener is used instead of Address if it is set, for example for TLS. The server closes it.
	Listener net.Listener
	// Submit replicates one encoded kv.Operation and returns its result. It is called by many
	// connections at once. It must return soon after its context ends.
	Submit func(ctx context.Context, operation []byte) (Result, error)
	// NotExecuted reports that an error of Submit means that the operation has not run and never
	// will. nil means that no error does.
	NotExecuted func(err error) bool
	// Info adds sections to INFO, or replaces the server's own ones of the same name. VSR STATUS
	// answers with the section Vsr. It is called by many connections at once. nil means no more.
	Info func() []Section
	// Version is what INFO shows as viewstamp_version. Empty means "devel".
	Version string

	// MaxClients is how many connections may be open. 0 means 10,000.
	MaxClients int
	// MaxBulk is the greatest length of an argument in bytes. 0 means kv.MaxValue, which is also
	// the greatest value allowed.
	MaxBulk int
	// MaxOperation is the greatest length of an operation in bytes: what Submit can take. 0 means
	// kv.MaxOperation, which is also the greatest value allowed. At least 1 KiB.
	MaxOperation int
	// SubmitTimeout is how long a command may wait for replication. 0 means 10 seconds.
	SubmitTimeout time.Duration
	// CommandTimeout is how long a client may take to send a command that it has begun. 0 means 30
	// seconds. A connection between commands may be idle for ever.
	CommandTimeout time.Duration
	// WriteTimeout is how long a client may take to accept replies. 0 means 30 seconds.
	WriteTimeout time.Duration
}

// Limits that are not configurable.
const (
	// maxInline is the greatest length of a command that is typed as one line.
	maxInline = 64 << 10
	// maxArguments is the greatest number of arguments of a command, the name included.
	maxArguments = 1 + kv.MaxArguments
	// maxName is the greatest length of what a client tells about itself, such as its name.
	maxName = 1 << 10
)

// withDefaults replaces zero values and checks the rest.
func (c Config) withDefaults() (Config, error) {
	if c.Submit == nil {
		return c, errors.New("resp: Config.Submit is nil: set it to what replicates an operation")
	}
	setDefault(&c.Address, "127.0.0.1:0")
	setDefault(&c.Version, "devel")
	setDefault(&c.MaxClients, 10_000)
	setDefault(&c.MaxBulk, kv.MaxValue)
	setDefault(&c.MaxOperation, kv.MaxOperation)
	setDefault(&c.SubmitTimeout, 10*time.Second)
	setDefault(&c.CommandTimeout, 30*time.Second)
	setDefault(&c.WriteTimeout, 30*time.Second)
	if c.NotExecuted == nil {
		c.NotExecuted = func(error) bool { return false }
	}
	if c.Info == nil {
		c.Info = func() []Section { return nil }
	}
	if c.MaxClients < 1 {
		return c, fmt.Errorf("resp: Config.MaxClients is %d, expected at least 1", c.MaxClients)
	}
	if err := within("MaxBulk", c.MaxBulk, 1, kv.MaxValue); err != nil {
		return c, err
	}
	if err := within("MaxOperation", c.MaxOperation, 1<<10, kv.MaxOperation); err != nil {
		return c, err
	}
	if min(c.SubmitTimeout, c.CommandTimeout, c.WriteTimeout) < 0 {
		return c, errors.New("resp: a timeout of Config is negative, expected 0 or more")
	}
	return c, nil
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

func within(name string, value, least, greatest int) error {
	if value < least || value > greatest {
		return fmt.Errorf("resp: Config.%s is %d, expected %d to %d", name, value, least, greatest)
	}
	return nil
}
