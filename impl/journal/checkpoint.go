// SPDX-License-Identifier: Apache-2.0

// Checkpoints: two extents, used in turn, each with the chunks of a state and a table of their
// hashes. The root in the superblock is the hash of the table, so it stands for the whole.

package journal

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"

	"viewstamp/impl/storage"
	"viewstamp/impl/vsr"
)

const (
	chunkMagic = "VSRCHUNK"
	// chunkBytes is a chunk on the disk, chunkMark what its mark takes of it. The last chunk of a
	// state is shorter: as many sectors as it needs.
	chunkBytes   = 64 << 10
	chunkMark    = 128
	chunkPayload = chunkBytes - chunkMark
	hashSize     = sha256.Size
)

// The kinds of chunks.
const (
	chunkOfState = 1
	chunkOfTable = 2
)

// chunksOf is how many chunks so many bytes take.
func chunksOf(bytes int64) int64 { return (bytes + chunkPayload - 1) / chunkPayload }

// tableStart is where in an extent the table begins: it is apart from the largest state, so that
// its place depends on the layout alone.
func (l layout) tableStart() int64 { return stretch(l.stateMax) }

// extentBytes is the size of an extent.
func (l layout) extentBytes() int64 {
	return l.tableStart() + stretch(chunksOf(l.stateMax)*hashSize)
}

// stretch is what so many bytes take on the disk as chunks.
func stretch(n int64) int64 {
	rest := n % chunkPayload
	whole := n / chunkPayload * chunkBytes
	if rest == 0 {
		return whole
	}
	return whole + storage.RoundUp(chunkMark+rest)
}

// mark is what stands in front of the bytes of a chunk.
type mark struct {
	owner  owner
	kind   uint32
	number int64 // of the chunk, counted from 0
	op     vsr.OpNumber
	length int64
}

// seal writes the mark and the checksum of a chunk whose payload is in its place, and clears the
// rest of the last sector. It returns the bytes to write.
func (m *mark) seal(chunk []byte) []byte {
	used := chunkMark + m.length
	chunk = chunk[:storage.RoundUp(used)]
	clear(chunk[used:])
	clear(chunk[:chunkMark])
	le := binary.LittleEndian
	copy(chunk[32:], chunkMagic)
	le.PutUint32(chunk[40:], m.kind)
	le.PutUint32(chunk[44:], uint32(m.owner.replica))
	copy(chunk[48:], m.owner.cluster[:])
	copy(chunk[64:], m.owner.formatID[:])
	le.PutUint64(chunk[80:], uint64(m.number))
	le.PutUint64(chunk[88:], uint64(m.op))
	le.PutUint64(chunk[96:], uint64(m.length))
	sum := sha256.Sum256(chunk[32:used])
	copy(chunk, sum[:])
	return chunk
}

// check says what is wrong with a chunk that was read.
func (m *mark) check(chunk []byte) error {
	used := chunkMark + m.length
	sum := sha256.Sum256(chunk[32:used])
	if !bytes.Equal(sum[:], chunk[:32]) || !isZero(chunk[used:]) {
		return errors.New("the checksum is wrong")
	}
	le := binary.LittleEndian
	got := mark{
		owner: owner{
			cluster:  [16]byte(chunk[48:64]),
			formatID: [16]byte(chunk[64:80]),
			replica:  vsr.ReplicaNumber(le.Uint32(chunk[44:])),
		},
		kind:   le.Uint32(chunk[40:]),
		number: int64(le.Uint64(chunk[80:])),
		op:     vsr.OpNumber(le.Uint64(chunk[88:])),
		length: int64(le.Uint64(chunk[96:])),
	}
	if got != *m || string(chunk[32:40]) != chunkMagic {
		return fmt.Errorf("it is another chunk: %+v, expected %+v", got, *m)
	}
	return nil
}

// extent is a checkpoint in an extent.
type extent struct {
	disk   storage.Disk
	layout layout
	owner  owner
	checkpointRecord
	memory []byte // of one chunk
}

// chunk is the place, the kind and the length of a chunk; numbers above the last chunk of the state
// are the chunks of the table.
func (x *extent) chunk(number int64) (off int64, m mark) {
	m = mark{owner: x.owner, kind: chunkOfState, number: number, op: x.name.OpNumber}
	off = x.layout.extentStart(x.extent) + number*chunkBytes
	total := x.size
	if n := chunksOf(x.size); number >= n {
		m.kind, m.number = chunkOfTable, number-n
		off = x.layout.extentStart(x.extent) + x.layout.tableStart() + m.number*chunkBytes
		total = n * hashSize
	}
	m.length = min(chunkPayload, total-m.number*chunkPayload)
	return off, m
}

// chunks is how many chunks there are, those of the table included.
func (x *extent) chunks() int64 { return chunksOf(x.size) + chunksOf(chunksOf(x.size)*hashSize) }

// largest is what the largest chunk takes, in bytes.
func (x *extent) largest() int {
	return int(min(chunkBytes, storage.RoundUp(chunkMark+max(x.size, hashSize))))
}

