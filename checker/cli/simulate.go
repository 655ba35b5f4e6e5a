// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"fmt"
	"strings"

	"viewstamp/checker/mc"
	"viewstamp/checker/model"
	"viewstamp/checker/report"
	"viewstamp/spec"
)

// Random walks through the model: vsrcheck model -simulate.

// simulate walks through the whole protocol in bounds of the user's choice.
func (r *run) simulate(ctx context.Context, bounds spec.Bounds, o mc.SimulateOptions) error {
	system, err := ownSystem(bounds)
	if err != nil {
		return err
	}
	return r.simulateSystem(ctx, system, o)
}

// simulateSystem adds the row of a simulation. Finding nothing is as expected, but is not called
// a proof.
func (r *run) simulateSystem(ctx context.Context, s spec.System, o mc.SimulateOptions) error {
	o.Progress = func(walks int, transitions int64) {
		if !r.asJSON && walks%64 == 0 {
			r.live("  %s: %d of %d walks, %s steps", s.Name, walks, o.Walks, number(transitions))
		}
	}
	result, err := mc.Simulate(ctx, model.Build(s), o)
	if err != nil {
		return err
	}
	row := report.Row{
		Part: "model", Checked: "walks: " + s.Name + " (" + boundsText(s.Bounds) + ")",
		Verdict: "nothing found", Outcome: report.AsExpected,
		Evidence: fmt.Sprintf("%s walks, %s steps, up to %d deep",
			number(int64(result.Walks)), number(result.Transitions), result.Deepest),
		Reproduce: walkCommand(s.Bounds, o.Seed, o.Walks, o.Depth),
		Seconds:   result.Elapsed.Seconds(),
		Numbers: map[string]float64{"walks": float64(result.Walks),
			"transitions": float64(result.Transitions), "deepest": float64(result.Deepest)},
	}
	switch {
	case result.Verdict == mc.Refuted:
		var b strings.Builder
		fmt.Fprintf(&b, "%s\n", result.Why)
		_ = model.Explain(&b, s, result.Schedule) // A strings.Builder does not fail.
		row.Verdict, row.Outcome, row.Detail = "refuted", report.NotAsExpected, b.String()
		row.Reproduce = walkCommand(s.Bounds, result.Seed, 1, o.Depth)
	case ctx.Err() != nil:
		row.Verdict, row.Outcome, row.Detail = "unknown", report.Undecided, result.Why
	}
	r.add(row)
	r.line("  %s", actionsText(result.Actions))
	return nil
}

// walkCommand is the command line that takes the same walks again.
func walkCommand(b spec.Bounds, seed uint64, walks, depth int) string {
	return fmt.Sprintf("go run ./checker/cmd/vsrcheck model -simulate %d -depth %d -seed %d "+
		"-replicas %d -requests %d -view-changes %d -restarts %d -clients %d",
		walks, depth, seed, b.Replicas, b.Requests, b.ViewChanges, b.Restarts, b.Clients)
}
