// SPDX-License-Identifier: Apache-2.0

package spec_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"viewstamp/spec"
)

// Whole runs, far beyond the bounds of the exhaustive search: many requests, view changes and
// restarts, in groups of three to seven. After each step all properties must hold.

var seed = flag.Int("seed", -1, "walk with this seed only")

// TestMain makes runs long enough for several views. -rapid.steps still has the last word.
func TestMain(m *testing.M) {
	flag.Parse()
	if steps := flag.Lookup("rapid.steps"); steps.Value.String() == steps.DefValue {
		if err := steps.Value.Set("80"); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}

// system is the protocol with room for a long run.
func system(p spec.Protocol, replicas, clients int) spec.System {
	return spec.System{Name: p.Name, Protocol: p, Bounds: spec.Bounds{
		Replicas: replicas, Clients: clients, Requests: 12, ViewChanges: 12, Restarts: 6,
		Damages: 1, Reads: 6, ClientCrashes: 3}}
}

// rapidChooser lets rapid decide, so that a failing run is shrunk. It chooses evenly, bit by bit:
// the ranges of rapid prefer small numbers, and would hardly ever choose a new message.
type rapidChooser struct{ t *rapid.T }

func (r rapidChooser) choose(what string, n int) int {
	if n == 1 {
		return 0
	}
	return rapid.Custom(func(t *rapid.T) int {
		number := 0
		for bit := 1; bit < n; bit <<= 1 {
			number <<= 1
			if rapid.Bool().Draw(t, "bit") {
				number++
			}
		}
		return number % n
	}).Draw(r.t, what)
}

// seeded is a random generator: the same seed makes the same walk.
type seeded struct{ r *rand.Rand }

func (s seeded) choose(_ string, n int) int { return s.r.IntN(n) }

// TestWalk runs the protocol as a state machine test. Its one action takes whatever step is
// possible: with an action for each step of the table rapid would spend its time on those that are
// not.
func TestWalk(t *testing.T) {
	for _, n := range []int{3, 4, 5, 7} {
		for _, clients := range []int{0, 3} {
			t.Run(fmt.Sprintf("replicas=%d,clients=%d", n, clients), func(t *testing.T) {
				rapid.Check(t, func(t *rapid.T) {
					repeat(t, system(spec.ViewstampedReplication(), n, clients))
				})
			})
		}
	}
}

// repeat is one run. A failure prints the schedule; rapid prints the command that repeats it.
func repeat(t *rapid.T, s spec.System) *walk {
	w := newWalk(s)
	take(t, w)
	return w
}

// take is repeat from where the walk is.
func take(t *rapid.T, w *walk) {
	by, more := rapidChooser{t}, true
	t.Repeat(map[string]func(*rapid.T){
		"": func(t *rapid.T) {
			if name := w.broken(); name != "" {
				t.Fatalf("%s is broken after\n%v", name, w.shortened())
			}
		},
		"step": func(*rapid.T) { more = more && w.step(by) },
	})
}

// stroll walks with a seed until a property breaks, nothing can happen any more, or the steps are
// used up. A walk that breaks a property is shortened.
func stroll(s spec.System, seed, steps int) (w *walk, broken string) {
	w = newWalk(s)
	by := seeded{random(seed)}
	for len(w.taken) < steps && w.step(by) {
		if broken = w.broken(); broken != "" {
			return w.shortened(), broken
		}
	}
	return w, ""
}

// reproduce is the command that takes the same walk again.
func reproduce(t *testing.T, seed int) string {
	return fmt.Sprintf("go test ./spec -run '^%s$' -seed %d", t.Name(), seed)
}

// seeds are those to walk with.
func seeds(n int) []int {
	if *seed >= 0 {
		return []int{*seed}
	}
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}

// random is the generator of a seed.
func random(seed int) *rand.Rand { return rand.New(rand.NewPCG(uint64(seed), 0)) }

// TestWalkGoesFar walks with fixed seeds, so that what it must have seen is certain: every step of
// the table, and commits in later views at each size. A walk that goes nowhere checks nothing.
func TestWalkGoesFar(t *testing.T) {
	for _, n := range []int{3, 4, 5, 7} {
		fired := make(map[string]int)
		var committed spec.OpNumber
		var view spec.ViewNumber
		for _, seed := range seeds(25) {
			w, broken := stroll(system(spec.ViewstampedReplication(), n, 3), seed, 200)
			require.Empty(t, broken, "%s\n%v", reproduce(t, seed), w)
			for _, f := range w.taken {
				fired[f.step.Name]++
			}
			for _, m := range w.sent[spec.KindReply] {
				committed = max(committed, m.(spec.Reply).OpNumber)
				view = max(view, m.(spec.Reply).ViewNumber)
			}
		}
		t.Logf("N=%d: up to op-number %d in view %d; %v", n, committed, view, fired)
		if *seed >= 0 {
			continue
		}
		for _, step := range spec.ViewstampedReplication().Steps {
			require.NotZero(t, fired[step.Name], "%s never happened with N=%d", step.Name, n)
		}
		require.GreaterOrEqual(t, committed, spec.OpNumber(6))
		require.GreaterOrEqual(t, view, spec.ViewNumber(3))
	}
}
