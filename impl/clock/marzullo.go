// SPDX-License-Identifier: Apache-2.0

package clock

import (
	"cmp"
	"slices"
	"time"
)

// The algorithm of Marzullo: which offset do most clocks agree on?

// Interval is a range of offsets, both ends included: a clock is ahead of ours by no less than Low
// and no more than High.
type Interval struct {
	Low, High time.Duration
}

// contains says whether d is in the interval.
func (i Interval) contains(d time.Duration) bool { return i.Low <= d && d <= i.High }

// end is one end of an interval.
type end struct {
	at   time.Duration
	step int // +1 where an interval begins, −1 where it ends.
}

// Agree is the range of offsets that lies in the largest number of the intervals, and that number.
// Of several such ranges it is the narrowest, and of equally narrow ones the lowest, so that the
// order of the intervals does not matter. An interval whose High is below Low says nothing and is
// not counted. Without intervals the number is 0.
func Agree(intervals []Interval) (Interval, int) {
	ends := make([]end, 0, 2*len(intervals))
	for _, i := range intervals {
		if i.Low <= i.High {
			ends = append(ends, end{i.Low, +1}, end{i.High, -1})
		}
	}
	// Where one interval ends and another begins both contain the point: beginnings come first.
	slices.SortFunc(ends, func(a, b end) int {
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(b.step, a.step))
	})
	var best Interval
	most, open := 0, 0
	for i, e := range ends {
		open += e.step
		if e.step < 0 {
			continue
		}
		// The range from here lasts to the next end, since a beginning would make it better.
		here := Interval{e.at, ends[i+1].at}
		narrower := here.High-here.Low < best.High-best.Low
		if open > most || open == most && narrower {
			most, best = open, here
		}
	}
	return best, most
}
