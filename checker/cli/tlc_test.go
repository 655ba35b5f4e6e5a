// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"viewstamp/checker/report"
)

// vsrcheck tlc without TLC: against the manifest, and against an output that TLC has left.

// runTLC runs vsrcheck tlc with these arguments on a folder with the manifest.
func runTLC(t *testing.T, dir string, args ...string) (code int, out string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code = Main(append([]string{"tlc", "-workers", "1", "-dir", dir}, args...), &stdout, &stderr)
	return code, stdout.String() + stderr.String()
}

// changedManifest is a folder with the manifest, in which one text is another.
func changedManifest(t *testing.T, from, to string) string {
	t.Helper()
	text, err := os.ReadFile("../../tla/manifest.json")
	require.NoError(t, err)
	changed := strings.Replace(string(text), from, to, 1)
	require.True(t, from == to || changed != string(text))
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "manifest.json"), []byte(changed), 0o600))
	return dir
}

func TestTLCComparesWithTheManifest(t *testing.T) {
	code, out := runTLC(t, "../../tla", "-run", "normal-operation,ResumeAsPrimary")
	require.Equal(t, report.ExitHolds, code, out)
	require.Contains(t, out, "violates ViewstampUnique in 5 steps")

	code, out = runTLC(t, changedManifest(t, "[ 1, 2, 3, 6, 13,", "[ 1, 2, 3, 6, 14,"),
		"-run", "normal-operation")
	require.Equal(t, report.ExitRefuted, code)
	require.Contains(t, out, "states at depth 4: 14 and 13")

	code, out = runTLC(t, changedManifest(t, `"name": "normal-operation"`, `"name": "x"`),
		"-run", "normal-operation")
	require.Equal(t, report.ExitUnknown, code)
	require.Contains(t, out, "the manifest has no counts of TLC")
}

func TestTLCRecordsWhatTLCPrinted(t *testing.T) {
	printed := "../tlc/testdata/normal-operation.txt"
	dir := changedManifest(t, "[ 1, 2, 3, 6, 13,", "[ 1, 2, 3, 6, 14,")
	code, out := runTLC(t, dir, "-run", "normal-operation", "-output", printed)
	require.Equal(t, report.ExitRefuted, code, out)
	code, out = runTLC(t, dir, "-run", "normal-operation", "-output", printed, "-record")
	require.Equal(t, report.ExitHolds, code, out)
	recorded, err := os.ReadFile(filepath.Join(dir, "manifest.json"))
	require.NoError(t, err)
	right, err := os.ReadFile("../../tla/manifest.json")
	require.NoError(t, err)
	require.Equal(t, string(right), string(recorded))

	// An output of another configuration is another result.
	code, out = runTLC(t, dir, "-run", "StartViewTwice", "-output", printed)
	require.Equal(t, report.ExitRefuted, code)
	require.Contains(t, out, "result: success and violates QuorumCopies")
}

func TestTLCRefusesWrongCommandLines(t *testing.T) {
	for _, args := range [][]string{
		{"-run", "no such configuration"}, {"-record"}, {"-output", "x"}, {"an argument"},
	} {
		code, out := runTLC(t, "../../tla", args...)
		require.Equal(t, report.ExitUsage, code, out)
	}
	code, out := runTLC(t, t.TempDir(), "-run", "normal-operation")
	require.Equal(t, report.ExitUsage, code, out)
	code, out = runTLC(t, "../../tla", "-list")
	require.Equal(t, report.ExitHolds, code)
	require.Contains(t, out, "whole-protocol")
	require.Contains(t, out, "not written in TLA+")
}
