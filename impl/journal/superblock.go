// SPDX-License-Identifier: Apache-2.0

// The superblock: whose file it is, the views, the checkpoint, and which groups count.

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
	superblockMagic = "VSRSUPER"
	// superblockSize is the number of bytes in use; the rest of the sector is zero.
	superblockSize = 512
	// sumStart is where the checksummed part begins. Before it are the checksum and the number of
	// the copy, so that all copies of a version have the same checksum.
	sumStart = 40
)

// superblock is one version of the superblock.
type superblock struct {
	sequence uint64   // counts versions
	parent   [32]byte // checksum of the version before
	identity Identity
	formatID [16]byte
	layout   layout
	open     uint64 // counts opens; a group carries that of the open that wrote it
	// head is the last group known to be durable, and what all groups up to it lead to. The view
	// numbers in it are never below those that the replica has spoken in.
	head point
	// first is the first group that is still needed, and its position.
	first      uint64
	firstStart int64
	checkpoint checkpointRecord
	clean      bool // the file was closed: there is no group above head
	bootID     [16]byte
}

// checkpointRecord says which checkpoint is durable. The zero value is none.
type checkpointRecord struct {
	name   vsr.LogName
	root   [32]byte
	size   int64 // of the state, in bytes
	extent int
}

// owner is what every other sector of the file says of itself.
func (s *superblock) owner() owner {
	return owner{cluster: s.identity.Cluster, formatID: s.formatID, replica: s.identity.Replica}
}

// encode fills one sector with the copy of that number and returns the checksum.
func (s *superblock) encode(sector []byte, number int) [32]byte {
	clear(sector)
	le := binary.LittleEndian
	le.PutUint32(sector[32:], uint32(number))
	copy(sector[40:], superblockMagic)
	le.PutUint32(sector[48:], Version)
	le.PutUint32(sector[52:], uint32(s.identity.Replicas))
	copy(sector[56:], s.identity.Cluster[:])
	copy(sector[72:], s.formatID[:])
	le.PutUint32(sector[88:], uint32(s.identity.Replica))
	if s.clean {
		sector[92] = 1
	}
	le.PutUint64(sector[96:], s.sequence)
	copy(sector[104:], s.parent[:])
	le.PutUint64(sector[136:], uint64(s.layout.slots))
	le.PutUint64(sector[144:], uint64(s.layout.prepareBytes))
	le.PutUint64(sector[152:], uint64(s.layout.stateMax))
	le.PutUint64(sector[160:], s.open)
	copy(sector[168:], s.bootID[:])
	le.PutUint64(sector[184:], s.head.number)
	copy(sector[192:], s.head.checksum[:])
	le.PutUint64(sector[224:], uint64(s.head.start))
	le.PutUint64(sector[232:], uint64(s.head.end))
	le.PutUint64(sector[240:], uint64(s.head.keep))
	s.head.encode(sector[248:])
	le.PutUint64(sector[312:], s.first)
	le.PutUint64(sector[320:], uint64(s.firstStart))
	le.PutUint64(sector[328:], uint64(s.checkpoint.name.OpNumber))
	copy(sector[336:], s.checkpoint.name.Checksum[:])
	copy(sector[368:], s.checkpoint.root[:])
	le.PutUint64(sector[400:], uint64(s.checkpoint.size))
	le.PutUint64(sector[408:], uint64(s.checkpoint.extent))
	sum := sha256.Sum256(sector[sumStart:superblockSize])
	copy(sector, sum[:])
	return sum
}

// copyState is what was found where a copy belongs.
type copyState struct {
	superblock
	sum   [32]byte
	index int // the number that the copy has, which need not be that of its place
	err   error
}

