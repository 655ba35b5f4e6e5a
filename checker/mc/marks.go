// SPDX-License-Identifier: Apache-2.0

package mc

import "slices"

// Properties are asked once for each distinct thing that they read. The answers are kept as
// marks, one bit for each property: an Always property is broken, or a Sometimes property
// holds, for this component or this pair of components.

// properties says what the properties of a model read.
type properties struct {
	always, sometimes int
	// alwaysMask and sometimesMask select the marks of either list: first the Always
	// properties, then the Sometimes properties.
	alwaysMask, sometimesMask uint64
	// pairs: some property reads two processes.
	pairs          bool
	pairsReadLocal bool
	pairsReadKinds map[Kind]bool
	// whole has the marks of the properties that read whole states.
	whole uint64
}

// classify finds out what properties read.
func classify[L, M comparable](m *Model[L, M]) properties {
	c := properties{always: len(m.Always), sometimes: len(m.Sometimes),
		pairsReadKinds: map[Kind]bool{}}
	c.alwaysMask = 1<<c.always - 1
	c.sometimesMask = 1<<(c.always+c.sometimes) - 1 - c.alwaysMask
	eachProperty(m, func(bit int, p *Property[L, M]) {
		if p.State != nil {
			c.whole |= 1 << bit
		}
		if p.Pair != nil || p.LocalMessage != nil || p.MessagePair != nil {
			c.pairs = true
		}
		c.pairsReadLocal = c.pairsReadLocal || p.Pair != nil || p.LocalMessage != nil
		if p.LocalMessage == nil && p.MessagePair == nil {
			return
		}
		for kind := range 256 {
			if p.asksAbout(Kind(kind)) {
				c.pairsReadKinds[Kind(kind)] = true
			}
		}
	})
	return c
}

// eachProperty calls visit with every property and its bit among the marks.
func eachProperty[L, M comparable](m *Model[L, M], visit func(bit int, p *Property[L, M])) {
	for i := range m.Always {
		visit(i, &m.Always[i])
	}
	for i := range m.Sometimes {
		visit(len(m.Always)+i, &m.Sometimes[i])
	}
}

// propertyAt returns the property with a given bit among the marks.
func propertyAt[L, M comparable](m *Model[L, M], bit int) *Property[L, M] {
	if bit < len(m.Always) {
		return &m.Always[bit]
	}
	return &m.Sometimes[bit-len(m.Always)]
}

// asksAbout reports whether a property reads messages of a kind.
func (p *Property[L, M]) asksAbout(k Kind) bool {
	return len(p.Kinds) == 0 || slices.Contains(p.Kinds, k)
}

// marked turns an answer into a mark: for an Always property the answer no counts.
func (c *properties) marked(bit int, answer bool) uint64 {
	if answer == (bit < c.always) {
		return 0
	}
	return 1 << bit
}

// marksOfOne asks the properties about what one component holds.
func (s *space[L, M]) marksOfOne(p int, local uint32, members []uint32) uint64 {
	var marks uint64
	l := s.locals.value(local)
	eachProperty(s.model, func(bit int, property *Property[L, M]) {
		if property.Local != nil {
			marks |= s.reads.marked(bit, property.Local(p, l))
		}
		if !property.readsMessages() {
			return
		}
		asked := s.askedAbout(property, members)
		for i, m := range asked {
			switch {
			case property.Message != nil:
				marks |= s.reads.marked(bit, property.Message(m))
			case property.LocalMessage != nil:
				marks |= s.reads.marked(bit, property.LocalMessage(p, l, m))
			default:
				for _, other := range asked[:i] {
					marks |= s.reads.marked(bit, property.MessagePair(other, m))
				}
			}
		}
	})
	return marks
}

// marksOfTwo asks the properties about what two processes hold together.
func (s *space[L, M]) marksOfTwo(a, b uint32) uint64 {
	var marks uint64
	va, vb := s.views.value(a), s.views.value(b)
	p, q := int(va.process), int(vb.process)
	messagesA, messagesB := s.sets.members(va.messages), s.sets.members(vb.messages)
	eachProperty(s.model, func(bit int, property *Property[L, M]) {
		mark := func(answer bool) { marks |= s.reads.marked(bit, answer) }
		switch {
		case property.Pair != nil:
			la, lb := s.locals.value(va.local), s.locals.value(vb.local)
			mark(property.Pair(p, la, q, lb))
			mark(property.Pair(q, lb, p, la))
		case property.LocalMessage != nil:
			la, lb := s.locals.value(va.local), s.locals.value(vb.local)
			for _, m := range s.askedAbout(property, messagesB) {
				mark(property.LocalMessage(p, la, m))
			}
			for _, m := range s.askedAbout(property, messagesA) {
				mark(property.LocalMessage(q, lb, m))
			}
		case property.MessagePair != nil:
			for _, m := range s.askedAbout(property, messagesA) {
				for _, other := range s.askedAbout(property, messagesB) {
					mark(property.MessagePair(m, other))
				}
			}
		}
	})
	return marks
}

// askedAbout returns the messages of a set that a property reads.
func (s *space[L, M]) askedAbout(p *Property[L, M], members []uint32) []M {
	var asked []M
	for _, id := range members {
		if m := s.messages.value(id); p.asksAbout(s.model.Kind(m)) {
			asked = append(asked, m)
		}
	}
	return asked
}
