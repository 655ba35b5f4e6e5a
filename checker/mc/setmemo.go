// SPDX-License-Identifier: Apache-2.0

package mc

// setMemo finds the list of reactions for a component and a set of messages. Each component has a
// row, a little hash table of its own, so that states with the same component find their lists
// close together: the hot loop spends most of its time waiting for this memory.
type setMemo struct {
	rows []memoRow // by component
	// held has the slots of all rows: set<<32 | list plus one, or zero.
	held region
	used int          // slots that belong to rows, or did
	free [32][]uint32 // where rows begin that were given up, by the logarithm of their length
}

// memoRow says where the slots of a component are.
type memoRow struct {
	from  uint32
	count uint32 // sets in it
	log   uint8  // logarithm of the number of slots; zero: no slots yet
}

// firstRow is the logarithm of the length of a fresh row.
const firstRow = 2

// newSetMemo returns an empty memo.
func newSetMemo() *setMemo { return &setMemo{} }

// get returns the number of a list.
func (m *setMemo) get(component, set uint32) (list uint32, known bool) {
	if int(component) >= len(m.rows) || m.rows[component].log == 0 {
		return 0, false
	}
	row := &m.rows[component]
	slots := m.held.words[row.from:][:1<<row.log]
	for i := int(hashSet(set)); ; i++ {
		slot := slots[i&(len(slots)-1)]
		if slot>>32 == uint64(set) && slot != 0 {
			return uint32(slot) - 1, true
		}
		if slot == 0 {
			return 0, false
		}
	}
}

// hashSet spreads the numbers of sets over a row.
func hashSet(set uint32) uint32 { return set * 0x9e3779b1 >> 5 }

// put adds a list for a component and a set that have none.
func (m *setMemo) put(component, set, list uint32) {
	for len(m.rows) <= int(component) {
		m.rows = append(m.rows, memoRow{})
	}
	row := &m.rows[component]
	if row.log == 0 {
		row.log = firstRow
		row.from = m.take(firstRow)
	}
	if row.count++; row.count*4 > 3<<row.log {
		old := *row
		row.log++
		row.from = m.take(row.log)
		slots := m.held.words[old.from:][:1<<old.log]
		for _, slot := range slots {
			if slot != 0 {
				m.place(row, slot)
			}
		}
		clear(slots)
		m.free[old.log] = append(m.free[old.log], old.from)
	}
	m.place(row, uint64(set)<<32|uint64(list+1))
}

// take returns where a new row of a given size begins. Its slots are zero.
func (m *setMemo) take(log uint8) uint32 {
	if n := len(m.free[log]); n > 0 {
		from := m.free[log][n-1]
		m.free[log] = m.free[log][:n-1]
		return from
	}
	from := m.used
	m.used += 1 << log
	if m.used > len(m.held.words) {
		longer := allocate(max(64, 2*m.used))
		copy(longer.words, m.held.words)
		m.held.free()
		m.held = longer
	}
	return uint32(from)
}

// place puts a slot where get finds it.
func (m *setMemo) place(row *memoRow, slot uint64) {
	slots := m.held.words[row.from:][:1<<row.log]
	i := int(hashSet(uint32(slot >> 32)))
	for slots[i&(len(slots)-1)] != 0 {
		i++
	}
	slots[i&(len(slots)-1)] = slot
}

// bytes returns the memory that the memo takes: in all, and outside of the Go heap.
func (m *setMemo) bytes() (all, mapped int) {
	return 12*len(m.rows) + 8*len(m.held.words), m.held.mappedBytes()
}
