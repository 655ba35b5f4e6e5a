// SPDX-License-Identifier: Apache-2.0

package tidy

import (
	"fmt"
	"go/ast"
	"regexp"
	"slices"
	"strings"
)

// DIVERGENCE.md names the mutants that forced a departure from the paper, with the property that
// breaks and the number of steps. Both are also in the table of mutants, where the checker proves
// them; so the document must say the same.

const (
	divergenceFile = "spec/DIVERGENCE.md"
	mutantsFile    = "checker/mutants/spec_mutants.go"
)

var (
	// forced finds a row of the table at the top of the document: mutants, and what they break.
	forced = regexp.MustCompile(`^\| \[D\d+\]\([^)]*\) \| [^|]* \| ([^|]*) \| ([^|]*) \|$`)
	// mutantName finds names in a text, link the target of a link inside the document.
	mutantName = regexp.MustCompile("`([A-Z][A-Za-z]+[a-z][A-Z]\\w+)`")
	link       = regexp.MustCompile(`\]\(#([^)]*)\)`)
	notAnchor  = regexp.MustCompile(`[^\pL\d-]`)
)

// Divergence finds where the document and the table of mutants differ.
func Divergence(t *Tree) []Complaint {
	broken := t.mutants()
	var all []Complaint
	for _, text := range t.Texts {
		if text.Path != divergenceFile {
			continue
		}
		for i, line := range text.Lines {
			for _, says := range divergenceLine(line, broken, text.Lines) {
				all = append(all, Complaint{text.Path, i + 1, says})
			}
		}
	}
	return all
}

// divergenceLine says what is wrong with one line.
func divergenceLine(line string, broken map[string]string, lines []string) []string {
	var all []string
	for _, target := range link.FindAllStringSubmatch(line, -1) {
		if !slices.ContainsFunc(lines, func(l string) bool {
			title, ok := strings.CutPrefix(l, "## ")
			return ok && anchor(title) == target[1]
		}) {
			all = append(all, "there is no heading for #"+target[1])
		}
	}
	row := forced.FindStringSubmatch(line)
	if row == nil {
		return all
	}
	says := strings.Split(row[2], "; ")
	for i, name := range mutantName.FindAllStringSubmatch(row[1], -1) {
		switch want := broken[name[1]]; {
		case want == "":
			all = append(all, "there is no mutant "+name[1])
		case i >= len(says) || says[i] != want:
			all = append(all, fmt.Sprintf("%s breaks %q", name[1], want))
		}
	}
	return all
}

// mutants reads the rows of the table of mutants: name, what, system, the property and the steps.
func (t *Tree) mutants() map[string]string {
	all := make(map[string]string)
	for _, s := range t.Sources {
		if s.Path != mutantsFile {
			continue
		}
		ast.Inspect(s.Syntax, func(n ast.Node) bool {
			row, ok := n.(*ast.CompositeLit)
			if !ok || len(row.Elts) != 5 {
				return true
			}
			name, ok := literal(row.Elts[0])
			breaks, ok2 := literal(row.Elts[3])
			if steps, ok3 := row.Elts[4].(*ast.BasicLit); ok && ok2 && ok3 {
				all[name] = breaks + ", " + steps.Value
			}
			return true
		})
	}
	return all
}

// anchor is the link to a heading: small letters, digits, and dashes for spaces.
func anchor(title string) string {
	return notAnchor.ReplaceAllString(strings.ToLower(strings.ReplaceAll(title, " ", "-")), "")
}
