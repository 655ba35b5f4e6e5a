// SPDX-License-Identifier: Apache-2.0

// Package journal keeps the durable state of one replica: its log, ViewNumber, LastNormalView,
// and checkpoints of its service, in one preallocated file.
//
// Use: Format once; Open at each start, which returns what survived; then, in a loop, Append the
// Writes of the core, WriteQueued, and Flush, which says up to which Sequence everything is
// durable. BeginCheckpoint and StepCheckpoint make checkpoints durable meanwhile, a chunk at a
// time. Nothing here waits, starts a goroutine or reads a clock: a server gives the journal a
// goroutine of its own, a simulator decides in virtual time when a flush ends, and may crash
// between any two calls.
//
// # The promise
//
// After a crash at any point, Open returns the state after some prefix of all Writes, and each
// Write that Flush has reported is in it. A Write is there as a whole or not at all. A power cut
// alone never leads to a loss or a refusal.
//
// Where the disk has damaged or lost what it had promised to keep, Open says so: Durable.Lost
// are entries that are known by name and cannot be read, Durable.HeadUnknown means that the
// newest part cannot even be named. Neither ever looks as if the entries had never been there.
// View numbers are never lost to the damage of a group. Open refuses only where nothing can be
// said: another replica's file, no superblock that can be believed, a damaged checkpoint, or
// losses where there is no other replica.
//
// # The file (version 2, little endian)
//
//	  ┌──────┬──────┬─────────────────────┬───────────────────────┬─────┬─────┬──────┬──────┐
//	  │ SB 0 │ SB 1 │ header ring         │ prepare ring          │  A  │  B  │ SB 2 │ SB 3 │
//	  └──────┴──────┴─────────────────────┴───────────────────────┴─────┴─────┴──────┴──────┘
//	                 │ slot = group mod slots                       checkpoints
//	                 │ ┌────────┬────────┬────────┬──                ┌───────┬───────┬─────┐
//	one sector each  └─│ header │ header │ unused │    chunks of 64K │ chunk │ chunk │ … │ table
//	                   └───┬────┴────────┴────────┴──                └───────┴───────┴─────┘
//	position of the body   │     ┌────────┬──────────────────────┬────────┬───────
//	                       └─────│ header │ Write, Write, … zeros │ header │ Write …
//	                             └────────┴──────────────────────┴────────┴───────
//
// All sizes are fixed by Format, which writes every sector, so that no later write needs room or
// changes the file system's own records. A sector is the unit: nothing assumes that it is
// written atomically, and a sector with durable content is not written again while the content
// is needed.
//
// A group holds all Writes that one flush makes durable. Its body lies in the prepare ring,
// which is circular: groups follow each other on sector boundaries, and a group may go over its
// end. Its header lies there in front of the body, and once more alone in a sector of the header
// ring. A header names the one before it by its checksum and says what that one led to, so that
// a group which is lost is still known from the next. It says which groups were durable when it
// was made.
//
// The checksum of a body leaves out operations of 4096 bytes and more: the checksum of their entry
// covers them, and the core has computed it already.
//
// The superblock holds what must outlive every group: whose file it is, its sizes, the view
// numbers, the last group known to be durable and what the log was called then, the first group
// that is still needed, and the checkpoint. Version s+1 is written over version s one copy at a
// time, with a flush after each, and read back.
//
// # The order of writes
//
//	body of group g       ── flush ──┐
//	header of group g     ── flush ──┤ together with the body of group g+1
//	superblock            ── flush ──┤ only if the group changed a view number
//	Flush returns g                  ┘
//
// So under load there is one flush for each group, and two when nothing else is to be done. The
// body is durable before its header is begun: a torn body with no header is a crash, a bad body
// with a header is damage, and so is a slot where both are bad. table.go has the whole decision.
//
// What is cut off must not rise again when a later group happens to complete it. So each open
// has a number, in the superblock and in the headers, and a group above the superblock's head
// counts only if this open has written it.
//
// # Why groups, and not a slot for each entry
//
// A Write of a view change drops entries and adds others. Kept in slots by op-number, the new
// entries would overwrite the old ones one by one, and after a crash in between, the headers of
// the new view must say which old entries count no more. A group is added as a whole: nothing is
// ever truncated in place, and no entry that was dropped can rise. Small entries share sectors,
// too.
//
// # Room
//
// A group is free when a durable checkpoint covers all of its entries that still count. Where
// there is no room, Writes stay queued: nothing is refused, and nothing is reported as durable,
// until a checkpoint has made room. Journal.LogBytesMax is the limit that keeps the core from
// getting there, and Journal.Room tells it in time that a checkpoint is wanted. Groups of view
// changes take room too, without any operation that a checkpoint could cover; so when there is
// little room, a Write that changes a view number has all of the log again, and the groups before
// it are free when the superblock is written, which it is for the view number.
//
// # Limits
//
// Safe against any number of sectors that rot or cannot be read, and against one write that is
// silently lost. A header whose write is lost, together with a body that is lost or rots, in the
// newest group and in no other, looks as if the group had never been: no single copy is left
// that could tell.
package journal
