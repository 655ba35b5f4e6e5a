// SPDX-License-Identifier: Apache-2.0

package mc

import (
	"math/bits"
	"sync"
	"sync/atomic"
)

// The limit that the machine sets to any search with a table in memory: how often per second so
// many cores can look at a random place of a table of that size. Benchmarks print how far the
// engine is from it.

// limitBatch is how many addresses are known ahead, as in a worker's batch.
const limitBatch = 64

// RandomAccess looks at random places of a table, and returns a sum that nobody needs. It reads 16
// bytes at each, or swaps the first 8 of them. The places do not depend on what is read.
func RandomAccess(t *Table, workers, perWorker int, swap bool) uint64 {
	var sum atomic.Uint64
	var running sync.WaitGroup
	for w := range workers {
		running.Go(func() {
			words, n, local := t.held.words, uint64(len(t.held.words)/2), uint64(0)
			x := uint64(w+1) * 0x9e3779b97f4a7c15
			var at [limitBatch]uint64
			for range perWorker / limitBatch {
				for i := range at {
					x ^= x << 13
					x ^= x >> 7
					x ^= x << 17
					at[i], _ = bits.Mul64(x, n)
				}
				for _, i := range at {
					if swap {
						atomic.CompareAndSwapUint64(&words[2*i], 0, i)
					} else {
						local += words[2*i] + words[2*i+1]
					}
				}
			}
			sum.Add(local)
		})
	}
	running.Wait()
	return sum.Load()
}

// Table is memory as the table of visited states uses it.
type Table struct{ held region }

// NewTable returns a table of 16 bytes for each slot, all touched once.
func NewTable(slots int) *Table {
	t := &Table{allocate(2 * slots)}
	for i := range t.held.words {
		t.held.words[i] = uint64(i)
	}
	return t
}

// Close gives the memory back.
func (t *Table) Close() { t.held.free() }
