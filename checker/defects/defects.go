// SPDX-License-Identifier: Apache-2.0

// Package defects is the table of the known defects: wrong variants of the protocol, and of what
// the paper leaves open, each with the length of its shortest counterexample as a private oracle
// predicted it before this model was written, the length that the model checker finds, and what
// holds instead. DEFECTS.md is the table to read; vsrcheck defects searches all of it.
package defects

import (
	"context"
	"fmt"

	"viewstamp/checker/mc"
	"viewstamp/checker/model"
	"viewstamp/checker/mutants"
	"viewstamp/spec"
	"viewstamp/spec/claims"
)

// Row is one row of the table: one property that one wrong variant breaks.
type Row struct {
	// Number is the permanent number of the defect, for instance 5.3a.
	Number string
	// Wrong is what the variant does wrong.
	Wrong string
	// By is the claim, by its id, or the mutant of the spec that is the variant.
	By string
	// Bounds are those of the search if they are not those of By.
	Bounds spec.Bounds
	// Breaks is the property, Steps the length of the shortest counterexample. No property: the
	// variant breaks none, though one was predicted.
	Breaks string
	Steps  int
	// States is the number of states of a variant that breaks nothing.
	States int64
	// Predicted is the length that was predicted, which counts no steps of clients. Zero: none was.
	// PredictedFor is the property and the bounds (requests/view changes/crashes) of the prediction.
	Predicted    int
	PredictedFor string
	// Why explains the difference to the prediction, if there is one besides the steps of clients.
	Why string
	// Instead is what the corrected protocol does, and Holds where that was searched to the end.
	Instead string
	Holds   []Corrected
	// Slow rows are searched by command only.
	Slow bool
}

// Corrected is a corrected system within the bounds in which it holds.
type Corrected struct {
	// By is the claim, or the model of vsrcheck model, that is the system.
	By     string
	System spec.System
	// Properties are those to check; none means all.
	Properties []string
	States     int64
	// Slow systems are searched by command only.
	Slow bool
}

// Found is what a search has found.
type Found = mc.Result[spec.Process, spec.Message]

// System is that of the wrong variant. It panics if nothing is called By: rows are written by
// hand.
func (r Row) System() spec.System {
	s := variant(r.By)
	if r.Bounds != (spec.Bounds{}) {
		s.Bounds = r.Bounds
		s.Bounds.Replicas = 3
	}
	return s
}

// variant finds the claim or the mutant.
func variant(by string) spec.System {
	for _, c := range claims.Catalogue() {
		if c.ID == by {
			return c.Claimed
		}
	}
	if s, ok := own()[by]; ok {
		return s
	}
	return mutants.SystemOf(by)
}

// Search searches the wrong variant.
func (r Row) Search(ctx context.Context, o mc.Options) (Found, error) {
	s := r.System()
	var properties []string
	if r.Breaks != "" {
		properties = []string{r.Breaks}
	} else if r.PredictedFor != "" {
		properties = []string{predictedProperty(r.PredictedFor)}
	}
	return mc.Check(ctx, model.Build(s, properties...), o)
}

// Complaint says how what was found differs from the row; empty if it does not.
func (r Row) Complaint(f Found) string {
	steps := len(f.Counterexample)
	switch {
	case r.Breaks == "" && (f.Verdict != mc.Holds || f.Distinct != r.States):
		return fmt.Sprintf("want it to hold with %d states, got %v with %d: %s", r.States, f.Verdict,
			f.Distinct, f.Why)
	case f.Violated != r.Breaks || steps != r.Steps:
		return fmt.Sprintf("want %q broken in %d steps, got %q in %d: %s", r.Breaks, r.Steps,
			f.Violated, steps, f.Why)
	case r.Breaks != "" && r.Predicted > 0 && r.Why == "" && steps-clientSteps(f) != r.Predicted:
		return fmt.Sprintf("%d steps were predicted, and %d found without those of clients: the row "+
			"must say why", r.Predicted, steps-clientSteps(f))
	}
	return ""
}

// clientSteps counts the steps of clients in a counterexample. The predictions do not count them.
func clientSteps(f Found) int {
	n := 0
	for _, t := range f.Counterexample {
		if _, ok := t.After.(spec.Replica); !ok {
			n++
		}
	}
	return n
}

// Search searches the corrected system.
func (c Corrected) Search(ctx context.Context, o mc.Options) (Found, error) {
	return mc.Check(ctx, model.Build(c.System, c.Properties...), o)
}

// Complaint says how what was found differs; empty if it does not.
func (c Corrected) Complaint(f Found) string {
	if f.Verdict != mc.Holds || f.Distinct != c.States {
		return fmt.Sprintf("%s: want it to hold with %d states, got %v with %d: %s", c.By, c.States,
			f.Verdict, f.Distinct, f.Why)
	}
	return ""
}
