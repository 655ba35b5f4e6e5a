// SPDX-License-Identifier: Apache-2.0

package linear

// This file runs the corpus that ships with porcupine.

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestCorpus: our importers and models give every log the verdict that porcupine's own tests
// require. In short mode one log in ten and the small key-value logs.
func TestCorpus(t *testing.T) {
	dir, err := CorpusDir(context.Background())
	require.NoError(t, err)
	cases := Corpus()
	require.Len(t, cases, 109)
	if testing.Short() {
		var some []CorpusCase
		for i, c := range cases {
			if i%10 == 0 || i == etcdEmpty || i > etcdLast && i < len(cases)-2 {
				some = append(some, c)
			}
		}
		cases = some
	}
	results, err := JudgeCorpus(context.Background(), dir, cases, Options{}, nil)
	require.NoError(t, err)
	for _, r := range results {
		require.Equal(t, r.Want, r.Got, "%s: %s", r.Name, r.Reason)
	}
	require.Len(t, results, len(cases))
}
