// SPDX-License-Identifier: Apache-2.0

package simcheck

// Each layer is seen to fail.

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"viewstamp/checker/conform"
	"viewstamp/checker/linear"
	"viewstamp/impl/sim"
	"viewstamp/impl/vsr"
)

// failure requires a *Failure of that layer.
func failure(t *testing.T, err error, layer Layer) *Failure {
	t.Helper()
	var f *Failure
	require.ErrorAs(t, err, &f)
	require.Equal(t, layer, f.Layer, "%v", err)
	return f
}

func TestFailureOfTheSimulator(t *testing.T) {
	config := sim.Config{Seed: 9, Replicas: 3, LiveTicks: 1, Faults: &sim.Faults{Loss: 1}}
	_, err := One(context.Background(), config)
	f := failure(t, err, Simulator)
	require.Contains(t, f.Error(), "sim -seed 9 -seeds 1 -replicas 3")

	_, err = One(context.Background(), sim.Config{Replicas: 1})
	require.Error(t, err)
	require.NotErrorAs(t, err, new(*Failure))
}

// The watch sees another event than the replica made: one field is different.
func TestFailureOfConformance(t *testing.T) {
	config := sim.Config{Seed: 3, Replicas: 3}
	watch, err := newWatch(config)
	require.NoError(t, err)
	watch.attach(&config)
	event := config.Hooks.Event
	config.Hooks.Event = func(e vsr.Event) {
		if e.Step == "OnPrepareOK" {
			e.State.CommitNumber--
		}
		event(e)
	}
	_, err = sim.Run(config)
	require.NoError(t, err)
	_, err = watch.finish()
	var d *conform.Divergence
	require.ErrorAs(t, err, &d)
	require.Equal(t, conform.WrongState, d.Problem)
}

func TestFailureOfAgreement(t *testing.T) {
	config := sim.Config{Seed: 3, Replicas: 3}
	watch, err := newWatch(config)
	require.NoError(t, err)
	watch.attach(&config)
	result, err := sim.Run(config)
	require.NoError(t, err)
	require.NoError(t, watch.compare(result.Finals))
	result.Finals[1].State.CommitNumber++
	require.Error(t, watch.compare(result.Finals))
}

// A history of the simulator with one wrong result is refuted, by both
// checkers.
func TestFailureOfLinearizability(t *testing.T) {
	verdict, err := One(context.Background(), sim.Config{Seed: 3, Replicas: 3})
	require.NoError(t, err)
	operations := verdict.Result.Operations
	refuted := 0
	for i := range operations {
		o := &operations[i]
		if o.F != "incr" || o.Outcome != sim.OK || refuted == 3 {
			continue
		}
		right := o.Result
		o.Result += "0"
		result, report := linear.Judge(context.Background(), History(3, operations),
			linear.Options{Workers: 1, Timeout: 10 * time.Second})
		require.Equal(t, linear.NotLinearizable, result, "%v", report)
		o.Result = right
		refuted++
	}
	require.Equal(t, 3, refuted)
}

func TestSweepWithoutFaultsIsBelowTheFloors(t *testing.T) {
	_, err := Run(context.Background(), Options{Seeds: 3, FloorSeeds: 3,
		Config: sim.Config{Faults: &sim.Faults{}, Requests: 20, SafetyTime: 5 * time.Second}})
	f := failure(t, err, Floors)
	require.Contains(t, f.Error(), "power cuts: 0, expected at least 1")
	require.Contains(t, f.Error(), "replayed: 0")
}

func TestSmallestFailingSeedIsReported(t *testing.T) {
	_, err := Run(context.Background(), Options{Seed: 20, Seeds: 8, Workers: 3,
		Config: sim.Config{LiveTicks: 1, Faults: &sim.Faults{Loss: 1}}})
	f := failure(t, err, Simulator)
	require.Equal(t, uint64(20), f.Config.Seed)
}

func TestSweepEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	summary, err := Run(ctx, Options{Seeds: 5})
	require.ErrorIs(t, err, context.Canceled)
	require.Zero(t, summary.Seeds)
	_, err = Run(context.Background(), Options{Seeds: -1})
	require.Error(t, err)
}

// The number of workers changes nothing but the time.
func TestSweepIsDeterministic(t *testing.T) {
	one, err := Run(context.Background(), Options{Seed: 5, Seeds: 6, Workers: 1})
	require.NoError(t, err)
	three, err := Run(context.Background(), Options{Seed: 5, Seeds: 6, Workers: 3})
	require.NoError(t, err)
	require.Equal(t, one.Digest, three.Digest)
	require.Equal(t, one.Counts, three.Counts)
	require.Equal(t, one.Conform, three.Conform)
}

// A disk that failed a flush, and whose machine was not started again, has in
// memory what it will lose. The journal must not miss that; the replica goes on
// with what it can know then, or refuses to start.
func TestLostFlushIsFound(t *testing.T) {
	found := 0
	for seed := uint64(1); seed <= 25; seed++ {
		v, err := One(context.Background(), sim.Config{Seed: seed, Replicas: 3,
			Faults: &sim.Faults{DiskErrorEvery: 2 * time.Second, DiskErrorStays: true,
				CrashEvery: 2 * time.Second, DownMean: 200 * time.Millisecond, PowerLoss: 1}})
		if err == nil {
			found += int(v.Result.Counts.Rotten)
			continue
		}
		f := failure(t, err, Simulator)
		require.Contains(t, errors.Unwrap(f).Error(), "damaged", "seed %d", seed)
		found++
	}
	require.Positive(t, found)
}
