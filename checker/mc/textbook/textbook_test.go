// SPDX-License-Identifier: Apache-2.0

package textbook

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"viewstamp/checker/mc"
)

// The known numbers of states.

func TestTwoPhaseCounts(t *testing.T) {
	for _, c := range []struct {
		n, depth int
		distinct int64
	}{{3, 10, 288}, {5, 16, 8832}} {
		r, err := mc.Check(context.Background(), TwoPhase(c.n), mc.Options{})
		require.NoError(t, err)
		require.Equal(t, mc.Holds, r.Verdict, r.Why)
		require.Equal(t, c.distinct, r.Distinct)
		require.Equal(t, c.depth, r.Depth)
		t.Logf("%+v", r)
	}
	r, err := mc.Check(context.Background(), HastyTwoPhase(3), mc.Options{})
	require.NoError(t, err)
	t.Logf("%+v", r)
}