// write writes one chunk of the state or of the table.
func (x *extent) write(number int64, state, table []byte) error {
	off, m := x.chunk(number)
	payload := state
	if m.kind == chunkOfTable {
		payload = table
	}
	copy(x.memory[chunkMark:], payload[m.number*chunkPayload:][:m.length])
	return x.disk.WriteSectors(m.seal(x.memory), off)
}

// read reads and checks one chunk. Its bytes are valid until the next call.
func (x *extent) read(number int64) ([]byte, error) {
	off, m := x.chunk(number)
	chunk := x.memory[:storage.RoundUp(chunkMark+m.length)]
	err := x.disk.ReadSectors(chunk, off)
	if err == nil {
		err = m.check(chunk)
	}
	if err != nil {
		kind := map[uint32]string{chunkOfState: "state", chunkOfTable: "table"}[m.kind]
		return nil, &DamageError{Offset: off, Cause: err, What: fmt.Sprintf("chunk %d of the %s of the "+
			"checkpoint at op-number %d cannot be used: %v", m.number, kind, m.op, err)}
	}
	return chunk[chunkMark : chunkMark+m.length], nil
}

// newRoot begins a root. It is the hash of the op-number, the size and the table.
func newRoot(op vsr.OpNumber, size int64) hash.Hash {
	h := sha256.New()
	var numbers [16]byte
	binary.LittleEndian.PutUint64(numbers[:], uint64(op))
	binary.LittleEndian.PutUint64(numbers[8:], uint64(size))
	h.Write(numbers[:])
	return h
}

// readCheckpoint reads the state of a checkpoint and checks it against its root.
func readCheckpoint(disk storage.Disk, s *superblock) (state []byte, err error) {
	if s.checkpoint.name == (vsr.LogName{}) {
		return nil, nil
	}
	x := extent{disk: disk, layout: s.layout, owner: s.owner(), checkpointRecord: s.checkpoint}
	x.memory = storage.Buffer(x.largest())
	root := newRoot(x.name.OpNumber, x.size)
	for number := range chunksOf(x.size) {
		payload, err := x.read(number)
		if err != nil {
			return nil, err
		}
		sum := sha256.Sum256(payload)
		root.Write(sum[:])
		state = append(state, payload...)
	}
	if [32]byte(root.Sum(nil)) != x.root {
		return nil, &DamageError{Offset: s.layout.extentStart(x.extent),
			What: fmt.Sprintf("the checkpoint at op-number %d is not the one that the superblock "+
				"knows", x.name.OpNumber)}
	}
	return state, nil
}

// checkTable reads the table of a checkpoint. The state can be used without it.
func checkTable(disk storage.Disk, s *superblock) error {
	if s.checkpoint.name == (vsr.LogName{}) {
		return nil
	}
	x := extent{disk: disk, layout: s.layout, owner: s.owner(), checkpointRecord: s.checkpoint}
	x.memory = storage.Buffer(x.largest())
	for number := chunksOf(x.size); number < x.chunks(); number++ {
		if _, err := x.read(number); err != nil {
			return err
		}
	}
	return nil
}

// checkpointing is a checkpoint that is being written.
type checkpointing struct {
	extent
	state []byte
	table []byte
	next  int64 // chunk to be written
	// reading: all is written and flushed, next is the chunk to be read back.
	reading bool
}

// newCheckpointing prepares a checkpoint in the extent that is not in use.
func newCheckpointing(disk storage.Disk, s *superblock, cp vsr.Checkpoint) *checkpointing {
	c := &checkpointing{state: cp.State, extent: extent{disk: disk, layout: s.layout,
		owner:            s.owner(),
		checkpointRecord: checkpointRecord{name: cp.Name, size: int64(len(cp.State))}}}
	c.memory = storage.Buffer(c.largest())
	if s.checkpoint.name != (vsr.LogName{}) {
		c.extent.extent = 1 - s.checkpoint.extent
	}
	return c
}

// step does one chunk. It is done when all are durable and have been read back.
func (c *checkpointing) step() (done bool, err error) {
	if c.next < c.chunks() && !c.reading {
		if _, m := c.chunk(c.next); m.kind == chunkOfState {
			sum := sha256.Sum256(c.state[m.number*chunkPayload:][:m.length])
			c.table = append(c.table, sum[:]...)
		}
		c.next++
		return false, c.write(c.next-1, c.state, c.table)
	}
	if !c.reading {
		root := newRoot(c.name.OpNumber, c.size)
		root.Write(c.table)
		c.root = [32]byte(root.Sum(nil))
		c.reading, c.next = true, 0
		return c.chunks() == 0, c.disk.Flush()
	}
	payload, err := c.read(c.next)
	if err != nil {
		return false, err
	}
	// A chunk may be good and still not the one that belongs here.
	_, m := c.chunk(c.next)
	want := c.state
	if m.kind == chunkOfTable {
		want = c.table
	}
	if !bytes.Equal(payload, want[m.number*chunkPayload:][:m.length]) {
		return false, fmt.Errorf("chunk %d of the checkpoint reads back differently", c.next)
	}
	c.next++
	return c.next == c.chunks(), nil
}
