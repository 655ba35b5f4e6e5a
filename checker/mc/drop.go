// SPDX-License-Identifier: Apache-2.0

package mc

import "slices"

// Dropping dead messages in the engine. Whether a message is dead depends on the local states of
// all processes and on nothing else, so what a set of messages is to one local state is computed
// once, as bits, and a state costs a few lookups. What is dropped and why: dead.go.

// dropping is what a worker remembers about dead messages.
type dropping struct {
	full  []uint64 // by set: a bit for each message
	alive []*memo  // by process: from set and local state to the bits of what is alive
	masks *memo    // numbers the sets of bits that occur
	// lighter leads, by process, from a component and the number of a set of bits to the component
	// that has only these messages.
	lighter []*memo
	commons *memo // from two sets to what is in both
}

// newDropping returns an empty memory.
func newDropping(processes int) *dropping {
	d := &dropping{masks: newMemo(), commons: newMemo()}
	for range processes {
		d.alive = append(d.alive, newMemo())
		d.lighter = append(d.lighter, newMemo())
	}
	return d
}

// bytes returns roughly the memory that it takes.
func (d *dropping) bytes() int {
	n := 8*len(d.full) + d.masks.bytes() + d.commons.bytes()
	for p := range d.alive {
		n += d.alive[p].bytes() + d.lighter[p].bytes()
	}
	return n
}

// drop returns a state without its dead messages. It fails if the number of a component is too
// large for the layout.
func (w *worker) drop(k key) (lighter key, fits bool) {
	d := w.dropping
	for q, f := range w.layout.fields[:w.processes] {
		c := f.get(k)
		set := w.components[q].at(c).sent
		if set == 0 {
			continue
		}
		for len(d.full) <= int(set) {
			d.full = append(d.full, 0)
		}
		if d.full[set] == 0 {
			d.full[set] = w.model.members(set)
		}
		full, alive := d.full[set], uint64(0)
		for p := 0; p < w.processes && alive != full; p++ {
			local := w.components[p].at(w.layout.fields[p].get(k)).local
			alive |= w.aliveFor(p, local, set)
		}
		if alive == full {
			continue
		}
		if c = w.lighter(q, c, alive); uint64(c) > f.mask {
			return k, false
		}
		k = f.with(k, c)
	}
	return k, true
}

// aliveFor returns, as bits, the messages of a set that are not dead for a process.
func (w *worker) aliveFor(p int, local, set uint32) uint64 {
	k := uint64(set)<<32 | uint64(local)
	alive, known := w.dropping.alive[p].get(k)
	if !known {
		alive = w.model.alive(p, local, set)
		w.dropping.alive[p].put(k, alive)
	}
	return alive
}

// lighter returns a component of process q with only some of its messages, given as bits.
func (w *worker) lighter(q int, c uint32, alive uint64) uint32 {
	d := w.dropping
	number, known := d.masks.get(alive)
	if !known {
		number = uint64(d.masks.count)
		d.masks.put(alive, number)
	}
	k := uint64(c)<<32 | number
	next, known := d.lighter[q].get(k)
	if !known {
		next = uint64(w.model.lighter(q, c, alive))
		d.lighter[q].put(k, next)
	}
	return uint32(next)
}

// common returns the set of what is in both sets: what was sent and was not dropped at once.
func (w *worker) common(a, b uint32) uint32 {
	k := uint64(a)<<32 | uint64(b)
	set, known := w.dropping.commons.get(k)
	if !known {
		set = uint64(w.model.common(a, b))
		w.dropping.commons.put(k, set)
	}
	return uint32(set)
}

// members implements modelSide. Of a set that is too large nothing is dropped.
func (s *side[L, M]) members(set uint32) uint64 {
	n := len(s.sets.members(set))
	if n >= maxDroppable {
		return ^uint64(0)
	}
	return 1<<n - 1
}

// alive implements modelSide.
func (s *side[L, M]) alive(p int, local, set uint32) uint64 {
	members := s.sets.members(set)
	if len(members) > maxDroppable {
		return ^uint64(0)
	}
	var alive uint64
	l := s.locals.value(local)
	for i, id := range members {
		m := s.messages.value(id)
		if s.mortal.keeps(m) || !s.mortal.dead(p, l, m) && !s.faults.dropAlive {
			alive |= 1 << i
		}
	}
	return alive
}

// lighter implements modelSide.
func (s *side[L, M]) lighter(q int, c uint32, alive uint64) uint32 {
	record := s.record(q, c)
	var rest []uint32
	for i, id := range s.sets.members(record.sent) {
		if alive>>i&1 == 1 {
			rest = append(rest, id)
		}
	}
	return s.component(q, record.local, s.sets.of(rest))
}

// common implements modelSide.
func (s *side[L, M]) common(a, b uint32) uint32 {
	both := s.sets.members(b)
	return s.sets.of(slices.DeleteFunc(s.sets.members(a), func(id uint32) bool {
		return !slices.Contains(both, id)
	}))
}
