// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"viewstamp/checker/mutants"
	"viewstamp/checker/report"
)

// The part "mutants": every check fails where it must.

// mutantChoice selects mutants. Empty fields select all.
type mutantChoice struct {
	in, run string
	// all adds those that not every run tries.
	all bool
}

// matches says whether a mutant is selected.
func (c mutantChoice) matches(m mutants.Mutant) bool {
	return (c.in == "" || c.in == m.In) && (c.run == "" || strings.EqualFold(c.run, m.Name)) &&
		(c.all || c.run != "" || m.Quick)
}

// mutantsCommand is vsrcheck mutants.
func (r *run) mutantsCommand() *cobra.Command {
	var choice mutantChoice
	var list, rows bool
	var record string
	command := &cobra.Command{
		Use:   "mutants",
		Short: "Show that every check fails where it must",
		Long: `mutants plants known faults, one at a time, and requires that the layer which the table
names finds it: wrong steps in the model, wrong source in the implementation (the tree is not
touched: the go command compiles an overlay), wrong checkers. Without -all it tries at least one of
each kind; those of the model that are claims are searched by vsrcheck claims anyway.

-rows goes through the catalogue of checker/mutants/MUTANTS.md instead: each fault is given to each
layer that is asked about it, alone. With -run only one row, by its number.`,
		Example: `  vsrcheck mutants -list
  vsrcheck mutants -all -in impl
  vsrcheck mutants -in spec -run LongestLogWins
  vsrcheck mutants -rows -record checker/mutants/records.json`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if list {
				choice.all = true
				for _, m := range mutants.All() {
					if choice.matches(m) {
						fmt.Fprintf(r.stdout, "%-8s %-32s by %-10s %s\n", m.In, m.Name, m.By, m.What)
					}
				}
				return nil
			}
			try := r.mutants
			if rows || record != "" {
				try = func(ctx context.Context, choice mutantChoice) error {
					return r.mutantRows(ctx, choice.run, record)
				}
			}
			if err := try(c.Context(), choice); err != nil {
				return err
			}
			return r.finish()
		},
	}
	flags := command.Flags()
	flags.StringVar(&choice.in, "in", "", "only those planted in spec, impl or checker")
	flags.StringVar(&choice.run, "run", "", "only the one of this name; with -rows, the row")
	flags.BoolVar(&choice.all, "all", false, "try all of them (minutes)")
	flags.BoolVar(&rows, "rows", false, "ask every layer about every row of the catalogue (minutes)")
	flags.StringVar(&record, "record", "", "with -rows: write what was found to this file")
	flags.BoolVar(&list, "list", false, "list the mutants and who must catch them")
	return command
}

// mutants tries the selected mutants. Those of one place make one row, unless one is missed.
func (r *run) mutants(ctx context.Context, choice mutantChoice) error {
	r.heading("mutants: every check fails where it must")
	tried := 0
	for _, in := range []string{"spec", "impl", "checker"} {
		n, err := r.mutantsIn(ctx, in, choice)
		if err != nil {
			return err
		}
		tried += n
	}
	if tried == 0 {
		return usage("no mutant is called %q in %q; vsrcheck mutants -list names them",
			choice.run, choice.in)
	}
	return nil
}

// mutantsIn tries the selected mutants that are planted in one place.
func (r *run) mutantsIn(ctx context.Context, in string, choice mutantChoice) (int, error) {
	started, caught, missed, by := time.Now(), 0, 0, map[string]int{}
	for _, m := range mutants.All() {
		if m.In != in || !choice.matches(m) {
			continue
		}
		r.live("  %s: %s", m.Name, m.What)
		evidence, err := m.Catch(ctx, r.workers)
		if err != nil && ctx.Err() != nil {
			return caught, err
		}
		if err != nil { // There was no trial; the others are not to blame.
			evidence.How = err.Error()
		}
		if evidence.Caught {
			caught++
			by[evidence.By]++
			r.line("✓ %-8s %-32s %-10s %7v  %s", m.In, m.Name, evidence.By,
				evidence.Elapsed.Round(time.Millisecond), shortened(evidence.How))
			continue
		}
		missed++
		r.add(report.Row{
			Part: "mutants", Checked: m.In + " " + m.Name + ": " + m.What, Verdict: "not caught",
			Evidence: shortened(evidence.How), Outcome: report.NotAsExpected,
			Detail: fmt.Sprintf("want it caught by %s, got: %q %s", m.By, evidence.By,
				evidence.How),
			Reproduce: fmt.Sprintf("go run ./checker/cmd/vsrcheck mutants -in %s -run %s",
				m.In, m.Name),
			Seconds: evidence.Elapsed.Seconds(),
		})
	}
	if caught == 0 {
		return missed, nil
	}
	text := fmt.Sprintf("%d of %d", caught, caught+missed)
	for _, layer := range []string{"model", "sim", "conform", "agreement", "linear", "disk",
		"property", "fuzz", "real", "histories", "traces"} {
		if by[layer] > 0 {
			text += fmt.Sprintf(", %d by %s", by[layer], layer)
		}
	}
	r.add(report.Row{
		Part: "mutants", Checked: "wrong variants of the " + in, Verdict: "caught",
		Evidence: text, Outcome: report.AsExpected, Seconds: time.Since(started).Seconds(),
		Reproduce: "go run ./checker/cmd/vsrcheck mutants -in " + in,
	})
	return caught + missed, nil
}

// shortened is text for one line.
func shortened(text string) string {
	runes := []rune(text)
	if len(runes) > 90 {
		return string(runes[:89]) + "…"
	}
	return text
}
