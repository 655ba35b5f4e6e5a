// SPDX-License-Identifier: Apache-2.0

// Package mutants holds named wrong variants of the spec, of the implementation and of the checkers
// themselves, and says which layer must catch each. A check that no mutant has made fail is not
// known to check anything.
package mutants

import "time"

// Evidence is what happened when a layer met a mutant.
type Evidence struct {
	Caught bool
	// By is the layer: model, sim, conform, linear, test.
	By string
	// How it was caught, or what happened instead, in a line.
	How     string
	Elapsed time.Duration
}
