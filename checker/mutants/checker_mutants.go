// SPDX-License-Identifier: Apache-2.0

package mutants

import (
	"context"
	"fmt"
	"time"

	"viewstamp/checker/conform"
	"viewstamp/checker/linear"
	"viewstamp/impl/sim"
	"viewstamp/impl/vsr"
)

// CheckerMutant is a wrong variant of a checker. Recorded data must show that it is wrong.
type CheckerMutant struct {
	Name string
	// What the variant does wrong.
	What string
	// By is what must catch it: histories, or traces.
	By     string
	caught func(context.Context) (bool, string, error)
}

// CheckerMutants lists the wrong variants of the checkers.
func CheckerMutants() []CheckerMutant {
	var list []CheckerMutant
	for _, m := range linear.Mutants() {
		list = append(list, CheckerMutant{m.Name, m.Description, "histories", m.Caught})
	}
	for _, m := range conform.Mutants() {
		list = append(list, CheckerMutant{m.Name, m.What, "traces",
			func(context.Context) (bool, string, error) {
				run, err := goodRun()
				if err != nil {
					return false, "", err
				}
				return m.Caught(run)
			}})
	}
	return list
}

// goodRun is the trace of a short run of the simulator in which nothing goes wrong.
func goodRun() ([]vsr.Event, error) {
	var run []vsr.Event
	_, err := sim.Run(sim.Config{
		Seed: 1, Replicas: 3, Clients: 2, Requests: 20, SafetyTime: 2 * time.Second,
		Faults: &sim.Faults{},
		Hooks:  sim.Hooks{Event: func(e vsr.Event) { run = append(run, e) }},
	})
	if err != nil {
		return nil, fmt.Errorf("a run without faults: %w", err)
	}
	return run, nil
}

// catch shows the wrong checker what it must judge wrongly.
func (m CheckerMutant) catch(ctx context.Context) (Evidence, error) {
	started := time.Now()
	caught, how, err := m.caught(ctx)
	return Evidence{Caught: caught, By: m.By, How: how, First: "recorded " + m.By,
		Elapsed: time.Since(started)}, err
}
