// SPDX-License-Identifier: Apache-2.0

// Package server runs one replica: it is where core, data file, network, clock and service meet.
//
//	s, err := server.Start(server.Config{DataFile: path, Addresses: addresses, RESP: address})
//	select {
//	case <-s.Failed():  // the disk, most likely: s.Err() says so, and the process must end
//	case <-ctx.Done():
//	}
//	err = s.Stop()
//
// # Who does what
//
// One goroutine, the loop, owns the core. It takes everything that has come in, hands it to the
// core, and carries out the Output: events to the trace, then writes to the flusher, then
// messages to the bus. A second one, the flusher, owns the journal and the data file. All writes
// that were queued while one flush ran go with the next one; there is no timer, so a single
// operation waits for nobody. The goroutines of the transport put messages into the inbox of
// the loop; if that is full, they wait, and so do their connections.
//
// Redis clients talk to a front end, which is a client of the cluster like any other, except that
// it reaches the replica in its own process without a connection.
//
// Once a second the loop asks the other replicas for their time (PING, PONG). Requests get a time
// that a quorum of clocks vouches for, by package clock; where there is no such quorum, the own
// time. Along the log it never falls, whatever the clocks do.
//
// # A service of one's own
//
// Config.NewService makes the state machine, and Do runs operations on it from within the process:
//
//	s, err := server.Start(server.Config{DataFile: path, Addresses: addresses,
//		NewService: func() vsr.Service { return new(counter) }})
//	result, err := s.Do(ctx, []byte("add 1"))
//
// # How large the state may become
//
// A data file has room for states of a fixed size. The store of package kv refuses writes that need
// more: each replica tells it, through the log, how much its file can take, and the least of all
// counts. A service of one's own has to do the like: see vsr.Service and kv.Capacity. If a state
// does not fit all the same, the replicas stop, and go on where they were once their files have
// been made larger with vsr grow.
//
// # What rots while nobody looks
//
// Ten times a second (Config.Scrub) the flusher reads a part of the data file: a chunk of the
// checkpoint, a group, or a copy of the superblock. All of it is in memory as well, so what is
// damaged is written again: a chunk or a copy where it lies, entries of a group as a new Write of
// the core. vsr status shows what was found. A replica that crashes before that finds the damage at
// its next start, and gets the entries from the others.
//
// # When the disk fails
//
// After an error of a write or a flush nobody knows what is on the disk, and nothing may be said
// that rests on it. The core keeps back whatever does, for it is never told that the write is
// durable, and the loop stops. What is durable is found out by the next start.
package server
