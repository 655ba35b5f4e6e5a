// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"viewstamp/checker/conform"
	"viewstamp/checker/report"
)

// The part "conform": is every step of a recorded run a step of the spec?

// conformCommand is vsrcheck conform.
func (r *run) conformCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "conform FILE...",
		Short: "Check recorded traces against the model, step by step",
		Long: `conform replays traces of replicas (vsr start -trace DIR writes them) against the executable
model: every step must be a step of the model, every message received must have been sent. Name
the files of all replicas of one run together, one file for each start of a replica.`,
		Example: `  vsrcheck conform traces/*.jsonl`,
		RunE: func(c *cobra.Command, files []string) error {
			if len(files) == 0 {
				return usage("conform: no file named; see vsrcheck conform -h")
			}
			started := time.Now()
			found, err := conform.Files(c.Context(), files)
			row := report.Row{
				Part: "conform", Checked: fmt.Sprintf("%d trace files", len(files)),
				Verdict: "conforms", Evidence: conformEvidence(found),
				Outcome: report.AsExpected, Seconds: time.Since(started).Seconds(),
				Reproduce: "go run ./checker/cmd/vsrcheck conform with the same files",
			}
			var divergence *conform.Divergence
			switch {
			case errors.As(err, &divergence):
				row.Verdict, row.Outcome = "diverges", report.NotAsExpected
				row.Detail = err.Error()
			case err != nil:
				return usageError{err}
			case found.Events == 0:
				row.Verdict, row.Outcome = "nothing checked", report.NotAsExpected
				row.Detail = "the files hold no event"
			}
			r.add(row)
			return r.finish()
		},
	}
}

// conformEvidence is the counts of a conformance check.
func conformEvidence(found conform.Report) string {
	return fmt.Sprintf("%s events of %d replicas, %d restarts, %s ops committed, view %d",
		number(int64(found.Events)), found.Replicas, found.Restarts,
		number(int64(found.Committed)), found.View)
}
