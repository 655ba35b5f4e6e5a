// SPDX-License-Identifier: Apache-2.0

package mc

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
)

// Resuming: what the numbers of a checkpoint mean is found out by asking the steps again, and the
// table of visited states is filled from the levels.

// asked is an outcome with the input that it belongs to, in the order in which they were stored.
type asked struct {
	outcomeKey
	*outcome
}

// inputs returns the numbers of the messages.
func (a *asked) inputs() []uint32 {
	var in []uint32
	for _, id := range a.in {
		if id == 0 {
			break
		}
		in = append(in, id-1)
	}
	return in
}

// append encodes a question and its answer.
func (a *asked) append(b []byte) []byte {
	for _, n := range []uint32{a.step, a.process, a.choice, a.outcomeKey.local} {
		b = binary.AppendUvarint(b, uint64(n))
	}
	b = appendNumbers(b, a.inputs())
	if a.reason != "" {
		return append(b, 1)
	}
	b = append(b, 0)
	b = binary.AppendUvarint(b, uint64(a.outcome.local))
	return appendNumbers(b, a.out)
}

// since lists the outcomes from a number on, in their order: the inputs of each are among the
// answers before it.
func (o *outcomes) since(first uint32) []asked {
	var list []asked
	for i := range o.shards {
		for k, outcome := range o.shards[i].known {
			if outcome.number >= first {
				list = append(list, asked{k, outcome})
			}
		}
	}
	slices.SortFunc(list, func(a, b asked) int { return cmp.Compare(a.number, b.number) })
	return list
}

// values are local states or messages by their numbers, as far as known.
type values[T comparable] map[uint32]T

// learn notes what a number means. It reports whether that agrees with what is known.
func (v values[T]) learn(id uint32, value T) bool {
	known, ok := v[id]
	v[id] = value
	return !ok || known == value
}

// resumption is a search that is about to go on.
type resumption[L, M comparable] struct {
	*engine[L, M]
	locals     values[L]
	messages   values[M]
	outcomes   []asked
	sets       [][]uint32
	origins    []origin
	components [][][2]uint32
}

// resume brings the engine to the state that a manifest describes.
func (e *engine[L, M]) resume(m *manifest) error {
	x := &resumption[L, M]{engine: e, locals: values[L]{}, messages: values[M]{},
		components: make([][][2]uint32, e.processes)}
	for p := range e.processes {
		id := e.space.locals.id(e.model.Init(p), nil)
		x.locals[id] = e.space.locals.value(id)
	}
	r := e.checkpoint.numbers.reader()
	for r.more() && r.err == nil {
		if err := x.readNumbers(r); err != nil {
			return fmt.Errorf("resume: %w", err)
		}
	}
	if r.err != nil {
		return fmt.Errorf("resume: %s: %w", numbersFile, r.err)
	}
	if err := x.number(); err != nil {
		return fmt.Errorf("resume: %w", err)
	}
	e.found.levels = m.Levels[:len(m.Levels)-1]
	for level, states := range e.found.levels {
		e.distinct += states
		e.search.watch.level(level, states)
	}
	e.level, e.reached, e.idle = len(m.Levels)-1, m.Reached, m.Idle
	for i, n := range m.Fired {
		e.fired[i] = n
		e.generated += n
	}
	for i, depth := range e.reached {
		if depth >= 0 {
			e.interesting.And(^(uint64(1) << (e.properties.always + i)))
		}
	}
	if err := x.readLevels(m); err != nil {
		return fmt.Errorf("resume: %s: %w", levelsFile, err)
	}
	return nil
}

// readNumbers reads what one checkpoint has added.
func (x *resumption[L, M]) readNumbers(r *logReader) error {
	const any = math.MaxUint32
	list := func() []uint32 {
		var numbers []uint32
		for range r.count() {
			numbers = append(numbers, r.number(any))
		}
		return numbers
	}
	for range r.count() {
		k := outcomeKey{step: r.number(uint64(len(x.model.Steps))),
			process: r.number(uint64(x.processes)), choice: r.number(any), local: r.number(any)}
		in := list()
		o := &outcome{}
		refused := r.number(2) == 1
		if !refused {
			o.local, o.out = r.number(any), list()
		}
		if r.err != nil {
			return nil
		}
		if err := x.ask(k, in, o, refused); err != nil {
			return err
		}
	}
	for range r.count() {
		x.sets = append(x.sets, list())
		x.origins = append(x.origins, origin{r.number(any), r.number(any)})
	}
	for p := range x.components {
		for range r.count() {
			x.components[p] = append(x.components[p], [2]uint32{r.number(any), r.number(any)})
		}
	}
	return nil
}

