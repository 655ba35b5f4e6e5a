// SPDX-License-Identifier: Apache-2.0

package mc

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"time"
)

// Simulation: seeded random walks through a model that is too large to be searched. A walk can
// find a violation far beyond the bounds of a search, and never proves that there is none.

// SimulateOptions says how many walks to take and how long they are.
type SimulateOptions struct {
	// Seed is the seed of the first walk; walk i has the seed Seed+i. Any number will do.
	Seed uint64
	// Walks is the number of walks, 1 or more. The first violation ends the simulation.
	Walks int
	// Depth is the number of transitions after which a walk ends, 1 or more. A walk ends
	// before it where nothing more can happen.
	Depth int
	// Progress is called after each walk, in the goroutine of the caller. Nil: none.
	Progress func(walks int, transitions int64)
}

// SimulateResult is what the walks met. All but Elapsed depends on the model and the options
// alone, unless the context ended.
type SimulateResult[L, M comparable] struct {
	// Model is the name of the model.
	Model string
	// Verdict is Refuted if an Always property is broken, or else Unknown. It is never Holds.
	Verdict Verdict
	// Why explains the verdict in one sentence.
	Why string
	// Walks is the number of walks taken, the one that met the violation included.
	Walks int
	// Transitions is the number of firings of all walks; Deepest is that of the longest.
	Transitions int64
	Deepest     int
	// Violated names the broken Always property. Empty unless Refuted.
	Violated string
	// Seed is the seed of the walk that broke it: the same model and Depth with this Seed and
	// Walks 1 break it again. Meaningless unless Refuted.
	Seed uint64
	// Length is the number of transitions after which the walk broke the property.
	Length int
	// Schedule is that walk, shortened: it still breaks the property, and no longer does when
	// any one of its transitions is left out. It need not be a shortest one. Empty if the
	// initial state breaks the property.
	Schedule []Transition[L, M]
	// Actions has one entry for each step, in the order of the table. Refused counts the same
	// input as often as it was met.
	Actions []ActionCoverage
	// Sometimes has one entry for each Sometimes property. Depth is the first that was met.
	Sometimes []SometimesCoverage[L, M]
	Elapsed   time.Duration
}

// Simulate takes random walks by the plain semantics, and asks each Always property after each
// transition. The error is about options or a model that cannot be used, as in Check. A
// context that ends also ends the walks: then the verdict is Unknown and Walks is less than asked.
func Simulate[L, M comparable](
	ctx context.Context, m Model[L, M], o SimulateOptions,
) (r SimulateResult[L, M], err error) {
	started := time.Now()
	r.Model = m.Name
	switch {
	case o.Walks < 1:
		return r, fmt.Errorf("model %q: SimulateOptions.Walks is %d, want 1 or more",
			m.Name, o.Walks)
	case o.Depth < 1:
		return r, fmt.Errorf("model %q: SimulateOptions.Depth is %d, want 1 or more",
			m.Name, o.Depth)
	}
	if err := m.validate(); err != nil {
		return r, err
	}
	defer func() {
		if p := recover(); p != nil { // In a property, or another function of the model.
			err = fmt.Errorf("model %q: panic: %v\n%s", m.Name, p, debug.Stack())
		}
	}()
	x := &simulation[L, M]{semantics: newSemantics(&m), options: o, seen: newFound(&m), result: &r}
	for p := range m.Processes {
		for i := range m.Steps {
			if m.Steps[i].At == nil || m.Steps[i].At(p) {
				x.actions = append(x.actions, action{p, i})
			}
		}
	}
	if err := x.walks(ctx); err != nil {
		return r, err
	}
	r.Actions, r.Sometimes = x.seen.coverage(&m)
	r.Elapsed = time.Since(started)
	return r, nil
}

// action is a step at a process that takes it.
type action struct{ process, step int }

// simulation is a series of walks under way.
type simulation[L, M comparable] struct {
	*semantics[L, M]
	options SimulateOptions
	actions []action
	seen    found[L, M] // only its coverage
	result  *SimulateResult[L, M]
}

// walks takes the walks and gives the verdict.
func (x *simulation[L, M]) walks(ctx context.Context) error {
	r, first := x.result, x.initial()
	for i := range x.model.Always {
		if !x.holds(&x.model.Always[i], first, true) {
			return x.refute(ctx, i, x.options.Seed, nil)
		}
	}
	x.note(first, 0)
	for i := range x.options.Walks {
		if ctx.Err() != nil {
			break
		}
		seed := x.options.Seed + uint64(i)
		r.Walks++
		taken, property, err := x.walk(ctx, seed)
		if err != nil {
			return err
		}
		r.Transitions += int64(len(taken))
		r.Deepest = max(r.Deepest, len(taken))
		if property >= 0 {
			return x.refute(ctx, property, seed, taken)
		}
		if x.options.Progress != nil {
			x.options.Progress(r.Walks, r.Transitions)
		}
	}
	r.Why = fmt.Sprintf("%d walks of up to %d transitions found nothing: that proves nothing",
		r.Walks, x.options.Depth)
	if ctx.Err() != nil {
		r.Why = fmt.Sprintf("%v in walk %d of %d", ctx.Err(), r.Walks, x.options.Walks)
	}
	return nil
}

