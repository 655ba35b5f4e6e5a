// SPDX-License-Identifier: Apache-2.0

package mc

import (
	"context"
	"errors"
	"fmt"
	"math/bits"
	"runtime"
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
	missDeadlock  bool // a state in which nothing can happen is overlooked
	awakeOnly     bool // and one in which all that can happen is asleep is taken for one
	forgetLevel   bool // a resumed search does not remember the states of a level
	dropAlive     bool // messages are dropped that somebody still waits for
	eagerMoves    bool // what moves and sends is taken for something that only sends
	keepFirst     bool // the initial state keeps its dead messages
}

// tuning is what tests change about the engine.
type tuning struct {
	faults faults
	// width is the first width of the processes' fields. Zero: as wide as one word allows.
	width int
	// memo limits the bytes of a worker's memos. Zero: a share of the memory limit.
	memo int
}

// firstWidth is the largest width of a process's field in a key to begin with.
const firstWidth = 16

// engine is a search under way.
type engine[L, M comparable] struct {
	found[L, M]
	*semantics[L, M]
	*space[L, M]
	search
	model     *Model[L, M]
	ctx       context.Context
	sides     []*side[L, M]    // one for each worker
	claim     *claimTest[L, M] // nil: no claim about dead messages is used
	exchanger *exchanger[L, M] // nil: no claim about symmetry is used
	log       [][]*block       // the levels already expanded
	// interrupted says why the search has to end within a level.
	interrupted atomic.Pointer[string]
	mu          sync.Mutex
	checkpoint  *checkpoint // nil: none
}

// explore searches the model with the engine. Errors are about the model.
func explore[L, M comparable](
	ctx context.Context, m *Model[L, M], o Options, watch *monitor, t tuning,
) (*found[L, M], error) {
	e := &engine[L, M]{
		found: newFound(m), semantics: newReduced(m, o), space: newSpace(m), model: m, ctx: ctx,
		search: search{
			processes: m.Processes, groups: groupsOf(m), rooms: budgetRooms(m.Budgets),
			properties: classify(m), sleep: o.SleepSets, drops: o.DeadMessages,
			sends:  o.EagerSends,
			faults: t.faults, memoLimit: t.memo,
			watch: watch, buckets: 1, level: -1,
			ends: m.Ends != nil,
		},
	}
	e.origins = e.sets.origins
	for p := range e.space.components {
		e.search.components = append(e.search.components, &e.space.components[p].records)
	}
	if o.DeadMessages {
		e.claim = newClaimTest(e.space, e.mortal, newSemantics(m))
	}
	if o.Symmetry {
		if err := e.useSymmetry(); err != nil {
			return nil, err
		}
	}
	defer e.close()
	e.scan, e.each, e.messageCount = e.scanLevel, e.eachState, e.countMessages
	e.interesting.Store(e.properties.alwaysMask | e.properties.sometimesMask)
	workers := o.Workers
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	if e.memoLimit == 0 {
		e.memoLimit = int(watch.limit) / 4 / workers
	}
	if err := e.begin(workers, t.width, o); err != nil {
		e.release()
		return nil, err
	}
	if err := e.run(o); err != nil {
		e.release()
		return nil, err
	}
	e.summarise()
	e.bytes = watch.finalBytes(e.distinct)
	return &e.found, nil
}

// useSymmetry prepares a search that keeps one state of each orbit.
func (e *engine[L, M]) useSymmetry() (err error) {
	if err = e.testInitial(); err != nil {
		return err
	}
	e.symmetry = e.orbits
	e.turning = newTurning(e.orbits.exchanges, e.model.Processes)
	e.exchanger, err = newExchanger(e.space, e.orbits)
	return err
}

// run expands level after level.
func (e *engine[L, M]) run(o Options) error {
	for ; ; e.level++ {
		e.endLevel(countStates(e.current))
		if len(e.current) == 0 || e.broken != nil {
			break
		}
		if err := e.save(); err != nil {
			return err
		}
		e.search.watch.level(e.level, countStates(e.current))
		if e.stopped = o.boundReached(e.level, e.distinct); e.stopped != "" {
			break
		}
		if err := e.expandLevel(); err != nil {
			return err
		}
		if e.stopped != "" || e.dead != nil {
			break
		}
	}
	return nil
}

// begin makes the workers and the first level, or that of a checkpoint.
func (e *engine[L, M]) begin(workers, width int, o Options) (err error) {
	if width == 0 {
		// One word is enough until it proves too small.
		width = min(firstWidth, (63-bits.Len(uint(len(e.rooms)-1)))/e.processes)
	}
	e.layout, _ = newLayout(e.widths(func(int) int { return max(1, width) }))
	e.table = newTable(e.layout.wide, e.watch, e.faults)
	for range workers {
		e.sides = append(e.sides, newSide(e))
	}
	if o.Checkpoint == "" {
		return e.first()
	}
	id := identify(e.model, o)
	var m *manifest
	if o.Resume {
		e.checkpoint, m, err = openCheckpoint(o.Checkpoint, id)
	} else {
		e.checkpoint, err = newCheckpoint(o.Checkpoint, id)
	}
	if err != nil {
		return err
	}
	e.release = e.checkpoint.close
	switch {
	case o.Resume:
		err = e.resume(m)
	default:
		err = e.first()
	}
	e.levelLog = e.checkpoint.levels
	return err
}

