// SPDX-License-Identifier: Apache-2.0

package linear

// This file explains the results of a key by unknown writes without op-number: each may have
// taken effect once, at a free op-number, or never.
//
// The search walks along the operations of the key in order of op-numbers. Before each one that
// observes the state it may insert unknown writes; it first tries none, so that it inserts
// late and little. Before a set or write an insertion would be overwritten unseen, and is left
// out. What has failed once is not tried again: from the same operation and the same state, a
// run that has used more of the writes cannot do better than one that has used fewer.
//
// A free op-number can serve one write only, whatever its key. So the keys are first explained
// one by one, without a look at what is free, and then their insertions get numbers by earliest
// deadline, which finds numbers for all if there are any.

import (
	"cmp"
	"slices"

	"viewstamp/histories"
)

// Limits of the search for one history. A step takes about a microsecond.
const (
	explainSteps  = 2_000_000
	explainWrites = 256 // Unknown writes of one key.
)

// explain finds out whether the keys with wrong results can be explained.
func (w *witness) explain(candidates map[uint32][]loose) Result {
	var searches []*explainer
	for _, m := range w.wrong {
		x, problem := w.newExplainer(m.place.key, candidates[m.place.key])
		if problem != nil {
			return *problem
		}
		searches = append(searches, x)
	}
	w.collectSteps(searches)
	for _, onlyFree := range []bool{false, true} {
		var jobs []job
		for _, x := range searches {
			x.onlyFree = onlyFree
			switch found, finished := x.search(); {
			case !finished:
				return x.gaveUp()
			case !found:
				return x.refuted()
			}
			jobs = append(jobs, x.jobs()...)
		}
		if w.assign(jobs) {
			return Result{Verdict: Linearizable}
		}
	}
	return w.explainTogether(searches)
}

// explainTogether goes through all explanations of all keys until the insertions of one from each
// find op-numbers. It is needed only if keys compete for them.
func (w *witness) explainTogether(searches []*explainer) Result {
	budget := explainSteps
	found, finished := w.together(searches, nil, &budget)
	switch {
	case found:
		return Result{Verdict: Linearizable}
	case finished:
		return refuted(NoFreeOp, nil, "each of %d keys can be explained by unknown writes, but there "+
			"are not enough free op-numbers for all of them", len(searches))
	}
	return unknown(Limit, "unknown writes of %d keys compete for the free op-numbers; "+
		"resolve some of them (an unknown event may carry its op-number)", len(searches))
}

// together chooses an explanation for the first search that leaves op-numbers for the rest.
func (w *witness) together(searches []*explainer, jobs []job, budget *int) (found, finished bool) {
	if len(searches) == 0 {
		return true, true
	}
	x := searches[0]
	x.start(*budget, true)
	for {
		found, finished := x.advance()
		*budget = x.budget
		if !found || !finished {
			return false, finished
		}
		all := slices.Concat(jobs, x.jobs())
		if !w.assign(all) {
			continue
		}
		if found, finished := w.together(searches[1:], all, budget); found || !finished {
			return found, finished
		}
		x.budget = *budget
	}
}

// explainedAlone tells whether the key could be explained if other keys did not exist. It is also
// true if the search for that did not finish.
func (x *explainer) explainedAlone() bool {
	for i := range x.writes {
		write := &x.writes[i]
		began := x.w.events[write.invoke].T
		write.above = 0
		for _, s := range x.steps {
			if end := x.w.events[s.outcome-1]; end.Kind == histories.OK && end.T < began {
				write.above = max(write.above, s.op)
			}
		}
	}
	found, finished := x.search()
	return found || !finished
}

// bits is a set of candidates.
type bits [explainWrites / 64]uint64

func (b bits) has(i int) bool { return b[i/64]>>(i%64)&1 == 1 }

func (b bits) with(i int) bits {
	b[i/64] |= 1 << (i % 64)
	return b
}

func (b bits) within(other bits) bool {
	for i := range b {
		if b[i]&^other[i] != 0 {
			return false
		}
	}
	return true
}

// frozen is the state of one key as a plain value.
type frozen struct {
	value  histories.Value
	grants uint64
}

// point is where a search can stand, but for the writes that it has used.
type point struct {
	step  int
	state frozen
	last  uint64 // Last op-number given to an insertion, if only free ones count.
}

// frame is one decision: what to do before a step.
type frame struct {
	point
	used     bits
	inserted int // Candidate whose insertion led here, or -1.
	next     int // What to try next: -1 is "insert nothing".
}

// explainer is the search for one key.
type explainer struct {
	w        *witness
	key      uint32
	steps    []farPlace // Operations of the key with op-number, in order.
	writes   []loose
	same     []int // By candidate: the one before it with the same effect, or -1.
	onlyFree bool
	every    bool // Go through all explanations: where a write is inserted matters.
	budget   int
	dead     map[point][]bits
	stack    []frame
	deepest  int // Step that no attempt got past.
}

func (w *witness) newExplainer(key uint32, writes []loose) (*explainer, *Result) {
	if len(writes) > explainWrites {
		r := unknown(Limit, "%d unknown writes without op-number on key %q, at most %d are searched",
			len(writes), w.keys[key], explainWrites)
		r.Key, r.Keyed = w.keys[key], true
		return nil, &r
	}
	// Of writes with the same effect the one with the most freedom comes first, and the others
	// are used only after it.
	slices.SortStableFunc(writes, func(a, b loose) int { return cmp.Compare(a.above, b.above) })
	x := &explainer{w: w, key: key, writes: writes, same: make([]int, len(writes))}
	for i := range writes {
		x.same[i] = -1
		a := &w.events[writes[i].invoke]
		for j := range i {
			b := &w.events[writes[j].invoke]
			if a.F == b.F && a.Value == b.Value && a.Old == b.Old {
				x.same[i] = j
			}
		}
	}
	return x, nil
}

