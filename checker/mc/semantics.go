// SPDX-License-Identifier: Apache-2.0

package mc

import (
	"fmt"
	"runtime/debug"
	"slices"
)

// The plain semantics: what a state is and which transitions leave it, written to be read. The
// plain explorer searches with it, and every counterexample is replayed by it. The fast engine
// does not use it to search, so that an error in one of them shows as a difference.
//
// A state is, for each process, its local state and the set of messages that it has sent, and
// besides how much of each budget is spent. A step without kinds in On fires on its own. With
// kinds it takes messages of max(1, Quorum) distinct other processes, one of each, in all
// combinations; with Own, each own message in turn comes first. It fires once for each choice
// for which Do gives no Reason. A step whose budget is spent is not asked at all.

// state is a State that can be changed. Equal states hold their messages in the same order
// only after sortSent.
type state[L, M comparable] struct {
	locals []L
	sent   [][]M
	spent  []int
}

// Local implements State.
func (s *state[L, M]) Local(process int) L { return s.locals[process] }

// Sent implements State.
func (s *state[L, M]) Sent(process int) []M { return s.sent[process] }

// firing is a transition together with what the explorers need to know about it.
type firing[L, M comparable] struct {
	process, step, choice int
	in                    []M
	local                 L   // the local state after it
	out                   []M // all messages that it sends
	fresh                 []M // those that the process had not sent before
	reason                Reason
	budget                int // index of the budget that it spends, or -1
}

// idle reports whether the firing leads back to the state that it leaves.
func (f *firing[L, M]) idle(s *state[L, M]) bool {
	return f.local == s.locals[f.process] && len(f.fresh) == 0 && f.budget < 0
}

// semantics interprets a validated model.
type semantics[L, M comparable] struct {
	model  *Model[L, M]
	spends []int
	mortal *mortality[L, M] // nil: nothing is dropped
	eager  bool             // what only sends is fired at once
	orbits *orbits[L, M]    // nil: each state stands for itself
}

// newSemantics returns the plain semantics of a validated model.
func newSemantics[L, M comparable](m *Model[L, M]) *semantics[L, M] {
	return &semantics[L, M]{model: m, spends: m.budgetOf()}
}

// newReduced returns the plain semantics of a model with the reductions of a search.
func newReduced[L, M comparable](m *Model[L, M], o Options) *semantics[L, M] {
	w := newSemantics(m)
	w.eager = o.EagerSends
	if o.DeadMessages {
		w.mortal = newMortality(m)
	}
	if o.Symmetry {
		w.orbits = newOrbits(m)
	}
	return w
}

// reduce returns the state that stands for s.
func (w *semantics[L, M]) reduce(s *state[L, M]) (*state[L, M], error) {
	var err error
	if w.eager {
		s, _, err = w.sendAll(s)
	}
	if w.mortal != nil {
		s = w.mortal.without(s)
	}
	if w.orbits != nil {
		return w.orbits.least(s)
	}
	return s, err
}

// initial returns the state in which nothing has happened.
func (w *semantics[L, M]) initial() *state[L, M] {
	s := &state[L, M]{sent: make([][]M, w.model.Processes)}
	s.spent = make([]int, len(w.model.Budgets))
	for p := range w.model.Processes {
		s.locals = append(s.locals, w.model.Init(p))
	}
	return s
}

// firings calls visit with each firing that may leave s, refused ones included, in the order of
// processes, steps, inputs and choices.
func (w *semantics[L, M]) firings(s *state[L, M], visit func(*firing[L, M])) error {
	for p := range w.model.Processes {
		for i := range w.model.Steps {
			if err := w.firingsOf(s, p, i, visit); err != nil {
				return err
			}
		}
	}
	return nil
}

// firingsOf is firings for one step of one process.
func (w *semantics[L, M]) firingsOf(
	s *state[L, M], p, i int, visit func(*firing[L, M]),
) error {
	step := &w.model.Steps[i]
	if step.At != nil && !step.At(p) {
		return nil
	}
	if b := w.spends[i]; b >= 0 && s.spent[b] >= w.model.Budgets[b].Limit {
		return nil
	}
	choices := 1
	if step.Choices != nil {
		choices = step.Choices(p, s.locals[p])
	}
	var failed error
	w.inputs(s, p, step, func(in []M) {
		for choice := 0; choice < choices && failed == nil; choice++ {
			failed = w.fire(s, p, i, slices.Clone(in), choice, visit)
		}
	})
	return failed
}

// fire calls Do once and hands the outcome to visit.
func (w *semantics[L, M]) fire(
	s *state[L, M], p, i int, in []M, choice int, visit func(*firing[L, M]),
) error {
	f := firing[L, M]{process: p, step: i, choice: choice, in: in, budget: w.spends[i]}
	var err error
	f.local, f.out, f.reason, err = call(w.model, p, i, s.locals[p], in, choice)
	if err != nil {
		return err
	}
	if f.reason == "" {
		for _, m := range f.out {
			if !slices.Contains(s.sent[p], m) && !slices.Contains(f.fresh, m) {
				f.fresh = append(f.fresh, m)
			}
		}
	}
	visit(&f)
	return nil
}

