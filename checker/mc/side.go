// SPDX-License-Identifier: Apache-2.0

package mc

import (
	"fmt"
	"math/bits"
	"runtime/debug"
)

// The model's side of a worker: everything that needs the model's types. The hot loop asks it
// rarely.

// side implements modelSide.
type side[L, M comparable] struct {
	*engine[L, M]
	worker   *worker
	reactors []*reactor[L, M] // by group
	wholes   []*decision      // by bit of the property
	decoded  map[uint32][]M   // messages of sets
	fired    []int64
	idle     int64
	broken   *broken[L, M]
	dead     *broken[L, M]
	failed   error
}

// newSide returns a worker and its model's side.
func newSide[L, M comparable](e *engine[L, M]) *side[L, M] {
	s := &side[L, M]{engine: e, decoded: map[uint32][]M{}, fired: make([]int64, len(e.model.Steps))}
	s.worker = newWorker(&e.search, s)
	s.forget()
	return s
}

// forget empties what can be computed again.
func (s *side[L, M]) forget() {
	s.reactors, s.wholes = nil, nil
	for i := range s.groups {
		s.reactors = append(s.reactors, newReactor(s.space, &s.groups[i], s.exchanger))
	}
	for range maxProperties {
		s.wholes = append(s.wholes, newDecision())
	}
	clear(s.decoded)
}

// work runs the worker, and turns a panic of a model's function into an error.
func (s *side[L, M]) work() {
	defer func() {
		if r := recover(); r != nil {
			s.failed = fmt.Errorf("model %q: panic: %v\n%s", s.model.Name, r, debug.Stack())
			s.pause.Store(true)
		}
	}()
	s.worker.work()
}

// between implements modelSide.
func (s *side[L, M]) between(bytes int) bool {
	const perSingle = 120
	for _, r := range s.reactors {
		bytes += perSingle * len(r.singles)
		if s.failed == nil {
			s.failed = r.failed
		}
	}
	for _, d := range s.wholes {
		bytes += d.bytes()
	}
	if bytes > s.memoLimit {
		s.drain()
		s.worker.forget()
		s.forget()
	}
	if why := s.search.watch.mustStop(s.ctx); why != "" {
		s.interrupted.Store(&why)
		return true
	}
	return s.failed != nil
}

// fail implements modelSide.
func (s *side[L, M]) fail(err error) {
	if s.failed == nil {
		s.failed = err
	}
	s.pause.Store(true)
}

// drain moves the counts of firings out of the lists.
func (s *side[L, M]) drain() { s.idle += s.worker.lists.drain(s.fired) }

// toNothing implements modelSide.
func (s *side[L, M]) toNothing(g int, c uint32) *reaction { return s.reactors[g].toNothing(c) }

// toSet implements modelSide.
func (s *side[L, M]) toSet(g int, c, set uint32) *reaction { return s.reactors[g].toSet(c, set) }

// toQuorum implements modelSide.
func (s *side[L, M]) toQuorum(g int, c uint32, step int, sets []uint32) *reaction {
	return s.reactors[g].toQuorum(c, step, sets)
}

// quorum implements modelSide.
func (s *side[L, M]) quorum(step int) int { return s.model.Steps[step].Quorum }

// marksOfTwo implements modelSide.
func (s *side[L, M]) marksOfTwo(a, b uint32) uint64 { return s.space.marksOfTwo(a, b) }

// judge implements modelSide. Only marks that are still of interest come here: a broken Always
// property, or a Sometimes property not reached so far.
func (s *side[L, M]) judge(k key, marks uint64) {
	state := s.decode(k, s.search.layout)
	for i := range s.model.Always {
		if marks>>i&1 == 0 {
			continue
		}
		if !s.holds(&s.model.Always[i], state, true) {
			s.broken = worse(s.broken, s.report(i, state))
			break
		}
		if s.failed == nil {
			s.failed = fmt.Errorf("model %q: property %q is not a function of what it reads: "+
				"asked twice, it gave two answers", s.model.Name, s.model.Always[i].Name)
		}
	}
	for rest := marks & s.properties.sometimesMask; rest != 0; rest &= rest - 1 {
		bit := bits.TrailingZeros64(rest)
		s.sometimesReached(bit-s.properties.always, bit)
	}
}

// ended implements modelSide.
func (s *side[L, M]) ended(k key) {
	state := s.decode(k, s.search.layout)
	dead, err := s.deadlocked(state)
	if s.search.faults.awakeOnly {
		dead = !s.model.Ends(state)
	}
	if err == nil && s.orbits != nil {
		err = s.testEnds(state)
	}
	if err != nil {
		s.fail(err)
	}
	if dead {
		s.dead = worse(s.dead, s.report(deadlock, state))
	}
}

// report is finding for one of several workers.
func (s *side[L, M]) report(property int, state *state[L, M]) *broken[L, M] {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.finding(property, state)
}

// testEnds tests that Ends says the same of all states of an orbit.
func (s *side[L, M]) testEnds(state *state[L, M]) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	all, err := s.orbits.of(state)
	if err != nil {
		return err
	}
	for _, t := range all.members[1:] {
		if s.model.Ends(t.state) != s.model.Ends(state) {
			return s.orbits.wrong(t.by, "the model's \"Ends\" says one thing of the state\n%+v\nand "+
				"another when they are exchanged\n%+v", state, t.state)
		}
	}
	return nil
}

// sometimesReached notes that a property was reached at the level under construction.
func (e *engine[L, M]) sometimesReached(i, bit int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.reached[i] < 0 {
		e.reached[i] = e.level + 1
	}
	e.interesting.And(^(uint64(1) << bit))
}

// decode returns the state that a key stands for.
func (s *side[L, M]) decode(k key, l *layout) *state[L, M] {
	decoded := &state[L, M]{}
	for p := range s.processes {
		record := s.record(p, l.fields[p].get(k))
		decoded.locals = append(decoded.locals, s.locals.value(record.local))
		decoded.sent = append(decoded.sent, s.messagesOf(record.sent))
	}
	decoded.spent = s.spentOf(l.fields[s.processes].get(k))
	return decoded
}

// messagesOf returns the messages of a set.
func (s *side[L, M]) messagesOf(set uint32) []M {
	messages, known := s.decoded[set]
	if !known {
		messages = s.valuesOf(set)
		s.decoded[set] = messages
	}
	return messages
}

// spentOf returns the budgets spent that a number stands for.
func (e *engine[L, M]) spentOf(number uint32) []int {
	spent := make([]int, len(e.model.Budgets))
	for i, b := range e.model.Budgets {
		spent[i] = int(number) % (b.Limit + 1)
		number /= uint32(b.Limit + 1)
	}
	return spent
}
