// SPDX-License-Identifier: Apache-2.0

package mc

import "slices"

// Dead messages: what a message must be to be dropped from a state. Both explorers use this
// definition; what the author claims in it is tested by claim.go.
//
// A message is dropped once it is dead for every process and no property keeps it. To be dead for
// a process is to have no effect on it for ever: no step that takes it does anything, now or in
// any later local state, and no property about the two of them is broken.
//
// Why verdicts and shortest lengths stay as they are: relate a state to the same state without
// such messages. Every firing of the one that changes anything is a firing of the other, for
// none has a dropped message among its inputs. It leads to states that are related again, for what
// is dead stays dead. So the two have the same runs. Properties agree on them: a Local or
// Pair property reads no messages; of those that a Message property finds broken or reached none is
// dropped; a LocalMessage property holds of all that is dead; and the kinds that any other
// property reads are kept. The number of states does change: states that differ in dead messages
// become one.
//
// With sleep sets: a process that could take a step after that of another one can take it before
// on the same messages, for dropping only takes messages away. The other one can then still
// take its own step, for a message that it reacts to is not dead.

// maxDroppable is the largest number of messages of one process at which any of them is dropped:
// the bits of a word. A rule that depends on nothing but the state keeps counts the same in
// every run.
const maxDroppable = 64

// mortality says which messages of a model may be dropped.
type mortality[L, M comparable] struct {
	model *Model[L, M]
	kept  [256]bool // kinds that some property reads in a way that forbids dropping
	// concerns has, by process and kind, whether messages of others, and own ones, are an input of
	// a step or are read by a LocalMessage property. Where not, they are dead without a claim.
	concerns, concernsOwn [][256]bool
}

// newMortality finds out what a model allows to drop.
func newMortality[L, M comparable](m *Model[L, M]) *mortality[L, M] {
	d := &mortality[L, M]{model: m, concerns: make([][256]bool, m.Processes),
		concernsOwn: make([][256]bool, m.Processes)}
	eachProperty(m, func(bit int, p *Property[L, M]) {
		forEver := p.State != nil || p.MessagePair != nil ||
			p.LocalMessage != nil && bit >= len(m.Always)
		for kind := range 256 {
			if !p.asksAbout(Kind(kind)) {
				continue
			}
			d.kept[kind] = d.kept[kind] || forEver
			for q := range m.Processes {
				if p.LocalMessage != nil {
					d.concerns[q][kind], d.concernsOwn[q][kind] = true, true
				}
			}
		}
	})
	for i := range m.Steps {
		step := &m.Steps[i]
		for q := range m.Processes {
			for _, kind := range step.On {
				if step.At == nil || step.At(q) {
					d.concerns[q][kind] = true
					d.concernsOwn[q][kind] = d.concernsOwn[q][kind] || step.Own
				}
			}
		}
	}
	return d
}

// keeps reports whether a property needs the message, dead or not.
func (d *mortality[L, M]) keeps(m M) bool {
	kind := d.model.Kind(m)
	if d.kept[kind] {
		return true
	}
	telling := false
	eachProperty(d.model, func(bit int, p *Property[L, M]) {
		if p.Message != nil && p.asksAbout(kind) {
			telling = telling || p.Message(m) != (bit < len(d.model.Always))
		}
	})
	return telling
}

// dead reports whether a process in a local state ignores a message for ever: by the claim of the
// author, or because it never looks at such messages.
func (d *mortality[L, M]) dead(p int, local L, m M) bool {
	concerns := d.concerns
	if d.model.Sender(m) == p {
		concerns = d.concernsOwn
	}
	return !concerns[p][d.model.Kind(m)] || d.model.Dead(p, local, m)
}

// without returns a state without its dead messages.
func (d *mortality[L, M]) without(s *state[L, M]) *state[L, M] {
	t := &state[L, M]{locals: s.locals, sent: slices.Clone(s.sent), spent: s.spent}
	for q, sent := range s.sent {
		if len(sent) > maxDroppable {
			continue
		}
		t.sent[q] = slices.DeleteFunc(slices.Clone(sent), func(m M) bool {
			if d.keeps(m) {
				return false
			}
			for p, local := range s.locals {
				if !d.dead(p, local, m) {
					return false
				}
			}
			return true
		})
	}
	return t
}
