// SPDX-License-Identifier: Apache-2.0

package bench

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"time"
)

// The report: medians, and ratios between them.

// median of a list that is not empty, by what is compared.
func median[T cmp.Ordered](list []Measurement, of func(Measurement) T) T {
	values := make([]T, len(list))
	for i, m := range list {
		values[i] = of(m)
	}
	slices.Sort(values)
	return values[len(values)/2]
}

// Report writes the table, one row a system and load. The ratio of a row is that of its median rate
// to the best one of the other systems under the same load.
func Report(w io.Writer, all []Measurement) error {
	_, err := fmt.Fprintln(w, "| bytes | clients | system | operations/s (lowest–highest) | "+
		"to the best other | p50 | p99 | CPU/op | disk flush before, after |\n"+
		"|---|---|---|---|---|---|---|---|---|")
	if err != nil {
		return err
	}
	for _, load := range loads(all) {
		rates := map[string]float64{}
		var names []string
		for _, m := range all {
			if m.Load == load && !slices.Contains(names, m.System) {
				names = append(names, m.System)
				rates[m.System] = median(only(all, load, m.System), perSecond)
			}
		}
		slices.Sort(names)
		for _, name := range names {
			if err := row(w, only(all, load, name), bestOther(rates, name)); err != nil {
				return err
			}
		}
	}
	return nil
}

func perSecond(m Measurement) float64 { return m.PerSecond }

// row is the line of one system under one load.
func row(w io.Writer, list []Measurement, other float64) error {
	low := slices.MinFunc(list, func(a, b Measurement) int { return cmp.Compare(a.PerSecond, b.PerSecond) })
	high := slices.MaxFunc(list, func(a, b Measurement) int { return cmp.Compare(a.PerSecond, b.PerSecond) })
	rate, ratio := median(list, perSecond), "–"
	if other > 0 {
		ratio = fmt.Sprintf("%.2f×", rate/other)
	}
	duration := func(of func(Measurement) time.Duration) string {
		return fmt.Sprintf("%.3g ms", median(list, of).Seconds()*1e3)
	}
	_, err := fmt.Fprintf(w, "| %d | %d | %s | %.0f (%.0f–%.0f) | %s | %s | %s | %.1f µs | %v, %v |\n",
		list[0].Bytes, list[0].Clients, list[0].System, rate, low.PerSecond, high.PerSecond, ratio,
		duration(func(m Measurement) time.Duration { return m.P50 }),
		duration(func(m Measurement) time.Duration { return m.P99 }),
		float64(median(list, func(m Measurement) time.Duration { return m.CPU }))/1e3,
		median(list, func(m Measurement) time.Duration { return m.Before }).Round(time.Microsecond),
		median(list, func(m Measurement) time.Duration { return m.After }).Round(time.Microsecond))
	return err
}

// loads lists the loads in the order in which they came.
func loads(all []Measurement) []Load {
	var list []Load
	for _, m := range all {
		if !slices.Contains(list, m.Load) {
			list = append(list, m.Load)
		}
	}
	return list
}

// only picks the measurements of one system under one load.
func only(all []Measurement, load Load, system string) []Measurement {
	return slices.DeleteFunc(slices.Clone(all), func(m Measurement) bool {
		return m.Load != load || m.System != system
	})
}

// bestOther is the highest rate of another system; 0 if there is none.
func bestOther(rates map[string]float64, name string) float64 {
	best := 0.0
	for other, rate := range rates {
		if other != name {
			best = max(best, rate)
		}
	}
	return best
}
