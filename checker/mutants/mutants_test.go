// SPDX-License-Identifier: Apache-2.0

package mutants

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"viewstamp/checker/mc"
)

// Tests of the table of mutants. Those of the implementation are built and run by vsrcheck mutants;
// here it is only seen that their text is in the source. Wrong variants of the spec that are claims
// are searched with the claims.

func TestMutantsOfSpecAndCheckersAreCaught(t *testing.T) {
	for _, m := range All() {
		if m.In == "impl" || !m.Quick {
			continue
		}
		t.Run(m.In+"/"+m.Name, func(t *testing.T) {
			evidence, err := m.Catch(context.Background(), 0)
			require.NoError(t, err)
			require.True(t, evidence.Caught, evidence.How)
		})
	}
}

func TestEnoughMutantsWithNamesOfTheirOwn(t *testing.T) {
	count, seen := map[string]int{}, map[string]bool{}
	for _, m := range All() {
		require.False(t, seen[m.In+m.Name], "%s %s is there twice", m.In, m.Name)
		seen[m.In+m.Name] = true
		count[m.In]++
		require.NotEmpty(t, m.What)
		require.NotEmpty(t, m.By)
	}
	require.GreaterOrEqual(t, count["spec"], 12)
	require.GreaterOrEqual(t, count["impl"], 8)
	require.GreaterOrEqual(t, count["checker"], 4)
}

func TestTextToReplaceIsInTheSourceOnce(t *testing.T) {
	for _, m := range ImplMutants() {
		source, err := os.ReadFile(filepath.Join("..", "..", filepath.FromSlash(m.File)))
		require.NoError(t, err)
		require.Equal(t, 1, strings.Count(string(source), m.Old),
			"%s: the source has changed, change the mutant", m.Name)
		require.NotEqual(t, m.Old, m.New)
	}
}

// A row that is not right about its mutant is not caught: the table can fail.
func TestWrongRowIsRed(t *testing.T) {
	for _, m := range SpecMutants() {
		if m.Name == "AcknowledgeOldView" {
			m.Steps++
			evidence, err := m.catch(context.Background(), mc.Options{})
			require.NoError(t, err)
			require.False(t, evidence.Caught)
			require.Contains(t, evidence.How, "want NothingLost broken in 10 steps")
		}
	}
}
