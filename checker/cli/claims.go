// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"viewstamp/checker/diagram"
	"viewstamp/checker/export"
	"viewstamp/checker/mc"
	"viewstamp/checker/model"
	"viewstamp/checker/report"
	"viewstamp/spec/claims"
)

// The part "claims": what others said about the protocol, decided by the model checker.

// claimsCommand is vsrcheck claims.
func (r *run) claimsCommand() *cobra.Command {
	var list, all bool
	var svg string
	var exports exportFlags
	command := &cobra.Command{
		Use:   "claims [ID or NAME...]",
		Short: "Prove or refute what others said about the protocol",
		Long: `claims takes each statement of the catalogue literally, and lets the model checker decide:
it holds within the bounds, or here is the shortest schedule that breaks it, step by step.
Then it does the same with the fix. Without a name it leaves out the slow searches, and prints
only the first schedule.`,
		Example: `  vsrcheck claims -list
  vsrcheck claims state-transfer
  vsrcheck claims state-transfer -emit-test state_transfer_test.go`,
		RunE: func(c *cobra.Command, names []string) error {
			if list {
				for _, claim := range claims.Catalogue() {
					fmt.Fprintf(r.stdout, "%-7s %-31s %-22s %s\n        %s\n", claim.ID,
						claim.Name, expectedVerdict(claim), claim.Source, claim.Statement)
				}
				return nil
			}
			if svg != "" && len(names) != 1 {
				return usage("claims: -svg draws one counterexample: name one claim")
			}
			files, err := exports.files()
			if err == nil {
				err = checkClaimExport(files, names)
			}
			if err != nil {
				return err
			}
			r.svg, r.exported = svg, files
			r.slow = all || len(names) > 0
			if err := r.claims(c.Context(), names); err != nil {
				return err
			}
			return r.finish()
		},
	}
	command.Flags().BoolVar(&list, "list", false, "list the claims")
	command.Flags().BoolVar(&all, "all", false, "decide the slow ones too: minutes")
	command.Flags().StringVar(&svg, "svg", "", "draw the counterexample into this file")
	exports.add(command)
	return command
}

// claims decides the named claims; all if none is named.
func (r *run) claims(ctx context.Context, names []string) error {
	r.heading("claims: said about the protocol, decided by search")
	catalogue := claims.Catalogue()
	for _, name := range names {
		if !slices.ContainsFunc(catalogue, func(c claims.Claim) bool { return named(c, name) }) {
			return usage("no claim %q; vsrcheck claims -list names them", name)
		}
	}
	var sum claimSum
	for _, claim := range catalogue {
		if len(names) > 0 &&
			!slices.ContainsFunc(names, func(name string) bool { return named(claim, name) }) {
			continue
		}
		r.brief = len(names) == 0 && claim.ID != catalogue[0].ID
		from := len(r.table)
		if err := r.claim(ctx, claim); err != nil {
			return err
		}
		if r.brief {
			r.table = append(r.table[:from], sum.take(r.table[from:])...)
		}
	}
	r.table = append(r.table, sum.rows()...)
	return nil
}

// claimSum makes two rows of the many claims that are as expected: one of the claims, one of their
// fixes.
type claimSum struct {
	holds, refuted, fixed int
	claimTime, fixTime    float64
}

// take counts the rows that are as expected and returns the others.
func (s *claimSum) take(rows []report.Row) []report.Row {
	var bad []report.Row
	for _, row := range rows {
		switch {
		case row.Outcome != report.AsExpected:
			bad = append(bad, row)
		case strings.HasSuffix(row.Checked, fixSuffix):
			s.fixed++
			s.fixTime += row.Seconds
		case row.Verdict == mc.Refuted.String():
			s.refuted++
			s.claimTime += row.Seconds
		default:
			s.holds++
			s.claimTime += row.Seconds
		}
	}
	return bad
}

// rows are what was counted.
func (s *claimSum) rows() []report.Row {
	var rows []report.Row
	add := func(checked, verdict, evidence string, seconds float64) {
		rows = append(rows, report.Row{Part: "claims", Checked: checked, Verdict: verdict,
			Evidence: evidence, Outcome: report.AsExpected, Seconds: seconds,
			Reproduce: "go run ./checker/cmd/vsrcheck claims"})
	}
	if s.holds+s.refuted > 0 {
		add("the other claims", "as the catalogue says", fmt.Sprintf(
			"%d hold in their bounds, %d refuted", s.holds,
			s.refuted), s.claimTime)
	}
	if s.fixed > 0 {
		add("their fixes", "hold", fmt.Sprintf("%d systems searched", s.fixed), s.fixTime)
	}
	return rows
}

// expectedVerdict is what a search must find.
func expectedVerdict(c claims.Claim) string {
	text := "holds"
	if c.Refuted != "" {
		text = fmt.Sprintf("refuted in %d steps", c.Steps)
	}
	if c.Slow {
		text += ", slow"
	}
	return text
}

