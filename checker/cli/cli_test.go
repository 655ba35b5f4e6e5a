// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"viewstamp/checker/report"
)

// Tests of the command line as a user meets it: exit codes, and errors that say what to do.

// call runs a command line.
func call(args ...string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	code = Main(args, &out, &errs)
	return code, out.String(), errs.String()
}

// file writes a file for the test.
func file(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	return path
}

func TestWrongCommandLinesExitWithUsage(t *testing.T) {
	header := `{"format":"vsr-history/1","service":"kv"}` + "\n"
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"no such command":   {[]string{"prove"}, `"prove": no such command`},
		"no such flag":      {[]string{"sim", "-sedes", "3"}, "unknown flag: --sedes"},
		"not a number":      {[]string{"sim", "-seeds", "many"}, `"many"`},
		"no seeds":          {[]string{"sim", "-seeds", "0"}, "want 1 or more"},
		"verbose and many":  {[]string{"sim", "-v", "-seeds", "2"}, "-seeds 1"},
		"no such model":     {[]string{"model", "nonsense"}, `no model "nonsense"`},
		"absurd bounds":     {[]string{"model", "-requests", "1", "-replicas", "99"}, "1 to 7"},
		"no such claim":     {[]string{"claims", "C-999"}, `no claim "C-999"`},
		"no such row":       {[]string{"mutants", "-rows", "-run", "71"}, `no row "71"`},
		"no such mutant":    {[]string{"mutants", "-run", "Nobody"}, `no mutant is called "Nobody"`},
		"no file":           {[]string{"linear"}, "no file named"},
		"file is not there": {[]string{"linear", "nowhere.jsonl"}, "nowhere.jsonl"},
		"not a history": {
			[]string{"linear", file(t, "h.jsonl", "hello\n")}, "h.jsonl"},
		"a bad line": {
			[]string{"linear", file(t, "h.jsonl", header+"{\"t\":1,\"kind\":\"what\"}\n")},
			"h.jsonl:2"},
		"not a trace":         {[]string{"conform", file(t, "t.jsonl", "hello\n")}, "t.jsonl"},
		"negative kills":      {[]string{"cluster", "-kills", "-1"}, "-kills 0 or more"},
		"directory that is":   {[]string{"cluster", "-dir", t.TempDir()}, "is there already"},
		"arguments to sim":    {[]string{"sim", "7"}, `"7"`},
		"picture of nothing":  {[]string{"claims", "-svg", "x.svg"}, "name one claim"},
		"too many operations": {[]string{"cluster", "-operations", "0"}, "1 or more"},
	} {
		t.Run(name, func(t *testing.T) {
			code, _, stderr := call(c.args...)
			require.Equal(t, report.ExitUsage, code, stderr)
			require.Contains(t, stderr, c.want)
		})
	}
}

func TestVerdictsBecomeExitCodes(t *testing.T) {
	code, out, _ := call("linear", "../../histories/ok/sequential.jsonl")
	require.Equal(t, report.ExitHolds, code, out)
	require.Contains(t, out, "all as expected")

	// A bad history that says so is as expected; the same without its word is not.
	bad, err := os.ReadFile("../../histories/bad/stale-read.jsonl")
	require.NoError(t, err)
	code, out, _ = call("linear", "../../histories/bad/stale-read.jsonl")
	require.Equal(t, report.ExitHolds, code, out)
	silent := bytes.Replace(bad, []byte(`"expect":"not-linearizable"`), []byte(`"expect":""`), 1)
	require.NotEqual(t, bad, silent)
	path := file(t, "stale.jsonl", string(silent))
	html := filepath.Join(t.TempDir(), "stale.html")
	code, out, _ = call("linear", "-html", html, path)
	require.Equal(t, report.ExitRefuted, code, out)
	require.Contains(t, out, "the shortest failing part")
	require.Contains(t, out, "reproduce: go run ./checker/cmd/vsrcheck linear "+path)
	page, err := os.ReadFile(html)
	require.NoError(t, err)
	require.Contains(t, string(page), "<html")
}

func TestModelAndJSON(t *testing.T) {
	code, out, _ := call("model", "normal-operation", "-json")
	require.Equal(t, report.ExitHolds, code, out)
	var table struct {
		Format string
		Exit   int
		Rows   report.Table
	}
	require.NoError(t, json.Unmarshal([]byte(out), &table))
	require.Equal(t, "vsrcheck/1", table.Format)
	require.Len(t, table.Rows, 1)
	require.Equal(t, "holds", table.Rows[0].Verdict)
	require.EqualValues(t, 800, table.Rows[0].Numbers["distinct"])
}

func TestListsAndHelp(t *testing.T) {
	for _, args := range [][]string{{"-h"}, {"model", "-list"}, {"claims", "-list"},
		{"mutants", "-list"}, {"sim", "-h"}, {"cluster", "-h"}, {"linear", "-h"},
		{"conform", "-h"}, {"histories", "-h"}} {
		code, out, stderr := call(args...)
		require.Equal(t, report.ExitHolds, code, stderr)
		require.NotEmpty(t, out)
	}
}

// A sweep in which one layer is wrong must say which one; a table without rows is red.
func TestTableIsRedWhereARowIs(t *testing.T) {
	require.Equal(t, report.ExitRefuted, report.Table{}.Exit())
	good, bad := report.Row{Outcome: report.AsExpected}, report.Row{Outcome: report.NotAsExpected}
	open := report.Row{Outcome: report.Undecided}
	require.Equal(t, report.ExitHolds, report.Table{good}.Exit())
	require.Equal(t, report.ExitUnknown, report.Table{good, open}.Exit())
	require.Equal(t, report.ExitRefuted, report.Table{good, open, bad}.Exit())
}
