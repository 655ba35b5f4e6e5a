// SPDX-License-Identifier: Apache-2.0

package spec_test

import (
	"slices"

	"viewstamp/spec"
)

// A run that breaks a property is made shorter before it is shown. rapid can only choose smaller
// numbers or fewer steps, and each of its choices means something else when an earlier one is
// gone; here a step stays what it is, with the messages that it has received or such as are like
// them.

// shortened is a run from which no single step can be taken away any more. It breaks the same
// property with its last step.
func (w *walk) shortened() *walk {
	property := w.broken()
	if property == "" {
		return w
	}
	for again := true; again; {
		again = false
		for i := len(w.taken) - 2; i >= 0; i-- {
			i = min(i, len(w.taken)-1)
			fewer := slices.Delete(slices.Clone(w.taken), i, i+1)
			if shorter := newWalk(w.system).replay(fewer, property); shorter != nil {
				w, again = shorter, true
			}
		}
	}
	return w
}

// replay takes those of the steps that can still be taken, until the property breaks. It is nil if
// it does not.
func (w *walk) replay(steps []firing, property string) *walk {
	for _, f := range steps {
		in, choice, ok := w.inputLike(f)
		if !ok {
			continue
		}
		again := w.try(f.step, f.process, in, choice)
		if again == nil {
			continue
		}
		w.take(*again)
		switch w.broken() {
		case "":
		case property:
			return w
		default:
			return nil
		}
	}
	return nil
}

// inputLike is what the step of a firing can receive now: the same messages, or, where one was not
// sent, the latest that is like it. It is false if there is none, or the walker could not choose
// it.
func (w *walk) inputLike(f firing) (in []spec.Message, choice int, ok bool) {
	at := w.processes[f.process]
	r, isReplica := at.(spec.Replica)
	for _, m := range f.received {
		like := w.like(m)
		if like == nil || isReplica && f.step.Wants != nil && !f.step.Wants(w.c, r, like) {
			return nil, 0, false
		}
		in = append(in, like)
	}
	if choice = f.choice; f.step.Choices != nil {
		choice = min(choice, f.step.Choices(w.c, at)-1)
	}
	return in, choice, choice >= 0 && (f.step.Name != "Crash" || w.down() < w.c.F())
}

// like is the message, if it was sent; else the latest one of that kind, that sender and that view.
func (w *walk) like(m spec.Message) spec.Message {
	if w.known[m] {
		return m
	}
	view, _ := spec.View(m)
	sent := w.sent[m.Kind()]
	for i := len(sent) - 1; i >= 0; i-- {
		if v, _ := spec.View(sent[i]); v == view && w.system.Sender(sent[i]) == w.system.Sender(m) {
			return sent[i]
		}
	}
	return nil
}
