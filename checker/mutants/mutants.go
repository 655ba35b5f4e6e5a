// SPDX-License-Identifier: Apache-2.0

// Package mutants holds named wrong variants of the spec, of the implementation and of the checkers
// themselves, and says which layer must catch each. A check that no mutant has made fail is not
// known to check anything.
package mutants

import (
	"context"
	"slices"
	"time"

	"viewstamp/checker/mc"
	"viewstamp/spec/claims"
)

// Evidence is what happened when a layer met a mutant.
type Evidence struct {
	// Caught says that the layer of the row caught it, and as the row says.
	Caught bool
	// By is the layer that caught it: model, sim, conform, linear, histories, … Empty: none.
	By string
	// How it was caught, or what happened instead, in a line.
	How string
	// First is what it took to the first detection: seeds, states, images, or a test.
	First   string
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
	// Quick says that it is tried in every run of vsrcheck: at least one of each kind. Wrong
	// variants that are claims are searched with the claims.
	Quick bool
	// Catch lets the layer try. The error says that there was no trial.
	Catch func(ctx context.Context, workers int) (Evidence, error)
}

// All lists the mutants: of the spec, of the implementation, of the checkers.
func All() []Mutant {
	var all []Mutant
	for _, m := range SpecMutants() {
		all = append(all, Mutant{"spec", m.Name, m.What, "model", !slow(m.Name),
			func(ctx context.Context, workers int) (Evidence, error) {
				return m.catch(ctx, mc.Options{Workers: workers})
			}})
	}
	for _, m := range ImplMutants() {
		all = append(all, Mutant{"impl", m.Name, m.What, m.By, slices.Contains(quick, m.Name),
			func(ctx context.Context, _ int) (Evidence, error) { return m.catch(ctx) }})
	}
	for _, m := range CheckerMutants() {
		all = append(all, Mutant{"checker", m.Name, m.What, m.By, true,
			func(ctx context.Context, _ int) (Evidence, error) { return m.catch(ctx) }})
	}
	return all
}

// quick names the mutants of the implementation that every run tries: each costs a compilation.
var quick = []string{"LongestLogWins", "ForgetLastNormalView", "AckBeforeFlush",
	"ReplyOfFirstRequest", "AppendLost", "JournalAcksBeforeFlush", "SuperblockQuorumOne",
	"MarzulloAcceptsMinority"}

// slow says whether a wrong variant of the spec is not tried by itself in every run: if it is a
// claim it is searched with the claims, or the search takes seconds.
func slow(name string) bool {
	return name == "RecoverAtViewPlusOne" ||
		slices.ContainsFunc(claims.Catalogue(), func(c claims.Claim) bool { return c.Mutant == name })
}
