// SPDX-License-Identifier: Apache-2.0

package trace

import (
	"encoding/json"
	"fmt"
	"io"

	"viewstamp/impl/vsr"
)

// The writer. A driver must have recorded the events of an Output before it writes to the disk or
// sends; so nothing is kept back here.

// Writer writes a trace.
type Writer struct {
	w      io.Writer
	buffer []byte
	err    error
}

// NewWriter writes the header and returns the writer for the events. Format may be left empty in
// the header.
func NewWriter(w io.Writer, h Header) (*Writer, error) {
	if h.Format == "" {
		h.Format = Format
	}
	if err := h.check(); err != nil {
		return nil, fmt.Errorf("trace: header: %w", err)
	}
	line, err := json.Marshal(h)
	if err != nil {
		return nil, fmt.Errorf("trace: header: %w", err)
	}
	if _, err := w.Write(append(line, '\n')); err != nil {
		return nil, fmt.Errorf("trace: write header: %w", err)
	}
	return &Writer{w: w}, nil
}

// Write writes the events of one Output with one call of the underlying Write, and none if there
// are no events. After an error the trace ends: each further call returns that error.
func (w *Writer) Write(events []vsr.Event) error {
	if len(events) == 0 || w.err != nil {
		return w.err
	}
	b := w.buffer[:0]
	for i := range events {
		if b, w.err = appendEvent(b, &events[i]); w.err != nil {
			w.err = fmt.Errorf("trace: event %d of replica %d: %w",
				events[i].Sequence, events[i].Replica, w.err)
			return w.err
		}
	}
	if cap(b) <= bufferMax {
		w.buffer = b
	}
	if _, err := w.w.Write(b); err != nil {
		w.err = fmt.Errorf("trace: write: %w", err)
	}
	return w.err
}

// bufferMax is the largest buffer that the writer keeps for the next call.
const bufferMax = 4 << 20
