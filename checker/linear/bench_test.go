// SPDX-License-Identifier: Apache-2.0

//go:build unix

package linear

// This file measures the witness, beside porcupine on the same history in the same run. It counts
// processor time, so that the numbers hold on a machine that has other things to do as well.

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// processorTime is what this process has used so far, garbage collection included.
func processorTime(t require.TestingT) time.Duration {
	var usage syscall.Rusage
	require.NoError(t, syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// BenchmarkWitness prints operations per second of processor time of the witness, of its best
// run, and how many times that is what porcupine does on the same history (and what it does if it
// is told the op-numbers).
func BenchmarkWitness(b *testing.B) {
	for _, size := range []struct{ operations, clients, keys int }{
		{100_000, 8, 1000}, {1_000_000, 8, 10_000}, {1_000_000, 64, 10_000},
	} {
		name := fmt.Sprintf("operations=%d/clients=%d/keys=%d", size.operations, size.clients, size.keys)
		b.Run(name, func(b *testing.B) {
			h := workload(b, size.operations, size.clients, size.keys)
			require.NoError(b, h.Validate())
			search := func(next step) float64 {
				runtime.GC()
				start := processorTime(b)
				result := trueCheckers().check(context.Background(), h, Options{Workers: 1}, next)
				require.Equal(b, Linearizable, result.Verdict, "%v", result)
				return (processorTime(b) - start).Seconds()
			}
			plain, ordered := search(byValue), search(byValueAndOp)
			runtime.GC()
			seconds := math.Inf(1)
			for b.Loop() {
				start := processorTime(b)
				result := Witness(h)
				seconds = min(seconds, (processorTime(b) - start).Seconds())
				require.Equal(b, Linearizable, result.Verdict, "%v", result)
			}
			b.ReportMetric(float64(size.operations)/seconds, "ops/s")
			b.ReportMetric(plain/seconds, "×porcupine")
			b.ReportMetric(ordered/seconds, "×porcupine-with-ops")
		})
	}
}
