// SPDX-License-Identifier: Apache-2.0

package mc

import (
	"context"
	"fmt"
	"slices"
)

// The graph of all states and transitions, for liveness. An action is a step at a process: that is
// what fairness is about. Transitions that change nothing are no edges, so an action can be
// taken in a state if and only if an edge with it leaves the state.

// liveEdge is a transition.
type liveEdge struct {
	to, action uint32
}

// liveGraph holds a model's graph. States are numbered in the order of a breadth-first search.
type liveGraph[L, M comparable] struct {
	*plain[L, M]
	faults   liveFaults
	keys     []string
	edges    []liveEdge
	first    []uint32 // where the edges of a state begin; one element more than states
	fair     []bool   // by action
	onCycles int
	bytes    int64 // what the states take, about
}

// What the graph takes, about: a state beside its key (two headers of strings, a number, its share
// of a map that is half full, and what the search for cycles needs), and a transition.
const perLiveState, perLiveEdge = 160, 8

// tooLarge says why a graph must not grow any more, or nothing.
func (g *liveGraph[L, M]) tooLarge(o LiveOptions) string {
	states, bytes := len(g.keys), g.bytes+int64(len(g.edges))*perLiveEdge
	limit := ""
	switch {
	case states > o.MaxStates:
		limit = fmt.Sprintf("the %d states of LiveOptions.MaxStates", o.MaxStates)
	case bytes > o.MemoryLimit:
		limit = fmt.Sprintf("the %d MiB of LiveOptions.MemoryLimit", o.MemoryLimit>>20)
	default:
		return ""
	}
	return fmt.Sprintf("the graph, all of which liveness keeps in memory, needs more than %s: at "+
		"%d states it has %d transitions and takes about %d MiB; raise it, or lower the bounds of "+
		"the model", limit, states, len(g.edges), bytes>>20)
}

// newLiveGraph explores a model. stopped says why it was not explored to the end.
func newLiveGraph[L, M comparable](
	ctx context.Context, m *Model[L, M], o LiveOptions,
) (g *liveGraph[L, M], stopped string, err error) {
	if o.MaxStates == 0 {
		o.MaxStates = DefaultLiveStates
	}
	if o.MemoryLimit == 0 {
		o.MemoryLimit = DefaultMemoryLimit
	}
	g = &liveGraph[L, M]{plain: newPlain(m, Options{})}
	for a := range m.Processes * len(m.Steps) {
		p, step := g.processStep(a)
		fair := m.Steps[step].Spends == ""
		if o.Fair != nil {
			fair = o.Fair(p, m.Steps[step].Name)
		}
		g.fair = append(g.fair, fair && (m.Steps[step].At == nil || m.Steps[step].At(p)))
	}
	ids := map[string]uint32{}
	number := func(s *state[L, M]) uint32 {
		key := g.encode(s)
		id, known := ids[key]
		if !known {
			id = uint32(len(g.keys))
			ids[key] = id
			g.bytes += int64(len(key)) + perLiveState
			g.keys = append(g.keys, key)
		}
		return id
	}
	number(g.initial())
	for i := 0; i < len(g.keys); i++ {
		if i%256 == 0 && ctx.Err() != nil {
			return g, "stopped: " + context.Cause(ctx).Error(), nil
		}
		if i%4096 == 0 && o.Progress != nil {
			o.Progress(len(g.keys))
		}
		if why := g.tooLarge(o); why != "" {
			return g, why, nil
		}
		g.first = append(g.first, uint32(len(g.edges)))
		s := g.decode(g.keys[i])
		err := g.firings(s, func(f *firing[L, M]) {
			if f.reason == "" && !f.idle(s) {
				action := f.process*len(m.Steps) + f.step
				g.edges = append(g.edges, liveEdge{number(g.after(s, f)), uint32(action)})
			}
		})
		if err != nil {
			return nil, "", err
		}
	}
	g.first = append(g.first, uint32(len(g.edges)))
	for _, c := range g.components(func(uint32) bool { return true }) {
		if len(c) > 1 {
			g.onCycles += len(c)
		}
	}
	return g, "", nil
}

// processStep is what an action's number means.
func (g *liveGraph[L, M]) processStep(action int) (process, step int) {
	return action / len(g.model.Steps), action % len(g.model.Steps)
}

// leaving lists the edges of a state.
func (g *liveGraph[L, M]) leaving(s uint32) []liveEdge { return g.edges[g.first[s]:g.first[s+1]] }

// components lists the strongly connected components of the states that are within a set: those
// whose states can all reach each other without leaving the set. (Tarjan's algorithm, without
// recursion.)
func (g *liveGraph[L, M]) components(within func(uint32) bool) [][]uint32 {
	const unseen = 0
	type frame struct{ state, next uint32 }
	var (
		list  [][]uint32
		index = make([]uint32, len(g.keys)) // the order of discovery, from 1
		low   = make([]uint32, len(g.keys))
		open  = make([]bool, len(g.keys)) // in a component that is not complete
		stack []uint32
		calls []frame
		count uint32
	)
	enter := func(s uint32) {
		count++
		index[s], low[s], open[s] = count, count, true
		stack = append(stack, s)
		calls = append(calls, frame{s, g.first[s]})
	}
	for root := range uint32(len(g.keys)) {
		if index[root] != unseen || !within(root) {
			continue
		}
		for enter(root); len(calls) > 0; {
			f := &calls[len(calls)-1]
			s := f.state
			if f.next < g.first[s+1] {
				to := g.edges[f.next].to
				f.next++
				if within(to) {
					if index[to] == unseen {
						enter(to)
					} else if open[to] {
						low[s] = min(low[s], index[to])
					}
				}
				continue
			}
			calls = calls[:len(calls)-1]
			if len(calls) > 0 {
				above := calls[len(calls)-1].state
				low[above] = min(low[above], low[s])
			}
			if low[s] == index[s] {
				at := len(stack) - 1
				for stack[at] != s {
					at--
				}
				for _, member := range stack[at:] {
					open[member] = false
				}
				list = append(list, slices.Clone(stack[at:]))
				stack = stack[:at]
			}
		}
	}
	return list
}
