// SPDX-License-Identifier: Apache-2.0

package mutants

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// MUTANTS.md: the catalogue with what each layer has found. Trials take minutes; so what they found
// is kept in a file, and the page is made of that.

// Record is what came of a trial.
type Record struct {
	Caught bool `json:"caught"`
	// First is Evidence.First; How is Evidence.How if nothing was caught.
	First string `json:"first,omitempty"`
	How   string `json:"how,omitempty"`
}

// Records are those of all trials, by Trial.Key, and the commit that they were made at.
type Records struct {
	Commit string            `json:"commit"`
	Trials map[string]Record `json:"trials"`
}

//go:embed records.json
var recorded []byte

// Recorded are the records that the page is made of.
func Recorded() (Records, error) {
	r := Records{Trials: map[string]Record{}}
	if err := json.Unmarshal(recorded, &r); err != nil {
		return r, fmt.Errorf("mutants: records.json: %w", err)
	}
	return r, nil
}

// RecordOf is what is kept of a trial.
func RecordOf(e Evidence) Record {
	if e.Caught {
		return Record{Caught: true, First: e.First}
	}
	return Record{How: e.How}
}

const documentHead = `<!-- Generated from rows_*.go and records.json. To write it anew:
go test ./checker/mutants -run Document -update
-->

# Which fault, which layer

Seventy faults, most of which somebody has made. Each is planted in the model, or in the source of
the implementation while that is compiled; then one layer alone is asked about it.
` +
	"`vsrcheck mutants -rows`" + ` asks all of them again (minutes), and with ` +
	"`-record checker/mutants/records.json`" + ` writes
what this page is made of.

**Bold** layers must catch the fault, the others may:
M the model, searched exhaustively; P random runs; T the recovery table and all images that crashes
and faults leave on a disk; S the judges of the simulator; C conformance of each simulated step;
L linearizability of what clients saw; F bytes from outside; R real processes, threads and sockets;
X the checkers themselves.
A seed is the first of %d in which that layer, alone, finds something; states and images are how
many were looked at until then.

`

// Document is the page as Markdown.
func Document() (string, error) {
	records, err := Recorded()
	if err != nil {
		return "", err
	}
	var b strings.Builder
	fmt.Fprintf(&b, documentHead, mutantSeeds)
	fmt.Fprintf(&b, "Recorded at commit %s.\n\n| | fault | layers | what found it |\n"+
		"|---|---|---|---|\n", records.Commit)
	for _, r := range Rows() {
		layers := ""
		for _, l := range r.Must {
			layers += fmt.Sprintf("**%c** ", l)
		}
		for _, l := range r.Should {
			layers += string(l) + " "
		}
		fmt.Fprintf(&b, "| %d | %s | %s | %s |\n", r.Number, r.Fault, strings.TrimSpace(layers),
			strings.Join(r.cells(records), "<br>"))
	}
	b.WriteString("\n## All wrong variants of the implementation\n\nWith the layer that must " +
		"catch each one, alone.\n\n| fault | found by |\n|---|---|\n")
	for _, m := range ImplMutants() {
		fmt.Fprintf(&b, "| `%s`: %s | %s |\n", m.Name, m.What, m.By)
	}
	return b.String(), nil
}

// cells are the lines of the last column.
func (r Row) cells(records Records) []string {
	var lines []string
	for _, t := range r.Trials {
		record, ok := records.Trials[t.Key()]
		text := record.First
		switch {
		case !ok:
			text = "not tried yet"
		case !record.Caught:
			text = "not found: " + record.How
		}
		text = strings.ReplaceAll(text, "|", "` or `")
		lines = append(lines, fmt.Sprintf("%c `%s`: %s", t.Layer, t.Name, text))
	}
	for _, reasons := range []map[Layer]string{r.Missed, r.Not} {
		for _, l := range sortedLayers(reasons) {
			lines = append(lines, fmt.Sprintf("%c: %s", l, reasons[l]))
		}
	}
	switch {
	case len(r.Trials) == 0:
		lines = append(lines, "does not apply: "+r.Note)
	case r.Note != "":
		lines = append(lines, r.Note)
	}
	return lines
}

// sortedLayers are the keys in order.
func sortedLayers(m map[Layer]string) []Layer {
	var list []Layer
	for l := range m {
		list = append(list, l)
	}
	slices.Sort(list)
	return list
}
