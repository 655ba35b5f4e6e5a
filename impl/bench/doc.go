// SPDX-License-Identifier: Apache-2.0

// Package bench measures a replicated log of three replicas beside others that do the same work, on
// this machine, in one run.
//
// The same work: three replicas in one process, loopback TCP between them, every entry flushed to a
// real disk at a quorum before it is acknowledged, a service that does nothing. Some number of
// clients hand operations to the primary or leader within the process, and each waits for the answer
// before its next operation.
//
// Disks of shared machines change their speed within seconds. So each measurement stands between
// two probes of the disk, the systems take turns, and what is reported are medians over several
// rounds with the lowest and the highest. A ratio is taken between medians of one run; absolute
// numbers say little.
//
// This is a module of its own, so that whoever uses viewstamp does not depend on the others.
package bench
