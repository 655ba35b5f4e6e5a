// SPDX-License-Identifier: Apache-2.0

package linear

// This file is the search: porcupine on each key, within a time and a memory limit.

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/metrics"
	"slices"
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
	return trueCheckers().check(ctx, h, options, byValue)
}

// check is Check with any step.
func (c checkers) check(ctx context.Context, h histories.History, o Options, next step) Result {
	start := time.Now()
	if err := h.Validate(); err != nil {
		return unknown(Malformed, "%v", err)
	}
	// Each key alone: that keeps a search small, and makes several of them.
	list := c.compile(h)
	groups := byKey(list)
	result := search(ctx, groups, o.withDefaults(), next)
	result.Operations, result.Keys = len(list), len(groups)
	result.Duration = time.Since(start)
	return result
}

// search checks all keys, those first that look easy: a refuted key ends the search, and a key
// that is refuted quickly saves the time for one that would take for ever.
func search(ctx context.Context, groups [][]operation, options Options, next step) Result {
	ctx, cancel := context.WithTimeout(ctx, options.Timeout)
	defer cancel()
	order := easyFirst(groups)
	results := make([]porcupine.CheckResult, len(order))
	reasons := make([]string, len(order))
	var taken atomic.Int64 // How many keys have been taken by a worker.
	var workers sync.WaitGroup
	for range min(options.Workers, len(order)) {
		workers.Go(func() {
			for {
				i := int(taken.Add(1)) - 1
				if i >= len(order) {
					return
				}
				gate := newGate(ctx, options, len(order[i]))
				results[i] = searchKey(ctx, order[i], next, gate)
				reasons[i] = gate.why(options)
				gate.close()
				// The others need not go on, and must not hold up the verdict.
				if results[i] == porcupine.Illegal {
					cancel()
				}
			}
		})
	}
	workers.Wait()
	return summarise(order, results, reasons)
}

// easyFirst sorts keys by how much is open at once on them, which is what makes a search
// expensive, and then by their length.
func easyFirst(groups [][]operation) [][]operation {
	type cost struct{ open, length, index int }
	costs := make([]cost, len(groups))
	for i, g := range groups {
		costs[i] = cost{concurrency(g), len(g), i}
	}
	slices.SortFunc(costs, func(a, b cost) int {
		return cmp.Or(cmp.Compare(a.open, b.open), cmp.Compare(a.length, b.length),
			cmp.Compare(a.index, b.index))
	})
	order := make([][]operation, len(groups))
	for i, c := range costs {
		order[i] = groups[c.index]
	}
	return order
}

// summarise makes one Result of those of the keys. A refuted key decides, whatever the others.
func summarise(order [][]operation, results []porcupine.CheckResult, reasons []string) Result {
	for i, r := range results {
		if r == porcupine.Illegal {
			key := order[i][0].key
			result := refuted(Values, nil, "no order of %s%s explains the results",
				count(len(order[i]), "operation"), onKey(key))
			result.Key, result.Keyed = key, true
			return result
		}
	}
	// The first that gave up stands for all. A key that nobody took has not been checked either.
	for i, r := range results {
		if r != porcupine.Ok {
			result := unknown(Limit, "gave up on %s%s, up to %d at once: %s",
				count(len(order[i]), "operation"), onKey(order[i][0].key), concurrency(order[i]), reasons[i])
			result.Key, result.Keyed = order[i][0].key, true
			return result
		}
	}
	return Result{Verdict: Linearizable}
}

// searchKey checks the operations of one key.
func searchKey(ctx context.Context, list []operation, next step, gate *gate) porcupine.CheckResult {
	left := time.Until(deadline(ctx))
	if left <= 0 || ctx.Err() != nil || gate.hopeless(len(list)) {
		return porcupine.Unknown
	}
	result := porcupine.CheckOperationsTimeout(model(next, gate), intervals(list), left)
	if result == porcupine.Illegal && (gate.shut.Load() || ctx.Err() != nil) {
		// A shut gate refuses every step, so that the search ends; it has refuted nothing.
		return porcupine.Unknown
	}
	return result
}

// deadline is that of the search. porcupine takes a duration instead of a context.
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

// gate stands before every step of the search of one key. It shuts when the caller has lost
// interest or the heap is too large: porcupine has no limit for memory, and its timer alone
// would let a search go on unseen.
type gate struct {
	ctx         context.Context // Of the whole search; porcupine makes its own for each key.
	close       func() bool     // Releases what the gate holds.
	memoryBytes uint64
	stepBytes   uint64        // Upper estimate of what the search keeps for each step.
	steps       uint64        // One goroutine searches a key.
	heap        atomic.Uint64 // Size of the heap, or what it would need, if that was too much.
	shut        atomic.Bool
}

func newGate(ctx context.Context, options Options, operations int) *gate {
	g := &gate{ctx: ctx, memoryBytes: options.MemoryBytes}
	// A step that succeeds keeps a bit for each operation and a state.
	g.stepBytes = uint64(operations)/8 + 150
	g.close = context.AfterFunc(ctx, func() { g.shut.Store(true) })
	return g
}

// hopeless tells whether even a search that never has to go back needs more than the limit: each
// of its n steps keeps a set of n bits.
func (g *gate) hopeless(operations int) bool {
	needs := uint64(operations) * uint64(operations) / 8
	if needs <= g.memoryBytes {
		return false
	}
	g.heap.Store(needs)
	return true
}

// stepsPerLook is how many steps pass between two looks at the heap.
const stepsPerLook = 1 << 15

// open tells whether the search may go on.
func (g *gate) open(ctx context.Context) bool {
	if g.shut.Load() {
		return false
	}
	if g.steps++; g.steps%stepsPerLook != 0 {
		return true
	}
	if ctx.Err() != nil || g.tooLarge() {
		g.shut.Store(true)
		return false
	}
	return true
}

// tooLarge tells whether the heap is at its limit and this key can be the reason.
func (g *gate) tooLarge() bool {
	if g.steps*g.stepBytes < g.memoryBytes/4 || heapBytes() < g.memoryBytes {
		return false
	}
	// What an earlier key has left behind still counts until it is collected.
	runtime.GC()
	heap := heapBytes()
	if heap < g.memoryBytes/4*3 {
		return false
	}
	g.heap.Store(heap)
	return true
}

// why says which limit was reached.
func (g *gate) why(options Options) string {
	if heap := g.heap.Load(); heap > 0 {
		return fmt.Sprintf("it needs %d MiB of heap, the limit is %d MiB", heap>>20, g.memoryBytes>>20)
	}
	if errors.Is(g.ctx.Err(), context.Canceled) {
		return "cancelled"
	}
	return fmt.Sprintf("not finished within %v", options.Timeout)
}

// heapBytes is the memory that objects on the heap take, dead ones included.
func heapBytes() uint64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}
