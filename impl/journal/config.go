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

// Version is the version of the file format. Other versions are refused.
const Version = 1

// Sizes for the zero values of Config, in bytes.
const (
	DefaultExtentSize = 16 << 20
	DefaultMaxSize    = 8 << 30
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

// Config is what Format and Open need to know. Only Identity has to be set.
type Config struct {
	Identity
	// ExtentSize is by how many bytes the file grows at a time; zero is DefaultExtentSize. It is
	// rounded up to whole sectors.
	ExtentSize int64
	// MaxSize is the size of the file above which the journal fails with ErrFull; zero is
	// DefaultMaxSize.
	MaxSize int64
	// FormatID tells this file from all others, also from an earlier one of the same replica.
	// Format takes a random one if it is zero; a simulator, which must not, sets it. Open ignores
	// it.
	FormatID [16]byte
	// Force lets Format destroy what is there.
	Force bool

	fault fault // tests only: a way in which the journal is wrong
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
	// ErrDamaged is returned where content that had been durable is missing or changed.
	ErrDamaged = errors.New("data file is damaged")
	// ErrFull is returned when the file would outgrow Config.MaxSize.
	ErrFull = errors.New("data file is full")
	// ErrClosed is returned by every call after Close.
	ErrClosed = errors.New("journal is closed")
)

// DamageError says where a file is damaged. It is an ErrDamaged.
type DamageError struct {
	Offset int64 // of the first sector that is not as it was
	What   string
}

// Error says where, what, and what to do.
func (e *DamageError) Error() string {
	return fmt.Sprintf("%v at offset %d: %s. Entries that this replica has acknowledged may be "+
		"lost, so it must not take part again: leave it stopped, keep the file, and replace the "+
		"replica. Do not format a new file under its number", ErrDamaged, e.Offset, e.What)
}

// Unwrap makes it an ErrDamaged.
func (e *DamageError) Unwrap() error { return ErrDamaged }

// withDefaults returns the Config with its zero values replaced, or says what is wrong with it.
func (c Config) withDefaults() (Config, error) {
	if c.Cluster == ([16]byte{}) {
		return c, errors.New("journal: Config.Cluster is zero, expected the id of a cluster")
	}
	if c.Replicas < 1 || c.Replicas > math.MaxUint8 {
		return c, fmt.Errorf("journal: Config.Replicas is %d, expected 1 to %d",
			c.Replicas, math.MaxUint8)
	}
	if int(c.Replica) >= c.Replicas {
		return c, fmt.Errorf("journal: Config.Replica is %d, expected a number below Replicas, "+
			"which is %d (replicas count from 0)", c.Replica, c.Replicas)
	}
	if c.ExtentSize == 0 {
		c.ExtentSize = DefaultExtentSize
	}
	if c.MaxSize == 0 {
		c.MaxSize = DefaultMaxSize
	}
	if c.ExtentSize < 0 || c.MaxSize < groupsStart+storage.SectorSize {
		return c, fmt.Errorf("journal: ExtentSize %d or MaxSize %d is too small, MaxSize must be "+
			"at least %d bytes", c.ExtentSize, c.MaxSize, groupsStart+storage.SectorSize)
	}
	c.ExtentSize = storage.RoundUp(c.ExtentSize)
	c.MaxSize = c.MaxSize / storage.SectorSize * storage.SectorSize
	return c, nil
}
