// SPDX-License-Identifier: Apache-2.0

package bench

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"time"
)

// The table: medians over the rounds, with the lowest and the highest.

// median of a list that is not empty, by what is compared.
func median[T cmp.Ordered](list []Measurement, of func(Measurement) T) T {
	values := make([]T, len(list))
	for i, m := range list {
		values[i] = of(m)
	}
	slices.Sort(values)
	return values[len(values)/2]
}

// Report writes the table, one row a system and load.
func Report(w io.Writer, all []Measurement) error {
	_, err := fmt.Fprintln(w, "| bytes | clients | system | operations/s (lowest–highest) | "+
		"to the best other of the round (lowest–highest) | p50 | p99 | CPU/op | allocations/op | "+
		"disk before, after |\n|---|---|---|---|---|---|---|---|---|---|")
	for _, load := range loads(all) {
		for _, name := range names(all, load) {
			if err == nil {
				err = row(w, only(all, load, name), ratiosOf(all, load, name))
			}
		}
	}
	return err
}

// row is the line of one system under one load.
func row(w io.Writer, list []Measurement, ratios []float64) error {
	rates := make([]float64, len(list))
	for i, m := range list {
		rates[i] = m.PerSecond
	}
	slices.Sort(rates)
	ratio := "–"
	if n := len(ratios); n > 0 {
		ratio = fmt.Sprintf("%.2f× (%.2f–%.2f)", ratios[n/2], ratios[0], ratios[n-1])
	}
	middle := func(of func(Measurement) time.Duration) time.Duration { return median(list, of) }
	ms := func(d time.Duration) string { return fmt.Sprintf("%.3g ms", d.Seconds()*1e3) }
	_, err := fmt.Fprintf(w,
		"| %d | %d | %s | %.0f (%.0f–%.0f) | %s | %s | %s | %.1f µs | %.1f | %v, %v |\n",
		list[0].Bytes, list[0].Clients, list[0].System,
		rates[len(rates)/2], rates[0], rates[len(rates)-1], ratio,
		ms(middle(func(m Measurement) time.Duration { return m.P50 })), ms(middle(p99)),
		float64(middle(func(m Measurement) time.Duration { return m.CPU }))/1e3,
		median(list, func(m Measurement) float64 { return m.Allocations }),
		middle(func(m Measurement) time.Duration { return m.Before }).Round(time.Microsecond),
		middle(func(m Measurement) time.Duration { return m.After }).Round(time.Microsecond))
	return err
}

// names lists the systems under a load by name.
func names(all []Measurement, load Load) []string {
	var list []string
	for _, m := range all {
		if m.Load == load && !slices.Contains(list, m.System) {
			list = append(list, m.System)
		}
	}
	slices.Sort(list)
	return list
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
