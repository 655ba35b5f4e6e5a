// SPDX-License-Identifier: Apache-2.0

package linear

// This file makes random histories that are linearizable by construction: a service that executes
// each request at one moment, and clients that are told late, wrongly or never.

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"viewstamp/histories"
)

// unknownMax bounds the requests of unknown outcome in one generated history. Such a request stays
// concurrent with all that follows it, and the search takes time exponential in their number: with
// fifteen at once on one key it gave up after its ten seconds, which is no verdict.
const unknownMax = 6

// shape says what kind of history generate makes.
type shape struct {
	service        string
	clients, steps int
	keys           int
	unknown        int // Per cent of the requests that are given up, and of replies that are lost.
	learnOps       int // Per cent of unknown outcomes that learn their op-number later.
	withOps        bool
	only           []string // Names of operations; empty: all.
}

// checkMany runs a property many times over. One run of rapid is too small to meet the rare cases
// in which keys compete for op-numbers; planted faults there survived it.
func checkMany(t *testing.T, runs int, property func(*rapid.T)) {
	t.Helper()
	if testing.Short() {
		runs = 1
	}
	for i := range runs {
		t.Run(strconv.Itoa(i), func(t *testing.T) { rapid.Check(t, property) })
	}
}

// pending is a request under way.
type pending struct {
	o        operation
	executed bool
	reply    reply
	op       uint64
}

// generate draws a linearizable history of the shape. It executes with the model's apply, so the
// witness is tested against another implementation of the services.
func generate(t *rapid.T, s shape) histories.History {
	h := histories.History{Header: histories.Header{Service: s.service, Origin: "generate"}}
	states := make(map[string]state)
	free := make([]*pending, s.clients) // What each client has outstanding; nil: nothing.
	var lost []*pending                 // Given up by its client; may still be executed.
	req, op, unknowns := make([]uint64, s.clients), uint64(0), 0
	at := int64(1)
	execute := func(p *pending) {
		states[p.o.key], p.reply = states[p.o.key].apply(&p.o)
		op++
		p.executed, p.op = true, op
	}
	for range s.steps {
		if unknowns == unknownMax {
			s.unknown = 0
		}
		// Sometimes two events have the same time: they are concurrent.
		at += int64(rapid.IntRange(0, 2).Draw(t, "pause"))
		c := rapid.IntRange(0, s.clients-1).Draw(t, "client")
		p := free[c]
		switch {
		case len(lost) > 0 && rapid.IntRange(0, 3).Draw(t, "late") == 0:
			execute(lost[0])
			lost = lost[1:]
		case p == nil:
			req[c]++
			p = &pending{o: drawOperation(t, s, c, req[c])}
			free[c] = p
			h.Events = append(h.Events, histories.Event{T: at, Client: c, Req: req[c],
				Kind: histories.Invoke, F: p.o.f, Key: p.o.key, Value: p.o.arg, Old: p.o.old})
		case !p.executed && rapid.IntRange(0, 99).Draw(t, "lose") < s.unknown:
			free[c] = nil
			e := histories.Event{T: at, Client: c, Req: req[c], Kind: histories.Unknown}
			if rapid.IntRange(0, 2).Draw(t, "fail") == 0 {
				e.Kind = histories.Fail
			} else {
				lost = append(lost, p)
				unknowns++
			}
			h.Events = append(h.Events, e)
		case !p.executed:
			execute(p)
		default:
			free[c] = nil
			e := outcome(t, s, at, p)
			if e.Kind == histories.Unknown {
				unknowns++
			}
			h.Events = append(h.Events, e)
		}
	}
	if !s.withOps {
		for i := range h.Events {
			h.Events[i].Op = 0
		}
	}
	return h
}

// outcome is what the client of an executed request is told.
func outcome(t *rapid.T, s shape, at int64, p *pending) histories.Event {
	e := histories.Event{T: at, Client: p.o.client, Req: p.o.req}
	if rapid.IntRange(0, 99).Draw(t, "lost reply") < s.unknown {
		e.Kind = histories.Unknown
		if rapid.IntRange(0, 99).Draw(t, "learns op") < s.learnOps {
			e.Op = p.op
		}
		return e
	}
	e.Kind, e.Value, e.Op = histories.OK, p.reply.value, p.op
	if p.reply.err {
		e.Error = "ERR value is not an integer or out of range"
	}
	return e
}

