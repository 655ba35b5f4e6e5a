// SPDX-License-Identifier: Apache-2.0

// Package vsrtest tests a service that is to be replicated: your own vsr.Service,
// from go test, in a few seconds.
//
//	func TestCounter(t *testing.T) {
//		vsrtest.Run(t, vsrtest.Config{
//			New:       func() vsr.Service { return &Counter{} },
//			Operation: func(r *rand.Rand) []byte { return []byte{byte(r.IntN(3))} },
//			Reference: func() func([]byte) []byte { … },
//		})
//	}
//
// What is checked, in this order:
//
//   - Determinism: two services that execute the same operations give the same
//     results and have the same snapshots, byte for byte.
//   - Snapshots: a service that is restored from a snapshot has that snapshot, and
//     answers as the one that made it; what is no snapshot changes nothing.
//   - Replication: groups of replicas run the service under virtual time, while
//     messages are lost, replicas crash and disks lose what they held (package
//     sim). All replicas execute the same, and have the same states.
//   - Linearizability: what the clients saw is what one service would have
//     answered that executes one operation after the other, each between its call
//     and its return.
//
// A failure says with which seed it is seen again: set Config.Seed to it, and
// Seeds to 1.
package vsrtest

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/anishathalye/porcupine"

	"viewstamp/impl/sim"
	"viewstamp/impl/vsr"
)

// Config says what is tested.
type Config struct {
	// New makes a service in its first state. It must not be nil.
	New func() vsr.Service
	// Operation draws one operation, from r and nothing else, of 16 KiB at most. It
	// must not be nil. Few keys and many conflicts find most.
	Operation func(r *rand.Rand) []byte
	// Model judges histories by search, as porcupine does: Input is the operation
	// as []byte, Output the result as []byte, or nil if the client has not heard
	// it; Step must then allow every result. Nil: there is none.
	Model *porcupine.Model
	// Reference makes a plain function that answers one operation after the other
	// as the service should. It must not look at the time. Nil: there is none.
	Reference func() func(operation []byte) (result []byte)
	// Seed is the first seed, Seeds how many runs are made. Zero: 1, and 20.
	Seed  uint64
	Seeds int
	// Sim is the configuration of the runs, but for its Seed, Service and
	// Operation. Its zero value draws everything.
	Sim sim.Config
}

// Run checks a service, and ends the test if it fails.
func Run(t testing.TB, c Config) {
	t.Helper()
	if err := Check(c); err != nil {
		t.Fatal(err)
	}
}

// Check is Run for those who want the error.
func Check(c Config) error {
	if c.New == nil || c.Operation == nil {
		return fmt.Errorf("vsrtest: Config.New or Config.Operation is nil, expected functions")
	}
	if c.Seed == 0 {
		c.Seed = 1
	}
	if c.Seeds == 0 {
		c.Seeds = 20
	}
	for i := range uint64(c.Seeds) {
		seed := c.Seed + i
		for _, check := range []func(*Config, uint64) error{deterministic, restorable, replicated} {
			if err := check(&c, seed); err != nil {
				return fmt.Errorf("vsrtest: seed %d: %w", seed, err)
			}
		}
	}
	return nil
}

// replicated runs a group, and judges what the clients saw.
func replicated(c *Config, seed uint64) error {
	config := c.Sim
	config.Seed, config.Service, config.Operation = seed, c.New, c.Operation
	result, err := sim.Run(config)
	if err != nil {
		return err
	}
	if c.Reference != nil {
		if err := follows(c.Reference(), result.Operations); err != nil {
			return err
		}
	}
	if c.Model != nil {
		return searched(c.Model, result.Operations)
	}
	return nil
}
