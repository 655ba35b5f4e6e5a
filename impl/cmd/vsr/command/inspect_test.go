// SPDX-License-Identifier: Apache-2.0

package command

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestInspect: a good file, a damaged one, none; nothing is changed.
func TestInspect(t *testing.T) {
	file := filepath.Join(t.TempDir(), "r0.vsr")
	code, _, errors := run("format", "--data-file", file, "--cluster", "books", "--replica", "0",
		"--journal-size", "64KiB", "--state-max", "100KiB")
	require.Zero(t, code, errors)
	before, err := os.ReadFile(file)
	require.NoError(t, err)

	code, out, errors := run("inspect", file)
	require.Zero(t, code, errors)
	require.Contains(t, out, "data file of replica 0 of 3 in cluster ")
	require.Contains(t, out, "copy 3 at offset")
	require.Contains(t, out, "checkpoint: none yet")
	require.Contains(t, out, "op-number 0, view 0, last normal view 0")

	code, out, errors = run("inspect", "--json", file)
	require.Zero(t, code, errors)
	var row inspected
	require.NoError(t, json.Unmarshal([]byte(out), &row))
	require.Equal(t, int64(len(before)), row.Size)
	require.True(t, row.Healthy)
	require.Empty(t, row.Damage)

	after, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, before, after)

	// The header slot of the first group.
	after[64<<10+4096+50] ^= 1
	require.NoError(t, os.WriteFile(file, after, 0o600))
	code, out, errors = run("inspect", file)
	require.Equal(t, exitData, code)
	require.Contains(t, out, "HEAD UNKNOWN")
	require.Contains(t, errors, "damaged")

	require.NoError(t, os.WriteFile(file, make([]byte, 1<<20), 0o600))
	code, out, errors = run("inspect", file)
	require.Equal(t, exitIO, code)
	require.Empty(t, out)
	require.Contains(t, errors, "not a formatted data file")
	for _, line := range [][]string{{"inspect"}, {"inspect", file, file}} {
		code, _, _ = run(line...)
		require.Equal(t, exitUsage, code)
	}
}
