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
	// Properties are the names of the invariants to check. Empty: all.
	Properties []string
	// Module is the module that TLC searches, and Cfg its configuration, below the folder tla.
	Module, Cfg string
}

// Twins lists the models, what is left of some claims when they are corrected, and the wrong
// variants, as far as they are written in TLA+.
func Twins() []Twin {
	all, parts := []Twin{}, Parts()
	for _, e := range model.Models() {
		if module, ok := moduleOf(e.System.Protocol, parts); ok {
			all = append(all, Twin{Name: e.Name, System: e.System, Module: module,
				Cfg: "models/" + e.Name + ".cfg"})
		}
	}
	for _, part := range parts {
		for _, h := range part.Holds {
			all = append(all, h.twin(part.Module))
		}
	}
	table, catalogue := mutants.SpecMutants(), claims.Catalogue()
	for _, part := range parts {
		for _, name := range part.Variants {
			twin := Twin{Name: name, Module: part.Module, Cfg: "variants/" + name + ".cfg"}
			if twin.isWrong(table, catalogue) {
				all = append(all, twin)
			}
		}
	}
	return all
}

// isWrong completes the twin of a wrong variant: a mutant of the spec, or a claim that takes too
// long to be one. It is false if there is none of that name.
func (t *Twin) isWrong(table []mutants.SpecMutant, catalogue []claims.Claim) bool {
	if i := slices.IndexFunc(table, func(m mutants.SpecMutant) bool {
		return m.Name == t.Name
	}); i >= 0 {
		t.System, t.Breaks = table[i].System, table[i].Breaks
	} else if i := slices.IndexFunc(catalogue, func(c claims.Claim) bool {
		return c.Mutant == t.Name
	}); i >= 0 {
		t.System, t.Breaks = catalogue[i].Claimed, catalogue[i].Refuted
	}
	t.Properties = []string{t.Breaks}
	return t.Breaks != ""
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

// moduleOf is the module that has all steps of a protocol, by their names, if there is one.
func moduleOf(p spec.Protocol, parts []Part) (string, bool) {
	for _, part := range parts {
		known := part.Protocol().Steps
		if part.Models && !slices.ContainsFunc(p.Steps, func(step spec.Step) bool {
			return !slices.ContainsFunc(known, func(s spec.Step) bool { return s.Name == step.Name })
		}) {
			return part.Module, true
		}
	}
	return "", false
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

// Count searches the twin with checker/mc and writes the counts down as TLC would. The seconds are
// those of the search. The error says that there was no complete search.
func Count(ctx context.Context, t Twin, workers int) (Run, error) {
	r, err := mc.Check(ctx, model.Build(t.System, t.Properties...), mc.Options{Workers: workers})
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
