// SPDX-License-Identifier: Apache-2.0

package defects

import (
	"context"
	"flag"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"viewstamp/checker/mc"
)

// The table is decided as it says, and is complete. The slow searches are left to vsrcheck defects.

var update = flag.Bool("update", false, "write DEFECTS.md")

func TestRowsAreAsFound(t *testing.T) {
	for _, r := range Rows() {
		if r.Slow {
			continue
		}
		t.Run(r.Number+" "+r.By+" "+r.Breaks, func(t *testing.T) {
			found, err := r.Search(context.Background(), mc.Options{})
			require.NoError(t, err)
			require.Empty(t, r.Complaint(found), r.Wrong)
		})
	}
}

// TestCorrectedHold searches what is not searched as a claim or a model by other tests.
func TestCorrectedHold(t *testing.T) {
	for _, c := range []Corrected{resumeAfterWrite(), searched("view-change"),
		searched("normal-operation")} {
		found, err := c.Search(context.Background(), mc.Options{})
		require.NoError(t, err)
		require.Empty(t, c.Complaint(found))
	}
}

// TestNoRowIsMissing: each number of the list has a row, and each row says what is right, and where
// that was searched; in its own row or in another of the same number.
func TestNoRowIsMissing(t *testing.T) {
	holds := make(map[string]bool)
	for _, r := range Rows() {
		require.NotEmpty(t, r.Wrong, r.Number)
		require.NotEmpty(t, r.Instead, r.Number)
		require.NotPanics(t, func() { r.System() }, r.Number)
		require.True(t, r.Predicted == 0 || r.PredictedFor != "", r.Number)
		holds[r.Number] = holds[r.Number] || len(r.Holds) > 0 || r.Number == "5.2" // As 5.1.
	}
	for _, number := range []string{"5.1", "5.1b", "5.2", "5.3a", "5.3b", "5.3c", "5.3d", "5.4", "5.5",
		"5.6", "5.7", "5.8", "5.9", "5.10", "5.11", "5.12", "5.13", "5.14", "5.15", "5.16", "5.17",
		"5.19", "5.20"} {
		require.True(t, holds[number], "%s has no row, or nothing that holds", number)
		delete(holds, number)
	}
	require.Empty(t, holds, "numbers that are not in the list")
}

// TestWrongRowIsRed: a row that says something else than the search is noticed; so is one that
// differs from its prediction and does not say why.
func TestWrongRowIsRed(t *testing.T) {
	for _, r := range Rows() {
		if r.Number != "5.20" {
			continue
		}
		found, err := r.Search(context.Background(), mc.Options{})
		require.NoError(t, err)
		require.Empty(t, r.Complaint(found))
		longer, other, unexplained := r, r, r
		longer.Steps++
		require.Contains(t, longer.Complaint(found), `want "CommitBound" broken in 7 steps`)
		other.Breaks = ""
		require.Contains(t, other.Complaint(found), "want it to hold")
		unexplained.Predicted++
		require.Contains(t, unexplained.Complaint(found), "the row must say why")
	}
}

func TestDocumentIsCurrent(t *testing.T) {
	if *update {
		require.NoError(t, os.WriteFile("DEFECTS.md", []byte(Document()), 0o644))
		return
	}
	written, err := os.ReadFile("DEFECTS.md")
	require.NoError(t, err)
	require.Equal(t, Document(), string(written),
		"DEFECTS.md is old; write it anew: go test ./checker/defects -run Document -update")
}
