// SPDX-License-Identifier: Apache-2.0

package mc

import "slices"

// The search for lassos. A fair run that breaks a property is, in the end, inside one strongly
// connected component of the states in which it is not yet fulfilled; and a component has a fair
// run if each fair action is taken inside it, or cannot be taken in one of its states. If the
// graph has no cycles, components are single states, and the run stays in one.

// liveStep is an edge as part of a way.
type liveStep struct {
	action int
	to     uint32
}

// lasso is a way to a state, and a cycle from there. An empty cycle: the run stays in the state.
type lasso struct{ prefix, cycle []liveStep }

// liveQuestion is a property together with the states that matter to it.
type liveQuestion[L, M comparable] struct {
	property *Liveness[L, M]
	then     []bool // by state
	starts   int    // states in which When holds
	// pending are the states that a run reaches while it waits for Then. With Stays: all.
	pending []bool
	// depth is the length of the shortest way to a pending state, and before the step on it. The
	// way has two parts: up to a start in any states, then in pending ones.
	ways [2]liveWays
}

// liveWays are shortest ways: for each state how it is reached.
type liveWays struct {
	depth []int32 // -1: not reached
	from  []uint32
	by    []int
	root  []bool // it begins here, or (second part) goes on from the first part
}

// newWays returns ways to nowhere.
func newWays(states int) liveWays {
	return liveWays{slices.Repeat([]int32{-1}, states), make([]uint32, states),
		make([]int, states), make([]bool, states)}
}

// question asks a property about every state, and finds out which are pending and how they are
// reached.
func (g *liveGraph[L, M]) question(p *Liveness[L, M]) *liveQuestion[L, M] {
	n := len(g.keys)
	q := &liveQuestion[L, M]{property: p, then: make([]bool, n), pending: make([]bool, n)}
	when := make([]bool, n)
	for i, key := range g.keys {
		s := g.decode(key)
		q.then[i] = p.Then(s)
		when[i] = i == 0
		if p.When != nil {
			when[i] = p.When(s)
		}
		if when[i] {
			q.starts++
		}
	}
	q.ways = [2]liveWays{newWays(n), newWays(n)}
	q.ways[0].root[0], q.ways[0].depth[0] = true, 0
	all := func(uint32) bool { return true }
	g.spread(&q.ways[0], []uint32{0}, all)
	var roots []uint32
	for i := range uint32(n) {
		if p.Stays && i == 0 || !p.Stays && when[i] && !q.then[i] {
			roots = append(roots, i)
			q.ways[1].root[i], q.ways[1].depth[i] = true, q.ways[0].depth[i]
		}
	}
	slices.SortStableFunc(roots, func(a, b uint32) int {
		return int(q.ways[0].depth[a] - q.ways[0].depth[b])
	})
	g.spread(&q.ways[1], roots, func(s uint32) bool { return p.Stays || !q.then[s] })
	for i := range q.pending {
		q.pending[i] = q.ways[1].depth[i] >= 0
	}
	return q
}

// spread finds shortest ways from roots of different depths through the states of a set.
func (g *liveGraph[L, M]) spread(w *liveWays, roots []uint32, within func(uint32) bool) {
	var queue []uint32
	for len(roots) > 0 || len(queue) > 0 {
		var s uint32
		if len(queue) == 0 || len(roots) > 0 && w.depth[roots[0]] <= w.depth[queue[0]] {
			s, roots = roots[0], roots[1:]
		} else {
			s, queue = queue[0], queue[1:]
		}
		for _, e := range g.leaving(s) {
			if within(e.to) && w.depth[e.to] < 0 {
				w.depth[e.to], w.from[e.to], w.by[e.to] = w.depth[s]+1, s, int(e.action)
				queue = append(queue, e.to)
			}
		}
	}
}

