// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"viewstamp/checker/report"
	"viewstamp/checker/tlc"
)

// The part "tlc": the model against its twin in TLA+.

// tlcChoice is what to run and with what.
type tlcChoice struct {
	tlc    tlc.TLC
	names  []string
	output string
	record bool
	limit  time.Duration
}

// tlcCommand is vsrcheck tlc.
func (r *run) tlcCommand() *cobra.Command {
	var choice tlcChoice
	var list bool
	command := &cobra.Command{
		Use:   "tlc",
		Short: "Hold the model against its twin in TLA+, level by level",
		Long: `tlc compares the model with its twin in TLA+ (the folder tla): result, distinct states
at each depth, generated states, length of the counterexample. Without -jar it compares what TLC
has counted before, and tla/manifest.json records, with what the model checker counts now. With
-jar it runs TLC, too, and all three must agree. With -record what TLC counts is written into the
manifest. TLC is no part of this project: bring tla2tools.jar and Java.`,
		Example: `  vsrcheck tlc
  vsrcheck tlc -jar tla2tools.jar -run view-change
  vsrcheck tlc -jar tla2tools.jar -limit 4h -record`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if list {
				return r.listTwins(choice.tlc.Dir)
			}
			return r.twins(c.Context(), choice)
		},
	}
	flags := command.Flags()
	flags.StringVar(&choice.tlc.Jar, "jar", "", "tla2tools.jar, to run TLC")
	flags.StringVar(&choice.tlc.Dir, "dir", "tla", "the folder with the TLA+ text")
	flags.IntVar(&choice.tlc.MemoryMiB, "memory", 0, "heap of Java in MiB (0: 3,000)")
	flags.StringSliceVar(&choice.names, "run", nil, "only the configurations of these names")
	flags.StringVar(&choice.output, "output", "",
		"read what TLC has printed (with its flag -tool) from this file instead of running it")
	flags.BoolVar(&choice.record, "record", false, "write what TLC counts into the manifest")
	flags.DurationVar(&choice.limit, "limit", time.Hour, "stop TLC after so long in each run")
	flags.BoolVar(&list, "list", false, "list the configurations and what TLC has counted")
	return command
}

// listTwins prints the configurations.
func (r *run) listTwins(dir string) error {
	manifest, err := tlc.ReadManifest(dir)
	if err != nil {
		return usageError{err}
	}
	for _, twin := range tlc.Twins() {
		recorded, _ := manifest.Find(twin.Name)
		fmt.Fprintf(r.stdout, "%-30s %-28s %13s states, %d deep\n", twin.Name,
			tlcResult(recorded), number(recorded.Distinct), recorded.Depth)
	}
	for _, name := range tlc.NotWritten() {
		fmt.Fprintf(r.stdout, "%-30s not written in TLA+\n", name)
	}
	return nil
}

// twins compares the chosen configurations.
func (r *run) twins(ctx context.Context, choice tlcChoice) error {
	all := tlc.Twins()
	for _, name := range choice.names {
		if _, ok := tlc.Find(name); !ok {
			return usage("no configuration %q; vsrcheck tlc -list names them", name)
		}
	}
	runsTLC := choice.tlc.Jar != "" || choice.output != ""
	switch {
	case choice.record && !runsTLC:
		return usage("-record needs TLC: give -jar, or -output")
	case choice.output != "" && len(choice.names) != 1:
		return usage("-output is of one run: name it with -run")
	}
	r.heading("tlc: the model and its twin in TLA+")
	for _, twin := range all {
		if len(choice.names) > 0 && !slices.Contains(choice.names, twin.Name) {
			continue
		}
		if err := r.twin(ctx, choice, twin, runsTLC); err != nil {
			return err
		}
		if ctx.Err() != nil {
			return errors.New("interrupted")
		}
	}
	return r.finish()
}

// twin compares one configuration and adds its row. An error is about the manifest.
func (r *run) twin(ctx context.Context, choice tlcChoice, twin tlc.Twin, runsTLC bool) error {
	started := time.Now()
	row := report.Row{
		Part: "tlc", Checked: twin.Name, Verdict: "equal", Outcome: report.AsExpected,
		Reproduce: "go run ./checker/cmd/vsrcheck tlc -run " + twin.Name,
	}
	err := r.compareTwin(ctx, choice, twin, runsTLC, &row)
	var wrong usageError
	switch {
	case errors.As(err, &wrong):
		return err
	case err != nil:
		row.Verdict, row.Outcome, row.Detail = "unknown", report.Undecided, err.Error()
	}
	row.Seconds = time.Since(started).Seconds()
	r.add(row)
	return nil
}

// compareTwin fills the row. An error says that there was nothing to compare.
func (r *run) compareTwin(
	ctx context.Context, choice tlcChoice, twin tlc.Twin, runsTLC bool, row *report.Row,
) error {
	counted, err := tlc.Count(ctx, twin, r.workers)
	if err != nil {
		return err
	}
	row.Evidence = fmt.Sprintf("%s, %s states, %d deep", tlcResult(counted),
		number(counted.Distinct), counted.Depth)
	var seen tlc.Run
	if runsTLC {
		r.live("  %s: TLC runs", twin.Name)
		if seen, err = choice.run(ctx, twin); err != nil {
			return err
		}
		row.Evidence += speeds(seen, counted)
		differs(row, "TLC now", seen, "the model checker", counted)
	}
	manifest, err := tlc.ReadManifest(choice.tlc.Dir)
	if err != nil {
		return usageError{err}
	}
	if choice.record {
		manifest.Record(seen)
		return manifest.Write(choice.tlc.Dir)
	}
	recorded, ok := manifest.Find(twin.Name)
	if !ok {
		return errors.New("the manifest has no counts of TLC; record them with -jar and -record")
	}
	differs(row, "the manifest", recorded, "the model checker", counted)
	return nil
}

// run runs TLC, or reads what it has printed.
func (c tlcChoice) run(ctx context.Context, twin tlc.Twin) (tlc.Run, error) {
	if c.output != "" {
		return tlc.ReadOutput(c.output, twin)
	}
	ctx, cancel := context.WithTimeout(ctx, c.limit)
	defer cancel()
	return c.tlc.Run(ctx, twin)
}

// differs makes the row red if two runs are not equal.
func differs(row *report.Row, who string, a tlc.Run, other string, b tlc.Run) {
	if difference := tlc.Difference(a, b); difference != "" {
		row.Verdict, row.Outcome = "different", report.NotAsExpected
		row.Detail += fmt.Sprintf("%s and %s differ: %s\n", who, other, difference)
	}
}

// speeds compares the times of TLC and of the model checker, if both ran just now.
func speeds(seen, counted tlc.Run) string {
	if seen.Seconds == 0 || counted.Seconds == 0 {
		return ""
	}
	return fmt.Sprintf("; TLC %.1f s, mc %.2f s, ×%.0f", seen.Seconds, counted.Seconds,
		seen.Seconds/counted.Seconds)
}

// tlcResult is the result of a run in a few words.
func tlcResult(run tlc.Run) string {
	switch {
	case run.Result == "":
		return "not recorded"
	case run.Counterexample > 0:
		return fmt.Sprintf("%s in %d steps", run.Result, run.Counterexample)
	}
	return run.Result
}
