// SPDX-License-Identifier: Apache-2.0

//go:build unix

package model

import (
	"context"
	"fmt"
	"syscall"
	"testing"

	"viewstamp/checker/mc"
)

// BenchmarkProtocol searches a model of the protocol in every way, per second of processor time.
func BenchmarkProtocol(b *testing.B) {
	const name = "whole-protocol"
	e, _ := Find(name)
	for _, o := range []mc.Options{{Workers: 1}, {Workers: 2}, {Workers: 1, SleepSets: true},
		{Workers: 2, SleepSets: true}} {
		b.Run(fmt.Sprintf("%s/workers=%d/sleep=%v", name, o.Workers, o.SleepSets),
			func(b *testing.B) {
				for range b.N {
					var before, after syscall.Rusage
					_ = syscall.Getrusage(syscall.RUSAGE_SELF, &before) // It cannot fail for oneself.
					r, err := mc.Check(context.Background(), Build(e.System), o)
					_ = syscall.Getrusage(syscall.RUSAGE_SELF, &after)
					if err != nil || r.Distinct != e.Distinct {
						b.Fatal(err, r.Distinct)
					}
					spent := float64(after.Utime.Nano()+after.Stime.Nano()-
						before.Utime.Nano()-before.Stime.Nano()) / 1e9
					b.ReportMetric(float64(r.Distinct)/spent, "states/cpu-s")
					b.ReportMetric(float64(r.Generated)/spent, "generated/cpu-s")
					b.ReportMetric(r.BytesPerState, "B/state")
				}
			})
	}
}
