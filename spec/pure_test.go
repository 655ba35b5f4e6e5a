// SPDX-License-Identifier: Apache-2.0

package spec_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"viewstamp/spec"
)

// Steps are pure: all successors of a state are computed, copied as they come, computed again, and
// then all compared. Comparing only the input before and after would miss the fault that matters
// most: two successors that share memory, so that the second overwrites the first.

// siblings lists the firings of all steps in the present state. Of a step that takes a quorum there
// are a few at random for each process.
func (w *walk) siblings(by chooser) []firing {
	var all []firing
	for _, step := range w.system.Protocol.Steps {
		if step.Quorum == nil {
			all = append(all, w.firings(step)...)
			continue
		}
		for range 3 {
			for p := range w.c.N {
				if in := w.quorum(step, p, by); in != nil {
					if f := w.try(step, p, in, 0); f != nil {
						all = append(all, *f)
					}
				}
			}
		}
	}
	return all
}

// text is a deep copy of what a step yields: text shares no memory with anything.
func text(p spec.Process, sent []spec.Message) string {
	return fmt.Sprintf("%v sends %v", p, sent)
}

// impure says what is wrong with the steps that are possible now; empty if nothing is.
func (w *walk) impure(by chooser) string {
	before := make([]string, len(w.processes))
	for i, p := range w.processes {
		before[i] = text(p, nil)
	}
	siblings := w.siblings(by)
	copies := make([]string, len(siblings))
	for i := range siblings {
		f := &siblings[i]
		in := slices.Clone(f.received)
		f.after, f.sent, _ = f.step.Do(w.c, w.processes[f.process], f.received, f.choice)
		copies[i] = text(f.after, f.sent)
		if !slices.Equal(in, f.received) {
			return fmt.Sprintf("%s changes what it receives: %v", f.step.Name, in)
		}
	}
	for i, f := range siblings {
		if text(f.after, f.sent) != copies[i] {
			return fmt.Sprintf("what %s has yielded is changed by a later step:\nit was  %s\nnow is %s",
				f.step.Name, copies[i], text(f.after, f.sent))
		}
		after, sent, why := f.step.Do(w.c, w.processes[f.process], f.received, f.choice)
		if why != spec.Accepted || after != f.after || text(after, sent) != copies[i] {
			return fmt.Sprintf("%s yields something else the second time:\nit was  %s\nnow is %s",
				f.step.Name, copies[i], text(after, sent))
		}
	}
	for i, p := range w.processes {
		if text(p, nil) != before[i] {
			return fmt.Sprintf("a step changes the state that it starts from: it was %s, now is %v",
				before[i], p)
		}
	}
	return ""
}

// checkPurity walks, and looks at the siblings of every tenth state on the way.
func checkPurity(s spec.System, seed int) (states int, complaint string) {
	w, by := newWalk(s), seeded{rand.New(rand.NewPCG(uint64(seed), 1))}
	for w.step(by) && len(w.taken) < 200 {
		if len(w.taken)%10 != 0 {
			continue
		}
		states++
		if complaint = w.impure(by); complaint != "" {
			return states, fmt.Sprintf("%s\nafter\n%v", complaint, w)
		}
	}
	return states, ""
}

func TestStepsArePure(t *testing.T) {
	states := 0
	for _, n := range []int{3, 5} {
		for _, number := range seeds(12) {
			seen, complaint := checkPurity(system(spec.ViewstampedReplication(), n, 2), number)
			require.Empty(t, complaint, reproduce(t, number))
			states += seen
		}
	}
	require.GreaterOrEqual(t, states, 20)
}

// TestImpureStepsAreFound plants one step of each sort of impurity.
func TestImpureStepsAreFound(t *testing.T) {
	right := spec.ViewstampedReplication()
	do := right.Step("OnRequest").Do
	var calls int
	remembers := func(c spec.Configuration, p spec.Process, in []spec.Message, choice int) (
		spec.Process, []spec.Message, spec.Ignored,
	) {
		after, _, why := do(c, p, in, choice)
		calls++
		operation := spec.Operation(fmt.Sprint(calls))
		return after, one(spec.Request{RequestNumber: 1, Operation: operation}), why
	}
	shared := make([]spec.Message, 1)
	shares := func(c spec.Configuration, p spec.Process, in []spec.Message, choice int) (
		spec.Process, []spec.Message, spec.Ignored,
	) {
		after, sent, why := do(c, p, in, choice)
		if why == spec.Accepted {
			shared[0] = sent[0]
			sent = shared
		}
		return after, sent, why
	}
	overwrites := func(c spec.Configuration, p spec.Process, in []spec.Message, choice int) (
		spec.Process, []spec.Message, spec.Ignored,
	) {
		after, sent, why := do(c, p, in, choice)
		in[0] = a2
		return after, sent, why
	}
	for says, wrong := range map[string]spec.Do{
		"OnRequest yields something else the second time":  remembers,
		"what OnRequest has yielded is changed by a later": shares,
		"OnRequest changes what it receives":               overwrites,
	} {
		var complaint string
		for number := 0; number < 20 && complaint == ""; number++ {
			_, complaint = checkPurity(system(right.Replace("OnRequest", wrong), 3, 0), number)
		}
		require.Contains(t, complaint, says)
	}
}
