// SPDX-License-Identifier: Apache-2.0

// Format and Open.

package journal

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"

	"viewstamp/impl/storage"
	"viewstamp/impl/vsr"
)

// Format makes the disk an empty journal of that replica: all of its first extent is written, so
// that later flushes are cheap. It refuses a disk with any content, unless Config.Force says so.
// A replica that has ever taken part must not be given a fresh file under its old number: it
// would deny what it has acknowledged.
func Format(disk storage.Disk, c Config) error {
	c, err := c.withDefaults()
	if err != nil {
		return err
	}
	if c.FormatID == ([16]byte{}) {
		if _, err := rand.Read(c.FormatID[:]); err != nil {
			return fmt.Errorf("journal: format: %w", err)
		}
	}
	if !c.Force {
		if err := checkUnused(disk); err != nil {
			return fmt.Errorf("journal: format: %w", err)
		}
	}
	// Old content goes first, superblocks before groups: a crash in here must leave a disk that
	// is not formatted, never a new superblock over old groups.
	size := min(c.MaxSize, max(storage.RoundUp(groupsStart+c.ExtentSize), disk.Size()))
	for _, part := range [][2]int64{{0, groupsStart}, {groupsStart, max(size, disk.Size())}} {
		if err := writeZeros(disk, part[0], part[1]); err != nil {
			return fmt.Errorf("journal: format: %w", err)
		}
		if err := disk.Flush(); err != nil {
			return fmt.Errorf("journal: format: %w", err)
		}
	}
	// Both pairs get a version, so that the first open has something to fall back on.
	super := superblock{
		sequence: 1,
		identity: c.Identity,
		formatID: c.FormatID,
		tail:     position{end: groupsStart},
	}
	for range 2 {
		if err := writeSuperblock(disk, &super, c.fault); err != nil {
			return fmt.Errorf("journal: format: %w", err)
		}
		super.sequence++
	}
	return nil
}

// checkUnused refuses a disk that may hold something.
func checkUnused(disk storage.Disk) error {
	sector := storage.Buffer(storage.SectorSize)
	for off := int64(0); off < min(disk.Size(), groupsStart); off += storage.SectorSize {
		if err := disk.ReadSectors(sector, off); err != nil {
			return err
		}
		if !isZero(sector) {
			return fmt.Errorf("%w: there is content at offset %d: choose another file, or force "+
				"it if nothing in there is needed", ErrFormatted, off)
		}
	}
	return nil
}

// Open reads the journal and returns it ready for Append, with what is durable. It makes durable
// what an earlier process has left unflushed, checks every checksum, and cuts off a torn end. It
// refuses a file of another replica, cluster or version and a damaged one, and leaves it as it was.
func Open(disk storage.Disk, c Config) (*Journal, vsr.Durable, error) {
	c, err := c.withDefaults()
	if err != nil {
		return nil, vsr.Durable{}, err
	}
	// What is read must be durable, or decisions would rest on what a power cut can take away.
	if c.fault != openUnsynced {
		if err := disk.Flush(); err != nil {
			return nil, vsr.Durable{}, fmt.Errorf("journal: open: %w", err)
		}
	}
	super, err := readSuperblock(disk)
	if err != nil {
		return nil, vsr.Durable{}, fmt.Errorf("journal: open: %w", err)
	}
	if super.identity != c.Identity {
		return nil, vsr.Durable{}, fmt.Errorf("journal: open: %w: it belongs to %v, this is %v",
			ErrIdentity, super.identity, c.Identity)
	}
	r := newReplay(disk, super, c)
	if err := r.run(); err != nil {
		return nil, vsr.Durable{}, err
	}
	// Nothing was written so far: a refusal leaves the file as evidence.
	j := &Journal{disk: disk, config: c, super: super}
	j.begin(r)
	if err := writeSuperblock(disk, &j.super, c.fault); err != nil {
		return nil, vsr.Durable{}, fmt.Errorf("journal: open: %w", err)
	}
	return j, vsr.Durable{
		ViewNumber:     r.at.viewNumber,
		LastNormalView: r.at.lastNormalView,
		Log:            r.log,
	}, nil
}

// begin starts a new open where the replay has ended. From here on, groups above this tail count
// only if they carry the new number, so what was cut off stays cut off.
func (j *Journal) begin(r *replay) {
	at := r.at
	at.sequence = 0
	j.queued, j.written, j.durable = at, at, at
	j.super.sequence++
	j.super.open = max(j.super.open, r.open) + 1
	j.super.tail = at
	j.resetGroup()
}

// readSuperblock returns the newest superblock.
func readSuperblock(disk storage.Disk) (superblock, error) {
	states, err := readCopies(disk)
	if err != nil {
		return superblock{}, err
	}
	return chooseSuperblock(&states)
}

// writeSuperblock makes a new version durable in its pair of copies, and reads it back: better to
// fail here than to find out when it is needed. The other pair stays as it is.
func writeSuperblock(disk storage.Disk, s *superblock, f fault) error {
	memory := storage.Buffer(2 * storage.SectorSize)
	sector, found := memory[:storage.SectorSize], memory[storage.SectorSize:]
	numbers := s.pair()
	if f == oneSuperblock {
		numbers = []int{0, 1, 2, 3}
	}
	for _, number := range numbers {
		s.encode(sector, number)
		if err := disk.WriteSectors(sector, copyOffset(number)); err != nil {
			return fmt.Errorf("write superblock: %w", err)
		}
	}
	if f != superblockUnsynced {
		if err := disk.Flush(); err != nil {
			return fmt.Errorf("flush superblock: %w", err)
		}
	}
	for _, number := range numbers {
		s.encode(sector, number)
		if err := disk.ReadSectors(found, copyOffset(number)); err != nil {
			return fmt.Errorf("read superblock back: %w", err)
		}
		if !bytes.Equal(sector, found) {
			return &DamageError{Offset: copyOffset(number),
				What: "the superblock that was just written reads back differently"}
		}
	}
	return nil
}

// rank orders the errors of superblock copies by how much they tell.
func rank(err error) int {
	switch {
	case errors.Is(err, ErrVersion):
		return 2
	case errors.Is(err, ErrDamaged):
		return 1
	default:
		return 0
	}
}
