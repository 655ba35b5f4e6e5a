// SPDX-License-Identifier: Apache-2.0

package vsrtest_test

// A right service passes, and each wrong one is found by the check that is there
// for it.

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/anishathalye/porcupine"
	"github.com/stretchr/testify/require"

	"viewstamp/impl/sim/vsrtest"
	"viewstamp/impl/vsr"
)

// counters is two counters. Operation {i} adds to counter i and returns its value
// from before.
type counters struct {
	values [2]byte
}

func (c *counters) Execute(_ vsr.Timestamp, operation []byte) []byte {
	i := operation[0]
	c.values[i]++
	return []byte{c.values[i] - 1}
}

func (c *counters) Snapshot() []byte { return bytes.Clone(c.values[:]) }

func (c *counters) Restore(snapshot []byte) error {
	if len(snapshot) != len(c.values) {
		return errors.New("a snapshot of counters has two bytes")
	}
	copy(c.values[:], snapshot)
	return nil
}

// operation draws a counter.
func operation(r *rand.Rand) []byte { return []byte{byte(r.IntN(2))} }

// reference is counters as a plain function.
func reference() func([]byte) []byte {
	c := counters{}
	return func(operation []byte) []byte { return c.Execute(0, operation) }
}

// model is counters for porcupine.
var model = porcupine.Model{
	Init: func() any { return [2]byte{} },
	Step: func(state, input, output any) (bool, any) {
		values, i, heard := state.([2]byte), input.([]byte)[0], output.([]byte)
		before := values[i]
		values[i]++
		return heard == nil || heard[0] == before, values
	},
}

func config(of func() vsr.Service) vsrtest.Config {
	return vsrtest.Config{New: of, Operation: operation, Reference: reference, Model: &model,
		Seeds: 5}
}

func TestRightService(t *testing.T) {
	vsrtest.Run(t, config(func() vsr.Service { return &counters{} }))
}

// Services with one mistake each.
type (
	shared    struct{ counters }
	forgets   struct{ counters }
	halfDone  struct{ counters }
	scribbles struct{ counters }
	lazy      struct{ counters }
	late      struct {
		counters
		restored bool
	}
)

var sharedState byte

// Execute depends on what other services have done.
func (s *shared) Execute(at vsr.Timestamp, operation []byte) []byte {
	sharedState++
	return append(s.counters.Execute(at, operation), sharedState)
}

// Snapshot leaves out a counter.
func (s *forgets) Snapshot() []byte { return []byte{s.values[0], 0} }

// Restore has changed the state before it refuses.
func (s *halfDone) Restore(snapshot []byte) error {
	s.values = [2]byte{}
	return s.counters.Restore(snapshot)
}

// Execute changes the operation.
func (s *scribbles) Execute(at vsr.Timestamp, operation []byte) []byte {
	result := s.counters.Execute(at, operation)
	operation[0] = 9
	return result
}

// Execute does not count beyond 20.
func (s *lazy) Execute(at vsr.Timestamp, operation []byte) []byte {
	result := s.counters.Execute(at, operation)
	s.values[0], s.values[1] = min(s.values[0], 20), min(s.values[1], 20)
	return result
}

// Execute is wrong with the time of a real group, in a service that was restored.
func (s *late) Execute(at vsr.Timestamp, operation []byte) []byte {
	result := s.counters.Execute(at, operation)
	if s.restored && at%1_000_000 != 0 {
		s.values[0]++
	}
	return result
}

func (s *late) Restore(snapshot []byte) error {
	s.restored = true
	return s.counters.Restore(snapshot)
}

func TestWrongServices(t *testing.T) {
	for says, of := range map[string]func() vsr.Service{
		"not deterministic":      func() vsr.Service { return &shared{} },
		"restored from its snap": func() vsr.Service { return &forgets{} },
		"and changed the state":  func() vsr.Service { return &halfDone{} },
		"has changed operation":  func() vsr.Service { return &scribbles{} },
		"not as the reference":   func() vsr.Service { return &lazy{} },
		"replicas diverge":       func() vsr.Service { return &late{} },
		"Config.New or":          nil,
	} {
		err := vsrtest.Check(config(of))
		require.ErrorContains(t, err, says)
	}
	c := config(func() vsr.Service { return &lazy{} })
	c.Reference = nil
	require.ErrorContains(t, vsrtest.Check(c), "not linearizable")
}

// An operation may have any size up to the limit, and a result too.
func TestLargeOperations(t *testing.T) {
	c := config(func() vsr.Service { return &counters{} })
	c.Model, c.Seeds = nil, 1
	c.Operation = func(r *rand.Rand) []byte {
		return binary.LittleEndian.AppendUint64(make([]byte, r.IntN(10_000)+1), 0)
	}
	vsrtest.Run(t, c)
}
