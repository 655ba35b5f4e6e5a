// SPDX-License-Identifier: Apache-2.0

package mutants

import (
	"context"
	"fmt"

	"viewstamp/checker/mc"
	"viewstamp/spec/claims"
)

// One mutant, one layer: would it find the fault if it were alone?

// Run lets the layer of the trial try, and no other one. The error says that there was no trial.
func (t Trial) Run(ctx context.Context, workers int) (Evidence, error) {
	switch t.In {
	case "spec":
		m, ok := specMutantOf(t.Name)
		if !ok {
			return Evidence{}, t.unknown()
		}
		return m.catch(ctx, mc.Options{Workers: workers})
	case "checker":
		for _, m := range CheckerMutants() {
			if m.Name == t.Name {
				return m.catch(ctx)
			}
		}
		return Evidence{}, t.unknown()
	}
	m, ok := implMutantOf(t.Name)
	if !ok {
		return Evidence{}, t.unknown()
	}
	if only := map[Layer]string{SimLayer: "sim", ConformLayer: "conform",
		HistoryLayer: "linear"}[t.Layer]; only != "" {
		m.By, m.Test = only, ""
	}
	if t.Test != "" {
		m.Test, m.Package = t.Test, t.Package
	}
	return m.catch(ctx)
}

// Exists says whether the mutant of the trial does.
func (t Trial) Exists() bool {
	switch t.In {
	case "spec":
		_, ok := specMutantOf(t.Name)
		return ok
	case "impl":
		m, ok := implMutantOf(t.Name)
		return ok && (m.Test != "" || t.Test != "" || t.Layer == SimLayer ||
			t.Layer == ConformLayer || t.Layer == HistoryLayer)
	}
	for _, m := range CheckerMutants() {
		if m.Name == t.Name {
			return true
		}
	}
	return false
}

// unknown is the error for a trial of no mutant.
func (t Trial) unknown() error {
	return fmt.Errorf("mutants: there is no mutant %s in %s", t.Name, t.In)
}

// specMutantOf finds a wrong variant of the spec by its name, those of slow claims among them.
func specMutantOf(name string) (SpecMutant, bool) {
	if m, ok := SpecMutantNamed(name); ok {
		return m, true
	}
	for _, c := range claims.Catalogue() {
		if c.Mutant == name {
			return SpecMutant{Name: name, What: c.Statement, System: c.Claimed, Breaks: c.Refuted,
				Steps: c.Steps}, true
		}
	}
	return SpecMutant{}, false
}

// implMutantOf finds a wrong variant of the implementation by its name.
func implMutantOf(name string) (ImplMutant, bool) {
	for _, m := range ImplMutants() {
		if m.Name == name {
			return m, true
		}
	}
	return ImplMutant{}, false
}
