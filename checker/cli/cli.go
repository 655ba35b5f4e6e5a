// SPDX-License-Identifier: Apache-2.0

// Package cli is the command line of vsrcheck. Each part of the evidence is a sub-command, which
// yields rows of one table; without a sub-command all parts run. The exit code is 0 if all is as
// expected, 1 if something is not, 2 if a check came to no verdict, 64 for a wrong command line,
// 70 if the checker itself failed.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"viewstamp/checker/report"
)

// run is what the sub-commands share.
type run struct {
	stdout io.Writer
	out    *report.Progress
	table  report.Table
	code   int

	asJSON   bool
	brief    bool     // Leave counterexamples and statements out.
	svg      string   // Where to draw a counterexample; empty: nowhere.
	exported []string // Where to write a counterexample.
	slow     bool     // Also the claims that take long.
	workers  int
}

// usageError is an error of the person at the keyboard.
type usageError struct{ error }

// usage makes a usageError.
func usage(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// Main runs the command line and returns the exit code.
func Main(args []string, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	r := &run{stdout: stdout, out: report.NewProgress(stderr)}
	if r.out.Terminal() {
		r.out = report.NewProgress(stdout)
	}
	command := r.root()
	command.SetArgs(longFlags(args))
	command.SetOut(stdout)
	command.SetErr(stderr)
	err := command.ExecuteContext(ctx)
	var wrong usageError
	switch {
	case errors.As(err, &wrong):
		fmt.Fprintf(stderr, "vsrcheck: %v\n", err)
		return report.ExitUsage
	case err != nil:
		fmt.Fprintf(stderr, "vsrcheck: %v\n", err)
		return report.ExitInternal
	}
	return r.code
}

// longFlags lets people write -seeds as the go command does, where the library wants --seeds.
func longFlags(args []string) []string {
	out := slices.Clone(args)
	for i, arg := range out {
		if arg == "--" {
			break
		}
		if len(arg) > 2 && arg[0] == '-' && arg[1] >= 'a' && arg[1] <= 'z' {
			out[i] = "-" + arg
		}
	}
	return out
}

// root is the command without arguments, and the parent of the others.
func (r *run) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "vsrcheck",
		Short: "Check Viewstamped Replication: the model, its claims, and the implementation",
		Long: `vsrcheck checks Viewstamped Replication, layer by layer, and prints one table.

Without a sub-command it runs all parts, which takes about a minute or two on two cores:
  model      exhaustive search of the protocol within small bounds
  tlc        the same counts as TLC has for the twin in TLA+, level by level
  claims     what others said about the protocol, proved or refuted
  sim        seeded runs of the implementation under faults, in virtual time
  cluster    three real processes, a real Redis client, and kill -9
  histories  every recorded history gets the verdict that it states
  mutants    every check fails where it must
Each part is a sub-command with flags of its own, and so is
  defects    the table of known defects, and what holds instead
Two more judge files of yours:
  linear     is this history linearizable?
  conform    is every step of this trace a step of the model?

Exit codes: 0 all as expected, 1 something is not, 2 no verdict, 64 usage, 70 internal error.`,
		Example: `  vsrcheck
  vsrcheck claims state-transfer
  vsrcheck sim -seeds 1000
  vsrcheck linear my-history.edn`,
		Args:          noArgs,
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE: func(c *cobra.Command, _ []string) error {
			return r.all(c.Context())
		},
	}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	flags := root.PersistentFlags()
	flags.BoolVar(&r.asJSON, "json", false, "print the table as JSON on standard output")
	flags.IntVar(&r.workers, "workers", 0, "how many cores to use (0: all)")
	root.CompletionOptions.DisableDefaultCmd = true
	root.AddCommand(r.modelCommand(), r.claimsCommand(), r.simCommand(), r.clusterCommand(),
		r.historiesCommand(), r.mutantsCommand(), r.linearCommand(), r.conformCommand(),
		r.tlcCommand(), r.defectsCommand())
	return root
}

// part is one of the things that the command without arguments does.
type part struct {
	name string
	run  func(context.Context) error
}

// all runs every part. A part that fails does not keep the others from running.
func (r *run) all(ctx context.Context) error {
	parts := []part{
		{"model", r.models},
		{"tlc", r.quickTwins},
		{"claims", func(ctx context.Context) error { return r.claims(ctx, nil) }},
		{"sim", func(ctx context.Context) error { return r.sim(ctx, defaultSim()) }},
		{"cluster", func(ctx context.Context) error { return r.cluster(ctx, defaultCluster()) }},
		{"histories", r.histories},
		{"mutants", func(ctx context.Context) error { return r.mutants(ctx, mutantChoice{}) }},
	}
	for _, p := range parts {
		started := time.Now()
		if err := p.run(ctx); err != nil {
			r.add(report.Row{
				Part: p.name, Checked: "the whole part", Verdict: "failed",
				Outcome: report.NotAsExpected, Detail: err.Error(),
				Reproduce: "go run ./checker/cmd/vsrcheck " + p.name,
				Seconds:   time.Since(started).Seconds(),
			})
		}
		if ctx.Err() != nil {
			return errors.New("interrupted")
		}
	}
	return r.finish()
}

// heading announces a part.
func (r *run) heading(format string, args ...any) {
	if !r.asJSON {
		r.out.Line("\n── "+format, args...)
	}
}

// line writes a line that stays, unless the output is for machines.
func (r *run) line(format string, args ...any) {
	if !r.asJSON {
		r.out.Line(format, args...)
	}
}

// live writes a line that the next one replaces, unless the output is for machines.
func (r *run) live(format string, args ...any) {
	if !r.asJSON {
		r.out.Live(format, args...)
	}
}

// add puts a row into the table, and says so when it is bad.
func (r *run) add(row report.Row) {
	r.table = append(r.table, row)
	mark := "✓"
	if row.Outcome != report.AsExpected {
		mark = "✗"
	}
	line := fmt.Sprintf("%s %s: %s; %s", mark, row.Checked, row.Verdict, row.Evidence)
	if row.More != "" {
		line += ", " + row.More
	}
	r.line("%s", line)
}

// finish prints the table and sets the exit code.
func (r *run) finish() error {
	r.out.Done()
	r.code = r.table.Exit()
	if r.asJSON {
		return r.table.JSON(r.stdout)
	}
	r.line("")
	return r.table.Text(r.stdout)
}

// noArgs refuses arguments, with the error of a wrong command line.
func noArgs(c *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usage("%q: no such command or argument; see %s -h", args[0], c.CommandPath())
	}
	return nil
}
