// SPDX-License-Identifier: Apache-2.0

package mc

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
	"time"
)

// Liveness: that something good happens at last. A run may always stop for ever, unless a step is
// promised to be taken: that is fairness. A run that breaks a liveness property is a lasso, a way
// from the initial state to a cycle and round it for ever; or it comes to a state and stays there.

// Liveness is what must happen in every fair run. Then alone: Then holds at some time. With
// When: whenever When holds, Then holds at that time or later. With Stays: from some time on Then
// holds for ever.
type Liveness[L, M comparable] struct {
	Name  string
	When  func(State[L, M]) bool
	Then  func(State[L, M]) bool
	Stays bool
}

// LiveOptions says what may be relied on, and bounds the search.
type LiveOptions struct {
	// Fair says which steps are weakly fair at a process: one that can be taken from some time on
	// without a break, and would change something, is taken. Nil: every step that spends no
	// budget, for what spends one is mostly a fault or a wish.
	Fair func(process int, step string) bool
	// MaxStates is how many states there may be. Zero: DefaultLiveStates. A model with more of
	// them gets the verdict Unknown.
	MaxStates int
	// MemoryLimit is how many bytes the graph may take, about. Zero: DefaultMemoryLimit. A model
	// that needs more gets the verdict Unknown. The graph is never written to files: cycles are
	// looked for in all of it at once.
	MemoryLimit int64
	// Progress is called now and then with the number of states found so far. Nil: never.
	Progress func(states int)
}

// DefaultLiveStates is the limit of LiveOptions.MaxStates when none is given.
const DefaultLiveStates = 1_000_000

// LiveResult is the verdict on one liveness property.
type LiveResult[L, M comparable] struct {
	Property string
	// Verdict is Holds, Refuted (with a lasso), or Unknown: there were too many states, or all
	// runs that break the property do so because a budget is spent.
	Verdict Verdict
	Why     string
	// Prefix leads from the initial state to the one in which Cycle begins and ends. An empty
	// Cycle means that the run stays there for ever: no fair step can change anything.
	// Both were replayed by the plain semantics, and the fairness of the run was checked anew.
	Prefix, Cycle []Transition[L, M]
	// Bounds names the budgets without which the run would not be fair: with more of them, a
	// step that is fair could go on. Such a run says nothing about the system (Unknown).
	Bounds []string
	// Vacuous: When holds in no state that can be reached.
	Vacuous bool
	// States and Transitions is the size of the graph; OnCycles is how many of the states lie on
	// a cycle. If none does, only the states in which runs end had to be looked at.
	States, Transitions, OnCycles int
	Elapsed                       time.Duration
}

// CheckLive decides liveness properties of a model. It stores every transition and uses the plain
// semantics, so it is for models of up to about a million states. The errors are those of Check.
func CheckLive[L, M comparable](
	ctx context.Context, m Model[L, M], properties []Liveness[L, M], o LiveOptions,
) ([]LiveResult[L, M], error) {
	return checkLive(ctx, &m, properties, o, liveFaults{})
}

// liveFaults are deliberate defects. Tests plant them to see that they are noticed.
type liveFaults struct {
	ignoreFairness bool // a fairness condition is overlooked
	loseCycle      bool // states on a cycle are taken for states without
	loseEnd        bool // a state in which runs end is overlooked
	trustBounds    bool // a run that ends by a bound is taken for one that ends
}

// checkLive is CheckLive with what tests may change.
func checkLive[L, M comparable](ctx context.Context, m *Model[L, M],
	properties []Liveness[L, M], o LiveOptions, faults liveFaults,
) (results []LiveResult[L, M], err error) {
	if err := validateLive(m, properties); err != nil {
		return nil, err
	}
	defer func() {
		if p := recover(); p != nil {
			results, err = nil, fmt.Errorf("model %q: panic: %v\n%s", m.Name, p, debug.Stack())
		}
	}()
	started := time.Now()
	g, stopped, err := newLiveGraph(ctx, m, o)
	if err != nil {
		return nil, err
	}
	g.faults = faults
	for i := range properties {
		r := LiveResult[L, M]{Property: properties[i].Name, Why: stopped}
		if stopped == "" {
			r, err = g.decide(&properties[i])
			if err != nil {
				return nil, err
			}
		}
		r.States, r.Transitions, r.OnCycles = len(g.keys), len(g.edges), g.onCycles
		r.Elapsed = time.Since(started)
		results = append(results, r)
	}
	return results, nil
}

// validateLive refuses models and properties that cannot be used.
func validateLive[L, M comparable](m *Model[L, M], properties []Liveness[L, M]) error {
	if err := m.validate(); err != nil {
		return err
	}
	if len(properties) == 0 {
		return fmt.Errorf("model %q: there is no liveness property to check", m.Name)
	}
	for i := range properties {
		p := &properties[i]
		var err error
		switch {
		case p.Name == "":
			err = fmt.Errorf("liveness property %d has no name", i)
		case p.Then == nil:
			err = fmt.Errorf("liveness property %q has no Then", p.Name)
		case p.When != nil && p.Stays:
			err = fmt.Errorf("liveness property %q has When and Stays: want one of them", p.Name)
		}
		if err != nil {
			return fmt.Errorf("model %q: %w", m.Name, err)
		}
	}
	return nil
}

