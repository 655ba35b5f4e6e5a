// SPDX-License-Identifier: Apache-2.0

package mc

import (
	"context"
	"fmt"
	"runtime"
	"runtime/metrics"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// The monitor watches a search from its own goroutine: it reports progress and notices when the
// memory limit is reached. The search asks it now and then whether to stop.

// samplePeriod is how often memory is measured; progress is reported once per second.
const samplePeriod = 50 * time.Millisecond

// monitor collects the counts that a search publishes.
type monitor struct {
	started time.Time
	limit   int64

	currentLevel, frontier, distinct, generated atomic.Int64
	// levels is the number of states of each level up to the current one.
	mu     sync.Mutex
	levels []int64
	// mapped is the memory that the search took outside of the Go heap.
	mapped    atomic.Int64
	exhausted atomic.Bool
	quit      chan struct{}
	done      chan struct{}
}

// newMonitor starts to watch.
func newMonitor(o Options) *monitor {
	w := &monitor{started: time.Now(), limit: o.MemoryLimit,
		quit: make(chan struct{}), done: make(chan struct{})}
	if w.limit == 0 {
		w.limit = DefaultMemoryLimit
	}
	go w.run(o.Progress)
	return w
}

// close ends the watch and waits until Progress will not be called any more.
func (w *monitor) close() {
	close(w.quit)
	<-w.done
}

// level publishes that a level of so many states is about to be expanded.
func (w *monitor) level(level int, frontier int64) {
	w.currentLevel.Store(int64(level))
	w.frontier.Store(frontier)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.levels = append(w.levels, frontier)
}

// levelsSoFar returns a copy of the numbers of states.
func (w *monitor) levelsSoFar() []int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.levels)
}

// count publishes how far the search is.
func (w *monitor) count(distinct, generated int64) {
	w.distinct.Store(distinct)
	w.generated.Store(generated)
}

// mustStop returns why the search has to end now, or nothing.
func (w *monitor) mustStop(ctx context.Context) string {
	if ctx.Err() != nil {
		return "stopped: " + context.Cause(ctx).Error()
	}
	if w.exhausted.Load() {
		return fmt.Sprintf("memory limit of %d MiB reached: raise Options.MemoryLimit or lower "+
			"the bounds of the model", w.limit>>20)
	}
	return ""
}

// bytes returns the memory in use: the Go heap and what lies outside of it.
func (w *monitor) bytes() int64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	return int64(sample[0].Value.Uint64()) + w.mapped.Load()
}

// finalBytes returns the memory in use at the end of a search of so many states. What is garbage
// by then is not counted where it would matter.
func (w *monitor) finalBytes(states int64) int64 {
	const many = 100_000
	if states > many {
		runtime.GC()
	}
	return w.bytes()
}

// run samples until the search ends.
func (w *monitor) run(progress func(Progress)) {
	defer close(w.done)
	ticker := time.NewTicker(samplePeriod)
	defer ticker.Stop()
	reported, reportedDistinct := w.started, int64(0)
	for {
		select {
		case <-w.quit:
			return
		case <-ticker.C:
		}
		bytes := w.bytes()
		if bytes > w.limit {
			w.exhausted.Store(true)
		}
		now := time.Now()
		if progress == nil || now.Sub(reported) < time.Second {
			continue
		}
		distinct, levels := w.distinct.Load(), w.levelsSoFar()
		progress(Progress{
			Level:    int(w.currentLevel.Load()),
			Distinct: distinct, Generated: w.generated.Load(), Frontier: w.frontier.Load(),
			StatesPerSecond: float64(distinct-reportedDistinct) / now.Sub(reported).Seconds(),
			Levels:          levels,
			Rest:            estimateRest(levels),
			Bytes:           bytes,
			Elapsed:         now.Sub(w.started),
		})
		reported, reportedDistinct = now, distinct
	}
}

// elapsed returns the time since the search began.
func (w *monitor) elapsed() time.Duration { return time.Since(w.started) }
