// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"viewstamp/checker/mc"
	"viewstamp/checker/model"
	"viewstamp/checker/report"
	"viewstamp/spec"
)

// The part "model": exhaustive search of the protocol within bounds.

// modelCommand is vsrcheck model.
func (r *run) modelCommand() *cobra.Command {
	var list, all, plain bool
	var bounds spec.Bounds
	var walks mc.SimulateOptions
	command := &cobra.Command{
		Use:   "model [NAME...]",
		Short: "Search the model exhaustively within bounds",
		Long: `model searches every reachable state of the protocol within bounds, checks the invariants
in each, and compares the number of states with the recorded one. Without a name it searches
the models that are marked quick. With bounds of your own (-requests …) it searches the whole
protocol in them. With -simulate it does not search but takes random walks: so far beyond what
can be searched, but a walk that finds nothing proves nothing.`,
		Example: `  vsrcheck model -list
  vsrcheck model view-change
  vsrcheck model -requests 1 -view-changes 2
  vsrcheck model -simulate 1000 -depth 300 -requests 8 -view-changes 6 -restarts 4 -replicas 5`,
		RunE: func(c *cobra.Command, names []string) error {
			switch {
			case list:
				return r.listModels()
			case c.Flags().Changed("simulate"):
				if len(names) > 0 || plain || bounds.Requests < 1 || walks.Walks < 1 || walks.Depth < 1 {
					return usage("-simulate: want 1 walk or more, -depth and -requests 1 or more, " +
						"no name and no -plain")
				}
				return r.simulate(c.Context(), bounds, walks)
			case c.Flags().Changed("depth") || c.Flags().Changed("seed"):
				return usage("-depth and -seed are about random walks: give -simulate too")
			case bounds.Requests > 0:
				return r.ownModel(c.Context(), bounds, plain)
			case len(names) == 0:
				if err := r.modelList(c.Context(), all); err != nil {
					return err
				}
				return r.finish()
			}
			for _, name := range names {
				entry, ok := model.Find(name)
				if !ok {
					return usage("no model %q; vsrcheck model -list names them", name)
				}
				if err := r.searchModel(c.Context(), entry, mc.Options{Plain: plain}); err != nil {
					return err
				}
			}
			return r.finish()
		},
	}
	flags := command.Flags()
	flags.BoolVar(&all, "all", false, "search the slow models too")
	flags.BoolVar(&list, "list", false, "list the models with their bounds and states")
	flags.BoolVar(&plain, "plain", false, "use the plain explorer: slow, the reference")
	flags.IntVar(&bounds.Replicas, "replicas", 3, "group size, for bounds of your own")
	flags.IntVar(&bounds.Requests, "requests", 0, "how many requests the clients send")
	flags.IntVar(&bounds.ViewChanges, "view-changes", 0, "how many view changes timers start")
	flags.IntVar(&bounds.Restarts, "restarts", 0, "how many crashes and restarts")
	flags.IntVar(&bounds.Clients, "clients", 0,
		"clients that wait for replies (0: each request is another client's)")
	flags.IntVar(&walks.Walks, "simulate", 0, "take so many random walks in bounds of your own")
	flags.IntVar(&walks.Depth, "depth", 200, "how many steps a random walk takes")
	flags.Uint64Var(&walks.Seed, "seed", 1, "the seed of the first random walk")
	return command
}

// models searches the quick models.
func (r *run) models(ctx context.Context) error { return r.modelList(ctx, false) }

// modelList searches the quick models, or all of the list.
func (r *run) modelList(ctx context.Context, all bool) error {
	r.heading("model: every reachable state within the bounds")
	for _, entry := range model.Models() {
		if !all && !entry.Quick {
			continue
		}
		if err := r.searchModel(ctx, entry, mc.Options{}); err != nil {
			return err
		}
	}
	return nil
}