// decode reads what is in one sector.
func (c *copyState) decode(sector []byte, size int64) {
	le := binary.LittleEndian
	if string(sector[40:48]) != superblockMagic {
		c.err = fmt.Errorf("%w: no superblock there", ErrNotFormatted)
		if string(sector[32:40]) == superblockMagic {
			c.err = fmt.Errorf("%w %d, expected version %d: it was made by a program from before "+
				"the first release; make a new cluster", ErrVersion, le.Uint32(sector[40:]), Version)
		}
		return
	}
	// The version comes before the checksum, because another version may compute another one.
	version := le.Uint32(sector[48:])
	c.sum = sha256.Sum256(sector[sumStart:superblockSize])
	good := bytes.Equal(c.sum[:], sector[:32])
	switch {
	case version != Version && good:
		c.err = fmt.Errorf("%w %d, expected version %d: use the program that wrote it",
			ErrVersion, version, Version)
	case version != Version:
		c.err = fmt.Errorf("%w %d, or damaged; expected version %d", ErrVersion, version, Version)
	case !good:
		c.err = fmt.Errorf("%w: checksum of the superblock is wrong", ErrDamaged)
	case !isZero(sector[superblockSize:]) || le.Uint32(sector[36:]) != 0:
		c.err = fmt.Errorf("%w: reserved bytes of the superblock are not zero", ErrDamaged)
	case le.Uint32(sector[32:]) >= copies:
		c.err = fmt.Errorf("%w: the superblock has the copy number %d", ErrDamaged,
			le.Uint32(sector[32:]))
	default:
		c.index = int(le.Uint32(sector[32:]))
		c.decodeFields(sector)
		c.err = c.sensible(size)
	}
}

func (s *superblock) decodeFields(sector []byte) {
	le := binary.LittleEndian
	*s = superblock{
		sequence: le.Uint64(sector[96:]),
		parent:   [32]byte(sector[104:136]),
		identity: Identity{
			Cluster:  [16]byte(sector[56:72]),
			Replica:  vsr.ReplicaNumber(le.Uint32(sector[88:])),
			Replicas: int(le.Uint32(sector[52:])),
		},
		formatID: [16]byte(sector[72:88]),
		clean:    sector[92] == 1,
		layout: layout{
			slots:        int64(le.Uint64(sector[136:])),
			prepareBytes: int64(le.Uint64(sector[144:])),
			stateMax:     int64(le.Uint64(sector[152:])),
		},
		open:   le.Uint64(sector[160:]),
		bootID: [16]byte(sector[168:184]),
		head: point{
			number:   le.Uint64(sector[184:]),
			checksum: [32]byte(sector[192:224]),
			start:    int64(le.Uint64(sector[224:])),
			end:      int64(le.Uint64(sector[232:])),
			keep:     vsr.OpNumber(le.Uint64(sector[240:])),
		},
		first:      le.Uint64(sector[312:]),
		firstStart: int64(le.Uint64(sector[320:])),
		checkpoint: checkpointRecord{
			name: vsr.LogName{
				OpNumber: vsr.OpNumber(le.Uint64(sector[328:])),
				Checksum: vsr.Checksum(sector[336:368]),
			},
			root:   [32]byte(sector[368:400]),
			size:   int64(le.Uint64(sector[400:])),
			extent: int(le.Uint64(sector[408:])),
		},
	}
	s.head.decode(sector[248:])
}

