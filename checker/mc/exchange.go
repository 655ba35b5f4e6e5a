// SPDX-License-Identifier: Apache-2.0

package mc

import (
	"cmp"
	"encoding/binary"
	"math/bits"
	"slices"
	"sync"
)

// The test of the claim Model.Symmetry in the engine. What must be so is said in symmetry.go. The
// engine tests it on parts of states, and on all parts that permutations of what was met are made
// of, so it believes nothing of any state in an orbit that it has met:
//
//   - an exchange of a component undoes itself, renames senders, and leaves kinds; exchanges of
//     neighbours, one after the other, are permutations: (ab)³ = 1 where a and b share a process,
//     (ab)² = 1 where they do not, which is what makes a group of permutations;
//   - a step wants an exchanged message just if it wants the message, and makes of exchanged inputs
//     what it makes of the inputs, exchanged, as often;
//   - each property says the same of all states of an orbit, and so does Ends where nothing can
//     happen. Progress is asked about all of them where it is of use.

// exchanger exchanges the parts of states, and tests the claim. Workers share it.
type exchanger[L, M comparable] struct {
	*space[L, M]
	orbits *orbits[L, M]
	mu     sync.Mutex
	inputs map[outcomeKey]bool // tested, each with choice 0
	wanted map[want]bool       // tested
}

// want asks whether a step of a process wants a message.
type want struct{ step, process, local, message uint32 }

// newExchanger returns an exchanger that has tested who takes which step, and nothing else.
func newExchanger[L, M comparable](s *space[L, M], o *orbits[L, M]) (*exchanger[L, M], error) {
	for _, e := range o.exchanges {
		for i := range s.model.Steps {
			if at := s.model.Steps[i].At; at != nil && at(e.a) != at(e.b) {
				return nil, o.wrong(e, "step %q is taken by one of them and not by the other",
					s.model.Steps[i].Name)
			}
		}
	}
	return &exchanger[L, M]{space: s, orbits: o, inputs: map[outcomeKey]bool{},
		wanted: map[want]bool{}}, nil
}

// local returns a local state in which two processes are exchanged.
func (x *exchanger[L, M]) local(e exchange, local uint32) uint32 {
	return x.locals.id(x.model.Symmetry.Local(e.a, e.b, x.locals.value(local)), nil)
}

// message returns a message in which two processes are exchanged.
func (x *exchanger[L, M]) message(e exchange, message uint32) uint32 {
	return x.messages.id(x.model.Symmetry.Message(e.a, e.b, x.messages.value(message)), nil)
}

// exchanged returns what becomes of a component of process p.
func (x *exchanger[L, M]) exchanged(e exchange, p int, c uint32) uint32 {
	record := x.record(p, c)
	members := x.sets.members(record.sent)
	for i, id := range members {
		members[i] = x.message(e, id)
	}
	slices.Sort(members)
	return x.component(e.of(p), x.local(e, record.local), x.sets.of(slices.Compact(members)))
}

// testComponent tests an exchange of a component of process p, whose image is given.
func (x *exchanger[L, M]) testComponent(e exchange, p int, c, image uint32) error {
	for _, id := range x.sets.members(x.record(p, c).sent) {
		m, n := x.messages.value(id), x.messages.value(x.message(e, id))
		if from := x.model.Sender(n); from != e.of(p) {
			return x.orbits.wrong(e, "exchanged, a message of process %d is one whose Sender is %d, "+
				"want %d: %+v\nbecomes\n%+v", p, from, e.of(p), m, n)
		}
		if x.model.Kind(m) != x.model.Kind(n) {
			return x.orbits.wrong(e, "exchanged, a message becomes one of another kind: %+v\nbecomes\n"+
				"%+v", m, n)
		}
	}
	local := func(p int, c uint32) L { return x.locals.value(x.record(p, c).local) }
	if back := x.exchanged(e, e.of(p), image); back != c {
		return x.orbits.wrong(e, "exchanged twice, the state of process %d\n%+v %+v\nis not what it "+
			"was, but\n%+v %+v", p, local(p, c), x.valuesOf(x.record(p, c).sent),
			local(p, back), x.valuesOf(x.record(p, back).sent))
	}
	for _, f := range x.orbits.exchanges {
		order := 2
		if e.a == f.b || e.b == f.a {
			order = 3
		}
		q, d := p, c
		for range order {
			d = x.exchanged(e, q, d)
			d = x.exchanged(f, e.of(q), d)
			q = f.of(e.of(q))
		}
		if e != f && d != c {
			return x.orbits.wrong(e, "exchanges of those alike lead from the state of process %d\n%+v\n"+
				"to more states than the %d permutations", p, local(p, c), x.orbits.most)
		}
	}
	return nil
}

// testWant tests that exchanged messages are wanted just if the messages are.
func (x *exchanger[L, M]) testWant(q want) error {
	asks := func(q want) bool {
		wants := x.model.Steps[q.step].Wants
		return wants == nil ||
			wants(int(q.process), x.locals.value(q.local), x.messages.value(q.message))
	}
	for todo := []want{q}; len(todo) > 0; {
		q, todo = todo[0], todo[1:]
		x.mu.Lock()
		known := x.wanted[q]
		x.wanted[q] = true
		x.mu.Unlock()
		for i := 0; i < len(x.orbits.exchanges) && !known; i++ {
			e := x.orbits.exchanges[i]
			image := want{q.step, uint32(e.of(int(q.process))), x.local(e, q.local),
				x.message(e, q.message)}
			if asks(q) != asks(image) {
				return x.orbits.wrong(e, "step %q of process %d may take or not take\n%+v\nin\n%+v\n"+
					"but not so, when they are exchanged, that of process %d\n%+v\nin\n%+v",
					x.model.Steps[q.step].Name, q.process, x.messages.value(q.message),
					x.locals.value(q.local), image.process, x.messages.value(image.message),
					x.locals.value(image.local))
			}
			todo = append(todo, image)
		}
	}
	return nil
}

