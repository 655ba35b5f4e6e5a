// SPDX-License-Identifier: Apache-2.0

package spec_test

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"viewstamp/spec"
)

// The walks of run_test.go with the go command's fuzzer as the chooser: it keeps those inputs that
// reach new code of the spec and changes them further. To explore schedules for as long as you
// like, and with little time spent on making new inputs smaller:
//
//	go test ./spec -fuzz FuzzWalk -fuzztime 10m -fuzzminimizetime 100x
//
// A plain go test takes the few walks of the corpus.

func FuzzWalk(f *testing.F) {
	for seed := range uint64(8) {
		f.Add(randomInput(seed))
	}
	target := rapid.MakeFuzz(func(t *rapid.T) { fuzzWalk(t) })
	f.Fuzz(func(t *testing.T, input []byte) { target(t, spread(input)) })
}

// fuzzSystems are what the fuzzer chooses from: parts of the protocol that must be safe, each with
// what must hold besides.
func fuzzSystems(replicas, clients int) []spec.System {
	var all []spec.System
	add := func(p spec.Protocol, always ...spec.Property) {
		s := system(p, replicas, clients)
		s.Always = always
		all = append(all, s)
	}
	for _, p := range append(recoveries(), spec.ViewstampedReplication(), spec.DamagedDisks(),
		spec.Batching(2)) {
		add(p)
	}
	add(spec.ReadsAtPrimary(), spec.ReadsSeeWrites())
	add(spec.NewClients(), spec.ReplyMatches())
	add(spec.LogSuffixes(), spec.ChosenIsServed(spec.LogSuffixes().Step("OnGetState").Do))
	for i := range epochPlans {
		all = append(all, epochSystem(i, clients))
	}
	return all
}

// fuzzWalk is one walk. What is walked through is chosen first, of the same input.
func fuzzWalk(t *rapid.T) *walk {
	by := rapidChooser{t}
	replicas, clients := []int{3, 4, 5, 7}[by.choose("replicas", 4)], 3*by.choose("clients", 2)
	systems := fuzzSystems(replicas, clients)
	return repeat(t, systems[by.choose("system", len(systems))])
}

// TestWalkThroughAnything is TestWalk through all of them.
func TestWalkThroughAnything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { fuzzWalk(t) })
}

// randomInput is a first input, long enough for most walks.
func randomInput(seed uint64) []byte {
	input := make([]byte, 2048)
	r := rand.New(rand.NewPCG(seed, 0))
	for i := range input {
		input[i] = byte(r.Uint32())
	}
	return input
}

// spread makes eight bytes of each. rapid takes eight for a choice, be it of one bit or of a real
// number; written out like this, each byte of the input matters. The zeros at the end are enough
// for one step, and then say that there is none after it: so that a short input is a short walk,
// where rapid would throw it away.
func spread(input []byte) []byte {
	var spread []byte
	for _, b := range input {
		spread = append(spread, bytes.Repeat([]byte{b}, 8)...)
	}
	return append(spread, make([]byte, 8*256)...)
}

// TestFuzzedWalkGoesFar: the first inputs are long walks, and none is thrown away, nor is the
// empty one.
func TestFuzzedWalkGoesFar(t *testing.T) {
	taken := 0
	target := rapid.MakeFuzz(func(t *rapid.T) {
		taken += len(fuzzWalk(t).taken)
	})
	target(t, spread(nil))
	for seed := range uint64(8) {
		target(t, spread(randomInput(seed)))
	}
	require.Greater(t, taken, 8*20)
	require.False(t, t.Skipped(), "an input was thrown away")
}
