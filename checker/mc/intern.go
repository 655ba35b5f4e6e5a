// SPDX-License-Identifier: Apache-2.0

package mc

import (
	"encoding/binary"
	"hash/maphash"
	"math/bits"
	"sync"
	"sync/atomic"
)

// Interning: values get small dense numbers, so that the search handles numbers only. Numbers
// depend on scheduling and never leave the engine.

// arena is an append-only list that is read without a lock. A reader must have received the
// index from the writer through a lock or a barrier. Chunk k holds 64<<k elements.
type arena[T any] struct {
	grow   sync.Mutex
	chunks [26]atomic.Pointer[[]T]
}

// arenaBase is the length of the first chunk.
const arenaBase = 64

// at returns the element with a given index.
func (a *arena[T]) at(i uint32) *T {
	x := uint64(i) + arenaBase
	k := bits.Len64(x) - 7
	return &(*a.chunks[k].Load())[x-arenaBase<<k]
}

// set writes an element. Each index is written once.
func (a *arena[T]) set(i uint32, v T) {
	k := bits.Len64(uint64(i)+arenaBase) - 7
	if a.chunks[k].Load() == nil {
		a.grow.Lock()
		if a.chunks[k].Load() == nil {
			chunk := make([]T, arenaBase<<k)
			a.chunks[k].Store(&chunk)
		}
		a.grow.Unlock()
	}
	*a.at(i) = v
}

// internShards spreads the locks of an interner.
const internShards = 32

// interner numbers the values of one type. It may be used by many workers at once.
type interner[T comparable] struct {
	seed   maphash.Seed
	next   atomic.Uint32
	values arena[T]
	shards [internShards]struct {
		sync.Mutex
		ids map[T]uint32
	}
}

// newInterner returns an empty interner.
func newInterner[T comparable]() *interner[T] {
	n := &interner[T]{seed: maphash.MakeSeed()}
	for i := range n.shards {
		n.shards[i].ids = map[T]uint32{}
	}
	return n
}

// id returns the number of a value. If the value is new, fill, if not nil, is called with the
// number before anybody else can see it.
func (n *interner[T]) id(v T, fill func(id uint32)) uint32 {
	shard := &n.shards[maphash.Comparable(n.seed, v)%internShards]
	shard.Lock()
	defer shard.Unlock()
	id, known := shard.ids[v]
	if !known {
		id = n.next.Add(1) - 1
		n.values.set(id, v)
		if fill != nil {
			fill(id)
		}
		shard.ids[v] = id
	}
	return id
}

// value returns the value with a given number.
func (n *interner[T]) value(id uint32) T { return *n.values.at(id) }

// count returns how many numbers were given.
func (n *interner[T]) count() int { return int(n.next.Load()) }

// sets numbers sets of numbers. The empty set is number 0.
type sets struct {
	*interner[string]
	origins *arena[origin]
}

// origin says how a set was first made: from another one by adding the members of a third. No
// origin is zero.
type origin struct{ base, added uint32 }

// newSets returns an interner that knows the empty set.
func newSets() sets {
	s := sets{newInterner[string](), &arena[origin]{}}
	s.of(nil)
	return s
}

// of returns the number of a set given as a sorted list.
func (s sets) of(sorted []uint32) uint32 { return s.from(sorted, origin{}) }

// from is of for a set with a known origin.
func (s sets) from(sorted []uint32, o origin) uint32 {
	b := make([]byte, 0, 4*len(sorted))
	for _, id := range sorted {
		b = binary.BigEndian.AppendUint32(b, id)
	}
	return s.id(string(b), func(id uint32) { s.origins.set(id, o) })
}

// members returns the sorted members of a set.
func (s sets) members(set uint32) []uint32 {
	encoded := s.value(set)
	members := make([]uint32, 0, len(encoded)/4)
	for i := 0; i < len(encoded); i += 4 {
		members = append(members, binary.BigEndian.Uint32([]byte(encoded[i:i+4])))
	}
	return members
}
