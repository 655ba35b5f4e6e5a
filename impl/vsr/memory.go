// SPDX-License-Identifier: Apache-2.0

package vsr

// Memory for what normal operation makes for each operation. A message is never changed, and nobody
// says when the last one is through with it, so its memory cannot be used again. But that of many
// can be allocated at once.

// memory is where the messages of normal operation come from.
type memory struct {
	prepares   slab[Prepare]
	prepareOKs slab[PrepareOK]
	replies    slab[Reply]
	list       []*Reply // What executeAndReply returns.
}

const (
	// slabSize is how many values a slab allocates at once. All of them stay in memory as long as
	// one does: as messages leave in the order in which they are made, that is not for long.
	slabSize = 32
	// slabBytesMax is how many bytes each of them may keep in memory, besides itself.
	slabBytesMax = 4096
)

// slab hands out memory for values, a piece at a time.
type slab[T any] struct {
	free []T
}

// put stores a value that keeps so many bytes in memory.
func (s *slab[T]) put(value T, bytes int) *T {
	if bytes > slabBytesMax {
		p := new(T)
		*p = value
		return p
	}
	if len(s.free) == 0 {
		s.free = make([]T, slabSize)
	}
	p := &s.free[0]
	s.free = s.free[1:]
	*p = value
	return p
}
