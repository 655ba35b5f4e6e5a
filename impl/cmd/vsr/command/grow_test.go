// SPDX-License-Identifier: Apache-2.0

package command

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestGrow: a file gets larger, keeps what it holds, and does so wherever an earlier try ended.
func TestGrow(t *testing.T) {
	file := filepath.Join(t.TempDir(), "r0.vsr")
	code, _, errors := run("format", "--data-file", file, "--cluster", "books", "--replica", "0",
		"--journal-size", "64KiB", "--state-max", "100KiB")
	require.Zero(t, code, errors)
	before, err := os.ReadFile(file)
	require.NoError(t, err)

	steps := []string{"begin", "create", "copy"}
	for _, end := range steps {
		f := growth{path: file, stateMax: 300 << 10, reached: func(what string) error {
			if what == end {
				return errEnded
			}
			return nil
		}}
		_, err := f.run()
		require.ErrorIs(t, err, errEnded)
		after, err := os.ReadFile(file)
		require.NoError(t, err)
		require.Equal(t, before, after, end)
	}
	require.FileExists(t, file+".grow")

	code, out, errors := run("grow", "--data-file", file, "--state-max", "300KiB")
	require.Zero(t, code, errors)
	require.Contains(t, out, "has room for 64KiB of journal and states of 300KiB")
	require.NoFileExists(t, file+".grow")
	code, out, errors = run("inspect", file)
	require.Zero(t, code, errors)
	require.Contains(t, out, "two times 307200 for checkpoints")
	require.Contains(t, out, "replica 0 of 3")
	code, _, errors = run("grow", "--data-file", file, "--journal-size", "1MiB")
	require.Zero(t, code, errors)
}

func TestGrowRefused(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "r0.vsr")
	code, _, errors := run("format", "--data-file", file, "--cluster", "books", "--replica", "0",
		"--journal-size", "64KiB", "--state-max", "100KiB")
	require.Zero(t, code, errors)
	for says, row := range map[string]struct {
		code int
		line []string
	}{
		"--data-file is missing":      {exitUsage, []string{"--state-max", "1MiB"}},
		"--state-max, --journal-size": {exitUsage, []string{"--data-file", file}},
		"cannot become smaller":       {exitIO, []string{"--data-file", file, "--state-max", "9KiB"}},
		"no such file or directory": {exitIO,
			[]string{"--data-file", dir + "/x", "--state-max", "1MiB"}},
		"expected a regular file": {exitIO,
			[]string{"--data-file", "/dev/null", "--state-max", "1MiB"}},
		"the file is as it was": {exitIO, []string{"--data-file", file, "--journal-size", "9KiB"}},
		"\"much\" is no size":   {exitUsage, []string{"--data-file", file, "--state-max", "much"}},
	} {
		code, _, errors := run(append([]string{"grow"}, row.line...)...)
		require.Equal(t, row.code, code, errors)
		require.Contains(t, errors, says)
		require.NoFileExists(t, file+".grow")
	}
}
