// SPDX-License-Identifier: Apache-2.0

package mc

import (
	"slices"
	"sync/atomic"
)

// Workers expand states. This is the hot loop: for each process of a state, look up the lists
// of successor components, put each into the key, and pass on the keys not seen just before. It
// knows numbers only; what they mean is the business of the model's side.

// search is what the workers of a search share, apart from what depends on the model's types.
type search struct {
	processes  int
	groups     []group
	rooms      []uint16
	components []*arena[component]
	origins    *arena[origin] // of the sets
	properties properties
	sleep      bool
	ends       bool     // states in which nothing can happen are of interest
	drops      bool     // dead messages are dropped
	sends      bool     // what only sends is fired at once
	turning    *turning // nil: each state stands for itself
	faults     faults
	memoLimit  int
	watch      *monitor
	levelLog   *logFile // where full blocks go; nil: they stay in memory

	// These change between the phases of a level only.
	layout  *layout
	table   *table
	current []*block // the level under expansion
	level   int      // the number of that level; -1: none yet
	buckets uint32   // by how many blocks new states are spread; a power of two
	by      int      // and by the component of which process

	cursor      atomic.Int64
	pause       atomic.Bool // workers return after the block in hand
	interesting atomic.Uint64
}

// modelSide answers, for one worker, what has not been computed before.
type modelSide interface {
	// toNothing, toSet and toQuorum return the reactions of a component of a group.
	toNothing(g int, c uint32) *reaction
	toSet(g int, c, set uint32) *reaction
	toQuorum(g int, c uint32, step int, sets []uint32) *reaction
	// quorum returns how many foreign messages a step takes.
	quorum(step int) int
	// marksOfTwo returns the marks of the properties that read two processes.
	marksOfTwo(viewA, viewB uint32) uint64
	// marksOfWhole returns the marks of the properties that read whole states.
	marksOfWhole(k key) uint64
	// judge looks at a state with interesting marks.
	judge(k key, marks uint64)
	// ended looks at a state that no step leads away from, save perhaps for steps asleep.
	ended(k key)
	// members returns a bit for each message of a set, alive those of the messages that a
	// process does not ignore, and lighter a component that has only some messages.
	members(set uint32) uint64
	alive(p int, local, set uint32) uint64
	lighter(q int, c uint32, alive uint64) uint32
	// common returns the set of what is in both sets.
	common(a, b uint32) uint32
	// sending returns a component that has sent more sets of messages.
	sending(p int, c uint32, fresh []uint32) uint32
	// exchange returns what an exchange of two processes makes of a component, and unlike hears of
	// marks that differ between a state and the one that an exchange makes of it.
	exchange(by, p int, c uint32) uint32
	unlike(from, to key, by int, marks uint64)
	// between is called between blocks. True: return from work.
	between(extraBytes int) bool
	// fail ends the search with an error.
	fail(error)
}

// recentSize is the number of keys in a worker's cache of recent successors. Most successors are
// reached several times within a short while; the cache spares their way to the table.
const recentSize = 1 << 11

// maxBuckets is the largest number of buckets.
const maxBuckets = 256

// overflow is a transition to a component whose number is too large for the layout. It waits
// until the layout is widened.
type overflow struct {
	base      key // the state left, budgets already spent
	component uint32
	arrival   arrival
}

// worker is what one goroutine of a search has for itself.
type worker struct {
	*search
	model modelSide

	lists     *listStore
	sponte    [][]uint32 // list plus one of the spontaneous steps, by group and component
	bySet     []*setMemo // by group
	quorums   quorumLists
	pairMarks *memo
	dropping  *dropping // nil: dead messages are not dropped
	eager     *eagerly  // nil: what only sends is not fired at once
	turner    *turner   // nil: each state stands for itself

	buffers   [shardCount][]pending
	recent    []key
	open      [maxBuckets]*block
	next      [maxBuckets][]*block // full and open blocks by bucket
	overflows []overflow

	mapped    int   // bytes outside of the Go heap that the monitor knows of
	fresh     int64 // new states not yet published
	generated int64 // firings not yet published

	quorum quorumSearch
	keys   [lanes]key // states looked up together
	tasks  []task     // lists to follow from them
	moved  [lanes]bool
	// at, sent and kinds describe the components of the state under expansion.
	at, sent [maxProcesses]uint32
	kinds    [maxProcesses]uint64
}

// newWorker returns a worker of a search.
func newWorker(s *search, m modelSide) *worker {
	w := &worker{search: s, model: m, recent: make([]key, recentSize)}
	w.forget()
	return w
}