// sensible says what is wrong with a superblock whose checksum is right: a faulty program wrote
// it, or the file is not as long as it was.
func (s *superblock) sensible(size int64) error {
	const most = 1 << 62
	h, p := &s.head, &s.checkpoint
	switch {
	case int(s.identity.Replica) >= s.identity.Replicas || s.identity.Replicas > math.MaxUint8:
		return fmt.Errorf("%w: the superblock is of replica %d of %d", ErrDamaged,
			s.identity.Replica, s.identity.Replicas)
	case s.layout.validate() != nil || s.layout.prepareBytes%storage.SectorSize != 0:
		return fmt.Errorf("%w: the superblock has impossible sizes: %+v", ErrDamaged, s.layout)
	case s.layout.size() != size:
		return fmt.Errorf("%w: the file has %d bytes, the superblock says %d: it was cut or "+
			"glued together", ErrDamaged, size, s.layout.size())
	case h.number > most || s.first > h.number+1 || s.first == 0 ||
		h.number-s.first+1 > uint64(s.layout.slots) || h.name.OpNumber > most ||
		h.start < 0 || h.end > most || h.end < h.start || h.start%storage.SectorSize != 0 ||
		h.end%storage.SectorSize != 0 || s.firstStart < 0 || s.firstStart > most ||
		s.firstStart%storage.SectorSize != 0 || h.keep > most:
		return fmt.Errorf("%w: the superblock has impossible groups: first %d, head %+v",
			ErrDamaged, s.first, *h)
	case p.size < 0 || p.size > s.layout.stateMax || p.extent < 0 || p.extent > 1 ||
		p.name.OpNumber > most:
		return fmt.Errorf("%w: the superblock has an impossible checkpoint: %+v", ErrDamaged, *p)
	}
	return nil
}

// readCopies reads all copies, one after the other into a sector of memory. Its error is for a disk
// too small to have any.
func readCopies(disk storage.Disk, sector []byte) (states [copies]copyState, err error) {
	size := disk.Size()
	if size < 2*superblockZone {
		return states, fmt.Errorf("%w: it has %d bytes, expected at least %d: format it first",
			ErrNotFormatted, size, 2*superblockZone)
	}
	for number := range states {
		// One sector that cannot be read is one bad copy, not a bad file.
		if err := disk.ReadSectors(sector, superblockOffset(number, size)); err != nil {
			states[number].err = fmt.Errorf("%w: superblock copy %d: %w", ErrDamaged, number, err)
			continue
		}
		states[number].decode(sector, size)
	}
	return states, nil
}

// writeCopy writes one copy and makes it durable.
func (s *superblock) writeCopy(disk storage.Disk, memory []byte, number int) error {
	sector := memory[:storage.SectorSize]
	s.encode(sector, number)
	if err := disk.WriteSectors(sector, superblockOffset(number, disk.Size())); err != nil {
		return fmt.Errorf("write superblock: %w", err)
	}
	if err := disk.Flush(); err != nil {
		return fmt.Errorf("flush superblock: %w", err)
	}
	return nil
}

// write makes a version durable in all copies, one after the other, and reads them back: better to
// fail here than to find out when they are needed. memory has room for two sectors.
//
// The order 0, 2, 1, 3 has the first two copies at two ends of the file. At any moment all copies
// but one are whole.
func (s *superblock) write(disk storage.Disk, memory []byte) error {
	for _, number := range [copies]int{0, 2, 1, 3} {
		if err := s.writeCopy(disk, memory, number); err != nil {
			return err
		}
	}
	for again := 0; ; again++ {
		bad, err := s.readBack(disk, memory)
		if err != nil || bad < 0 {
			return err
		}
		if again == 1 {
			return &DamageError{Offset: superblockOffset(bad, disk.Size()),
				What: "the superblock that was just written reads back differently"}
		}
		// The disk has not done what it said, or only once: one more try tells.
		if err := s.writeCopy(disk, memory, bad); err != nil {
			return err
		}
	}
}

// readBack returns the number of a copy that is not as written; -1 if there is none.
func (s *superblock) readBack(disk storage.Disk, memory []byte) (int, error) {
	want, found := memory[:storage.SectorSize], memory[storage.SectorSize:][:storage.SectorSize]
	for number := range copies {
		s.encode(want, number)
		if err := disk.ReadSectors(found, superblockOffset(number, disk.Size())); err != nil {
			return number, fmt.Errorf("read superblock back: %w", err)
		}
		if !bytes.Equal(want, found) {
			return number, nil
		}
	}
	return -1, nil
}
