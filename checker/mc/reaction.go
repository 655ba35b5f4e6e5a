// SPDX-License-Identifier: Apache-2.0

package mc

import "slices"

// Reactions: what the steps of a group make of a component, given the messages that one other
// process has sent. They are lists of successor components. Each worker keeps its own, so the
// hot loop takes no lock; they are built from the shared outcomes.

// entry is one element of such a list.
type entry struct {
	component uint32 // the successor; the number of firings if idle; steps as bits if quorum
	fresh     uint32 // the set of messages that nobody had sent before
	step      uint16
	kind      entryKind
}

// entryKind tells entries apart.
type entryKind uint8

const (
	// moves: a firing that leads to another component, or spends a budget.
	moves entryKind = iota
	// idles: firings that change nothing. They are counted, not followed.
	idles
	// joins: which quorum steps find a candidate among the messages. First in its list.
	joins
)

// span is a list within the entries of a worker.
type span struct{ from, to int }

// pack turns a span into the value of a memo.
func (s span) pack() uint64 { return uint64(s.from)<<24 | uint64(s.to-s.from) }

// unpack is the inverse of pack.
func unpack(v uint64) span { return span{int(v >> 24), int(v>>24 + v&(1<<24-1))} }

// quorumKey is what a quorum step with several foreign messages depends on. Sets name their
// sender, since no two processes send the same message.
type quorumKey struct {
	component uint32
	step      int
	sets      [maxQuorum]uint32
}

// reactions are the lists of one worker for one group.
type reactions[L, M comparable] struct {
	*space[L, M]
	group   *group
	entries []entry
	bySet   *memo // component<<32 | set of messages
	single  *memo // component<<32 | message
	quorums map[quorumKey]span
	faults  faults
	failed  error
}

// newReactions returns empty lists.
func newReactions[L, M comparable](s *space[L, M], g *group, f faults) *reactions[L, M] {
	r := &reactions[L, M]{space: s, group: g, faults: f}
	r.reset()
	return r
}

// reset forgets all lists.
func (r *reactions[L, M]) reset() {
	r.entries, r.bySet, r.single = nil, newMemo(), newMemo()
	r.quorums = map[quorumKey]span{}
}

// bytes returns roughly the memory that the lists take.
func (r *reactions[L, M]) bytes() int {
	return 12*cap(r.entries) + r.bySet.bytes() + r.single.bytes() + 100*len(r.quorums)
}

// toSet returns the reactions of a component to a set of messages of one other process. The
// empty set stands for the spontaneous steps.
func (r *reactions[L, M]) toSet(c, set uint32) []entry {
	k := uint64(c)<<32 | uint64(set)
	if r.faults.staleMemo && set != 0 {
		k = uint64(c)<<32 | 1
	}
	v, known := r.bySet.get(k)
	if !known {
		v = r.buildSet(c, set).pack()
		r.bySet.put(k, v)
	}
	s := unpack(v)
	return r.entries[s.from:s.to]
}

// buildSet builds a list for toSet.
func (r *reactions[L, M]) buildSet(c, set uint32) span {
	if set == 0 {
		var list []entry
		for _, i := range r.group.spontaneous {
			list = r.react(list, c, i, nil)
		}
		return r.store(list)
	}
	var list, idle []entry
	members := r.sets.members(set)
	if joining := r.joining(c, members); joining != 0 {
		list = append(list, entry{kind: joins, component: joining})
	}
	for _, m := range members {
		for _, e := range r.toMessage(c, m) {
			if e.kind == idles {
				idle = addIdle(idle, e.step, e.component)
			} else {
				list = append(list, e)
			}
		}
	}
	return r.store(append(list, idle...))
}

// store appends a list to the entries.
func (r *reactions[L, M]) store(list []entry) span {
	if r.faults.loseSuccessor && len(list) > 2 {
		list = list[:len(list)-1]
	}
	from := len(r.entries)
	r.entries = append(r.entries, list...)
	return span{from, len(r.entries)}
}

// addIdle counts firings that change nothing.
func addIdle(idle []entry, step uint16, firings uint32) []entry {
	for i := range idle {
		if idle[i].step == step && idle[i].kind == idles {
			idle[i].component += firings
			return idle
		}
	}
	return append(idle, entry{kind: idles, step: step, component: firings})
}

