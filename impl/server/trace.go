// SPDX-License-Identifier: Apache-2.0

// The trace file of one incarnation of a replica.

package server

import (
	"fmt"
	"os"
	"path/filepath"

	"viewstamp/impl/journal"
	"viewstamp/impl/trace"
)

// TraceName is the name of the trace file of a replica that opened its data file for the nth time.
// In the order of their names, the files of one replica are in the order of time.
func TraceName(id journal.Identity, opens uint64) string {
	return fmt.Sprintf("replica-%d-start-%06d.jsonl", id.Replica, opens)
}

// openTrace makes the file. It must be new: an older one with this name is of another data file.
func (s *Server) openTrace() error {
	path := filepath.Join(s.config.TraceDir, TraceName(s.identity, s.journal.Opens()))
	if err := os.MkdirAll(s.config.TraceDir, 0o755); err != nil {
		return fmt.Errorf("trace: %w", err)
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return fmt.Errorf("trace: %w: give each cluster a directory of its own", err)
	}
	s.traceFile = file
	replica := int(s.identity.Replica)
	s.trace, err = trace.NewWriter(file, trace.Header{Replicas: s.identity.Replicas,
		Replica: &replica, Origin: "vsr start"})
	return err
}
