// SPDX-License-Identifier: Apache-2.0

package simcheck

// Shrinking: a run that fails has hundreds of faults and requests, and a few of
// them matter. What is left when all others are gone can be read.

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"viewstamp/impl/sim"
)

// Script is a run that failed once, as it is kept in testdata/fixedbugs.
type Script struct {
	// Why says what was wrong.
	Why string `json:"why"`
	// Story is what happens in the run, a sentence for each fault. It follows from
	// Config.
	Story []string `json:"story,omitempty"`
	// Config is run with each of the Seeds.
	Seeds  []uint64   `json:"seeds"`
	Config sim.Config `json:"config"`
}

// Shrunk is what Shrink returns.
type Shrunk struct {
	Script Script
	// Failure is that of the script. It has the layer and the reason of the one
	// that was shrunk.
	Failure *Failure
	// Runs is how many it took. FaultsBefore and FaultsAfter count the faults with
	// a time of their own.
	Runs, FaultsBefore, FaultsAfter int
}

// ShrinkRuns is how many runs Shrink makes at most if it is told nothing else.
const ShrinkRuns = 600

// Shrink makes a failing run smaller as long as it fails in the same way: first it
// makes the faults that happened a Schedule, then it leaves out faults, kinds of
// faults, requests, clients, replicas and time. runs bounds how many runs it may
// make; 0 is ShrinkRuns. It is an error if the run does not fail.
func Shrink(ctx context.Context, config sim.Config, runs int) (Shrunk, error) {
	return shrinkWith(config, runs, func(c sim.Config) (sim.Result, error) {
		v, err := One(ctx, c)
		return v.Result, err
	})
}

// shrinkWith is Shrink with another judge.
func shrinkWith(config sim.Config, runs int,
	judge func(sim.Config) (sim.Result, error)) (Shrunk, error) {
	if runs == 0 {
		runs = ShrinkRuns
	}
	result, err := judge(config)
	var first *Failure
	if !errors.As(err, &first) {
		if err != nil {
			return Shrunk{}, err
		}
		return Shrunk{}, fmt.Errorf("simcheck: the run with seed %d does not fail, so there is "+
			"nothing to shrink", config.Seed)
	}
	s := &shrinker{judge: judge, left: runs, total: runs, want: first, best: config, failure: first}
	whole := config.Whole()
	whole.Faults = whole.Faults.WithoutTimes()
	whole.Schedule = result.Schedule
	before := len(result.Schedule)
	// A schedule happens again as it did. Should it not, the run as it was drawn
	// is all there is.
	if s.try(whole) {
		s.reduce()
	}
	s.best.Hooks, s.best.Verbose = sim.Hooks{}, nil
	script := Script{Seeds: []uint64{s.best.Seed}, Config: s.best, Story: Story(s.best),
		Why: fmt.Sprintf("%s: %v", s.failure.Layer, s.failure.Err)}
	return Shrunk{Script: script, Failure: s.failure, Runs: s.total - s.left,
		FaultsBefore: before, FaultsAfter: len(s.best.Schedule)}, nil
}

// shrinker is a search that goes on.
type shrinker struct {
	judge       func(sim.Config) (sim.Result, error)
	left, total int
	want        *Failure
	best        sim.Config // Fails.
	failure     *Failure   // How it does.
}

// try takes a smaller run if it fails as the first one did.
func (s *shrinker) try(c sim.Config) bool {
	if s.left == 0 {
		return false
	}
	s.left--
	_, err := s.judge(c)
	var f *Failure
	if !errors.As(err, &f) || f.Layer != s.want.Layer || f.Reason != s.want.Reason {
		return false
	}
	s.best, s.failure = c, f
	return true
}

// reduce goes through all that can be left out until nothing more can be.
func (s *shrinker) reduce() {
	for progress := true; progress && s.left > 0; {
		progress = s.faults()
		progress = s.numbers() || progress
		progress = s.rates() || progress
		progress = s.lengths() || progress
	}
}

// faults leaves out parts of the schedule: halves, quarters, and so on.
func (s *shrinker) faults() (progress bool) {
	for size := max(1, len(s.best.Schedule)/2); ; size /= 2 {
		// From the end: what came later is less likely to be the cause of anything.
		for end := len(s.best.Schedule); end > 0; end -= size {
			c := s.best
			c.Schedule = slices.Concat(c.Schedule[:max(0, end-size)], c.Schedule[end:])
			progress = s.try(c) || progress
		}
		if size <= 1 {
			return progress
		}
	}
}

