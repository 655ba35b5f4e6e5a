// SPDX-License-Identifier: Apache-2.0

package tidy

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"viewstamp/checker/mutants"
)

// DIVERGENCE.md names the mutants that forced a departure from the paper, with
// the property that breaks and the number of steps. Both are also in the table
// of mutants, where the checker proves them; so the document must say the same.

// forced finds a row of the table at the top of the document: the mutants, and
// what they break.
var forced = regexp.MustCompile(`^\| \[D\d+\]\([^)]*\) \| [^|]* \| ([^|]*) \| ([^|]*) \|$`)

// divergence is what the lines of the document say that differs from the
// mutants: "name: property, steps".
func divergence(lines []string) []string {
	broken := make(map[string]string)
	for _, m := range mutants.SpecMutants() {
		broken[m.Name] = fmt.Sprintf("%s, %d", m.Breaks, m.Steps)
	}
	var wrong []string
	quoted := regexp.MustCompile("`([A-Z]\\w+)`")
	for _, line := range lines {
		row := forced.FindStringSubmatch(line)
		if row == nil {
			continue
		}
		says := strings.Split(row[2], "; ")
		for i, name := range quoted.FindAllStringSubmatch(row[1], -1) {
			if i >= len(says) || broken[name[1]] != says[i] {
				wrong = append(wrong, fmt.Sprintf("%s breaks %q", name[1], broken[name[1]]))
			}
		}
	}
	return wrong
}

func TestDivergenceIsCurrent(t *testing.T) {
	for _, text := range repository(t).Texts {
		if text.Path != "spec/DIVERGENCE.md" {
			continue
		}
		require.Empty(t, divergence(text.Lines))
		whole := strings.Join(text.Lines, "\n")
		require.Equal(t, 9, len(regexp.MustCompile(`(?m)^\| \[D\d+\]`).FindAllString(whole, -1)))
		for _, heading := range regexp.MustCompile(`\]\(#([^)]*)\)`).FindAllStringSubmatch(whole, -1) {
			require.True(t, slices.ContainsFunc(text.Lines, func(line string) bool {
				title, ok := strings.CutPrefix(line, "## ")
				return ok && anchor(title) == heading[1]
			}), "no heading for #%s", heading[1])
		}
		// A mutant that is only in the text must exist as well, with these
		// steps.
		for _, m := range mutants.SpecMutants() {
			if strings.Contains(whole, "`"+m.Name+"`") {
				require.Contains(t, whole, fmt.Sprint(m.Steps), m.Name)
			}
		}
		return
	}
	require.Fail(t, "there is no spec/DIVERGENCE.md")
}

// anchor is the link to a heading: small letters, digits, and dashes for
// spaces.
func anchor(title string) string {
	title = strings.ToLower(strings.ReplaceAll(title, " ", "-"))
	return regexp.MustCompile(`[^\pL\d-]`).ReplaceAllString(title, "")
}

func TestDivergenceIsSeenToFail(t *testing.T) {
	row := "| [D12](#d12) | commit what there is | `CommitBeyondLog` | %s |"
	require.Empty(t, divergence([]string{fmt.Sprintf(row, "CommitBound, 6")}))
	require.Equal(t, []string{`CommitBeyondLog breaks "CommitBound, 6"`},
		divergence([]string{fmt.Sprintf(row, "CommitBound, 7")}))
}
