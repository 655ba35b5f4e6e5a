// SPDX-License-Identifier: Apache-2.0

package linear

// This file is the witness: the order that the op-numbers claim is tested in one pass. It reads
// the events directly and shares no code with the search, so that a mistake in one of the two
// does not hide in both.

import (
	"cmp"
	"math"
	"slices"
	"time"

	"viewstamp/histories"
)

// Witness tests whether the op-numbers of a history are a linearization of it:
//
//  1. No two operations have the same op-number.
//  2. If one returned before another was invoked, then it has the smaller op-number.
//  3. The service, executing in the order of op-numbers, gives exactly the recorded results.
//
// It needs an op-number on every ok. An unknown write without one may fill any free op-number
// above those of the operations that had returned before it began, or none.
//
// The time is linear in the number of events, except for keys whose results can only be
// explained by unknown writes without op-number: for those it searches, within a fixed number of
// steps. h must be valid (histories.History.Validate); Judge makes sure of it.
func Witness(h histories.History) Result { return strictRules.witness(h) }

// rules says what a witness tests. There is one right value, strictRules; the others exist for
// the mutants, which show that each rule is needed.
type rules struct {
	sameOp   bool // Test rule 1.
	realTime bool // Test rule 2.
	replay   bool // Test rule 3.
}

var strictRules = rules{sameOp: true, realTime: true, replay: true}

func (r rules) witness(h histories.History) Result {
	start := time.Now()
	w := witness{
		rules:   r,
		events:  h.Events,
		keyIDs:  make(map[string]uint32),
		recent:  new([recentKeys]uint32),
		isWrong: make(map[uint32]bool),
		places:  make([]place, 0, len(h.Events)/2+1),
	}
	result, ok := w.order()
	if ok {
		result = w.finish()
	}
	result.Operations, result.Keys = w.operations, len(w.keys)
	result.Duration = time.Since(start)
	return result
}

// place is what stands at one op-number: the indexes of its invoke and its outcome, plus one, so
// that the zero place is a free one. The outcome is 0 if there is none.
type place struct {
	invoke, outcome uint32
	key             uint32
	code            code
}

// loose is a write of unknown outcome and unknown op-number.
type loose struct {
	invoke uint32 // Index of the invoke, not plus one.
	key    uint32
	code   code
	above  uint64 // Its op-number, if it gets one, is larger than this.
}

// request is what a client has outstanding.
type request struct {
	open   bool
	invoke uint32
	above  uint64 // Largest op-number of the operations that had returned before the invoke.
	whose  uint32 // Index of the outcome that carried it.
}

// witness is the state of one test.
type witness struct {
	rules  rules
	events []histories.Event

	requests   []request // By client.
	others     map[int]*request
	keyIDs     map[string]uint32
	recent     *[recentKeys]uint32
	keys       []string
	places     []place // By op-number, from 1; where they are dense.
	sparse     []farPlace
	loose      []loose
	operations int

	cells    []cell // By key.
	executed int    // Places that have been executed: all below this one.
	wrong    []mismatch
	isWrong  map[uint32]bool // By key.
}

// farPlace is a place whose op-number is too large for a table.
type farPlace struct {
	op uint64
	place
}

// clientsMax bounds the table of clients; larger numbers go through a map.
const clientsMax = 1 << 16

func (w *witness) request(client int) *request {
	if uint(client) < uint(len(w.requests)) {
		return &w.requests[client]
	}
	if client < clientsMax {
		w.requests = append(w.requests, make([]request, client+1-len(w.requests))...)
		return &w.requests[client]
	}
	if w.others == nil {
		w.others = make(map[int]*request)
	}
	r := w.others[client]
	if r == nil {
		r = &request{}
		w.others[client] = r
	}
	return r
}

// order puts every operation into its place and tests rules 1 and 2 on the way. It reports false
// with the result if that decides already.
//
// Rule 2 needs only one number: the largest op-number that has been returned so far. Every
// operation that begins later must get a larger one.
func (w *witness) order() (Result, bool) {
	if len(w.events) > math.MaxUint32-1 {
		return unknown(Limit, "%d events, the witness holds 2^32", len(w.events)), false
	}
	var settled, recent uint64 // Largest op-number returned before now, and including now.
	var settledBy, recentBy uint32
	now := int64(math.MinInt64)
	for i := range w.events {
		e := &w.events[i]
		if e.T > now {
			// Intervals are closed: an operation that begins at the very time at which another
			// returns is concurrent to it, so what is returned now counts only from later on.
			now, settled, settledBy = e.T, recent, recentBy
		}
		switch e.Kind {
		case histories.Invoke:
			*w.request(e.Client) = request{open: true, invoke: uint32(i), above: settled, whose: settledBy}
		case histories.OK:
			if result, ok := w.returned(i, e); !ok {
				return result, false
			}
			if e.Op > recent {
				recent, recentBy = e.Op, uint32(i)
			}
		case histories.Unknown:
			if result, ok := w.gaveUp(i, e); !ok {
				return result, false
			}
		case histories.Fail:
			w.request(e.Client).open = false
		}
	}
	return w.abandoned()
}

// returned takes an ok.
func (w *witness) returned(i int, e *histories.Event) (Result, bool) {
	r := w.request(e.Client)
	if e.Op == 0 {
		return unknown(NotApplicable, "event %d, %s, is ok without an op-number: the witness needs one "+
			"on every ok", i+1, w.describe(int(r.invoke), i)), false
	}
	return w.put(i, e, r)
}

