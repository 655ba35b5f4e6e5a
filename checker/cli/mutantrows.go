// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"viewstamp/checker/mutants"
	"viewstamp/checker/report"
)

// vsrcheck mutants -rows: the catalogue of faults, each of them given to each layer alone.

// mutantRows asks every layer about every row, or about the one of that number.
func (r *run) mutantRows(ctx context.Context, only, file string) error {
	r.heading("mutants: which layer sees which fault, alone")
	records, err := mutants.Recorded()
	if err != nil {
		return err
	}
	if only == "" {
		records.Trials = map[string]mutants.Record{}
	} else if n, err := strconv.Atoi(only); err != nil || n < 1 || n > len(mutants.Rows()) {
		return usage("no row %q; checker/mutants/MUTANTS.md lists them", only)
	}
	evidence := map[string]mutants.Record{}
	for _, row := range mutants.Rows() {
		if only != "" && only != strconv.Itoa(row.Number) {
			continue
		}
		if err := r.mutantRow(ctx, row, evidence); err != nil {
			return err
		}
		for key, one := range evidence {
			records.Trials[key] = one
		}
		if err := writeRecords(ctx, file, records); err != nil {
			return err
		}
	}
	return nil
}

// mutantRow asks every layer about one row. What is known from another row is not asked again.
func (r *run) mutantRow(ctx context.Context, row mutants.Row,
	known map[string]mutants.Record) error {
	started := time.Now()
	var found, missed []string
	caught := map[mutants.Layer]bool{}
	for _, trial := range row.Trials {
		one, ok := known[trial.Key()]
		if !ok {
			r.live("  %d %s: %s", row.Number, row.Fault, trial.Key())
			evidence, err := trial.Run(ctx, r.workers)
			if err != nil {
				return err
			}
			one = mutants.RecordOf(evidence)
			known[trial.Key()] = one
		}
		if one.Caught {
			found = append(found, fmt.Sprintf("%c %s: %s", trial.Layer, trial.Name, one.First))
		} else {
			missed = append(missed, fmt.Sprintf("%s: %s", trial.Key(), one.How))
		}
		caught[trial.Layer] = caught[trial.Layer] || one.Caught
	}
	outcome, verdict := report.AsExpected, "caught"
	if len(row.Trials) == 0 {
		verdict = "does not apply"
	}
	for _, l := range row.Must {
		l := mutants.Layer(l)
		if row.Tried(l) && caught[l] == (row.Missed[l] != "") {
			outcome, verdict = report.NotAsExpected, fmt.Sprintf("%c: not as expected", l)
		}
	}
	r.add(report.Row{Part: "mutants", Checked: fmt.Sprintf("%d %s", row.Number, row.Fault),
		Verdict: verdict, Evidence: shortened(strings.Join(found, "; ")), Outcome: outcome,
		Detail:    strings.Join(missed, "; "),
		Reproduce: fmt.Sprintf("go run ./checker/cmd/vsrcheck mutants -rows -run %d", row.Number),
		Seconds:   time.Since(started).Seconds()})
	return nil
}

// writeRecords writes what is known so far, if there is a file for it.
func writeRecords(ctx context.Context, file string, records mutants.Records) error {
	if file == "" {
		return nil
	}
	commit, err := exec.CommandContext(ctx, "git", "rev-parse", "--short", "HEAD").Output()
	if err != nil {
		return fmt.Errorf("which commit the records are of: %w", err)
	}
	records.Commit = strings.TrimSpace(string(commit))
	text, err := json.MarshalIndent(records, "", "\t")
	if err != nil {
		return err
	}
	return os.WriteFile(file, append(text, '\n'), 0o600)
}
