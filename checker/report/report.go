// SPDX-License-Identifier: Apache-2.0

// Package report is how the checks tell people and machines what they found: lines while they run,
// one table at the end, the same as JSON, and an exit code.
package report

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"
)

// The exit codes of every command.
const (
	ExitHolds    = 0  // All is as expected.
	ExitRefuted  = 1  // Something is not as expected.
	ExitUnknown  = 2  // A check ended before it had a verdict.
	ExitUsage    = 64 // The command line is wrong, or names what is not there.
	ExitInternal = 70 // The checker itself failed.
)

// Outcome says whether a check ended as it should.
type Outcome string

const (
	// AsExpected: the verdict is the one that the check must have.
	AsExpected Outcome = "as expected"
	// NotAsExpected: the verdict is another one.
	NotAsExpected Outcome = "NOT AS EXPECTED"
	// Undecided: there is no verdict: a time-out, a memory limit. It counts as a failure.
	Undecided Outcome = "UNKNOWN"
)

// Row is one line of the table.
type Row struct {
	// Part is the sub-command that made the row: model, claims, sim, …
	Part string `json:"part"`
	// Checked says what was checked.
	Checked string `json:"checked"`
	// Verdict is what came out: holds, refuted, caught, linearizable, …
	Verdict string `json:"verdict"`
	// Evidence are the counts behind the verdict.
	Evidence string `json:"evidence"`
	// More is evidence that the table has no room for.
	More    string  `json:"more,omitempty"`
	Outcome Outcome `json:"outcome"`
	// Detail says what went wrong, in as many lines as it takes. Empty if nothing did.
	Detail string `json:"detail,omitempty"`
	// Reproduce is the command that shows the same again.
	Reproduce string `json:"reproduce"`
	// Seconds is how long the check took.
	Seconds float64 `json:"seconds"`
	// Numbers are the counts of Evidence for machines.
	Numbers map[string]float64 `json:"numbers,omitempty"`
}

// Table is all rows in the order in which they were made.
type Table []Row

// Exit is the exit code: the worst of the rows. A table without rows checked nothing, and is red.
func (t Table) Exit() int {
	code := ExitHolds
	if len(t) == 0 {
		return ExitRefuted
	}
	for _, row := range t {
		switch row.Outcome {
		case AsExpected:
		case Undecided:
			code = max(code, ExitUnknown)
		default:
			return ExitRefuted
		}
	}
	return code
}

// JSON writes the table as one JSON value.
func (t Table) JSON(w io.Writer) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(struct {
		Format string `json:"format"`
		Exit   int    `json:"exit"`
		Rows   Table  `json:"rows"`
	}{"vsrcheck/1", t.Exit(), t})
}

// Text writes the table for people, and below it what was not as expected, with the command that
// shows it again.
func (t Table) Text(w io.Writer) error {
	cells := [][]string{{"part", "checked", "verdict", "evidence", "time"}}
	for _, row := range t {
		verdict := row.Verdict
		if row.Outcome != AsExpected {
			verdict = "✗ " + verdict
		}
		cells = append(cells, []string{row.Part, row.Checked, verdict, row.Evidence,
			(time.Duration(row.Seconds * float64(time.Second))).Round(10 * time.Millisecond).
				String()})
	}
	var b strings.Builder
	writeCells(&b, cells)
	bad := 0
	for _, row := range t {
		if row.Outcome == AsExpected {
			continue
		}
		bad++
		fmt.Fprintf(&b, "\n%s: %s: %s\n", row.Outcome, row.Part, row.Checked)
		for line := range strings.Lines(row.Detail) {
			fmt.Fprintf(&b, "    %s\n", strings.TrimRight(line, "\n"))
		}
		fmt.Fprintf(&b, "    reproduce: %s\n", row.Reproduce)
	}
	if bad == 0 && len(t) > 0 {
		fmt.Fprintf(&b, "\n%d checks, all as expected\n", len(t))
	} else {
		fmt.Fprintf(&b, "\n%d checks, %d not as expected\n", len(t), bad)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// writeCells lines the columns up.
func writeCells(b *strings.Builder, cells [][]string) {
	widths := make([]int, len(cells[0]))
	for _, line := range cells {
		for i, cell := range line {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	for i, line := range cells {
		for j, cell := range line {
			pad := strings.Repeat(" ", widths[j]-utf8.RuneCountInString(cell))
			if j == len(line)-1 {
				b.WriteString(pad + cell + "\n") // The time goes to the right.
				continue
			}
			b.WriteString(cell + pad + "  ")
		}
		if i == 0 {
			for j, width := range widths {
				b.WriteString(strings.Repeat("─", width))
				if j < len(widths)-1 {
					b.WriteString("  ")
				}
			}
			b.WriteByte('\n')
		}
	}
}
