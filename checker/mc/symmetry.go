// SPDX-License-Identifier: Apache-2.0

package mc

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Symmetry: of states that differ only in which of several interchangeable processes is which,
// one is kept. The author says which processes are alike, and how to exchange two of them in a
// local state and in a message; an exchange of two processes of a set is called e here. The orbit
// of a state is all that exchanges make of it, and stands for it by its least member.
//
// Why verdicts and lengths stay as they are, if three things are so for every state and every e:
// e leaves the initial state as it is and undoes itself; the successors of e(s) are what e makes of
// the successors of s, by the same steps; and properties, Ends included, say of e(s) what they say
// of s. Let t be in the orbit of s. A few exchanges lead from s to t, so they lead from each
// successor of s to one of t, and back: the successors of t lie in the same orbits as those of s.
// So by induction over levels the search, which goes on from one member of each orbit, meets at
// each depth the orbits of just those states that the full search meets there. Of these all
// members are reached, since the initial state is an orbit of its own; and a property or a
// deadlock that is found in one of them would be found in any. Each step fires in the one
// search if it fires in the other. Nothing is said of how often.
//
// That the three things are so is the author's claim. symmetryclaim.go tests it.
//
// Both explorers do this. The plain one exchanges whole states; the engine exchanges components,
// each once (permute.go), and its test of the claim is another one too (exchange.go).

// maxPermutations is the largest number of permutations of alike processes: that of six.
const maxPermutations = 720

// Symmetry claims that processes are interchangeable. To exchange a and b in a state is to
// exchange their local states and what they have sent, and to rename them wherever a process
// is named in any local state and in any message: Local and Message do the latter.
type Symmetry[L, M comparable] struct {
	// Alike lists sets of processes; those of one set are interchangeable with each other. No
	// process is in two sets, and all sets together allow at most 720 permutations, those of one
	// set of six.
	Alike [][]int
	// Local returns a local state, of whichever process, in which a and b are exchanged.
	Local func(a, b int, local L) L
	// Message returns a message in which a and b are exchanged, its sender included.
	Message func(a, b int, m M) M
}

// validate returns an error if the claim cannot be used in a model with so many processes.
func (c *Symmetry[L, M]) validate(processes int) error {
	if c.Local == nil || c.Message == nil {
		return errors.New("Symmetry has no Local or no Message: say how two processes are exchanged")
	}
	seen, permutations := map[int]bool{}, 1
	for _, set := range c.Alike {
		for i, p := range set {
			switch {
			case p < 0 || p >= processes:
				return fmt.Errorf("Symmetry names process %d, want 0 to %d", p, processes-1)
			case seen[p]:
				return fmt.Errorf("Symmetry names process %d twice", p)
			}
			seen[p] = true
			if permutations *= i + 1; permutations > maxPermutations {
				return fmt.Errorf("Symmetry allows more than %d permutations: name at most six "+
					"processes in a set, or fewer in several", maxPermutations)
			}
		}
	}
	if permutations == 1 {
		return errors.New("Symmetry names no two processes that are alike")
	}
	return nil
}

// validateSymmetry returns an error if Options.Symmetry cannot be used.
func (m *Model[L, M]) validateSymmetry(o Options) error {
	if !o.Symmetry {
		return nil
	}
	var err error
	switch {
	case m.Symmetry == nil:
		err = errors.New("has no Symmetry, so Options.Symmetry cannot be used: say in it which " +
			"processes are alike")
	case o.SleepSets || o.DeadMessages || o.EagerSends:
		err = errors.New("Options.Symmetry goes with no other reduction: leave out SleepSets, " +
			"DeadMessages and EagerSends")
	case o.Coverage || o.Checkpoint != "":
		err = errors.New("Options.Symmetry goes with neither Coverage nor Checkpoint")
	default:
		err = m.Symmetry.validate(m.Processes)
	}
	if err != nil {
		return fmt.Errorf("model %q: %w", m.Name, err)
	}
	return nil
}

// exchange is two processes that are exchanged.
type exchange struct{ a, b int }

// of returns who a process is after the exchange.
func (e exchange) of(p int) int {
	switch p {
	case e.a:
		return e.b
	case e.b:
		return e.a
	default:
		return p
	}
}

// orbits finds orbits by the claim of a model.
type orbits[L, M comparable] struct {
	numbers[L, M]
	model     *Model[L, M]
	exchanges []exchange // of neighbours in each set; they generate all permutations
	most      int        // how many permutations there are
	tested    int        // states at which the claim was tested
}

// newOrbits returns what finds the orbits of a validated model.
func newOrbits[L, M comparable](m *Model[L, M]) *orbits[L, M] {
	o := &orbits[L, M]{numbers: newNumbers[L, M](), model: m, most: 1}
	for _, set := range m.Symmetry.Alike {
		for i := range set {
			if o.most *= i + 1; i > 0 {
				o.exchanges = append(o.exchanges, exchange{set[i-1], set[i]})
			}
		}
	}
	return o
}

// exchanged returns a state with two processes exchanged.
func (o *orbits[L, M]) exchanged(s *state[L, M], e exchange) *state[L, M] {
	t := &state[L, M]{locals: slices.Clone(s.locals), sent: make([][]M, len(s.sent)),
		spent: s.spent}
	for p, local := range s.locals {
		t.locals[e.of(p)] = o.model.Symmetry.Local(e.a, e.b, local)
		for _, m := range s.sent[p] {
			t.sent[e.of(p)] = append(t.sent[e.of(p)], o.model.Symmetry.Message(e.a, e.b, m))
		}
	}
	return t
}

// orbit is all that exchanges make of a state, the state itself first.
type orbit[L, M comparable] struct {
	members []member[L, M]
	known   map[string]bool // by encoding
}

