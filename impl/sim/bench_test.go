// SPDX-License-Identifier: Apache-2.0

package sim

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// BenchmarkRun is the simulator by itself: one run of another seed each time,
// with faults as they are drawn. It reports how much faster virtual time goes
// than real time.
func BenchmarkRun(b *testing.B) {
	var virtual time.Duration
	var steps uint64
	seed := uint64(0)
	for b.Loop() {
		seed++
		result, err := Run(Config{Seed: seed})
		require.NoError(b, err)
		virtual += result.Counts.VirtualTime
		steps += result.Counts.Steps
	}
	b.ReportMetric(virtual.Seconds()/b.Elapsed().Seconds(), "virtual/real")
	b.ReportMetric(float64(steps)/b.Elapsed().Seconds(), "steps/s")
}
