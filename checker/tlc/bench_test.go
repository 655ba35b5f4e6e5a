// SPDX-License-Identifier: Apache-2.0

//go:build unix

package tlc

import (
	"context"
	"flag"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"viewstamp/checker/mc"
	"viewstamp/checker/model"
	"viewstamp/spec"
)

// The engine beside its peers on the same model, in one run: the plain explorer, and TLC if a jar
// is given. Processor time is that of all cores, start-up and garbage collection included, because
// other work on the machine hardly moves it. Ratios are of it: x_tlc is how many times more the
// other one takes. TLC has one worker. Give this package's tests the flags
//
//	-run xxx -bench Peers -benchtime 1x -timeout 30m -args -tlc tla2tools.jar
//
// Without -tlc the plain explorer is the only peer, and -peers names other models and variants.

var (
	jar   = flag.String("tlc", "", "tla2tools.jar, for BenchmarkPeers")
	peers = flag.String("peers", "whole-protocol,StateTransferTruncatesToCommit",
		"the models and wrong variants of BenchmarkPeers")
)

// used is processor time and wall time.
type used struct{ cpu, wall time.Duration }

// measured runs something and returns what it took, children included.
func measured(run func()) used {
	now := func() (cpu time.Duration) {
		for _, who := range []int{syscall.RUSAGE_SELF, syscall.RUSAGE_CHILDREN} {
			var u syscall.Rusage
			if syscall.Getrusage(who, &u) == nil {
				cpu += time.Duration(u.Utime.Nano() + u.Stime.Nano())
			}
		}
		return cpu
	}
	cpu, wall := now(), time.Now()
	run()
	return used{now() - cpu, time.Since(wall)}
}

// peersModes are the ways to search that are compared.
var peersModes = []struct {
	name    string
	options mc.Options
}{
	{"full/workers=1", mc.Options{Workers: 1}},
	{"full/workers=2", mc.Options{Workers: 2}},
	{"sleep/workers=1", mc.Options{Workers: 1, SleepSets: true}},
	{"sleep/workers=2", mc.Options{Workers: 2, SleepSets: true}},
	{"dead/workers=1", mc.Options{Workers: 1, SleepSets: true, DeadMessages: true}},
	{"dead/workers=2", mc.Options{Workers: 2, SleepSets: true, DeadMessages: true}},
}

// BenchmarkPeers compares the time to verdicts: of a model that holds, and of the defect of state
// transfer.
func BenchmarkPeers(b *testing.B) {
	for _, name := range strings.Split(*peers, ",") {
		twin, ok := Find(name)
		require.True(b, ok)
		ctx := context.Background()
		build := func(o mc.Options) model.Model {
			if o.DeadMessages {
				return model.BuildReduced(twin.System, twin.Properties...)
			}
			return model.Build(twin.System, twin.Properties...)
		}
		search := func(b *testing.B, o mc.Options) (mc.Result[spec.Process, spec.Message], used) {
			var r mc.Result[spec.Process, spec.Message]
			var err error
			took := measured(func() { r, err = mc.Check(ctx, build(o), o) })
			require.NoError(b, err)
			return r, took
		}
		full, plain := search(b, mc.Options{Plain: true})
		var other used
		if *jar != "" {
			var run Run
			var err error
			other = measured(func() {
				run, err = TLC{Jar: *jar, Dir: "../../tla"}.Run(ctx, twin)
			})
			require.NoError(b, err)
			require.Equal(b, twin.Breaks == "", run.Result == Success)
			if twin.Breaks == "" { // In the level of a counterexample TLC stops.
				require.Equal(b, full.Distinct, int64(run.Distinct), "states that TLC found")
			}
		}
		for _, mode := range peersModes {
			b.Run(name+"/"+mode.name, func(b *testing.B) {
				for range b.N {
					r, took := search(b, mode.options)
					require.Equal(b, full.Verdict, r.Verdict)
					require.Len(b, r.Counterexample, len(full.Counterexample))
					if !mode.options.DeadMessages {
						require.Equal(b, full.Levels, r.Levels)
					}
					b.ReportMetric(float64(r.Distinct), "states")
					b.ReportMetric(float64(r.Distinct)/took.cpu.Seconds(), "states/cpu-s")
					b.ReportMetric(float64(r.Distinct)/took.wall.Seconds(), "states/s")
					b.ReportMetric(r.BytesPerState, "B/state")
					b.ReportMetric(took.cpu.Seconds(), "cpu-s")
					b.ReportMetric(plain.cpu.Seconds()/took.cpu.Seconds(), "x_plain")
					if *jar != "" {
						b.ReportMetric(other.cpu.Seconds()/took.cpu.Seconds(), "x_tlc")
						b.ReportMetric(other.wall.Seconds()/took.wall.Seconds(), "x_tlc_wall")
					}
				}
			})
		}
	}
}
