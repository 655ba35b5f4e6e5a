// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"fmt"
	"strings"
	"time"

	"viewstamp/checker/export"
	"viewstamp/checker/mc"
	"viewstamp/checker/model"
	"viewstamp/checker/mutants"
	"viewstamp/checker/report"
	"viewstamp/spec"
)

// One search of vsrcheck model: what is searched, and what must come out.

// target is a system that is to be searched.
type target struct {
	checked string // what the row calls it
	args    string // what follows "vsrcheck model"
	system  spec.System
	// properties are those that are checked; none: all.
	properties []string
	// distinct and depth are what was recorded; 0: nothing.
	distinct int64
	depth    int
	// reduced: it is searched without dead messages only.
	reduced bool
	// violated is what a wrong variant breaks, in so many steps. Empty: it must hold.
	violated string
	steps    int
	// source is the system as a Go expression, for a test.
	source  string
	imports []string
}

// entryTarget is a model of the list.
func entryTarget(e model.Entry) target {
	return target{checked: e.Name, args: e.Name, system: e.System, distinct: e.Distinct,
		depth: e.Depth, reduced: e.Reduced, source: fmt.Sprintf("model.SystemOf(%q)", e.Name),
		imports: []string{"viewstamp/checker/model"}}
}

// variantTarget is a wrong variant.
func variantTarget(m mutants.SpecMutant) target {
	return target{checked: m.Name, args: "-variant " + m.Name, system: m.System,
		properties: []string{m.Breaks}, violated: m.Breaks, steps: m.Steps,
		source:  fmt.Sprintf("mutants.SystemOf(%q)", m.Name),
		imports: []string{"viewstamp/checker/mutants"}}
}

// ownTarget is the whole protocol in bounds of the user's choice.
func ownTarget(b spec.Bounds) (target, error) {
	system, err := ownSystem(b)
	return target{checked: "whole protocol (" + boundsText(b) + ")",
		args: fmt.Sprintf("-replicas %d -requests %d -view-changes %d -restarts %d -clients %d",
			b.Replicas, b.Requests, b.ViewChanges, b.Restarts, b.Clients),
		system: system,
		source: fmt.Sprintf("spec.System{Name: %q, Protocol: spec.ViewstampedReplication(), "+
			"Bounds: %#v}", system.Name, b),
	}, err
}

// ownSystem is the whole protocol in bounds of the user's choice.
func ownSystem(bounds spec.Bounds) (spec.System, error) {
	if bounds.Replicas < 1 || bounds.Replicas > 7 || bounds.Clients < 0 ||
		bounds.ViewChanges < 0 || bounds.Restarts < 0 {
		return spec.System{}, usage(
			"bounds: want 1 to 7 replicas and no negative number, got %+v", bounds)
	}
	return spec.System{
		Name: "whole protocol", Protocol: spec.ViewstampedReplication(), Bounds: bounds}, nil
}

// command is the command line that searches it again.
func (t target) command() string { return "go run ./checker/cmd/vsrcheck model " + t.args }

// searchTarget searches, adds a row, and exports the counterexample if that is wanted.
func (r *run) searchTarget(ctx context.Context, t target, o mc.Options) error {
	if t.reduced && !o.EagerSends && !o.Symmetry {
		o.DeadMessages, o.SleepSets = true, true
	}
	result, err := r.search(ctx, t.build(o), o)
	if err != nil {
		return err
	}
	row := report.Row{
		Part:      "model",
		Checked:   t.checked,
		Verdict:   result.Verdict.String(),
		Evidence:  modelEvidence(result),
		More:      reduction(modelSpeed(result), o),
		Outcome:   report.AsExpected,
		Reproduce: t.command() + reduceFlag(o),
		Seconds:   result.Elapsed.Seconds(),
		Numbers: map[string]float64{
			"distinct": float64(result.Distinct), "depth": float64(result.Depth),
			"generated": float64(result.Generated), "bytesPerState": result.BytesPerState,
		},
	}
	if o.Coverage {
		row.Numbers["vacuous"] = float64(len(result.Vacuous))
		for _, k := range result.Kinds {
			row.Numbers["states with "+spec.Kind(k.Kind).String()] = float64(k.States)
		}
	}
	t.judge(&row, result, o)
	r.add(row)
	r.line("  %s; %s", boundsText(t.system.Bounds), actionsText(result.Actions))
	if t.violated != "" && row.Outcome == report.AsExpected {
		r.line("%s", strings.TrimRight(explained(t.system, result), "\n"))
	}
	if o.Coverage {
		r.coverage(result)
	}
	if len(result.Counterexample) == 0 {
		if len(r.exported) > 0 {
			r.line("  nothing is exported: there is no counterexample")
		}
		return nil
	}
	return r.exportAll(evidence{
		Counterexample: export.Counterexample{System: t.system, Property: result.Violated,
			Steps: result.Counterexample},
		title:   t.checked + ": " + result.Violated + " is broken",
		test:    export.Test{Name: testName(t), System: t.source, Imports: t.imports},
		command: t.command(),
	})
}

