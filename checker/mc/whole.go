// SPDX-License-Identifier: Apache-2.0

package mc

import (
	"math/bits"
	"slices"
)

// Properties of whole states. Such a property asks for local states and messages, one after
// another, and since it is a function, what it asks next follows from the answers so far. So its
// answers form a decision tree, which is grown as states come: a state whose answers lead to a
// leaf needs no call. A property with Kinds sees no other messages, which keeps the tree small.

// decision is the tree of one property. A node is a question: what the property reads next.
type decision struct {
	questions []question
	// edges leads from a node and the number of an answer to another node.
	edges *memo
	// seen leads from a set of messages to those of it that the property sees, plus one.
	seen []uint32
	// lookups and calls tell whether the tree is of use.
	lookups, calls int
}

// trial is the number of lookups after which a tree that spares few calls is given up.
const trial = 1 << 14

// question is a node of the tree; 2p asks for the local state of process p, 2p+1 for its
// messages. The answers of the property are nodes too.
type question int32

const (
	answerNo question = -1 - iota
	answerYes
	unasked // nothing is known here yet
)

// newDecision returns a tree of which nothing is known.
func newDecision() *decision {
	return &decision{questions: []question{unasked}, edges: newMemo()}
}

// bytes returns roughly the memory that the tree takes.
func (d *decision) bytes() int { return d.edges.bytes() + 4*len(d.questions) + 4*len(d.seen) }

// child returns the node that an answer leads to, adding it if need be.
func (d *decision) child(node, answer uint32) uint32 {
	k := uint64(node)<<32 | uint64(answer)
	next, known := d.edges.get(k)
	if !known {
		next = uint64(len(d.questions))
		d.questions = append(d.questions, unasked)
		d.edges.put(k, next)
	}
	return uint32(next)
}

// tracedState is a State that grows the tree along what is read of it.
type tracedState[L, M comparable] struct {
	side     *side[L, M]
	property *Property[L, M]
	tree     *decision
	key      key
	node     uint32
	// asked has what was read already, as bits: asking again tells nothing new.
	asked uint64
}

// Local implements State.
func (t *tracedState[L, M]) Local(p int) L {
	record := t.side.record(p, t.side.search.layout.fields[p].get(t.key))
	t.ask(question(2*p), record.local)
	return t.side.locals.value(record.local)
}

// Sent implements State.
func (t *tracedState[L, M]) Sent(p int) []M {
	record := t.side.record(p, t.side.search.layout.fields[p].get(t.key))
	set := t.side.seen(t.tree, t.property, record.sent)
	t.ask(question(2*p+1), set)
	return t.side.messagesOf(set)
}

// ask moves to the next node.
func (t *tracedState[L, M]) ask(q question, answer uint32) {
	if t.asked>>q&1 == 1 {
		return
	}
	t.asked |= 1 << q
	t.tree.questions[t.node] = q
	t.node = t.tree.child(t.node, answer)
}

// seen returns the part of a set of messages that a property sees.
func (s *side[L, M]) seen(tree *decision, p *Property[L, M], set uint32) uint32 {
	if len(p.Kinds) == 0 {
		return set
	}
	if int(set) < len(tree.seen) && tree.seen[set] != 0 {
		return tree.seen[set] - 1
	}
	for len(tree.seen) <= int(set) {
		tree.seen = append(tree.seen, 0)
	}
	seen := s.sets.of(slices.DeleteFunc(s.sets.members(set), func(m uint32) bool {
		return !p.asksAbout(s.model.Kind(s.messages.value(m)))
	}))
	tree.seen[set] = seen + 1
	return seen
}

// marksOfWhole implements modelSide.
func (s *side[L, M]) marksOfWhole(k key) uint64 {
	var marks uint64
	rest := s.properties.whole & s.interesting.Load()
	for ; rest != 0; rest &= rest - 1 {
		bit := bits.TrailingZeros64(rest)
		property, tree := propertyAt(s.model, bit), s.wholes[bit]
		if tree.lookups > trial && tree.calls > tree.lookups/2 {
			if tree.edges.count > 0 {
				*tree = *newDecision()
				tree.lookups, tree.calls = trial+1, trial+1
			}
			answer := property.State(filter(s.model, property, s.decode(k, s.search.layout)))
			marks |= s.properties.marked(bit, answer)
			continue
		}
		tree.lookups++
		node := uint32(0)
		for tree.questions[node] >= 0 {
			q := tree.questions[node]
			record := s.record(int(q/2), s.search.layout.fields[q/2].get(k))
			answer := record.local
			if q%2 == 1 {
				answer = s.seen(tree, property, record.sent)
			}
			node = tree.child(node, answer)
		}
		if tree.questions[node] == unasked {
			tree.calls++
			marks |= s.askWhole(property, tree, bit, k)
			continue
		}
		marks |= s.properties.marked(bit, tree.questions[node] == answerYes)
	}
	return marks
}

// askWhole calls a property and notes the answer in its tree.
func (s *side[L, M]) askWhole(p *Property[L, M], tree *decision, bit int, k key) uint64 {
	t := &tracedState[L, M]{side: s, property: p, tree: tree, key: k}
	answer := p.State(t)
	if s.search.sends && s.properties.marked(bit, answer) == 0 {
		s.testMonotone(bit, p, k)
	}
	tree.questions[t.node] = answerNo
	if answer {
		tree.questions[t.node] = answerYes
	}
	return s.properties.marked(bit, answer)
}
