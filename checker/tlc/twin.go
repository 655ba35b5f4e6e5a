// SPDX-License-Identifier: Apache-2.0

package tlc

import (
	"context"
	"fmt"
	"slices"

	"viewstamp/checker/mc"
	"viewstamp/checker/model"
	"viewstamp/checker/mutants"
	"viewstamp/spec"
	"viewstamp/spec/claims"
)

// The pairs: a system of the spec and the configuration of TLC that must be the same.

// Twin is one system that both checkers search.
type Twin struct {
	Name   string
	System spec.System
	// Breaks is the invariant that must break. Empty: all must hold.
	Breaks string
	// Cfg is the configuration of TLC, below the folder tla.
	Cfg string
}

// Twins lists the models, the corrected state transfer, and the wrong variants, as far as they are
// written in TLA+.
func Twins() []Twin {
	all := []Twin{}
	for _, e := range model.Models() {
		if inTLA(e.System.Protocol) {
			all = append(all, Twin{e.Name, e.System, "", "models/" + e.Name + ".cfg"})
		}
	}
	all = append(all, Twin{"state-transfer-corrected", claims.StateTransfer().Fixed, "",
		"models/state-transfer-corrected.cfg"})
	for _, m := range mutants.SpecMutants() {
		if slices.Contains(variants(), m.Name) {
			all = append(all, Twin{m.Name, m.System, m.Breaks, "variants/" + m.Name + ".cfg"})
		}
	}
	return all
}

// NotWritten names the models and wrong variants of the spec that are not written in TLA+.
func NotWritten() []string {
	var names []string
	for _, e := range model.Models() {
		names = append(names, e.Name)
	}
	for _, m := range mutants.SpecMutants() {
		names = append(names, m.Name)
	}
	return slices.DeleteFunc(names, func(name string) bool {
		_, written := Find(name)
		return written
	})
}

// inTLA says whether all steps of a protocol are steps of VSR.tla, by their names.
func inTLA(p spec.Protocol) bool {
	known := spec.ViewstampedReplication().Steps
	for _, step := range p.Steps {
		if !slices.ContainsFunc(known, func(s spec.Step) bool { return s.Name == step.Name }) {
			return false
		}
	}
	return true
}

// variants are the wrong variants that are written in TLA+.
func variants() []string {
	return []string{
		"StateTransferTruncatesToCommit", "CutLogKeepLastNormalView", "KeepLogRaiseLastNormalView",
		"AppendWhileWaiting", "StartViewTwice", "CommitBeyondLog", "AcknowledgeOldView",
		"ForgetTakenOverRequests", "LongestLogWins", "ShorterLogWins", "MostCommittedWins",
		"QuorumFPlusOneOfFour", "OKOfAnyViewCounts", "CommitWithoutQuorum",
		"DoViewChangeBeforeSuperblock", "ForgetLastNormalView", "AckBeforeBodyDurable",
		"ResumeAsPrimary",
	}
}

// Find is the twin of that name.
func Find(name string) (Twin, bool) {
	all := Twins()
	i := slices.IndexFunc(all, func(t Twin) bool { return t.Name == name })
	if i < 0 {
		return Twin{}, false
	}
	return all[i], true
}

// properties are the names of the invariants to check; none means all.
func (t Twin) properties() []string {
	if t.Breaks == "" {
		return nil
	}
	return []string{t.Breaks}
}

// Count searches the twin with checker/mc and writes the counts down as TLC would. The seconds are
// those of the search. The error says that there was no complete search.
func Count(ctx context.Context, t Twin, workers int) (Run, error) {
	r, err := mc.Check(ctx, model.Build(t.System, t.properties()...), mc.Options{Workers: workers})
	switch {
	case err != nil:
		return Run{}, err
	case r.Verdict == mc.Unknown:
		return Run{}, fmt.Errorf("%s: no verdict: %s", t.Name, r.Why)
	case r.Verdict == mc.Refuted && len(r.Counterexample) == 0:
		return Run{}, fmt.Errorf("%s: %s", t.Name, r.Why)
	}
	run := Run{Name: t.Name, Result: Success, Levels: r.Levels, Seconds: r.Elapsed.Seconds()}
	if r.Verdict == mc.Refuted {
		// TLC stops inside the level of the counterexample, so only those before are complete.
		run.Result, run.Counterexample = violates(r.Violated), len(r.Counterexample)
		run.Levels = r.Levels[:run.Counterexample]
	} else {
		run.Generated = r.Generated - r.Idle + 1 // TLC generates the initial state, too.
	}
	run.sum()
	return run, nil
}
