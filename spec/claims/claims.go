// SPDX-License-Identifier: Apache-2.0

// Package claims is the catalogue: statements about Viewstamped Replication that somebody made, each
// in a form that a machine can decide. A claim replaces steps of the protocol and says what
// must hold then. The verdict is either that it holds within the bounds or the shortest
// counterexample. Ids never change.
package claims

import "viewstamp/spec"

// Claim is one entry of the catalogue.
type Claim struct {
	// ID is the number of the entry, for instance C-001.
	ID string
	// Name is what to type on the command line.
	Name string
	// Source says who claims it, and where.
	Source string
	// Statement is the claim in a sentence.
	Statement string
	// Picture is the title of the counterexample's picture.
	Picture string
	// Claimed is the system in which the claim is taken literally.
	Claimed spec.System
	// Refuted names the property that breaks; empty if the claim is expected to hold.
	Refuted string
	// Steps is the length of the shortest counterexample.
	Steps int
	// Properties are the names of those to check. Empty: all.
	Properties []string
	// Fix says what to do instead, and Fixed is a system with that, which must hold in the
	// same bounds.
	Fix   string
	Fixed spec.System
}

// Catalogue lists the claims by their ids.
func Catalogue() []Claim {
	return []Claim{StateTransfer()}
}
