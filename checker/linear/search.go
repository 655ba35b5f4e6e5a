// SPDX-License-Identifier: Apache-2.0

package linear

// This file is the search: porcupine on each key, within a time and a memory limit.

import (
	"context"
	"fmt"
	"runtime"
	"runtime/metrics"
	"sync"
	"sync/atomic"
	"time"

	"github.com/anishathalye/porcupine"

	"viewstamp/histories"
)

// Defaults of Options.
const (
	defaultTimeout     = time.Minute
	defaultMemoryBytes = 2 << 30
)

func (o Options) withDefaults() Options {
	if o.Timeout <= 0 {
		o.Timeout = defaultTimeout
	}
	if o.MemoryBytes == 0 {
		o.MemoryBytes = defaultMemoryBytes
	}
	if o.Workers <= 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	return o
}

// Check searches for an order of the operations that explains all results and respects real
// time. It ignores op-numbers. A cancelled context or a limit gives Unknown.
func Check(ctx context.Context, h histories.History, options Options) Result {
	return check(ctx, h, options, byValue)
}

// check is Check with any step.
func check(ctx context.Context, h histories.History, options Options, next step) Result {
	start := time.Now()
	if err := h.Validate(); err != nil {
		return unknown(Malformed, "%v", err)
	}
	list := compile(h)
	groups := byKey(list)
	result := search(ctx, groups, options.withDefaults(), next)
	result.Operations, result.Keys = len(list), len(groups)
	result.Duration = time.Since(start)
	return result
}

// search checks all keys. It stops at the first key that is refuted; of several that were being
// checked at that time, the first in order of keys is reported, so that reports are stable.
func search(ctx context.Context, groups [][]operation, options Options, next step) Result {
	ctx, cancel := context.WithTimeout(ctx, options.Timeout)
	defer cancel()
	gate := &gate{ctx: ctx, memoryBytes: options.MemoryBytes}
	results := make([]porcupine.CheckResult, len(groups))
	var taken, bad atomic.Int64
	var workers sync.WaitGroup
	for range min(options.Workers, len(groups)) {
		workers.Go(func() {
			for bad.Load() == 0 {
				i := int(taken.Add(1)) - 1
				if i >= len(groups) {
					return
				}
				results[i] = searchKey(ctx, groups[i], next, gate)
				if results[i] != porcupine.Ok {
					bad.Add(1)
				}
			}
		})
	}
	workers.Wait()
	return summarise(ctx, groups, results, gate, options)
}

// summarise makes one Result of those of the keys. A refuted key decides, whatever the others.
func summarise(ctx context.Context, groups [][]operation, results []porcupine.CheckResult,
	gate *gate, options Options) Result {
	for i, r := range results {
		if r == porcupine.Illegal {
			key := groups[i][0].key
			result := refuted(Values, nil, "no order of the %d operations on key %q explains their results",
				len(groups[i]), key)
			result.Key, result.Keyed = key, true
			return result
		}
	}
	for i, r := range results {
		if r == porcupine.Unknown {
			result := unknown(Limit, "gave up on key %q (%d operations, up to %d at once): %s",
				groups[i][0].key, len(groups[i]), concurrency(groups[i]), gate.why(ctx, options))
			result.Key, result.Keyed = groups[i][0].key, true
			return result
		}
	}
	return Result{Verdict: Linearizable}
}

// searchKey checks the operations of one key.
func searchKey(ctx context.Context, list []operation, next step, gate *gate) porcupine.CheckResult {
	left := time.Until(deadline(ctx))
	if left <= 0 || gate.shut.Load() {
		return porcupine.Unknown
	}
	result := porcupine.CheckOperationsTimeout(model(next, gate), intervals(list), left)
	if result == porcupine.Illegal && (gate.shut.Load() || ctx.Err() != nil) {
		// A shut gate refuses every step, so that the search ends; it has refuted nothing.
		return porcupine.Unknown
	}
	return result
}

func deadline(ctx context.Context) time.Time {
	t, found := ctx.Deadline()
	if !found {
		panic("linear: search without a deadline")
	}
	return t
}

// intervals gives operations the form that porcupine wants.
func intervals(list []operation) []porcupine.Operation {
	out := make([]porcupine.Operation, len(list))
	for i := range list {
		out[i] = porcupine.Operation{ClientId: list[i].client, Input: &list[i],
			Call: list[i].call, Return: list[i].ret}
	}
	return out
}

// concurrency is the largest number of operations that are open at once: what makes a search
// expensive.
func concurrency(list []operation) int {
	most := 0
	var open []int64 // Ends of those that may still be open.
	for _, o := range list {
		kept := open[:0]
		for _, end := range open {
			if end >= o.call {
				kept = append(kept, end)
			}
		}
		open = append(kept, o.ret)
		most = max(most, len(open))
	}
	return most
}

// gate stands before every step of a search and shuts when the caller has lost interest or the
// heap is too large. porcupine has no limit for memory, and its timer cannot interrupt a step.
type gate struct {
	ctx         context.Context // Of the whole search; porcupine makes its own for each key.
	memoryBytes uint64
	heap        atomic.Uint64 // Size of the heap when the gate shut.
	steps       atomic.Uint64
	shut        atomic.Bool
}

// stepsPerLook is how many steps pass between two looks at the heap: about 10 ms.
const stepsPerLook = 1 << 15

// open tells whether the search may go on.
func (g *gate) open(ctx context.Context) bool {
	if g.shut.Load() {
		return false
	}
	if g.steps.Add(1)%stepsPerLook != 0 {
		return true
	}
	if ctx.Err() != nil || g.ctx.Err() != nil {
		g.shut.Store(true)
		return false
	}
	if heap := heapBytes(); heap > g.memoryBytes {
		g.heap.Store(heap)
		g.shut.Store(true)
		return false
	}
	return true
}

// why says which limit was reached.
func (g *gate) why(ctx context.Context, options Options) string {
	if heap := g.heap.Load(); heap > 0 {
		return fmt.Sprintf("the heap has %d MiB, the limit is %d MiB", heap>>20, g.memoryBytes>>20)
	}
	if err := context.Cause(ctx); err != nil && err != context.DeadlineExceeded {
		return err.Error()
	}
	return fmt.Sprintf("not finished within %v", options.Timeout)
}

// heapBytes is the memory that objects on the heap take, dead ones included.
func heapBytes() uint64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}
