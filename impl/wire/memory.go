// SPDX-License-Identifier: Apache-2.0

// Memory for the messages that come once or more often for each operation: allocated for many at
// once. Whoever gets a message keeps it as long as he likes, so nothing is used again.

package wire

import "viewstamp/impl/vsr"

const (
	// slabSize is how many messages are allocated at once.
	slabSize = 32
	// chunkSize is how many bytes are, for fields of at most smallField bytes.
	chunkSize  = 4096
	smallField = chunkSize / 16
)

// memory is that of one Reader. What it hands out stays in memory as long as something of the same
// piece does, so the pieces are small.
type memory struct {
	prepares   []vsr.Prepare
	prepareOKs []vsr.PrepareOK
	chunk      []byte
}

// message is newMessage.
func (m *memory) message(kind vsr.Kind) vsr.Message {
	switch kind {
	case vsr.KindPrepare:
		return next(&m.prepares)
	case vsr.KindPrepareOK:
		return next(&m.prepareOKs)
	}
	return newMessage(kind)
}

// next is the next value of a slab.
func next[T any](slab *[]T) *T {
	if len(*slab) == 0 {
		*slab = make([]T, slabSize)
	}
	value := &(*slab)[0]
	*slab = (*slab)[1:]
	return value
}

// copyOf is a copy of a field. Appending to it copies it again.
func (m *memory) copyOf(field []byte) []byte {
	n := len(field)
	if n > smallField {
		return append([]byte(nil), field...)
	}
	if n > len(m.chunk) {
		m.chunk = make([]byte, chunkSize)
	}
	c := m.chunk[:n:n]
	m.chunk = m.chunk[n:]
	copy(c, field)
	return c
}
