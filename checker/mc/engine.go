// SPDX-License-Identifier: Apache-2.0

package mc

import (
	"context"
	"fmt"
	"math/bits"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
)

// The engine: breadth-first search, level by level, with all cores. A level is finished before
// its verdict is looked at, so that the first broken state found is at the least depth and what
// is reported does not depend on scheduling.

// faults are deliberate defects of the engine. Tests plant them to see that they are noticed.
type faults struct {
	loseSuccessor bool // a list of reactions loses its last element
	staleMemo     bool // a list is taken for that of another set of messages
	wrongBarrier  bool // a state is carried over to the level after its own
	cutKeys       bool // a bit of every key is lost on the way into the table
	loseKey       bool // a shard loses a key when it grows
	forgetFresh   bool // sleep sets overlook what the last step sent
}

// tuning is what tests change about the engine.
type tuning struct {
	faults faults
	// width is the first width of the processes' fields. Zero: firstWidth.
	width int
	// memo limits the bytes of a worker's memos. Zero: a share of the memory limit.
	memo int
}

// firstWidth is the number of bits of a process's field in a key to begin with.
const firstWidth = 8

// engine is a search under way.
type engine[L, M comparable] struct {
	found[L, M]
	*semantics[L, M]
	*space[L, M]
	model  *Model[L, M]
	ctx    context.Context
	watch  *monitor
	tuning tuning
	sleep  bool

	groups    []group
	rooms     []uint16
	layout    *layout
	table     *table
	workers   []*worker[L, M]
	memoLimit int

	level   int
	current []*block   // the level under expansion
	log     [][]*block // the levels already expanded
	cursor  atomic.Int64
	pause   atomic.Bool // workers return after the block in hand
	// interrupted says why the search has to end within a level.
	interrupted atomic.Pointer[string]
	interesting atomic.Uint64
	mu          sync.Mutex
}

// explore searches the model with the engine. Errors are about the model.
func explore[L, M comparable](
	ctx context.Context, m *Model[L, M], o Options, watch *monitor, t tuning,
) (*found[L, M], error) {
	e := &engine[L, M]{
		found: newFound(m), semantics: newSemantics(m), space: newSpace(m), model: m, ctx: ctx,
		watch: watch, tuning: t, sleep: o.SleepSets,
		groups: groupsOf(m), rooms: budgetRooms(m.Budgets), level: -1,
	}
	defer func() { e.table.close() }()
	e.scan = e.scanLevel
	e.interesting.Store(e.properties.alwaysMask | e.properties.sometimesMask)
	e.memoLimit = t.memo
	workers := o.Workers
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	if e.memoLimit == 0 {
		e.memoLimit = int(watch.limit) / 4 / workers
	}
	if err := e.begin(workers); err != nil {
		return nil, err
	}
	for e.level = 0; ; e.level++ {
		e.endLevel(countStates(e.current))
		if len(e.current) == 0 || e.broken != nil {
			break
		}
		watch.level(e.level, countStates(e.current))
		if e.stopped = o.boundReached(e.level, e.distinct); e.stopped != "" {
			break
		}
		if err := e.expandLevel(); err != nil {
			return nil, err
		}
		if e.stopped != "" {
			break
		}
	}
	e.summarise()
	e.bytes = watch.bytes()
	return &e.found, nil
}

// begin puts the initial state into the first level.
func (e *engine[L, M]) begin(workers int) error {
	width := e.tuning.width
	if width == 0 {
		width = firstWidth
	}
	e.layout, _ = newLayout(e.widths(func(int) int { return width }))
	if e.layout == nil {
		e.layout, _ = newLayout(e.widths(func(int) int { return 2 }))
	}
	e.table = newTable(e.layout.wide, e.watch, e.tuning.faults)
	for range workers {
		e.workers = append(e.workers, newWorker(e))
	}
	k := key{lo: occupied}
	for p := range e.model.Processes {
		c := e.component(p, e.locals.id(e.model.Init(p), nil), 0)
		k = e.layout.fields[p].with(k, c)
	}
	w := e.workers[0]
	for p := range e.model.Processes {
		// Every process is judged as if its own step had led here.
		if marks := w.marks(k, p) & e.interesting.Load(); marks != 0 {
			w.judge(k, marks)
		}
	}
	w.push(k, 0)
	w.flush(shardOf(k.hash()))
	w.publish()
	return e.gather()
}

// widths returns the widths of all fields, given that of each process.
func (e *engine[L, M]) widths(of func(p int) int) []int {
	var widths []int
	for p := range e.model.Processes {
		widths = append(widths, of(p))
	}
	return append(widths, bits.Len(uint(len(e.rooms)-1)))
}

