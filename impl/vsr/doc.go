// SPDX-License-Identifier: Apache-2.0

// Package vsr is the replica of Viewstamped Replication without the world around it: no clock, no
// disk, no network, no goroutine, no chance. What happened goes in, what to do comes out.
//
// # How to read it
//
// The files have the names of those of package spec, and each step has the name of the step
// there: [Replica] takes onPrepare where the spec says OnPrepare. A step is written in the same
// order in both: the guards, which say why a message does nothing, then the change, then what
// is sent. What only the implementation has is in files of its own:
//
//	held.go         what may leave now, and what only when the disk is done
//	quorum.go       the messages below a quorum, which the spec has no need to store
//	logtransfer.go  long logs, of which a message carries only the last entries
//	checkpoint.go, checkpointtransfer.go  the state in place of the beginning of the log
//	hearing.go      a primary that hears nobody, and what it does about it
//	sessions.go     which requests are not taken, and what their clients are told
//	damage.go       disks that have lost a part of the log
//	timer.go        when the steps that nobody asked for happen, and what is sent again
//	valid.go        messages that no replica can have sent
//	log.go, clienttable.go  the log and the client-table as fast data structures
//
// # The contract with the driver
//
//  1. Give [New] what the disk holds, and a service in its first state: what is committed above
//     the checkpoint is executed anew.
//  2. Call Receive, Tick and Persisted from one goroutine at a time, in any order, as often as
//     is convenient, then Output. What Output returns belongs to the driver; the entries and
//     messages in it are shared and must not be changed.
//  3. Record Events first, then hand Writes to the disk in their order, and send Sends. A driver
//     may be late with Persisted, and may leave out all but the last of several. A Checkpoint
//     becomes durable in the background, and CheckpointPersisted says so.
//  4. A message that does not arrive costs time and nothing else. A write that is reported as
//     durable and is not breaks the protocol.
//
// # What it does not do
//
// There is no diskless recovery (§4.3) and no reconfiguration (§7). It
// defends itself against lost, late, repeated and malformed messages, not against a replica that
// lies.
package vsr
