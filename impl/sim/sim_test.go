// SPDX-License-Identifier: Apache-2.0

package sim

// Runs of the simulator as the simulator itself judges them. Package simcheck
// judges them in full.

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"viewstamp/impl/vsr"
)

func TestSeeds(t *testing.T) {
	var counts Counts
	begin := time.Now()
	for seed := uint64(1); seed <= 40; seed++ {
		result, err := Run(Config{Seed: seed})
		require.NoError(t, err)
		counts.Add(result.Counts)
	}
	t.Logf("virtual ÷ real time %.0f, %+v",
		counts.VirtualTime.Seconds()/time.Since(begin).Seconds(), counts)
}

// The same seed makes the same run, bit for bit, and neither tracing nor the
// log changes it.
func TestDeterminism(t *testing.T) {
	for seed := uint64(1); seed <= 8; seed++ {
		plain, err := Run(Config{Seed: seed})
		require.NoError(t, err)
		again, err := Run(Config{Seed: seed})
		require.NoError(t, err)
		require.Equal(t, plain, again)
		var events int
		var log bytes.Buffer
		traced, err := Run(Config{Seed: seed, Verbose: &log,
			Hooks: Hooks{Event: func(vsr.Event) { events++ }}})
		require.NoError(t, err)
		require.Positive(t, events)
		require.Positive(t, log.Len())
		require.Equal(t, plain.Digest, traced.Digest)
		require.Equal(t, plain.Operations, traced.Operations)
		require.Equal(t, plain.Counts, traced.Counts)
	}
}
