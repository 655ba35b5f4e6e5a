// SPDX-License-Identifier: Apache-2.0

package mc

import (
	"errors"
	"fmt"
	"maps"
	"math/bits"
	"slices"
	"sync"
)

// The test of the author's claim Model.Dead. A wrong claim makes a search smaller and says
// nothing: the evidence is dropped with the message. So the claim is not tested on the states that
// are left, but at the end of every level on all local states of a process met so far, with all
// messages sent so far, whether or not they ever occur together:
//
//   - a dead message makes no step do anything, together with any other messages known,
//   - a dead message does not break a LocalMessage property,
//   - a message dead in one local state is dead in each that a step leads to from there.
//
// This asks for more than is needed, and never for less: a dropped message was sent in an
// earlier level, and what its receivers do in any later level is among what is tested then.

// claimTest is what has been tested so far.
type claimTest[L, M comparable] struct {
	*space[L, M]
	*mortality[L, M]
	plain *semantics[L, M]
	sent  [][]M // the messages known, by sender
	// Messages are tested up to known, components seen up to counted; before is known as it was.
	before, known uint32
	counted       []uint32
	// dead has, by process and local state, which of the messages known are dead, as bits.
	dead []map[uint32][]uint64
}

// newClaimTest returns a test that has tested nothing.
func newClaimTest[L, M comparable](
	s *space[L, M], d *mortality[L, M], plain *semantics[L, M],
) *claimTest[L, M] {
	n := s.model.Processes
	t := &claimTest[L, M]{space: s, mortality: d, plain: plain,
		sent: make([][]M, n), counted: make([]uint32, n)}
	for range n {
		t.dead = append(t.dead, map[uint32][]uint64{})
	}
	return t
}

// run tests the claim on all that became known since the last call. No worker may run meanwhile.
func (t *claimTest[L, M]) run(workers int) error {
	t.before = t.known
	for ; t.known < uint32(t.messages.count()); t.known++ {
		m := t.messages.value(t.known)
		from := t.space.model.Sender(m)
		t.sent[from] = append(t.sent[from], m)
	}
	for p := range t.dead {
		if err := t.testProcess(p, workers); err != nil {
			return fmt.Errorf("model %q: Dead is wrong about process %d: %w",
				t.space.model.Name, p, err)
		}
	}
	return t.testEdges()
}

// testProcess tests the local states of one process.
func (t *claimTest[L, M]) testProcess(p, workers int) error {
	locals := t.localsOf(p)
	bits := make([][]uint64, len(locals))
	errs := make([]error, workers)
	var running sync.WaitGroup
	for w := range workers {
		running.Go(func() {
			for i := w; i < len(locals) && errs[w] == nil; i += workers {
				bits[i], errs[w] = t.testLocal(p, locals[i])
			}
		})
	}
	running.Wait()
	for i, l := range locals {
		t.dead[p][l] = bits[i]
	}
	return errors.Join(errs...)
}

// localsOf lists the local states of a process, those not tested before last.
func (t *claimTest[L, M]) localsOf(p int) []uint32 {
	c := &t.components[p]
	for ; t.counted[p] < uint32(c.ids.count()); t.counted[p]++ {
		l := c.records.at(t.counted[p]).local
		if _, known := t.dead[p][l]; !known {
			t.dead[p][l] = nil
		}
	}
	return slices.Sorted(maps.Keys(t.dead[p]))
}

// testLocal tests a local state with the messages that it was not tested with before.
func (t *claimTest[L, M]) testLocal(p int, l uint32) ([]uint64, error) {
	bits, from := t.dead[p][l], t.before
	if bits == nil {
		from = 0
	}
	bits = append(bits, make([]uint64, int(t.known/64+1)-len(bits))...)
	local := t.locals.value(l)
	for id := from; id < t.known; id++ {
		m := t.messages.value(id)
		if !t.mortality.dead(p, local, m) {
			continue
		}
		bits[id/64] |= 1 << (id % 64)
		if err := t.testDead(p, local, m); err != nil {
			return bits, err
		}
	}
	return bits, nil
}

// testDead tests that a dead message has no effect.
func (t *claimTest[L, M]) testDead(p int, local L, m M) error {
	kind := t.space.model.Kind(m)
	for i := range t.space.model.Always {
		property := &t.space.model.Always[i]
		if property.LocalMessage != nil && property.asksAbout(kind) &&
			!property.LocalMessage(p, local, m) {
			return fmt.Errorf("in local state %+v it is said to ignore %+v for ever, but "+
				"property %q does not hold of them", local, m, property.Name)
		}
	}
	from := t.space.model.Sender(m)
	s := &state[L, M]{locals: make([]L, len(t.sent)), sent: slices.Clone(t.sent),
		spent: make([]int, len(t.space.model.Budgets))}
	s.locals[p], s.sent[from] = local, []M{m}
	var failed error
	for i := range t.space.model.Steps {
		step := &t.space.model.Steps[i]
		if !slices.Contains(step.On, kind) || from == p && !step.Own {
			continue
		}
		if from != p && step.Quorum <= 1 {
			for q := range s.sent { // Other messages of others are no input together with m.
				if q != p && q != from {
					s.sent[q] = nil
				}
			}
		}
		err := t.plain.firingsOf(s, p, i, func(f *firing[L, M]) {
			if f.reason == "" && slices.Contains(f.in, m) &&
				(f.local != local || len(f.out) > 0 || f.budget >= 0) {
				failed = fmt.Errorf("in local state %+v it is said to ignore %+v for ever, but "+
					"step %q takes it", local, m, step.Name)
			}
		})
		if err != nil {
			return err
		}
		copy(s.sent, t.sent)
		s.sent[from] = []M{m}
	}
	return failed
}

// testEdges tests that dead stays dead along every change of a local state.
func (t *claimTest[L, M]) testEdges() error {
	for i := range t.outcomes.shards {
		for _, e := range t.outcomes.shards[i].edges {
			before, after := t.dead[e.process][e.before], t.dead[e.process][e.after]
			for w := t.before / 64; w < t.known/64+1; w++ {
				lost := before[w] &^ after[w]
				if lost == 0 {
					continue
				}
				m := t.messages.value(w*64 + uint32(bits.TrailingZeros64(lost)))
				return fmt.Errorf("model %q: Dead is wrong about process %d: in local state %+v "+
					"it is said to ignore %+v for ever, but no more after step %q, in %+v",
					t.space.model.Name, e.process, t.locals.value(e.before), m,
					t.space.model.Steps[e.step].Name, t.locals.value(e.after))
			}
		}
	}
	return nil
}
