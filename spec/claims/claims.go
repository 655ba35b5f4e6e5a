// SPDX-License-Identifier: Apache-2.0

// Package claims is the catalogue: statements about Viewstamped Replication that somebody made,
// each in a form that a machine can decide. A claim replaces steps of the protocol and says what
// must hold then. The verdict is either that it holds within the bounds or the shortest
// counterexample. Ids never change.
package claims

import (
	"slices"
	"strings"

	"viewstamp/spec"
)

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
	// Shown is a part of Claimed, in the sense that each of its runs is a run of Claimed, whose
	// counterexample is as short and tells the story better. Without steps: Claimed is shown.
	Shown spec.System
	// Claimed is the system in which the claim is taken literally.
	Claimed spec.System
	// Refuted names the property that breaks; empty if the claim is expected to hold.
	Refuted string
	// Steps is the length of the shortest counterexample.
	Steps int
	// Properties are the names of those to check. Empty: all.
	Properties []string
	// Fix says what to do instead, and Fixed is a system with that, which must hold in the
	// same bounds, or in those that it names. A claim that holds has none.
	Fix   string
	Fixed spec.System
	// FixedProperties are the names of those to check in Fixed. Empty: all.
	FixedProperties []string
	// States is the number of reachable states of the system that holds: Claimed if the claim
	// holds, else Fixed.
	States int64
	// Slow and SlowFix mark searches of more than a few hundred thousand states: of Claimed,
	// and of Fixed. They are made only where they are asked for.
	Slow, SlowFix bool
	// Mutant is what to call Claimed as a planted fault; empty if the claim holds.
	Mutant string
}

// Catalogue lists the claims by their ids.
func Catalogue() []Claim {
	all := slices.Concat(
		[]Claim{StateTransfer()},
		choiceOfLog(),
		flexibleQuorums(),
		otherViews(),
		rounds(),
		pipelining(),
		gaps(),
		gapNack(),
		mergeAll(),
		chains(),
		newPrimaries(),
		rewinds(),
		commitsOfViews(),
		joiners(),
		headViews(),
		suffixes(),
		pipelineTail(),
		disklessRecovery(),
		startViewChangeRound(),
		recoveryDetails(),
		durableFields(),
		nacks(),
		storageNacks(),
		storageRestarts(),
		clusterOfTwo(),
		checkpoints(),
		pages(),
		droppedPrefixes(),
		removals(),
		ownAcknowledgement(),
		lostDisks(),
		reads(),
		quorumReads(),
		readIndex(),
		epochView(),
		donors(),
		youngGroups(),
		nothingFollows(),
		epochVotes(),
		epochLeases(),
		witnesses(),
		ring(),
		batching(),
		timestamps(),
		predictions(),
		clients(),
		composed(),
		flexibleDisks(),
	)
	slices.SortFunc(all, func(a, b Claim) int { return strings.Compare(a.ID, b.ID) })
	return all
}

// core is a protocol without state transfer, without the COMMIT of an idle primary and with clients
// that send one request each: what most claims need.
func core(p spec.Protocol) spec.Protocol {
	return p.Without("SendGetState", "JoinView", "OnGetState", "OnNewState", "OnReply",
		"SendCommit", "OnCommit")
}

// durable is the core without crashes.
func durable() spec.Protocol {
	return core(spec.ViewstampedReplication()).Without("Restart")
}

// bounded is a system of three replicas.
func bounded(name string, p spec.Protocol, requests, viewChanges, crashes int) spec.System {
	return spec.System{Name: name, Protocol: p, Bounds: spec.Bounds{Replicas: 3,
		Requests: requests, ViewChanges: viewChanges, Restarts: crashes}}
}

// allBut names the properties other than these.
func allBut(names ...string) []string {
	var all []string
	for _, property := range spec.Properties() {
		if !slices.Contains(names, property.Name) {
			all = append(all, property.Name)
		}
	}
	return all
}
