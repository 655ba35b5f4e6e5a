// SPDX-License-Identifier: Apache-2.0

// Package journal keeps the durable state of one replica: its log, ViewNumber and
// LastNormalView.
//
// Use: Format once; Open at each start, which returns what survived; then, in a loop, Append the
// Writes of the core, WriteQueued them as one group, and Flush, which says up to which Sequence
// everything is durable. Nothing here waits, starts a goroutine or reads a clock: a server gives
// the journal a goroutine of its own, a simulator decides in virtual time when a flush ends, and
// may crash between the two calls.
//
// # The promise
//
// After a crash at any point, Open returns the state after some prefix of all Writes, and each
// Write that Flush has reported is in it. A Write is there as a whole or not at all: entries
// that it drops stay in the file until its own entries and view numbers are durable with it.
//
// # The file (version 1, little endian)
//
// The first 64 KiB hold four copies of the superblock: who this file belongs to, and where the
// log ended when it was last opened or closed. Version s of the superblock goes to both copies
// of pair s mod 2, so that the pair with the version before it is whole at any moment.
//
// Groups follow, each on fresh sectors: a sector with durable content is never written again, so
// a torn write cannot hurt an older group. A group is a header of 256 bytes and a body with one
// or more Writes. The header holds the checksum of the body and of the header before it, so the
// groups are a chain that starts in the superblock. A group whose Keep is below the op-number
// shortens the log; the bytes of dropped entries stay where they are. The file is written with
// zeros before it is used, in extents, so that a flush need not change the file system's own
// records.
//
// # A torn end or damage
//
// The groups end at the first one that does not verify. That is what a crash leaves, and the
// rest is cut off, unless one of two witnesses says that this group had been durable: the
// superblock, or any later header, for each header names the last group that was known to be
// durable when it was written. Then Open refuses with ErrDamaged. It never shortens a log
// silently.
//
// What is cut off must not rise again when a later group happens to fill its gap. So each open
// has a number, in the superblock and in the headers, and a group above the superblock's tail
// counts only if this open or a later one has written it.
//
// # Limits of this version
//
// Rot in the newest group, if nothing was written after it and the file was not closed or opened
// since, looks like a torn write. A flush that lies is not noticed. The log is never shortened
// from below: there are no checkpoints yet, so Config.MaxSize ends a replica's life with
// ErrFull.
package journal
