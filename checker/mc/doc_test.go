// SPDX-License-Identifier: Apache-2.0

package mc_test

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestDocumentedExampleIsTheRunnableOne: the model in the package's documentation is, line by line,
// the one that the example runs.
func TestDocumentedExampleIsTheRunnableOne(t *testing.T) {
	doc, err := os.ReadFile("doc.go")
	require.NoError(t, err)
	example, err := os.ReadFile("example_test.go")
	require.NoError(t, err)
	shown := strings.ReplaceAll(string(doc), "//\t", "")
	from := strings.Index(shown, "func ring(")
	to := strings.Index(shown, "//\n// ") // any later paragraph
	for to < from {
		to += 1 + strings.Index(shown[to+1:], "\n//\n")
	}
	require.Contains(t, string(example), strings.TrimSpace(shown[from:to]))
}
