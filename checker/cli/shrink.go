// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"viewstamp/checker/report"
	"viewstamp/checker/simcheck"
	"viewstamp/impl/sim"
)

// Runs of the simulator that fail, made smaller, kept and run again.

// quickShrink is how many runs are made to make a failure of a sweep smaller.
const quickShrink = 200

// smaller tells what is left of a failing run when all that does not matter is gone.
func (r *run) smaller(ctx context.Context, config sim.Config) string {
	config.Hooks, config.Verbose = sim.Hooks{}, nil
	shrunk, err := simcheck.Shrink(ctx, config, quickShrink)
	if err != nil {
		return fmt.Sprintf("\nit could not be made smaller: %v", err)
	}
	return fmt.Sprintf("\nmade smaller in %d runs, %d faults of %d remain:\n%s"+
		"\nto keep it: %s -shrink FILE", shrunk.Runs, shrunk.FaultsAfter, shrunk.FaultsBefore,
		prose(shrunk.Script.Story), config.Command())
}

// prose is a story with a line for each sentence.
func prose(story []string) string { return "  " + strings.Join(story, "\n  ") }

// shrink makes one failing run smaller and writes it to a file.
func (r *run) shrink(ctx context.Context, o simcheck.Options, path string) error {
	config := o.Config
	config.Seed = o.Seed
	r.heading("sim: a failing run made smaller")
	shrunk, err := simcheck.Shrink(ctx, config, 0)
	if err != nil {
		return err
	}
	r.line("%d runs, %d faults of %d remain:\n%s\n%s", shrunk.Runs, shrunk.FaultsAfter,
		shrunk.FaultsBefore, prose(shrunk.Script.Story), shrunk.Script.Why)
	r.line("written to %s; run it again with: go run ./checker/cmd/vsrcheck sim -script %s", path,
		path)
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	return errors.Join(simcheck.WriteScript(file, shrunk.Script), file.Close())
}

// script runs a file that shrink has written.
func (r *run) script(ctx context.Context, path string, verbose bool) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	script, err := simcheck.ReadScript(file)
	if err = errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	r.heading("sim: " + path)
	r.line("%s", prose(script.Story))
	for _, seed := range script.Seeds {
		config := script.Config
		config.Seed = seed
		if verbose {
			config.Verbose = r.stdout
		}
		row := report.Row{Part: "sim", Checked: fmt.Sprintf("%s, seed %d", path, seed),
			Verdict: "linearizable, conforms", Outcome: report.AsExpected,
			Reproduce: "go run ./checker/cmd/vsrcheck sim -script " + path}
		verdict, err := simcheck.One(ctx, config)
		row.Seconds = verdict.RunTime.Seconds()
		row.Evidence = fmt.Sprintf("%d ops", len(verdict.Result.Operations))
		var failure *simcheck.Failure
		switch {
		case errors.As(err, &failure):
			row.Verdict, row.Outcome = "failed: "+string(failure.Layer), report.NotAsExpected
			row.Detail = failure.Err.Error()
		case err != nil:
			return err
		}
		r.add(row)
	}
	return r.finish()
}
