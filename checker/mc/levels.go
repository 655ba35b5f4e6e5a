// SPDX-License-Identifier: Apache-2.0

package mc

import "slices"

// Looking back: the levels that a search of the engine has expanded are kept, for counterexamples
// and for coverage.

// scanLevel implements levelScan: it visits the states that differ from the target in the local
// state of at most one process, and if no messages are dropped in at most one component. With
// symmetry the target is any state of its orbit.
func (e *engine[L, M]) scanLevel(
	level int, target *state[L, M], visit func(*state[L, M]) error,
) error {
	targets := [][]component{e.componentsOf(target)}
	if e.orbits != nil {
		all, err := e.orbits.of(target)
		if err != nil {
			return err
		}
		for _, t := range all.members[1:] {
			targets = append(targets, e.componentsOf(t.state))
		}
	}
	var err error
	for _, b := range e.log[level] {
		b, failed := b.load(nil)
		if failed != nil {
			return failed
		}
		b.each(func(k key, _ arrival) {
			if err == nil && slices.ContainsFunc(targets, func(wanted []component) bool {
				return e.mayLead(k, b.layout, wanted)
			}) {
				err = visit(e.sides[0].decode(k, b.layout))
			}
		})
	}
	return err
}

// mayLead reports whether a state differs little enough from another, given by its components.
func (e *engine[L, M]) mayLead(k key, l *layout, wanted []component) bool {
	differ := 0
	for p := range wanted {
		c := e.record(p, l.fields[p].get(k))
		if c.local != wanted[p].local || c.sent != wanted[p].sent && !e.search.drops &&
			!e.search.sends {
			differ++
		}
	}
	return differ <= 1
}

// componentsOf returns what the components of a state consist of.
func (e *engine[L, M]) componentsOf(s *state[L, M]) []component {
	list := make([]component, e.processes)
	for p := range list {
		ids := make([]uint32, len(s.sent[p]))
		for i, m := range s.sent[p] {
			ids[i] = e.messages.id(m, nil)
		}
		slices.Sort(ids)
		list[p] = component{local: e.locals.id(s.locals[p], nil), sent: e.sets.of(ids)}
	}
	return list
}

// eachState implements eachState.
func (e *engine[L, M]) eachState(level int, visit func(uint64, func() *state[L, M])) error {
	blocks := e.current
	if level < len(e.log) {
		blocks = e.log[level]
	}
	for _, b := range blocks {
		b, err := b.load(nil)
		if err != nil {
			return err
		}
		b.each(func(k key, _ arrival) {
			kinds := uint64(0)
			for p := range e.processes {
				kinds |= e.record(p, b.layout.fields[p].get(k)).kinds
			}
			visit(kinds, func() *state[L, M] { return e.sides[0].decode(k, b.layout) })
		})
	}
	return nil
}

// countMessages counts the distinct messages of each kind.
func (e *engine[L, M]) countMessages() map[Kind]int {
	count := map[Kind]int{}
	for id := range e.space.messages.count() {
		count[e.model.Kind(e.space.messages.value(uint32(id)))]++
	}
	return count
}
