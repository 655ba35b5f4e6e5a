// SPDX-License-Identifier: Apache-2.0

package spec_test

import (
	"slices"

	"viewstamp/spec"
)

// What the walker checks after each firing: the properties of the spec, as far as the firing can
// have changed their answer, and that views and commits never go back.

// broken is the name of a property that the latest firing broke; empty if all hold.
func (w *walk) broken() string {
	if len(w.taken) == 0 {
		return ""
	}
	for _, p := range w.properties {
		if !w.holds(p) {
			return p.Name
		}
	}
	return ""
}

// holds asks one property about what the latest firing touched: the process that took it, and the
// messages that it sent first.
func (w *walk) holds(p spec.Property) bool {
	changed := w.taken[len(w.taken)-1].process
	switch {
	case p.Replica != nil:
		return changed >= w.system.Replicas() || p.Replica(w.c, w.replica(changed))
	case p.Replicas != nil:
		return changed >= w.system.Replicas() || w.pairHolds(p, changed)
	case p.Message != nil:
		return all(w.freshOf(p), p.Message)
	case p.Messages != nil:
		return all(w.freshOf(p), func(m spec.Message) bool {
			return all(w.of(p), func(other spec.Message) bool {
				return m == other || p.Messages(m, other) && p.Messages(other, m)
			})
		})
	case p.ReplicaMessage != nil:
		return w.replicaMessageHolds(p, changed)
	}
	group := make([]spec.Replica, w.system.Replicas())
	for i := range group {
		group[i] = w.replica(i)
	}
	if len(p.Kinds) == 0 {
		return p.Group(w.c, group, nil)
	}
	return all(w.of(p), func(m spec.Message) bool { return p.Group(w.c, group, m) })
}

// pairHolds asks about a replica and each other one, in both orders.
func (w *walk) pairHolds(p spec.Property, changed int) bool {
	for i := range w.system.Replicas() {
		r, other := w.replica(changed), w.replica(i)
		if i != changed && !(p.Replicas(w.c, r, other) && p.Replicas(w.c, other, r)) {
			return false
		}
	}
	return true
}

// replicaMessageHolds asks about the changed replica and each message, and about each replica and
// the fresh messages.
func (w *walk) replicaMessageHolds(p spec.Property, changed int) bool {
	for i := range w.system.Replicas() {
		messages := w.freshOf(p)
		if i == changed {
			messages = w.of(p)
		}
		holds := all(messages, func(m spec.Message) bool {
			return p.ReplicaMessage(w.c, w.replica(i), m)
		})
		if !holds {
			return false
		}
	}
	return true
}

// of lists the messages that the property is about.
func (w *walk) of(p spec.Property) []spec.Message {
	var about []spec.Message
	for kind := spec.KindRequest; kind <= spec.KindRecoveryResponse; kind++ {
		if len(p.Kinds) == 0 || slices.Contains(p.Kinds, kind) {
			about = append(about, w.sent[kind]...)
		}
	}
	return about
}

// freshOf lists those that the latest firing sent first.
func (w *walk) freshOf(p spec.Property) []spec.Message {
	var about []spec.Message
	for _, m := range w.fresh {
		if len(p.Kinds) == 0 || slices.Contains(p.Kinds, m.Kind()) {
			about = append(about, m)
		}
	}
	return about
}

// all says whether the predicate holds for all messages.
func all(messages []spec.Message, holds func(spec.Message) bool) bool {
	return !slices.ContainsFunc(messages, func(m spec.Message) bool { return !holds(m) })
}
