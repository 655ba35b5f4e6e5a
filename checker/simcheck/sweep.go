// SPDX-License-Identifier: Apache-2.0

package simcheck

// Many runs.

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"sync"
	"time"

	"viewstamp/checker/conform"
	"viewstamp/impl/sim"
	"viewstamp/impl/vsr"
	"viewstamp/spec"
)

// Options say which runs to make.
type Options struct {
	// Seed is the first seed; the others follow it.
	Seed uint64
	// Seeds is how many. Zero: 100.
	Seeds int
	// Workers is how many run at once. Zero: one for each processor.
	Workers int
	// Config is that of every run but for its Seed.
	Config sim.Config
	// Progress, if not nil, is called after each run, one call at a time.
	Progress func(done, seeds int, so Summary)
	// Only, if not empty, is the one layer that may find something: whether it would without the
	// others is what mutants are asked. Floors do not count then.
	Only Layer
	// FloorSeeds is the size of a sweep from which on the floors must be
	// reached. Zero: 50.
	FloorSeeds int
}

// Summary is what a sweep has seen.
type Summary struct {
	// Seeds is how many runs ended well.
	Seeds  int
	Counts sim.Counts
	// Runs is in how many runs each of the Counts was more than zero, and Loaded how
	// many executed LoadedOps operations.
	Runs   map[string]int
	Loaded int
	// Least is how many operations the run with the fewest has executed.
	Least uint64
	// Unrecoverable counts runs in which more disks were damaged than a group can
	// live with. They are not among Seeds.
	Unrecoverable int
	Conform       conform.Report
	// Ignored counts the messages that did nothing at a replica, by the reasons
	// of package vsr.
	Ignored map[vsr.Ignored]uint64
	// Operations counts the operations whose order the checkers of histories
	// decided.
	Operations int
	// Duration is how long the sweep took, RunTime and LinearTime how long all
	// workers together were busy with runs and with histories.
	Duration, RunTime, LinearTime time.Duration
	// Digest is that of all runs, in the order of the seeds.
	Digest uint64
}

// LoadedOps is what a run must execute to have shown much.
const LoadedOps = 100

// Speed is virtual time per real time of one core, the conformance check
// included.
func (s Summary) Speed() float64 {
	if s.RunTime == 0 {
		return 0
	}
	return s.Counts.VirtualTime.Seconds() / s.RunTime.Seconds()
}

// EventsPerSecond is how many events of replicas one core has run and checked
// in a second.
func (s Summary) EventsPerSecond() float64 {
	if s.RunTime == 0 {
		return 0
	}
	return float64(s.Conform.Events) / s.RunTime.Seconds()
}

// Run makes the runs. The error is a *Failure: that of the smallest seed that
// failed, or of the floors. After a failure, larger seeds are not begun.
func Run(ctx context.Context, o Options) (Summary, error) {
	if o.Seeds == 0 {
		o.Seeds = 100
	}
	if o.Workers == 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	if o.FloorSeeds == 0 {
		o.FloorSeeds = 50
	}
	if o.Seeds < 0 || o.Workers < 0 {
		return Summary{}, fmt.Errorf("simcheck: %d seeds on %d workers, expected 0 or more",
			o.Seeds, o.Workers)
	}
	s := &sweep{options: o, digests: make([]uint64, o.Seeds), failed: o.Seeds, begin: time.Now()}
	s.summary.Runs = map[string]int{}
	s.summary.Ignored = map[vsr.Ignored]uint64{}
	s.summary.Conform.Steps = map[string]int{}
	s.summary.Conform.Ignored = map[spec.Ignored]int{}
	// Runs make much garbage and keep little: a collector that comes at each doubling of a few
	// megabytes takes a quarter of the time. A few runs have hundreds of megabytes for a moment, which
	// must not become gigabytes.
	defer debug.SetGCPercent(debug.SetGCPercent(800))
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(min(debug.SetMemoryLimit(-1), 1<<30)))
	var workers sync.WaitGroup
	for range min(o.Workers, o.Seeds) {
		workers.Go(func() { s.work(ctx) })
	}
	workers.Wait()
	s.summary.Duration = time.Since(s.begin)
	for _, d := range s.digests {
		s.summary.Digest = s.summary.Digest*1099511628211 ^ d
	}
	if s.err != nil {
		return s.summary, s.err
	}
	if err := ctx.Err(); err != nil {
		return s.summary, err
	}
	if o.Seeds >= o.FloorSeeds && o.Only == "" {
		if err := s.summary.floors(); err != nil {
			return s.summary, &Failure{Layer: Floors, Config: o.Config, Err: err}
		}
	}
	return s.summary, nil
}

// sweep is what the workers share.
type sweep struct {
	options Options
	begin   time.Time
	mu      sync.Mutex
	next    int // Index of the next seed.
	done    int
	failed  int // Index of the smallest seed that failed.
	err     error
	digests []uint64
	summary Summary
}

// work takes one seed after the other.
func (s *sweep) work(ctx context.Context) {
	for ctx.Err() == nil {
		s.mu.Lock()
		i := s.next
		s.next++
		stop := i >= s.options.Seeds || i > s.failed
		s.mu.Unlock()
		if stop {
			return
		}
		config := s.options.Config
		config.Seed = s.options.Seed + uint64(i)
		verdict, err := one(ctx, config, s.options.Only)
		s.mu.Lock()
		s.add(i, verdict, err)
		s.mu.Unlock()
	}
}

// add makes one run part of the summary.
func (s *sweep) add(i int, v Verdict, err error) {
	// Workers finish in any order. What is reported must not depend on that, so
	// the smallest seed wins, and all below it are still run.
	var failure *Failure
	if errors.As(err, &failure) && failure.Reason == sim.Unrecoverable {
		s.summary.Unrecoverable++
		return
	}
	if err != nil {
		if !errors.Is(err, context.Canceled) && i < s.failed {
			s.failed, s.err = i, err
		}
		return
	}
	sum := &s.summary
	sum.Seeds++
	counts := v.Result.Counts
	sum.Counts.Add(counts)
	for _, c := range counts.List() {
		sum.Runs[c.Name] += min(1, int(*c.Value))
	}
	if counts.Executed >= LoadedOps {
		sum.Loaded++
	}
	if sum.Seeds == 1 || counts.Executed < sum.Least {
		sum.Least = counts.Executed
	}
	addReport(&sum.Conform, v.Conform)
	for why, n := range v.Result.Ignored {
		sum.Ignored[why] += n
	}
	sum.Operations += max(v.Linear.Search.Operations, v.Linear.Witness.Operations)
	sum.RunTime += v.RunTime
	sum.LinearTime += v.LinearTime
	sum.Duration = time.Since(s.begin)
	s.digests[i] = v.Result.Digest
	s.done++
	if s.options.Progress != nil {
		s.options.Progress(s.done, s.options.Seeds, *sum)
	}
}

// addReport adds up what conform has checked.
func addReport(sum *conform.Report, r conform.Report) {
	sum.Events += r.Events
	for step, n := range r.Steps {
		sum.Steps[step] += n
	}
	for why, n := range r.Ignored {
		sum.Ignored[why] += n
	}
	sum.Replicas += r.Replicas
	sum.Restarts += r.Restarts
	sum.Undone += r.Undone
	sum.Damaged += r.Damaged
	sum.Messages += r.Messages
	sum.Received += r.Received
	sum.Entries += r.Entries
	sum.Clients += r.Clients
	sum.Committed += r.Committed
	sum.View = max(sum.View, r.View)
}
