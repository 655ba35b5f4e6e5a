// SPDX-License-Identifier: Apache-2.0

package vsr

import "encoding/hex"

// The numbers of the protocol have types of their own, so that they cannot be mixed up.
type (
	// ReplicaNumber is a replica's index in the configuration, counted from 0.
	ReplicaNumber uint8
	// ViewNumber is v. Views are numbered from 0; the primary of view v is replica v mod N.
	ViewNumber uint64
	// OpNumber is n, the position of an entry in the log. The first entry has op-number 1.
	OpNumber uint64
	// RequestNumber is s. A client numbers its requests from 1.
	RequestNumber uint64
	// Timestamp is in nanoseconds since the Unix epoch, chosen by the primary for each entry.
	Timestamp int64
)

// ClientID is c: 128 random bits, new for each incarnation of a client.
type ClientID [16]byte

// String is the client-id in hexadecimal.
func (c ClientID) String() string { return hex.EncodeToString(c[:]) }

// Checksum is the SHA-256 that identifies an entry together with all entries below it.
type Checksum [32]byte

// String is the first 16 hexadecimal digits, enough to tell checksums apart by eye.
func (c Checksum) String() string { return hex.EncodeToString(c[:8]) }

// Entry is one slot of the log.
type Entry struct {
	// ViewNumber is the view that first assigned the slot. No later view stamps it again.
	ViewNumber    ViewNumber
	ClientID      ClientID
	RequestNumber RequestNumber
	// Timestamp is the primary's prediction (§4.4): every replica executes with this value.
	Timestamp Timestamp
	// Operation is opaque to the protocol. It is never changed once it is in an entry.
	Operation []byte
	// Checksum covers this entry and the Checksum of the entry below it: equal checksums
	// mean equal logs up to here.
	Checksum Checksum
}

// Write is a change of the durable state. It takes effect as a whole or not at all, and Writes take
// effect in the order of their Sequence.
type Write struct {
	// Sequence counts the writes of this replica since it started, from 1.
	Sequence uint64
	// Keep is the op-number up to which the log stays as it is; what lies above is dropped.
	Keep OpNumber
	// Entries follow the entry with op-number Keep.
	Entries        []Entry
	ViewNumber     ViewNumber
	LastNormalView ViewNumber
	// HeadUnknown says that the log may once have gone on above the entries of this Write: see
	// Durable. It is durable with the rest.
	HeadUnknown bool
	// Checkpoint, if not nil, is a checkpoint from another replica, up to Keep. The log is from
	// now on this checkpoint with Entries above it, whatever it was before.
	Checkpoint *Checkpoint
}

// Checkpoint is the state after the first operations (§5.1): with the log above it, it stands
// for the whole log.
type Checkpoint struct {
	// Name is the log that the checkpoint stands for: its op-number and checksum. The zero Name is
	// no checkpoint.
	Name LogName
	// State is the service and the client-table in an encoding that is the same, byte for byte, on
	// every replica.
	State []byte
}

// Durable is what survives a crash: what all Writes and Checkpoints that became durable add up to,
// and what the disk is known to have lost of it.
type Durable struct {
	ViewNumber     ViewNumber
	LastNormalView ViewNumber
	// Checkpoint is the latest durable checkpoint.
	Checkpoint Checkpoint
	// Log[i] has op-number Checkpoint.Name.OpNumber+1+i. Entries inside a Lost range are zero.
	Log []Entry
	// Lost are the parts of Log that were durable and cannot be read any more, upwards.
	Lost []LostEntries
	// HeadUnknown: the newest part of the log is damaged so that nobody knows what it was. There
	// may have been entries above Log, of the view LastNormalView, that this replica has
	// acknowledged: it must not deny any.
	HeadUnknown bool
}

// LostEntries is a part of a log whose entries cannot be read, though it is known which they were.
type LostEntries struct {
	First, Last OpNumber
	// Name is the name of the log up to Last.
	Name LogName
}

// Service is the replicated state machine. Calls come in op-number order, one at a time.
//
// A Snapshot must stay below what the driver can keep: one that does not fit stops every replica at
// the same operation. So a service needs a limit of its own, refuses operations that would pass it,
// and decides so by the operations alone, as all replicas must decide the same. What package kv
// does can serve as an example: the replicas tell it through the log how much room they have.
type Service interface {
	// Execute runs one operation. It must be deterministic: the state and the result depend on the
	// sequence of calls and their arguments alone. It must not keep or change operation.
	Execute(timestamp Timestamp, operation []byte) (result []byte)
	// Snapshot is the whole state as bytes: equal states must have equal bytes. The bytes are
	// never changed, and must not change later.
	Snapshot() []byte
	// Restore replaces the whole state by that of a Snapshot. Bytes that are no Snapshot are an
	// error, and the state then stays as it is.
	Restore(snapshot []byte) error
}