// member is a state of an orbit: the exchange by of member from.
type member[L, M comparable] struct {
	state *state[L, M]
	key   string // its encoding
	from  int    // -1: the orbit was found from it
	by    exchange
}

// of returns the orbit of a state. It fails if that has more members than there are permutations.
func (o *orbits[L, M]) of(s *state[L, M]) (*orbit[L, M], error) {
	first := member[L, M]{state: s, key: o.encode(s), from: -1}
	all := &orbit[L, M]{[]member[L, M]{first}, map[string]bool{first.key: true}}
	for i := 0; i < len(all.members); i++ {
		for _, e := range o.exchanges {
			t := o.exchanged(all.members[i].state, e)
			key := o.encode(t)
			if all.known[key] {
				continue
			}
			if len(all.members) == o.most {
				return nil, o.wrong(e, "exchanges of those alike lead from\n%+v\nto more states than "+
					"the %d permutations", s, o.most)
			}
			all.known[key] = true
			all.members = append(all.members, member[L, M]{t, key, i, e})
		}
	}
	return all, nil
}

// least returns the least state of the orbit of a state; with an error, the state itself. Which is
// the least one depends on the order in which parts of states were met, and on nothing else.
func (o *orbits[L, M]) least(s *state[L, M]) (*state[L, M], error) {
	all, err := o.of(s)
	if err != nil {
		return s, err
	}
	return slices.MinFunc(all.members, func(a, b member[L, M]) int {
		return strings.Compare(a.key, b.key)
	}).state, nil
}

// first returns the member of an orbit that comes first by content, whoever has met what first.
func (all *orbit[L, M]) first() (s *state[L, M], encoded []byte) {
	for _, m := range all.members {
		if e := m.state.encode(nil); s == nil || bytes.Compare(e, encoded) < 0 {
			s, encoded = m.state, e
		}
	}
	return s, encoded
}

// finding is what an explorer reports of a state: with symmetry, of the first of its orbit.
func (w *semantics[L, M]) finding(property int, s *state[L, M]) *broken[L, M] {
	if w.orbits != nil {
		if all, err := w.orbits.of(s); err == nil {
			first, encoded := all.first()
			return &broken[L, M]{property, first, encoded}
		}
	}
	return &broken[L, M]{property, s, s.encode(nil)}
}

// nearest returns the first state of an orbit, if all of it is as close to a property.
func (o *orbits[L, M]) nearest(p *Property[L, M], s *state[L, M]) (*state[L, M], error) {
	all, err := o.of(s)
	if err != nil {
		return s, err
	}
	for _, t := range all.members[1:] {
		if p.Progress(t.state) != p.Progress(s) {
			return s, o.wrong(t.by, "Progress of %q says one thing of the state\n%+v\nand another when "+
				"they are exchanged\n%+v", p.Name, s, t.state)
		}
	}
	first, _ := all.first()
	return first, nil
}

// orbitCounterexample returns a run from the initial state to a state of the orbit of the one found
// at the given depth: the states of the path are known by their orbits only, and the run is made of
// firings of the states as they are in truth. It fails if there is none.
func (w *semantics[L, M]) orbitCounterexample(
	found *broken[L, M], depth int, scan levelScan[L, M],
) ([]Transition[L, M], error) {
	path := make([]*orbit[L, M], depth+1)
	last := found.state
	for level := depth; level >= 0; level-- {
		var err error
		if level < depth {
			last, err = w.orbitPredecessor(path[level+1], level, scan)
		}
		if err == nil {
			path[level], err = w.orbits.of(last)
		}
		if err != nil {
			return nil, err
		}
	}
	var transitions []Transition[L, M]
	s := w.initial()
	for _, next := range path[1:] {
		f, err := w.firingInto(s, next)
		if err == nil && f == nil {
			err = fmt.Errorf("internal error: replay of step %d of %d finds no firing from\n%+v\nto "+
				"the orbit of\n%+v", len(transitions)+1, depth, s, next.members[0].state)
		}
		if err != nil {
			return nil, err
		}
		transitions = append(transitions, w.transition(s, f))
		s = w.after(s, f)
	}
	for _, t := range path[depth].members[1:] { // Of the state found nobody has asked yet.
		before := path[depth].members[t.from].state
		if err := w.testVerdicts(before, t.state, t.by); err != nil {
			return nil, err
		}
	}
	return transitions, w.confirm(found.property, s)
}

// orbitPredecessor returns the least state of a level from which a firing leads into an orbit.
func (w *semantics[L, M]) orbitPredecessor(
	target *orbit[L, M], level int, scan levelScan[L, M],
) (*state[L, M], error) {
	var best *state[L, M]
	var encoded []byte
	err := scan(level, target.members[0].state, func(s *state[L, M]) error {
		f, err := w.firingInto(s, target)
		if err != nil || f == nil {
			return err
		}
		b := w.finding(furthest, s)
		if best == nil || bytes.Compare(b.encoded, encoded) < 0 {
			best, encoded = b.state, b.encoded
		}
		return nil
	})
	if err == nil && best == nil {
		err = fmt.Errorf("internal error: no state of level %d leads to the orbit of\n%+v",
			level, target.members[0].state)
	}
	return best, err
}

// firingInto returns the least firing that leads from a state into an orbit, or nil.
func (w *semantics[L, M]) firingInto(s *state[L, M], into *orbit[L, M]) (*firing[L, M], error) {
	var best *firing[L, M]
	err := w.firings(s, func(f *firing[L, M]) {
		if f.reason == "" && into.known[w.orbits.encode(w.after(s, f))] &&
			(best == nil || compareFirings(f, best) < 0) {
			best = f
		}
	})
	return best, err
}
