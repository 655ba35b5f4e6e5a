// SPDX-License-Identifier: Apache-2.0

package tlc

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// The manifest: what TLC said about each configuration.

// Results of a run. A broken invariant is "violates" and its name.
const (
	Success = "success"
)

// violates is the result of a run in which an invariant broke.
func violates(invariant string) string { return "violates " + invariant }

// Manifest is tla/manifest.json.
type Manifest struct {
	// About says in words what the file is.
	About string `json:"about"`
	// State lists what a state consists of, on both sides.
	State []string `json:"state"`
	// LeftOut says what only one of the twins has, and why.
	LeftOut []LeftOut `json:"leftOut"`
	// NotRun names configurations that TLC has not searched to the end, and says why.
	NotRun []LeftOut `json:"notRun,omitempty"`
	Runs   []Run     `json:"runs"`
}

// LeftOut is something that only one of the twins has.
type LeftOut struct {
	What string `json:"what"`
	Why  string `json:"why"`
}

// Run is the outcome of one search, by TLC or by checker/mc.
type Run struct {
	Name   string `json:"name"`
	Module string `json:"module"`
	Cfg    string `json:"cfg"`
	Mode   string `json:"mode"`
	// Result is Success, or says which invariant is violated.
	Result string `json:"result"`
	// Counterexample is the number of steps to the violation. Zero: there is none.
	Counterexample int `json:"counterexample,omitempty"`
	// Distinct is the number of states in Levels, and Depth the last level. With a violation,
	// only the complete levels count: those above the violation.
	Distinct int64 `json:"distinct"`
	Depth    int   `json:"depth"`
	// Generated is the number of steps that change something, and one. With a violation, none.
	Generated int64 `json:"generated,omitempty"`
	// Levels is the number of new states at each depth; the initial state is at depth 0.
	Levels []int64 `json:"levels"`
	// Seconds is how long the search took. It is not recorded: it says nothing about the model.
	Seconds float64 `json:"-"`
}

// sum derives Distinct and Depth from Levels.
func (r *Run) sum() {
	r.Distinct, r.Depth = 0, len(r.Levels)-1
	for _, n := range r.Levels {
		r.Distinct += n
	}
}

// Difference says what is not equal in two runs, in words; it is empty if the runs agree.
func Difference(a, b Run) string {
	var found []string
	compare := func(what string, x, y any) {
		if x != y {
			found = append(found, fmt.Sprintf("%s: %v and %v", what, x, y))
		}
	}
	compare("result", a.Result, b.Result)
	compare("steps of the counterexample", a.Counterexample, b.Counterexample)
	for depth := range max(len(a.Levels), len(b.Levels)) {
		x, y := at(a.Levels, depth), at(b.Levels, depth)
		if x != y {
			compare(fmt.Sprintf("states at depth %d", depth), x, y)
			break // The levels below follow from this one.
		}
	}
	compare("distinct states", a.Distinct, b.Distinct)
	compare("depth", a.Depth, b.Depth)
	compare("generated states", a.Generated, b.Generated)
	return strings.Join(found, "; ")
}

// at is the number at that depth, zero beyond the end.
func at(levels []int64, depth int) int64 {
	if depth < len(levels) {
		return levels[depth]
	}
	return 0
}

// Find is the run of that name.
func (m *Manifest) Find(name string) (Run, bool) {
	i := slices.IndexFunc(m.Runs, func(r Run) bool { return r.Name == name })
	if i < 0 {
		return Run{}, false
	}
	return m.Runs[i], true
}

// Record puts a run in the place of the one of its name. The runs are in the order of Twins.
func (m *Manifest) Record(r Run) {
	m.NotRun = slices.DeleteFunc(m.NotRun, func(l LeftOut) bool { return l.What == r.Name })
	runs := []Run{}
	for _, twin := range Twins() {
		if old, ok := m.Find(twin.Name); twin.Name == r.Name {
			runs = append(runs, r)
		} else if ok {
			runs = append(runs, old)
		}
	}
	m.Runs = runs
}

// ReadManifest reads manifest.json in the folder with the TLA+ text. Unknown fields are errors.
func ReadManifest(dir string) (*Manifest, error) {
	path := filepath.Join(dir, "manifest.json")
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read what TLC has counted: %w", err)
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	m := new(Manifest)
	if err := decoder.Decode(m); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return m, nil
}

// numbers matches a list of numbers that json.MarshalIndent has spread over many lines.
var numbers = regexp.MustCompile(`\[\s*(\d+,\s*)*\d+\s*\]`)

// Write writes manifest.json into the folder, with each list of numbers on one line.
func (m *Manifest) Write(dir string) error {
	data, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	data = numbers.ReplaceAllFunc(data, func(list []byte) []byte {
		return []byte(strings.Join(strings.Fields(string(list)), " "))
	})
	return os.WriteFile(filepath.Join(dir, "manifest.json"), append(data, '\n'), 0o644)
}
