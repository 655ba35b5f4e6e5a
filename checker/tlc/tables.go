// SPDX-License-Identifier: Apache-2.0

package tlc

import (
	"fmt"
	"strings"
)

// The tables of tla/README.md, in Markdown.

// PartsTable says which part of the protocol is in which module, and what is searched of it.
func PartsTable() string {
	var b strings.Builder
	b.WriteString("| part of the protocol | its steps, and bounds for TLC | right | wrong |\n" +
		"|---|---|---|---|\n")
	twins := Twins()
	for _, part := range Parts() {
		var right, wrong []string
		for _, twin := range twins {
			switch name := "`" + twin.Name + "`"; {
			case twin.Module != part.Module:
			case twin.Breaks == "":
				right = append(right, name)
			default:
				wrong = append(wrong, name)
			}
		}
		fmt.Fprintf(&b, "| %s | `%s.tla`, `%s.tla` | %s | %s |\n", part.About, part.Text, part.Module,
			strings.Join(right, ", "), strings.Join(wrong, ", "))
	}
	return b.String()
}

// Table lists what TLC has counted.
func (m *Manifest) Table() string {
	var b strings.Builder
	b.WriteString("| configuration | result | distinct states | depth |\n|---|---|---|---|\n")
	for _, run := range m.Runs {
		result := "holds"
		if run.Counterexample > 0 {
			result = fmt.Sprintf("%s in %d steps", run.Result, run.Counterexample)
		}
		fmt.Fprintf(&b, "| `%s` | %s | %d | %d |\n", run.Name, result, run.Distinct, run.Depth)
	}
	return b.String()
}
