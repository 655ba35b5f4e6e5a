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
	"strings"
	"unicode"

	"viewstamp/checker/diagram"
	"viewstamp/checker/export"
	"viewstamp/checker/model"
	"viewstamp/spec/claims"
)

// The flag -export: a counterexample as a file. The ending of its name says in which form.

// exporter writes a counterexample. file is the name of the file, as the user gave it.
type exporter func(w io.Writer, file string, c claims.Claim, e export.Counterexample) error

// exporters lists the forms. Of two endings that fit the upper one counts.
var exporters = []struct {
	ending string
	write  exporter
}{
	{".itf.json", func(w io.Writer, _ string, _ claims.Claim, e export.Counterexample) error {
		return export.ITF(w, e)
	}},
	{".json", func(w io.Writer, _ string, _ claims.Claim, e export.Counterexample) error {
		return export.JSON(w, e)
	}},
	{"_test.go", exportTest},
	{".svg", func(w io.Writer, _ string, c claims.Claim, e export.Counterexample) error {
		return diagram.Render(w, model.Picture(e.System, c.Picture, e.Property, e.Steps))
	}},
}

// exporterOf finds the form for a file.
func exporterOf(file string) (exporter, error) {
	for _, e := range exporters {
		if strings.HasSuffix(file, e.ending) {
			return e.write, nil
		}
	}
	return nil, usage("claims: -export %q: the ending of the name says what to write: "+
		".json, .itf.json (Informal Trace Format), _test.go or .svg", file)
}

// checkExport refuses what cannot be exported before the search begins.
func checkExport(file string, names []string) error {
	if file == "" {
		return nil
	}
	if _, err := exporterOf(file); err != nil {
		return err
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

// exportTo writes the file. Nothing is written over the file unless all of it could be made.
func exportTo(file string, c claims.Claim, e export.Counterexample) error {
	write, err := exporterOf(file)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := write(&b, file, c, e); err != nil {
		return err
	}
	return os.WriteFile(file, b.Bytes(), 0o666) // The umask of the user is narrower, as he likes.
}

// exportTest writes a Go test for the folder of the file.
func exportTest(w io.Writer, file string, c claims.Claim, e export.Counterexample) error {
	name, err := packageFor(file)
	if err != nil {
		return err
	}
	return export.GoTest(w, export.Test{Package: name, Name: camel(c.Name), Claim: c.ID,
		Source: fmt.Sprintf("go run ./checker/cmd/vsrcheck claims %s -export %s", c.Name,
			filepath.Base(file))}, e)
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
	for word := range strings.SplitSeq(name, "-") {
		b.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	return b.String()
}
