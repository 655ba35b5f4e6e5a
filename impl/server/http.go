// SPDX-License-Identifier: Apache-2.0

// The endpoint for those who watch over a replica: /healthz, /readyz and /metrics.

package server

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"viewstamp/impl/vsr"
	"viewstamp/impl/wire"
)

// requestTime is how long a request to the endpoint may take.
const requestTime = 5 * time.Second

// startHTTP starts the endpoint, if there is to be one.
func (s *Server) startHTTP() error {
	listener := s.config.HTTPListener
	if listener == nil && s.config.HTTP == "" {
		return nil
	}
	if listener == nil {
		var err error
		if listener, err = net.Listen("tcp", s.config.HTTP); err != nil {
			return fmt.Errorf("server: %w: HTTP: %w", ErrStorage, err)
		}
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", s.serveHealth)
	mux.HandleFunc("GET /readyz", s.serveReady)
	mux.HandleFunc("GET /metrics", s.serveMetrics)
	s.httpAddress = listener.Addr().String()
	s.http = &http.Server{Handler: mux, ReadTimeout: requestTime, WriteTimeout: requestTime,
		IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10}
	s.running.Go(func() {
		// It ends when it is closed. If it fails before, the replica goes on without it.
		if err := s.http.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			s.config.Log.Warn("HTTP endpoint has ended", "reason", err)
		}
	})
	return nil
}

// stopHTTP ends the endpoint.
func (s *Server) stopHTTP() {
	if s.http == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), drainTime)
	defer cancel()
	if s.http.Shutdown(ctx) != nil {
		_ = s.http.Close()
	}
}

// HTTPAddress is where the endpoint listens. Empty: there is none.
func (s *Server) HTTPAddress() string { return s.httpAddress }

// serveHealth says whether the process should live on: not if the replica has stopped, or waits for
// its disk for longer than a primary would.
func (s *Server) serveHealth(w http.ResponseWriter, _ *http.Request) {
	stuck := s.flusher.stuck(time.Now())
	switch {
	case s.Err() != nil:
		unavailable(w, "the replica has stopped: %v", s.Err())
	case stuck > stepDownAfter:
		unavailable(w, "a write of the data file takes longer than %v already",
			stuck.Round(time.Second))
	default:
		_, _ = fmt.Fprintln(w, "ok")
	}
}

// serveReady says whether the replica takes part in a view, so that clients can be sent to it.
func (s *Server) serveReady(w http.ResponseWriter, _ *http.Request) {
	status := s.Status()
	switch {
	case s.Err() != nil:
		unavailable(w, "the replica has stopped: %v", s.Err())
	case status.Status != vsr.Normal:
		unavailable(w, "the replica waits for view %d to start", status.ViewNumber)
	default:
		_, _ = fmt.Fprintf(w, "ready: view %d, commit-number %d\n", status.ViewNumber,
			status.CommitNumber)
	}
}

func unavailable(w http.ResponseWriter, format string, arguments ...any) {
	http.Error(w, fmt.Sprintf(format, arguments...), http.StatusServiceUnavailable)
}

// metric is one line of /metrics.
type metric struct {
	name, kind, help string
	value            float64
}

// serveMetrics shows the status in the text format of Prometheus.
func (s *Server) serveMetrics(w http.ResponseWriter, _ *http.Request) {
	status := s.Status()
	labels := fmt.Sprintf(`{cluster="%x",replica="%d"}`, s.identity.Cluster, s.identity.Replica)
	var text strings.Builder
	for _, m := range s.metrics(&status) {
		fmt.Fprintf(&text, "# HELP vsr_%s %s\n# TYPE vsr_%s %s\nvsr_%s%s %g\n", m.name, m.help,
			m.name, m.kind, m.name, labels, m.value)
	}
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	_, _ = w.Write([]byte(text.String()))
}

// metrics is everything that there is to see.
func (s *Server) metrics(status *wire.Status) []metric {
	isNormal, isPrimary, up := 0.0, 0.0, 1.0
	if status.Status == vsr.Normal {
		isNormal = 1
		if int(status.ViewNumber%vsr.ViewNumber(s.identity.Replicas)) == int(status.From) {
			isPrimary = 1
		}
	}
	if s.Err() != nil {
		up = 0
	}
	lost := status.DamageFound - status.DamageRepaired
	counters := s.bus.Counters()
	return []metric{
		{"up", "gauge", "1 unless the replica has stopped.", up},
		{"normal", "gauge", "1 if the status is Normal.", isNormal},
		{"primary", "gauge", "1 if this is the primary of its view.", isPrimary},
		{"view_number", "gauge", "The view.", float64(status.ViewNumber)},
		{"last_normal_view", "gauge", "The last view with status Normal.",
			float64(status.LastNormalView)},
		{"op_number", "counter", "Op-number of the latest entry.", float64(status.OpNumber)},
		{"commit_number", "counter", "Op-number up to which all is executed.",
			float64(status.CommitNumber)},
		{"state_bytes", "gauge", "Size of the state.", float64(status.StateBytes)},
		{"state_limit_bytes", "gauge", "What the state may become; 0 if not known.",
			float64(status.StateLimit)},
		{"clocks_agreed", "gauge", "Clocks that agree; 0 without a quorum.",
			float64(status.ClocksAgreed)},
		{"clock_offset_seconds", "gauge", "By how much the agreed time is ahead of this clock.",
			float64(status.ClockOffset) / 1e9},
		{"scrub_rounds_total", "counter", "How often all of the data file was read.",
			float64(status.ScrubRounds)},
		{"damage_found_total", "counter", "Damaged parts of the data file.",
			float64(status.DamageFound)},
		{"damage_open", "gauge", "Damaged parts that are not repaired.", float64(lost)},
		{"connections_malformed_total", "counter", "Connections ended for wrong bytes.",
			float64(counters.Malformed.Load())},
		{"connections_refused_total", "counter", "Connections refused.",
			float64(counters.Refused.Load())},
		{"messages_lost_total", "counter", "Messages for which a queue had no room.",
			float64(counters.Lost.Load())},
	}
}
