// SPDX-License-Identifier: Apache-2.0

// Package spec is Viewstamped Replication as a small executable model: §4.1, §4.2 and §5.2 of
// "Viewstamped Replication Revisited" (Liskov and Cowling, 2012), with replicas that keep their
// state on disk, and their clients.
//
// # How to read it
//
// One protocol step is one pure function on one process: the local state and some messages go
// in, the new local state and the messages sent come out, or the reason why nothing happened.
//
//	func OnPrepare(c Configuration, r Replica, m Prepare) (Replica, []Message, Ignored)
//
// Open the paper at §4.1 and normal.go beside it; §4.2 is viewchange.go, §5.2 is
// statetransfer.go. Where a step departs from the paper the line says "Diverges", and
// DIVERGENCE.md has the schedule that forced it.
//
// # What a protocol is
//
// A [Protocol] is a table of named steps. [ViewstampedReplication] is the table to believe in. A
// claim or a mutant is the same table with a named step replaced, so that what a reader must
// look at is just the difference:
//
//	wrong := spec.ViewstampedReplication().Replace("JoinView", CutLogToCommitNumber)
//
// Parts of the paper that this protocol does not need are tables of their own: recovery without a
// disk (§4.3: [DisklessRecovery], as published, [PersistentView] and [CrashVectors]), client
// recovery (§4.5: [ClientRecoveries], [NewClients]), reads at the primary (§6.3.1:
// [ReadsAtPrimary]), and what makes the protocol faster or smaller: [Predictions] (§4.4),
// [LogSuffixes] (§5.3), [Witnesses] (§6.1), [Batching] and [Pipelined] (§6.2), [QuorumReads]. A
// [Configuration] may have flexible quorums in all of them. What a disk does to a replica is in
// [Checkpoints] (§5.1), [DamagedDisks], where [Nacks] is the rule by which a new primary drops what
// nobody can read, and [LostDisks].
// [Reconfigurable] is the protocol with reconfiguration (§7): reconfiguration.go is §7.1 and §7.2,
// epochclient.go is §7.3 and §7.4.
//
// What becomes of each message at each replica, by status, role and view, is the table [Outcomes];
// OUTCOMES.md is the same to read, with an example of each reason why nothing happens.
//
// # The world around the steps
//
// The network is the set of all messages ever sent. Loss is not receiving, duplication is
// receiving again, reordering is free. A step that needs a quorum takes all messages of the
// quorum at once: a receipt below the quorum changes nothing, so it is no step. How often
// something may happen is not written here: a model checker bounds the steps by their [Budget].
//
// States are plain values that == compares. A [Log] is immutable and shares its structure, so that
// a model with three entries and a recorded run with a million use the same functions.
//
// This package imports nothing but the standard library, does no input or output, keeps no
// variable, and starts no goroutine.
package spec