// way is the shortest way to a pending state.
func (q *liveQuestion[L, M]) way(to uint32) []liveStep {
	var steps []liveStep
	for part := 1; part >= 0; {
		w := &q.ways[part]
		if w.root[to] {
			part--
			continue
		}
		steps = append(steps, liveStep{w.by[to], to})
		to = w.from[to]
	}
	slices.Reverse(steps)
	return steps
}

// search looks for a lasso. Of those that do not end by a bound, it takes the one that is reached
// soonest; if there is none, one that does, and the budgets that bound it.
func (g *liveGraph[L, M]) search(q *liveQuestion[L, M]) (*lasso, []string) {
	var list [][]uint32
	if g.onCycles == 0 {
		for s := range uint32(len(g.keys)) { // The shortcut: every component is one state.
			if q.pending[s] {
				list = append(list, []uint32{s})
			}
		}
	} else {
		list = g.components(func(s uint32) bool { return q.pending[s] })
	}
	for _, c := range list {
		slices.SortStableFunc(c, func(a, b uint32) int {
			return int(q.ways[1].depth[a] - q.ways[1].depth[b])
		})
	}
	slices.SortStableFunc(list, func(a, b []uint32) int {
		return int(q.ways[1].depth[a[0]] - q.ways[1].depth[b[0]])
	})
	for _, bounded := range []bool{false, true} {
		for _, c := range list {
			if g.faults.loseCycle && len(c) > 1 || g.faults.loseEnd && len(c) == 1 ||
				q.property.Stays && !slices.ContainsFunc(c, func(s uint32) bool { return !q.then[s] }) {
				continue
			}
			if g.fairIn(c, bounded || g.faults.trustBounds) {
				return g.roundIn(q, c), g.boundsOf(c, bounded)
			}
		}
	}
	return nil, nil
}

// fairIn reports whether a component has a fair run. Unless bounded, a step that only lacks budget
// counts as one that could be taken.
func (g *liveGraph[L, M]) fairIn(c []uint32, bounded bool) bool {
	needs := g.needs(c)
	if !g.faults.ignoreFairness && slices.ContainsFunc(needs, func(n need) bool { return n.always }) {
		return false
	}
	for a, n := range needs {
		if n.fair && !n.taken && !bounded && g.blockedInAll(c, a) {
			return false
		}
	}
	return true
}

// need is what a fair action asks of a run inside a component.
type need struct {
	fair   bool
	taken  bool // an edge inside the component has it
	always bool // it can be taken in every state, and never is inside
}

// needs lists them by action.
func (g *liveGraph[L, M]) needs(c []uint32) []need {
	list := make([]need, len(g.fair))
	able, last := make([]int, len(g.fair)), make([]int, len(g.fair))
	inside := map[uint32]bool{}
	for _, s := range c {
		inside[s] = true
	}
	for i, s := range c {
		for _, e := range g.leaving(s) {
			if last[e.action] != i+1 {
				last[e.action] = i + 1
				able[e.action]++
			}
			list[e.action].taken = list[e.action].taken || inside[e.to]
		}
	}
	for a := range list {
		list[a].fair = g.fair[a]
		list[a].always = g.fair[a] && able[a] == len(c) && !list[a].taken
	}
	return list
}

// blockedInAll reports whether in every state of a component an action could be taken if there
// were more of its budget, and it lacks budget in one of them.
func (g *liveGraph[L, M]) blockedInAll(c []uint32, action int) bool {
	p, step := g.processStep(action)
	budget := g.spends[step]
	if budget < 0 {
		return false
	}
	lacks := false
	for _, id := range c {
		s := g.decode(g.keys[id])
		lacks = lacks || s.spent[budget] >= g.model.Budgets[budget].Limit
		s.spent[budget] = 0
		able := false
		// An error would have come up when the graph was made, or else the step counts as one
		// that cannot be taken.
		_ = g.firingsOf(s, p, step, func(f *firing[L, M]) { able = able || f.reason == "" })
		if !able {
			return false
		}
	}
	return lacks
}

