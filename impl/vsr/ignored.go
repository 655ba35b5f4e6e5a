// SPDX-License-Identifier: Apache-2.0

package vsr

// The reasons why a message does nothing. The first part is that of package spec, word for word.
// The second is the implementation's own: to the protocol such a message is one that was lost, so
// it makes no event, and only the counters tell of it.

// The reasons of the spec.
const (
	Accepted Ignored = ""

	NotNormal         Ignored = "not-normal"
	NotPrimary        Ignored = "not-primary"
	NotBackup         Ignored = "not-backup"
	OlderView         Ignored = "older-view"
	NewerView         Ignored = "newer-view"
	StaleRequest      Ignored = "stale-request"
	RequestInProgress Ignored = "request-in-progress"
	Gap               Ignored = "gap"
	NoGap             Ignored = "no-gap"
	AlreadyCommitted  Ignored = "already-committed"
	NothingNew        Ignored = "nothing-new"
	AlreadyNormal     Ignored = "already-normal"
	NotInViewChange   Ignored = "not-in-view-change"
	NotNewPrimary     Ignored = "not-new-primary"
	NewPrimary        Ignored = "new-primary"
	NotForMe          Ignored = "not-for-me"
	BelowQuorum       Ignored = "below-quorum"
	HeadInDoubt       Ignored = "head-in-doubt"
	BelowCheckpoint   Ignored = "below-checkpoint"
)

// The reasons that only the implementation has.
const (
	// Malformed: no correct replica or client can have sent the message.
	Malformed Ignored = "malformed"
	// TooLarge: an operation or a message is larger than the configuration allows.
	TooLarge Ignored = "too-large"
	// PipelineFull: too many operations are uncommitted. The client will ask again.
	PipelineFull Ignored = "pipeline-full"
	// DiskBehind: too many entries or messages wait for this replica's own disk.
	DiskBehind Ignored = "disk-behind"
	// HearsNobody: the primary has not heard a quorum for long, and is silent until it does.
	HearsNobody Ignored = "hears-nobody"
	// Evicted: the client may have been evicted from the client-table.
	Evicted Ignored = "evicted"
	// Damaged: the disk of this replica has lost something, and it takes no part in this until it
	// has it again.
	Damaged Ignored = "damaged"
	// EntryLost: nobody supplies an entry that a DOVIEWCHANGE names, too few deny it, and the new
	// primary waits. It is a reason of the spec, too.
	EntryLost Ignored = "entry-lost"
	// EntryDenied: nobody supplies an entry, and it was dropped, as enough deny it. It is no reason,
	// but worth a counter.
	EntryDenied Ignored = "entry-denied"
	// AlreadyAsked: a GETSTATE or GETENTRIES that will bring the same is on its way.
	AlreadyAsked Ignored = "already-asked"
	// LogIncomplete: the message waits until the log that it names has been fetched.
	LogIncomplete Ignored = "log-incomplete"
	// LogMismatch: entries do not continue the log that they claim to continue.
	LogMismatch Ignored = "log-mismatch"
	// UnknownLog: a GETENTRIES asks for a log that this replica does not hold.
	UnknownLog Ignored = "unknown-log"
	// NotAsked: an ENTRIES that this replica does not wait for, or not any more.
	NotAsked Ignored = "not-asked"
)
