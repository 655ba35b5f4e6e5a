// SPDX-License-Identifier: Apache-2.0

package simcheck

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
)

// The sweep of every test run: all floors are reached, and all checks pass.
func TestSweep(t *testing.T) {
	summary, err := Run(context.Background(), Options{Seed: 1, Seeds: 60})
	require.NoError(t, err)
	require.Equal(t, 60, summary.Seeds)
	t.Logf("virtual ÷ real %.0f, %.0f events/s, linear %v, %+v", summary.Speed(),
		summary.EventsPerSecond(), summary.LinearTime, summary)
}
