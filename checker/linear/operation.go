// SPDX-License-Identifier: Apache-2.0

package linear

// This file turns the events of a history into operations, the intervals that the search orders.

import (
	"fmt"
	"math"
	"slices"
	"sort"
	"strings"

	"viewstamp/histories"
)

// code is the name of an operation as a small number.
type code uint8

// The codes. Those of all services are distinct, so that a step needs no service.
const (
	noCode code = iota
	read
	write
	cas
	get
	exists
	set
	setNX
	setXX
	del
	incr
	appendTo
	acquire
	release
)

// codeOf finds the code of an operation; noCode if there is none. mget of one key is a get.
func codeOf(f string) code {
	switch f {
	case "get", "mget":
		return get
	case "set":
		return set
	case "incr":
		return incr
	case "read":
		return read
	case "write":
		return write
	case "cas":
		return cas
	case "append":
		return appendTo
	case "exists":
		return exists
	case "set-nx":
		return setNX
	case "set-xx":
		return setXX
	case "del":
		return del
	case "acquire":
		return acquire
	case "release":
		return release
	}
	return noCode
}

// reads is true for operations that never change anything.
func (c code) reads() bool { return c == read || c == get || c == exists }

// blind is true for operations that change the state to something that does not depend on it, and
// whose result tells nothing.
func (c code) blind() bool { return c == write || c == set }

// never is the end of an operation that has none.
const never = math.MaxInt64

// operation is one request from its invoke to its outcome, both ends included.
//
// The search orders these intervals; result and op-number are what the order has to explain.
type operation struct {
	code     code
	known    bool // The outcome is ok, and result, failed hold what was returned.
	failed   bool // The service answered with an error reply.
	f, key   string
	arg, old histories.Value
	result   histories.Value
	call     int64
	ret      int64 // never if the outcome is unknown.
	op       uint64
	client   int
	req      uint64
	invoke   int // Index of the invoke in History.Events.
	outcome  int // Index of the outcome; -1 if there is none.
}

// compile lists the operations of a valid history in order of their invokes. Failed operations
// and reads of unknown outcome are left out: their results say nothing.
func compile(h histories.History) []operation {
	return slices.DeleteFunc(compileAll(h), operation.unknownRead)
}

// unknownRead tells whether the operation can neither change nor show anything.
func (o operation) unknownRead() bool { return !o.known && o.code.reads() }

// compileAll also keeps reads of unknown outcome that have an op-number: no other operation may
// have the same.
func compileAll(h histories.History) []operation {
	open := map[int]int{} // By client: index in list of its last request.
	var list []operation
	dropped := map[int]bool{} // By index in list: it failed.
	for i, e := range h.Events {
		switch e.Kind {
		case histories.Invoke:
			open[e.Client] = len(list)
			list = append(list, operation{code: codeOf(e.F), f: e.F, key: e.Key, arg: e.Value,
				old: e.Old, call: e.T, ret: never, client: e.Client, req: e.Req, invoke: i, outcome: -1})
		case histories.OK:
			o := &list[open[e.Client]]
			o.known, o.failed, o.result = true, e.Error != "", e.Value
			o.ret, o.op, o.outcome = e.T, e.Op, i
		case histories.Fail: // Certainly no effect: as if it had never been sent.
			dropped[open[e.Client]] = true
		case histories.Unknown: // As if it were still open, but for what was learned later.
			o := &list[open[e.Client]]
			o.op, o.outcome = e.Op, i
		}
	}
	kept := list[:0]
	for i, o := range list {
		if !dropped[i] && (o.op != 0 || !o.unknownRead()) {
			kept = append(kept, o)
		}
	}
	return kept
}

// byKey groups operations by key, keys in order. Each key is a history of its own: a history is
// linearizable if and only if it is so for each object alone.
func byKey(list []operation) [][]operation {
	at := map[string]int{}
	var groups [][]operation
	for _, o := range list {
		i, found := at[o.key]
		if !found {
			i = len(groups)
			at[o.key] = i
			groups = append(groups, nil)
		}
		groups[i] = append(groups[i], o)
	}
	sort.Slice(groups, func(i, j int) bool { return groups[i][0].key < groups[j][0].key })
	return groups
}

// String describes the operation, for pictures and messages: set(a, "1") -> "OK".
func (o operation) String() string {
	var b strings.Builder
	var arguments []string
	if o.key != "" {
		arguments = append(arguments, o.key)
	}
	if o.code == cas {
		arguments = append(arguments, o.old.String())
	}
	if o.arg.Present {
		arguments = append(arguments, o.arg.String())
	}
	fmt.Fprintf(&b, "%s(%s) -> ", o.f, strings.Join(arguments, ", "))
	switch {
	case !o.known:
		b.WriteString("?")
	case o.failed:
		b.WriteString("error")
	default:
		b.WriteString(o.result.String())
	}
	if o.op != 0 {
		fmt.Fprintf(&b, " @%d", o.op)
	}
	return b.String()
}
