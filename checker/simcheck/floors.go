// SPDX-License-Identifier: Apache-2.0

package simcheck

// What must have happened in a sweep. Most checks find nothing in runs in which
// nothing happens.

import (
	"fmt"
	"strings"

	"viewstamp/spec"
)

// floors names everything that did not happen often enough.
func (s Summary) floors() error {
	var missing []string
	need := func(what string, have, least uint64) {
		if have < least {
			missing = append(missing, fmt.Sprintf("%s: %d, expected at least %d", what, have, least))
		}
	}
	seeds := uint64(s.Seeds)
	for _, c := range s.Counts.List() {
		switch c.Name {
		case "executed", "answered":
			need(c.Name, *c.Value, 10*seeds)
		case "views started", "crashes":
			need(c.Name, *c.Value, seeds/2)
		case "abandoned", "live ticks": // Follow from others.
		default:
			need(c.Name, *c.Value, 1)
		}
	}
	for _, step := range spec.ViewstampedReplication().Steps {
		if !step.Client {
			need("step "+step.Name, uint64(s.Conform.Steps[step.Name]), 1)
		}
	}
	need("undone steps", uint64(s.Conform.Undone), 1)
	need("operations in judged histories", uint64(s.Operations), 10*seeds)
	if missing == nil {
		return nil
	}
	return fmt.Errorf("%d seeds showed too little:\n  %s", s.Seeds, strings.Join(missing, "\n  "))
}