// testName is what an emitted test is called.
func testName(t target) string {
	name, _, _ := strings.Cut(t.checked, "(")
	return camel(name)
}

// judge compares what was found with what must be.
func (t target) judge(row *report.Row, result modelResult, o mc.Options) {
	switch {
	case result.Verdict == mc.Unknown:
		row.Outcome, row.Detail = report.Undecided, result.Why+goOn(t, result, o)
	case t.violated != "":
		row.Evidence = fmt.Sprintf("%s broken in %d steps, %s states", result.Violated,
			len(result.Counterexample), number(result.Distinct))
		steps := len(result.Counterexample)
		if result.Violated != t.violated || steps < t.steps || steps > t.steps && !o.EagerSends {
			row.Outcome = report.NotAsExpected
			row.Detail = fmt.Sprintf("want %s broken in %d steps\n%s", t.violated, t.steps,
				explained(t.system, result))
		}
	case result.Verdict == mc.Refuted:
		row.Outcome, row.Detail = report.NotAsExpected, explained(t.system, result)
	case o.DeadMessages != t.reduced || o.EagerSends || o.Symmetry:
		// What was recorded is of another search.
	case t.distinct > 0 && (result.Distinct != t.distinct || result.Depth != t.depth):
		row.Outcome = report.NotAsExpected
		row.Detail = fmt.Sprintf("want %d states, %d deep; got %d states, %d deep",
			t.distinct, t.depth, result.Distinct, result.Depth)
	}
}

// goOn says how to go on with a search that has not come to an end.
func goOn(t target, result modelResult, o mc.Options) string {
	done := fmt.Sprintf("\n%s states in %d complete levels hold so far", number(result.Distinct),
		len(result.Levels))
	if o.Checkpoint == "" {
		return done + "\nwith -checkpoint DIR a search can go on: " + t.command() + " -checkpoint DIR"
	}
	limit := o.MemoryLimit
	if limit == 0 {
		limit = mc.DefaultMemoryLimit
	}
	return fmt.Sprintf("%s\ngo on: %s -resume %s -memory %d", done, t.command(), o.Checkpoint,
		2*limit>>20)
}

// search runs the model checker with live progress.
func (r *run) search(ctx context.Context, m model.Model, o mc.Options) (modelResult, error) {
	o.Workers = r.workers
	o.Progress = func(p mc.Progress) { r.live("  %s: %s", m.Name, progressText(p)) }
	return mc.Check(ctx, m, o)
}

// progressText is how far a search has come.
func progressText(p mc.Progress) string {
	growth := ""
	if n := len(p.Levels); n > 1 {
		growth = fmt.Sprintf(" ×%.2f", float64(p.Levels[n-1])/float64(p.Levels[n-2]))
	}
	rest := ""
	if p.Rest >= 0 {
		rest = fmt.Sprintf(", about %s to go", number(p.Rest))
	}
	return fmt.Sprintf("%s states, %s generated, depth %d, %s in the queue%s, %s states/s, %d MiB%s",
		number(p.Distinct), number(p.Generated), p.Level, number(p.Frontier), growth,
		number(int64(p.StatesPerSecond)), p.Bytes>>20, rest)
}

type modelResult = mc.Result[spec.Process, spec.Message]

// modelEvidence is the counts of a search.
func modelEvidence(result modelResult) string {
	return fmt.Sprintf("%s states, %d deep", number(result.Distinct), result.Depth)
}

// modelSpeed is how fast and how small a search was, where it was large enough to tell.
func modelSpeed(result modelResult) string {
	if result.Distinct < 100_000 {
		return ""
	}
	rate := float64(result.Distinct) / max(result.Elapsed, time.Microsecond).Seconds()
	return fmt.Sprintf("%s states/s, %.0f B/state", number(int64(rate)), result.BytesPerState)
}

// actionsText says which steps fired.
func actionsText(actions []mc.ActionCoverage) string {
	fired, idle := 0, []string{}
	for _, action := range actions {
		if action.Fired > 0 {
			fired++
		} else {
			idle = append(idle, action.Step)
		}
	}
	text := fmt.Sprintf("%d of %d actions fired", fired, len(actions))
	if len(idle) > 0 {
		text += "; outside of these bounds: " + strings.Join(idle, ", ")
	}
	return text
}

// explained is a counterexample as text; or, where something never happens, how far it came.
func explained(s spec.System, result modelResult) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", result.Why)
	_ = model.Explain(&b, s, result.Counterexample) // A strings.Builder does not fail.
	for _, never := range result.Sometimes {
		if len(never.Nearest) > 0 {
			fmt.Fprintf(&b, "%s: this comes closest, in %d steps\n", never.Name, len(never.Nearest))
			_ = model.Explain(&b, s, never.Nearest)
		}
	}
	return b.String()
}
