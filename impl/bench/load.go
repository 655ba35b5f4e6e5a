// SPDX-License-Identifier: Apache-2.0

package bench

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// The load: clients that wait for each answer before the next operation.

// Load is one cell of the grid.
type Load struct {
	Clients int `json:"clients"`
	// Bytes is the size of an operation, at least 8.
	Bytes int `json:"bytes"`
}

// Config says what to measure.
type Config struct {
	// Dir is on the disk to measure. What is made there is removed again.
	Dir string
	// Systems that take turns.
	Systems []System
	Loads   []Load
	// Rounds is how often each system meets each load.
	Rounds int
	// WarmUp is not measured, Measure is.
	WarmUp, Measure time.Duration
	// Each is told every measurement as it is made; it may be nil.
	Each func(Measurement)
}

// Measurement is one system under one load, once.
type Measurement struct {
	System string `json:"system"`
	Load
	Round      int           `json:"round"`
	Operations int           `json:"operations"`
	PerSecond  float64       `json:"per_second"`
	P50        time.Duration `json:"p50_ns"`
	P99        time.Duration `json:"p99_ns"`
	// CPU is the processor time of the whole process for one operation, and Allocations is how often
	// it took memory from the heap: of three replicas and of the clients.
	CPU         time.Duration `json:"cpu_ns"`
	Allocations float64       `json:"allocations"`
	// Before and After are the probes of the disk around the measurement.
	Before time.Duration `json:"probe_before_ns"`
	After  time.Duration `json:"probe_after_ns"`
}

// Run measures every system under every load. The first error ends it.
func Run(c Config) ([]Measurement, error) {
	var all []Measurement
	for round := range c.Rounds {
		for _, load := range c.Loads {
			for i := range c.Systems {
				// Who begins changes, so that nobody always follows the same one.
				system := c.Systems[(i+round)%len(c.Systems)]
				m, err := measure(c, system, load)
				if err != nil {
					return all, fmt.Errorf("bench: %s, %d clients: %w", system.Name, load.Clients, err)
				}
				m.Round = round
				all = append(all, m)
				if c.Each != nil {
					c.Each(m)
				}
			}
		}
	}
	return all, nil
}

// measure is one measurement with its probes, in a directory of its own.
func measure(c Config, s System, load Load) (m Measurement, err error) {
	dir, err := os.MkdirTemp(c.Dir, "bench-")
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	cluster, err := s.Start(dir)
	if err != nil {
		return m, err
	}
	runtime.GC() // of what the one before has left
	before, err := Probe(dir)
	if err != nil {
		return m, errors.Join(err, cluster.Close())
	}
	m, err = drive(cluster, load, c.WarmUp, c.Measure)
	if err != nil {
		return m, errors.Join(err, cluster.Close())
	}
	m.System, m.Load, m.Before = s.Name, load, before
	if m.After, err = Probe(dir); err != nil {
		return m, errors.Join(err, cluster.Close())
	}
	return m, cluster.Close()
}

// client is what one client has seen.
type client struct {
	latencies []time.Duration
	err       error
}

// drive runs the clients and counts what begins and ends within the measured time.
func drive(cluster Cluster, load Load, warmUp, length time.Duration) (Measurement, error) {
	begin := time.Now().Add(warmUp)
	end := begin.Add(length)
	clients := make([]client, load.Clients)
	var failed atomic.Bool
	var running sync.WaitGroup
	for i := range clients {
		running.Go(func() {
			c := &clients[i]
			operation := make([]byte, max(8, load.Bytes))
			for !failed.Load() {
				start := time.Now()
				if start.After(end) {
					return
				}
				if c.err = cluster.Propose(operation); c.err != nil {
					failed.Store(true)
					return
				}
				if now := time.Now(); start.After(begin) && now.Before(end) {
					c.latencies = append(c.latencies, now.Sub(start))
				}
			}
		})
	}
	time.Sleep(time.Until(begin))
	before := used()
	time.Sleep(time.Until(end))
	after := used()
	running.Wait()

	var m Measurement
	var latencies []time.Duration
	for _, c := range clients {
		if c.err != nil {
			return m, c.err
		}
		latencies = append(latencies, c.latencies...)
	}
	if len(latencies) == 0 {
		return m, errors.New("no operation ended within the measured time")
	}
	slices.Sort(latencies)
	m.Operations = len(latencies)
	m.PerSecond = float64(len(latencies)) / length.Seconds()
	m.P50 = latencies[len(latencies)/2]
	m.P99 = latencies[len(latencies)*99/100]
	m.CPU = (after.cpu - before.cpu) / time.Duration(len(latencies))
	m.Allocations = float64(after.allocations-before.allocations) / float64(len(latencies))
	return m, nil
}