// forget empties the memos. The firings counted in them must have been drained.
func (w *worker) forget() {
	for _, m := range w.setMemos() {
		m.held.free()
	}
	w.lists, w.pairMarks = newListStore(), newMemo()
	w.quorums = newQuorumLists(w.groups)
	if w.drops {
		w.dropping = newDropping(w.processes)
	}
	if w.sends {
		w.eager = newEagerly(w.processes)
	}
	if w.turning != nil {
		w.turner = newTurner(w.turning, w.processes)
	}
	w.sponte, w.bySet = make([][]uint32, len(w.groups)), nil
	for range w.groups {
		w.bySet = append(w.bySet, newSetMemo())
	}
	w.bytes()
}

// setMemos lists all of them.
func (w *worker) setMemos() []*setMemo {
	return append(slices.Concat(w.quorums.lists...), w.bySet...)
}

// bytes returns roughly the memory that the memos take, and tells the monitor of what lies
// outside of the Go heap.
func (w *worker) bytes() int {
	n, mapped := w.lists.bytes()+w.pairMarks.bytes(), 0
	if w.dropping != nil {
		n += w.dropping.bytes()
	}
	if w.eager != nil {
		n += w.eager.bytes()
	}
	if w.turner != nil {
		n += w.turner.bytes()
	}
	for _, m := range w.setMemos() {
		all, outside := m.bytes()
		n += all
		mapped += outside
	}
	w.watch.mapped.Add(int64(mapped - w.mapped))
	w.mapped = mapped
	return n
}

// work expands blocks of the current level until none is left or the search pauses.
func (w *worker) work() {
	for !w.pause.Load() {
		i := w.cursor.Add(1) - 1
		if i >= int64(len(w.current)) {
			break
		}
		w.expand(w.current[i])
		w.publish()
		if w.model.between(w.bytes()) {
			w.pause.Store(true)
		}
	}
	w.flushAll()
}

// publish makes counts visible to the monitor.
func (w *worker) publish() {
	w.watch.distinct.Add(w.fresh)
	w.watch.generated.Add(w.generated)
	w.fresh, w.generated = 0, 0
}

// lanes is the number of states that are looked up together.
const lanes = 16

// task is a list to follow from one of the states looked up together.
type task struct {
	lane, group uint16
	list        uint32
}

// expand fires what may fire in each state of a block. The lists for several states are looked
// up before the first is followed: lookups do not depend on each other, so the processor waits
// for many at once, which it could not if the unpredictable following came in between.
func (w *worker) expand(b *block) {
	b, err := b.load(w.layout)
	if err != nil {
		w.model.fail(err)
		return
	}
	used := 0
	b.each(func(k key, from arrival) {
		w.keys[used] = k
		w.lookUp(uint16(used), k, from)
		if used++; used == lanes {
			w.follow(used)
			used = 0
		}
	})
	w.follow(used)
}

// lookUp adds the lists of one state to the tasks.
//
// Sleep sets: if the state was reached by a step of process a, then a process p < a could take
// before that step all that it can take now, save for what that step sent. Taking it first leads
// to the same state by a path of the same length, in which the later step is one of a higher
// process. Each such exchange raises the process of the last step, so the chain of exchanges
// ends at a transition that is taken. Budgets do not spoil this: if there is room for the step
// of p after that of a, there was room for both in either order.
func (w *worker) lookUp(lane uint16, k key, from arrival) {
	for p := range w.processes {
		c := w.layout.fields[p].get(k)
		record := w.components[p].at(c)
		w.at[p], w.sent[p], w.kinds[p] = c, record.sent, record.kinds
	}
	room := w.rooms[w.layout.fields[w.processes].get(k)]
	by, fresh := from.process(), from.fresh()
	if !w.sleep {
		by = 0
	}
	if w.faults.forgetFresh {
		fresh = 0
	}
	for i := range w.groups {
		g := &w.groups[i]
		if g.budget >= 0 && room>>g.budget&1 == 0 {
			continue
		}
		c, asleep := w.at[g.process], g.process < by
		if asleep && fresh == 0 {
			continue
		}
		if !asleep && len(g.spontaneous) > 0 {
			w.add(lane, i, w.toNothing(i, c))
		}
		switch {
		case len(g.quorum) > 0:
			w.lookUpQuorums(lane, i, by, fresh)
		case len(g.receive) == 0:
		case asleep:
			w.add(lane, i, w.toSet(i, c, fresh))
		default:
			for q := range w.processes {
				if q != g.process && w.kinds[q]&g.kinds != 0 {
					w.add(lane, i, w.toSet(i, c, w.sent[q]))
				}
			}
		}
	}
}

// add adds a list to the tasks.
func (w *worker) add(lane uint16, group int, list uint32) {
	w.tasks = append(w.tasks, task{lane, uint16(group), list})
}

