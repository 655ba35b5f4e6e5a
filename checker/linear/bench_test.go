// SPDX-License-Identifier: Apache-2.0

package linear

// This file measures the witness, beside porcupine on the same history in the same run.

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"viewstamp/histories"
)

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

// BenchmarkWitness prints operations per second of the witness, and how many times that is what
// porcupine does on the same history (and what it does if it is told the op-numbers).
func BenchmarkWitness(b *testing.B) {
	for _, size := range []struct{ operations, clients, keys int }{
		{100_000, 8, 1000}, {1_000_000, 8, 10_000}, {1_000_000, 64, 10_000},
	} {
		name := fmt.Sprintf("operations=%d/clients=%d/keys=%d", size.operations, size.clients, size.keys)
		b.Run(name, func(b *testing.B) {
			h := workload(b, size.operations, size.clients, size.keys)
			require.NoError(b, h.Validate())
			search := func(next step) float64 {
				start := time.Now()
				result := trueCheckers().check(context.Background(), h, Options{Workers: 1}, next)
				require.Equal(b, Linearizable, result.Verdict, "%v", result)
				return time.Since(start).Seconds()
			}
			plain, ordered := search(byValue), search(byValueAndOp)
			b.ResetTimer()
			for b.Loop() {
				result := Witness(h)
				require.Equal(b, Linearizable, result.Verdict, "%v", result)
			}
			seconds := b.Elapsed().Seconds() / float64(b.N)
			b.ReportMetric(float64(size.operations)/seconds, "ops/s")
			b.ReportMetric(plain/seconds, "×porcupine")
			b.ReportMetric(ordered/seconds, "×porcupine-with-ops")
		})
	}
}