// numbers makes the run smaller and shorter.
func (s *shrinker) numbers() (progress bool) {
	smaller := func(field func(*sim.Config) *int, least int) {
		for _, divide := range []int{8, 2} {
			for s.left > 0 {
				c := s.best
				f := field(&c)
				n := max(least, *f/divide)
				if n == *f {
					break
				}
				*f = n
				if !s.try(c) {
					break
				}
				progress = true
			}
		}
		c := s.best
		if f := field(&c); *f > least {
			*f--
			progress = s.try(c) || progress
		}
	}
	smaller(func(c *sim.Config) *int { return &c.Clients }, 1)
	smaller(func(c *sim.Config) *int { return &c.Requests }, 1)
	if c := s.best; c.Replicas > 3 {
		c.Replicas = 3
		progress = s.try(c) || progress
	}
	// The safety phase may end with the last fault.
	if n := len(s.best.Schedule); n > 0 {
		c := s.best
		last := c.Schedule[n-1]
		if end := (last.At + last.For + time.Second).Round(time.Second); end < c.SafetyTime {
			c.SafetyTime = end
			progress = s.try(c) || progress
		}
	}
	for s.best.SafetyTime > 2*time.Second {
		c := s.best
		c.SafetyTime = (c.SafetyTime * 2 / 3).Round(time.Second)
		if !s.try(c) {
			break
		}
		progress = true
	}
	return progress
}

// rates turns off what happens to each message, request and clock.
func (s *shrinker) rates() (progress bool) {
	for _, off := range []func(*sim.Faults) bool{
		func(f *sim.Faults) bool { return set(&f.Loss, 0) },
		func(f *sim.Faults) bool { return set(&f.Duplicate, 0) },
		func(f *sim.Faults) bool { return set(&f.Reorder, 0) },
		func(f *sim.Faults) bool { return set(&f.Corrupt, 0) },
		func(f *sim.Faults) bool { return set(&f.ClientCrash, 0) },
		func(f *sim.Faults) bool { return set(&f.ClockSkew, 0) },
	} {
		c, faults := s.best, *s.best.Faults
		if c.Faults = &faults; off(&faults) {
			progress = s.try(c) || progress
		}
	}
	no := false
	if c := s.best; *c.Wire {
		c.Wire = &no
		progress = s.try(c) || progress
	}
	return progress
}

// lengths makes faults short.
func (s *shrinker) lengths() (progress bool) {
	for i := range s.best.Schedule {
		for s.best.Schedule[i].For > 10*time.Millisecond {
			c := s.best
			c.Schedule = slices.Clone(c.Schedule)
			c.Schedule[i].For /= 4
			if !s.try(c) {
				break
			}
			progress = true
		}
	}
	return progress
}

// set says whether a field changes.
func set[T comparable](field *T, to T) bool {
	changed := *field != to
	*field = to
	return changed
}

// Story tells a configuration with a Schedule in sentences. One without has none:
// what happens in it follows from the seed.
func Story(c sim.Config) []string {
	if c.Schedule == nil && (c.Faults == nil || c.Replicas == 0) {
		return nil
	}
	story := []string{fmt.Sprintf("%d replicas, %d clients with up to %d requests each, faults for %v",
		c.Replicas, c.Clients, c.Requests, c.SafetyTime.Round(time.Millisecond))}
	if f := c.Faults; f != nil {
		for _, rate := range []struct {
			part float64
			says string
		}{
			{f.Loss, "of the messages are lost"}, {f.Duplicate, "of the messages arrive twice"},
			{f.Reorder, fmt.Sprintf("of the messages are late by about %v", f.LateMean)},
			{f.Corrupt, "of the messages have a wrong bit"},
			{f.ClientCrash, "of the clients that wait too long give up"},
		} {
			if rate.part > 0 {
				story = append(story, fmt.Sprintf("%.1f %% %s", 100*rate.part, rate.says))
			}
		}
	}
	for _, f := range c.Schedule {
		story = append(story, f.String())
	}
	return append(story, "then everything is healed, and all requests must be answered")
}
