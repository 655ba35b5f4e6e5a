// SPDX-License-Identifier: Apache-2.0

package linear

// This file cuts a refuted history down to a part that a person can follow. Every cut is sound:
// if the part is not linearizable, then neither is the whole. So the part is a proof by itself.
//
// The cuts, and why they are sound:
//
//   - Keep one key: a history is linearizable only if each key is.
//   - Keep a prefix: what was possible until then does not depend on what came later. Requests
//     that were open at that time become unknown.
//   - Drop an operation that changed nothing, by its own result: in an order that explains the
//     whole the state before it is the state after it.
//   - Drop a set whose value is never returned, if only plain reads and sets remain: in an order
//     that explains the whole, nothing but another set can come directly after it.
//   - Begin at a set that returned: everything that had returned before it began comes before it
//     in every order, and the set hides it. What overlaps with the set may come on either side:
//     reads are dropped and the results of other writes become unknown.

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sort"
	"time"

	"viewstamp/histories"
)

// minimizeTimeout bounds the time of Minimize if Options.Timeout is 0.
const minimizeTimeout = 20 * time.Second

// Part is a small part of a refuted history that is refuted by itself.
type Part struct {
	// History is the part, with the header of the whole. It can be written to a file.
	History histories.History
	// Result says why it is refuted.
	Result Result
	// Of counts the operations of the whole history.
	Of int
	// notes are the remarks of the whole history, for the picture.
	notes []histories.Event
	// next is the step that refutes the part.
	next step
}

// Minimize finds a small part of a history that is not linearizable. It returns an error if the
// history is malformed, or is not refuted within the limits.
func Minimize(ctx context.Context, h histories.History, options Options) (Part, error) {
	if options.Timeout == 0 {
		options.Timeout = minimizeTimeout
	}
	verdict, report := Judge(ctx, h, options)
	if verdict != NotLinearizable {
		return Part{}, fmt.Errorf("nothing to minimise: the history is %v", report)
	}
	list := compileAll(h)
	m := &minimizer{ctx: ctx, history: h, options: options, whole: list,
		deadline: time.Now().Add(options.Timeout)}
	part := Part{Of: len(compile(h))}
	list, part.next = m.begin(report, list)
	if !m.fails(list) {
		return Part{}, fmt.Errorf("nothing to minimise within %v: %v", options.Timeout, report)
	}
	list = m.minimize(list)
	part.Result, part.History = m.result, m.rebuild(list, m.failedWrites(list)...)
	for _, e := range h.Events {
		if e.Kind == histories.Note {
			part.notes = append(part.notes, e)
		}
	}
	return part, nil
}

// minimizer is one run of Minimize.
type minimizer struct {
	ctx      context.Context
	history  histories.History
	options  Options
	whole    []operation
	deadline time.Time
	// patience bounds one search. A part that takes much longer than the whole did is not worth
	// the time, and counts as not refuted.
	patience time.Duration
	// oracle tells whether a list of operations is still refuted, for the same reason.
	oracle func([]operation) (Result, bool)
	result Result // Of the last list that was.
}

// begin decides by which check the history is refuted, and with which operations to begin: those
// of one key, or those that the reason names. The step is for the picture.
func (m *minimizer) begin(r Report, list []operation) ([]operation, step) {
	if r.OpNumbersOnly {
		return m.beginWithWitness(r.Witness, list)
	}
	m.patience = time.Until(m.deadline)
	for _, next := range []step{byValue, byValueAndOp} {
		m.oracle = func(list []operation) (Result, bool) {
			result := m.search(next, list)
			return result, result.Verdict == NotLinearizable
		}
		start := time.Now()
		if result, fails := m.oracle(list); fails {
			m.patience = min(max(4*time.Since(start), 100*time.Millisecond), m.options.Timeout/8)
			return ofKey(list, result.Key), next
		}
	}
	return list, byValueAndOp
}