// ask takes a step again and compares what comes out.
func (x *resumption[L, M]) ask(k outcomeKey, in []uint32, o *outcome, refused bool) error {
	name := x.model.Steps[k.step].Name
	local, ok := x.locals[k.local]
	if !ok || len(in) > len(k.in) {
		return fmt.Errorf("%s is damaged: step %q is asked about what nothing has led to",
			numbersFile, name)
	}
	messages := make([]M, len(in))
	for i, id := range in {
		if messages[i], ok = x.messages[id]; !ok {
			return fmt.Errorf("%s is damaged: step %q receives what nobody has sent",
				numbersFile, name)
		}
		k.in[i] = id + 1
	}
	after, sent, reason, err := call(x.model, int(k.process), int(k.step), local, messages,
		int(k.choice))
	if err != nil {
		return err
	}
	agrees := (reason != "") == refused
	if o.reason = reason; reason == "" && agrees {
		agrees = len(sent) == len(o.out) && x.locals.learn(o.local, after)
		for i := 0; agrees && i < len(sent); i++ {
			agrees = x.messages.learn(o.out[i], sent[i])
		}
	}
	if !agrees {
		return fmt.Errorf("the model has changed since the checkpoint was made: step %q of "+
			"process %d gives another outcome than it did", name, k.process)
	}
	o.number = uint32(len(x.outcomes))
	x.outcomes = append(x.outcomes, asked{k, o})
	return nil
}

// number hands out the same numbers again.
func (x *resumption[L, M]) number() error {
	damaged := errors.New(numbersFile + " is damaged: numbers are missing")
	for id := range uint32(len(x.locals)) {
		if v, ok := x.locals[id]; !ok || x.space.locals.id(v, nil) != id {
			return damaged
		}
	}
	for id := range uint32(len(x.messages)) {
		if v, ok := x.messages[id]; !ok || x.space.messages.id(v, nil) != id {
			return damaged
		}
	}
	for _, o := range x.outcomes {
		x.space.outcomes.restore(o.outcomeKey, o.outcome)
	}
	for i, members := range x.sets {
		for _, m := range members {
			if int(m) >= len(x.messages) {
				return damaged
			}
		}
		if x.space.sets.from(members, x.origins[i]) != uint32(i) {
			return damaged
		}
	}
	for p, list := range x.components {
		for i, c := range list {
			if int(c[0]) >= len(x.locals) || int(c[1]) >= len(x.sets) ||
				x.component(p, c[0], c[1]) != uint32(i) {
				return damaged
			}
		}
		x.checkpoint.components[p] = len(list)
	}
	x.checkpoint.outcomes, x.checkpoint.sets = len(x.outcomes), len(x.sets)
	return nil
}

// readLevels fills the table, the log of levels and the current level.
func (x *resumption[L, M]) readLevels(m *manifest) error {
	to := x.wider()
	if to == nil {
		return errors.New("a state does not fit into 127 bits")
	}
	x.layout = to
	x.table.close()
	x.table = newTable(to.wide, x.watch, x.search.faults)
	levels := make([][]*block, len(m.Levels))
	layouts := map[string]*layout{fmt.Sprint(to.widths): to}
	fill := filler{table: x.table, known: x.known, processes: x.processes}
	r := x.checkpoint.levels.reader()
	for r.more() {
		level, b := readBlock(r, x.checkpoint.levels, len(to.fields), layouts)
		if r.err != nil {
			return r.err
		}
		if level >= len(levels) {
			return fmt.Errorf("at byte %d: level %d, want at most %d", r.at, level, len(levels)-1)
		}
		levels[level] = append(levels[level], b)
		if x.search.faults.forgetLevel && level == len(levels)-2 {
			continue
		}
		if err := fill.add(b, to); err != nil {
			return err
		}
	}
	if err := fill.flush(); err != nil {
		return err
	}
	for level, blocks := range levels {
		if states := countStates(blocks); states != m.Levels[level] {
			return fmt.Errorf("level %d has %d states, the manifest says %d",
				level, states, m.Levels[level])
		}
	}
	x.log, x.current = levels[:len(levels)-1], levels[len(levels)-1]
	x.spread()
	return nil
}

// filler fills a table with the states of blocks.
type filler struct {
	table     *table
	known     func(p int) int
	processes int
	buffers   [shardCount][]pending
}

// add adds the states of a block.
func (f *filler) add(b *block, to *layout) error {
	loaded, err := b.load(to)
	if err != nil {
		return err
	}
	loaded.each(func(k key, _ arrival) {
		for p := range f.processes {
			if int(to.fields[p].get(k)) >= f.known(p) && err == nil {
				err = fmt.Errorf("a state has component %d of process %d, want less than %d",
					to.fields[p].get(k), p, f.known(p))
			}
		}
		shard := shardOf(k.hash())
		f.buffers[shard] = append(f.buffers[shard], pending{key: k})
		if len(f.buffers[shard]) == batchSize && err == nil {
			err = f.insert(shard)
		}
	})
	return err
}

// insert inserts what was collected for a shard.
func (f *filler) insert(shard int) error {
	batch := f.buffers[shard]
	if len(batch) == 0 {
		return nil
	}
	f.buffers[shard] = nil
	if fresh := f.table.insert(shard, batch); len(fresh) < len(batch) {
		return errors.New("a state is in it twice")
	}
	return nil
}

// flush inserts all that was collected.
func (f *filler) flush() error {
	for shard := range f.buffers {
		if err := f.insert(shard); err != nil {
			return err
		}
	}
	return nil
}
