// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"viewstamp/checker/report"
	"viewstamp/checker/simcheck"
	"viewstamp/histories"
)

// The part "sim": seeded runs of the implementation under faults, each judged three times.

// quickSeeds is how many runs are made when all is checked.
const quickSeeds = 400

// defaultSim is what the command without arguments does.
func defaultSim() simcheck.Options { return simcheck.Options{Seed: 1, Seeds: quickSeeds} }

// simCommand is vsrcheck sim.
func (r *run) simCommand() *cobra.Command {
	o := defaultSim()
	var verbose bool
	var history, shrink, script string
	command := &cobra.Command{
		Use:   "sim",
		Short: "Run the implementation under faults in virtual time",
		Long: `sim runs the real replica core, journal, and key-value service in virtual time: messages
are lost, doubled, late and cut off, replicas crash, lose what their disks had not flushed, come
back, stand still. Then all is healed and must answer. The seed decides everything: the same
seed is the same run, bit for bit. Every step of every replica must be a step of the model, and
what the clients saw must be linearizable.`,
		Example: `  vsrcheck sim -seeds 1000
  vsrcheck sim -seed 7 -seeds 1 -v | less`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			switch {
			case o.Seeds < 1:
				return usage("sim: -seeds is %d, want 1 or more", o.Seeds)
			case verbose && o.Seeds != 1 && script == "":
				return usage("sim: -v shows one run: give -seeds 1 too")
			case history != "" && o.Seeds != 1:
				return usage("sim: -history keeps one history: give -seeds 1 too")
			case script != "" && (shrink != "" || history != ""):
				return usage("sim: -script runs what is in the file, and takes no -shrink or -history")
			case history != "":
				return r.record(c.Context(), o, history)
			case shrink != "":
				return r.shrink(c.Context(), o, shrink)
			case script != "":
				return r.script(c.Context(), script, verbose)
			case verbose:
				o.Config.Verbose = r.stdout
			}
			if err := r.sim(c.Context(), o); err != nil {
				return err
			}
			return r.finish()
		},
	}
	flags := command.Flags()
	flags.Uint64Var(&o.Seed, "seed", o.Seed, "the first seed")
	flags.IntVar(&o.Seeds, "seeds", o.Seeds, "how many seeds")
	flags.IntVar(&o.Config.Replicas, "replicas", 0, "group size (0: drawn from the seed)")
	flags.IntVar(&o.Config.Clients, "clients", 0, "clients at the same time (0: drawn)")
	flags.IntVar(&o.Config.Requests, "requests", 0, "requests of each client (0: drawn)")
	flags.StringVar(&history, "history", "", "write what the clients saw to this file")
	flags.StringVar(&shrink, "shrink", "", "make the run of -seed smaller, and write it to this file")
	flags.StringVar(&script, "script", "", "run a file that -shrink has written")
	flags.BoolVarP(&verbose, "verbose", "v", false, "print a line for everything that happens")
	return command
}

// sim makes the runs and adds their row.
func (r *run) sim(ctx context.Context, o simcheck.Options) error {
	r.heading("sim: the implementation under faults, in virtual time")
	o.Workers = r.workers
	o.Progress = func(done, seeds int, so simcheck.Summary) {
		r.live("  %d of %d seeds, %s operations, %v of virtual time", done, seeds,
			number(int64(so.Operations)), so.Counts.VirtualTime.Round(time.Second))
	}
	summary, err := simcheck.Run(ctx, o)
	row := report.Row{
		Part: "sim", Checked: fmt.Sprintf("seeds %d to %d", o.Seed, o.Seed+uint64(o.Seeds)-1),
		Verdict: "linearizable, conforms", Evidence: simEvidence(summary),
		More: fmt.Sprintf("live again, %s steps, %.0f× real time on one core",
			number(int64(summary.Conform.Events)), summary.Speed()),
		Outcome: report.AsExpected, Seconds: summary.Duration.Seconds(),
		Reproduce: fmt.Sprintf("go run ./checker/cmd/vsrcheck sim -seed %d -seeds %d",
			o.Seed, o.Seeds),
		Numbers: map[string]float64{},
	}
	for _, count := range summary.Counts.List() {
		row.Numbers[count.Name] = float64(*count.Value)
	}
	var failure *simcheck.Failure
	switch {
	case errors.As(err, &failure):
		row.Verdict, row.Outcome = "failed: "+string(failure.Layer), report.NotAsExpected
		row.Detail = err.Error()
		if failure.Layer != simcheck.Floors {
			row.Reproduce = failure.Config.Command()
			row.Detail += r.smaller(ctx, failure.Config)
		}
	case err != nil:
		return err
	}
	r.add(row)
	r.line("  %s", simDetail(summary))
	return nil
}

// simEvidence is the denominators in short.
func simEvidence(s simcheck.Summary) string {
	return fmt.Sprintf("%d runs, %s ops, %s crashes", s.Seeds,
		number(int64(s.Operations)), number(int64(s.Conform.Restarts)))
}

// simDetail is every count, in how many runs it was more than zero, and which branches of the
// steps were reached.
func simDetail(s simcheck.Summary) string {
	text := fmt.Sprintf("%v of virtual time; in how many of the runs, where not in all:",
		s.Counts.VirtualTime.Round(time.Second))
	for _, count := range s.Counts.List() {
		text += fmt.Sprintf(", %s %s", number(int64(*count.Value)), count.Name)
		if runs := s.Runs[count.Name]; runs < s.Seeds {
			text += fmt.Sprintf(" (%d)", runs)
		}
	}
	text += fmt.Sprintf("\n  %d runs with %d operations or more, %d in the one with the fewest, %d "+
		"unrecoverable (proved)", s.Loaded, simcheck.LoadedOps, s.Least, s.Unrecoverable)
	text += "\n  steps:" + tallies(s.Conform.Steps)
	return text + "\n  ignored:" + tallies(s.Ignored)
}

// tallies is a table on one line, by name.
func tallies[K ~string, V int | uint64](counts map[K]V) string {
	text := ""
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		text += fmt.Sprintf(" %s %s", name, number(int64(counts[name])))
	}
	return text
}

// record writes the history of one run to a file, whatever its verdict is.
func (r *run) record(ctx context.Context, o simcheck.Options, path string) error {
	config := o.Config
	config.Seed = o.Seed
	verdict, err := simcheck.One(ctx, config)
	var failure *simcheck.Failure
	h := verdict.History
	switch {
	case errors.As(err, &failure) && failure.Layer == simcheck.Linearizability:
		h.Expect, h.Note = histories.ExpectNotLinearizable, failure.Err.Error()
	case errors.As(err, &failure): // There is no history worth keeping; the verdict is.
		return errors.Join(r.sim(ctx, o), r.finish())
	case err != nil:
		return err
	default:
		h.Expect = histories.ExpectLinearizable
		h.Note = fmt.Sprintf("%d crashes, %d views started, %d messages lost in a simulated run.",
			verdict.Result.Counts.Crashes, verdict.Result.Counts.ViewsStarted, verdict.Result.Counts.Lost)
	}
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	return errors.Join(histories.Write(file, h), file.Close())
}
