// SPDX-License-Identifier: Apache-2.0

// Bench measures viewstamp beside others: see the package bench.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"runtime/pprof"
	"slices"
	"strconv"
	"strings"
	"time"

	"viewstamp/impl/bench"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run() error {
	var names []string
	for _, s := range bench.Systems() {
		names = append(names, s.Name)
	}
	dir := flag.String("dir", ".", "directory on the disk to measure")
	only := flag.String("systems", strings.Join(names, ","), "systems, separated by commas")
	clients := flag.String("clients", "1,64,512", "numbers of clients")
	sizes := flag.String("bytes", "64,1024", "sizes of an operation")
	rounds := flag.Int("rounds", 5, "how often each system meets each load")
	length := flag.Duration("time", 3*time.Second, "how long each measurement lasts")
	warmUp := flag.Duration("warm-up", 700*time.Millisecond, "how long it runs before that")
	out := flag.String("json", "", "file for the single measurements, as JSON lines")
	profile := flag.String("cpu-profile", "", "file for a profile of the processor time")
	flag.Parse()

	c := bench.Config{Dir: *dir, Rounds: *rounds, WarmUp: *warmUp, Measure: *length}
	for _, name := range strings.Split(*only, ",") {
		i := slices.Index(names, name)
		if i < 0 {
			return fmt.Errorf("there is no system %q; there are: %s", name, strings.Join(names, ", "))
		}
		c.Systems = append(c.Systems, bench.Systems()[i])
	}
	for _, size := range strings.Split(*sizes, ",") {
		for _, n := range strings.Split(*clients, ",") {
			var load bench.Load
			var err error
			if load.Bytes, err = strconv.Atoi(size); err != nil || load.Bytes < 8 {
				return fmt.Errorf("-bytes %q: expected numbers of at least 8", *sizes)
			}
			if load.Clients, err = strconv.Atoi(n); err != nil || load.Clients < 1 {
				return fmt.Errorf("-clients %q: expected numbers of at least 1", *clients)
			}
			c.Loads = append(c.Loads, load)
		}
	}
	c.Each = func(m bench.Measurement) {
		fmt.Fprintf(os.Stderr, "round %d  %4d bytes  %3d clients  %-26s %8.0f/s  p50 %v  p99 %v  probes %v %v\n",
			m.Round+1, m.Bytes, m.Clients, m.System, m.PerSecond, m.P50.Round(time.Microsecond),
			m.P99.Round(time.Microsecond), m.Before.Round(time.Microsecond), m.After.Round(time.Microsecond))
	}
	if *profile != "" {
		f, err := os.Create(*profile)
		if err != nil {
			return err
		}
		if err := pprof.StartCPUProfile(f); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	all, err := bench.Run(c)
	if err != nil {
		return err
	}
	if *out != "" {
		f, err := os.Create(*out)
		if err != nil {
			return err
		}
		for _, m := range all {
			if err := json.NewEncoder(f).Encode(m); err != nil {
				return err
			}
		}
		if err := f.Close(); err != nil {
			return err
		}
	}
	return bench.Report(os.Stdout, all)
}
