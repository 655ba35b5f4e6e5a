// SPDX-License-Identifier: Apache-2.0

package bench

import (
	"bytes"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"
)

// Every system does real work, and the report is right about it.

func TestEverySystemRuns(t *testing.T) {
	all, err := Run(Config{Dir: t.TempDir(), Systems: Systems(), Rounds: 1,
		Loads:  []Load{{Clients: 4, Bytes: 64}},
		WarmUp: 50 * time.Millisecond, Measure: 700 * time.Millisecond}) // a disk may stall
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != len(Systems()) {
		t.Fatalf("%d measurements of %d systems", len(all), len(Systems()))
	}
	for _, m := range all {
		if m.Operations == 0 || m.P50 <= 0 || m.P99 < m.P50 || m.CPU <= 0 || m.Before <= 0 {
			t.Errorf("not a measurement: %+v", m)
		}
	}
}

// results are three rounds of two systems under two loads.
func results() Results {
	r := Results{About: About{Command: "go run ./cmd/bench", Commit: "abc", Date: "2026-01-02",
		Processor: "P", Processors: 2, System: "linux/amd64", Go: "go1", Busy: "0.25"}}
	for round := range 3 {
		for _, clients := range []int{1, 512} {
			for _, name := range []string{ours, "other"} {
				m := Measurement{System: name, Load: Load{Clients: clients, Bytes: 64}, Round: round,
					Operations: 1, PerSecond: 50, P50: time.Millisecond, P99: 3 * time.Millisecond,
					CPU: 7 * time.Microsecond, Before: 100 * time.Microsecond,
					After: time.Duration(100+40*round) * time.Microsecond}
				if name == ours {
					m.PerSecond = []float64{100, 300, 120}[round]
					m.P50, m.P99 = m.P50/4, m.P99/2
				}
				r.Measurements = append(r.Measurements, m)
			}
		}
	}
	return r
}

func TestMarkdown(t *testing.T) {
	r := results()
	var b strings.Builder
	if err := r.Markdown(&b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"Commit abc, 2026-01-02. P, 2 processors; linux/amd64; go1. Load average before: 0.25",
		"| 64 | 512 | viewstamp | 120 (100–300) | 2.40× (2.00–6.00) | 0.25 ms | 1.5 ms | 7.0 µs |",
		"| 64 | 512 | other | 50 (50–50) | 0.42× (0.17–0.50) |",
		"| 1 client: p50 at most 300µs while both probes are below 150µs | 64 | " +
			"0.25 ms in 2 of 3 rounds | met |",
		"| 512 clients: rate at least 1.5× the better other | 64 | 2.40× | met |",
		"| 512 clients: p99 below that of the others | 64 | 1.5 against 3 ms | met |",
		"| 512 clients: at most 6µs of CPU an operation | 64 | 7.0 µs | missed |",
		"median 100µs, a tenth above 180µs, highest 180µs.",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
}

func TestResultsAreReadAsWritten(t *testing.T) {
	want := results()
	var b bytes.Buffer
	if err := want.Write(&b); err != nil {
		t.Fatal(err)
	}
	lines := b.String()
	got, err := Read(&b)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Fatalf("read %+v, %v", got, err)
	}
	for _, wrong := range []string{"", "{}\n", lines + "{}\n", lines[:len(lines)-3]} {
		if _, err := Read(strings.NewReader(wrong)); err == nil {
			t.Errorf("%d bytes were read without an error", len(wrong))
		}
	}
}

// No number in RESULTS.md is typed by hand.
func TestResultsAreComputed(t *testing.T) {
	lines, err := os.ReadFile("results.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	r, err := Read(bytes.NewReader(lines))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := r.Markdown(&b); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("RESULTS.md")
	if err != nil || !bytes.Equal(text, b.Bytes()) {
		t.Fatalf("RESULTS.md is not what results.jsonl says: " +
			"go run ./cmd/bench -from results.jsonl -markdown RESULTS.md")
	}
}
