// SPDX-License-Identifier: Apache-2.0

// Ports for tests.

package server

import (
	"net"
	"testing"

	"github.com/stretchr/testify/require"
)

// taken is an address at which somebody listens until the test ends.
func taken(t *testing.T) string {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	return listener.Addr().String()
}

// free is an address at which nobody listens.
func free(t *testing.T) string {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, listener.Close())
	return listener.Addr().String()
}
