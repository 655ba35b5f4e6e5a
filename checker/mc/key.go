// SPDX-License-Identifier: Apache-2.0

package mc

import "math/bits"

// Keys. A state is packed into one word, or two where one is too narrow: for each process the
// number of its component, then the number that stands for the budgets spent. A key is the
// whole state, not a hash of it, so two states are never confused. The widths are checked when
// a component is numbered, and widened between two phases of a level.

// key is a packed state. The top bit of lo is always set, so that zero means "no key".
type key struct{ lo, hi uint64 }

// occupied is the bit that tells a key from an empty slot.
const occupied = 1 << 63

// hash spreads keys. Tables keep whole keys, so it need not be a bijection.
func (k key) hash() uint64 {
	hi, lo := bits.Mul64(k.lo^0x8bb84b93962eacc9, k.hi^0x2d358dccaa6c78a5)
	return hi ^ lo
}

// field says where a number lies in a key.
type field struct {
	high  bool
	shift uint8
	mask  uint64 // not shifted; also the largest number that fits
}

// layout says where all numbers lie: the processes', then the budgets'.
type layout struct {
	fields []field
	widths []int
	wide   bool // keys take two words
}

// newLayout packs fields of the given widths into one word if it can, else into two. It
// reports whether they fit at all. No field crosses a word's end.
func newLayout(widths []int) (*layout, bool) {
	l := &layout{widths: widths}
	room := [2]int{63, 64}
	l.fields = make([]field, len(widths))
	for i := len(widths) - 1; i >= 0; i-- {
		width := widths[i]
		word := 0
		if width > room[0] {
			word = 1
		}
		if width > room[word] {
			return nil, false
		}
		used := [2]int{63, 64}[word] - room[word]
		l.fields[i] = field{word == 1, uint8(used), 1<<width - 1}
		l.wide = l.wide || word == 1
		room[word] -= width
	}
	return l, true
}

// words returns the number of words of a key.
func (l *layout) words() int {
	if l.wide {
		return 2
	}
	return 1
}

// get returns a number.
func (f field) get(k key) uint32 {
	if f.high {
		return uint32(k.hi >> f.shift & f.mask)
	}
	return uint32(k.lo >> f.shift & f.mask)
}

// with returns the key with a number replaced.
func (f field) with(k key, v uint32) key {
	if f.high {
		k.hi = k.hi&^(f.mask<<f.shift) | uint64(v)<<f.shift
	} else {
		k.lo = k.lo&^(f.mask<<f.shift) | uint64(v)<<f.shift
	}
	return k
}

// convert returns the key in another layout.
func (l *layout) convert(k key, to *layout) key {
	packed := key{lo: occupied}
	for i, f := range l.fields {
		packed = to.fields[i].with(packed, f.get(k))
	}
	return packed
}
