// SPDX-License-Identifier: Apache-2.0

package bench

import (
	"strings"
	"testing"
	"time"
)

// Every system does real work, and the report is right about it.

func TestEverySystemRuns(t *testing.T) {
	all, err := Run(Config{Dir: t.TempDir(), Systems: Systems(), Rounds: 1,
		Loads:  []Load{{Clients: 4, Bytes: 64}},
		WarmUp: 50 * time.Millisecond, Measure: 200 * time.Millisecond})
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

func TestReport(t *testing.T) {
	load := Load{Clients: 64, Bytes: 64}
	m := func(system string, rate float64) Measurement {
		return Measurement{System: system, Load: load, PerSecond: rate,
			P50: time.Millisecond, P99: 2 * time.Millisecond, CPU: 7 * time.Microsecond}
	}
	var b strings.Builder
	err := Report(&b, []Measurement{m("a", 100), m("b", 40), m("a", 300), m("b", 60), m("a", 120),
		m("b", 50)})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"| 64 | 64 | a | 120 (100–300) | 2.40× | 1 ms | 2 ms | 7.0 µs |",
		"| 64 | 64 | b | 50 (40–60) | 0.42× |",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
}
