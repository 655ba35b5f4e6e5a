// SPDX-License-Identifier: Apache-2.0

package mc

import "slices"

// Reactions, the slow side: what the steps of a group make of a component, given the messages of
// one other process. It is asked once for each combination of component and set that occurs.
// The answer for a set is put together from those for its messages, and these from the shared
// outcomes of the step functions.

// reactor computes the reactions of one group for one worker.
type reactor[L, M comparable] struct {
	*space[L, M]
	group     *group
	exchanger *exchanger[L, M] // nil: no claim about symmetry is used
	single    *memo            // by component<<32 | message: the place in singles
	singles   []reaction
	failed    error // the first error of a step function
}

// newReactor returns a reactor that has computed nothing.
func newReactor[L, M comparable](
	s *space[L, M], g *group, x *exchanger[L, M],
) *reactor[L, M] {
	return &reactor[L, M]{space: s, group: g, exchanger: x, single: newMemo()}
}

// toNothing returns the reactions of a component to no message: the spontaneous steps.
func (r *reactor[L, M]) toNothing(c uint32) *reaction {
	var all reaction
	for _, i := range r.group.spontaneous {
		r.react(&all, c, i, nil)
	}
	return &all
}

// toSet returns the reactions of a component to a set of messages of one other process.
func (r *reactor[L, M]) toSet(c, set uint32) *reaction {
	members := r.sets.members(set)
	all := reaction{joins: r.joining(c, members)}
	for _, m := range members {
		one := r.toMessage(c, m)
		all.moves = append(all.moves, one.moves...)
		all.steps = append(all.steps, one.steps...)
		all.idles = append(all.idles, one.idles...)
	}
	return &all
}

// toMessage returns the reactions of a component to one message of another process.
func (r *reactor[L, M]) toMessage(c, message uint32) *reaction {
	k := uint64(c)<<32 | uint64(message)
	if at, known := r.single.get(k); known {
		return &r.singles[at]
	}
	var one reaction
	for _, i := range r.group.receive {
		if r.wants(c, i, message) {
			r.withOwn(&one, c, i, []uint32{message})
		}
	}
	r.single.put(k, uint64(len(r.singles)))
	r.singles = append(r.singles, one)
	return &r.singles[len(r.singles)-1]
}

// toQuorum returns the reactions of a quorum step to the messages of several other processes,
// given as sets in the order of their senders.
func (r *reactor[L, M]) toQuorum(c uint32, i int, sets []uint32) *reaction {
	var all reaction
	r.combine(nil, sets, c, i, func(in []uint32) { r.withOwn(&all, c, i, in) })
	return &all
}

// combine calls use with every choice of one wanted message from each set.
func (r *reactor[L, M]) combine(in, sets []uint32, c uint32, i int, use func([]uint32)) {
	if len(sets) == 0 {
		use(in)
		return
	}
	for _, m := range r.sets.members(sets[0]) {
		if r.wants(c, i, m) {
			r.combine(append(slices.Clip(in), m), sets[1:], c, i, use)
		}
	}
}

// wants reports whether a step of a component may take a message.
func (r *reactor[L, M]) wants(c uint32, i int, message uint32) bool {
	step := &r.model.Steps[i]
	m := r.messages.value(message)
	if !slices.Contains(step.On, r.model.Kind(m)) {
		return false
	}
	p := r.group.process
	if r.exchanger != nil && r.failed == nil {
		r.failed = r.exchanger.testWant(want{uint32(i), uint32(p), r.record(p, c).local, message})
	}
	return step.Wants == nil || step.Wants(p, r.locals.value(r.record(p, c).local), m)
}

// withOwn adds the reactions of a step to foreign messages, with an own one where needed.
func (r *reactor[L, M]) withOwn(all *reaction, c uint32, i int, foreign []uint32) {
	if !r.model.Steps[i].Own {
		r.react(all, c, i, foreign)
		return
	}
	for _, m := range r.sets.members(r.record(r.group.process, c).sent) {
		if r.wants(c, i, m) {
			r.react(all, c, i, append([]uint32{m}, foreign...))
		}
	}
}

// react adds the reactions of a step to exactly these messages, one for each choice.
func (r *reactor[L, M]) react(all *reaction, c uint32, i int, in []uint32) {
	p := r.group.process
	record := r.record(p, c)
	if r.exchanger != nil && r.failed == nil {
		k := outcomeKey{step: uint32(i), process: uint32(p), local: record.local}
		for place, id := range in {
			k.in[place] = id + 1
		}
		r.failed = r.exchanger.testInput(k)
	}
	choices := 1
	if f := r.model.Steps[i].Choices; f != nil {
		choices = f(p, r.locals.value(record.local))
	}
	for choice := range choices {
		o, err := r.outcome(outcomeKey{step: uint32(i), process: uint32(p),
			choice: uint32(choice), local: record.local}, in)
		if err != nil {
			r.failed = err
			return
		}
		if o.reason != "" {
			continue
		}
		successor, fresh := r.successor(p, record, o)
		if successor == c && r.group.budget < 0 {
			all.idles = append(all.idles, uint16(i))
			continue
		}
		all.moves = append(all.moves, entry{successor, fresh})
		all.steps = append(all.steps, uint16(i))
	}
}

// successor returns the component that an outcome leads to, and the set of new messages.
func (r *reactor[L, M]) successor(p int, from *component, o *outcome) (next, fresh uint32) {
	sent := from.sent
	members := r.sets.members(sent)
	var news []uint32
	for _, m := range o.out {
		if !slices.Contains(members, m) {
			members = append(members, m)
			news = append(news, m)
		}
	}
	if len(news) > 0 {
		slices.Sort(members)
		slices.Sort(news)
		fresh = r.sets.of(news)
		sent = r.sets.from(members, origin{sent, fresh})
	}
	return r.component(p, o.local, sent), fresh
}

// joining returns the quorum steps (as bits: their places in the group) that find a candidate
// among the messages of another process.
func (r *reactor[L, M]) joining(c uint32, members []uint32) uint32 {
	var joining uint32
	for bit, i := range r.group.quorum {
		if slices.ContainsFunc(members, func(m uint32) bool { return r.wants(c, i, m) }) {
			joining |= 1 << bit
		}
	}
	return joining
}
