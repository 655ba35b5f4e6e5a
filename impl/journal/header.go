// SPDX-License-Identifier: Apache-2.0

// The header of a group: the same bytes in the header ring, alone in a sector, and in the prepare
// ring, in front of the body.

package journal

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"

	"viewstamp/impl/storage"
	"viewstamp/impl/vsr"
)

const (
	headerMagic = "VSRGROUP"
	// headerSize is the size of a header; in the prepare ring the body follows directly.
	headerSize = 384
	// stateSize is the size of an encoded state.
	stateSize = 64
)

// state is what Writes add up to, without the entries.
type state struct {
	name           vsr.LogName // of the whole log
	viewNumber     vsr.ViewNumber
	lastNormalView vsr.ViewNumber
	headUnknown    bool
}

// point is a place in the chain of groups: after group number.
type point struct {
	number   uint64   // groups count from 1
	checksum [32]byte // of the header of that group; zero if nobody knows it
	start    int64    // position of the group in the prepare ring
	end      int64    // position of the next one
	// keep is the op-number up to which the group left the log as it was.
	keep vsr.OpNumber
	state
}

// header is the header of a group.
type header struct {
	owner owner
	// number is 0 in a slot that was never used. Then slot is its number, and the rest is zero.
	number uint64
	slot   uint64
	// open is that of the superblock when the group was written.
	open uint64
	// durable is the last group whose header was durable when this one was made.
	durable uint64
	parent  [32]byte // checksum of the header of the group before it
	// What else is known about that group: where it is, how much of the log it kept, and, in
	// before, what it led to.
	parentStart int64
	parentKeep  vsr.OpNumber
	before      state
	after       state
	keep        vsr.OpNumber
	start       int64 // position in the prepare ring
	length      int64 // of the body, in bytes
	bodySum     [32]byte
	writes      uint32 // in the body
}

// owner says to which file a sector belongs. A sector of another file is not believed.
type owner struct {
	cluster  [16]byte
	formatID [16]byte
	replica  vsr.ReplicaNumber
}

// Why a sector is no good header.
var (
	errNoHeader    = errors.New("no group header")
	errHeaderSum   = errors.New("the checksum of the group header is wrong")
	errHeaderOther = errors.New("a group header of another file or another place")
	errHeaderSense = errors.New("a group header with a good checksum that makes no sense")
)

func (s *state) encode(to []byte) {
	le := binary.LittleEndian
	le.PutUint64(to, uint64(s.name.OpNumber))
	copy(to[8:], s.name.Checksum[:])
	le.PutUint64(to[40:], uint64(s.viewNumber))
	le.PutUint64(to[48:], uint64(s.lastNormalView))
	if s.headUnknown {
		to[56] = 1
	}
}

func (s *state) decode(from []byte) {
	le := binary.LittleEndian
	*s = state{
		name: vsr.LogName{
			OpNumber: vsr.OpNumber(le.Uint64(from)),
			Checksum: vsr.Checksum(from[8:40]),
		},
		viewNumber:     vsr.ViewNumber(le.Uint64(from[40:])),
		lastNormalView: vsr.ViewNumber(le.Uint64(from[48:])),
		headUnknown:    from[56] == 1,
	}
}

// encode fills the first headerSize bytes of to and returns the header's checksum.
func (h *header) encode(to []byte) [32]byte {
	to = to[:headerSize]
	clear(to)
	le := binary.LittleEndian
	copy(to[32:], headerMagic)
	le.PutUint32(to[40:], Version)
	le.PutUint32(to[44:], h.writes)
	copy(to[48:], h.owner.cluster[:])
	copy(to[64:], h.owner.formatID[:])
	le.PutUint64(to[80:], uint64(h.owner.replica))
	le.PutUint64(to[88:], h.number)
	le.PutUint64(to[96:], h.slot)
	le.PutUint64(to[104:], h.open)
	le.PutUint64(to[112:], h.durable)
	copy(to[120:], h.parent[:])
	le.PutUint64(to[152:], uint64(h.parentStart))
	le.PutUint64(to[160:], uint64(h.parentKeep))
	le.PutUint64(to[168:], uint64(h.keep))
	le.PutUint64(to[176:], uint64(h.start))
	le.PutUint64(to[184:], uint64(h.length))
	copy(to[192:], h.bodySum[:])
	h.before.encode(to[224:])
	h.after.encode(to[224+stateSize:])
	sum := sha256.Sum256(to[32:])
	copy(to, sum[:])
	return sum
}

// decode reads a header of that owner, and returns its checksum.
func (h *header) decode(from []byte, mine *owner) ([32]byte, error) {
	from = from[:headerSize]
	if string(from[32:40]) != headerMagic {
		return [32]byte{}, errNoHeader
	}
	sum := sha256.Sum256(from[32:])
	if !bytes.Equal(sum[:], from[:32]) {
		return [32]byte{}, errHeaderSum
	}
	le := binary.LittleEndian
	*h = header{
		owner: owner{
			cluster:  [16]byte(from[48:64]),
			formatID: [16]byte(from[64:80]),
			replica:  vsr.ReplicaNumber(le.Uint64(from[80:])),
		},
		writes:      le.Uint32(from[44:]),
		number:      le.Uint64(from[88:]),
		slot:        le.Uint64(from[96:]),
		open:        le.Uint64(from[104:]),
		durable:     le.Uint64(from[112:]),
		parent:      [32]byte(from[120:152]),
		parentStart: int64(le.Uint64(from[152:])),
		parentKeep:  vsr.OpNumber(le.Uint64(from[160:])),
		keep:        vsr.OpNumber(le.Uint64(from[168:])),
		start:       int64(le.Uint64(from[176:])),
		length:      int64(le.Uint64(from[184:])),
		bodySum:     [32]byte(from[192:224]),
	}
	h.before.decode(from[224:])
	h.after.decode(from[224+stateSize:])
	if h.owner != *mine || le.Uint32(from[40:]) != Version {
		return sum, errHeaderOther
	}
	return sum, nil
}

// decodeSlot reads the sector of the header ring with that number.
func (h *header) decodeSlot(sector []byte, slot int64, l *layout, mine *owner) ([32]byte, error) {
	sum, err := h.decode(sector, mine)
	switch {
	case err != nil:
		return sum, err
	case h.slot != uint64(slot), h.number != 0 && h.number%uint64(l.slots) != h.slot:
		return sum, errHeaderOther
	case h.number != 0 && !h.sensible(l):
		return sum, errHeaderSense
	case !isZero(sector[headerSize:]):
		return sum, errHeaderOther
	}
	return sum, nil
}

// sensible says whether the numbers of a used header can be worked with. Whoever has the checksum
// right may still be a faulty program, and nobody's bytes may make this one fall over.
func (h *header) sensible(l *layout) bool {
	const most = 1 << 62
	return h.length > 0 && h.length <= l.prepareBytes-headerSize && h.writes > 0 &&
		h.start >= 0 && h.start < most && h.start%storage.SectorSize == 0 &&
		h.parentStart >= 0 && h.parentStart < most && h.parentStart%storage.SectorSize == 0 &&
		h.number < most && h.durable < h.number &&
		h.before.name.OpNumber < most && h.after.name.OpNumber < most &&
		h.keep <= h.after.name.OpNumber
}

// size is what the group takes in the prepare ring, in bytes.
func (h *header) size() int64 { return storage.RoundUp(headerSize + h.length) }

// point is the place after the group.
func (h *header) point(sum [32]byte) point {
	return point{number: h.number, checksum: sum, start: h.start, end: h.start + h.size(),
		keep: h.keep, state: h.after}
}
