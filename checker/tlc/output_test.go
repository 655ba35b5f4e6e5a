// SPDX-License-Identifier: Apache-2.0

package tlc

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// What TLC prints is read, and what is no complete run is refused. The files in testdata are
// outputs of TLC, without the lines that differ from run to run.

func read(t *testing.T, name string, change ...string) (Run, error) {
	text, err := os.ReadFile(filepath.Join("testdata", name))
	require.NoError(t, err)
	changed := string(text)
	for i := 0; i < len(change); i += 2 {
		require.Contains(t, changed, change[i])
		changed = strings.Replace(changed, change[i], change[i+1], 1)
	}
	return ParseOutput(strings.NewReader(changed))
}

func TestCompleteRunIsRead(t *testing.T) {
	run, err := read(t, "normal-operation.txt")
	require.NoError(t, err)
	require.Equal(t, Run{Result: Success, Distinct: 800, Depth: 15, Generated: 1924,
		Levels: []int64{1, 2, 3, 6, 13, 22, 36, 59, 83, 99, 112, 126, 114, 76, 38, 10}}, run)
}

func TestViolationIsRead(t *testing.T) {
	run, err := read(t, "ResumeAsPrimary.txt")
	require.NoError(t, err)
	require.Equal(t, Run{Result: "violates ViewstampUnique", Counterexample: 5, Distinct: 30, Depth: 4,
		Levels: []int64{1, 2, 3, 7, 17}}, run)
}

func TestOutputThatIsNoCompleteRunIsRefused(t *testing.T) {
	good := "normal-operation.txt"
	for _, c := range []struct {
		name, from, to, want string
	}{
		{good, "@!@!@STARTMSG 2193:0 @!@!@", "", "ends without a verdict after 16 levels"},
		{good, `<<"states at depth", 7, 59>>` + "\n", "", "want the states at depth 7, got depth 8"},
		{good, `<<"states at depth", 7, 59>>`, `<<"states at depth", 7, 60>>`,
			"the levels have 801 states and end at depth 15, TLC says 800 and 16"},
		{good, "search is 16.", "search is 17.", "TLC says 800 and 17"},
		{good, "1924 states generated, 800", "1924 states generated, 99999999999999999999",
			"TLC says -1"},
		{"ResumeAsPrimary.txt", `<<"states at depth", 4, 17>>` + "\n" + `@!@!@`, `@!@!@`,
			"depth 4, got depth 5"},
		{"parse-error.txt", "", "", "TLC failed:\n***Parse Error***"},
	} {
		_, err := read(t, c.name, c.from, c.to)
		require.ErrorContains(t, err, c.want, c.from)
	}
}

func TestFileWithOutputIsOfATwin(t *testing.T) {
	twin, ok := Find("normal-operation")
	require.True(t, ok)
	run, err := ReadOutput(filepath.Join("testdata", "normal-operation.txt"), twin)
	require.NoError(t, err)
	require.Equal(t, []string{"normal-operation", "MCVSR", twin.Cfg, "breadth-first"},
		[]string{run.Name, run.Module, run.Cfg, run.Mode})
	_, err = ReadOutput("testdata/none.txt", twin)
	require.ErrorContains(t, err, "read TLC's output")
	_, ok = Find("no such twin")
	require.False(t, ok)
}
