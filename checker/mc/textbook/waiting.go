// SPDX-License-Identifier: Apache-2.0

package textbook

import "viewstamp/checker/mc"

// The smallest models that tell fairness apart: a process that goes round in a cycle and may leave
// it. Whether it must leave depends on how fair leaving is.

// Waiting is a process that waits in so many states, one after the other and round again, and may
// leave from the first open of them. If open is all of them, leaving can be done without a
// break, and a weakly fair run leaves. If it is fewer, the process can always be somewhere else
// when its chance would come: that run is weakly fair (not strongly), and never leaves.
func Waiting(states, open int) mc.Model[int, int] {
	return mc.Model[int, int]{
		Name:      "waiting",
		Processes: 1,
		Init:      func(int) int { return 0 },
		Sender:    func(int) int { return 0 },
		Kind:      func(int) mc.Kind { return 0 },
		Steps: []mc.Step[int, int]{{
			Name: "Turn",
			Do: func(_ int, at int, _ []int, _ int) (int, []int, mc.Reason) {
				if at < 0 {
					return at, nil, "has left"
				}
				return (at + 1) % states, nil, ""
			},
		}, {
			Name: "Leave",
			Do: func(_ int, at int, _ []int, _ int) (int, []int, mc.Reason) {
				if at < 0 || at >= open {
					return at, nil, "not here"
				}
				return -1, nil, ""
			},
		}},
	}
}
