// SPDX-License-Identifier: Apache-2.0

package mc

import (
	"context"
	"slices"
)

// Shortening: most of a random walk has nothing to do with what it broke. Pieces of it are left
// out, large ones first, as long as the rest still breaks the same property.

// shorten returns a schedule from which no single firing can be left out. If the context ends
// it returns the shortest so far.
func (w *semantics[L, M]) shorten(
	ctx context.Context, p *Property[L, M], schedule []*firing[L, M],
) ([]*firing[L, M], error) {
	for size := max(1, len(schedule)/2); ; size = max(1, size/2) {
		before := len(schedule)
		// From the end, because what comes late is needed by few.
		for end := len(schedule); end > 0 && ctx.Err() == nil; end -= size {
			end = min(end, len(schedule)) // A piece left out may have taken others with it.
			rest := slices.Delete(slices.Clone(schedule), max(0, end-size), end)
			shorter, err := w.replay(p, rest)
			if err != nil {
				return nil, err
			}
			if shorter != nil {
				schedule = shorter
			}
		}
		if ctx.Err() != nil || size == 1 && len(schedule) == before {
			return schedule, nil
		}
	}
}

// replay takes a schedule from the initial state and passes over what cannot happen any more. It
// returns what it took up to the first state that breaks the property, or nil if none does.
func (w *semantics[L, M]) replay(
	p *Property[L, M], schedule []*firing[L, M],
) ([]*firing[L, M], error) {
	var taken []*firing[L, M]
	s := w.initial()
	for _, old := range schedule {
		f, err := w.again(s, old)
		if err != nil {
			return nil, err
		}
		if f == nil || f.idle(s) {
			continue
		}
		t := w.after(s, f)
		taken = append(taken, f)
		if !w.stillHolds(p, s, t, f) {
			return taken, nil
		}
		s = t
	}
	return nil, nil
}

// again fires in s what was fired in another state: the same step of the same process with the
// same messages and choice. It returns nil if s does not allow it. What comes out may differ.
func (w *semantics[L, M]) again(s *state[L, M], old *firing[L, M]) (*firing[L, M], error) {
	p, step := old.process, &w.model.Steps[old.step]
	if old.budget >= 0 && s.spent[old.budget] >= w.model.Budgets[old.budget].Limit {
		return nil, nil
	}
	if step.Choices != nil && old.choice >= step.Choices(p, s.locals[p]) {
		return nil, nil
	}
	for _, m := range old.in {
		if !slices.Contains(w.candidates(s, p, w.model.Sender(m), step), m) {
			return nil, nil
		}
	}
	var f *firing[L, M]
	err := w.fire(s, p, old.step, old.in, old.choice, func(fired *firing[L, M]) {
		if fired.reason == "" {
			f = fired
		}
	})
	return f, err
}

// stillHolds reports whether an Always property that holds in s also does in t, to which the firing
// leads. It asks only about what the firing changed, except of a property that reads everything.
func (w *semantics[L, M]) stillHolds(p *Property[L, M], s, t *state[L, M], f *firing[L, M]) bool {
	if p.State != nil {
		return w.holds(p, t, true)
	}
	moved := f.local != s.locals[f.process]
	if moved && p.Local != nil && !p.Local(f.process, f.local) {
		return false
	}
	if moved && p.Pair != nil {
		for q, other := range t.locals {
			if q != f.process && !(p.Pair(f.process, f.local, q, other) &&
				p.Pair(q, other, f.process, f.local)) {
				return false
			}
		}
	}
	for _, m := range f.fresh {
		if w.asks(p, m) && !w.holdsOfFresh(p, t, m) {
			return false
		}
	}
	return !moved || p.LocalMessage == nil || w.allSent(p, t, func(m M) bool {
		return p.LocalMessage(f.process, f.local, m)
	})
}

// holdsOfFresh asks a property about a message that was not there before.
func (w *semantics[L, M]) holdsOfFresh(p *Property[L, M], t *state[L, M], m M) bool {
	switch {
	case p.Message != nil:
		return p.Message(m)
	case p.MessagePair != nil:
		return w.allSent(p, t, func(other M) bool { return m == other || p.MessagePair(other, m) })
	case p.LocalMessage != nil:
		for q, local := range t.locals {
			if !p.LocalMessage(q, local, m) {
				return false
			}
		}
	}
	return true
}

// asks reports whether a property is asked about a message.
func (w *semantics[L, M]) asks(p *Property[L, M], m M) bool {
	return p.readsMessages() && p.asksAbout(w.model.Kind(m))
}

// allSent reports whether something is true of all messages that a property is asked about.
func (w *semantics[L, M]) allSent(p *Property[L, M], s *state[L, M], is func(M) bool) bool {
	for _, sent := range s.sent {
		for _, m := range sent {
			if w.asks(p, m) && !is(m) {
				return false
			}
		}
	}
	return true
}
