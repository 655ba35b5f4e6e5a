// SPDX-License-Identifier: Apache-2.0

// The header of a group. The body is in body.go.

package journal

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"

	"viewstamp/impl/vsr"
)

const (
	groupMagic = "VSRGROUP"
	// headerSize is the size of a group header; the body follows directly.
	headerSize = 256
	// headerUsed is the number of bytes in use; the rest is zero.
	headerUsed = 192
)

// position is a point in the chain of groups: what all groups up to here add up to.
type position struct {
	number         uint64 // of the last group; groups count from 1
	end            int64  // offset of the sector after it
	checksum       [32]byte
	sequence       uint64 // of the last Write, counted since this open
	viewNumber     vsr.ViewNumber
	lastNormalView vsr.ViewNumber
	opNumber       vsr.OpNumber
}

// header is the header of a group. Every field but length and writes is a second opinion on what
// the reader knows already: a group that was written somewhere else, or of another time, shows.
type header struct {
	bodySum  [32]byte
	parent   [32]byte // checksum of the header before it, zero for the first group
	formatID [16]byte
	number   uint64
	offset   int64
	open     uint64 // of the superblock, when it was written
	flushed  uint64 // number of the last group that was durable when this one was written
	length   int64  // of the body, in bytes
	writes   uint32 // in the body
	// What the log adds up to after this group.
	viewNumber     vsr.ViewNumber
	lastNormalView vsr.ViewNumber
	opNumber       vsr.OpNumber
}

// Why a sector does not start a group.
var (
	errNoGroup     = errors.New("no group header")
	errHeaderSum   = errors.New("the checksum of the group header is wrong")
	errHeaderOther = errors.New("a group header of another file")
)

// encode fills the first headerSize bytes of a group and returns the header's checksum.
func (h *header) encode(to []byte) [32]byte {
	clear(to[:headerSize])
	le := binary.LittleEndian
	copy(to[32:], groupMagic)
	le.PutUint32(to[40:], Version)
	le.PutUint32(to[44:], h.writes)
	copy(to[48:], h.bodySum[:])
	copy(to[80:], h.parent[:])
	copy(to[112:], h.formatID[:])
	le.PutUint64(to[128:], h.number)
	le.PutUint64(to[136:], uint64(h.offset))
	le.PutUint64(to[144:], h.open)
	le.PutUint64(to[152:], h.flushed)
	le.PutUint64(to[160:], uint64(h.length))
	le.PutUint64(to[168:], uint64(h.viewNumber))
	le.PutUint64(to[176:], uint64(h.lastNormalView))
	le.PutUint64(to[184:], uint64(h.opNumber))
	sum := sha256.Sum256(to[32:headerSize])
	copy(to, sum[:])
	return sum
}

// decode reads a header that belongs to the file with that formatID, and returns its checksum.
func (h *header) decode(from []byte, formatID [16]byte, f fault) ([32]byte, error) {
	if string(from[32:40]) != groupMagic {
		return [32]byte{}, errNoGroup
	}
	sum := sha256.Sum256(from[32:headerSize])
	if !bytes.Equal(sum[:], from[:32]) && f != noHeaderChecksum {
		return [32]byte{}, errHeaderSum
	}
	le := binary.LittleEndian
	*h = header{
		writes:         le.Uint32(from[44:]),
		bodySum:        [32]byte(from[48:80]),
		parent:         [32]byte(from[80:112]),
		formatID:       [16]byte(from[112:128]),
		number:         le.Uint64(from[128:]),
		offset:         int64(le.Uint64(from[136:])),
		open:           le.Uint64(from[144:]),
		flushed:        le.Uint64(from[152:]),
		length:         int64(le.Uint64(from[160:])),
		viewNumber:     vsr.ViewNumber(le.Uint64(from[168:])),
		lastNormalView: vsr.ViewNumber(le.Uint64(from[176:])),
		opNumber:       vsr.OpNumber(le.Uint64(from[184:])),
	}
	if h.formatID != formatID {
		return [32]byte{}, errHeaderOther
	}
	if version := le.Uint32(from[40:]); version != Version {
		return [32]byte{}, fmt.Errorf("%w %d in a group header", ErrVersion, version)
	}
	if !isZero(from[headerUsed:headerSize]) {
		return [32]byte{}, fmt.Errorf("%w: reserved bytes of a group header are not zero",
			ErrVersion)
	}
	return [32]byte(from[:32]), nil
}
