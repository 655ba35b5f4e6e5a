// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"fmt"
	"time"

	"viewstamp/checker/report"
	"viewstamp/checker/tlc"
)

// The part "tlc" of the command without arguments: the smaller configurations, in one row.

// quickTwinStates is how many states a configuration may have to be counted each time.
const quickTwinStates = 100_000

// quickTwins compares what TLC has counted with what the model checker counts now.
func (r *run) quickTwins(ctx context.Context) error {
	r.heading("tlc: the model and its twin in TLA+, level by level")
	choice := tlcChoice{tlc: tlc.TLC{Dir: "tla"}}
	manifest, err := tlc.ReadManifest(choice.tlc.Dir)
	if err != nil {
		return fmt.Errorf("%w: run this at the top of the repository", err)
	}
	started, equal, states := time.Now(), 0, int64(0)
	for _, twin := range tlc.Twins() {
		recorded, ok := manifest.Find(twin.Name)
		if !ok || recorded.Distinct > quickTwinStates {
			continue
		}
		r.live("  %s", twin.Name)
		from := len(r.table)
		if err := r.twin(ctx, choice, twin, false); err != nil {
			return err
		}
		if r.table[from].Outcome == report.AsExpected {
			r.table = r.table[:from]
			equal++
			states += recorded.Distinct
		}
	}
	row := report.Row{
		Part: "tlc", Checked: "counts of TLC, level by level", Verdict: "equal",
		Evidence: fmt.Sprintf("%d configurations, %s states", equal, number(states)),
		Outcome:  report.AsExpected, Seconds: time.Since(started).Seconds(),
		Reproduce: "go run ./checker/cmd/vsrcheck tlc",
	}
	if equal == 0 {
		row.Verdict, row.Outcome = "nothing compared", report.NotAsExpected
	}
	r.add(row)
	return nil
}
