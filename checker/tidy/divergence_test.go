// SPDX-License-Identifier: Apache-2.0

package tidy

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// The rule about DIVERGENCE.md, on a table of one mutant.

func TestDivergenceIsSeenToFail(t *testing.T) {
	table := head + "\nvar table = []SpecMutant{\n" +
		"\t{\"CommitBeyondLog\", \"takes k\", variant(p, 2, 0, 0), \"CommitBound\", 6},\n}\n"
	for line, says := range map[string]string{
		"| [D12](#d12-it) | it | `CommitBeyondLog` | CommitBound, 6 |": "",
		"| [D12](#d12-it) | it | `CommitBeyondLog` | CommitBound, 7 |": "breaks \"CommitBound, 6\"",
		"| [D12](#d12-it) | it | `CommitBeyondLog` |  |":               "breaks",
		"| [D12](#d12-it) | it | `CommitBelowLog` | CommitBound, 6 |":  "no mutant CommitBelowLog",
		"| [D12](#d13-it) | it | `CommitBeyondLog` | CommitBound, 6 |": "no heading for #d13-it",
	} {
		complaints := Divergence(tree(t, mutantsFile, table,
			divergenceFile, "# Title\n\n"+line+"\n\n## D12. It\n"))
		if says == "" {
			require.Empty(t, complaints)
			continue
		}
		require.Len(t, complaints, 1, line)
		require.Contains(t, complaints[0].Says, says)
		require.Equal(t, 3, complaints[0].Line)
	}
}

// TestDivergenceReadsTheTable: the rule must not pass because it found nothing to compare.
func TestDivergenceReadsTheTable(t *testing.T) {
	broken := repository(t).mutants()
	require.GreaterOrEqual(t, len(broken), 12)
	require.Equal(t, "CommitBound, 6", broken["CommitBeyondLog"])
	require.Equal(t, "d23-state-transfer-keeps-the-log-until-the-new-one-is-there",
		anchor("D23. State transfer keeps the log until the new one is there"))
}
