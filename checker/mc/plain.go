// SPDX-License-Identifier: Apache-2.0

package mc

import (
	"cmp"
	"context"
	"encoding/binary"
	"slices"
)

// The plain explorer: breadth-first search over whole states with one worker and a Go map. No
// memo, no components, no tricks. It is the oracle: the engine must agree with it level by level.

// plain is a search under way. States are stored as strings that list, for each process, the
// number of its local state and the sorted numbers of its messages, then what is spent.
type plain[L, M comparable] struct {
	*semantics[L, M]
	found[L, M]
	numbers[L, M]
	seen    map[string]struct{}
	refused map[string]struct{} // inputs whose refusal was counted
	levels  [][]string
}

// numbers gives numbers to the parts of states.
type numbers[L, M comparable] struct {
	locals   numbering[L]
	messages numbering[M]
}

// newNumbers returns what has given no number yet.
func newNumbers[L, M comparable]() numbers[L, M] {
	return numbers[L, M]{numbering[L]{ids: map[L]int{}}, numbering[M]{ids: map[M]int{}}}
}

// numbering gives values small numbers in the order in which they are first seen.
type numbering[T comparable] struct {
	values []T
	ids    map[T]int
}

// of returns the number of a value.
func (n *numbering[T]) of(v T) int {
	id, ok := n.ids[v]
	if !ok {
		id = len(n.values)
		n.ids[v] = id
		n.values = append(n.values, v)
	}
	return id
}

// newPlain returns an explorer that has seen nothing.
func newPlain[L, M comparable](m *Model[L, M], o Options) *plain[L, M] {
	return &plain[L, M]{
		semantics: newReduced(m, o),
		found:     newFound(m),
		numbers:   newNumbers[L, M](),
		seen:      map[string]struct{}{},
		refused:   map[string]struct{}{},
		levels:    [][]string{nil},
	}
}

// explorePlain searches the model. Errors are about the model.
func explorePlain[L, M comparable](
	ctx context.Context, m *Model[L, M], o Options, watch *monitor,
) (*found[L, M], error) {
	x := newPlain(m, o)
	x.scan, x.each, x.messageCount = x.scanLevel, x.eachState, x.countMessages
	defer func() { x.bytes = watch.finalBytes(x.distinct) }()
	if x.symmetry = x.orbits; x.orbits != nil {
		if err := x.testInitial(); err != nil {
			return nil, err
		}
	}
	first, err := x.reduce(x.initial())
	if err != nil {
		return nil, err
	}
	x.reach(first, 0)
	for level := 0; ; level++ {
		x.endLevel(int64(len(x.levels[level])))
		if len(x.levels[level]) == 0 || x.broken != nil {
			return &x.found, nil
		}
		watch.level(level, int64(len(x.levels[level])))
		if x.stopped = o.boundReached(level, x.distinct); x.stopped != "" {
			return &x.found, nil
		}
		x.levels = append(x.levels, nil)
		for i, key := range x.levels[level] {
			if i%64 == 0 {
				watch.count(int64(len(x.seen)), x.generated)
				if x.stopped = watch.mustStop(ctx); x.stopped != "" {
					return &x.found, nil
				}
			}
			if err := x.expand(x.decode(key), level); err != nil {
				return nil, err
			}
		}
		if x.dead != nil {
			return &x.found, nil
		}
	}
}

// expand reaches every successor of a state.
func (x *plain[L, M]) expand(s *state[L, M], level int) error {
	if x.orbits != nil {
		if err := x.testSymmetry(s); err != nil {
			return err
		}
	}
	if x.model.Ends != nil {
		dead, err := x.deadlocked(s)
		if err != nil {
			return err
		}
		if dead {
			x.dead = worse(x.dead, x.finding(deadlock, s))
		}
	}
	var failed error
	err := x.firings(s, func(f *firing[L, M]) {
		if f.reason != "" {
			x.refuse(f)
			return
		}
		x.generated++
		x.fired[f.step]++
		if f.idle(s) {
			x.idle++
			return
		}
		after, err := x.reduce(x.after(s, f))
		failed = cmp.Or(failed, err)
		x.reach(after, level+1)
	})
	return cmp.Or(err, failed)
}

// refuse counts the reason of a refused input that was not met before.
func (x *plain[L, M]) refuse(f *firing[L, M]) {
	key := binary.AppendUvarint(nil, uint64(f.process))
	for _, n := range []int{f.step, f.choice, x.locals.of(f.local)} {
		key = binary.AppendUvarint(key, uint64(n))
	}
	for _, m := range f.in {
		key = binary.AppendUvarint(key, uint64(x.messages.of(m)))
	}
	if _, known := x.refused[string(key)]; !known {
		x.refused[string(key)] = struct{}{}
		x.reasons[f.step][f.reason]++
	}
}

// reach adds a state to a level and judges it, unless it was seen before.
func (x *plain[L, M]) reach(s *state[L, M], level int) {
	key := x.encode(s)
	if _, known := x.seen[key]; known {
		return
	}
	x.seen[key] = struct{}{}
	x.levels[level] = append(x.levels[level], key)
	for i := range x.model.Always {
		if !x.holds(&x.model.Always[i], s, true) {
			x.broken = worse(x.broken, x.finding(i, s))
			break
		}
	}
	for i := range x.model.Sometimes {
		if x.reached[i] < 0 && x.holds(&x.model.Sometimes[i], s, false) {
			x.reached[i] = level
		}
	}
}

// encode returns the string that stands for a state.
func (x *numbers[L, M]) encode(s *state[L, M]) string {
	var b []byte
	for p := range s.locals {
		ids := make([]int, len(s.sent[p]))
		for i, m := range s.sent[p] {
			ids[i] = x.messages.of(m)
		}
		slices.Sort(ids)
		b = binary.AppendUvarint(b, uint64(x.locals.of(s.locals[p])))
		b = binary.AppendUvarint(b, uint64(len(ids)))
		for _, id := range ids {
			b = binary.AppendUvarint(b, uint64(id))
		}
	}
	for _, n := range s.spent {
		b = binary.AppendUvarint(b, uint64(n))
	}
	return string(b)
}

// decode returns the state for which a string stands.
func (x *plain[L, M]) decode(key string) *state[L, M] {
	b := []byte(key)
	next := func() int {
		v, n := binary.Uvarint(b)
		b = b[n:]
		return int(v)
	}
	s := &state[L, M]{spent: make([]int, 0, len(x.model.Budgets))}
	for range x.model.Processes {
		s.locals = append(s.locals, x.locals.values[next()])
		sent := make([]M, next())
		for i := range sent {
			sent[i] = x.messages.values[next()]
		}
		s.sent = append(s.sent, sent)
	}
	for range x.model.Budgets {
		s.spent = append(s.spent, next())
	}
	return s
}

// scanLevel implements levelScan.
func (x *plain[L, M]) scanLevel(
	level int, _ *state[L, M], visit func(*state[L, M]) error,
) error {
	for _, key := range x.levels[level] {
		if err := visit(x.decode(key)); err != nil {
			return err
		}
	}
	return nil
}

// eachState implements eachState.
func (x *plain[L, M]) eachState(level int, visit func(uint64, func() *state[L, M])) error {
	for _, key := range x.levels[level] {
		s := x.decode(key)
		visit(kindsOf(x.model, s.sent), func() *state[L, M] { return s })
	}
	return nil
}

// countMessages counts the distinct messages of each kind.
func (x *plain[L, M]) countMessages() map[Kind]int {
	count := map[Kind]int{}
	for _, m := range x.messages.values {
		count[x.model.Kind(m)]++
	}
	return count
}