// collectSteps gives each search the operations of its key.
func (w *witness) collectSteps(searches []*explainer) {
	of := make(map[uint32]*explainer, len(searches))
	for _, x := range searches {
		of[x.key] = x
	}
	for i, p := range w.places {
		if x := of[p.key]; x != nil && p.invoke != 0 {
			x.steps = append(x.steps, farPlace{uint64(i) + 1, p})
		}
	}
	for _, p := range w.sparse {
		if x := of[p.key]; x != nil {
			x.steps = append(x.steps, p)
		}
	}
}

// search looks for insertions that explain all results. They are left on the stack. It is
// finished if it found some, or if there are none.
func (x *explainer) search() (found, finished bool) {
	x.start(explainSteps, false)
	return x.advance()
}

// start begins a new search.
func (x *explainer) start(budget int, every bool) {
	x.budget, x.every, x.deepest = budget, every, 0
	x.dead = make(map[point][]bits)
	x.stack = x.stack[:0]
	x.enter(point{}, bits{}, -1)
}

// advance goes on to the next explanation.
func (x *explainer) advance() (found, finished bool) {
	for len(x.stack) > 0 {
		if x.budget--; x.budget < 0 {
			return false, false
		}
		f := &x.stack[len(x.stack)-1]
		switch {
		case f.step == len(x.steps) && f.next < 0:
			f.next = len(x.writes) // Seen: leave it when the search goes on.
			return true, true
		case f.next >= len(x.writes):
			if !x.every {
				x.dead[f.point] = append(x.dead[f.point], f.used)
			}
			x.stack = x.stack[:len(x.stack)-1]
		default:
			f.next++
			x.try(*f, f.next-1)
		}
	}
	return false, true
}

// try takes one decision at a frame and enters the point that it leads to, if it is possible.
func (x *explainer) try(f frame, choice int) {
	if choice < 0 {
		p := f.point
		ok := p.execute(x.w, &x.steps[p.step].place)
		if p.step++; ok {
			x.enter(p, f.used, -1)
		}
		return
	}
	if f.used.has(choice) || x.same[choice] >= 0 && !f.used.has(x.same[choice]) {
		return
	}
	write := x.writes[choice]
	if write.above >= x.steps[f.step].op {
		return // Something that must come before the write comes only later.
	}
	p := f.point
	if x.onlyFree {
		p.last = x.w.free(max(write.above, p.last, x.before(p.step)))
		if p.last >= x.steps[p.step].op {
			return
		}
	}
	if p.insert(x.w, write); p.state != f.state {
		x.enter(p, f.used.with(choice), choice)
	}
}

// before is the op-number of the operation before a step.
func (x *explainer) before(step int) uint64 {
	if step == 0 {
		return 0
	}
	return x.steps[step-1].op
}

// enter goes to a point and from there past all operations before which an insertion is
// pointless. It pushes a frame, unless it is known that it leads nowhere.
func (x *explainer) enter(p point, used bits, inserted int) {
	for p.step < len(x.steps) && x.steps[p.step].code.blind() {
		p.execute(x.w, &x.steps[p.step].place)
		p.step++
	}
	x.deepest = max(x.deepest, p.step)
	for _, d := range x.dead[p] {
		if d.within(used) {
			return
		}
	}
	x.stack = append(x.stack, frame{point: p, used: used, inserted: inserted, next: -1})
}

// thaw makes a cell of a state, and freeze a state of a cell.
func (s frozen) thaw() cell {
	c := cell{grants: s.grants}
	if s.value.Present {
		c.set(s.value.Text)
	}
	return c
}

func (p *point) freeze(c cell) { p.state = frozen{value: c.value(), grants: c.grants} }

// execute runs the operation at a place in the state of the point.
func (p *point) execute(w *witness, at *place) bool {
	c := p.state.thaw()
	ok := c.execute(at.code, &w.events[at.invoke-1], &w.events[at.outcome-1])
	p.freeze(c)
	return ok
}

// insert runs an unknown write in the state of the point.
func (p *point) insert(w *witness, l loose) {
	c := p.state.thaw()
	c.execute(l.code, &w.events[l.invoke], &histories.Event{Kind: histories.Unknown})
	p.freeze(c)
}

func (x *explainer) gaveUp() Result {
	r := unknown(Limit, "gave up on key %q after %d steps: %d operations, %d unknown writes "+
		"without op-number", x.w.keys[x.key], explainSteps, len(x.steps), len(x.writes))
	r.Key, r.Keyed = x.w.keys[x.key], true
	return r
}

// refuted is the answer if no insertions explain the key. The cause is Values only if the key
// alone refutes it: op-numbers also order a write after operations on other keys.
func (x *explainer) refuted() Result {
	p := x.steps[x.deepest].place
	cause, what := Values, "has a result that no execution in the order of op-numbers gives"
	switch {
	case x.onlyFree:
		cause, what = NoFreeOp, "can be explained only by a write for which no op-number is free"
	case x.explainedAlone():
		cause, what = RealTime, "can be explained only by a write that began too late for it, going "+
			"by the op-numbers on other keys"
	}
	r := refuted(cause, x.w.eventsOf(p), "%s %s, with or without %s%s",
		x.w.describe(int(p.invoke)-1, int(p.outcome)-1), what, count(len(x.writes), "unknown write"),
		onKey(x.w.keys[x.key]))
	r.Key, r.Keyed = x.w.keys[x.key], true
	return r
}
