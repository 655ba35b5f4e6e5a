// SPDX-License-Identifier: Apache-2.0

package mc

import (
	"fmt"
	"runtime/debug"
)

// Workers expand states. This is the hot loop: for each process of a state, look up the lists
// of successor components, put each into the key, and pass on the keys not seen just before.

// recentSize is the number of keys in a worker's cache of recent successors. Most successors are
// reached several times within a short while; the cache spares their way to the table.
const recentSize = 1 << 11

// overflow is a transition to a component whose number is too large for the layout. It waits
// until the layout is widened.
type overflow struct {
	base      key // the state left, budgets already spent
	component uint32
	arrival   arrival
}

// worker is what one goroutine of a search has for itself.
type worker[L, M comparable] struct {
	*engine[L, M]
	lists     []*reactions[L, M] // one for each group
	pairMarks *memo
	decoded   map[uint32][]M
	buffers   [shardCount][]pending
	recent    []key
	next      []*block
	overflows []overflow

	fired []int64
	idle  int64
	fresh int64 // new states not yet published
	// published is how many firings the monitor knows of.
	published int64
	broken    *broken[L, M]
	failed    error

	// at, sent and kinds describe the components of the state under expansion.
	at, sent [maxProcesses]uint32
	kinds    [maxProcesses]uint64
}

// newWorker returns a worker of a search.
func newWorker[L, M comparable](e *engine[L, M]) *worker[L, M] {
	w := &worker[L, M]{engine: e, pairMarks: newMemo(), decoded: map[uint32][]M{},
		recent: make([]key, recentSize), fired: make([]int64, len(e.model.Steps))}
	for i := range e.groups {
		w.lists = append(w.lists, newReactions(e.space, &e.groups[i], e.tuning.faults))
	}
	return w
}

// work expands blocks of the current level until none is left or the engine pauses.
func (w *worker[L, M]) work() {
	defer func() {
		if r := recover(); r != nil {
			w.failed = fmt.Errorf("model %q: panic: %v\n%s", w.model.Name, r, debug.Stack())
			w.pause.Store(true)
		}
	}()
	for !w.pause.Load() {
		i := w.cursor.Add(1) - 1
		if i >= int64(len(w.current)) {
			break
		}
		w.current[i].each(w.expand)
		w.betweenBlocks()
	}
	for i := range w.buffers {
		w.flush(i)
	}
	w.publish()
}

// betweenBlocks looks after everything that the hot loop has no time for.
func (w *worker[L, M]) betweenBlocks() {
	w.publish()
	bytes := w.pairMarks.bytes()
	for _, r := range w.lists {
		bytes += r.bytes()
		if r.failed != nil && w.failed == nil {
			w.failed = r.failed
		}
	}
	if bytes > w.memoLimit {
		w.pairMarks = newMemo()
		for _, r := range w.lists {
			r.reset()
		}
	}
	if w.failed != nil {
		w.pause.Store(true)
	}
	if why := w.watch.mustStop(w.ctx); why != "" {
		w.interrupted.Store(&why)
		w.pause.Store(true)
	}
}

// publish makes counts visible to the monitor.
func (w *worker[L, M]) publish() {
	w.watch.distinct.Add(w.fresh)
	w.fresh = 0
	var fired int64
	for _, n := range w.fired {
		fired += n
	}
	w.watch.generated.Add(fired - w.published)
	w.published = fired
}

// expand fires every group of a state that may fire.
//
// Sleep sets: if the state was reached by a step of process a, then a process p < a could take
// before that step all that it can take now, save for what that step sent. Taking it first leads
// to the same state by a path of the same length, in which the later step is one of a higher
// process. Each such exchange raises the process of the last step, so the chain of exchanges
// ends at a transition that is taken.
func (w *worker[L, M]) expand(k key, from arrival) {
	for p := range w.model.Processes {
		c := w.layout.fields[p].get(k)
		record := w.record(p, c)
		w.at[p], w.sent[p], w.kinds[p] = c, record.sent, record.kinds
	}
	room := w.rooms[w.layout.fields[w.model.Processes].get(k)]
	by, fresh := from.process(), from.fresh()
	if !w.sleep {
		by = 0
	}
	if w.tuning.faults.forgetFresh {
		fresh = 0
	}
	for i := range w.groups {
		g := &w.groups[i]
		if g.budget >= 0 && room>>g.budget&1 == 0 {
			continue
		}
		lists, c, asleep := w.lists[i], w.at[g.process], g.process < by
		if asleep && fresh == 0 {
			continue
		}
		if !asleep && len(g.spontaneous) > 0 {
			w.fire(k, g, lists.toSet(c, 0))
		}
		switch {
		case len(g.quorum) > 0:
			w.fireQuorums(k, i, by, fresh)
		case len(g.receive) == 0:
		case asleep:
			w.fire(k, g, lists.toSet(c, fresh))
		default:
			for q := range w.model.Processes {
				if q != g.process && w.kinds[q]&g.kinds != 0 {
					w.fire(k, g, lists.toSet(c, w.sent[q]))
				}
			}
		}
	}
}