// decide looks for a fair run that breaks a property.
func (g *liveGraph[L, M]) decide(p *Liveness[L, M]) (LiveResult[L, M], error) {
	r := LiveResult[L, M]{Property: p.Name, Verdict: Holds}
	q := g.question(p)
	r.Vacuous = p.When != nil && q.starts == 0
	lasso, bounds := g.search(q)
	if lasso == nil {
		return r, nil
	}
	var err error
	if r.Prefix, r.Cycle, err = g.replay(q, lasso); err != nil {
		return r, err
	}
	how := "stays for ever in the state"
	if len(r.Cycle) > 0 {
		how = fmt.Sprintf("goes round a cycle of %d steps", len(r.Cycle))
	}
	r.Verdict = Refuted
	r.Why = fmt.Sprintf("%q is broken by a fair run that %s after %d steps", p.Name, how,
		len(r.Prefix))
	if len(bounds) > 0 {
		r.Verdict, r.Bounds = Unknown, bounds
		r.Why += fmt.Sprintf(", but only because the budget of %s is spent",
			strings.Join(bounds, ", "))
	}
	return r, nil
}

// replay turns a lasso into transitions of the plain semantics and checks all that makes it a
// counterexample, with nothing but these.
func (g *liveGraph[L, M]) replay(q *liveQuestion[L, M], lasso *lasso) (
	prefix, cycle []Transition[L, M], err error,
) {
	w := g.semantics
	s := w.initial()
	pending := q.property.When == nil
	note := func(s *state[L, M]) {
		if q.property.When != nil && q.property.When(s) {
			pending = true
		}
		if q.property.Then(s) && !q.property.Stays {
			pending = false
		}
	}
	take := func(steps []liveStep) (taken []Transition[L, M]) {
		for _, step := range steps {
			var f *firing[L, M]
			if f, err = g.firing(s, step); err != nil {
				return nil
			}
			taken = append(taken, w.transition(s, f))
			s = w.after(s, f)
			note(s)
		}
		return taken
	}
	note(s)
	if prefix = take(lasso.prefix); err != nil {
		return nil, nil, err
	}
	first, round := s, []*state[L, M]{s}
	then := []bool{q.property.Then(s)}
	for i := range lasso.cycle {
		cycle = append(cycle, take(lasso.cycle[i:i+1])...)
		if err != nil {
			return nil, nil, err
		}
		round = append(round, s)
		then = append(then, q.property.Then(s))
	}
	broken := pending && !slices.Contains(then, true)
	if q.property.Stays {
		broken = slices.Contains(then, false)
	}
	switch {
	case !sameState(first, s):
		err = errors.New("internal error: a cycle does not come back to where it began")
	case !broken:
		err = fmt.Errorf("internal error: replayed, the run does not break %q", q.property.Name)
	default:
		err = g.checkFair(round, lasso.cycle)
	}
	return prefix, cycle, err
}

// checkFair asks the plain semantics whether a cycle is fair: each fair step is taken in it, or
// there is a state in which it can change nothing.
func (g *liveGraph[L, M]) checkFair(round []*state[L, M], cycle []liveStep) error {
	for a, fair := range g.fair {
		if !fair || slices.ContainsFunc(cycle, func(s liveStep) bool { return s.action == a }) {
			continue
		}
		p, step := g.processStep(a)
		always := true
		for _, s := range round {
			enabled := false
			err := g.firingsOf(s, p, step, func(f *firing[L, M]) {
				enabled = enabled || f.reason == "" && !f.idle(s)
			})
			if err != nil {
				return err
			}
			always = always && enabled
		}
		if always {
			return fmt.Errorf("internal error: a run that was found to be fair never takes step "+
				"%q of process %d, which it always could", g.model.Steps[step].Name, p)
		}
	}
	return nil
}

// firing finds what leads from a state along a step of a lasso.
func (g *liveGraph[L, M]) firing(s *state[L, M], step liveStep) (*firing[L, M], error) {
	var best *firing[L, M]
	to := g.decode(g.keys[step.to])
	p, i := g.processStep(step.action)
	err := g.firingsOf(s, p, i, func(f *firing[L, M]) {
		if f.reason == "" && f.local == to.locals[p] && sameState(g.after(s, f), to) &&
			(best == nil || compareFirings(f, best) < 0) {
			best = f
		}
	})
	if err == nil && best == nil {
		err = fmt.Errorf("internal error: replay finds no firing of step %q of process %d from\n"+
			"%+v\nto\n%+v", g.model.Steps[i].Name, p, s, to)
	}
	return best, err
}
