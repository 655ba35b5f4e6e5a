// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"viewstamp/checker/defects"
	"viewstamp/checker/mc"
	"viewstamp/checker/report"
)

// The part "defects": the table of the known defects, all of it, with the slow searches.

// defectsCommand is vsrcheck defects.
func (r *run) defectsCommand() *cobra.Command {
	var list, quick bool
	command := &cobra.Command{
		Use:   "defects [NUMBER...]",
		Short: "Search the known defects and what holds instead",
		Long: `defects searches each row of checker/defects/DEFECTS.md: a wrong variant of the protocol
must break its property in so many steps and no fewer, and what is right must hold, with as many
states as the row says. It takes some minutes, and up to two gigabytes of memory; with -quick
seconds.
A number like 5.3a selects the rows of that defect.`,
		Example: `  vsrcheck defects -list
  vsrcheck defects 5.3c
  vsrcheck defects -quick`,
		RunE: func(c *cobra.Command, numbers []string) error {
			for _, number := range numbers {
				if !slices.ContainsFunc(defects.Rows(), func(d defects.Row) bool {
					return d.Number == number
				}) {
					return usage("no defect %q; vsrcheck defects -list names them", number)
				}
			}
			r.heading("defects: the known ones, and what holds instead")
			done := make(map[string]bool)
			for _, d := range defects.Rows() {
				if len(numbers) > 0 && !slices.Contains(numbers, d.Number) {
					continue
				}
				if list {
					fmt.Fprintf(r.stdout, "%-5s %-36s %-19s %3d  %s\n", d.Number, d.By, d.Breaks,
						d.Steps, d.Wrong)
					continue
				}
				if err := r.defect(c.Context(), d, quick, done); err != nil {
					return err
				}
			}
			if list {
				return nil
			}
			return r.finish()
		},
	}
	command.Flags().BoolVar(&list, "list", false, "list the rows")
	command.Flags().BoolVar(&quick, "quick", false, "leave out the slow searches")
	return command
}

// defect searches one row, and what holds instead unless that was done.
func (r *run) defect(ctx context.Context, d defects.Row, quick bool, done map[string]bool) error {
	if !quick || !d.Slow {
		found, err := d.Search(ctx, mc.Options{Workers: r.workers})
		if err != nil {
			return err
		}
		evidence := fmt.Sprintf("%s states", number(found.Distinct))
		if d.Breaks != "" {
			evidence = fmt.Sprintf("%s broken in %d steps, %s states", found.Violated,
				len(found.Counterexample), number(found.Distinct))
		}
		r.addDefect(d, d.Number+" "+d.By, evidence, d.Complaint(found), found)
	}
	for _, c := range d.Holds {
		if quick && c.Slow || done[c.By] {
			continue
		}
		done[c.By] = true
		found, err := c.Search(ctx, mc.Options{Workers: r.workers})
		if err != nil {
			return err
		}
		r.addDefect(d, d.Number+" right: "+c.By, modelEvidence(found), c.Complaint(found), found)
	}
	return nil
}

// addDefect adds a row to the report.
func (r *run) addDefect(d defects.Row, checked, evidence, complaint string, found defects.Found) {
	row := report.Row{Part: "defects", Checked: checked, Verdict: found.Verdict.String(),
		Evidence: evidence, Outcome: report.AsExpected, Detail: complaint,
		Reproduce: "go run ./checker/cmd/vsrcheck defects " + d.Number,
		Seconds:   found.Elapsed.Seconds()}
	switch {
	case complaint != "" && found.Verdict == mc.Unknown:
		row.Outcome = report.Undecided
	case complaint != "":
		row.Outcome = report.NotAsExpected
	}
	r.add(row)
}