// fire follows a list of reactions.
func (w *worker[L, M]) fire(k key, g *group, list []entry) {
	if len(list) == 0 {
		return
	}
	f := w.layout.fields[g.process]
	if g.budget >= 0 {
		budgets := w.layout.fields[w.model.Processes]
		k = budgets.with(k, budgets.get(k)+g.weight)
	}
	for i := range list {
		x := &list[i]
		if x.kind != moves {
			if x.kind == idles {
				w.fired[x.step] += int64(x.component)
				w.idle += int64(x.component)
			}
			continue
		}
		w.fired[x.step]++
		if uint64(x.component) > f.mask {
			w.overflows = append(w.overflows,
				overflow{k, x.component, arrive(g.process, x.fresh)})
			w.pause.Store(true)
			continue
		}
		w.push(f.with(k, x.component), arrive(g.process, x.fresh))
	}
}

// push sends a key on its way into the table.
func (w *worker[L, M]) push(k key, a arrival) {
	hash := k.hash()
	recent := &w.recent[hash%recentSize]
	if *recent == k {
		return
	}
	*recent = k
	shard := shardOf(hash)
	buffer := append(w.buffers[shard], pending{k, a})
	w.buffers[shard] = buffer
	if len(buffer) == batchSize {
		w.flush(shard)
	}
}

// flush inserts the keys collected for a shard and takes in those that are new.
func (w *worker[L, M]) flush(shard int) {
	if len(w.buffers[shard]) == 0 {
		return
	}
	fresh := w.table.insert(shard, w.buffers[shard])
	for i := range fresh {
		w.admit(fresh[i].key, fresh[i].arrival)
	}
	w.fresh += int64(len(fresh))
	w.buffers[shard] = w.buffers[shard][:0]
}

// admit judges a new state and adds it to the next level.
func (w *worker[L, M]) admit(k key, a arrival) {
	if marks := w.marks(k, a.process()) & w.interesting.Load(); marks != 0 {
		w.judge(k, marks)
	}
	if len(w.next) == 0 || w.next[len(w.next)-1].full() {
		w.next = append(w.next, &block{layout: w.layout, arrivals: w.sleep})
	}
	w.next[len(w.next)-1].add(k, a)
}

// fireQuorums follows the reactions of a group that has steps with several foreign messages.
func (w *worker[L, M]) fireQuorums(k key, i int, by int, fresh uint32) {
	g, lists := &w.groups[i], w.lists[i]
	p, asleep := g.process, g.process < by
	c := w.at[p]
	var joining [maxProcesses]uint32
	for q := range w.model.Processes {
		if q == p || w.kinds[q]&g.kinds == 0 {
			continue
		}
		list := lists.toSet(c, w.sent[q])
		if len(list) > 0 && list[0].kind == joins {
			joining[q] = list[0].component
		}
		if !asleep {
			w.fire(k, g, list)
		} else if q == by {
			w.fire(k, g, lists.toSet(c, fresh))
		}
	}
	for bit, step := range g.quorum {
		var sets [maxQuorum]uint32
		var choose func(q, chosen int, withNew bool)
		choose = func(q, chosen int, withNew bool) {
			if chosen == w.model.Steps[step].Quorum {
				if withNew {
					w.fire(k, g, lists.toQuorum(c, step, sets[:chosen]))
				}
				return
			}
			for ; q < w.model.Processes; q++ {
				if joining[q]>>bit&1 == 1 {
					sets[chosen] = w.sent[q]
					choose(q+1, chosen+1, withNew || q == by)
				}
			}
		}
		choose(0, 0, !asleep)
	}
}
