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
	target := rapid.MakeFuzz(func(t *rapid.T) { fuzzWalk(t, fuzzProtocols()) })
	f.Fuzz(func(t *testing.T, input []byte) { target(t, spread(input)) })
}

// fuzzProtocols are the protocols that the fuzzer chooses from.
func fuzzProtocols() []spec.Protocol {
	return append(recoveries(), spec.ViewstampedReplication())
}

// fuzzWalk is one walk. What is walked through is chosen first, of the same input.
func fuzzWalk(t *rapid.T, protocols []spec.Protocol) *walk {
	by := rapidChooser{t}
	p := protocols[by.choose("protocol", len(protocols))]
	replicas := []int{3, 4, 5, 7}[by.choose("replicas", 4)]
	return repeat(t, system(p, replicas, 3*by.choose("clients", 2)))
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
		taken += len(fuzzWalk(t, fuzzProtocols()).taken)
	})
	target(t, spread(nil))
	for seed := range uint64(8) {
		target(t, spread(randomInput(seed)))
	}
	require.Greater(t, taken, 8*20)
	require.False(t, t.Skipped(), "an input was thrown away")
}
