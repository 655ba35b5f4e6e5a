// SPDX-License-Identifier: Apache-2.0

package mc

import (
	"cmp"
	"encoding/binary"
	"fmt"
)

// The plain explorer's test of the author's claim Model.Symmetry; that of the engine, which shares
// nothing with it, is in exchange.go. A wrong claim makes a search smaller and says
// nothing: what is lost was never seen. So the claim is tested at every state that is expanded,
// for each exchange of neighbours in a set of alike processes:
//
//   - exchanged twice, the state is what it was, and senders are renamed with the rest;
//   - from the exchanged state the same steps lead to the exchanged successors, and nowhere else;
//   - each property, Progress and Ends say of the exchanged state what they say of the state.
//
// The initial state must stay as it is. At the first wholeOrbits states that are expanded all
// members of the orbit are tested too, each against the one that it is an exchange of. That is
// enough to relate it to the first of them, and as much work as the full search has there. So a
// search of no more orbits than that believes nothing. Beyond, a claim that is wrong only of
// states which more than one exchange separates from the least of their orbit is believed.
//
// A property is also tested in the whole orbit of the state that a counterexample leads to, for
// that need not have been expanded.

// wholeOrbits is how many orbits are tested at each of their members.
const wholeOrbits = 256

// wrong is an error that says what contradicts the claim.
func (o *orbits[L, M]) wrong(e exchange, format string, args ...any) error {
	return fmt.Errorf("model %q: Symmetry is wrong about processes %d and %d: %s",
		o.model.Name, e.a, e.b, fmt.Sprintf(format, args...))
}

// testInitial tests that exchanges leave the initial state as it is.
func (w *semantics[L, M]) testInitial() error {
	s := w.initial()
	for _, e := range w.orbits.exchanges {
		if t := w.orbits.exchanged(s, e); !sameState(s, t) {
			return w.orbits.wrong(e, "they do not start alike: exchanged, the initial state\n%+v\n"+
				"becomes\n%+v", s, t)
		}
	}
	return nil
}

// testSymmetry tests the claim at a state that is expanded.
func (w *semantics[L, M]) testSymmetry(s *state[L, M]) error {
	all, err := w.orbits.of(s)
	if err != nil {
		return err
	}
	known := map[string]*moves[L, M]{} // by the encoding of the state that they leave
	for _, e := range w.orbits.exchanges {
		t := w.orbits.exchanged(s, e)
		err = cmp.Or(err, w.testExchange(s, t, e), w.testVerdicts(s, t, e),
			w.testMoves(s, t, e, known))
	}
	if w.orbits.tested++; err != nil || w.orbits.tested > wholeOrbits {
		return err
	}
	for _, t := range all.members[1:] {
		for _, e := range w.orbits.exchanges {
			u := w.orbits.exchanged(t.state, e)
			err = cmp.Or(err, w.testExchange(t.state, u, e))
		}
		before := all.members[t.from].state
		err = cmp.Or(err, w.testVerdicts(before, t.state, t.by),
			w.testMoves(before, t.state, t.by, known))
		if err != nil {
			return err
		}
	}
	return nil
}

// testExchange tests that t, which is s with two processes exchanged, is a state like s.
func (w *semantics[L, M]) testExchange(s, t *state[L, M], e exchange) error {
	for p, sent := range t.sent {
		for _, m := range sent {
			if from := w.model.Sender(m); from != p {
				return w.orbits.wrong(e, "exchanged, a message of process %d is one whose Sender is "+
					"%d: %+v\nin the state\n%+v", p, from, m, s)
			}
		}
	}
	if back := w.orbits.exchanged(t, e); !sameState(s, back) {
		return w.orbits.wrong(e, "exchanged twice, the state\n%+v\nis not what it was, but\n%+v",
			s, back)
	}
	return nil
}

// testVerdicts tests that properties say of t, which is s with two processes exchanged, what they
// say of s.
func (w *semantics[L, M]) testVerdicts(s, t *state[L, M], e exchange) error {
	var err error
	differ := func(what, name string) {
		if err == nil {
			err = w.orbits.wrong(e, "%s %q says one thing of the state\n%+v\nand another when they "+
				"are exchanged\n%+v", what, name, s, t)
		}
	}
	eachProperty(w.model, func(bit int, p *Property[L, M]) {
		forAll := bit < len(w.model.Always)
		if w.holds(p, s, forAll) != w.holds(p, t, forAll) {
			differ("property", p.Name)
		}
		if p.Progress != nil && p.Progress(s) != p.Progress(t) {
			differ("Progress of", p.Name)
		}
	})
	if w.model.Ends != nil && w.model.Ends(s) != w.model.Ends(t) {
		differ("the model's", "Ends")
	}
	return err
}

// move is a firing with the state that it leads to.
type move[L, M comparable] struct {
	process, step int
	after         *state[L, M]
}

// key returns a string that tells moves apart.
func (o *orbits[L, M]) key(m move[L, M]) string {
	b := binary.AppendUvarint(nil, uint64(m.process))
	return string(binary.AppendUvarint(b, uint64(m.step))) + o.encode(m.after)
}

// moves is all that may happen in a state, idle firings included. Two firings of the same step
// by the same process to the same state are one move.
type moves[L, M comparable] struct {
	list []move[L, M]
	keys map[string]bool
}

// movesFrom returns the moves from a state. They are looked up in known and added to it.
func (w *semantics[L, M]) movesFrom(
	s *state[L, M], known map[string]*moves[L, M],
) (*moves[L, M], error) {
	from := w.orbits.encode(s)
	if all := known[from]; all != nil {
		return all, nil
	}
	all := &moves[L, M]{keys: map[string]bool{}}
	err := w.firings(s, func(f *firing[L, M]) {
		if f.reason != "" {
			return
		}
		m := move[L, M]{f.process, f.step, w.after(s, f)}
		if key := w.orbits.key(m); !all.keys[key] {
			all.keys[key] = true
			all.list = append(all.list, m)
		}
	})
	known[from] = all
	return all, err
}

// testMoves tests that the moves from t, which is s with two processes exchanged, are those from s,
// exchanged.
func (w *semantics[L, M]) testMoves(
	s, t *state[L, M], e exchange, known map[string]*moves[L, M],
) error {
	ofS, err := w.movesFrom(s, known)
	if err != nil {
		return err
	}
	ofT, err := w.movesFrom(t, known)
	if err != nil {
		return err
	}
	if err := w.testInto(s, t, e, ofS, ofT); err != nil || len(ofS.list) == len(ofT.list) {
		return err
	}
	return w.testInto(t, s, e, ofT, ofS)
}

// testInto tests that each of some moves from s, exchanged, is one of those from t.
func (w *semantics[L, M]) testInto(
	s, t *state[L, M], e exchange, ofS, ofT *moves[L, M],
) error {
	for _, m := range ofS.list {
		image := move[L, M]{e.of(m.process), m.step, w.orbits.exchanged(m.after, e)}
		if err := w.testExchange(m.after, image.after, e); err != nil {
			return err
		}
		if !ofT.keys[w.orbits.key(image)] {
			return w.orbits.wrong(e, "step %q of process %d leads from the state\n%+v\nto\n%+v\nbut "+
				"when they are exchanged, that of process %d does not lead from\n%+v\nto\n%+v",
				w.model.Steps[m.step].Name, m.process, s, m.after, image.process, t, image.after)
		}
	}
	return nil
}