// testInput tests that a step makes of exchanged inputs what it makes of the inputs, exchanged.
func (x *exchanger[L, M]) testInput(k outcomeKey) error {
	for todo := []outcomeKey{k}; len(todo) > 0; {
		k, todo = todo[0], todo[1:]
		x.mu.Lock()
		known := x.inputs[k]
		x.inputs[k] = true
		x.mu.Unlock()
		if known {
			continue
		}
		results, err := x.results(k)
		if err != nil {
			return err
		}
		for _, e := range x.orbits.exchanges {
			image := x.input(e, k)
			if err := x.testResults(e, k, image, results); err != nil {
				return err
			}
			todo = append(todo, image)
		}
	}
	return nil
}

// input returns an input in which two processes are exchanged.
func (x *exchanger[L, M]) input(e exchange, k outcomeKey) outcomeKey {
	image := outcomeKey{step: k.step, process: uint32(e.of(int(k.process))),
		local: x.local(e, k.local)}
	in := k.messages()
	for i, id := range in {
		in[i] = x.message(e, id)
	}
	foreign := in
	if x.model.Steps[k.step].Own {
		foreign = in[min(1, len(in)):]
	}
	slices.SortFunc(foreign, func(a, b uint32) int {
		return cmp.Compare(x.model.Sender(x.messages.value(a)), x.model.Sender(x.messages.value(b)))
	})
	for i, id := range in {
		image.in[i] = id + 1
	}
	return image
}

// messages returns the numbers of the messages of an input.
func (k *outcomeKey) messages() []uint32 {
	var in []uint32
	for _, id := range k.in {
		if id > 0 {
			in = append(in, id-1)
		}
	}
	return in
}

// results lists what a step makes of an input, for all choices that are not refused.
func (x *exchanger[L, M]) results(k outcomeKey) ([]*outcome, error) {
	choices := 1
	if f := x.model.Steps[k.step].Choices; f != nil {
		choices = f(int(k.process), x.locals.value(k.local))
	}
	var all []*outcome
	for choice := range choices {
		k.choice = uint32(choice)
		o, err := x.outcome(k, k.messages())
		if err != nil {
			return nil, err
		}
		if o.reason == "" {
			all = append(all, o)
		}
	}
	return all, nil
}

// testResults compares what a step makes of an input with what it makes of the image.
func (x *exchanger[L, M]) testResults(
	e exchange, k, image outcomeKey, results []*outcome,
) error {
	others, err := x.results(image)
	if err != nil {
		return err
	}
	encode := func(local uint32, out []uint32) string {
		slices.Sort(out)
		b := binary.BigEndian.AppendUint32(nil, local)
		for _, id := range slices.Compact(out) {
			b = binary.BigEndian.AppendUint32(b, id)
		}
		return string(b)
	}
	count := map[string]int{}
	for _, o := range others {
		count[encode(o.local, slices.Clone(o.out))]++
	}
	wrong := func(p, q outcomeKey, after uint32) error {
		return x.orbits.wrong(e, "step %q of process %d leads from the state\n%+v\ngiven %+v to\n%+v\n"+
			"but when they are exchanged, that of process %d does not do so from\n%+v\ngiven %+v",
			x.model.Steps[k.step].Name, p.process, x.locals.value(p.local), x.valuesAt(p),
			x.locals.value(after), q.process, x.locals.value(q.local), x.valuesAt(q))
	}
	for _, o := range results {
		out := slices.Clone(o.out)
		for i, id := range out {
			out[i] = x.message(e, id)
		}
		wanted := encode(x.local(e, o.local), out)
		if count[wanted]--; count[wanted] < 0 {
			return wrong(k, image, o.local)
		}
	}
	if len(others) > len(results) {
		for _, o := range others {
			if count[encode(o.local, slices.Clone(o.out))] > 0 {
				return wrong(image, k, o.local)
			}
		}
	}
	return nil
}

// valuesAt returns the messages of an input.
func (x *exchanger[L, M]) valuesAt(k outcomeKey) []M {
	var in []M
	for _, id := range k.messages() {
		in = append(in, x.messages.value(id))
	}
	return in
}

// exchange implements modelSide.
func (s *side[L, M]) exchange(by, p int, c uint32) uint32 {
	e := s.turning.exchanges[by]
	image := s.exchanger.exchanged(e, p, c)
	if err := s.exchanger.testComponent(e, p, c, image); err != nil {
		s.fail(err)
	}
	return image
}

// unlike implements modelSide.
func (s *side[L, M]) unlike(from, to key, by int, marks uint64) {
	s.fail(s.orbits.wrong(s.turning.exchanges[by], "property %q says one thing of the state\n%+v\n"+
		"and another when they are exchanged\n%+v",
		propertyAt(s.model, bits.TrailingZeros64(marks)).Name,
		s.decode(from, s.search.layout), s.decode(to, s.search.layout)))
}
