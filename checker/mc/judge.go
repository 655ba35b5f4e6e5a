// SPDX-License-Identifier: Apache-2.0

package mc

import (
	"fmt"
	"math/bits"
)

// Judging new states. Only marks that are still of interest reach the slow path: a broken Always
// property, a Sometimes property not reached so far, or a property that reads whole states.

// marks collects the marks of a state that process p has just changed. What does not involve p
// was judged when the state before was new.
func (w *worker[L, M]) marks(k key, p int) uint64 {
	record := w.record(p, w.layout.fields[p].get(k))
	marks := record.marks | w.properties.whole
	if !w.properties.pairs {
		return marks
	}
	for q := range w.model.Processes {
		if q == p {
			continue
		}
		a, b := record.view, w.record(q, w.layout.fields[q].get(k)).view
		if q < p {
			a, b = b, a
		}
		pair := uint64(a)<<32 | uint64(b)
		answer, known := w.pairMarks.get(pair)
		if !known {
			answer = w.marksOfTwo(a, b)
			w.pairMarks.put(pair, answer)
		}
		marks |= answer
	}
	return marks
}

// judge looks at a state with interesting marks.
func (w *worker[L, M]) judge(k key, marks uint64) {
	s := w.decode(k, w.layout)
	for i := range w.model.Always {
		if marks>>i&1 == 0 {
			continue
		}
		if !w.holds(&w.model.Always[i], s, true) {
			w.broken = worse(w.broken, &broken[L, M]{i, s, s.encode(nil)})
			break
		}
		if w.properties.whole>>i&1 == 0 && w.failed == nil {
			w.failed = fmt.Errorf("model %q: property %q is not a function of what it reads: "+
				"asked twice, it gave two answers", w.model.Name, w.model.Always[i].Name)
		}
	}
	for rest := marks & w.properties.sometimesMask; rest != 0; rest &= rest - 1 {
		bit := bits.TrailingZeros64(rest)
		i := bit - w.properties.always
		if w.properties.whole>>bit&1 == 0 || w.holds(&w.model.Sometimes[i], s, false) {
			w.sometimesReached(i, bit)
		}
	}
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
func (w *worker[L, M]) decode(k key, l *layout) *state[L, M] {
	s := &state[L, M]{}
	for p := range w.model.Processes {
		record := w.record(p, l.fields[p].get(k))
		sent, known := w.decoded[record.sent]
		if !known {
			sent = w.valuesOf(record.sent)
			w.decoded[record.sent] = sent
		}
		s.locals = append(s.locals, w.locals.value(record.local))
		s.sent = append(s.sent, sent)
	}
	s.spent = w.spentOf(l.fields[w.model.Processes].get(k))
	return s
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
