// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"bytes"
	"fmt"
	"go/parser"
	"go/token"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"github.com/spf13/cobra"

	"viewstamp/checker/diagram"
	"viewstamp/checker/export"
	"viewstamp/checker/model"
	"viewstamp/spec/claims"
)

// The flags -export and -emit-test: a counterexample as a file. The ending of its name says in
// which form.

// evidence is a counterexample with what the forms need besides.
type evidence struct {
	export.Counterexample
	title string // of a picture
	// test says where a Go test gets its system from. Package and Source are filled in here.
	test export.Test
	// command is what writes the file again, without the flag.
	command string
}

// exporter writes a counterexample. file is the name of the file, as the user gave it.
type exporter func(w io.Writer, file string, e evidence) error

// exporters lists the forms. Of two endings that fit the upper one counts.
var exporters = []struct {
	ending string
	write  exporter
}{
	{".itf.json", func(w io.Writer, _ string, e evidence) error {
		return export.ITF(w, e.Counterexample)
	}},
	{".json", func(w io.Writer, _ string, e evidence) error {
		return export.JSON(w, e.Counterexample)
	}},
	{testEnding, exportTest},
	{".svg", func(w io.Writer, _ string, e evidence) error {
		return diagram.Render(w, model.Picture(e.System, e.title, e.Property, e.Steps))
	}},
}

// testEnding is the ending of the name of a Go test.
const testEnding = "_test.go"

// exportFlags are the flags that name files for a counterexample.
type exportFlags struct{ exported, test string }

// add adds the flags to a command.
func (f *exportFlags) add(command *cobra.Command) {
	command.Flags().StringVar(&f.exported, "export", "", "write the counterexample into this file: "+
		".json, .itf.json, _test.go or .svg")
	command.Flags().StringVar(&f.test, "emit-test", "",
		"write the counterexample as a regression test into this file: _test.go")
}

// files lists the files that are wanted, or says what is wrong with their names.
func (f *exportFlags) files() ([]string, error) {
	var files []string
	if f.exported != "" {
		if _, err := exporterOf(f.exported); err != nil {
			return nil, err
		}
		files = append(files, f.exported)
	}
	if f.test != "" {
		if !strings.HasSuffix(f.test, testEnding) {
			return nil, usage("-emit-test %q: the name of a Go test ends in _test.go", f.test)
		}
		files = append(files, f.test)
	}
	return files, nil
}

// exporterOf finds the form for a file.
func exporterOf(file string) (exporter, error) {
	for _, e := range exporters {
		if strings.HasSuffix(file, e.ending) {
			return e.write, nil
		}
	}
	return nil, usage("-export %q: the ending of the name says what to write: "+
		".json, .itf.json (Informal Trace Format), _test.go or .svg", file)
}

// checkClaimExport refuses what cannot be exported before the search begins.
func checkClaimExport(files, names []string) error {
	if len(files) == 0 {
		return nil
	}
	if len(names) != 1 {
		return usage("claims: -export writes one counterexample: name one claim")
	}
	for _, c := range claims.Catalogue() {
		if named(c, names[0]) && c.Refuted == "" {
			return usage("claims: -export: %s %s holds, so it has no counterexample", c.ID, c.Name)
		}
	}
	return nil
}

// exportAll writes the files that are wanted. Nothing is written over a file unless all of it could
// be made.
func (r *run) exportAll(e evidence) error {
	e.Steps = slices.Clone(e.Steps)
	for i := range e.Steps { // The size of a quorum is no part of the name in the spec.
		e.Steps[i].Step, _, _ = strings.Cut(e.Steps[i].Step, "/")
	}
	for _, file := range r.exported {
		write, err := exporterOf(file)
		if err != nil {
			return err
		}
		var b bytes.Buffer
		if err := write(&b, file, e); err != nil {
			return err
		}
		// The umask of the user is narrower, as he likes.
		if err := os.WriteFile(file, b.Bytes(), 0o666); err != nil {
			return err
		}
		r.line("  exported to %s", file)
	}
	return nil
}

// exportTest writes a Go test for the folder of the file.
func exportTest(w io.Writer, file string, e evidence) error {
	name, err := packageFor(file)
	if err != nil {
		return err
	}
	test := e.test
	test.Package = name
	test.Source = fmt.Sprintf("%s -emit-test %s", e.command, filepath.Base(file))
	return export.GoTest(w, test, e.Counterexample)
}

// packageFor is the package of a test file from outside: that of the folder's files with _test at
// its end, or one that is named after the folder if there is no Go file.
func packageFor(file string) (string, error) {
	full, err := filepath.Abs(file)
	if err != nil {
		return "", err
	}
	neighbours, err := filepath.Glob(filepath.Join(filepath.Dir(full), "*.go"))
	if err != nil {
		return "", err
	}
	for _, n := range neighbours {
		// A neighbour that is no Go source does not matter here: the compiler will say so.
		f, err := parser.ParseFile(token.NewFileSet(), n, nil, parser.PackageClauseOnly)
		if err == nil && n != full {
			return strings.TrimSuffix(f.Name.Name, "_test") + "_test", nil
		}
	}
	name := strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_' {
			return r
		}
		return -1
	}, filepath.Base(filepath.Dir(full)))
	if !token.IsIdentifier(name) {
		name = "claims"
	}
	return name + "_test", nil
}

// camel is the name of a claim as a name of Go: state-transfer is StateTransfer.
func camel(name string) string {
	var b strings.Builder
	for word := range strings.FieldsFuncSeq(name, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r)
	}) {
		b.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	return b.String()
}
