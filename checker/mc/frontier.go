// SPDX-License-Identifier: Apache-2.0

package mc

// Frontiers: the states of one level, in blocks that workers fill and take one by one. Expanded
// blocks stay as the log in which counterexamples are traced back.

// blockStates is the number of states of a full block.
const blockStates = 1024

// arrival says how a state was first reached: process<<32 | set of new messages. Sleep sets and
// properties need it, the identity of the state does not depend on it.
type arrival uint64

// arrive returns the arrival by a step of p that sent the messages of a set for the first time.
func arrive(p int, fresh uint32) arrival { return arrival(p)<<32 | arrival(fresh) }

// process returns who took the step.
func (a arrival) process() int { return int(a >> 32) }

// fresh returns the set of new messages.
func (a arrival) fresh() uint32 { return uint32(a) }

// block holds some states of one level.
type block struct {
	layout   *layout
	arrivals bool // each key is followed by its arrival
	words    []uint64
}

// newBlock returns an empty block. A later block of a bucket will be filled, so it is made in
// its full size.
func newBlock(l *layout, arrivals, later bool) *block {
	b := &block{layout: l, arrivals: arrivals}
	if later {
		b.words = make([]uint64, 0, blockStates*b.stride())
	}
	return b
}

// stride returns the number of words of one state.
func (b *block) stride() int {
	n := b.layout.words()
	if b.arrivals {
		n++
	}
	return n
}

// states returns the number of states.
func (b *block) states() int { return len(b.words) / b.stride() }

// full reports whether a worker should begin another block.
func (b *block) full() bool { return b.states() >= blockStates }

// add appends a state.
func (b *block) add(k key, a arrival) {
	b.words = append(b.words, k.lo)
	if b.layout.wide {
		b.words = append(b.words, k.hi)
	}
	if b.arrivals {
		b.words = append(b.words, uint64(a))
	}
}

// each calls visit with every state.
func (b *block) each(visit func(key, arrival)) {
	stride := b.stride()
	for i := 0; i < len(b.words); i += stride {
		k, a := key{lo: b.words[i]}, arrival(0)
		if b.layout.wide {
			k.hi = b.words[i+1]
		}
		if b.arrivals {
			a = arrival(b.words[i+stride-1])
		}
		visit(k, a)
	}
}

// convert returns the same states in another layout, with arrivals or without.
func (b *block) convert(to *layout, arrivals bool) *block {
	c := &block{layout: to, arrivals: arrivals}
	c.words = make([]uint64, 0, b.states()*c.stride())
	b.each(func(k key, a arrival) {
		if to != b.layout {
			k = b.layout.convert(k, to)
		}
		c.add(k, a)
	})
	return c
}

// countStates adds up blocks.
func countStates(blocks []*block) int64 {
	n := 0
	for _, b := range blocks {
		n += b.states()
	}
	return int64(n)
}
