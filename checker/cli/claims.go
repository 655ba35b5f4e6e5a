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
	"viewstamp/checker/mc"
	"viewstamp/checker/model"
	"viewstamp/checker/report"
	"viewstamp/spec/claims"
)

// The part "claims": what others said about the protocol, decided by the model checker.

// claimsCommand is vsrcheck claims.
func (r *run) claimsCommand() *cobra.Command {
	var list bool
	var svg string
	command := &cobra.Command{
		Use:   "claims [ID or NAME...]",
		Short: "Prove or refute what others said about the protocol",
		Long: `claims takes each statement of the catalogue literally, and lets the model checker decide:
it holds within the bounds, or here is the shortest schedule that breaks it, step by step.
Then it does the same with the fix.`,
		Example: `  vsrcheck claims -list
  vsrcheck claims state-transfer`,
		RunE: func(c *cobra.Command, names []string) error {
			if list {
				for _, claim := range claims.Catalogue() {
					fmt.Fprintf(r.stdout, "%s  %-16s %s\n    %s\n", claim.ID, claim.Name,
						claim.Source, claim.Statement)
				}
				return nil
			}
			if svg != "" && len(names) != 1 {
				return usage("claims: -svg draws one counterexample: name one claim")
			}
			r.svg = svg
			if err := r.claims(c.Context(), names); err != nil {
				return err
			}
			return r.finish()
		},
	}
	command.Flags().BoolVar(&list, "list", false, "list the claims")
	command.Flags().StringVar(&svg, "svg", "", "draw the counterexample into this file")
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
	for _, claim := range catalogue {
		if len(names) > 0 &&
			!slices.ContainsFunc(names, func(name string) bool { return named(claim, name) }) {
			continue
		}
		if err := r.claim(ctx, claim); err != nil {
			return err
		}
	}
	return nil
}

// named says whether a claim is meant by an id or a name.
func named(c claims.Claim, name string) bool {
	return strings.EqualFold(c.ID, name) || c.Name == name
}

// claim decides one claim, and its fix.
func (r *run) claim(ctx context.Context, c claims.Claim) error {
	r.line("%s %s (%s)\n  claim: %s", c.ID, c.Name, c.Source, c.Statement)
	claimed, err := r.search(ctx, model.Build(c.Claimed, c.Properties...), mc.Options{})
	if err != nil {
		return err
	}
	row := report.Row{
		Part: "claims", Checked: c.ID + " " + c.Name, Verdict: claimed.Verdict.String(),
		Evidence: fmt.Sprintf("%s broken in %d steps, %s states", claimed.Violated,
			len(claimed.Counterexample), number(claimed.Distinct)),
		Outcome:   report.AsExpected,
		Reproduce: "go run ./checker/cmd/vsrcheck claims " + c.Name,
		Seconds:   claimed.Elapsed.Seconds(),
	}
	if claimed.Verdict == mc.Refuted {
		r.line("%s", strings.TrimRight(explained(c.Claimed, claimed), "\n"))
		if err := r.draw(c, claimed); err != nil {
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
	}
	r.add(row)
	return r.fix(ctx, c)
}

// fix searches the corrected system, which must hold.
func (r *run) fix(ctx context.Context, c claims.Claim) error {
	r.line("  fix: %s", c.Fix)
	fixed, err := r.search(ctx, model.Build(c.Fixed), mc.Options{})
	if err != nil {
		return err
	}
	row := report.Row{
		Part: "claims", Checked: c.ID + " with the fix", Verdict: fixed.Verdict.String(),
		Evidence: modelEvidence(fixed), Outcome: report.AsExpected,
		Reproduce: "go run ./checker/cmd/vsrcheck claims " + c.Name,
		Seconds:   fixed.Elapsed.Seconds(),
	}
	switch fixed.Verdict {
	case mc.Unknown:
		row.Outcome, row.Detail = report.Undecided, fixed.Why
	case mc.Refuted:
		row.Outcome, row.Detail = report.NotAsExpected, explained(c.Fixed, fixed)
	}
	r.add(row)
	return nil
}

// draw writes the picture of a counterexample, if one is wanted.
func (r *run) draw(c claims.Claim, found modelResult) error {
	if r.svg == "" {
		return nil
	}
	file, err := os.Create(r.svg)
	if err != nil {
		return err
	}
	picture := model.Picture(c.Claimed, c.Picture, found.Violated, found.Counterexample)
	return errors.Join(diagram.Render(file, picture), file.Close())
}