// named says whether a claim is meant by an id or a name.
func named(c claims.Claim, name string) bool {
	return strings.EqualFold(c.ID, name) || c.Name == name
}

// claim decides one claim, and its fix.
func (r *run) claim(ctx context.Context, c claims.Claim) error {
	if c.Slow && !r.slow {
		return nil
	}
	if !r.brief {
		r.line("%s %s (%s)\n  claim: %s", c.ID, c.Name, c.Source, c.Statement)
	}
	claimed, err := r.search(ctx, model.Build(c.Claimed, c.Properties...), mc.Options{})
	if err != nil {
		return err
	}
	row := report.Row{
		Part: "claims", Checked: c.ID + " " + c.Name, Verdict: claimed.Verdict.String(),
		Evidence:  modelEvidence(claimed),
		Outcome:   report.AsExpected,
		Reproduce: "go run ./checker/cmd/vsrcheck claims " + c.Name,
		Seconds:   claimed.Elapsed.Seconds(),
	}
	if claimed.Verdict == mc.Refuted {
		row.Evidence = fmt.Sprintf("%s broken in %d steps, %s states", claimed.Violated,
			len(claimed.Counterexample), number(claimed.Distinct))
		if err := r.show(ctx, c, claimed); err != nil {
			return err
		}
	}
	switch {
	case claimed.Verdict == mc.Unknown:
		row.Outcome, row.Detail = report.Undecided, claimed.Why
	case claimed.Violated != c.Refuted || len(claimed.Counterexample) != c.Steps:
		row.Outcome = report.NotAsExpected
		row.Detail = fmt.Sprintf("want %q broken in %d steps, got %q in %d steps: %s",
			c.Refuted, c.Steps, claimed.Violated, len(claimed.Counterexample), claimed.Why)
	case c.Refuted == "" && claimed.Distinct != c.States:
		row.Outcome, row.Detail = report.NotAsExpected, wantStates(c, claimed)
	}
	r.add(row)
	if c.Refuted == "" {
		return nil
	}
	return r.fix(ctx, c)
}

// wantStates says that a search has not found the recorded number of states.
func wantStates(c claims.Claim, found modelResult) string {
	return fmt.Sprintf("want %d states, got %d", c.States, found.Distinct)
}

// fixSuffix marks the rows of fixes.
const fixSuffix = " with the fix"

// fix searches the corrected system, which must hold.
func (r *run) fix(ctx context.Context, c claims.Claim) error {
	if c.SlowFix && !r.slow {
		return nil
	}
	if !r.brief {
		r.line("  fix: %s", c.Fix)
	}
	fixed, err := r.search(ctx, model.Build(c.Fixed, c.FixedProperties...), mc.Options{})
	if err != nil {
		return err
	}
	row := report.Row{
		Part: "claims", Checked: c.ID + fixSuffix, Verdict: fixed.Verdict.String(),
		Evidence: modelEvidence(fixed), More: modelSpeed(fixed), Outcome: report.AsExpected,
		Reproduce: "go run ./checker/cmd/vsrcheck claims " + c.Name,
		Seconds:   fixed.Elapsed.Seconds(),
	}
	switch {
	case fixed.Verdict == mc.Unknown:
		row.Outcome, row.Detail = report.Undecided, fixed.Why
	case fixed.Verdict == mc.Refuted:
		row.Outcome, row.Detail = report.NotAsExpected, explained(c.Fixed, fixed)
	case c.States > 0 && fixed.Distinct != c.States:
		row.Outcome, row.Detail = report.NotAsExpected, wantStates(c, fixed)
	}
	r.add(row)
	return nil
}

// show prints the counterexample, and exports or draws it if that is wanted.
func (r *run) show(ctx context.Context, c claims.Claim, found modelResult) error {
	if r.brief {
		return nil
	}
	system := c.Claimed
	if len(c.Shown.Protocol.Steps) > 0 {
		shown, err := r.search(ctx, model.Build(c.Shown, c.Properties...), mc.Options{})
		if err != nil {
			return err
		}
		if shown.Violated != found.Violated ||
			len(shown.Counterexample) != len(found.Counterexample) {
			return fmt.Errorf("%s: what is to be shown breaks %q in %d steps, and the claim %q in %d",
				c.ID, shown.Violated, len(shown.Counterexample), found.Violated,
				len(found.Counterexample))
		}
		system, found = c.Shown, shown
	}
	r.line("%s", strings.TrimRight(explained(system, found), "\n"))
	err := r.exportAll(evidence{
		Counterexample: export.Counterexample{System: system, Property: found.Violated,
			Steps: found.Counterexample},
		title: c.Picture, test: export.Test{Name: camel(c.Name), Claim: c.ID},
		command: "go run ./checker/cmd/vsrcheck claims " + c.Name,
	})
	if err != nil {
		return err
	}
	if r.svg == "" {
		return nil
	}
	file, err := os.Create(r.svg)
	if err != nil {
		return err
	}
	picture := model.Picture(system, c.Picture, found.Violated, found.Counterexample)
	return errors.Join(diagram.Render(file, picture), file.Close())
}
