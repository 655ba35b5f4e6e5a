// SPDX-License-Identifier: Apache-2.0

package linear

// This file tests that wrong checkers are caught by the recorded histories.

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestMutants: each wrong checker is caught, and the true ones are not.
func TestMutants(t *testing.T) {
	wrong, evidence, err := firstWrong(context.Background(), trueCheckers())
	require.NoError(t, err)
	require.False(t, wrong, evidence)
	for _, m := range Mutants() {
		t.Run(m.Name, func(t *testing.T) {
			caught, evidence, err := m.Caught(context.Background())
			require.NoError(t, err)
			require.True(t, caught, m.Description)
			t.Log(evidence)
		})
	}
}
