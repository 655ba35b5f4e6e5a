// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"encoding/json"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"viewstamp/checker/report"
)

// The flag -export: the ending decides, and what cannot be exported is refused before the search.

// quick is a claim that is refuted within a moment.
const quick = "resume-as-primary"

func TestExportByEnding(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "my-tests")
	require.NoError(t, os.Mkdir(dir, 0o700))
	exported := func(name string) []byte {
		path := filepath.Join(dir, name)
		code, out, stderr := call("claims", quick, "-export", path)
		require.Equal(t, report.ExitHolds, code, out+stderr)
		require.Contains(t, out+stderr, "exported to "+path)
		content, err := os.ReadFile(path)
		require.NoError(t, err)
		return content
	}
	var o struct {
		Format string         `json:"format"`
		Meta   map[string]any `json:"#meta"`
	}
	require.NoError(t, json.Unmarshal(exported("c.json"), &o))
	require.Equal(t, "viewstamp-counterexample/1", o.Format)
	require.Nil(t, o.Meta)
	require.NoError(t, json.Unmarshal(exported("c.itf.json"), &o))
	require.Equal(t, "ITF", o.Meta["format"])
	require.Contains(t, string(exported("c.svg")), "<svg")

	source := exported("c_test.go")
	f, err := parser.ParseFile(token.NewFileSet(), "c_test.go", source, 0)
	require.NoError(t, err)
	require.Equal(t, "mytests_test", f.Name.Name, "the folder has no package yet")
	require.Contains(t, string(source), "func TestResumeAsPrimary(t *testing.T)")

	// Beside other files it is in the test package of theirs.
	require.NoError(t, os.WriteFile(filepath.Join(dir, "a.go"), []byte("package mine\n"), 0o600))
	f, err = parser.ParseFile(token.NewFileSet(), "d_test.go", exported("d_test.go"), 0)
	require.NoError(t, err)
	require.Equal(t, "mine_test", f.Name.Name)
}

func TestExportThatCannotBe(t *testing.T) {
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"another ending":  {[]string{quick, "-export", "c.xml"}, ".json, .itf.json"},
		"no ending":       {[]string{quick, "-export", "json"}, "_test.go or .svg"},
		"Go but no test":  {[]string{quick, "-export", "c.go"}, "_test.go or .svg"},
		"no claim":        {[]string{"-export", "c.json"}, "name one claim"},
		"two claims":      {[]string{quick, "state-transfer", "-export", "c.json"}, "name one claim"},
		"a claim that is": {[]string{"gaps", "-export", "c.json"}, "C-008 gaps holds"},
	} {
		t.Run(name, func(t *testing.T) {
			code, _, stderr := call(append([]string{"claims"}, c.args...)...)
			require.Equal(t, report.ExitUsage, code, stderr)
			require.Contains(t, stderr, c.want)
		})
	}
	code, _, stderr := call("claims", quick, "-export", filepath.Join(t.TempDir(), "no", "c.json"))
	require.Equal(t, report.ExitInternal, code)
	require.Contains(t, stderr, "c.json")
}
