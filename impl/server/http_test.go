// SPDX-License-Identifier: Apache-2.0

package server

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// get asks one page of the endpoint.
func get(t *testing.T, s *Server, path string) (code int, text string) {
	response, err := http.Get("http://" + s.HTTPAddress() + path)
	require.NoError(t, err)
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	return response.StatusCode, string(body)
}

// TestHTTP: what a running replica and one that has failed say.
func TestHTTP(t *testing.T) {
	defer http.DefaultClient.CloseIdleConnections()
	c := newCluster(t)
	for i := range c.servers {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		c.servers[i], err = Start(Config{DataFile: c.dataFile(i), Addresses: c.addresses,
			Buffered: true, Listener: c.listeners[i], HTTPListener: listener})
		require.NoError(t, err)
	}
	s := c.servers[0]
	require.Eventually(t, func() bool { return s.Status().StateLimit > 0 }, 30*time.Second,
		5*time.Millisecond)
	code, text := get(t, s, "/healthz")
	require.Equal(t, 200, code)
	require.Equal(t, "ok\n", text)
	code, text = get(t, s, "/readyz")
	require.Equal(t, 200, code)
	require.Contains(t, text, "ready: view 0")
	code, text = get(t, s, "/metrics")
	require.Equal(t, 200, code)
	labels := fmt.Sprintf(`{cluster="%x",replica="0"}`, testCluster)
	for _, line := range []string{"vsr_primary" + labels + " 1", "vsr_normal" + labels + " 1",
		"vsr_state_limit_bytes" + labels + " 524288", "# TYPE vsr_op_number counter"} {
		require.Contains(t, text, line+"\n")
	}
	for line := range strings.Lines(text) {
		require.Regexp(t, `^(# (HELP|TYPE) vsr_[a-z_]+ \S|vsr_[a-z_]+\{[^}]*\} [0-9.e+-]+\n$)`, line)
	}
	code, _ = get(t, s, "/else")
	require.Equal(t, 404, code)

	s.flusher.failed(errBroken)
	<-s.Failed()
	for _, handler := range []http.HandlerFunc{s.serveHealth, s.serveReady} {
		recorder := httptest.NewRecorder()
		handler(recorder, nil)
		require.Equal(t, 503, recorder.Code)
		require.Contains(t, recorder.Body.String(), errBroken.Error())
	}
	http.DefaultClient.CloseIdleConnections()
	require.ErrorIs(t, s.Stop(), errBroken)
	require.NoError(t, c.servers[1].Stop())
	require.NoError(t, c.servers[2].Stop())
}
