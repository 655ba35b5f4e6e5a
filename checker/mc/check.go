// SPDX-License-Identifier: Apache-2.0

package mc

import (
	"context"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
)

// Check, the entry to this package, and the verdict on what an explorer has found.

// Check searches all reachable states of a model, level by level. The error is about a model
// that cannot be used (and then names the part), about a step that panics or sends in another
// process's name, or about a defect of the explorer itself. Everything else is a Result: look
// at its Verdict, for Unknown is not a pass. A search whose context ends is Unknown.
func Check[L, M comparable](
	ctx context.Context, m Model[L, M], o Options,
) (Result[L, M], error) {
	return check(ctx, &m, o, tuning{})
}

// check is Check with what tests may change.
func check[L, M comparable](
	ctx context.Context, m *Model[L, M], o Options, t tuning,
) (r Result[L, M], err error) {
	r.Model = m.Name
	searched, premises := m, []string(nil)
	if o.Coverage {
		searched, premises = m.withPremises()
	}
	if err := searched.validate(); err != nil {
		return r, err
	}
	if err := o.validate(m.Name, m.Dead != nil, m.Ends != nil); err != nil {
		return r, err
	}
	if err := m.validateEager(o); err != nil {
		return r, err
	}
	if err := m.validateSymmetry(o); err != nil {
		return r, err
	}
	watch := newMonitor(o)
	defer watch.close()
	defer func() {
		// The functions of a model run in this goroutine too.
		if p := recover(); p != nil {
			err = fmt.Errorf("model %q: panic: %v\n%s", m.Name, p, debug.Stack())
		}
	}()
	var f *found[L, M]
	if o.Plain {
		f, err = explorePlain(ctx, searched, o, watch)
	} else {
		f, err = explore(ctx, searched, o, watch, t)
	}
	if err != nil {
		return r, err
	}
	defer f.release()
	f.eager = o.EagerSends
	r = f.result(m)
	if r.Distinct > 0 {
		r.BytesPerState = float64(f.bytes) / float64(r.Distinct)
	}
	if worst := f.worst(); worst != nil {
		r.Counterexample, err = newReduced(m, o).counterexample(worst, f.depth(), f.scan)
	}
	if err == nil {
		err = f.cover(m, &r, o, premises)
	}
	r.Elapsed = watch.elapsed()
	return r, err
}

// boundReached returns why a level must not be expanded, or nothing.
func (o *Options) boundReached(level int, distinct int64) string {
	switch {
	case o.MaxDepth > 0 && level >= o.MaxDepth:
		return fmt.Sprintf("depth bound of %d reached: raise Options.MaxDepth", o.MaxDepth)
	case o.MaxStates > 0 && distinct >= o.MaxStates:
		return fmt.Sprintf("bound of %d states reached: raise Options.MaxStates", o.MaxStates)
	default:
		return ""
	}
}

// found is what an explorer has found out.
type found[L, M comparable] struct {
	distinct, generated, idle int64
	levels                    []int64
	fired                     []int64
	reasons                   []map[Reason]int64
	reached                   []int         // depth for each Sometimes property; -1: not reached
	symmetry                  *orbits[L, M] // nil: each state stands for itself
	broken                    *broken[L, M]
	dead                      *broken[L, M] // a deadlock in the last complete level
	eager                     bool          // depths count what does more than send
	stopped                   string        // why the search is incomplete; empty: it is complete
	components                []int
	scan                      levelScan[L, M]
	bytes                     int64 // memory in use at the end
	each                      eachState[L, M]
	messageCount              func() map[Kind]int // distinct messages
	release                   func()              // gives up what scan and each need
}

// newFound returns empty findings.
func newFound[L, M comparable](m *Model[L, M]) found[L, M] {
	f := found[L, M]{
		fired:   make([]int64, len(m.Steps)),
		reasons: make([]map[Reason]int64, len(m.Steps)),
		reached: slices.Repeat([]int{-1}, len(m.Sometimes)),
		release: func() {},
	}
	for i := range f.reasons {
		f.reasons[i] = map[Reason]int64{}
	}
	return f
}

