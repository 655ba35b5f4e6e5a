// SPDX-License-Identifier: Apache-2.0

// Package tidy holds the rules of this repository that a machine can check: who
// may import whom, that one thing has one name in the spec and in the
// implementation, that pure packages are pure, lengths, comments, and commands
// in the documentation that exist.
//
// Each rule is a function from a Tree to Complaints. The tests run the rules on
// the repository; and each on a small tree with a planted fault, so that it is
// known to find one.
//
// The sources are read and parsed in this process, never by a child like go
// list: the cache of go test knows only what the process itself has opened, and
// would keep an old pass.
package tidy

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// Module is the name of the module, the first element of every import path in
// it.
const Module = "viewstamp"

// Complaint is a place where a rule is broken.
type Complaint struct {
	File string // Relative to the root of the repository.
	Line int    // From 1; 0 if the complaint is about the whole file.
	Says string
}

// String is the form that editors jump to.
func (c Complaint) String() string {
	if c.Line == 0 {
		return fmt.Sprintf("%s: %s", c.File, c.Says)
	}
	return fmt.Sprintf("%s:%d: %s", c.File, c.Line, c.Says)
}

// Tree is what the rules look at: the Go sources and the texts of a repository.
type Tree struct {
	Sources []*Source
	Texts   []Text
	set     *token.FileSet
}

// Source is one Go file.
type Source struct {
	Path   string
	Dir    string // The package's folder: "" is the root.
	Test   bool   // The name ends in _test.go.
	Lines  []string
	Syntax *ast.File
}

// Text is one file that is not Go: documentation or a script.
type Text struct {
	Path  string
	Lines []string
}

// Load reads a repository. Folders named testdata, and those that begin with a
// dot, hold no rules' business, but for .ci; a folder with a go.mod of its own
// is another module.
func Load(root fs.FS) (*Tree, error) {
	t := &Tree{set: token.NewFileSet()}
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if skip(root, name) {
				return fs.SkipDir
			}
			return nil
		}
		return t.read(root, name)
	})
	return t, err
}

// skip says whether the rules leave a folder alone.
func skip(root fs.FS, dir string) bool {
	base := path.Base(dir)
	if dir == "." || dir == ".ci" {
		return false
	}
	_, err := fs.Stat(root, path.Join(dir, "go.mod"))
	return err == nil || base == "testdata" || strings.HasPrefix(base, ".")
}

// read adds one file, if the rules are about its kind.
func (t *Tree) read(root fs.FS, name string) error {
	isGo := strings.HasSuffix(name, ".go")
	if !isGo && path.Ext(name) != ".md" && !strings.HasPrefix(name, ".ci/") {
		return nil
	}
	content, err := fs.ReadFile(root, name)
	if err != nil {
		return err
	}
	lines := strings.Split(strings.TrimSuffix(string(content), "\n"), "\n")
	if !isGo {
		t.Texts = append(t.Texts, Text{name, lines})
		return nil
	}
	syntax, err := parser.ParseFile(t.set, name, bytes.NewReader(content), parser.ParseComments)
	if err != nil {
		return err
	}
	dir := path.Dir(name)
	if dir == "." {
		dir = ""
	}
	t.Sources = append(t.Sources, &Source{Path: name, Dir: dir, Lines: lines, Syntax: syntax,
		Test: strings.HasSuffix(name, "_test.go")})
	return nil
}

// at makes a complaint about a place in a source.
func (t *Tree) at(s *Source, pos token.Pos, format string, args ...any) Complaint {
	return Complaint{s.Path, t.set.Position(pos).Line, fmt.Sprintf(format, args...)}
}

// lines counts the lines from one place to another, both included.
func (t *Tree) lines(from, to token.Pos) int {
	return t.set.Position(to).Line - t.set.Position(from).Line + 1
}

// in lists the sources of one package, without tests.
func (t *Tree) in(dir string) []*Source {
	var all []*Source
	for _, s := range t.Sources {
		if s.Dir == dir && !s.Test {
			all = append(all, s)
		}
	}
	return all
}

// dirs lists the folders with Go files.
func (t *Tree) dirs() []string {
	var all []string
	for _, s := range t.Sources {
		if !slices.Contains(all, s.Dir) {
			all = append(all, s.Dir)
		}
	}
	return all
}

// within says whether a folder is the other one or below it.
func within(dir, parent string) bool {
	return dir == parent || strings.HasPrefix(dir, parent+"/")
}
