// SPDX-License-Identifier: Apache-2.0

package mc

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
)

// Counterexamples. No explorer stores how it came to a state. When a state of level d breaks a
// property, the path to it is found backwards, one scan of a level per step: a predecessor is a
// state of the level above with a firing that leads there. The path is then replayed forwards
// by the plain semantics and the property is asked again, so that an error in an explorer
// cannot invent a counterexample.

// What broken says instead of the number of a property.
const (
	deadlock = -1 - iota // nothing can happen in the state, and no end is expected there
	furthest             // the state is the one that came closest to a property of Sometimes
)

// broken is the worst finding of a level: the first property in the order of the table, and
// the least state that breaks it, so that the choice does not depend on scheduling.
type broken[L, M comparable] struct {
	property int
	state    *state[L, M]
	encoded  []byte
}

// worse returns the one of two findings to report. Either may be nil.
func worse[L, M comparable](a, b *broken[L, M]) *broken[L, M] {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	case a.property != b.property:
		if a.property < b.property {
			return a
		}
		return b
	case bytes.Compare(a.encoded, b.encoded) <= 0:
		return a
	default:
		return b
	}
}

// levelScan calls visit with states of one level, among them every predecessor of target.
type levelScan[L, M comparable] func(level int, target *state[L, M],
	visit func(*state[L, M]) error) error

// counterexample returns a shortest path to a state found at the given depth. It fails if the
// path cannot be found or, replayed, does not break the property: then the explorer is wrong.
func (w *semantics[L, M]) counterexample(
	found *broken[L, M], depth int, scan levelScan[L, M],
) ([]Transition[L, M], error) {
	if w.orbits != nil {
		return w.orbitCounterexample(found, depth, scan)
	}
	path := []*state[L, M]{found.state}
	for level := depth - 1; level >= 0; level-- {
		before, err := w.predecessor(path[0], level, scan)
		if err != nil {
			return nil, err
		}
		path = slices.Insert(path, 0, before)
	}
	if w.eager {
		return w.eagerCounterexample(found, path)
	}
	transitions := make([]Transition[L, M], 0, depth)
	s := w.initial() // as it is in truth, while the states of the path may be reduced
	for i, t := range path[1:] {
		f, err := w.leastFiring(path[i], t)
		if err != nil {
			return nil, err
		}
		if f != nil {
			f, err = w.again(s, f)
		}
		if err != nil {
			return nil, err
		}
		if f == nil {
			return nil, fmt.Errorf("internal error: replay of step %d of %d finds no firing from\n"+
				"%+v\nto\n%+v", len(transitions)+1, depth, s, t)
		}
		transitions = append(transitions, w.transition(s, f))
		s = w.after(s, f)
	}
	if !sameState(s, found.state) && !(w.mortal != nil && slices.Equal(s.locals, found.state.locals)) {
		return nil, fmt.Errorf("internal error: replayed over %d steps, the path leads to\n%+v\n"+
			"and not to\n%+v", depth, s, found.state)
	}
	return transitions, w.confirm(found.property, s)
}

// confirm fails if a state is not what the explorer took it for.
func (w *semantics[L, M]) confirm(property int, s *state[L, M]) error {
	switch property {
	case furthest:
		return nil
	case deadlock:
		dead, err := w.deadlocked(s)
		if err == nil && !dead {
			err = fmt.Errorf("internal error: replayed, a deadlock is none:\n%+v", s)
		}
		return err
	}
	if p := &w.model.Always[property]; w.holds(p, s, true) {
		return fmt.Errorf("internal error: replayed, the state does not break property %q:\n%+v",
			p.Name, s)
	}
	return nil
}

// transition is a firing that leaves s as the caller sees it.
func (w *semantics[L, M]) transition(s *state[L, M], f *firing[L, M]) Transition[L, M] {
	return Transition[L, M]{
		Process: f.process, Step: w.model.Steps[f.step].Name, Choice: f.choice,
		Received: f.in, Before: s.locals[f.process], After: f.local,
		Sent: f.out, New: f.fresh,
	}
}

// predecessor returns the least state of a level from which one firing leads to target.
func (w *semantics[L, M]) predecessor(
	target *state[L, M], level int, scan levelScan[L, M],
) (*state[L, M], error) {
	var best *state[L, M]
	var bestEncoded []byte
	err := scan(level, target, func(s *state[L, M]) error {
		if !w.mayPrecede(s, target) {
			return nil
		}
		f, err := w.leastFiring(s, target)
		if err != nil || f == nil {
			return err
		}
		if e := s.encode(nil); best == nil || bytes.Compare(e, bestEncoded) < 0 {
			best, bestEncoded = s, e
		}
		return nil
	})
	if err == nil && best == nil {
		err = fmt.Errorf("internal error: no state of level %d leads to\n%+v", level, target)
	}
	return best, err
}

// leastFiring returns the least firing that leads from s to t, or nil.
func (w *semantics[L, M]) leastFiring(s, t *state[L, M]) (*firing[L, M], error) {
	var best *firing[L, M]
	var failed error
	err := w.firings(s, func(f *firing[L, M]) {
		if f.reason != "" || f.local != t.locals[f.process] {
			return
		}
		after := w.after(s, f)
		if !slices.Equal(after.locals, t.locals) || !slices.Equal(after.spent, t.spent) {
			return
		}
		after, err := w.reduce(after)
		failed = cmp.Or(failed, err)
		if sameState(after, t) && (best == nil || compareFirings(f, best) < 0) {
			best = f
		}
	})
	return best, cmp.Or(err, failed)
}

// mayPrecede is a cheap necessary condition for a firing from s to t: at most one process differs,
// and nothing sent is missing in t. Where dead messages are dropped it is the other way round: but
// for the process that moves nobody has sent anything new, and what is missing may be dead. With
// eager sends anybody may have sent something.
func (w *semantics[L, M]) mayPrecede(s, t *state[L, M]) bool {
	drops := w.mortal != nil
	if w.eager {
		moved := 0
		for p := range s.locals {
			if s.locals[p] != t.locals[p] {
				moved++
			}
			if moved > 1 || !drops && !includes(t.sent[p], s.sent[p]) {
				return false
			}
		}
		return true
	}
	from, to := s, t
	if drops {
		from, to = t, s
	}
	differ := 0
	for p := range s.locals {
		if s.locals[p] != t.locals[p] || !drops && len(s.sent[p]) != len(t.sent[p]) ||
			drops && !includes(to.sent[p], from.sent[p]) {
			differ++
		}
		if differ > 1 || !drops && !includes(to.sent[p], from.sent[p]) {
			return false
		}
	}
	return true
}

// includes reports whether all of some messages are among others.
func includes[M comparable](all, some []M) bool {
	if len(some) > len(all) {
		return false
	}
	for _, m := range some {
		if !slices.Contains(all, m) {
			return false
		}
	}
	return true
}

// sameState reports whether two states are equal, message sets compared as sets.
func sameState[L, M comparable](s, t *state[L, M]) bool {
	if !slices.Equal(s.locals, t.locals) || !slices.Equal(s.spent, t.spent) {
		return false
	}
	for p := range s.sent {
		if len(s.sent[p]) != len(t.sent[p]) {
			return false
		}
		for _, m := range s.sent[p] {
			if !slices.Contains(t.sent[p], m) {
				return false
			}
		}
	}
	return true
}
