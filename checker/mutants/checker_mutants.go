// SPDX-License-Identifier: Apache-2.0

package mutants

import (
	"context"
	"time"

	"viewstamp/checker/linear"
)

// CheckerMutant is a wrong variant of a checker. Recorded data must show that it is wrong.
type CheckerMutant struct {
	Name string
	// What the variant does wrong.
	What string
	// By is what must catch it.
	By     string
	caught func(context.Context) (bool, string, error)
}

// CheckerMutants lists the wrong variants of the checkers.
func CheckerMutants() []CheckerMutant {
	var list []CheckerMutant
	for _, m := range linear.Mutants() {
		list = append(list, CheckerMutant{m.Name, m.Description, "histories", m.Caught})
	}
	return list
}

// catch shows the wrong checker what it must judge wrongly.
func (m CheckerMutant) catch(ctx context.Context) (Evidence, error) {
	started := time.Now()
	caught, how, err := m.caught(ctx)
	return Evidence{Caught: caught, By: m.By, How: how, Elapsed: time.Since(started)}, err
}
