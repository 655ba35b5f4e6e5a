// SPDX-License-Identifier: Apache-2.0

package tidy

import (
	"go/ast"
	"go/token"
	"slices"
	"strings"
)

// Pure packages yield the same for the same input, on every machine and in
// every run. So: no goroutines and what goes with them, no state of the
// package, no clock, no chance, and no range over a map, whose order changes
// from run to run.

// anyOrder in a comment on the line of a range over a map, or on the line
// above, says why the order does not matter.
const anyOrder = "any order"

// neverWritten in the comment of a variable of a package says that it is a
// table, though its address is taken.
const neverWritten = "never written"

// Pure finds what makes the pure packages impure. Tests are free.
func Pure(t *Tree) []Complaint {
	var all []Complaint
	for _, dir := range t.dirs() {
		if !slices.ContainsFunc(pure, func(p string) bool { return within(dir, p) }) {
			continue
		}
		sources := t.in(dir)
		maps := mapNames(sources)
		for _, s := range sources {
			all = append(all, t.impureSyntax(s, maps)...)
			all = append(all, t.variables(s, sources)...)
		}
	}
	return all
}

// impureSyntax looks at each node of a file.
func (t *Tree) impureSyntax(s *Source, maps map[string]bool) []Complaint {
	var all []Complaint
	ast.Inspect(s.Syntax, func(n ast.Node) bool {
		says := ""
		switch n := n.(type) {
		case *ast.GoStmt:
			says = "a goroutine"
		case *ast.ChanType, *ast.SendStmt:
			says = "a channel"
		case *ast.SelectStmt:
			says = "a select"
		case *ast.SelectorExpr:
			says = clockOrChance(n)
		case *ast.RangeStmt:
			if overMap(n.X, maps) && !orderFree(n, s.Syntax) && !t.explained(s, n.Pos()) {
				says = "a range over a map: sort, or say in a comment why it may go in " + anyOrder
			}
		}
		if says != "" {
			all = append(all, t.at(s, n.Pos(), "%s in a pure package", says))
		}
		return true
	})
	return all
}

// clockOrChance names a function that does not depend on its arguments alone.
func clockOrChance(n *ast.SelectorExpr) string {
	pkg, ok := n.X.(*ast.Ident)
	if !ok || pkg.Obj != nil {
		return ""
	}
	clock := []string{"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTimer",
		"NewTicker"}
	chance := []string{"New", "NewPCG", "NewChaCha8", "NewZipf", "Rand", "PCG", "ChaCha8", "Source",
		"Zipf"}
	switch {
	case pkg.Name == "time" && slices.Contains(clock, n.Sel.Name):
		return "the clock (time." + n.Sel.Name + ")"
	case pkg.Name == "rand" && !slices.Contains(chance, n.Sel.Name):
		return "the random generator of the process (rand." + n.Sel.Name + ")"
	}
	return ""
}

// variables finds package variables that can change. What is written once where
// it is declared, a table or an error, is a constant in all but name.
func (t *Tree) variables(s *Source, sources []*Source) []Complaint {
	var all []Complaint
	for _, d := range s.Syntax.Decls {
		decl, ok := d.(*ast.GenDecl)
		if !ok || decl.Tok != token.VAR {
			continue
		}
		for _, spec := range decl.Specs {
			value := spec.(*ast.ValueSpec)
			for _, name := range value.Names {
				if name.Name != "_" && !strings.Contains(decl.Doc.Text(), neverWritten) &&
					(len(value.Values) == 0 || changed(name.Name, sources)) {
					all = append(all, t.at(s, name.Pos(), "the variable %s in a pure package", name.Name))
				}
			}
		}
	}
	return all
}

// changed says whether a package assigns to a variable, or takes its address.
// It goes by the name, so a local variable of the same name counts too: give it
// another one.
func changed(name string, sources []*Source) bool {
	is := func(e ast.Expr) bool {
		id, ok := base(e).(*ast.Ident)
		return ok && id.Name == name
	}
	found := false
	for _, s := range sources {
		ast.Inspect(s.Syntax, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.AssignStmt:
				found = found || slices.ContainsFunc(n.Lhs, is)
			case *ast.IncDecStmt:
				found = found || is(n.X)
			case *ast.UnaryExpr:
				found = found || n.Op == token.AND && is(n.X)
			}
			return !found
		})
	}
	return found
}

// base is what an expression like a.b[i] begins with.
func base(e ast.Expr) ast.Expr {
	for {
		switch x := e.(type) {
		case *ast.SelectorExpr:
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.StarExpr:
			e = x.X
		case *ast.ParenExpr:
			e = x.X
		default:
			return e
		}
	}
}

