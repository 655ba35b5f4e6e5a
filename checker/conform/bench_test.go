// SPDX-License-Identifier: Apache-2.0

package conform

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"viewstamp/impl/sim"
	"viewstamp/impl/vsr"
)

// recorded is the events of a run of the real implementation with few faults
// and many requests.
func recorded(b *testing.B) []vsr.Event {
	var events []vsr.Event
	_, err := sim.Run(sim.Config{Seed: 1, Replicas: 3, Clients: 50, Requests: 400, SafetyTime: 3e11,
		PipelineMax: 4096, MessageBytesMax: 1 << 20, Faults: &sim.Faults{Loss: 0.001},
		Hooks: sim.Hooks{Event: func(e vsr.Event) { events = append(events, e) }}})
	require.NoError(b, err)
	return events
}

// BenchmarkEvents is the check of events in memory.
func BenchmarkEvents(b *testing.B) {
	events := recorded(b)
	b.ReportAllocs()
	for b.Loop() {
		c, err := New(Options{Replicas: 3})
		require.NoError(b, err)
		for i := range events {
			if err := c.Event(events[i]); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(len(events)*b.N)/b.Elapsed().Seconds(), "events/s")
}

// BenchmarkFiles is the same with reading and ordering three files.
func BenchmarkFiles(b *testing.B) {
	events := recorded(b)
	paths := write(b, 3, events)
	for b.Loop() {
		if _, err := Files(context.Background(), paths); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(events)*b.N)/b.Elapsed().Seconds(), "events/s")
}
