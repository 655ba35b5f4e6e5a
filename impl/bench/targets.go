// SPDX-License-Identifier: Apache-2.0

package bench

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"time"
)

// What viewstamp wants to reach, and whether it does.

const (
	// ours is the name of the system that the targets are for.
	ours = "viewstamp"

	ratioTarget   = 1.5
	cpuTarget     = 6 * time.Microsecond
	latencyTarget = 300 * time.Microsecond
	// fastDisk: the latency of one client counts while both probes are below.
	fastDisk = 150 * time.Microsecond
)

// Targets writes a table of targets, as far as there are measurements for them.
func Targets(w io.Writer, all []Measurement) error {
	rows := []string{"\n| target | bytes | measured | |\n|---|---|---|---|\n"}
	add := func(target string, load Load, measured string, met bool) {
		verdict := "missed"
		if met {
			verdict = "met"
		}
		rows = append(rows, fmt.Sprintf("| %s | %d | %s | %s |\n", target, load.Bytes, measured,
			verdict))
	}
	for _, load := range loads(all) {
		mine := only(all, load, ours)
		if len(mine) == 0 {
			continue
		}
		if load.Clients == 1 {
			latencyOfOne(mine, load, add)
			continue
		}
		if ratio := ratioOf(all, load, ours); ratio > 0 {
			add(fmt.Sprintf("%d clients: rate at least %.1f× the better other", load.Clients,
				ratioTarget), load, fmt.Sprintf("%.2f×", ratio), ratio >= ratioTarget)
			p99, other := median(mine, p99), lowestOther(all, load, ours)
			add(fmt.Sprintf("%d clients: p99 below that of the others", load.Clients), load,
				fmt.Sprintf("%.3g against %.3g ms", 1e3*p99.Seconds(), 1e3*other.Seconds()),
				p99 < other)
		}
		if load.Clients >= 512 {
			cpu := median(mine, func(m Measurement) time.Duration { return m.CPU })
			add(fmt.Sprintf("%d clients: at most %v of CPU an operation", load.Clients, cpuTarget),
				load, fmt.Sprintf("%.1f µs", float64(cpu)/1e3), cpu <= cpuTarget)
		}
	}
	if len(rows) == 1 {
		return nil
	}
	for _, row := range rows {
		if _, err := io.WriteString(w, row); err != nil {
			return err
		}
	}
	return nil
}

// latencyOfOne is the target for one client.
func latencyOfOne(mine []Measurement, load Load, add func(string, Load, string, bool)) {
	fast := slices.DeleteFunc(slices.Clone(mine), func(m Measurement) bool {
		return m.Before > fastDisk || m.After > fastDisk
	})
	target := fmt.Sprintf("1 client: p50 at most %v while both probes are below %v", latencyTarget,
		fastDisk)
	if len(fast) == 0 {
		add(target, load, "the disk never was", false)
		return
	}
	p50 := median(fast, func(m Measurement) time.Duration { return m.P50 })
	add(target, load, fmt.Sprintf("%.3g ms in %d of %d rounds", 1e3*p50.Seconds(), len(fast),
		len(mine)), p50 <= latencyTarget)
}

func p99(m Measurement) time.Duration { return m.P99 }

// lowestOther is the lowest median p99 of another system.
func lowestOther(all []Measurement, load Load, name string) (low time.Duration) {
	for _, other := range names(all, load) {
		if other != name {
			p := median(only(all, load, other), p99)
			if low == 0 || p < low {
				low = p
			}
		}
	}
	return low
}

// ratiosOf compares, within each round, the rate of a system with the best of the others; ascending.
// A round is over in seconds, so the disk is more alike in it than in the whole run.
func ratiosOf(all []Measurement, load Load, name string) []float64 {
	mine, best := map[int]float64{}, map[int]float64{}
	for _, m := range all {
		switch {
		case m.Load != load:
		case m.System == name:
			mine[m.Round] = m.PerSecond
		default:
			best[m.Round] = max(best[m.Round], m.PerSecond)
		}
	}
	var list []float64
	for round, rate := range mine {
		if best[round] > 0 {
			list = append(list, rate/best[round])
		}
	}
	slices.SortFunc(list, cmp.Compare)
	return list
}

// ratioOf is the median of ratiosOf; 0 if there is nothing to compare with.
func ratioOf(all []Measurement, load Load, name string) float64 {
	list := ratiosOf(all, load, name)
	if len(list) == 0 {
		return 0
	}
	return list[len(list)/2]
}
