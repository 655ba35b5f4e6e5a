// SPDX-License-Identifier: Apache-2.0

// Package textbook holds small models with exactly known numbers of states. They test the model
// checker, and they show how models are written. Most come with a wrong variant, which the checker
// must refute by a counterexample of known length: two-phase commit, Paxos and counters by a broken
// invariant, the philosophers by a deadlock, the process that waits by a run that never leaves.
package textbook
