// SPDX-License-Identifier: Apache-2.0

package spec_test

import (
	"slices"

	"viewstamp/spec"
)

// A random walker over a protocol: processes, the set of all messages ever sent, and one firing
// after the other, each chosen among those that do something. It is the smallest thing that can
// run the table of steps, and shares no code with the model checker, so that the two check each
// other.

// chooser decides where the walk goes: a random generator, or rapid, which can shrink.
type chooser interface {
	// choose is a number from 0 to n-1. n is not 0.
	choose(what string, n int) int
}

// firing is a step that can be taken now, with its outcome.
type firing struct {
	step     spec.Step
	process  int
	received []spec.Message
	choice   int
	before   spec.Process
	after    spec.Process
	sent     []spec.Message
}

// walk is a run of a system so far.
type walk struct {
	system     spec.System
	c          spec.Configuration
	properties []spec.Property
	offers     []spec.Step // The table, with the steps that are wanted more often repeated.
	processes  []spec.Process
	// sent holds the messages by kind, in the order in which they were sent first.
	sent  map[spec.Kind][]spec.Message
	known map[spec.Message]bool
	spent map[spec.Budget]int
	taken []firing
	fresh []spec.Message // What the latest firing has added to the network.
}

// newWalk starts in the first state.
func newWalk(s spec.System) *walk {
	var offers []spec.Step
	for _, step := range s.Protocol.Steps {
		offers = append(offers, slices.Repeat([]spec.Step{step}, weight(step))...)
	}
	return &walk{
		system: s, c: s.Configuration(), properties: propertiesOf(s), offers: offers,
		processes: s.Processes(), sent: make(map[spec.Kind][]spec.Message),
		known: make(map[spec.Message]bool), spent: make(map[spec.Budget]int),
	}
}

// propertiesOf lists what must hold. A replica that loses its memory takes its copies with it, so
// there QuorumCopies does not: the others must be enough.
func propertiesOf(s spec.System) []spec.Property {
	forgets := slices.ContainsFunc(s.Protocol.Steps, func(step spec.Step) bool {
		return step.Name == "Crash"
	})
	return slices.DeleteFunc(s.Invariants(), func(p spec.Property) bool {
		return forgets && p.Name == "QuorumCopies"
	})
}

// weight is how often a step is on offer. Steps that disturb the others come less often, so that
// something is committed between them.
func weight(step spec.Step) int {
	if step.Spends == spec.ViewChanges || step.Spends == spec.Restarts ||
		step.Spends == spec.LaterViewChanges {
		return 1
	}
	return 4
}

// replica is the state of a replica.
func (w *walk) replica(i int) spec.Replica { return w.processes[i].(spec.Replica) }

// limit is how often the steps of a budget may happen.
func (w *walk) limit(b spec.Budget) int {
	switch b {
	case spec.Requests:
		return w.system.Bounds.Requests
	case spec.ViewChanges:
		return w.system.Bounds.ViewChanges
	case spec.Restarts:
		return w.system.Bounds.Restarts
	case spec.LaterViewChanges:
		return w.system.Bounds.LaterViewChanges
	case spec.Damages:
		return w.system.Bounds.Damages
	case spec.Reads:
		return w.system.Bounds.Reads
	case spec.ClientCrashes:
		return w.system.Bounds.ClientCrashes
	}
	return 1 << 30
}

// at says whether a process takes the step at all.
func (w *walk) at(step spec.Step, process int) bool {
	return step.Client == (process >= w.system.Replicas())
}

// step takes some step that can be taken. It is false if there is none. Where in the table to look
// first, and in which order, is chosen; so all steps have their turn, whatever comes before them.
func (w *walk) step(by chooser) bool {
	n := len(w.offers)
	i, stride := by.choose("first", n), 1+by.choose("stride", n-1)
	for gcd(stride, n) != 1 { // Only then does the walk over the table meet all of it.
		stride++
	}
	for range n {
		if w.fire(w.offers[i], by) {
			return true
		}
		i = (i + stride) % n
	}
	return false
}

// gcd is the greatest common divisor.
func gcd(a, b int) int {
	for b > 0 {
		a, b = b, a%b
	}
	return a
}

// fire chooses a firing of the step and takes it. It is false if there is none.
func (w *walk) fire(step spec.Step, by chooser) bool {
	firings := w.enabled(step)
	if len(firings) == 0 {
		return false
	}
	f := firings[by.choose(step.Name, len(firings))]
	if step.Quorum != nil { // So far the quorum is the first that there is.
		other := w.try(step, f.process, w.quorum(step, f.process, by), 0)
		if other == nil {
			return false
		}
		f = *other
	}
	w.take(f)
	return true
}

