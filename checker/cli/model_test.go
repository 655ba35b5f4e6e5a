// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"viewstamp/checker/report"
)

// vsrcheck model, as a user meets it.

func TestModelUsage(t *testing.T) {
	for args, want := range map[string]string{
		"-checkpoint d":                            "about one search",
		"a b -checkpoint d":                        "about one search",
		"view-change -plain -resume d":             "about one search",
		"-liveness deaf-primary -checkpoint d":     "about one search",
		"view-change -checkpoint d -resume e":      "leave -checkpoint out",
		"view-change -memory -1":                   "-memory -1",
		"-variant Nobody":                          `no variant "Nobody"`,
		"-variant LongestLogWins view-change":      "no name",
		"-liveness nobody":                         `no system "nobody"`,
		"-liveness -requests 1":                    "no bounds",
		"-liveness deaf-primary -export c.json":    "no -plain, -coverage or -export",
		"-export c.json":                           "give one name",
		"view-change -export c.xml":                "the ending of the name",
		"view-change -emit-test c.go":              "ends in _test.go",
		"-simulate 5 -requests 1 -export c.json":   "give one name",
		"-variant LongestLogWins -emit-test x.txt": "ends in _test.go",
	} {
		code, _, stderr := call(append([]string{"model"}, strings.Fields(args)...)...)
		require.Equal(t, report.ExitUsage, code, "%s: %s", args, stderr)
		require.Contains(t, stderr, want, args)
	}
}

// TestCoverageIsPrinted: steps, reasons, messages, and what was never put to the test.
func TestCoverageIsPrinted(t *testing.T) {
	code, out, stderr := call("model", "normal-operation", "-coverage")
	require.Equal(t, report.ExitHolds, code, out+stderr)
	for _, want := range []string{"not-primary ", "PREPAREOK ", "sometimes AllCommitted: first at",
		"never put to the test within these bounds: NormalView, PromiseKept"} {
		require.Contains(t, out+stderr, want)
	}
}

// TestCheckpointAndResume: a search that runs out of memory prints the command that goes on.
func TestCheckpointAndResume(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "search")
	code, out, stderr := call("model", "sessions", "-checkpoint", folder, "-memory", "4")
	require.Equal(t, report.ExitUnknown, code, out+stderr)
	require.Contains(t, out, "memory limit of 4 MiB reached")
	command := "go on: go run ./checker/cmd/vsrcheck model sessions -resume " + folder + " -memory 8"
	require.Contains(t, out, command)
	code, out, stderr = call("model", "sessions", "-resume", folder)
	require.Equal(t, report.ExitHolds, code, out+stderr)
	require.Contains(t, out, "35,592 states, 24 deep")
	code, _, stderr = call("model", "view-change", "-resume", folder)
	require.Equal(t, report.ExitInternal, code)
	require.Contains(t, stderr, "the search in "+folder+" is another one; the model: it has sessions")
}

// TestVariantIsExported: a wrong variant is shown and written in every form.
func TestVariantIsExported(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"c.json", "c.itf.json", "c.svg"} {
		code, out, stderr := call("model", "-variant", "AcknowledgeOldView", "-export",
			filepath.Join(dir, name))
		require.Equal(t, report.ExitHolds, code, out+stderr)
		require.Contains(t, out+stderr, "exported to "+filepath.Join(dir, name))
	}
	path := filepath.Join(dir, "c_test.go")
	code, out, stderr := call("model", "-variant", "AcknowledgeOldView", "-emit-test", path)
	require.Equal(t, report.ExitHolds, code, out+stderr)
	require.Contains(t, out+stderr, "NothingLost broken in 9 steps")
	test, err := os.ReadFile(path)
	require.NoError(t, err)
	for _, want := range []string{"func TestAcknowledgeOldView(t *testing.T) {",
		`system := mutants.SystemOf("AcknowledgeOldView")`, `"viewstamp/checker/mutants"`,
		"model -variant AcknowledgeOldView -emit-test c_test.go"} {
		require.Contains(t, string(test), want)
	}
	path = filepath.Join(dir, "none.json")
	code, out, stderr = call("model", "normal-operation", "-export", path)
	require.Equal(t, report.ExitHolds, code, out+stderr)
	require.Contains(t, out+stderr, "nothing is exported")
	require.NoFileExists(t, path)
}

// TestLivenessIsPrinted: the run that never ends well is shown.
func TestLivenessIsPrinted(t *testing.T) {
	code, out, stderr := call("model", "-liveness", "deaf-primary")
	require.Equal(t, report.ExitHolds, code, out+stderr)
	for _, want := range []string{"C-409 deaf-primary", "stays for ever in the state after 5 steps",
		"OnRequest REQUEST(a1)", "and stays so for ever"} {
		require.Contains(t, out+stderr, want)
	}
}
