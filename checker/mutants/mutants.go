// SPDX-License-Identifier: Apache-2.0

// Package mutants holds named wrong variants of the spec, of the implementation and of the checkers
// themselves, and says which layer must catch each. A check that no mutant has made fail is not
// known to check anything.
package mutants

import (
	"context"
	"time"

	"viewstamp/checker/mc"
)

// Evidence is what happened when a layer met a mutant.
type Evidence struct {
	// Caught says that the layer of the row caught it, and as the row says.
	Caught bool
	// By is the layer that caught it: model, sim, conform, linear, histories, … Empty: none.
	By string
	// How it was caught, or what happened instead, in a line.
	How     string
	Elapsed time.Duration
}

// Mutant is one row of the table.
type Mutant struct {
	// In is where the fault is planted: spec, impl or checker.
	In   string
	Name string
	// What the variant does wrong.
	What string
	// By is the layer that must catch it.
	By string
	// Catch lets the layer try. The error says that there was no trial.
	Catch func(ctx context.Context, workers int) (Evidence, error)
}

// All lists the mutants: of the spec, of the implementation, of the checkers.
func All() []Mutant {
	var all []Mutant
	for _, m := range SpecMutants() {
		all = append(all, Mutant{"spec", m.Name, m.What, "model",
			func(ctx context.Context, workers int) (Evidence, error) {
				return m.catch(ctx, mc.Options{Workers: workers})
			}})
	}
	for _, m := range ImplMutants() {
		all = append(all, Mutant{"impl", m.Name, m.What, m.By,
			func(ctx context.Context, _ int) (Evidence, error) { return m.catch(ctx) }})
	}
	for _, m := range CheckerMutants() {
		all = append(all, Mutant{"checker", m.Name, m.What, m.By,
			func(ctx context.Context, _ int) (Evidence, error) { return m.catch(ctx) }})
	}
	return all
}
