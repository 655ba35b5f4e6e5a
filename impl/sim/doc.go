// SPDX-License-Identifier: Apache-2.0

// Package sim runs a whole group in one goroutine under virtual time: the real
// replica core, journal and key-value service, on a simulated network,
// simulated disks and simulated clocks, with simulated clients. Everything that
// happens follows from one seed.
//
//	result, err := sim.Run(sim.Config{Seed: 42})
//
// # A run
//
// First comes the safety phase: clients send requests, and the faults of the
// run happen, all at their own rates. Then everything is healed, and in the
// liveness phase all requests must be answered and all replicas must come to
// the same state in a given number of ticks.
//
// Which faults a run has, how often they happen, how large the group is, and
// how slow its network and disks are, is drawn from the seed too, each kind of
// fault being off in half of the runs. A run in which everything goes wrong at
// once finds less than many with a few faults each.
//
// # What is checked here, and what is not
//
// Here: all replicas execute the same operations with the same results, in any
// order of crashes; equal op-numbers mean equal states, and equal checkpoints; a
// client is told what the group has executed; no replica denies what it has said
// (promise.go); no replica panics; a journal refuses
// no disk that it can live with (damage.go), and a scrubber finds damage only where
// there is some (scrub.go); times never fall along the log, and a quorum of clocks is
// right (clock.go); the liveness phase ends. A failure says with which command it is
// seen again.
//
// Not here: whether the history is linearizable and whether each step is a step
// of the spec. For these the run hands out its history (Result.Operations) and
// its events (Config.Hooks); package simcheck of the checker judges them.
//
// Nor are there runs with mixed versions: there is one version of the wire.
//
// # Determinism
//
// There is no clock, no other source of chance, no map whose order matters, and
// one goroutine. Two runs with the same Config have the same Result.Digest,
// which covers everything that happened. Hooks and the log change nothing.
package sim