// walk is one walk. The property is the index of the one that it broke, or -1.
func (x *simulation[L, M]) walk(
	ctx context.Context, seed uint64,
) (taken []*firing[L, M], property int, err error) {
	random := rand.New(rand.NewPCG(seed, 0))
	s, patience := x.initial(), x.patience(random)
	for len(taken) < x.options.Depth && ctx.Err() == nil {
		f, err := x.next(s, random, patience)
		if err != nil {
			return nil, -1, err
		}
		if f == nil {
			break
		}
		t := x.after(s, f)
		taken = append(taken, f)
		x.seen.fired[f.step]++
		for i := range x.model.Always {
			if !x.stillHolds(&x.model.Always[i], s, t, f) {
				return taken, i, nil
			}
		}
		s = t
		x.note(s, len(taken))
	}
	// All of it once more, in case that a transition can change more than was asked about.
	for i := range x.model.Always {
		if p := &x.model.Always[i]; !x.holds(p, s, true) {
			return nil, -1, fmt.Errorf("internal error: the walk with seed %d broke property %q "+
				"unnoticed:\n%+v", seed, p.Name, s)
		}
	}
	return taken, -1, nil
}

// patience draws, for each step, one out of how many times it is in a hurry. A step that spends a
// budget would else spend it at once, before the others have done anything that it can disturb.
func (x *simulation[L, M]) patience(random *rand.Rand) []int {
	patience := make([]int, len(x.model.Steps))
	for i := range patience {
		patience[i] = 1
		if x.spends[i] >= 0 {
			patience[i] = 1 << (2 * random.IntN(4)) // 1, 4, 16 or 64
		}
	}
	return patience
}

// next chooses a firing that changes something, or nil if there is none. All actions have the
// same chance, and then all firings of the action, so that a step with many inputs does not
// crowd out the others.
func (x *simulation[L, M]) next(
	s *state[L, M], random *rand.Rand, patience []int,
) (*firing[L, M], error) {
	var hurried, patient []action
	for _, i := range random.Perm(len(x.actions)) {
		if a := x.actions[i]; random.IntN(patience[a.step]) == 0 {
			hurried = append(hurried, a)
		} else {
			patient = append(patient, a)
		}
	}
	for _, a := range append(hurried, patient...) {
		var chosen *firing[L, M]
		choices := 0
		err := x.firingsOf(s, a.process, a.step, func(f *firing[L, M]) {
			switch {
			case f.reason != "":
				x.seen.reasons[f.step][f.reason]++
			case !f.idle(s):
				// The last of n is chosen with chance 1/n, so each is as likely.
				if choices++; random.IntN(choices) == 0 {
					chosen = f
				}
			}
		})
		if err != nil || chosen != nil {
			return chosen, err
		}
	}
	return nil, nil
}

// note records the Sometimes properties that a state reaches first.
func (x *simulation[L, M]) note(s *state[L, M], depth int) {
	for i := range x.model.Sometimes {
		if x.seen.reached[i] < 0 && x.holds(&x.model.Sometimes[i], s, false) {
			x.seen.reached[i] = depth
		}
	}
}

// refute records the violation at the end of a walk, as short as it gets.
func (x *simulation[L, M]) refute(
	ctx context.Context, property int, seed uint64, taken []*firing[L, M],
) error {
	p := &x.model.Always[property]
	short, err := x.shorten(ctx, p, taken)
	if err != nil {
		return err
	}
	r, s := x.result, x.initial()
	for _, f := range short {
		r.Schedule = append(r.Schedule, x.transition(s, f))
		s = x.after(s, f)
	}
	if x.holds(p, s, true) {
		return fmt.Errorf("internal error: replayed over %d steps, the walk with seed %d does "+
			"not break property %q:\n%+v", len(short), seed, p.Name, s)
	}
	r.Verdict, r.Violated, r.Seed, r.Length = Refuted, p.Name, seed, len(taken)
	r.Why = fmt.Sprintf("%q is broken by the walk with seed %d after %d transitions, of which %d "+
		"are enough", p.Name, seed, len(taken), len(short))
	return nil
}
