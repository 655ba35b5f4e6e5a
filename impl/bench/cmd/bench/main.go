// SPDX-License-Identifier: Apache-2.0

// Bench measures viewstamp beside others: see the package bench.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
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

// flags are those of the command line.
type flags struct {
	dir, systems, clients, sizes string
	rounds                       int
	length, warmUp               time.Duration
	json, from, markdown         string
	profile                      string
}

func parse() flags {
	var f flags
	var names []string
	for _, s := range bench.Systems() {
		names = append(names, s.Name)
	}
	flag.StringVar(&f.dir, "dir", ".", "directory on the disk to measure")
	flag.StringVar(&f.systems, "systems", strings.Join(names, ","), "systems, separated by commas")
	flag.StringVar(&f.clients, "clients", "1,64,512", "numbers of clients")
	flag.StringVar(&f.sizes, "bytes", "64,1024", "sizes of an operation")
	flag.IntVar(&f.rounds, "rounds", 5, "how often each system meets each load")
	flag.DurationVar(&f.length, "time", 2*time.Second, "how long each measurement lasts")
	flag.DurationVar(&f.warmUp, "warm-up", 700*time.Millisecond, "how long it runs before that")
	flag.StringVar(&f.json, "json", "", "file for the single measurements, as JSON lines")
	flag.StringVar(&f.from, "from", "", "measure nothing: take the results from this file")
	flag.StringVar(&f.markdown, "markdown", "", "file for the tables; standard output if empty")
	flag.StringVar(&f.profile, "cpu-profile", "", "file for a profile of the processor time")
	flag.Parse()
	return f
}

func run() error {
	f := parse()
	var results bench.Results
	var err error
	if f.from != "" {
		results, err = read(f.from)
	} else {
		results, err = measure(f)
	}
	if err != nil {
		return err
	}
	if f.markdown == "" {
		return results.Markdown(os.Stdout)
	}
	out, err := os.Create(f.markdown)
	if err != nil {
		return err
	}
	return errors.Join(results.Markdown(out), out.Close())
}

func read(path string) (bench.Results, error) {
	in, err := os.Open(path)
	if err != nil {
		return bench.Results{}, err
	}
	defer func() { _ = in.Close() }()
	return bench.Read(in)
}

// measure measures, and writes the results as they come.
func measure(f flags) (results bench.Results, err error) {
	c := bench.Config{Dir: f.dir, Rounds: f.rounds, WarmUp: f.warmUp, Measure: f.length}
	if c.Systems, err = systems(f.systems); err != nil {
		return results, err
	}
	if c.Loads, err = loads(f.sizes, f.clients); err != nil {
		return results, err
	}
	if f.profile != "" {
		out, err := os.Create(f.profile)
		if err != nil {
			return results, err
		}
		if err := pprof.StartCPUProfile(out); err != nil {
			return results, err
		}
		defer pprof.StopCPUProfile()
	}
	results.About = bench.Here(command(), commit())
	c.Each = func(m bench.Measurement) {
		results.Measurements = append(results.Measurements, m)
		fmt.Fprintf(os.Stderr, "round %d  %4d bytes  %3d clients  %-26s %8.0f/s  p50 %v  p99 %v  "+
			"CPU %v  disk %v %v\n", m.Round+1, m.Bytes, m.Clients, m.System, m.PerSecond,
			m.P50.Round(time.Microsecond), m.P99.Round(time.Microsecond),
			m.CPU.Round(100*time.Nanosecond),
			m.Before.Round(time.Microsecond), m.After.Round(time.Microsecond))
	}
	_, err = bench.Run(c)
	if f.json == "" || len(results.Measurements) == 0 {
		return results, err
	}
	out, failed := os.Create(f.json)
	if failed != nil {
		return results, errors.Join(err, failed)
	}
	return results, errors.Join(err, results.Write(out), out.Close())
}

// systems finds them by their names.
func systems(list string) (found []bench.System, err error) {
	all := bench.Systems()
	for _, name := range strings.Split(list, ",") {
		i := slices.IndexFunc(all, func(s bench.System) bool { return s.Name == name })
		if i < 0 {
			return nil, fmt.Errorf("there is no system %q: see -help", name)
		}
		found = append(found, all[i])
	}
	return found, nil
}

// loads are all numbers of clients with all sizes.
func loads(sizes, clients string) (list []bench.Load, err error) {
	for _, size := range strings.Split(sizes, ",") {
		for _, n := range strings.Split(clients, ",") {
			var load bench.Load
			if load.Bytes, err = strconv.Atoi(size); err != nil || load.Bytes < 8 {
				return nil, fmt.Errorf("-bytes %q: expected numbers of at least 8", sizes)
			}
			if load.Clients, err = strconv.Atoi(n); err != nil || load.Clients < 1 {
				return nil, fmt.Errorf("-clients %q: expected numbers of at least 1", clients)
			}
			list = append(list, load)
		}
	}
	return list, nil
}

// command is the command line, with names instead of the paths of this machine.
func command() string {
	line := "go run ./cmd/bench"
	flag.Visit(func(f *flag.Flag) {
		value := f.Value.String()
		switch {
		case f.Name == "dir":
			value = "DIR"
		case f.Name == "json" || f.Name == "markdown" || f.Name == "cpu-profile":
			return // where it goes does not matter
		case strings.Contains(value, " "):
			value = strconv.Quote(value)
		}
		line += " -" + f.Name + " " + value
	})
	return line
}

// commit names the source, as git does.
func commit() string {
	out, err := exec.Command("git", "describe", "--always", "--dirty", "--abbrev=10").Output()
	if err != nil {
		return "unknown"
	}
	return strings.TrimSpace(string(out))
}