// endLevel records a complete level, which may be empty.
func (f *found[L, M]) endLevel(states int64) {
	if states > 0 {
		f.levels = append(f.levels, states)
		f.distinct += states
	}
}

// depth returns the level in which a broken state was found: the last complete level, or the
// one after it if the search was stopped within that.
func (f *found[L, M]) depth() int {
	if f.stopped != "" && f.dead == nil {
		return len(f.levels)
	}
	return len(f.levels) - 1
}

// worst returns the state to show: a deadlock is less deep than a property broken beyond it.
func (f *found[L, M]) worst() *broken[L, M] {
	if f.dead != nil {
		return f.dead
	}
	return f.broken
}

// result pronounces the verdict.
func (f *found[L, M]) result(m *Model[L, M]) Result[L, M] {
	r := Result[L, M]{
		Model: m.Name, Verdict: Holds, Components: f.components,
		Distinct: f.distinct, Generated: f.generated, Idle: f.idle,
		Depth: len(f.levels) - 1, Levels: f.levels,
	}
	r.Actions, r.Sometimes = f.coverage(m)
	switch {
	case f.dead != nil:
		r.Verdict, r.Violated = Refuted, Deadlock
		r.Why = fmt.Sprintf("deadlock: in a state at depth %d no step can change anything, and "+
			"the model does not expect an end there", f.depth())
		if spent := newSemantics(m).spentBudgets(f.dead.state); len(spent) > 0 {
			r.Why += fmt.Sprintf(" (spent there: the budget of %s)", strings.Join(spent, ", "))
		}
	case f.broken != nil:
		r.Verdict, r.Violated = Refuted, m.Always[f.broken.property].Name
		r.Why = fmt.Sprintf("%q is broken in a state at depth %d", r.Violated, f.depth())
		if f.eager {
			r.Why += ", eager sends not counted: perhaps not by a shortest run"
		}
	case f.stopped != "":
		r.Verdict, r.Why = Unknown, f.stopped
	default:
		r.judgeCoverage(m.Optional)
	}
	return r
}

// coverage lists what was taken, refused and reached, in the order of the model.
func (f *found[L, M]) coverage(m *Model[L, M]) (
	actions []ActionCoverage, sometimes []SometimesCoverage[L, M],
) {
	for i := range m.Steps {
		actions = append(actions, ActionCoverage{
			Step: m.Steps[i].Name, Fired: f.fired[i], Refused: countReasons(f.reasons[i])})
	}
	for i := range m.Sometimes {
		sometimes = append(sometimes, SometimesCoverage[L, M]{
			Name: m.Sometimes[i].Name, Reached: f.reached[i] >= 0, Depth: max(0, f.reached[i])})
	}
	return actions, sometimes
}

// judgeCoverage refutes a complete search that left a step or a Sometimes property unreached: a
// model that does nothing must not pass.
func (r *Result[L, M]) judgeCoverage(optional []string) {
	var missed []string
	for _, s := range r.Sometimes {
		if !s.Reached {
			missed = append(missed, fmt.Sprintf("sometimes: %s never reached", s.Name))
		}
	}
	for _, a := range r.Actions {
		if a.Fired == 0 && !slices.Contains(optional, a.Step) {
			missed = append(missed, fmt.Sprintf("coverage: step %s never fires", a.Step))
		}
	}
	if len(missed) > 0 {
		r.Verdict, r.Violated = Refuted, missed[0]
		r.Why = strings.Join(missed, "; ")
	}
}

// countReasons sorts reasons by text.
func countReasons(counts map[Reason]int64) []ReasonCount {
	var list []ReasonCount
	for reason, n := range counts {
		list = append(list, ReasonCount{reason, n})
	}
	slices.SortFunc(list, func(a, b ReasonCount) int {
		return strings.Compare(string(a.Reason), string(b.Reason))
	})
	return list
}
