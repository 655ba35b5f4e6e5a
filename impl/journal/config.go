// SPDX-License-Identifier: Apache-2.0

// What callers choose, and the errors they can decide by.

package journal

import (
	"errors"
	"fmt"
	"math"

	"viewstamp/impl/storage"
	"viewstamp/impl/vsr"
)

// Version is the version of the file format. Other versions are refused; version 1 was never
// released.
const Version = 2

// Sizes for the zero values of Config, in bytes.
const (
	DefaultPrepareBytes = 64 << 20
	DefaultStateMax     = 56 << 20
)

// The limits of the sizes.
const (
	slotsMax        = 4096
	slotsMin        = 4
	prepareBytesMax = 1 << 40
	prepareBytesMin = 4 * storage.SectorSize
	stateMaxMax     = 64 << 30
)

// Identity says whose file it is.
type Identity struct {
	// Cluster is the same for all replicas of a cluster and different in any other. It is not zero.
	Cluster [16]byte
	// Replica is this replica's number, below Replicas.
	Replica vsr.ReplicaNumber
	// Replicas is N, the number of replicas of the cluster.
	Replicas int
}

// String names the replica for messages.
func (id Identity) String() string {
	return fmt.Sprintf("replica %d of %d in cluster %x", id.Replica, id.Replicas, id.Cluster)
}

// Config is what Format and Open need to know. Only Identity has to be set. Sizes are fixed when
// the file is formatted; Open reads them from the file and ignores those given here.
type Config struct {
	Identity
	// PrepareBytes is the size of the prepare ring, in bytes, rounded up to whole sectors. It holds
	// all groups that no durable checkpoint covers. Zero is DefaultPrepareBytes.
	PrepareBytes int64
	// Slots is the number of header slots, and with it of groups that can be kept. Zero is one for
	// each sector of the prepare ring, 4096 at most.
	Slots int
	// StateMax is the size of the largest state that a checkpoint can hold, in bytes. The file has
	// room for two. Zero is DefaultStateMax.
	StateMax int64
	// FormatID tells this file from all others, also from an earlier one of the same replica.
	// Format takes a random one if it is zero; a simulator, which must not, sets it. Open ignores
	// it.
	FormatID [16]byte
	// BootID names the start of the machine, if the driver knows it. It is kept for diagnosis.
	BootID [16]byte
	// Force lets Format destroy what is there.
	Force bool
	// Recovered makes Format the file of a replica that has lost its disk; nil is a new replica.
	Recovered *Recovered
}

// Recovered is what is known about a replica that has lost its disk: an operation was committed
// without its help, in ViewNumber and as OpNumber. The replica has then acknowledged and promised
// nothing that reaches beyond this view. Its file says that it was Normal in the view and does not
// know the head of its log. So it asks for a later view, and does not vote before it has the log of
// one; that holds the operation, and with it everything that was ever committed with its help.
type Recovered struct {
	ViewNumber vsr.ViewNumber
	OpNumber   vsr.OpNumber
}

// Errors that callers decide by. Each is wrapped with where and what.
var (
	// ErrNotFormatted is returned by Open and Inspect for a disk without a superblock.
	ErrNotFormatted = errors.New("not a formatted data file")
	// ErrFormatted is returned by Format for a disk that is not empty.
	ErrFormatted = errors.New("data file is not empty")
	// ErrIdentity is returned by Open for the file of another replica or cluster.
	ErrIdentity = errors.New("data file of another replica")
	// ErrVersion is returned for a file format that this program does not know.
	ErrVersion = errors.New("unknown version of the data file")
	// ErrDamaged is returned where content that had been durable is missing or changed, and nothing
	// can be said without it.
	ErrDamaged = errors.New("data file is damaged")
	// ErrTooLarge is returned for a Write or a state for which the file was formatted too small.
	ErrTooLarge = errors.New("too large for this data file")
	// ErrClosed is returned by every call after Close.
	ErrClosed = errors.New("journal is closed")
)

// DamageError says where a file is damaged. It is an ErrDamaged.
type DamageError struct {
	Offset int64 // of the first sector that is not as it was
	What   string
	// Cause is the error of the read, or of the check of what was read; nil if there is no more to
	// say than What.
	Cause error
}

// Error says where, what, and what to do.
func (e *DamageError) Error() string {
	return fmt.Sprintf("%v at offset %d: %s. What this replica has acknowledged may be lost, so "+
		"it must not take part again: leave it stopped, keep the file, and make a new "+
		"one with vsr recover. Do not format one under its number", ErrDamaged, e.Offset, e.What)
}

// Unwrap makes it an ErrDamaged, and what a read has returned.
func (e *DamageError) Unwrap() []error { return []error{ErrDamaged, e.Cause} }

// checkIdentity says what is wrong with the identity.
func (c *Config) checkIdentity() error {
	if c.Cluster == ([16]byte{}) {
		return errors.New("journal: Config.Cluster is zero, expected the id of a cluster")
	}
	if c.Replicas < 1 || c.Replicas > math.MaxUint8 {
		return fmt.Errorf("journal: Config.Replicas is %d, expected 1 to %d",
			c.Replicas, math.MaxUint8)
	}
	if int(c.Replica) >= c.Replicas {
		return fmt.Errorf("journal: Config.Replica is %d, expected a number below Replicas, "+
			"which is %d (replicas count from 0)", c.Replica, c.Replicas)
	}
	return nil
}

// sizes returns the layout of a file with this Config, or says what is wrong with it.
func (c *Config) sizes() (layout, error) {
	l := layout{slots: int64(c.Slots), prepareBytes: c.PrepareBytes, stateMax: c.StateMax}
	if l.prepareBytes == 0 {
		l.prepareBytes = DefaultPrepareBytes
	}
	if l.stateMax == 0 {
		l.stateMax = DefaultStateMax
	}
	if l.prepareBytes > 0 && l.prepareBytes <= prepareBytesMax {
		l.prepareBytes = storage.RoundUp(l.prepareBytes)
	}
	if l.slots == 0 {
		l.slots = min(slotsMax, l.prepareBytes/storage.SectorSize)
	}
	return l, l.validate()
}
