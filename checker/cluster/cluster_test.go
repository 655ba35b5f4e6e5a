// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"context"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A small run of the real thing: one kill. The longer one is vsrcheck cluster.

func TestClusterSurvivesTheKillOfItsPrimary(t *testing.T) {
	if testing.Short() {
		t.Log("short: builds and starts processes, so it is left to the full run")
		return
	}
	dir := t.TempDir()
	vsr := filepath.Join(dir, "vsr")
	out, err := exec.Command("go", "build", "-o", vsr, "viewstamp/impl/cmd/vsr").CombinedOutput()
	require.NoError(t, err, "%s", out)
	kill, err := FaultsByName([]string{"kill"})
	require.NoError(t, err)
	result, err := Run(context.Background(), Options{
		Vsr: vsr, Dir: filepath.Join(dir, "run"), Clients: 4, Faults: kill, Events: 1,
		Operations: 100, Seed: 1, Progress: t.Logf,
	})
	require.NoError(t, err)
	require.Equal(t, map[string]int{"kill": 1}, result.Faults)
	require.GreaterOrEqual(t, result.Answered, int64(300))
	require.Positive(t, result.View)
	require.Positive(t, result.Conform.Steps["OnDoViewChange"])
	require.Equal(t, 1, result.Conform.Restarts)

	times, err := Failover(context.Background(), Options{Vsr: vsr,
		Dir: filepath.Join(dir, "failover")}, 2)
	require.NoError(t, err)
	require.Len(t, times, 2)
	require.Positive(t, min(times[0], times[1]))
}

func TestQuantile(t *testing.T) {
	times := []time.Duration{5, 1, 4, 2, 3}
	for q, want := range map[float64]time.Duration{0: 1, 0.5: 3, 0.99: 5, 1: 5} {
		require.Equal(t, want, Quantile(times, q), q)
	}
	require.Zero(t, Quantile(nil, 0.5))
}

// A program that is no vsr gives an error that shows what it said.
func TestClusterOfSomethingElse(t *testing.T) {
	_, err := Run(context.Background(), Options{Vsr: "false", Dir: filepath.Join(t.TempDir(), "run")})
	require.ErrorContains(t, err, "vsr format for replica 0")
}
