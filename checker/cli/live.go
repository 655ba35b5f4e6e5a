// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"fmt"
	"strings"

	"viewstamp/checker/mc"
	"viewstamp/checker/model"
	"viewstamp/checker/report"
)

// The flag -liveness of vsrcheck model: what must happen in every fair run.

// liveness checks the named systems; all if none is named.
func (r *run) liveness(ctx context.Context, names []string) error {
	chosen := model.Lives()
	if len(names) > 0 {
		chosen = nil
	}
	for _, name := range names {
		l, ok := model.FindLive(name)
		if !ok {
			return usage("-liveness: no system %q; vsrcheck model -list names them", name)
		}
		chosen = append(chosen, l)
	}
	r.heading("liveness: what must happen in every fair run")
	for _, l := range chosen {
		if err := r.liveSystem(ctx, l, len(names) > 0); err != nil {
			return err
		}
	}
	return nil
}

// liveSystem checks one system and adds a row. The run that breaks the property is shown if it was
// asked for, or is not expected.
func (r *run) liveSystem(ctx context.Context, l model.Live, show bool) error {
	results, err := mc.CheckLive(ctx, model.BuildLive(l), []model.Liveness{l.Property},
		mc.LiveOptions{Fair: l.Fair, Progress: func(states int) {
			r.live("  %s: %s states", l.Name, number(int64(states)))
		}})
	if err != nil {
		return err
	}
	result := results[0]
	row := report.Row{
		Part: "liveness", Checked: strings.TrimSpace(l.Claim + " " + l.Name),
		Verdict: result.Verdict.String(),
		Evidence: fmt.Sprintf("%s, %s states", l.Property.Name,
			number(int64(result.States))),
		Outcome:   report.AsExpected,
		Reproduce: "go run ./checker/cmd/vsrcheck model -liveness " + l.Name,
		Seconds:   result.Elapsed.Seconds(),
		Numbers: map[string]float64{"states": float64(result.States),
			"transitions": float64(result.Transitions), "onCycles": float64(result.OnCycles)},
	}
	var b strings.Builder
	if len(result.Prefix)+len(result.Cycle) > 0 {
		fmt.Fprintf(&b, "%s\n", result.Why)
		_ = model.ExplainLasso(&b, l.System, result) // A strings.Builder does not fail.
	}
	switch {
	case result.Verdict == mc.Unknown && l.Verdict != mc.Unknown:
		row.Outcome, row.Detail = report.Undecided, result.Why+"\n"+b.String()
	case result.Verdict != l.Verdict:
		row.Outcome = report.NotAsExpected
		row.Detail = fmt.Sprintf("want: %s\n%s", l.Verdict, b.String())
	case result.States != l.States:
		row.Outcome = report.NotAsExpected
		row.Detail = fmt.Sprintf("want %d states, got %d", l.States, result.States)
	}
	r.add(row)
	cycles := "no state comes back, so runs end"
	if result.OnCycles > 0 {
		cycles = fmt.Sprintf("%s states lie on cycles", number(int64(result.OnCycles)))
	}
	r.line("  %s (%s; %s)", l.What, boundsText(l.System.Bounds), cycles)
	if show && row.Detail == "" && b.Len() > 0 {
		r.line("%s", strings.TrimRight(b.String(), "\n"))
	}
	return nil
}
