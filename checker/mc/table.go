// SPDX-License-Identifier: Apache-2.0

package mc

import (
	"math/bits"
	"sync"
)

// The table of visited states: an exact set of keys. It consists of shards, each a table with
// linear probing behind its own lock. Workers collect keys for a shard and insert them as a
// batch: one lock for many keys, cache misses that overlap, and growth of one small shard at a
// time, so that no barrier is needed and little memory is ever held twice.

// shardBits says how many shards there are. The top bits of a key's hash choose the shard.
const (
	shardBits  = 4
	shardCount = 1 << shardBits
	// batchSize is the number of keys that a worker collects for a shard.
	batchSize = 64
	// firstSlots is the number of slots of a fresh shard.
	firstSlots = 16
)

// pending is a state on its way into the table: its key, and how it was reached.
type pending struct {
	key
	arrival arrival
}

// table is a set of keys.
type table struct {
	shards [shardCount]shard
	watch  *monitor
	faults faults
}

// shard is the part of a table for some hashes. Slots hold one or two words.
type shard struct {
	sync.Mutex
	slots []uint64
	held  region // what the slots lie in
	keys  int    // number of keys
	room  int    // number of keys at which the shard must grow
	wide  bool
	_     [64]byte // keeps the locks of neighbours in different cache lines
}

// newTable returns an empty table for keys of one or two words.
func newTable(wide bool, watch *monitor, f faults) *table {
	t := &table{watch: watch, faults: f}
	for i := range t.shards {
		t.shards[i].wide = wide
	}
	return t
}

// shardOf returns the shard for a hash.
func shardOf(hash uint64) int { return int(hash >> (64 - shardBits)) }

// insert adds a batch of keys that all belong to one shard. It moves those that were not in the
// set to the front of the batch and returns them.
func (t *table) insert(number int, batch []pending) []pending {
	if t.faults.cutKeys {
		for i := range batch {
			batch[i].lo &^= 1 << 4
		}
	}
	s := &t.shards[number]
	s.Lock()
	defer s.Unlock()
	for s.keys+len(batch) > s.room {
		t.grow(s)
	}
	if s.wide {
		return s.insertWide(batch)
	}
	return s.insertNarrow(batch)
}

// position maps a hash to one of n slots. The bits that chose the shard are shifted out.
func position(hash uint64, n int) int {
	hi, _ := bits.Mul64(hash<<shardBits, uint64(n))
	return int(hi)
}

// insertNarrow is insert for keys of one word.
func (s *shard) insertNarrow(batch []pending) []pending {
	// All misses are started before the first is needed. Keys are never removed, so what was
	// read early is still true where it is the key looked for.
	var at [batchSize]int
	var early [batchSize]uint64
	for i := range batch {
		at[i] = position(batch[i].hash(), len(s.slots))
		early[i] = s.slots[at[i]]
	}
	fresh := 0
	for i := range batch {
		lo := batch[i].lo
		if early[i] == lo {
			continue
		}
		p := at[i]
		for s.slots[p] != 0 && s.slots[p] != lo {
			if p++; p == len(s.slots) {
				p = 0
			}
		}
		if s.slots[p] == 0 {
			s.slots[p] = lo
			batch[fresh] = batch[i]
			fresh++
		}
	}
	s.keys += fresh
	return batch[:fresh]
}

// insertWide is insert for keys of two words.
func (s *shard) insertWide(batch []pending) []pending {
	// As in insertNarrow, all misses are started before the first is needed.
	var at [batchSize]int
	var early [batchSize]uint64
	for i := range batch {
		at[i] = 2 * position(batch[i].hash(), len(s.slots)/2)
		early[i] = s.slots[at[i]]
	}
	fresh := 0
	for i := range batch {
		if early[i] == batch[i].lo && s.slots[at[i]+1] == batch[i].hi {
			continue
		}
		if s.placeWide(batch[i].key) {
			batch[fresh] = batch[i]
			fresh++
		}
	}
	s.keys += fresh
	return batch[:fresh]
}

// placeWide adds a key of two words and reports whether it is new.
func (s *shard) placeWide(k key) bool {
	p := 2 * position(k.hash(), len(s.slots)/2)
	for s.slots[p] != 0 {
		if s.slots[p] == k.lo && s.slots[p+1] == k.hi {
			return false
		}
		if p += 2; p == len(s.slots) {
			p = 0
		}
	}
	s.slots[p], s.slots[p+1] = k.lo, k.hi
	return true
}

// place adds a key that is not there.
func (s *shard) place(k key) {
	if s.wide {
		s.placeWide(k)
		return
	}
	p := position(k.hash(), len(s.slots))
	for s.slots[p] != 0 {
		if p++; p == len(s.slots) {
			p = 0
		}
	}
	s.slots[p] = k.lo
}

// grow gives a shard half as many slots again.
func (t *table) grow(s *shard) {
	words := 1
	if s.wide {
		words = 2
	}
	old := shard{slots: s.slots, held: s.held, wide: s.wide}
	n := max(firstSlots, len(old.slots)/words*3/2)
	t.resize(s, n, s.wide)
	dropped := !t.faults.loseKey
	old.each(func(k key) {
		if !dropped {
			dropped = true
			return
		}
		s.place(k)
	})
	t.free(&old)
}

// resize replaces the slots of a shard by n empty ones.
func (t *table) resize(s *shard, n int, wide bool) {
	s.wide = wide
	s.room = n * 3 / 4
	if wide {
		n *= 2
	}
	s.held = allocate(n)
	s.slots = s.held.words
	t.watch.mapped.Add(int64(s.held.mappedBytes()))
}

// free gives back the slots of a shard.
func (t *table) free(s *shard) {
	t.watch.mapped.Add(-int64(s.held.mappedBytes()))
	s.held.free()
	s.slots = nil
}

// each calls visit with every key of a shard.
func (s *shard) each(visit func(key)) {
	if !s.wide {
		for _, lo := range s.slots {
			if lo != 0 {
				visit(key{lo: lo})
			}
		}
		return
	}
	for i := 0; i < len(s.slots); i += 2 {
		if s.slots[i] != 0 {
			visit(key{s.slots[i], s.slots[i+1]})
		}
	}
}

// convert rewrites the whole set for another layout. Nobody else may use the table meanwhile.
func (t *table) convert(from, to *layout) *table {
	converted := newTable(to.wide, t.watch, t.faults)
	for i := range t.shards {
		t.shards[i].each(func(k key) {
			k = from.convert(k, to)
			s := &converted.shards[shardOf(k.hash())]
			if s.keys == s.room {
				converted.grow(s)
			}
			s.place(k)
			s.keys++
		})
		t.free(&t.shards[i])
	}
	return converted
}

// close gives all memory back.
func (t *table) close() {
	for i := range t.shards {
		t.free(&t.shards[i])
	}
}
