// SPDX-License-Identifier: Apache-2.0

package sim

import (
	"runtime/debug"
	"testing"

	"github.com/stretchr/testify/require"
)

// BenchmarkRun is the simulator by itself: one run of another seed each time, with
// faults as they are drawn: each kind is off in half of the runs (see drawFaults).
// It reports how much faster virtual time goes than real time, how many events
// happen in a second, how many runs one core makes in an hour, and how many crashes
// and lost messages there are in a minute of virtual time.
func BenchmarkRun(b *testing.B) {
	defer debug.SetGCPercent(debug.SetGCPercent(800)) // As package simcheck does it.
	var counts Counts
	seed := uint64(0)
	for b.Loop() {
		seed++
		result, err := Run(Config{Seed: seed})
		require.NoError(b, err)
		counts.Add(result.Counts)
	}
	seconds, minutes := b.Elapsed().Seconds(), counts.VirtualTime.Minutes()
	b.ReportMetric(counts.VirtualTime.Seconds()/seconds, "virtual/real")
	b.ReportMetric(float64(counts.Steps)/seconds, "steps/s")
	b.ReportMetric(float64(seed)/seconds*3600, "seeds/core-hour")
	b.ReportMetric(float64(counts.Crashes)/minutes, "crashes/virtual-min")
	b.ReportMetric(float64(counts.Lost)/minutes, "lost/virtual-min")
}