// mapNames collects what is declared as a map in a package: types, fields,
// variables, parameters, and functions that return one. It goes by names and
// not by types, so it may find too much.
func mapNames(sources []*Source) map[string]bool {
	names := make(map[string]bool)
	isMap := func(e ast.Expr) bool {
		id, named := e.(*ast.Ident)
		_, literal := e.(*ast.MapType)
		return literal || named && names[id.Name]
	}
	for range 2 { // The second time the named map types are known.
		for _, s := range sources {
			ast.Inspect(s.Syntax, func(n ast.Node) bool {
				collectMaps(n, isMap, names)
				return true
			})
		}
	}
	return names
}

// collectMaps adds the names that one node declares.
func collectMaps(n ast.Node, isMap func(ast.Expr) bool, names map[string]bool) {
	switch n := n.(type) {
	case *ast.TypeSpec:
		if isMap(n.Type) {
			names[n.Name.Name] = true
		}
	case *ast.Field:
		for _, name := range n.Names {
			if isMap(n.Type) {
				names[name.Name] = true
			}
		}
	case *ast.FuncDecl:
		if r := n.Type.Results; r != nil && len(r.List) > 0 && isMap(r.List[0].Type) {
			names[n.Name.Name] = true
		}
	case *ast.ValueSpec:
		for i, name := range n.Names {
			if n.Type != nil && isMap(n.Type) || i < len(n.Values) && makesMap(n.Values[i], isMap) {
				names[name.Name] = true
			}
		}
	case *ast.AssignStmt:
		for i, left := range n.Lhs {
			id, ok := left.(*ast.Ident)
			if ok && i < len(n.Rhs) && makesMap(n.Rhs[i], isMap) {
				names[id.Name] = true
			}
		}
	}
}

// makesMap says whether an expression is a new map.
func makesMap(e ast.Expr, isMap func(ast.Expr) bool) bool {
	switch x := e.(type) {
	case *ast.CompositeLit:
		return x.Type != nil && isMap(x.Type)
	case *ast.CallExpr:
		id, ok := x.Fun.(*ast.Ident)
		return ok && id.Name == "make" && len(x.Args) > 0 && isMap(x.Args[0])
	}
	return false
}

// overMap says whether a range goes over a map, or over an iterator of package
// maps.
func overMap(e ast.Expr, maps map[string]bool) bool {
	switch x := e.(type) {
	case *ast.Ident:
		return maps[x.Name]
	case *ast.SelectorExpr:
		return maps[x.Sel.Name]
	case *ast.CompositeLit:
		_, ok := x.Type.(*ast.MapType)
		return ok
	case *ast.CallExpr:
		if f, ok := x.Fun.(*ast.SelectorExpr); ok {
			pkg, _ := f.X.(*ast.Ident)
			return pkg != nil && pkg.Name == "maps" || maps[f.Sel.Name]
		}
		return overMap(x.Fun, maps)
	}
	return false
}

// orderFree says whether a range over a map does the same in any order, as two
// usual ones do: it puts each element into another map, or it collects the keys
// and sorts them afterwards.
func orderFree(n *ast.RangeStmt, file *ast.File) bool {
	key, ok := n.Key.(*ast.Ident)
	if !ok || len(n.Body.List) != 1 {
		return false
	}
	assign, ok := n.Body.List[0].(*ast.AssignStmt)
	if !ok || len(assign.Lhs) != 1 {
		return false
	}
	if index, ok := assign.Lhs[0].(*ast.IndexExpr); ok {
		return isIdent(index.Index, key.Name)
	}
	keys, ok := assign.Lhs[0].(*ast.Ident)
	if !ok {
		return false
	}
	sorted := false
	ast.Inspect(file, func(node ast.Node) bool {
		call, ok := node.(*ast.CallExpr)
		if ok && call.Pos() > n.End() && len(call.Args) > 0 && isIdent(call.Args[0], keys.Name) {
			f, _ := call.Fun.(*ast.SelectorExpr)
			sorted = sorted || f != nil && isIdent(f.X, "slices") &&
				strings.HasPrefix(f.Sel.Name, "Sort")
		}
		return true
	})
	return sorted
}

// explained says whether a comment at the place gives the reason.
func (t *Tree) explained(s *Source, pos token.Pos) bool {
	line := t.set.Position(pos).Line
	for _, text := range s.Lines[max(0, line-2):line] {
		if _, comment, ok := strings.Cut(text, "//"); ok && strings.Contains(comment, anyOrder) {
			return true
		}
	}
	return false
}
