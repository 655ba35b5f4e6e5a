// SPDX-License-Identifier: Apache-2.0

package mc

import "slices"

// Components. A step reads one process and some messages, and the messages are those that the
// processes have sent. So a state is a tuple of components, one per process: its local state and
// the set of messages that it has sent. There are few components even where there are many
// states, and what a step does to a component is computed once.

// component is what the engine keeps of one.
type component struct {
	local, sent uint32 // numbers of the local state and of the set of messages
	view        uint32 // number of what properties of two processes read of it
	kinds       uint64 // kinds of the messages sent, as bits modulo 64
	// marks has a bit for each property: it is broken (Always) or holds (Sometimes) when it
	// reads nothing but this component.
	marks uint64
}

// viewKey is what properties of two processes read of a component.
type viewKey struct{ process, local, messages uint32 }

// space is the interned world that all workers of a search share.
type space[L, M comparable] struct {
	model      *Model[L, M]
	locals     *interner[L]
	messages   *interner[M]
	sets       sets
	views      *interner[viewKey]
	components []componentSpace
	outcomes   *outcomes
	reads      properties
}

// componentSpace numbers the components of one process: local<<32 | sent.
type componentSpace struct {
	ids     *interner[uint64]
	records arena[component]
}

// newSpace returns an empty space for a model.
func newSpace[L, M comparable](m *Model[L, M]) *space[L, M] {
	s := &space[L, M]{
		model: m, locals: newInterner[L](), messages: newInterner[M](), sets: newSets(),
		views: newInterner[viewKey](), outcomes: newOutcomes(),
		reads: classify(m), components: make([]componentSpace, m.Processes),
	}
	for p := range s.components {
		s.components[p].ids = newInterner[uint64]()
	}
	return s
}

// component returns the number of a component of process p.
func (s *space[L, M]) component(p int, local, sent uint32) uint32 {
	c := &s.components[p]
	return c.ids.id(uint64(local)<<32|uint64(sent), func(id uint32) {
		c.records.set(id, s.describe(p, local, sent))
	})
}

// record returns what is kept of a component.
func (s *space[L, M]) record(p int, id uint32) *component { return s.components[p].records.at(id) }

// describe fills the record of a new component.
func (s *space[L, M]) describe(p int, local, sent uint32) component {
	c := component{local: local, sent: sent}
	members := s.sets.members(sent)
	for _, id := range members {
		c.kinds |= 1 << (s.model.Kind(s.messages.value(id)) % 64)
	}
	c.marks = s.marksOfOne(p, local, members)
	view := viewKey{process: uint32(p)}
	if s.reads.pairsReadLocal {
		view.local = local
	}
	if len(s.reads.pairsReadKinds) > 0 {
		view.messages = s.sets.of(slices.DeleteFunc(members, func(id uint32) bool {
			return !s.reads.pairsReadKinds[s.model.Kind(s.messages.value(id))]
		}))
	}
	c.view = s.views.id(view, nil)
	return c
}

// valuesOf returns the messages of a set.
func (s *space[L, M]) valuesOf(set uint32) []M {
	members := s.sets.members(set)
	values := make([]M, len(members))
	for i, id := range members {
		values[i] = s.messages.value(id)
	}
	return values
}