// call runs a step. A panic in it, and a message in another process's name, become errors that
// show the input.
func call[L, M comparable](
	m *Model[L, M], p, step int, local L, in []M, choice int,
) (after L, out []M, reason Reason, err error) {
	name := m.Steps[step].Name
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("model %q: step %q panicked at process %d: %v\n"+
				"local state %+v\nreceived %+v\nchoice %d\n%s",
				m.Name, name, p, r, local, in, choice, debug.Stack())
		}
	}()
	after, out, reason = m.Steps[step].Do(p, local, in, choice)
	if reason != "" {
		return local, nil, reason, nil
	}
	for _, sent := range out {
		if from := m.Sender(sent); from != p {
			return after, nil, "", fmt.Errorf("model %q: step %q of process %d sent a message "+
				"whose Sender is %d: %+v", m.Name, name, p, from, sent)
		}
	}
	return after, out, "", nil
}

// inputs calls use with every input that a step may take at process p. The slice is reused.
func (w *semantics[L, M]) inputs(s *state[L, M], p int, step *Step[L, M], use func([]M)) {
	if len(step.On) == 0 {
		use(nil)
		return
	}
	var in []M
	var foreign func(from, missing int)
	foreign = func(from, missing int) {
		if missing == 0 {
			use(in)
			return
		}
		for q := from; q < len(s.sent); q++ {
			if q == p {
				continue
			}
			for _, m := range w.candidates(s, p, q, step) {
				in = append(in, m)
				foreign(q+1, missing-1)
				in = in[:len(in)-1]
			}
		}
	}
	if !step.Own {
		foreign(0, max(1, step.Quorum))
		return
	}
	for _, m := range w.candidates(s, p, p, step) {
		in = append(in[:0], m)
		foreign(0, max(1, step.Quorum))
	}
}

// candidates lists the messages of process q that a step of process p may take.
func (w *semantics[L, M]) candidates(s *state[L, M], p, q int, step *Step[L, M]) []M {
	var wanted []M
	for _, m := range s.sent[q] {
		if slices.Contains(step.On, w.model.Kind(m)) &&
			(step.Wants == nil || step.Wants(p, s.locals[p], m)) {
			wanted = append(wanted, m)
		}
	}
	return wanted
}

// after returns the state to which a firing leads. It shares what did not change with s.
func (w *semantics[L, M]) after(s *state[L, M], f *firing[L, M]) *state[L, M] {
	t := &state[L, M]{locals: slices.Clone(s.locals), sent: slices.Clone(s.sent), spent: s.spent}
	t.locals[f.process] = f.local
	if len(f.fresh) > 0 {
		t.sent[f.process] = append(slices.Clip(t.sent[f.process]), f.fresh...)
	}
	if f.budget >= 0 {
		t.spent = slices.Clone(s.spent)
		t.spent[f.budget]++
	}
	return t
}

// holds evaluates a property in a state: for all that it reads, or for some of it.
func (w *semantics[L, M]) holds(p *Property[L, M], s *state[L, M], forAll bool) bool {
	found := !forAll // the answer that ends the evaluation is the opposite of forAll
	decided := false
	ask := func(yes bool) { decided = decided || yes == found }
	var messages []M
	if p.readsMessages() {
		for _, sent := range s.sent {
			for _, m := range sent {
				if p.asksAbout(w.model.Kind(m)) {
					messages = append(messages, m)
				}
			}
		}
	}
	switch {
	case p.State != nil:
		return p.State(filter(w.model, p, s))
	case p.Message != nil:
		for _, m := range messages {
			ask(p.Message(m))
		}
	case p.MessagePair != nil:
		for i, m := range messages {
			for _, other := range messages[:i] {
				ask(p.MessagePair(other, m))
			}
		}
	}
	for q, local := range s.locals {
		switch {
		case p.Local != nil:
			ask(p.Local(q, local))
		case p.LocalMessage != nil:
			for _, m := range messages {
				ask(p.LocalMessage(q, local, m))
			}
		case p.Pair != nil:
			for r, other := range s.locals {
				if r != q {
					ask(p.Pair(q, local, r, other))
				}
			}
		}
	}
	return decided == found
}

// filter returns the state as a property with Kinds sees it: without the other messages.
func filter[L, M comparable](m *Model[L, M], p *Property[L, M], s *state[L, M]) *state[L, M] {
	if len(p.Kinds) == 0 {
		return s
	}
	seen := &state[L, M]{locals: s.locals, spent: s.spent}
	for _, sent := range s.sent {
		var visible []M
		for _, message := range sent {
			if p.asksAbout(m.Kind(message)) {
				visible = append(visible, message)
			}
		}
		seen.sent = append(seen.sent, visible)
	}
	return seen
}
