// SPDX-License-Identifier: Apache-2.0

package mc

import (
	"bytes"
	"fmt"
)

// Purity. The engine asks a step once and remembers the answer, so a step that is no function
// of its arguments makes a search meaningless without any sign of it.

// CheckPurity explores up to maxStates states of a model and looks for steps and properties that
// are not pure functions: that answer differently when asked again, or change what an earlier
// argument or answer refers to. It returns an error that names the first one, or nil.
//
// All successors of a state are computed before the first is compared: two steps that write into
// shared memory behind a pointer are noticed only then.
func CheckPurity[L, M comparable](m Model[L, M], maxStates int) error {
	if err := m.validate(); err != nil {
		return err
	}
	w := newSemantics(&m)
	first := w.initial()
	if !bytes.Equal(first.encode(nil), w.initial().encode(nil)) {
		return fmt.Errorf("model %q: Init gives different local states when asked again", m.Name)
	}
	seen := map[string]bool{string(first.encode(nil)): true}
	for queue := []*state[L, M]{first}; len(queue) > 0; queue = queue[1:] {
		next, err := w.pureFirings(queue[0])
		if err != nil {
			return err
		}
		for _, s := range next {
			if key := string(s.encode(nil)); len(seen) < maxStates && !seen[key] {
				seen[key] = true
				queue = append(queue, s)
			}
		}
	}
	return nil
}

// pureFirings checks the firings of one state and returns its successors.
func (w *semantics[L, M]) pureFirings(s *state[L, M]) ([]*state[L, M], error) {
	before := s.encode(nil)
	var firings, again []*firing[L, M]
	var snapshots [][]byte
	collect := func(list *[]*firing[L, M]) func(*firing[L, M]) {
		return func(f *firing[L, M]) { *list = append(*list, f) }
	}
	err := w.firings(s, func(f *firing[L, M]) {
		firings = append(firings, f)
		snapshots = append(snapshots, f.encode(nil))
	})
	if err != nil {
		return nil, err
	}
	if err := w.firings(s, collect(&again)); err != nil {
		return nil, err
	}
	if !bytes.Equal(before, s.encode(nil)) {
		return nil, fmt.Errorf("model %q: a step changed the state that it was given: now\n%+v",
			w.model.Name, s)
	}
	if len(firings) != len(again) {
		return nil, fmt.Errorf("model %q: Wants or Choices answer differently when asked again "+
			"in\n%+v", w.model.Name, s)
	}
	var next []*state[L, M]
	for i, f := range firings {
		name := w.model.Steps[f.step].Name
		if !bytes.Equal(snapshots[i], f.encode(nil)) {
			return nil, fmt.Errorf("model %q: what step %q gave or got at process %d was changed "+
				"by a later step: now\n%+v", w.model.Name, name, f.process, f)
		}
		if !bytes.Equal(snapshots[i], again[i].encode(nil)) {
			return nil, fmt.Errorf("model %q: step %q of process %d is not a function of its "+
				"arguments: asked twice, it gave\n%+v\n%+v",
				w.model.Name, name, f.process, f, again[i])
		}
		if f.reason == "" {
			next = append(next, w.after(s, f))
		}
	}
	return next, w.pureProperties(s)
}

// pureProperties asks every property twice.
func (w *semantics[L, M]) pureProperties(s *state[L, M]) error {
	var impure *Property[L, M]
	before := s.encode(nil)
	eachProperty(w.model, func(bit int, p *Property[L, M]) {
		forAll := bit < len(w.model.Always)
		first, second := w.holds(p, s, forAll), w.holds(p, s, forAll)
		if first != second || !bytes.Equal(before, s.encode(nil)) {
			impure = p
		}
	})
	if impure != nil {
		return fmt.Errorf("model %q: property %q is not a function: it answers differently when "+
			"asked again, or changes the state\n%+v", w.model.Name, impure.Name, s)
	}
	return nil
}

// encode appends bytes that tell everything about a firing.
func (f *firing[L, M]) encode(b []byte) []byte {
	for _, n := range []int{f.process, f.step, f.choice} {
		b = encode(b, n)
	}
	for _, list := range [][]M{f.in, f.out, f.fresh} {
		b = encode(b, len(list))
		for _, m := range list {
			b = encode(b, m)
		}
	}
	return encode(encode(b, f.local), string(f.reason))
}
