// SPDX-License-Identifier: Apache-2.0

package linear

// This file gives op-numbers to the unknown writes that an explanation has inserted.

import (
	"cmp"
	"slices"
	"sort"
)

// job is one insertion. It needs a free op-number above and below two others, both excluded.
type job struct{ above, below uint64 }

// jobs lists the insertions that a search has left on its stack. Several before one operation
// must get increasing numbers; windows that say so already make the order come out by itself.
func (x *explainer) jobs() []job {
	var jobs []job
	first := 0 // First job of the group that stands before the same operation.
	for i := 1; i < len(x.stack); i++ {
		f := x.stack[i]
		if f.inserted < 0 {
			first = len(jobs)
			continue
		}
		// The insertion stands before the step of the frame at which it was decided.
		step := x.stack[i-1].step
		j := job{above: max(x.writes[f.inserted].above, x.before(step)), below: x.steps[step].op}
		// Forwards: a later one of the group needs a number above that of the one before it.
		if len(jobs) > first {
			j.above = max(j.above, jobs[len(jobs)-1].above+1)
		}
		jobs = append(jobs, j)
		// Backwards: an earlier one must leave a number for each of those after it.
		for k := len(jobs) - 2; k >= first; k-- {
			jobs[k].below = min(jobs[k].below, jobs[k+1].below-1)
		}
	}
	return jobs
}

// assign tells whether all jobs can have a free op-number of their own. It walks upwards over
// the free numbers and gives each to the waiting job whose window ends first.
func (w *witness) assign(jobs []job) bool {
	jobs = slices.Clone(jobs) // The caller adds to it later.
	slices.SortFunc(jobs, func(a, b job) int { return cmp.Compare(a.above, b.above) })
	var waiting []job   // Their windows have begun.
	number := uint64(0) // The last number that was given or passed over.
	for len(jobs) > 0 || len(waiting) > 0 {
		if len(waiting) == 0 {
			number = max(number, jobs[0].above)
		}
		number = w.free(number)
		for len(jobs) > 0 && jobs[0].above < number {
			waiting = append(waiting, jobs[0])
			jobs = jobs[1:]
		}
		// Whoever must be served first is. If that one comes too late, then no other order would
		// have served all: the classic argument for unit jobs.
		i := 0
		for k, j := range waiting {
			if j.below < waiting[i].below {
				i = k
			}
		}
		if waiting[i].below <= number {
			return false
		}
		waiting = slices.Delete(waiting, i, i+1)
	}
	return true
}

// free is the smallest op-number above the given one that no operation has. Above the last one all
// are free.
func (w *witness) free(above uint64) uint64 {
	n := above + 1
	for n-1 < uint64(len(w.places)) && w.places[n-1].invoke != 0 {
		n++
	}
	i := sort.Search(len(w.sparse), func(i int) bool { return w.sparse[i].op >= n })
	for i < len(w.sparse) && w.sparse[i].op == n {
		n++
		i++
	}
	return n
}
