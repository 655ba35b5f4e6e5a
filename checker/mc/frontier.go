// SPDX-License-Identifier: Apache-2.0

package mc

import (
	"encoding/binary"
	"fmt"
)

// Frontiers: the states of one level, in blocks that workers fill and take one by one. Expanded
// blocks stay as the log in which counterexamples are traced back. With a checkpoint, blocks are
// in a file and come back into memory when they are used.

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
	stored   *stored // where the words are if they are not in memory
}

// stored is a place in a file.
type stored struct {
	file  *logFile
	at    int64
	words int
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
func (b *block) states() int {
	if b.stored != nil {
		return b.stored.words / b.stride()
	}
	return len(b.words) / b.stride()
}

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

// each calls visit with every state. The block must be in memory.
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

// convert returns the same states in another layout, with arrivals or without. A block in a file
// stays as it is until it is loaded.
func (b *block) convert(to *layout, arrivals bool) *block {
	if b.stored != nil {
		return b
	}
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

// load returns the block in memory, in a given layout. A nil layout is its own.
func (b *block) load(to *layout) (*block, error) {
	if b.stored != nil {
		raw := make([]byte, 8*b.stored.words)
		if _, err := b.stored.file.file.ReadAt(raw, b.stored.at); err != nil {
			return nil, fmt.Errorf("states could not be read back: %w", err)
		}
		b = &block{layout: b.layout, arrivals: b.arrivals, words: make([]uint64, b.stored.words)}
		for i := range b.words {
			b.words[i] = binary.LittleEndian.Uint64(raw[8*i:])
		}
	}
	if to != nil && to != b.layout {
		b = b.convert(to, b.arrivals)
	}
	return b, nil
}

// store moves the words of a block of a level into a file: the level, the layout, and the words.
func (b *block) store(f *logFile, level int) error {
	if b.stored != nil {
		return nil
	}
	head := binary.AppendUvarint(nil, uint64(level))
	head = binary.AppendUvarint(head, uint64(len(b.layout.widths)))
	for _, width := range b.layout.widths {
		head = binary.AppendUvarint(head, uint64(width))
	}
	arrivals := uint64(0)
	if b.arrivals {
		arrivals = 1
	}
	head = binary.AppendUvarint(head, arrivals)
	head = binary.AppendUvarint(head, uint64(b.states()))
	raw := head
	for _, word := range b.words {
		raw = binary.LittleEndian.AppendUint64(raw, word)
	}
	at, err := f.append(raw)
	if err != nil {
		return fmt.Errorf("states could not be written: %w", err)
	}
	b.stored = &stored{f, at + int64(len(head)), len(b.words)}
	b.words = nil
	return nil
}

// readBlock reads what store has written, without the words. Layouts read before are shared.
func readBlock(r *logReader, f *logFile, fields int, layouts map[string]*layout) (
	level int, b *block,
) {
	level = int(r.number(1 << 31))
	widths := make([]int, 0, fields)
	if n := r.number(uint64(fields) + 1); r.err == nil && int(n) != fields {
		r.err = fmt.Errorf("at byte %d: %d fields, want %d", r.at, n, fields)
	}
	for range fields {
		widths = append(widths, int(r.number(33)))
	}
	name := fmt.Sprint(widths)
	if layouts[name] == nil {
		l, fits := newLayout(widths)
		if !fits && r.err == nil {
			r.err = fmt.Errorf("at byte %d: fields of %v bits fit into no key", r.at, widths)
		}
		layouts[name] = l
	}
	if r.err != nil {
		return 0, nil
	}
	b = &block{layout: layouts[name], arrivals: r.number(2) == 1}
	words := r.count() * b.stride()
	b.stored = &stored{f, r.skip(8 * words), words}
	return level, b
}

// countStates adds up blocks.
func countStates(blocks []*block) int64 {
	n := 0
	for _, b := range blocks {
		n += b.states()
	}
	return int64(n)
}