// first puts the initial state into the first level.
func (e *engine[L, M]) first() error {
	k := key{lo: occupied}
	for p := range e.processes {
		c := e.component(p, e.locals.id(e.model.Init(p), nil), 0)
		k = e.layout.fields[p].with(k, c)
	}
	s := e.sides[0]
	if e.sends {
		all, fits := s.worker.sendAndDrop(k)
		for ; !fits; all, fits = s.worker.sendAndDrop(k) {
			from := e.layout
			if !e.widen() {
				return errors.New(e.stopped)
			}
			k = from.convert(k, e.layout)
		}
		k = all
	}
	for p := range e.processes {
		// Every process is judged as if its own step had led here.
		if marks := s.worker.marks(k, p) & e.interesting.Load(); marks != 0 {
			s.judge(k, marks)
		}
	}
	s.worker.push(k, 0)
	s.worker.flushAll()
	err := e.gather()
	e.level = 0
	return err
}

// close gives back the memory outside of the Go heap.
func (e *engine[L, M]) close() {
	e.table.close()
	for _, s := range e.sides {
		s.worker.forget()
	}
}

// widths returns the widths of all fields, given that of each process.
func (e *engine[L, M]) widths(of func(p int) int) []int {
	var widths []int
	for p := range e.processes {
		widths = append(widths, of(p))
	}
	return append(widths, bits.Len(uint(len(e.rooms)-1)))
}

// expandLevel replaces the current level by the next.
func (e *engine[L, M]) expandLevel() error {
	expanded := e.current
	for e.cursor.Store(0); ; {
		e.runWorkers()
		for _, s := range e.sides {
			if s.failed != nil {
				return s.failed
			}
		}
		if why := e.interrupted.Load(); why != nil {
			e.stopped = *why
			if c := e.checkpoint; c != nil {
				e.stopped = fmt.Sprintf("%s; level %d of %d states is saved in %s, and the search "+
					"can go on from there: Options.Resume", *why, c.saved,
					e.found.levels[c.saved], c.folder)
			}
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
		if b.stored == nil && (b.arrivals || cap(b.words) > len(b.words)*9/8) {
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
	for _, s := range e.sides[:min(len(e.sides), len(e.current))] {
		running.Go(s.work)
	}
	running.Wait()
}

// gather makes what the workers found the current level, bucket by bucket, and chooses how the
// next one is spread.
func (e *engine[L, M]) gather() error {
	e.current = nil
	for bucket := range maxBuckets {
		for _, s := range e.sides {
			e.current = append(e.current, s.worker.next[bucket]...)
			s.worker.next[bucket], s.worker.open[bucket] = nil, nil
		}
	}
	for _, s := range e.sides {
		if s.failed != nil {
			return s.failed
		}
		e.found.broken = worse(e.found.broken, s.broken)
		e.found.dead = worse(e.found.dead, s.dead)
	}
	if e.claim != nil {
		if err := e.claim.run(len(e.sides)); err != nil {
			return err
		}
	}
	if e.faults.wrongBarrier && len(e.current) > 0 && e.level == 2 {
		e.carryOver()
	}
	e.spread()
	return nil
}

// spread chooses how the states of the next level are spread over blocks.
func (e *engine[L, M]) spread() {
	blocks := uint(countStates(e.current) / blockStates)
	e.buckets = uint32(min(maxBuckets, 1<<max(0, bits.Len(blocks)-1)))
	for p := range e.processes {
		if e.known(p) > e.known(e.by) {
			e.by = p
		}
	}
}

// known returns how many components of a process have been numbered.
func (e *engine[L, M]) known(p int) int { return e.space.components[p].ids.count() }

// carryOver is the defect faults.wrongBarrier.
func (e *engine[L, M]) carryOver() {
	last := e.current[len(e.current)-1]
	at := len(last.words) - last.stride()
	late := &block{layout: last.layout, arrivals: last.arrivals, words: last.words[at:]}
	last.words = last.words[:at]
	e.sides[0].worker.next[0] = []*block{late}
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
	for _, s := range e.sides {
		for bucket, blocks := range s.worker.next {
			for i, b := range blocks {
				blocks[i] = b.convert(to, b.arrivals)
			}
			s.worker.open[bucket] = nil
		}
		clear(s.worker.recent)
	}
	for _, s := range e.sides {
		w := s.worker
		waiting := w.overflows
		w.overflows = nil
		for _, o := range waiting {
			w.reach(from.convert(o.base, to), o.component, o.arrival)
		}
		w.flushAll()
	}
	for _, s := range e.sides {
		if len(s.worker.overflows) > 0 { // Dropping messages has made more components.
			return e.widen()
		}
	}
	return true
}

// maxSpare is the largest number of bits that a widened field has beyond what it needs.
const maxSpare = 8

// wider returns a layout with room for all numbers handed out, if possible of one word, or nil.
// Fields that turned out wider than need be give room to others: one word is half the memory
// and half the misses of two.
func (e *engine[L, M]) wider() *layout {
	for _, words := range []int{1, 2} {
		for spare := maxSpare; spare >= 0; spare-- {
			l, fits := newLayout(e.widths(func(p int) int {
				return bits.Len(uint(e.known(p))) + spare
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
	for _, s := range e.sides {
		s.drain()
		for i, n := range s.fired {
			e.fired[i] += n
			e.generated += n
		}
		e.idle += s.idle
	}
	e.outcomes.countReasons(e.reasons)
	for p := range e.processes {
		e.found.components = append(e.found.components, e.known(p))
	}
}
