// SPDX-License-Identifier: Apache-2.0

package tidy

import (
	"fmt"
	"go/ast"
	"go/token"
	"slices"
	"strings"
)

// Comments: every package says what it is, every file what it is for, every
// exported name what it means.

// licence is the first line of every Go file.
const licence = "// SPDX-License-Identifier: Apache-2.0"

// wellKnown lists methods whose name says all, since a known interface asks for
// them.
var wellKnown = []string{"String", "Error", "Unwrap", "Len", "Less", "Swap", "Write", "Read",
	"Close"}

// Docs finds what is not explained.
func Docs(t *Tree) []Complaint {
	var all []Complaint
	explained := make(map[string]bool)
	for _, s := range t.Sources {
		if !s.Test && s.Syntax.Doc != nil {
			explained[s.Dir] = true
		}
		if s.Lines[0] != licence || len(s.Lines) < 2 || s.Lines[1] != "" {
			all = append(all, Complaint{s.Path, 1, "begins with " + licence + " and an empty line"})
		}
		if !hasPurpose(s.Syntax) {
			all = append(all, t.at(s, s.Syntax.Package, "no comment before the first declaration "+
				"says what the file is for"))
		}
		if !s.Test {
			all = append(all, t.undocumented(s)...)
		}
	}
	for _, dir := range t.dirs() {
		if !explained[dir] && len(t.in(dir)) > 0 {
			all = append(all, Complaint{dir, 0, "no file has a package comment"})
		}
	}
	return all
}

// hasPurpose says whether a comment comes before the first declaration that is
// not an import. The licence is none.
func hasPurpose(f *ast.File) bool {
	end := f.End()
	for _, d := range f.Decls {
		if g, ok := d.(*ast.GenDecl); !ok || g.Tok != token.IMPORT {
			end = d.Pos()
			break
		}
	}
	return slices.ContainsFunc(f.Comments, func(c *ast.CommentGroup) bool {
		text := strings.TrimSpace(c.Text())
		return c.Pos() < end && text != "" && !strings.HasPrefix(text, "SPDX")
	})
}

// undocumented finds exported names without a comment.
func (t *Tree) undocumented(s *Source) []Complaint {
	var all []Complaint
	previous := "" // The function above, if it has a comment or shares one.
	for _, d := range s.Syntax.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			name := d.Name.Name
			documented := d.Doc != nil || slices.Contains(wellKnown, name) || previous == name
			if d.Name.IsExported() && exportedReceiver(d) && !documented {
				all = append(all, t.at(s, d.Pos(), "%s has no comment", name))
			}
			previous = ""
			if documented {
				previous = name
			}
		case *ast.GenDecl:
			all = append(all, t.undocumentedIn(s, d)...)
		}
	}
	return all
}

// undocumentedIn looks at types, constants and variables. A comment above a
// list is for all of it.
func (t *Tree) undocumentedIn(s *Source, d *ast.GenDecl) []Complaint {
	var all []Complaint
	for _, spec := range d.Specs {
		switch spec := spec.(type) {
		case *ast.TypeSpec:
			alone := d.Doc != nil && !d.Lparen.IsValid()
			if spec.Name.IsExported() && spec.Doc == nil && spec.Comment == nil && !alone {
				all = append(all, t.at(s, spec.Pos(), "%s has no comment", spec.Name.Name))
			}
		case *ast.ValueSpec:
			for _, name := range spec.Names {
				if name.IsExported() && spec.Doc == nil && spec.Comment == nil && d.Doc == nil {
					all = append(all, t.at(s, name.Pos(), "%s has no comment", name.Name))
				}
			}
		}
	}
	return all
}

// exportedReceiver says whether a method can be seen from outside.
func exportedReceiver(d *ast.FuncDecl) bool {
	if d.Recv == nil {
		return true
	}
	e := d.Recv.List[0].Type
	if index, ok := base(e).(*ast.Ident); ok {
		return index.IsExported()
	}
	return !strings.HasPrefix(fmt.Sprint(e), "_")
}
