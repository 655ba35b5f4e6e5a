// SPDX-License-Identifier: Apache-2.0

// Package simcheck judges runs of the simulator: each run by its own checks
// (package sim), by whether each step of each replica is a step of the spec
// (package conform), and by whether what the clients saw is linearizable
// (package linear). It runs many seeds on all cores.
//
// A sweep that did nothing has shown nothing: the floors say what must have
// happened in it, and one that is not reached is a failure like any other.
package simcheck
