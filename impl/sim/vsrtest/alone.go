// SPDX-License-Identifier: Apache-2.0

package vsrtest

// Checks of a service by itself.

import (
	"bytes"
	"fmt"
	"math/rand/v2"

	"viewstamp/impl/vsr"
)

// rounds is how many operations a service executes by itself, and often how often
// its snapshot is looked at.
const (
	rounds = 200
	often  = 20
)

// timestamp is the time of an operation: every service gets the same.
func timestamp(round int) vsr.Timestamp {
	return 1_700_000_000_000_000_000 + vsr.Timestamp(round)*1_000_000
}

// execute lets a service execute one operation, which it must not change.
func execute(s vsr.Service, round int, operation []byte) ([]byte, error) {
	given := bytes.Clone(operation)
	result := bytes.Clone(s.Execute(timestamp(round), given))
	if !bytes.Equal(given, operation) {
		return nil, fmt.Errorf("the service: Execute has changed operation %x to %x; it belongs to "+
			"the log", operation, given)
	}
	return result, nil
}

// same demands that two services answer an operation in the same way.
func same(a, b vsr.Service, round int, operation []byte, who string) error {
	one, err := execute(a, round, operation)
	if err != nil {
		return err
	}
	other, err := execute(b, round, operation)
	if err != nil {
		return err
	}
	if !bytes.Equal(one, other) {
		return fmt.Errorf("%s answer operation %d, %x, with %x and with %x", who, round+1, operation,
			one, other)
	}
	return nil
}

// deterministic runs two services side by side.
func deterministic(c *Config, seed uint64) error {
	r := rand.New(rand.NewPCG(seed, 1))
	a, b := c.New(), c.New()
	for round := range rounds {
		if round%often == 0 {
			if one, other := a.Snapshot(), b.Snapshot(); !bytes.Equal(one, other) {
				return fmt.Errorf("not deterministic: two services have different snapshots after the "+
					"same %d operations: %x and %x", round, one, other)
			}
		}
		if err := same(a, b, round, c.Operation(r), "not deterministic: two services"); err != nil {
			return err
		}
	}
	return nil
}

// restorable takes snapshots, restores them, and goes on.
func restorable(c *Config, seed uint64) error {
	r := rand.New(rand.NewPCG(seed, 2))
	original, restored := c.New(), c.New()
	for round := range rounds {
		if round%often == 0 {
			snapshot := original.Snapshot()
			kept := bytes.Clone(snapshot)
			restored = c.New()
			// A service that has a state must lose it.
			for range r.IntN(4) {
				restored.Execute(timestamp(round), c.Operation(r))
			}
			if err := restored.Restore(snapshot); err != nil {
				return fmt.Errorf("the service: Restore refuses what Snapshot has made after "+
					"%d operations: %w", round, err)
			}
			if again := restored.Snapshot(); !bytes.Equal(again, kept) {
				return fmt.Errorf("a restored service has another snapshot after %d operations: %x, was %x",
					round, again, kept)
			}
			if err := refuses(restored, kept, r); err != nil {
				return err
			}
		}
		if err := same(original, restored, round, c.Operation(r),
			"a service and one that was restored from its snapshot"); err != nil {
			return err
		}
	}
	return nil
}

// refuses tries to restore a part of a snapshot: either it is one too, or it is
// refused and nothing has changed.
func refuses(s vsr.Service, snapshot []byte, r *rand.Rand) error {
	if len(snapshot) == 0 {
		return nil
	}
	cut := snapshot[:r.IntN(len(snapshot))]
	if err := s.Restore(bytes.Clone(cut)); err == nil {
		return s.Restore(snapshot)
	}
	if after := s.Snapshot(); !bytes.Equal(after, snapshot) {
		return fmt.Errorf("the service: Restore has refused %x, and changed the state: the "+
			"snapshot is %x, was %x", cut, after, snapshot)
	}
	return nil
}