// gaveUp takes an unknown. Reads are dropped, unless their place is known: then it is taken.
func (w *witness) gaveUp(i int, e *histories.Event) (Result, bool) {
	r := w.request(e.Client)
	if e.Op != 0 {
		return w.put(i, e, r)
	}
	w.setLoose(r)
	return Result{}, true
}

// abandoned takes the requests that never got an outcome. The order of clients does not matter
// for the result, but should be the same each time: sort the few of the map.
func (w *witness) abandoned() (Result, bool) {
	for i := range w.requests {
		if w.requests[i].open {
			w.setLoose(&w.requests[i])
		}
	}
	var clients []int
	for client, r := range w.others {
		if r.open {
			clients = append(clients, client)
		}
	}
	slices.Sort(clients)
	for _, client := range clients {
		w.setLoose(w.others[client])
	}
	slices.SortFunc(w.sparse, func(a, b farPlace) int { return cmp.Compare(a.op, b.op) })
	for i := 1; i < len(w.sparse); i++ {
		if w.sparse[i].op == w.sparse[i-1].op {
			return w.sameOp(w.sparse[i].op, w.sparse[i-1].place, w.sparse[i].place), false
		}
	}
	return Result{}, true
}

// setLoose remembers a write of unknown outcome.
func (w *witness) setLoose(r *request) {
	r.open = false
	e := &w.events[r.invoke]
	c := codeOf(e.F)
	if c.reads() {
		return
	}
	w.operations++
	w.loose = append(w.loose, loose{invoke: r.invoke, key: w.key(e.Key), code: c, above: r.above})
}

// put gives the request its place.
func (w *witness) put(i int, e *histories.Event, r *request) (Result, bool) {
	r.open = false
	if e.Op <= r.above && w.rules.realTime {
		return w.tooEarly(i, e, r), false
	}
	invoke := &w.events[r.invoke]
	w.operations++
	p := place{invoke: r.invoke + 1, outcome: uint32(i) + 1, key: w.key(invoke.Key),
		code: codeOf(invoke.F)}
	// A table is fastest, and op-numbers of a real run are dense. If they are not, memory must
	// not depend on how large they are.
	if e.Op > uint64(len(w.events))*4+1024 {
		w.sparse = append(w.sparse, farPlace{e.Op, p})
		return Result{}, true
	}
	if uint64(len(w.places)) < e.Op {
		w.places = slices.Grow(w.places, int(e.Op)-len(w.places))[:e.Op]
	}
	at := &w.places[e.Op-1]
	if at.invoke != 0 && w.rules.sameOp {
		return w.sameOp(e.Op, *at, p), false
	}
	*at = p
	if e.Op == uint64(w.executed)+1 {
		w.execute()
	}
	return Result{}, true
}

// key gives a key a small number. A look into the map takes a third of the whole time; a table
// of recent keys, found by their last characters, answers most of them.
func (w *witness) key(name string) uint32 {
	at := &w.recent[recentIndex(name)]
	if id := *at; id < uint32(len(w.keys)) && w.keys[id] == name {
		return id
	}
	id, found := w.keyIDs[name]
	if !found {
		id = uint32(len(w.keys))
		w.keyIDs[name] = id
		w.keys = append(w.keys, name)
		w.cells = append(w.cells, cell{})
	}
	*at = id
	return id
}

// The table of recent keys has a power of two as its size.
const (
	recentBits = 14
	recentKeys = 1 << recentBits
)

func recentIndex(name string) uint32 {
	h := uint32(len(name))
	for i := max(0, len(name)-6); i < len(name); i++ {
		h = h*31 + uint32(name[i])
	}
	return h * 2654435769 >> (32 - recentBits)
}

// describe is one operation in words, for a reason.
func (w *witness) describe(invoke, outcome int) string {
	e := w.events[invoke]
	o := operation{code: codeOf(e.F), f: e.F, key: e.Key, arg: e.Value, old: e.Old}
	if outcome >= 0 && w.events[outcome].Kind == histories.OK {
		end := w.events[outcome]
		o.known, o.failed, o.result = true, end.Error != "", end.Value
	}
	if outcome >= 0 {
		o.op = w.events[outcome].Op
	}
	return o.String()
}

func (w *witness) sameOp(op uint64, a, b place) Result {
	return refuted(SameOp, w.eventsOf(a, b), "op-number %d was given twice: to %s and to %s", op,
		w.describe(int(a.invoke)-1, int(a.outcome)-1), w.describe(int(b.invoke)-1, int(b.outcome)-1))
}

// tooEarly is the violation of rule 2.
func (w *witness) tooEarly(i int, e *histories.Event, r *request) Result {
	first := int(r.whose)
	firstInvoke := w.invokeOf(first)
	return refuted(RealTime, []int{firstInvoke, first, int(r.invoke), i},
		"%s had returned (t=%d) before %s began (t=%d), but has the larger op-number",
		w.describe(firstInvoke, first), w.events[first].T,
		w.describe(int(r.invoke), i), w.events[r.invoke].T)
}

// invokeOf finds the invoke of an outcome by looking back; only for messages.
func (w *witness) invokeOf(outcome int) int {
	for i := outcome; i >= 0; i-- {
		e := &w.events[i]
		if e.Kind == histories.Invoke && e.Client == w.events[outcome].Client {
			return i
		}
	}
	return outcome
}

// eventsOf lists the events of places.
func (w *witness) eventsOf(list ...place) []int {
	var events []int
	for _, p := range list {
		events = append(events, int(p.invoke)-1)
		if p.outcome != 0 {
			events = append(events, int(p.outcome)-1)
		}
	}
	return events
}
