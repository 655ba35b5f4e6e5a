// SPDX-License-Identifier: Apache-2.0

package mc

import (
	"context"
	"fmt"
	"slices"
)

// Eager sends: a firing that only sends (it leaves the local state as it is and spends no budget)
// is fired at once wherever it can be, and a state stands for itself with all that was sent so.
// Both explorers use this definition, which asks the author for nothing: whether a firing only
// sends is seen from what it does.
//
// Why verdicts stay as they are: a state t covers a state s if both have the same local states and
// the same budgets spent, and t has all the messages of s. A firing of s is one of t, for it finds
// its local state, its budget and its messages there and more messages forbid nothing. It leads to
// states of which one covers the other again. A state with all that can be sent at once covers
// the one that it stands for, so whatever the full search reaches is covered by something that is
// reached here; and all that is reached here is reached by firings of the model, one after the
// other. What is left to ask is that a property says of t what it says of s: once broken (or
// reached), more messages must not repair it. That is so for a property that reads no messages,
// and for one that must hold for each message or pair of them. A property that reads whole
// states has to claim it (Property.Monotone), and the claim is tested.
//
// What can be sent at once does not depend on the order, since firings that only send do not
// disable each other; so there is one such state. Dead messages are dropped after that, from the
// initial state too, which has sent something here. What covers s may then lack what is dead,
// which has no effect on anything (dead.go), so all of the above stays as it is.
//
// What is lost: a level holds the states after so many firings that do more than send, so a
// counterexample need not be a shortest one. It is shortened until no firing can be left out.
// Deadlocks cannot be looked for: a state in which nobody has sent yet what he can is covered by
// one in which he has. And a firing that only sends is hidden inside of a transition of another
// process, so that two transitions need not commute: no sleep sets.

// sends reports whether a firing only sends, and something new.
func (f *firing[L, M]) sends(s *state[L, M]) bool {
	return f.reason == "" && f.budget < 0 && f.local == s.locals[f.process] && len(f.fresh) > 0
}

// sendAll returns a state with all that can be sent at once, and the firings that lead to it.
func (w *semantics[L, M]) sendAll(s *state[L, M]) (*state[L, M], []*firing[L, M], error) {
	var all []*firing[L, M]
	for {
		var found []*firing[L, M]
		if err := w.firings(s, func(f *firing[L, M]) {
			if f.sends(s) {
				found = append(found, f)
			}
		}); err != nil || len(found) == 0 {
			return s, all, err
		}
		for _, f := range found { // Two of them may send the same.
			f, err := w.again(s, f)
			if err != nil {
				return s, all, err
			}
			if len(f.fresh) > 0 {
				s, all = w.after(s, f), append(all, f)
			}
		}
	}
}

// eagerCounterexample returns a run through the states of a path, each of which has all that can be
// sent at once, without the firings that the property is broken without. Like counterexample it
// fails if there is none.
func (w *semantics[L, M]) eagerCounterexample(
	found *broken[L, M], path []*state[L, M],
) ([]Transition[L, M], error) {
	s, schedule, err := w.sendAll(w.initial())
	for i := 1; i < len(path) && err == nil; i++ {
		var f *firing[L, M]
		if f, err = w.leastFiring(path[i-1], path[i]); err == nil && f != nil {
			f, err = w.again(s, f)
		}
		if err == nil && f == nil {
			err = fmt.Errorf("internal error: replay of step %d of %d finds no firing from\n%+v\n"+
				"to\n%+v", i, len(path)-1, s, path[i])
		}
		if err == nil {
			var sent []*firing[L, M]
			s, sent, err = w.sendAll(w.after(s, f))
			schedule = append(append(schedule, f), sent...)
		}
	}
	if err == nil && found.property >= 0 {
		schedule, err = w.shortenBroken(&w.model.Always[found.property], schedule)
	}
	if err != nil {
		return nil, err
	}
	var transitions []Transition[L, M]
	s = w.initial()
	for _, f := range schedule {
		transitions = append(transitions, w.transition(s, f))
		s = w.after(s, f)
	}
	return transitions, w.confirm(found.property, s)
}