// expandLevel replaces the current level by the next.
func (e *engine[L, M]) expandLevel() error {
	expanded := e.current
	for e.cursor.Store(0); ; {
		e.runWorkers()
		for _, w := range e.workers {
			if w.failed != nil {
				return w.failed
			}
		}
		if why := e.interrupted.Load(); why != nil {
			e.stopped = *why
			break
		}
		if !e.pause.Load() {
			break
		}
		// The only other reason to pause: numbers have outgrown the layout.
		if !e.widen() {
			break
		}
	}
	for i, b := range expanded {
		if b.arrivals {
			expanded[i] = b.convert(b.layout, false)
		}
	}
	e.log = append(e.log, expanded)
	return e.gather()
}

// runWorkers lets all workers expand what is left of the current level.
func (e *engine[L, M]) runWorkers() {
	e.pause.Store(false)
	var running sync.WaitGroup
	for _, w := range e.workers[:min(len(e.workers), len(e.current))] {
		running.Go(w.work)
	}
	running.Wait()
}

// gather makes what the workers found the current level.
func (e *engine[L, M]) gather() error {
	var late *block
	e.current = nil
	for _, w := range e.workers {
		if w.failed != nil {
			return w.failed
		}
		e.current = append(e.current, w.next...)
		w.next = nil
		e.found.broken = worse(e.found.broken, w.broken)
	}
	if n := len(e.current); e.tuning.faults.wrongBarrier && n > 0 && e.level == 2 {
		last := e.current[n-1]
		late = &block{layout: last.layout, arrivals: last.arrivals}
		at := len(last.words) - last.stride()
		late.words = append(late.words, last.words[at:]...)
		last.words = last.words[:at]
		e.workers[0].next = []*block{late}
	}
	return nil
}

// widen gives every field room for the numbers handed out so far and as many again, rewrites
// what is stored, and inserts the transitions that waited for it. It reports whether the search
// can go on.
func (e *engine[L, M]) widen() bool {
	from := e.layout
	to := e.wider()
	if to == nil {
		e.stopped = fmt.Sprintf("the components of %d processes are so many that a state does "+
			"not fit into 127 bits: lower the bounds of the model", e.model.Processes)
		return false
	}
	e.layout = to
	e.table = e.table.convert(from, to)
	rest := e.current[min(int(e.cursor.Load()), len(e.current)):]
	e.current = nil
	for _, b := range rest {
		e.current = append(e.current, b.convert(to, b.arrivals))
	}
	e.cursor.Store(0)
	for _, w := range e.workers {
		for i, b := range w.next {
			w.next[i] = b.convert(to, b.arrivals)
		}
		clear(w.recent)
	}
	for _, w := range e.workers {
		for _, o := range w.overflows {
			p := o.arrival.process()
			w.push(to.fields[p].with(from.convert(o.base, to), o.component), o.arrival)
		}
		w.overflows = nil
		for i := range w.buffers {
			w.flush(i)
		}
	}
	return true
}

// wider returns a layout with room for all numbers handed out, if possible of one word, or nil.
func (e *engine[L, M]) wider() *layout {
	for _, words := range []int{1, 2} {
		for spare := 2; spare >= 0; spare-- {
			l, fits := newLayout(e.widths(func(p int) int {
				known := bits.Len(uint(e.space.components[p].ids.count()))
				return max(e.layout.widths[p], known+spare)
			}))
			if fits && l.words() <= words {
				return l
			}
		}
	}
	return nil
}

// summarise adds up what the workers counted.
func (e *engine[L, M]) summarise() {
	for _, w := range e.workers {
		for i, n := range w.fired {
			e.fired[i] += n
			e.generated += n
		}
		e.idle += w.idle
	}
	e.outcomes.countReasons(e.reasons)
	for p := range e.model.Processes {
		e.found.components = append(e.found.components, e.space.components[p].ids.count())
	}
}

// scanLevel implements levelScan: it visits the states that differ from the target in at most
// one component.
func (e *engine[L, M]) scanLevel(
	level int, target *state[L, M], visit func(*state[L, M]) error,
) error {
	wanted := make([]uint32, e.model.Processes)
	for p := range wanted {
		ids := make([]uint32, len(target.sent[p]))
		for i, m := range target.sent[p] {
			ids[i] = e.messages.id(m, nil)
		}
		slices.Sort(ids)
		wanted[p] = e.component(p, e.locals.id(target.locals[p], nil), e.sets.of(ids))
	}
	var err error
	for _, b := range e.log[level] {
		b.each(func(k key, _ arrival) {
			differ := 0
			for p := range wanted {
				if b.layout.fields[p].get(k) != wanted[p] {
					differ++
				}
			}
			if differ <= 1 && err == nil {
				err = visit(e.workers[0].decode(k, b.layout))
			}
		})
	}
	return err
}
