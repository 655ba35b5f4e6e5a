// SPDX-License-Identifier: Apache-2.0

//go:build unix

package mc_test

import (
	"context"
	"runtime"
	"syscall"
	"testing"
	"time"

	"viewstamp/checker/mc"
	"viewstamp/checker/mc/textbook"
)

// The engine beside the plain explorer, on the same model within the same bounds and in the same
// run. Rates are per second of processor time, because other work on the machine hardly
// moves them; "x_plain" is the ratio that counts, "x_plain_wall" that of the wall clock.

// processorTime returns the time that this process has used on all cores.
func processorTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// measure searches a model and returns distinct states per second of processor time and of wall.
func measure[L, M comparable](b *testing.B, m mc.Model[L, M], o mc.Options) (
	r mc.Result[L, M], perCPU, perWall float64) {
	start := processorTime()
	r, err := mc.Check(context.Background(), m, o)
	if err != nil || r.Verdict == mc.Refuted {
		b.Fatal(err, r.Why)
	}
	distinct := float64(r.Distinct)
	return r, distinct / (processorTime() - start).Seconds(), distinct / r.Elapsed.Seconds()
}

// limits returns how often per second of processor time a random place in a table of two words for
// each state can be read, and swapped.
func limits(states, workers int) (reads, swaps float64) {
	t := mc.NewTable(states)
	defer t.Close()
	const perWorker = 1 << 23
	for _, swap := range []bool{false, true} {
		start := processorTime()
		mc.RandomAccess(t, workers, perWorker, swap)
		rate := float64(workers) * perWorker / (processorTime() - start).Seconds()
		if swap {
			return reads, rate
		}
		reads = rate
	}
	return 0, 0
}

// benchmark reports how a model fares in the engine, against the plain explorer.
// It checks the number of firings, which is known or zero.
func benchmark[L, M comparable](
	b *testing.B, m mc.Model[L, M], maxStates, generated int64,
) {
	for _, mode := range []struct {
		name    string
		options mc.Options
	}{
		{"workers=1", mc.Options{Workers: 1}},
		{"workers=all", mc.Options{}},
		{"sleep/workers=1", mc.Options{Workers: 1, SleepSets: true}},
		{"sleep/workers=all", mc.Options{SleepSets: true}},
	} {
		b.Run(m.Name+"/"+mode.name, func(b *testing.B) {
			for range b.N {
				mode.options.MaxStates = maxStates
				_, plainCPU, plainWall := measure(b, m,
					mc.Options{Plain: true, MaxStates: min(maxStates, 100_000)})
				r, cpu, wall := measure(b, m, mode.options)
				if generated != 0 && !mode.options.SleepSets && r.Generated != generated {
					b.Fatalf("generated %d, want %d", r.Generated, generated)
				}
				b.ReportMetric(float64(r.Distinct), "states")
				b.ReportMetric(cpu, "states/cpu-s")
				b.ReportMetric(wall, "states/s")
				b.ReportMetric(float64(r.Generated)*wall/float64(r.Distinct), "generated/s")
				b.ReportMetric(r.BytesPerState, "B/state")
				workers := mode.options.Workers
				if workers == 0 {
					workers = runtime.GOMAXPROCS(0)
				}
				reads, swaps := limits(int(r.Distinct), workers)
				b.ReportMetric(reads, "reads/cpu-s")
				b.ReportMetric(swaps, "swaps/cpu-s")
				b.ReportMetric(100*cpu/reads, "%_reads")
				b.ReportMetric(100*cpu*float64(r.Generated)/float64(r.Distinct)/reads,
					"%_reads_generated")
				b.ReportMetric(cpu/plainCPU, "x_plain")
				b.ReportMetric(wall/plainWall, "x_plain_wall")
			}
		})
	}
}

func BenchmarkEngine(b *testing.B) {
	benchmark(b, textbook.TwoPhase(8), 10_000_000, 18_507_777)
	benchmark(b, textbook.Paxos(4, 3, 2), 1_000_000, 0)
}