// shortenBroken replays and shortens a schedule that breaks a property.
func (w *semantics[L, M]) shortenBroken(p *Property[L, M], schedule []*firing[L, M]) (
	[]*firing[L, M], error,
) {
	if !w.holds(p, w.initial(), true) {
		return nil, nil
	}
	schedule, err := w.replay(p, schedule)
	if err == nil && schedule == nil {
		err = fmt.Errorf("internal error: replayed, a run does not break property %q", p.Name)
	}
	if err != nil {
		return nil, err
	}
	return w.shorten(context.Background(), p, schedule)
}

// testMonotone tests the claim Property.Monotone: if a property is not yet broken, or reached,
// in a state, it is not in a state with fewer messages either. Each message is left out alone, and
// one after the other from either end.
func (s *side[L, M]) testMonotone(bit int, p *Property[L, M], k key) {
	full := filter(s.model, p, s.decode(k, s.search.layout))
	ask := func(t *state[L, M]) bool {
		return s.failed == nil && s.properties.marked(bit, p.State(t)) != 0
	}
	fail := func(t *state[L, M]) {
		s.fail(fmt.Errorf("model %q: property %q is said to be Monotone, but more messages "+
			"repair it, or undo it: compare\n%+v\n%+v", s.model.Name, p.Name, t, full))
	}
	front, back := *full, *full
	for q, sent := range full.sent {
		for i := range sent {
			alone := *full
			for t, rest := range map[*state[L, M]][]M{
				&alone: slices.Concat(sent[:i], sent[i+1:]),
				&front: sent[i+1:], &back: sent[:len(sent)-1-i],
			} {
				t.sent = slices.Clone(t.sent)
				if t.sent[q] = rest; ask(t) {
					fail(t)
				}
			}
		}
	}
}

// eagerly is what a worker remembers about firings that only send.
type eagerly struct {
	tasks []task
	sent  []*memo // by process: from component and list to the component after them
	fresh []uint32
}

// newEagerly returns an empty memory.
func newEagerly(processes int) *eagerly {
	e := &eagerly{}
	for range processes {
		e.sent = append(e.sent, newMemo())
	}
	return e
}

// bytes returns roughly the memory that it takes.
func (e *eagerly) bytes() int {
	n := 0
	for _, m := range e.sent {
		n += m.bytes()
	}
	return n
}

// sendAll returns the state with all that can be sent at once. It fails if the number of a
// component is too large for the layout.
func (w *worker) sendAll(k key) (all key, fits bool) {
	waiting := w.tasks // They belong to the states under expansion.
	defer func() { w.tasks = waiting }()
	for before := (key{}); before != k; {
		before = k
		w.tasks = w.eager.tasks[:0]
		w.lookUp(0, k, 0)
		w.eager.tasks = w.tasks
		for _, t := range w.eager.tasks {
			g := &w.groups[t.group]
			f := w.layout.fields[g.process]
			c := f.get(k)
			if g.budget >= 0 || c != f.get(before) { // The lists are about what it was before.
				continue
			}
			if c = w.sendList(g.process, c, t.list); uint64(c) > f.mask {
				return k, false
			}
			k = f.with(k, c)
		}
	}
	return k, true
}

// sendList returns what a component becomes by the firings of a list that only send.
func (w *worker) sendList(p int, c, list uint32) uint32 {
	k := uint64(c)<<32 | uint64(list)
	next, known := w.eager.sent[p].get(k)
	if known {
		return uint32(next)
	}
	fresh := w.eager.fresh[:0]
	l := &w.lists.lists[list]
	for _, x := range w.lists.entries[l.from:l.to] {
		stays := w.components[p].at(x.component).local == w.components[p].at(c).local
		if x.fresh != 0 && (stays || w.faults.eagerMoves) {
			fresh = append(fresh, x.fresh)
		}
	}
	w.eager.fresh = fresh
	next = uint64(c)
	if len(fresh) > 0 {
		next = uint64(w.model.sending(p, c, fresh))
	}
	w.eager.sent[p].put(k, next)
	return uint32(next)
}

// sending implements modelSide.
func (s *side[L, M]) sending(p int, c uint32, fresh []uint32) uint32 {
	record := s.record(p, c)
	all := s.sets.members(record.sent)
	for _, set := range fresh {
		all = append(all, s.sets.members(set)...)
	}
	slices.Sort(all)
	return s.component(p, record.local, s.sets.of(slices.Compact(all)))
}
