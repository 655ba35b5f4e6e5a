// SPDX-License-Identifier: Apache-2.0

package spec_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"viewstamp/spec"
)

// Tests of groups: their members, their names, and who leads a view.

func TestGroup(t *testing.T) {
	c := spec.Group(5, 1, 3)
	require.Equal(t, 3, c.N)
	require.Equal(t, "135", c.String())
	for index, i := range []spec.ReplicaNumber{1, 3, 5} {
		require.True(t, c.Has(i))
		require.Equal(t, i, c.Member(index))
		require.Equal(t, index, c.Index(i))
		require.Equal(t, i, c.Primary(spec.ViewNumber(3+index)))
	}
	require.False(t, c.Has(0) || c.Has(2) || c.Has(6))
	require.Equal(t, spec.Configuration{N: 4}, spec.Group(3, 2, 1, 0), "one value for one group")
	require.False(t, spec.Configuration{N: 4}.Has(4))
}

func TestOperationOfReconfiguration(t *testing.T) {
	for _, c := range []spec.Configuration{spec.Group(1, 2, 3), {N: 5}} {
		got, ok := c.Operation().NewGroup()
		require.True(t, ok)
		require.Equal(t, c, got)
	}
	_, ok := spec.Operation("a1").NewGroup()
	require.False(t, ok)
}
