// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"viewstamp/checker/conform"
	"viewstamp/checker/report"
	"viewstamp/checker/tlc"
)

// The part "conform": is every step of a recorded run a step of the spec?

// conformCommand is vsrcheck conform.
func (r *run) conformCommand() *cobra.Command {
	var exportTLC string
	command := &cobra.Command{
		Use:   "conform FILE...",
		Short: "Check recorded traces against the model, step by step",
		Long: `conform replays traces of replicas (vsr start --trace DIR writes them) against the
executable model: every step must be a step of the model, every message received must have been
sent. Name the files of all replicas of one run together, one file for each start of a replica.
With -export-tlc the run is written as a module of TLA+, too, which TLC can check
(tla/README.md).`,
		Example: `  vsrcheck conform traces/*.jsonl
  vsrcheck conform -export-tlc tla/TraceEvents.tla traces/*.jsonl`,
		RunE: func(c *cobra.Command, files []string) error {
			if len(files) == 0 {
				return usage("conform: no file named; see vsrcheck conform -h")
			}
			started := time.Now()
			found, err := conformFiles(c.Context(), files, exportTLC)
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
	command.Flags().StringVar(&exportTLC, "export-tlc", "",
		"write the run as the TLA+ module TraceEvents to this file")
	return command
}

// conformFiles checks the files, and writes the run to the module if it has a name.
func conformFiles(ctx context.Context, files []string, module string) (conform.Report, error) {
	if module == "" {
		return conform.Files(ctx, files)
	}
	var text bytes.Buffer
	found, err := tlc.ExportTrace(ctx, &text, files)
	if text.Len() > 0 {
		if err := os.WriteFile(module, text.Bytes(), 0o644); err != nil {
			return found, fmt.Errorf("conform: -export-tlc: %w", err)
		}
	}
	return found, err
}

// conformEvidence is the counts of a conformance check.
func conformEvidence(found conform.Report) string {
	return fmt.Sprintf("%s events of %d replicas, %d restarts, %s ops committed, view %d",
		number(int64(found.Events)), found.Replicas, found.Restarts,
		number(int64(found.Committed)), found.View)
}
