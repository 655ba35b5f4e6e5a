// SPDX-License-Identifier: Apache-2.0

// The frame header: what is checked before anything else is believed.

package wire

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"

	"viewstamp/impl/vsr"
)

const (
	// Version is the version of the format. Other versions are refused.
	Version = 1
	// HeaderSize is the number of bytes in front of each body.
	HeaderSize = 36
	// DefaultMaxBody is the limit for bodies where the caller has no wish: that of the core for its
	// messages.
	DefaultMaxBody = 4 << 20

	magic = "VSR1"
)

// Errors that callers decide by. Each is wrapped with what was found and what was expected.
var (
	// ErrMalformed is returned for bytes that no sender of this version makes. The connection
	// must be closed.
	ErrMalformed = errors.New("malformed frame")
	// ErrCluster is returned for a frame of another cluster.
	ErrCluster = errors.New("frame of another cluster")
	// ErrTooLarge is returned for a body above the limit, by readers and by writers.
	ErrTooLarge = errors.New("frame is too large")
)

// ClusterID is the same for all replicas and clients of one cluster, and differs between clusters.
type ClusterID [16]byte

// String is the id in hexadecimal.
func (c ClusterID) String() string { return hex.EncodeToString(c[:]) }

// ParseClusterID is the inverse of String.
func ParseClusterID(s string) (ClusterID, error) {
	var id ClusterID
	if len(s) != 2*len(id) {
		return id, fmt.Errorf("cluster id %q has %d characters, expected %d hexadecimal digits",
			s, len(s), 2*len(id))
	}
	if _, err := hex.Decode(id[:], []byte(s)); err != nil {
		return id, fmt.Errorf("cluster id %q: %w", s, err)
	}
	if id == (ClusterID{}) {
		return id, fmt.Errorf("cluster id %q: zero is not allowed", s)
	}
	return id, nil
}

// castagnoli is the polynomial that processors have an instruction for.
var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func checksum(b []byte) uint32 { return crc32.Checksum(b, castagnoli) }

// header is a decoded frame header whose checks have passed.
type header struct {
	cluster  ClusterID
	kind     vsr.Kind
	size     int
	checksum uint32
}

// putHeader fills in the header of a frame whose body is complete.
func putHeader(b []byte, cluster ClusterID, kind vsr.Kind, body []byte) {
	copy(b, magic)
	b[4] = Version
	b[5] = byte(kind)
	b[6], b[7] = 0, 0
	binary.LittleEndian.PutUint32(b[8:], uint32(len(body)))
	copy(b[12:28], cluster[:])
	binary.LittleEndian.PutUint32(b[28:], checksum(body))
	binary.LittleEndian.PutUint32(b[32:], checksum(b[:32]))
}

// parseHeader checks a header from its checksum upwards. The zero cluster stands for any.
func parseHeader(b []byte, cluster ClusterID, maxBody int) (header, error) {
	if string(b[:4]) != magic {
		return header{}, fmt.Errorf("%w: it starts with %q, expected %q: is the other side "+
			"a viewstamp replica or client?", ErrMalformed, b[:4], magic)
	}
	if sum := checksum(b[:32]); sum != binary.LittleEndian.Uint32(b[32:]) {
		return header{}, fmt.Errorf("%w: the header's checksum is %08x, expected %08x",
			ErrMalformed, binary.LittleEndian.Uint32(b[32:]), sum)
	}
	if b[4] != Version {
		return header{}, fmt.Errorf("%w: version %d, this program speaks version %d",
			ErrMalformed, b[4], Version)
	}
	if b[6] != 0 || b[7] != 0 {
		return header{}, fmt.Errorf("%w: reserved bytes are not zero", ErrMalformed)
	}
	if cluster != (ClusterID{}) && ClusterID(b[12:28]) != cluster {
		return header{}, fmt.Errorf("%w: it is of %s, this side belongs to %s",
			ErrCluster, ClusterID(b[12:28]), cluster)
	}
	kind := vsr.Kind(b[5])
	if !isKind(kind) {
		return header{}, fmt.Errorf("%w: unknown kind %d", ErrMalformed, kind)
	}
	size := binary.LittleEndian.Uint32(b[8:])
	if uint64(size) > uint64(maxBody) {
		return header{}, fmt.Errorf("%w: a body of %d bytes, the limit is %d",
			ErrTooLarge, size, maxBody)
	}
	return header{ClusterID(b[12:28]), kind, int(size), binary.LittleEndian.Uint32(b[28:])}, nil
}
