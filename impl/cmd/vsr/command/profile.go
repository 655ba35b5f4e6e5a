// SPDX-License-Identifier: Apache-2.0

// Profiles of a running replica, for developers.

package command

import (
	"fmt"
	"net"
	"net/http"
	"net/http/pprof"
	"time"

	"viewstamp/impl/transport"
)

// serveProfiles serves net/http/pprof until the process ends. It never leaves the loopback
// interface: profiles show what is in memory.
func serveProfiles(address string) error {
	if err := transport.CheckAddress(address, false); err != nil {
		return usage("--pprof: %w", err)
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return fmt.Errorf("start: profiles: %w", err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	profiles := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = profiles.Serve(listener) }()
	return nil
}