// beginWithWitness is begin for a history whose results alone could be explained.
func (m *minimizer) beginWithWitness(found Result, list []operation) ([]operation, step) {
	m.oracle = func(list []operation) (Result, bool) {
		result := Witness(m.rebuild(list))
		return result, result.Verdict == NotLinearizable && result.Cause == found.Cause
	}
	switch {
	case found.Cause == Values && found.Keyed:
		return ofKey(list, found.Key), byValueAndOp
	case found.Cause == SameOp || found.Cause == RealTime && !found.Keyed:
		return slices.DeleteFunc(slices.Clone(list), func(o operation) bool {
			return !slices.Contains(found.Events, o.invoke)
		}), byOp
	}
	return list, byValueAndOp
}

func ofKey(list []operation, key string) []operation {
	return slices.DeleteFunc(slices.Clone(list), func(o operation) bool { return o.key != key })
}

func (m *minimizer) search(next step, list []operation) Result {
	options := m.options.withDefaults()
	options.Timeout = max(min(m.patience, time.Until(m.deadline)), time.Millisecond)
	list = slices.DeleteFunc(slices.Clone(list), operation.unknownRead)
	return search(m.ctx, byKey(list), options, next)
}

// minimize applies the cuts until none helps any more or the time is over.
func (m *minimizer) minimize(list []operation) []operation {
	list = m.shortestPrefix(list)
	for m.hasTime() {
		before := len(list)
		list = m.dropSome(list)
		list = m.laterStart(list)
		if len(list) == before {
			break
		}
	}
	return list
}

func (m *minimizer) hasTime() bool { return m.ctx.Err() == nil && time.Now().Before(m.deadline) }

// fails tells whether a list is still refuted, and keeps the reason.
func (m *minimizer) fails(list []operation) bool {
	result, fails := m.oracle(list)
	if fails {
		m.result = result
	}
	return fails
}

// shortestPrefix finds the outcome with which the history becomes wrong. Prefixes of wrong
// histories can be right, but not the other way round, so that bisection finds it.
func (m *minimizer) shortestPrefix(list []operation) []operation {
	var ends []int64
	for _, o := range list {
		if o.ret != never {
			ends = append(ends, o.ret)
		}
	}
	slices.Sort(ends)
	ends = slices.Compact(ends)
	i := sort.Search(len(ends), func(i int) bool {
		return !m.hasTime() || m.fails(prefix(list, ends[i]))
	})
	if i == len(ends) || !m.fails(prefix(list, ends[i])) {
		return list
	}
	return prefix(list, ends[i])
}

// prefix is what had happened at a time.
func prefix(list []operation, end int64) []operation {
	var kept []operation
	for _, o := range list {
		if o.call > end {
			continue
		}
		if o.ret > end {
			if o = unknownOutcome(o); o.unknownRead() {
				continue
			}
		}
		kept = append(kept, o)
	}
	return kept
}

// unknownOutcome is the operation as if nothing had come back.
func unknownOutcome(o operation) operation {
	o.known, o.failed, o.result = false, false, histories.Value{}
	o.ret, o.op, o.outcome = never, 0, -1
	return o
}

// laterStart begins the history at the last set that allows it.
func (m *minimizer) laterStart(list []operation) []operation {
	for i := len(list) - 1; i >= 0 && m.hasTime(); i-- {
		if o := list[i]; o.code.blind() && o.known {
			shorter := startAt(list, o)
			if len(shorter) < len(list) && m.tellsOrigins(shorter) && m.fails(shorter) {
				return shorter
			}
		}
	}
	return list
}

// tellsOrigins tells whether every value that is returned was also written, if it was in the
// whole history. A part without the write of a stale value would be refuted just as well, but
// nobody would see that the value is stale.
func (m *minimizer) tellsOrigins(list []operation) bool {
	for _, o := range list {
		if o.code.reads() && o.result.Present && writes(m.whole, o) && !writes(list, o) {
			return false
		}
	}
	return true
}

// writes tells whether one of the operations writes what o has returned.
func writes(list []operation, o operation) bool {
	return slices.ContainsFunc(list, func(w operation) bool {
		return w.key == o.key && w.arg.Present && w.arg == o.result
	})
}

