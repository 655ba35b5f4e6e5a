// SPDX-License-Identifier: Apache-2.0

package mc

import "math/bits"

// memo maps words to words: the private cache of one worker, open addressing, no deletion. The
// hot loop of the engine is little else than lookups in it, so it is as plain as can be.
type memo struct {
	slots []memoSlot
	shift uint8
	count int
}

// memoSlot holds a key, plus one so that zero means empty, beside its value.
type memoSlot struct{ key, value uint64 }

// memoMultiplier spreads keys; the high bits of the product choose the slot.
const memoMultiplier = 0x9e3779b97f4a7c15

// newMemo returns an empty memo.
func newMemo() *memo {
	const first = 64
	return &memo{slots: make([]memoSlot, first), shift: uint8(64 - bits.Len(first-1))}
}

// get returns the value of a key.
func (m *memo) get(key uint64) (value uint64, ok bool) {
	mask := len(m.slots) - 1
	for i := int((key + 1) * memoMultiplier >> m.shift); ; i++ {
		slot := &m.slots[i&mask]
		if slot.key == key+1 {
			return slot.value, true
		}
		if slot.key == 0 {
			return 0, false
		}
	}
}

// put adds a key that is not there.
func (m *memo) put(key, value uint64) {
	if m.count++; m.count*2 > len(m.slots) {
		old := m.slots
		m.slots = make([]memoSlot, 2*len(old))
		m.shift--
		for _, slot := range old {
			if slot.key != 0 {
				m.place(slot)
			}
		}
	}
	m.place(memoSlot{key + 1, value})
}

// place puts a slot where get finds it.
func (m *memo) place(slot memoSlot) {
	mask := len(m.slots) - 1
	i := int(slot.key * memoMultiplier >> m.shift)
	for m.slots[i&mask].key != 0 {
		i++
	}
	m.slots[i&mask] = slot
}

// bytes returns the memory that the memo takes.
func (m *memo) bytes() int { return 16 * len(m.slots) }
