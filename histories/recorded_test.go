// SPDX-License-Identifier: Apache-2.0

package histories_test

// This file tests that every recorded history says where it comes from and what it shows, and
// that the table in README.md says the same.

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"viewstamp/histories"
)

// table makes the table of README.md from the files, and checks their headers on the way.
func table(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("| file | service | origin | what it shows |\n|---|---|---|---|\n")
	err := fs.WalkDir(histories.Recorded(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		file, err := histories.Recorded().Open(name)
		require.NoError(t, err)
		defer file.Close()
		h, err := histories.Read(name, file)
		require.NoError(t, err)
		want := map[string]string{"ok": histories.ExpectLinearizable,
			"bad": histories.ExpectNotLinearizable}[path.Dir(name)]
		require.Equal(t, want, h.Expect, "%s: the folder and the header disagree", name)
		require.NotEmpty(t, h.Origin, name)
		require.NotEmpty(t, h.Note, name)
		if h.Origin != "by hand" {
			require.NotEmpty(t, h.Seed, "%s: without a seed nobody can make it again", name)
		}
		note := strings.ReplaceAll(h.Note, "|", "\\|")
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", name, h.Service, h.Origin, note)
		return nil
	})
	require.NoError(t, err)
	return b.String()
}

// TestTable: README.md lists exactly the recorded histories with their notes.
func TestTable(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	want := table(t)
	require.Contains(t, string(readme), want, "the table in README.md must be:\n%s", want)
}
