// SPDX-License-Identifier: Apache-2.0

// The checksum of a body. Large operations are left out of it: the checksum of their entry, which
// the core has computed already, covers them, and hashing a megabyte twice is what a fast disk
// would wait for.

package journal

import (
	"crypto/sha256"
	"encoding/binary"
	"hash"

	"viewstamp/impl/vsr"
)

// largeOperation is the size from which on an operation is left out, in bytes.
const largeOperation = 4096

// bodySummer computes checksums of bodies without allocating.
type bodySummer struct {
	hash hash.Hash
	sum  [32]byte
}

// of is the checksum of a body; false if it does not have the form of one.
func (s *bodySummer) of(body []byte) (sum [32]byte, ok bool) {
	if s.hash == nil {
		s.hash = sha256.New()
	}
	s.hash.Reset()
	start, at := 0, 0
	for at < len(body) {
		if len(body)-at < writeSize {
			return sum, false
		}
		count := int64(binary.LittleEndian.Uint32(body[at+36:]))
		at += writeSize
		for ; count > 0; count-- {
			if len(body)-at < entrySize {
				return sum, false
			}
			length := int64(binary.LittleEndian.Uint32(body[at+72:]))
			at += entrySize
			if length > int64(len(body)-at) {
				return sum, false
			}
			if length >= largeOperation {
				s.hash.Write(body[start:at])
				start = at + int(length)
			}
			at += int(length)
		}
	}
	s.hash.Write(body[start:])
	return [32]byte(s.hash.Sum(s.sum[:0])), true
}

// largeOperationsGood checks the operations that the checksum of a body has left out.
func largeOperationsGood(body []byte) bool {
	for len(body) > 0 {
		var w vsr.Write
		parent, rest, err := decodeWrite(&w, body)
		if err != nil {
			return false
		}
		for i := range w.Entries {
			e := &w.Entries[i]
			if len(e.Operation) >= largeOperation && vsr.ChecksumOf(parent, e) != e.Checksum {
				return false
			}
			parent = e.Checksum
		}
		body = rest
	}
	return true
}