// startAt drops what a set hides.
func startAt(list []operation, first operation) []operation {
	var kept []operation
	for _, o := range list {
		overlaps := o.call <= first.ret && o.ret >= first.call && o.invoke != first.invoke
		switch {
		case o.key != first.key:
			kept = append(kept, o)
		case o.ret < first.call || overlaps && o.code.reads():
		case overlaps && !o.code.blind():
			kept = append(kept, unknownOutcome(o))
		default:
			kept = append(kept, o)
		}
	}
	return kept
}

// dropSome drops operations, first many at a time and then one by one.
func (m *minimizer) dropSome(list []operation) []operation {
	for size := len(list); size > 0 && m.hasTime(); size /= 2 {
		for from := 0; from < len(list) && m.hasTime(); {
			shorter := dropDroppable(list, from, min(from+size, len(list)))
			if len(shorter) < len(list) && m.fails(shorter) {
				list = shorter
				continue
			}
			from += size
		}
	}
	return list
}

// dropDroppable drops what may be dropped between two indexes.
func dropDroppable(list []operation, from, to int) []operation {
	kept := slices.Clone(list[:from])
	for i := from; i < to; i++ {
		if !list[i].changedNothing() && !unread(list, i) {
			kept = append(kept, list[i])
		}
	}
	return append(kept, list[to:]...)
}

// changedNothing tells whether the operation left the state as it was, by its own result.
func (o operation) changedNothing() bool {
	switch o.code {
	case cas, del, release:
		return o.known && o.result == no
	case setNX, setXX, acquire:
		return o.known && !o.result.Present
	case incr:
		return o.known && o.failed
	}
	return o.code.reads()
}

// unread tells whether operation i is a set whose value nobody saw.
func unread(list []operation, i int) bool {
	if !list[i].code.blind() {
		return false
	}
	for _, o := range list {
		switch {
		case o.key != list[i].key || o.code.blind():
		case o.code == exists || !o.code.reads() || o.result == list[i].arg:
			return false
		}
	}
	return true
}

// rebuild makes a history of operations, with further events of the whole history.
func (m *minimizer) rebuild(list []operation, further ...int) histories.History {
	events := make(map[int]histories.Event)
	for _, o := range list {
		events[o.invoke] = m.history.Events[o.invoke]
		if o.outcome >= 0 {
			events[o.outcome] = m.history.Events[o.outcome]
		} else if end := m.outcomeOf(o); end >= 0 {
			// The client may go on in the part: the request ends where it really ended.
			e := m.history.Events[end]
			events[end] = histories.Event{T: e.T, Client: e.Client, Req: e.Req, Kind: histories.Unknown}
		}
	}
	for _, i := range further {
		events[i] = m.history.Events[i]
	}
	h := histories.History{Header: m.history.Header, Name: m.history.Name}
	h.Expect, h.Note = histories.ExpectNotLinearizable, "the failing part of a longer history"
	for _, i := range slices.Sorted(maps.Keys(events)) {
		h.Events = append(h.Events, events[i])
	}
	return h
}

// outcomeOf finds the outcome that an operation had in the whole history; -1 if none.
func (m *minimizer) outcomeOf(o operation) int {
	for i := o.invoke + 1; i < len(m.history.Events); i++ {
		e := m.history.Events[i]
		if e.Client == o.client && e.Req == o.req && e.Kind != histories.Note {
			return i
		}
	}
	return -1
}

// failedWrites lists the events of requests that failed, and yet their value was returned. They
// do not count, but they are what the reader wants to see.
func (m *minimizer) failedWrites(list []operation) []int {
	var found []int
	last := list[len(list)-1].call
	open := make(map[int]int)
	for i, e := range m.history.Events {
		switch e.Kind {
		case histories.Invoke:
			open[e.Client] = i
		case histories.Fail:
			invoke := m.history.Events[open[e.Client]]
			w := []operation{{key: invoke.Key, arg: invoke.Value}}
			seen := func(o operation) bool { return o.code.reads() && writes(w, o) }
			if invoke.T <= last && slices.ContainsFunc(list, seen) {
				found = append(found, open[e.Client], i)
			}
		}
	}
	return found
}

// byOp goes by op-numbers alone, whatever the key and the results.
func byOp(s state, o *operation) (bool, state) {
	if o.op == 0 {
		return true, s
	}
	return o.op > s.op, state{op: max(s.op, o.op)}
}
