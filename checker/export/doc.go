// SPDX-License-Identifier: Apache-2.0

// Package export writes a counterexample of the model checker for others to use: as JSON for
// scripts, in the Informal Trace Format for the tools around TLA+ and Quint, and as a Go test that
// takes the same steps through the functions of the spec for ever after.
package export

import (
	"fmt"

	"viewstamp/checker/model"
	"viewstamp/spec"
)

// Counterexample is a run that breaks a property in its last step.
type Counterexample struct {
	// System is what was searched.
	System spec.System
	// Property is the name of the property that breaks.
	Property string
	// Steps lead from the first state to the one that breaks the property.
	Steps []model.Transition
}

// check says what is missing in a counterexample that is to be written.
func (c Counterexample) check() error {
	if len(c.Steps) == 0 {
		return fmt.Errorf("export: system %q: there is no counterexample: want one step or more",
			c.System.Name)
	}
	processes := len(c.System.Processes())
	for i, t := range c.Steps {
		if t.Process < 0 || t.Process >= processes {
			return fmt.Errorf("export: system %q: step %d is one of process %d: want 0 to %d",
				c.System.Name, i+1, t.Process, processes-1)
		}
	}
	return nil
}
