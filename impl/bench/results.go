// SPDX-License-Identifier: Apache-2.0

package bench

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"
)

// The results of a run as a file: JSON lines, the first about the run, the others one a measurement.

// About says where results come from.
type About struct {
	// Command made them, Commit is the source, Date is when they began.
	Command string `json:"command"`
	Commit  string `json:"commit"`
	Date    string `json:"date"`
	// The machine.
	Processor  string `json:"processor"`
	Processors int    `json:"processors"`
	System     string `json:"system"`
	Go         string `json:"go"`
	// Busy is the load average of the minute before: how many others wanted a processor.
	Busy string `json:"load_average"`
}

// Here describes this machine and this moment.
func Here(command, commit string) About {
	a := About{Command: command, Commit: commit, Date: time.Now().UTC().Format(time.DateOnly),
		Processor: "unknown", Processors: runtime.NumCPU(),
		System: runtime.GOOS + "/" + runtime.GOARCH, Go: runtime.Version(), Busy: "unknown"}
	if load, err := os.ReadFile("/proc/loadavg"); err == nil {
		a.Busy, _, _ = strings.Cut(string(load), " ")
	}
	if info, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(info)) {
			name, value, _ := strings.Cut(line, ":")
			if strings.TrimSpace(name) == "model name" {
				a.Processor = strings.TrimSpace(value)
				break
			}
		}
	}
	if release, err := os.ReadFile("/proc/sys/kernel/osrelease"); err == nil {
		number, _, _ := strings.Cut(strings.TrimSpace(string(release)), "-")
		a.System += ", kernel " + number
	}
	return a
}

// Results are what a run has measured.
type Results struct {
	About        About
	Measurements []Measurement
}

// Write writes the JSON lines.
func (r *Results) Write(w io.Writer) error {
	e := json.NewEncoder(w)
	err := e.Encode(r.About)
	for _, m := range r.Measurements {
		err = errors.Join(err, e.Encode(m))
	}
	return err
}

// Read reads what Write has written.
func Read(from io.Reader) (Results, error) {
	var r Results
	lines := bufio.NewScanner(from)
	for n := 1; lines.Scan(); n++ {
		var m Measurement
		var into any = &m
		if n == 1 {
			into = &r.About
		}
		if err := json.Unmarshal(lines.Bytes(), into); err != nil {
			return r, fmt.Errorf("bench: results, line %d: %w", n, err)
		}
		switch {
		case n == 1:
		case m.System == "" || m.PerSecond <= 0:
			return r, fmt.Errorf("bench: results, line %d: expected a measurement, with a system "+
				"and a rate", n)
		default:
			r.Measurements = append(r.Measurements, m)
		}
	}
	if len(r.Measurements) == 0 && lines.Err() == nil {
		return r, errors.New("bench: results: there is no measurement")
	}
	return r, lines.Err()
}

// Markdown writes the results for people to read.
func (r *Results) Markdown(w io.Writer) error {
	a := &r.About
	_, err := fmt.Fprintf(w, "# impl/bench: results\n\nComputed from results.jsonl by `go run "+
		"./cmd/bench -from results.jsonl -markdown RESULTS.md`; README.md says how to read it.\n\n"+
		"Commit %s, %s. %s, %d processors; %s; %s. Load average before: %s (much more than 0 "+
		"means that others were measured as well).\n\n    %s\n\n",
		a.Commit, a.Date, a.Processor, a.Processors, a.System, a.Go, a.Busy, a.Command)
	if err != nil {
		return err
	}
	if err := Report(w, r.Measurements); err != nil {
		return err
	}
	if err := Targets(w, r.Measurements); err != nil {
		return err
	}
	return probes(w, r.Measurements)
}

// probes says what the disk did meanwhile.
func probes(w io.Writer, all []Measurement) error {
	var list []time.Duration
	for _, m := range all {
		list = append(list, m.Before, m.After)
	}
	slices.Sort(list)
	at := func(percent int) time.Duration {
		return list[(len(list)-1)*percent/100].Round(time.Microsecond)
	}
	_, err := fmt.Fprintf(w, "\nThe %d probes of the disk (a sector and a flush): lowest %v, a tenth "+
		"below %v, median %v, a tenth above %v, highest %v.\n",
		len(list), at(0), at(10), at(50), at(90), at(100))
	return err
}