// toMessage returns the reactions of a component to one message of another process.
func (r *reactions[L, M]) toMessage(c, message uint32) []entry {
	k := uint64(c)<<32 | uint64(message)
	v, known := r.single.get(k)
	if !known {
		var list []entry
		for _, i := range r.group.receive {
			if r.wants(c, i, message) {
				list = r.withOwn(list, c, i, []uint32{message})
			}
		}
		v = r.store(list).pack()
		r.single.put(k, v)
	}
	s := unpack(v)
	return r.entries[s.from:s.to]
}

// wants reports whether a step of a component may take a message.
func (r *reactions[L, M]) wants(c uint32, i int, message uint32) bool {
	step := &r.model.Steps[i]
	m := r.messages.value(message)
	if !slices.Contains(step.On, r.model.Kind(m)) {
		return false
	}
	p := r.group.process
	return step.Wants == nil || step.Wants(p, r.locals.value(r.record(p, c).local), m)
}

// own lists the own messages that a step of a component may take.
func (r *reactions[L, M]) own(c uint32, i int) []uint32 {
	var own []uint32
	for _, m := range r.sets.members(r.record(r.group.process, c).sent) {
		if r.wants(c, i, m) {
			own = append(own, m)
		}
	}
	return own
}

// withOwn appends the reactions of a step to foreign messages, with an own one where needed.
func (r *reactions[L, M]) withOwn(list []entry, c uint32, i int, foreign []uint32) []entry {
	if !r.model.Steps[i].Own {
		return r.react(list, c, i, foreign)
	}
	for _, m := range r.own(c, i) {
		list = r.react(list, c, i, append([]uint32{m}, foreign...))
	}
	return list
}

// react appends the reactions of a step to exactly these messages, one for each choice.
func (r *reactions[L, M]) react(list []entry, c uint32, i int, in []uint32) []entry {
	p := r.group.process
	record := r.record(p, c)
	choices := 1
	if f := r.model.Steps[i].Choices; f != nil {
		choices = f(p, r.locals.value(record.local))
	}
	for choice := range choices {
		o, err := r.outcome(outcomeKey{step: uint32(i), process: uint32(p),
			choice: uint32(choice), local: record.local}, in)
		if err != nil {
			r.failed = err
			return list
		}
		if o.reason != "" {
			continue
		}
		successor, fresh := r.successor(p, record, o)
		if successor == c && r.group.budget < 0 {
			list = addIdle(list, uint16(i), 1)
			continue
		}
		list = append(list, entry{component: successor, fresh: fresh, step: uint16(i)})
	}
	return list
}

// successor returns the component that an outcome leads to, and the set of new messages.
func (r *reactions[L, M]) successor(p int, from *component, o *outcome) (next, fresh uint32) {
	sent, news := from.sent, []uint32(nil)
	if len(o.out) > 0 {
		members := r.sets.members(sent)
		for _, m := range o.out {
			if !slices.Contains(members, m) {
				members = append(members, m)
				news = append(news, m)
			}
		}
		if len(news) > 0 {
			slices.Sort(members)
			slices.Sort(news)
			sent, fresh = r.sets.of(members), r.sets.of(news)
		}
	}
	return r.component(p, o.local, sent), fresh
}

// joining returns the quorum steps (as bits: their places in the group) that find a candidate
// among the messages of another process.
func (r *reactions[L, M]) joining(c uint32, members []uint32) uint32 {
	var joining uint32
	for bit, i := range r.group.quorum {
		if slices.ContainsFunc(members, func(m uint32) bool { return r.wants(c, i, m) }) {
			joining |= 1 << bit
		}
	}
	return joining
}

// toQuorum returns the reactions of a quorum step to the messages of several other processes,
// given as sets in the order of their senders.
func (r *reactions[L, M]) toQuorum(c uint32, i int, sets []uint32) []entry {
	k := quorumKey{component: c, step: i}
	copy(k.sets[:], sets)
	s, known := r.quorums[k]
	if !known {
		var list []entry
		r.combine(nil, sets, c, i, func(in []uint32) {
			list = r.withOwn(list, c, i, in)
		})
		s = r.store(list)
		r.quorums[k] = s
	}
	return r.entries[s.from:s.to]
}

// combine calls use with every choice of one wanted message from each set.
func (r *reactions[L, M]) combine(
	in, sets []uint32, c uint32, i int, use func([]uint32),
) {
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
