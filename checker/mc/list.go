// SPDX-License-Identifier: Apache-2.0

package mc

import (
	"encoding/binary"
	"slices"
)

// Lists of reactions, as the hot loop sees them: what the steps of a process make of its
// component. Each worker keeps its own. Equal lists are kept once, for many components react
// alike, and a list counts how often it was followed, so that the loop does not count firings
// one by one.

// entry is one firing that leads to another state.
type entry struct {
	component uint32 // the successor component
	fresh     uint32 // the set of messages that nobody had sent before
}

// reaction is what steps make of a component, as the model's side computes it.
type reaction struct {
	moves []entry
	steps []uint16 // the step of each move
	idles []uint16 // the steps of the firings that change nothing, one element each
	// joins has a bit for each quorum step of the group that finds a candidate.
	joins uint32
}

// list is the head of a stored reaction.
type list struct {
	visits   int64
	from, to uint32 // its moves among the entries of the store
	firings  uint32 // moves and idles together
	joins    uint32
}

// listStore holds the lists of a worker. List 0 is empty.
type listStore struct {
	lists   []list
	entries []entry
	steps   []uint16   // of each entry
	idles   [][]uint16 // of each list
	ids     map[string]uint32
}

// newListStore returns a store with the empty list.
func newListStore() *listStore {
	s := &listStore{ids: map[string]uint32{}}
	s.add(&reaction{})
	return s
}

// add returns the number of a list, storing it if it is new.
func (s *listStore) add(r *reaction) uint32 {
	b := binary.LittleEndian.AppendUint32(nil, r.joins)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(r.moves)))
	for i, e := range r.moves {
		b = binary.LittleEndian.AppendUint32(b, e.component)
		b = binary.LittleEndian.AppendUint32(b, e.fresh)
		b = binary.LittleEndian.AppendUint16(b, r.steps[i])
	}
	for _, step := range r.idles {
		b = binary.LittleEndian.AppendUint16(b, step)
	}
	id, known := s.ids[string(b)]
	if known {
		return id
	}
	id = uint32(len(s.lists))
	s.ids[string(b)] = id
	from := uint32(len(s.entries))
	s.entries = append(s.entries, r.moves...)
	s.steps = append(s.steps, r.steps...)
	s.idles = append(s.idles, r.idles)
	s.lists = append(s.lists, list{from: from, to: from + uint32(len(r.moves)),
		firings: uint32(len(r.moves) + len(r.idles)), joins: r.joins})
	return id
}

// join returns the reactions of two lists together.
func (s *listStore) join(a, b uint32) *reaction {
	la, lb := s.lists[a], s.lists[b]
	return &reaction{
		moves: slices.Concat(s.entries[la.from:la.to], s.entries[lb.from:lb.to]),
		steps: slices.Concat(s.steps[la.from:la.to], s.steps[lb.from:lb.to]),
		idles: slices.Concat(s.idles[a], s.idles[b]),
		joins: la.joins | lb.joins,
	}
}

// drain adds the firings counted so far to those of each step, returns how many of them changed
// nothing, and counts from zero again.
func (s *listStore) drain(fired []int64) (idle int64) {
	for i := range s.lists {
		l := &s.lists[i]
		for _, step := range s.steps[l.from:l.to] {
			fired[step] += l.visits
		}
		for _, step := range s.idles[i] {
			fired[step] += l.visits
		}
		idle += l.visits * int64(len(s.idles[i]))
		l.visits = 0
	}
	return idle
}

// bytes returns roughly the memory that the lists take.
func (s *listStore) bytes() int {
	const perList, perEntry = 120, 30
	return perList*len(s.lists) + perEntry*len(s.entries)
}
