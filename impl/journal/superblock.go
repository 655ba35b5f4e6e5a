// SPDX-License-Identifier: Apache-2.0

// The superblock: whose file it is, and where the log ended at the last open or close.

package journal

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"

	"viewstamp/impl/storage"
	"viewstamp/impl/vsr"
)

const (
	// copies is the number of superblock copies: two pairs.
	copies = 4
	// copyDistance keeps copies apart, since bad sectors come in runs.
	copyDistance = 4 * storage.SectorSize
	// groupsStart is the offset of the first group.
	groupsStart = copies * copyDistance

	superblockMagic = "VSRSUPER"
	// superblockSize is the number of bytes in use; the rest of the sector is zero.
	superblockSize = 176
)

// superblock is one version of the superblock.
type superblock struct {
	sequence uint64 // counts versions
	identity Identity
	formatID [16]byte
	open     uint64   // counts opens; a group carries that of the open that wrote it
	tail     position // the log ended here; all of it was durable
}

// copyOffset is where a copy lies.
func copyOffset(number int) int64 { return int64(number) * copyDistance }

// pair returns the two copies in which this version is kept. The other pair keeps the one before.
func (s *superblock) pair() []int {
	if s.sequence%2 == 0 {
		return []int{0, 2}
	}
	return []int{1, 3}
}

// encode fills one sector with the copy of that number.
func (s *superblock) encode(sector []byte, number int) {
	clear(sector)
	le := binary.LittleEndian
	copy(sector[32:], superblockMagic)
	le.PutUint32(sector[40:], Version)
	le.PutUint32(sector[44:], uint32(number))
	le.PutUint64(sector[48:], s.sequence)
	copy(sector[56:], s.identity.Cluster[:])
	copy(sector[72:], s.formatID[:])
	le.PutUint32(sector[88:], uint32(s.identity.Replica))
	le.PutUint32(sector[92:], uint32(s.identity.Replicas))
	le.PutUint64(sector[96:], s.open)
	le.PutUint64(sector[104:], s.tail.number)
	le.PutUint64(sector[112:], uint64(s.tail.end))
	copy(sector[120:], s.tail.checksum[:])
	le.PutUint64(sector[152:], uint64(s.tail.viewNumber))
	le.PutUint64(sector[160:], uint64(s.tail.lastNormalView))
	le.PutUint64(sector[168:], uint64(s.tail.opNumber))
	sum := sha256.Sum256(sector[32:superblockSize])
	copy(sector, sum[:])
}

// decode reads a copy, or says what is wrong with the sector.
func (s *superblock) decode(sector []byte, number int) error {
	le := binary.LittleEndian
	if string(sector[32:40]) != superblockMagic {
		return fmt.Errorf("%w: no superblock there", ErrNotFormatted)
	}
	// The version comes before the checksum, because another version may compute another one.
	version := le.Uint32(sector[40:])
	sum := sha256.Sum256(sector[32:superblockSize])
	if !bytes.Equal(sum[:], sector[:32]) {
		if version != Version {
			return fmt.Errorf("%w %d, or damaged; expected version %d", ErrVersion, version, Version)
		}
		return fmt.Errorf("%w: checksum of the superblock is wrong", ErrDamaged)
	}
	if version != Version {
		return fmt.Errorf("%w %d, expected version %d: use the program that wrote it",
			ErrVersion, version, Version)
	}
	if n := le.Uint32(sector[44:]); n != uint32(number) {
		return fmt.Errorf("%w: superblock copy %d lies where copy %d belongs", ErrDamaged, n, number)
	}
	if !isZero(sector[superblockSize:]) {
		return fmt.Errorf("%w: reserved bytes of the superblock are not zero", ErrDamaged)
	}
	replica, replicas := le.Uint32(sector[88:]), le.Uint32(sector[92:])
	if replica >= replicas || replicas > math.MaxUint8 {
		return fmt.Errorf("%w: the superblock is of replica %d of %d", ErrDamaged, replica, replicas)
	}
	*s = superblock{
		sequence: le.Uint64(sector[48:]),
		identity: Identity{
			Cluster:  [16]byte(sector[56:72]),
			Replica:  vsr.ReplicaNumber(replica),
			Replicas: int(replicas),
		},
		formatID: [16]byte(sector[72:88]),
		open:     le.Uint64(sector[96:]),
		tail: position{
			number:         le.Uint64(sector[104:]),
			end:            int64(le.Uint64(sector[112:])),
			checksum:       [32]byte(sector[120:152]),
			viewNumber:     vsr.ViewNumber(le.Uint64(sector[152:])),
			lastNormalView: vsr.ViewNumber(le.Uint64(sector[160:])),
			opNumber:       vsr.OpNumber(le.Uint64(sector[168:])),
		},
	}
	return nil
}

// copyState is what was found where a copy belongs.
type copyState struct {
	superblock
	err error
}

// readCopies reads all copies. Its error is for a disk too small to have any.
func readCopies(disk storage.Disk) (states [copies]copyState, err error) {
	if size := disk.Size(); size < groupsStart {
		return states, fmt.Errorf("%w: it has %d bytes, expected at least %d: format it first",
			ErrNotFormatted, size, groupsStart)
	}
	sector := storage.Buffer(storage.SectorSize)
	for number := range states {
		// One sector that cannot be read is one bad copy, not a bad file.
		if err := disk.ReadSectors(sector, copyOffset(number)); err != nil {
			states[number].err = fmt.Errorf("%w: superblock copy %d: %w", ErrDamaged, number, err)
			continue
		}
		states[number].err = states[number].decode(sector, number)
	}
	return states, nil
}

// chooseSuperblock returns the newest version, or why there is none.
func chooseSuperblock(states *[copies]copyState) (superblock, error) {
	var best *copyState
	for number := range states {
		state := &states[number]
		switch {
		case state.err != nil:
		case best == nil || state.sequence > best.sequence:
			best = state
		case state.sequence == best.sequence && state.superblock != best.superblock:
			return superblock{}, &DamageError{
				Offset: copyOffset(number),
				What:   fmt.Sprintf("two different superblocks have sequence %d", state.sequence),
			}
		}
	}
	if best == nil {
		return superblock{}, noSuperblock(states)
	}
	for number := range states {
		state := &states[number]
		if state.err == nil && (state.identity != best.identity || state.formatID != best.formatID) {
			return superblock{}, &DamageError{
				Offset: copyOffset(number),
				What:   "superblock copies of two different files",
			}
		}
	}
	return best.superblock, nil
}

// noSuperblock is the error for a disk without a good copy: the most telling of the four.
func noSuperblock(states *[copies]copyState) error {
	telling := 0
	for number := range states {
		if rank(states[number].err) > rank(states[telling].err) {
			telling = number
		}
	}
	err := states[telling].err
	if rank(err) == 1 {
		return &DamageError{
			Offset: copyOffset(telling),
			What:   "no superblock copy is good: " + err.Error(),
		}
	}
	return fmt.Errorf("offset %d: %w", copyOffset(telling), err)
}
