// SPDX-License-Identifier: Apache-2.0

package trace

import "fmt"

// The first line of a trace.

// Format is the format that this package writes and reads.
const Format = "vsr-trace/1"

// Header is the first line of a trace.
type Header struct {
	Format string `json:"format"`
	// Replicas is N, the size of the group: 1 to 255.
	Replicas int `json:"replicas"`
	// Replica is the one whose events these are. Nil: those of all replicas, interleaved.
	Replica *int `json:"replica,omitempty"`
	// Origin says what made the trace, for people.
	Origin string `json:"origin,omitempty"`
	// Seed repeats the run, if it was made from one.
	Seed uint64 `json:"seed,omitempty"`
}

// check says what is wrong with a header.
func (h Header) check() error {
	switch {
	case h.Format != Format:
		return fmt.Errorf("format is %q, want %q: is this a trace?", h.Format, Format)
	case h.Replicas < 1 || h.Replicas > 255:
		return fmt.Errorf("replicas is %d, want 1 to 255", h.Replicas)
	case h.Replica != nil && (*h.Replica < 0 || *h.Replica >= h.Replicas):
		return fmt.Errorf("replica is %d, want 0 to %d", *h.Replica, h.Replicas-1)
	}
	return nil
}
