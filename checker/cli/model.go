// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"viewstamp/checker/mc"
	"viewstamp/checker/model"
	"viewstamp/checker/mutants"
	"viewstamp/spec"
)

// The part "model": exhaustive search of the protocol within bounds.

// modelFlags are the flags of vsrcheck model.
type modelFlags struct {
	list, all, plain, coverage, live bool
	bounds                           spec.Bounds
	walks                            mc.SimulateOptions
	variant, reduce                  string
	checkpoint, resume               string
	memory                           int // MiB; 0: what the engine thinks fit
	exports                          exportFlags
}

// modelCommand is vsrcheck model.
func (r *run) modelCommand() *cobra.Command {
	var f modelFlags
	command := &cobra.Command{
		Use:   "model [NAME...]",
		Short: "Search the model exhaustively within bounds",
		Long: `model searches every reachable state of the protocol within bounds, checks the invariants
in each, and compares the number of states with the recorded one. Without a name it searches
the models that are marked quick. With bounds of your own (-requests …) it searches the whole
protocol in them, with -variant NAME a wrong variant of it (vsrcheck mutants -list -in spec).

Long searches: with -checkpoint DIR the states are in files and the search is saved after each
level; one that was killed, or ran out of -memory, goes on with -resume DIR.

With -liveness it asks instead what must happen at last in every fair run, and shows a run in
which it never does. With -simulate it does not search but takes random walks: so far beyond
what can be searched, but a walk that finds nothing proves nothing.` + reduceHelp,
		Example: `  vsrcheck model -list
  vsrcheck model view-change -coverage
  vsrcheck model -requests 1 -view-changes 2 -checkpoint /tmp/search
  vsrcheck model -requests 1 -view-changes 2 -resume /tmp/search -memory 12000
  vsrcheck model -requests 2 -view-changes 1 -reduce dead
  vsrcheck model -variant AcknowledgeOldView -emit-test acknowledge_old_view_test.go
  vsrcheck model -liveness deaf-primary
  vsrcheck model -simulate 1000 -depth 300 -requests 8 -view-changes 6 -restarts 4 -replicas 5`,
		RunE: func(c *cobra.Command, names []string) error {
			files, err := f.check(c, names)
			if err != nil {
				return err
			}
			r.exported = files
			if f.list {
				return r.listModels()
			}
			if err := r.chosenModels(c, f, names); err != nil {
				return err
			}
			return r.finish()
		},
	}
	f.add(command)
	return command
}

// add adds the flags to the command.
func (f *modelFlags) add(command *cobra.Command) {
	flags := command.Flags()
	flags.BoolVar(&f.all, "all", false, "search the slow models too")
	flags.BoolVar(&f.list, "list", false, "list the models with their bounds and states")
	flags.BoolVar(&f.plain, "plain", false, "use the plain explorer: slow, the reference")
	flags.BoolVar(&f.coverage, "coverage", false,
		"print steps, reasons, messages, and properties that were never put to the test")
	flags.BoolVar(&f.live, "liveness", false, "check what must happen in every fair run")
	flags.StringVar(&f.variant, "variant", "", "search the wrong variant of this name")
	flags.StringVar(&f.reduce, "reduce", "none",
		"none, sleep, dead, eager, dead+eager or symmetry: see above")
	flags.StringVar(&f.checkpoint, "checkpoint", "", "save the search in this folder as it goes")
	flags.StringVar(&f.resume, "resume", "", "go on with the search in this folder")
	flags.IntVar(&f.memory, "memory", 0, "how many MiB the search may use (0: 8192)")
	f.exports.add(command)
	flags.IntVar(&f.bounds.Replicas, "replicas", 3, "group size, for bounds of your own")
	flags.IntVar(&f.bounds.Requests, "requests", 0, "how many requests the clients send")
	flags.IntVar(&f.bounds.ViewChanges, "view-changes", 0, "how many view changes timers start")
	flags.IntVar(&f.bounds.Restarts, "restarts", 0, "how many crashes and restarts")
	flags.IntVar(&f.bounds.Clients, "clients", 0,
		"clients that wait for replies (0: each request is another client's)")
	flags.IntVar(&f.walks.Walks, "simulate", 0, "take so many random walks in bounds of your own")
	flags.IntVar(&f.walks.Depth, "depth", 200, "how many steps a random walk takes")
	flags.Uint64Var(&f.walks.Seed, "seed", 1, "the seed of the first random walk")
}