// enabled lists the firings of a step that its budget allows. Of a step that takes a quorum it
// lists one for each process.
func (w *walk) enabled(step spec.Step) []firing {
	switch {
	case w.spent[step.Spends] >= w.limit(step.Spends):
		return nil
	case step.Quorum != nil:
		return w.quorumFirings(step)
	}
	return w.firings(step)
}

// take makes a firing happen.
func (w *walk) take(f firing) {
	w.processes[f.process] = f.after
	w.fresh = nil
	for _, m := range f.sent {
		if !w.known[m] {
			w.known[m] = true
			w.sent[m.Kind()] = append(w.sent[m.Kind()], m)
			w.fresh = append(w.fresh, m)
		}
	}
	w.spent[f.step.Spends]++
	w.taken = append(w.taken, f)
}

// try runs a step. The firing is nil if the step is ignored, or changes nothing and sends nothing
// that is new.
func (w *walk) try(step spec.Step, process int, in []spec.Message, choice int) *firing {
	after, sent, why := step.Do(w.c, w.processes[process], slices.Clone(in), choice)
	if why != spec.Accepted {
		return nil
	}
	isNew := func(m spec.Message) bool { return !w.known[m] }
	if after == w.processes[process] && !slices.ContainsFunc(sent, isNew) {
		return nil
	}
	return &firing{step, process, in, choice, w.processes[process], after, sent}
}

// firings lists all firings of a step that takes no message or one.
func (w *walk) firings(step spec.Step) []firing {
	var all []firing
	for p, local := range w.processes {
		if !w.at(step, p) || step.Name == "Crash" && w.down() >= w.c.F() {
			continue
		}
		choices := 1
		if step.Choices != nil {
			choices = step.Choices(w.c, local)
		}
		for _, in := range w.inputs(step, p) {
			for choice := range choices {
				if f := w.try(step, p, in, choice); f != nil {
					all = append(all, *f)
				}
			}
		}
	}
	return all
}

// down counts the replicas that have lost their memory. Recovery needs the others: no more than F
// may be down at the same time.
func (w *walk) down() int {
	down := 0
	for i := range w.system.Replicas() {
		if w.replica(i).Status == spec.Recovering {
			down++
		}
	}
	return down
}

// inputs lists what a step of a process can receive: a message of another process, or nothing if
// the step is spontaneous.
func (w *walk) inputs(step spec.Step, process int) [][]spec.Message {
	if len(step.On) == 0 {
		return [][]spec.Message{nil}
	}
	var all [][]spec.Message
	for _, kind := range step.On {
		for _, m := range w.sent[kind] {
			if w.system.Sender(m) != process {
				all = append(all, []spec.Message{m})
			}
		}
	}
	return all
}

// quorumFirings lists one firing for each process that can take the step now. There are too many
// quorums to list them all.
func (w *walk) quorumFirings(step spec.Step) []firing {
	var all []firing
	for p := range w.system.Replicas() {
		if in := w.quorum(step, p, first{}); in != nil {
			if f := w.try(step, p, in, 0); f != nil {
				all = append(all, *f)
			}
		}
	}
	return all
}

// first always chooses the first.
type first struct{}

func (first) choose(string, int) int { return 0 }

// quorum chooses messages of as many different other replicas as the step needs, its own first if
// the step needs that too. It is nil if there are not enough.
func (w *walk) quorum(step spec.Step, process int, by chooser) []spec.Message {
	wanted := make([][]spec.Message, w.system.Replicas()) // by sender
	for _, m := range w.sent[step.On[0]] {
		if step.Wants == nil || step.Wants(w.c, w.replica(process), m) {
			wanted[w.system.Sender(m)] = append(wanted[w.system.Sender(m)], m)
		}
	}
	var quorum []spec.Message
	pick := func(from []spec.Message) {
		quorum = append(quorum, from[by.choose("message", len(from))])
	}
	if step.Own {
		if len(wanted[process]) == 0 {
			return nil
		}
		pick(wanted[process])
	}
	var others []int
	for sender, messages := range wanted {
		if sender != process && len(messages) > 0 {
			others = append(others, sender)
		}
	}
	needed := step.Quorum(w.replica(process).Group(w.c))
	if len(others) < needed {
		return nil
	}
	for ; needed > 0; needed-- {
		i := by.choose("sender", len(others))
		pick(wanted[others[i]])
		others = slices.Delete(others, i, i+1)
	}
	return quorum
}

// String is the run as a schedule, in the form of the counterexamples of the model checker.
func (w *walk) String() string {
	taken := make([]spec.Taken, len(w.taken))
	for i, f := range w.taken {
		taken[i] = spec.Taken{Process: f.process, Step: f.step.Name, Received: f.received,
			Choice: f.choice, Before: f.before, After: f.after, Sent: f.sent}
	}
	return w.system.Explain(taken, 1)
}