// boundsOf names the budgets that keep fair steps from being taken, for a bounded run.
func (g *liveGraph[L, M]) boundsOf(c []uint32, bounded bool) []string {
	var names []string
	if !bounded {
		return nil
	}
	for a, fair := range g.fair {
		if _, step := g.processStep(a); fair && g.blockedInAll(c, a) {
			names = append(names, g.model.Steps[step].Spends)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// roundIn makes a lasso with a fair cycle inside a component.
func (g *liveGraph[L, M]) roundIn(q *liveQuestion[L, M], c []uint32) *lasso {
	needs := g.needs(c)
	for _, s := range c {
		alone := g.needs([]uint32{s})
		if !slices.ContainsFunc(alone, func(n need) bool { return n.always }) &&
			(!q.property.Stays || !q.then[s]) {
			return &lasso{prefix: q.way(s)}
		}
	}
	t := &tour{inside: map[uint32]bool{}, open: map[int]bool{}, wantBad: q.property.Stays,
		then: q.then}
	for _, s := range c {
		t.inside[s] = true
	}
	for a := range needs {
		if needs[a].fair {
			t.open[a] = true
		}
	}
	start := c[0]
	l, at := &lasso{prefix: q.way(start)}, start
	for t.settle(start, g.able(start)); len(t.open) > 0 || t.wantBad; {
		steps := g.nearest(at, t.inside, func(e liveEdge) bool { return t.helps(e, g.able(e.to)) })
		if steps == nil {
			break // Only a defect of the search leads here, and the replay says so.
		}
		for _, step := range steps {
			delete(t.open, step.action)
			t.settle(step.to, g.able(step.to))
			at = step.to
		}
		l.cycle = append(l.cycle, steps...)
	}
	if at != start {
		l.cycle = append(l.cycle, g.nearest(at, t.inside,
			func(e liveEdge) bool { return e.to == start })...)
	}
	return l
}

// tour is what a cycle under construction still has to pass.
type tour struct {
	inside map[uint32]bool
	// open are the fair actions that were not taken so far, and could be taken in all states.
	open    map[int]bool
	wantBad bool // a state in which Then does not hold
	then    []bool
}

// able lists the actions that can be taken in a state.
func (g *liveGraph[L, M]) able(s uint32) map[int]bool {
	able := map[int]bool{}
	for _, e := range g.leaving(s) {
		able[int(e.action)] = true
	}
	return able
}

// settle notes that the cycle passes a state.
func (t *tour) settle(s uint32, able map[int]bool) {
	for a := range t.open {
		if !able[a] {
			delete(t.open, a)
		}
	}
	t.wantBad = t.wantBad && t.then[s]
}

// helps reports whether an edge, or the state behind it, is one that the cycle has to pass.
func (t *tour) helps(e liveEdge, able map[int]bool) bool {
	for a := range t.open {
		if a == int(e.action) || !able[a] {
			return true
		}
	}
	return t.wantBad && !t.then[e.to]
}

// nearest is a shortest way inside a component whose last edge is as wanted, or nil.
func (g *liveGraph[L, M]) nearest(
	from uint32, inside map[uint32]bool, wanted func(liveEdge) bool,
) []liveStep {
	type reached struct {
		state  uint32
		before int
		step   liveStep
	}
	list, seen := []reached{{state: from, before: -1}}, map[uint32]bool{from: true}
	for i := 0; i < len(list); i++ {
		for _, e := range g.leaving(list[i].state) {
			if !inside[e.to] {
				continue
			}
			step := reached{e.to, i, liveStep{int(e.action), e.to}}
			if wanted(e) {
				var steps []liveStep
				for r := step; r.before >= 0; r = list[r.before] {
					steps = append(steps, r.step)
				}
				slices.Reverse(steps)
				return steps
			}
			if !seen[e.to] {
				seen[e.to] = true
				list = append(list, step)
			}
		}
	}
	return nil
}
