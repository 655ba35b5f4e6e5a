// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"viewstamp/checker/mc"
	"viewstamp/checker/report"
	"viewstamp/spec"
	"viewstamp/spec/claims"
)

// vsrcheck model -simulate, as a user meets it.

func TestSimulateUsage(t *testing.T) {
	for _, args := range []string{
		"-simulate 0 -requests 1", "-simulate -3 -requests 1", "-simulate 5",
		"-simulate 5 -requests 1 -depth 0", "-simulate 5 -requests 1 view-change",
		"-simulate 5 -requests 1 -plain", "-simulate many", "-seed 3", "-requests 1 -depth 5",
		"-simulate 5 -requests 1 -replicas 8", "-simulate 5 -requests 1 -restarts -1",
	} {
		code, _, stderr := call(append([]string{"model"}, strings.Fields(args)...)...)
		require.Equal(t, report.ExitUsage, code, "%s: %s", args, stderr)
		require.NotEmpty(t, stderr)
	}
}

// TestSimulateNothingFound: the whole protocol is walked through without a violation, and the
// row does not say that it holds.
func TestSimulateNothingFound(t *testing.T) {
	code, out, stderr := call(strings.Fields("model -simulate 20 -depth 100 -seed 5 " +
		"-replicas 3 -requests 4 -view-changes 3 -restarts 2 -clients 2")...)
	require.Equal(t, report.ExitHolds, code, out+stderr)
	require.Contains(t, out, "nothing found")
	require.Contains(t, out, "20 walks")
	require.NotContains(t, out, "holds")
}

// TestSimulateViolation: of a wrong protocol it prints the schedule and the command that takes
// that one walk again.
func TestSimulateViolation(t *testing.T) {
	wrong := spec.ViewstampedReplication().Replace("JoinView",
		spec.ByReplica(claims.CutLogAndJoinView))
	s := spec.System{Name: "wrong protocol", Protocol: wrong,
		Bounds: spec.Bounds{Replicas: 3, Requests: 2, ViewChanges: 3, Restarts: 1}}
	var out, errs bytes.Buffer
	r := &run{stdout: &out, out: report.NewProgress(&errs)}
	o := mc.SimulateOptions{Seed: 1, Walks: 2000, Depth: 100}
	require.NoError(t, r.simulateSystem(context.Background(), s, o))
	require.NoError(t, r.finish())
	require.Equal(t, report.ExitRefuted, r.code, out.String())
	require.Contains(t, out.String(), "JoinView")
	require.Contains(t, out.String(), "sends ")
	require.Regexp(t, `model -simulate 1 -depth 100 -seed \d+ -replicas 3 -requests 2 `+
		`-view-changes 3 -restarts 1 -clients 0`, out.String())
}
