// SPDX-License-Identifier: Apache-2.0

package report

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Tests of the table and of the lines on the way to it.

func TestTextNamesWhatIsNotAsExpectedAndHowToSeeItAgain(t *testing.T) {
	table := Table{
		{Part: "model", Checked: "small", Verdict: "holds", Evidence: "3 states",
			Outcome: AsExpected, Seconds: 0.01},
		{Part: "sim", Checked: "seed 7", Verdict: "failed: conform", Outcome: NotAsExpected,
			Detail: "first line\nsecond line", Reproduce: "go run ./checker/cmd/vsrcheck sim"},
	}
	var b strings.Builder
	require.NoError(t, table.Text(&b))
	for _, want := range []string{"✗ failed: conform", "NOT AS EXPECTED: sim: seed 7",
		"    second line\n", "reproduce: go run ./checker/cmd/vsrcheck sim",
		"2 checks, 1 not as expected"} {
		require.Contains(t, b.String(), want)
	}
	b.Reset()
	require.NoError(t, table[:1].Text(&b))
	require.Contains(t, b.String(), "1 checks, all as expected")
}

func TestJSONIsOneValueWithTheExitCode(t *testing.T) {
	var b bytes.Buffer
	require.NoError(t, Table{{Outcome: Undecided}}.JSON(&b))
	var value struct{ Exit int }
	require.NoError(t, json.Unmarshal(b.Bytes(), &value))
	require.Equal(t, ExitUnknown, value.Exit)
}

// A pipe gets lines that stay, and of the changing ones hardly any.
func TestPipeGetsNoChangingLines(t *testing.T) {
	var b strings.Builder
	p := NewProgress(&b)
	require.False(t, p.Terminal())
	p.Line("one")
	for range 100 {
		p.Live("busy")
	}
	p.Line("two")
	p.Done()
	require.Equal(t, "one\ntwo\n", b.String())
}