// follow works off the tasks of the states looked up.
func (w *worker) follow(used int) {
	kept := w.tasks[:0]
	for _, t := range w.tasks {
		l := &w.lists.lists[t.list]
		l.visits++
		w.generated += int64(l.firings)
		if l.from != l.to {
			kept = append(kept, t)
			w.moved[t.lane] = true
		}
	}
	if w.ends {
		for lane, moved := range w.moved[:used] {
			if !moved && !w.faults.missDeadlock {
				w.model.ended(w.keys[lane])
			}
		}
		w.moved = [lanes]bool{}
	}
	for _, t := range kept {
		w.fire(w.keys[t.lane], &w.groups[t.group], &w.lists.lists[t.list])
	}
	w.tasks = w.tasks[:0]
}

// toNothing returns the list of the spontaneous steps of a group.
func (w *worker) toNothing(i int, c uint32) uint32 {
	if known := w.sponte[i]; int(c) < len(known) && known[c] != 0 {
		return known[c] - 1
	}
	for len(w.sponte[i]) <= int(c) {
		w.sponte[i] = append(w.sponte[i], 0)
	}
	list := w.lists.add(w.model.toNothing(i, c))
	w.sponte[i][c] = list + 1
	return list
}

// toSet returns the list for the messages of one other process.
func (w *worker) toSet(i int, c, set uint32) uint32 {
	list, known := w.bySet[i].get(c, set)
	if !known {
		list = w.buildSet(i, c, set)
	}
	return list
}

// buildSet asks the model's side for a list.
func (w *worker) buildSet(i int, c, set uint32) uint32 {
	if w.faults.staleMemo {
		// The defect: the first list of a component serves for all sets.
		list, known := w.bySet[i].get(c, ^uint32(0))
		if !known {
			list = w.lists.add(w.model.toSet(i, c, set))
			w.bySet[i].put(c, ^uint32(0), list)
		}
		return list
	}
	list := w.react(i, c, set)
	w.bySet[i].put(c, set, list)
	return list
}

// react returns the list for a set of messages. Most sets are another one and some new messages,
// and so are the reactions to them.
func (w *worker) react(i int, c, set uint32) uint32 {
	o := *w.origins.at(set)
	if o.base == 0 {
		return w.lists.add(w.model.toSet(i, c, set))
	}
	base, added := w.toSet(i, c, o.base), w.toSet(i, c, o.added)
	switch {
	case added == 0:
		return base
	case base == 0:
		return added
	}
	r := w.lists.join(base, added)
	if last := len(r.moves) - 1; w.faults.loseSuccessor && last > 1 {
		r.moves, r.steps = r.moves[:last], r.steps[:last]
	}
	return w.lists.add(r)
}

// fire follows a list of reactions from a state.
func (w *worker) fire(k key, g *group, l *list) {
	if g.budget >= 0 {
		budgets := w.layout.fields[w.processes]
		k = budgets.with(k, budgets.get(k)+g.weight)
	}
	for _, x := range w.lists.entries[l.from:l.to] {
		w.reach(k, x.component, arrive(g.process, x.fresh))
	}
}

// reach goes to the state in which the process that arrives has another component.
func (w *worker) reach(k key, component uint32, a arrival) {
	f := w.layout.fields[a.process()]
	fits := uint64(component) <= f.mask
	next := k
	if fits {
		next = f.with(k, component)
	}
	fresh := a.fresh()
	if fits {
		next, fits = w.sendAndDrop(next)
	}
	if w.dropping != nil && w.eager == nil && fits && fresh != 0 {
		if left := f.get(next); left != component {
			fresh = w.common(fresh, w.components[a.process()].at(left).sent)
		}
	}
	if fits && w.turner != nil {
		// Most states come more than once within a short while; finding their orbit is dear.
		recent := &w.recent[next.hash()%recentSize]
		if *recent == next {
			return
		}
		raw := next
		if next, fits = w.least(raw); fits && next != raw {
			*recent = raw
		}
	}
	if !fits {
		w.overflows = append(w.overflows, overflow{k, component, a})
		w.pause.Store(true)
		return
	}
	w.push(next, arrive(a.process(), fresh))
}

// sendAndDrop returns the state that stands for another: with all that can be sent at once, and
// then without its dead messages, as far as the options ask for it. It fails if the number of a
// component is too large for the layout.
func (w *worker) sendAndDrop(k key) (reduced key, fits bool) {
	fits = true
	if w.eager != nil {
		k, fits = w.sendAll(k)
	}
	first := w.faults.keepFirst && w.level < 0
	if w.dropping != nil && fits && !first {
		k, fits = w.drop(k)
	}
	return k, fits
}
