// SPDX-License-Identifier: Apache-2.0

package simcheck

// Runs that once failed. A change of the simulator or of the core can make them
// other runs that would not show the same defect any more, so each defect has a
// direct test in package vsr too.

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestFixedBugs(t *testing.T) {
	paths, err := filepath.Glob("testdata/fixedbugs/*.json")
	require.NoError(t, err)
	require.NotEmpty(t, paths)
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			text, err := os.ReadFile(path)
			require.NoError(t, err)
			bug, err := ReadScript(bytes.NewReader(text))
			require.NoError(t, err)
			for _, seed := range bug.Seeds {
				bug.Config.Seed = seed
				_, err := One(context.Background(), bug.Config)
				require.NoError(t, err)
			}
		})
	}
}