// searchModel searches one model of the list and compares the counts.
func (r *run) searchModel(ctx context.Context, entry model.Entry, o mc.Options) error {
	result, err := r.search(ctx, model.Build(entry.System), o)
	if err != nil {
		return err
	}
	row := report.Row{
		Part:      "model",
		Checked:   entry.Name,
		Verdict:   result.Verdict.String(),
		Evidence:  modelEvidence(result),
		More:      modelSpeed(result),
		Outcome:   report.AsExpected,
		Reproduce: "go run ./checker/cmd/vsrcheck model " + entry.Name,
		Seconds:   result.Elapsed.Seconds(),
		Numbers: map[string]float64{
			"distinct": float64(result.Distinct), "depth": float64(result.Depth),
			"generated": float64(result.Generated), "bytesPerState": result.BytesPerState,
		},
	}
	switch {
	case result.Verdict == mc.Unknown:
		row.Outcome, row.Detail = report.Undecided, result.Why
	case result.Verdict == mc.Refuted:
		row.Outcome = report.NotAsExpected
		row.Detail = explained(entry.System, result)
	case result.Distinct != entry.Distinct || result.Depth != entry.Depth:
		row.Outcome = report.NotAsExpected
		row.Detail = fmt.Sprintf("want %d states, %d deep; got %d states, %d deep",
			entry.Distinct, entry.Depth, result.Distinct, result.Depth)
	}
	r.add(row)
	r.line("  %s; %s", boundsText(entry.System.Bounds), actionsText(result.Actions))
	return nil
}

// ownModel searches the whole protocol in bounds of the user's choice.
func (r *run) ownModel(ctx context.Context, bounds spec.Bounds, plain bool) error {
	system, err := ownSystem(bounds)
	if err != nil {
		return err
	}
	result, err := r.search(ctx, model.Build(system), mc.Options{Plain: plain})
	if err != nil {
		return err
	}
	row := report.Row{
		Part: "model", Checked: "whole protocol (" + boundsText(bounds) + ")",
		Verdict: result.Verdict.String(), Evidence: modelEvidence(result),
		More:    modelSpeed(result),
		Outcome: report.AsExpected, Reproduce: "go run ./checker/cmd/vsrcheck model with the same flags",
		Seconds: result.Elapsed.Seconds(),
	}
	switch result.Verdict {
	case mc.Unknown:
		row.Outcome, row.Detail = report.Undecided, result.Why
	case mc.Refuted:
		row.Outcome, row.Detail = report.NotAsExpected, explained(system, result)
	}
	r.add(row)
	r.line("  %s", actionsText(result.Actions))
	return r.finish()
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

// search runs the model checker with live progress.
func (r *run) search(ctx context.Context, m model.Model, o mc.Options) (modelResult, error) {
	o.Workers = r.workers
	o.Progress = func(p mc.Progress) {
		r.live("  %s: %s states, depth %d, %s in the queue, %s states/s, %d MiB",
			m.Name, number(p.Distinct), p.Level, number(p.Frontier),
			number(int64(p.StatesPerSecond)), p.Bytes>>20)
	}
	return mc.Check(ctx, m, o)
}

type modelResult = mc.Result[spec.Process, spec.Message]

// listModels prints the list.
func (r *run) listModels() error {
	for _, e := range model.Models() {
		mark := "     "
		if e.Quick {
			mark = "quick"
		}
		fmt.Fprintf(r.stdout, "%-22s %s  %-46s %13s states, %d deep\n", e.Name, mark,
			boundsText(e.System.Bounds), number(e.Distinct), e.Depth)
	}
	return nil
}

// boundsText says what a system is bounded by.
func boundsText(b spec.Bounds) string {
	parts := []string{fmt.Sprintf("%d replicas", b.Replicas)}
	count := func(n int, one, many string) {
		switch n {
		case 0:
		case 1:
			parts = append(parts, "1 "+one)
		default:
			parts = append(parts, fmt.Sprintf("%d %s", n, many))
		}
	}
	count(b.Clients, "client", "clients")
	count(b.Requests, "request", "requests")
	count(b.ViewChanges, "view change", "view changes")
	count(b.Restarts, "restart", "restarts")
	count(b.Damages, "damaged disk", "damaged disks")
	return strings.Join(parts, ", ")
}

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

// explained is a counterexample as text.
func explained(s spec.System, result modelResult) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", result.Why)
	_ = model.Explain(&b, s, result.Counterexample) // A strings.Builder does not fail.
	return b.String()
}

// number prints an integer with thousands apart: 1,745,408.
func number(n int64) string {
	digits := fmt.Sprint(n)
	for i := len(digits) - 3; i > 0 && digits[i-1] != '-'; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}
