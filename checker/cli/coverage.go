// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"fmt"
	"strings"

	"viewstamp/spec"
)

// The flag -coverage of vsrcheck model.

// coverage prints what a search has and has not touched.
func (r *run) coverage(result modelResult) {
	r.line("\n  step                     firings   ignored: distinct inputs by reason")
	for _, a := range result.Actions {
		var reasons []string
		for _, why := range a.Refused {
			reasons = append(reasons, fmt.Sprintf("%s %s", why.Reason, number(why.Inputs)))
		}
		r.line("  %-20s %11s   %s", a.Step, number(a.Fired), strings.Join(reasons, ", "))
	}
	r.line("\n  message                distinct   in so many states")
	for _, k := range result.Kinds {
		r.line("  %-20s %10s   %s (%.0f %%)", spec.Kind(k.Kind), number(int64(k.Messages)),
			number(k.States), 100*float64(k.States)/float64(max(1, result.Distinct)))
	}
	for _, s := range result.Sometimes {
		how := fmt.Sprintf("first at depth %d", s.Depth)
		if !s.Reached {
			how = "never"
		}
		r.line("\n  sometimes %s: %s", s.Name, how)
	}
	if len(result.Vacuous) == 0 {
		r.line("\n  every property was put to the test")
	} else {
		r.line("\n  never put to the test within these bounds: %s", strings.Join(result.Vacuous, ", "))
	}
}