// check refuses flags that do not go together, and lists the files for counterexamples.
func (f *modelFlags) check(c *cobra.Command, names []string) ([]string, error) {
	given := c.Flags().Changed
	files, err := f.exports.files()
	single := len(names) == 1 || f.bounds.Requests > 0 || f.variant != ""
	switch {
	case err != nil:
		return nil, err
	case given("simulate"):
		if len(names) > 0 || f.plain || f.bounds.Requests < 1 || f.walks.Walks < 1 ||
			f.walks.Depth < 1 {
			return nil, usage("-simulate: want 1 walk or more, -depth and -requests 1 or more, " +
				"no name and no -plain")
		}
	case given("depth") || given("seed"):
		return nil, usage("-depth and -seed are about random walks: give -simulate too")
	case f.variant != "" && (len(names) > 0 || f.bounds.Requests > 0 || f.live):
		return nil, usage("-variant: the variant has its own bounds: no name, no bounds, no -liveness")
	case f.reduce != "none" && (f.live || given("simulate")):
		return nil, usage("-reduce: liveness needs every state, and walks take none twice")
	case f.live && (f.bounds.Requests > 0 || f.plain || f.coverage || len(files) > 0):
		return nil, usage("-liveness: it has systems of its own (-list), and prints its runs: no " +
			"bounds, no -plain, -coverage or -export")
	}
	searching := !f.live && !given("simulate")
	switch {
	case (f.checkpoint != "" || f.resume != "") && (!single || f.plain || !searching):
		return nil, usage("-checkpoint and -resume are about one search: one name, or bounds, or " +
			"-variant, and no -plain")
	case f.checkpoint != "" && f.resume != "":
		return nil, usage("-resume goes on saving in the same folder: leave -checkpoint out")
	case len(files) > 0 && (!single || !searching):
		return nil, usage("-export writes one counterexample: give one name, or bounds, or -variant")
	case f.memory < 0:
		return nil, usage("-memory %d: want MiB, or 0", f.memory)
	}
	return files, nil
}

// chosenModels does what the flags say.
func (r *run) chosenModels(c *cobra.Command, f modelFlags, names []string) error {
	o := mc.Options{Plain: f.plain, Coverage: f.coverage, MemoryLimit: int64(f.memory) << 20,
		Checkpoint: f.checkpoint}
	if f.resume != "" {
		o.Checkpoint, o.Resume = f.resume, true
	}
	o, err := reduced(o, f.reduce)
	switch {
	case err != nil:
		return err
	case f.live:
		return r.liveness(c.Context(), names)
	case f.walks.Walks > 0:
		return r.simulate(c.Context(), f.bounds, f.walks)
	case f.variant != "":
		m, ok := mutants.SpecMutantNamed(f.variant)
		if !ok {
			return usage("no variant %q; vsrcheck mutants -list -in spec names them", f.variant)
		}
		return r.searchTarget(c.Context(), variantTarget(m), o)
	case f.bounds.Requests > 0:
		t, err := ownTarget(f.bounds)
		if err != nil {
			return err
		}
		return r.searchTarget(c.Context(), t, o)
	case len(names) == 0:
		return r.modelList(c.Context(), f.all, o)
	}
	for _, name := range names {
		entry, ok := model.Find(name)
		if !ok {
			return usage("no model %q; vsrcheck model -list names them", name)
		}
		if err := r.searchTarget(c.Context(), entryTarget(entry), o); err != nil {
			return err
		}
	}
	return nil
}

// models searches the quick models.
func (r *run) models(ctx context.Context) error { return r.modelList(ctx, false, mc.Options{}) }

// modelList searches the quick models, or all of the list.
func (r *run) modelList(ctx context.Context, all bool, o mc.Options) error {
	r.heading("model: every reachable state within the bounds")
	for _, entry := range slices.Concat(model.Models(), model.Larger()) {
		if !all && !entry.Quick {
			continue
		}
		if err := r.searchTarget(ctx, entryTarget(entry), o); err != nil {
			return err
		}
	}
	return nil
}

// listModels prints the lists.
func (r *run) listModels() error {
	for _, e := range slices.Concat(model.Models(), model.Larger()) {
		mark := "     "
		switch {
		case e.Quick:
			mark = "quick"
		case e.Reduced:
			mark = "dead "
		}
		fmt.Fprintf(r.stdout, "%-22s %s  %-46s %13s states, %d deep\n", e.Name, mark,
			boundsText(e.System.Bounds), number(e.Distinct), e.Depth)
	}
	fmt.Fprintf(r.stdout, "\n-liveness:\n")
	for _, l := range model.Lives() {
		fmt.Fprintf(r.stdout, "%-24s %-46s %7s states, %s\n%24s %s\n", l.Name,
			boundsText(l.System.Bounds), number(int64(l.States)), l.Verdict, "",
			strings.TrimSpace(l.Claim+" "+l.What))
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

// number prints an integer with thousands apart: 1,745,408.
func number(n int64) string {
	digits := fmt.Sprint(n)
	for i := len(digits) - 3; i > 0 && digits[i-1] != '-'; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}