// drawOperation draws a request. Values are few, so that different orders give equal results and
// the checkers have something to find out.
func drawOperation(t *rapid.T, s shape, client int, req uint64) operation {
	table := slices.DeleteFunc(histories.Operations(s.service), func(o histories.Operation) bool {
		return len(s.only) > 0 && !slices.Contains(s.only, o.F)
	})
	row := table[rapid.IntRange(0, len(table)-1).Draw(t, "f")]
	o := operation{code: codeOf(row.F), f: row.F, client: client, req: req,
		key: fmt.Sprintf("k%d", rapid.IntRange(0, s.keys-1).Draw(t, "key"))}
	if row.TakesValue {
		o.arg = histories.Some(strconv.Itoa(rapid.IntRange(1, 3).Draw(t, "value")))
	}
	if row.TakesOld && (s.service == histories.ServiceKV || rapid.Bool().Draw(t, "has old")) {
		o.old = histories.Some(strconv.Itoa(rapid.IntRange(1, 3).Draw(t, "old")))
	}
	return o
}

// drawShape draws the kind of history.
func drawShape(t *rapid.T, withOps bool) shape {
	s := shape{
		service: rapid.SampledFrom([]string{histories.ServiceRegister, histories.ServiceKV,
			histories.ServiceLock}).Draw(t, "service"),
		clients: rapid.IntRange(1, 5).Draw(t, "clients"),
		steps:   rapid.IntRange(6, 60).Draw(t, "steps"),
		keys:    rapid.IntRange(1, 3).Draw(t, "keys"),
		unknown: rapid.SampledFrom([]int{0, 0, 10, 25}).Draw(t, "unknown"), withOps: withOps,
		learnOps: rapid.SampledFrom([]int{0, 50, 100}).Draw(t, "learn ops"),
	}
	// Few kinds of operations meet more often: reads then see the writes of unknown outcome.
	if s.service == histories.ServiceKV && rapid.Bool().Draw(t, "few kinds") {
		s.only = []string{"get", "set", "append", "incr"}
	}
	return s
}

// workload makes a linearizable history without rapid, fast enough for millions of operations:
// half reads, half writes (sets with some increments), each client always busy.
func workload(t require.TestingT, operations, clients, keys int) histories.History {
	random := rand.New(rand.NewPCG(1, 2))
	h := histories.History{Header: histories.Header{Service: histories.ServiceKV}}
	h.Events = make([]histories.Event, 0, 2*operations)
	names, values := make([]string, keys), make([]string, 1000)
	for i := range names {
		names[i] = fmt.Sprintf("key-%06d", i)
	}
	for i := range values {
		values[i] = fmt.Sprint(i)
	}
	states := make([]state, keys)
	type client struct {
		key  int
		o    operation
		busy bool
	}
	list := make([]client, clients)
	for op := uint64(0); op < uint64(operations); {
		c := random.IntN(clients)
		at := &list[c]
		e := histories.Event{T: int64(len(h.Events)) + 1, Client: c}
		if !at.busy {
			at.busy, at.key = true, random.IntN(keys)
			at.o = operation{f: "get", code: get, req: at.o.req + 1}
			switch random.IntN(4) {
			case 0:
				at.o.f, at.o.code = "set", set
				at.o.arg = histories.Some(values[random.IntN(len(values))])
			case 1:
				at.o.f, at.o.code = "incr", incr
			}
			e.Req, e.Kind, e.F, e.Key, e.Value = at.o.req, histories.Invoke, at.o.f, names[at.key], at.o.arg
		} else {
			var r reply
			states[at.key], r = states[at.key].apply(&at.o)
			op++
			at.busy = false
			e.Req, e.Kind, e.Op, e.Value = at.o.req, histories.OK, op, r.value
		}
		h.Events = append(h.Events, e)
	}
	return h
}
