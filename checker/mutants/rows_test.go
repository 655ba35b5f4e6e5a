// SPDX-License-Identifier: Apache-2.0

package mutants

import (
	"flag"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

// Tests of the catalogue: nothing of it is forgotten, and the page says what was recorded.

var update = flag.Bool("update", false, "write MUTANTS.md")

func TestDocument(t *testing.T) {
	want, err := Document()
	require.NoError(t, err)
	if *update {
		require.NoError(t, os.WriteFile("MUTANTS.md", []byte(want), 0o600))
	}
	found, err := os.ReadFile("MUTANTS.md")
	require.NoError(t, err)
	require.Equal(t, want, string(found), "go test ./checker/mutants -run Document -update")
}

// TestNoRowIsForgotten: all 70 faults are there; each layer that must catch one is asked, or there
// is a reason; each mutant exists.
func TestNoRowIsForgotten(t *testing.T) {
	rows := Rows()
	require.Len(t, rows, 70)
	for i, r := range rows {
		require.Equal(t, i+1, r.Number)
		require.NotEmpty(t, r.Fault)
		require.NotEmpty(t, r.Must, "row %d", r.Number)
		if len(r.Trials) == 0 {
			require.NotEmpty(t, r.Note, "row %d: no trial, and no reason", r.Number)
			continue
		}
		for _, l := range []Layer(r.Must) {
			require.NotEqual(t, r.Tried(l), r.Not[l] != "",
				"row %d: layer %c is asked, or there is a reason why not", r.Number, l)
		}
		for _, trial := range r.Trials {
			require.True(t, trial.Exists(), "row %d: %s", r.Number, trial.Key())
		}
	}
}

// TestBoldLayersCatch: each layer that must catch a fault did, or the row calls it a finding.
func TestBoldLayersCatch(t *testing.T) {
	records, err := Recorded()
	require.NoError(t, err)
	require.NotEmpty(t, records.Commit)
	used := map[string]bool{}
	for _, r := range Rows() {
		caught := map[Layer]bool{}
		for _, trial := range r.Trials {
			record, ok := records.Trials[trial.Key()]
			require.True(t, ok, "row %d: %s is not recorded: vsrcheck mutants -rows -record "+
				"checker/mutants/records.json", r.Number, trial.Key())
			caught[trial.Layer] = caught[trial.Layer] || record.Caught
			used[trial.Key()] = true
		}
		for _, l := range []Layer(r.Must) {
			require.Equal(t, r.Tried(l) && !caught[l], r.Missed[l] != "",
				"row %d: layer %c must catch it, or the row says why it is missed", r.Number, l)
		}
	}
	require.Len(t, records.Trials, len(used), "records of trials that are not there any more")
}
