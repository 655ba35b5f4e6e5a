// SPDX-License-Identifier: Apache-2.0

package defects

import (
	"fmt"
	"slices"
	"strings"

	"viewstamp/spec"
)

// DEFECTS.md.

// documentHead explains the table.
const documentHead = `# Known defects

Computed from the rows in this folder; write it anew with ` +
	"`go test ./checker/defects -run Document -update`" + `.

Each row is a wrong variant of the protocol: a claim of ` + "`vsrcheck claims`" + `, or a
mutant of ` + "`vsrcheck mutants -in spec`" + `. Bounds are requests/view changes/crashes, for
three replicas. A length is that of the shortest counterexample. The predictions are those of a
private oracle, a breadth-first search over another model, which did not count the steps of
clients (SendRequest, SendRead); where more differs, a note says why.
` + "`vsrcheck defects`" + ` searches all rows
and all corrected systems; those marked ° only that command searches, the others every test run.
The rows of reconfiguration, 5.18, are claims C-301 and the following.

| | wrong | variant, bounds | breaks, steps | predicted | instead | which holds at |
|---|---|---|---|---|---|---|
`

// BoundsText is requests/view changes/crashes.
func BoundsText(b spec.Bounds) string {
	return fmt.Sprintf("%d/%d/%d", b.Requests, b.ViewChanges, b.Restarts)
}

// Document is the table as Markdown.
func Document() string {
	var b strings.Builder
	b.WriteString(documentHead)
	var notes []string
	for _, r := range Rows() {
		broken := fmt.Sprintf("nothing, %d states", r.States)
		if r.Breaks != "" {
			broken = fmt.Sprintf("%s %d", r.Breaks, r.Steps)
		}
		if r.Slow {
			broken += "°"
		}
		predicted := "–"
		if r.Predicted > 0 {
			property, bounds, _ := strings.Cut(r.PredictedFor, " ")
			if property == r.Breaks {
				predicted = fmt.Sprintf("%d at %s", r.Predicted, bounds)
			} else {
				predicted = fmt.Sprintf("%s: %d", r.PredictedFor, r.Predicted)
			}
		}
		if r.Why != "" {
			if !slices.Contains(notes, r.Why) {
				notes = append(notes, r.Why)
			}
			predicted += fmt.Sprintf(" [%d]", slices.Index(notes, r.Why)+1)
		}
		var holds []string
		for _, c := range r.Holds {
			text := fmt.Sprintf("%s %s: %d states", c.By, BoundsText(c.System.Bounds), c.States)
			if c.Slow {
				text += "°"
			}
			holds = append(holds, text)
		}
		fmt.Fprintf(&b, "| %s | %s | %s, %s | %s | %s | %s | %s |\n", r.Number, r.Wrong, r.By,
			BoundsText(r.System().Bounds), broken, predicted, r.Instead, strings.Join(holds, "; "))
	}
	b.WriteByte('\n')
	for i, note := range notes {
		fmt.Fprintf(&b, "%d. %s\n", i+1, note)
	}
	return b.String()
}
