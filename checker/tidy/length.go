// SPDX-License-Identifier: Apache-2.0

package tidy

import (
	"fmt"
	"go/ast"
	"unicode/utf8"
)

// Lengths: what does not fit on a screen is not read.

// The limits.
const (
	fileLinesMax     = 600
	functionLinesMax = 70
	stepLinesMax     = 40 // Of a function of the spec.
	columnsMax       = 100
)

// longer lists what may be longer, with the reason. The key is a file, or a
// file and a function.
var longer = map[string]string{
	"checker/diagram/style.go":        "a style sheet is one piece",
	"checker/mutants/impl_mutants.go": "holds pieces of source as they are",

	"impl/trace/trace_test.go TestBadTraces": "one table of all that can be wrong",
}

// Length finds files, functions and lines that are too long.
func Length(t *Tree) []Complaint {
	var all []Complaint
	for _, s := range t.Sources {
		if longer[s.Path] != "" {
			continue
		}
		if n := len(s.Lines); n > fileLinesMax {
			all = append(all, Complaint{s.Path, 0, fmt.Sprintf("%d lines, at most %d: one concept a file",
				n, fileLinesMax)})
		}
		for i, line := range s.Lines {
			// A tab counts as one: how wide it is shown is the reader's choice.
			if n := utf8.RuneCountInString(line); n > columnsMax {
				all = append(all, Complaint{s.Path, i + 1,
					fmt.Sprintf("%d columns, at most %d", n, columnsMax)})
			}
		}
		all = append(all, t.longFunctions(s)...)
	}
	return all
}

// longFunctions finds those of one file.
func (t *Tree) longFunctions(s *Source) []Complaint {
	limit := functionLinesMax
	if s.Dir == "spec" && !s.Test {
		limit = stepLinesMax
	}
	var all []Complaint
	for _, d := range s.Syntax.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok || longer[s.Path+" "+f.Name.Name] != "" {
			continue
		}
		if n := t.lines(f.Pos(), f.End()); n > limit {
			all = append(all, t.at(s, f.Pos(), "%s has %d lines, at most %d", f.Name.Name, n, limit))
		}
	}
	return all
}
