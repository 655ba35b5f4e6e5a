// SPDX-License-Identifier: Apache-2.0

package export

import (
	"bytes"
	"fmt"
	"go/format"
	"go/token"
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"viewstamp/checker/model"
	"viewstamp/spec"
	"viewstamp/spec/claims"
)

// The counterexample as a Go test, which needs the spec and no checker.

// Test says what to call an emitted test, and where it gets its system from: from a Claim, or from
// an expression.
type Test struct {
	// Package is the name of the package that the file is for, for instance "spec_test".
	Package string
	// Name is what follows Test in the name of the function, for instance "StateTransfer". All
	// that the file declares begins with it, so that several such files fit into one package.
	Name string
	// Claim is the id of a claim, for instance "C-001". The schedule must be one of its Claimed
	// system. A second test then shows where its Fixed system departs from the schedule; there
	// is none if it does not.
	Claim string
	// System is a Go expression of type spec.System, and Imports are the packages that it needs
	// besides spec. Empty if there is a Claim.
	System  string
	Imports []string
	// Source is how to emit the file again: a command. It may be empty.
	Source string
}

// GoTest writes a counterexample as a complete Go file with a test. The test takes the steps with
// exactly these messages through the functions of the spec, compares the state of the process
// and what it sends after each step, and asks the property about what breaks it. Nothing
// is written that would fail: before that the steps are taken through the same system here. It
// fails if they do not lead where the counterexample says, or do not break the property; if a
// name is no identifier; or if w fails.
func GoTest(w io.Writer, test Test, c Counterexample) error {
	if err := c.check(); err != nil {
		return err
	}
	if err := test.check(); err != nil {
		return err
	}
	e := emitter{Test: test, c: c, prefix: lowerFirst(test.Name)}
	e.literals = literals{prefix: e.prefix, names: map[spec.Log]string{}}
	claimed, fixed, err := e.systems()
	if err != nil {
		return err
	}
	schedule := scheduleOf(c.Steps)
	processes, sent, departs := replay(claimed, schedule)
	if departs != "" {
		return fmt.Errorf("export: system %q departs from the counterexample in %s",
			claimed.Name, departs)
	}
	p, ok := property(claimed, c.Property)
	if !ok {
		return fmt.Errorf("export: system %q has no property %q: only what must always hold can "+
			"be asked at the end of a run", claimed.Name, c.Property)
	}
	configuration := claimed.Configuration()
	found, ok := findWitness(configuration, p, replicas(processes), sent)
	if !ok {
		return fmt.Errorf("export: system %q: %s holds at the end of the counterexample: "+
			"it must be broken there", claimed.Name, c.Property)
	}
	if test.Claim != "" && len(fixed.Protocol.Steps) > 0 {
		_, _, e.departs = replay(fixed, schedule)
	}
	source, err := e.file(found)
	if err != nil {
		return err
	}
	_, err = w.Write(source)
	return err
}

// check says what is wrong with the names.
func (t Test) check() error {
	if !token.IsIdentifier(t.Package) {
		return fmt.Errorf("export: package %q: want an identifier such as spec_test", t.Package)
	}
	if first, _ := utf8.DecodeRuneInString(t.Name); !token.IsIdentifier(t.Name) ||
		!unicode.IsUpper(first) {
		return fmt.Errorf("export: test %q: want an identifier with a capital letter first, "+
			"such as StateTransfer", t.Name)
	}
	if (t.Claim == "") == (t.System == "") {
		return fmt.Errorf("export: test %q: want a claim or the expression of a system, got %q "+
			"and %q", t.Name, t.Claim, t.System)
	}
	return nil
}

// emitter is a file that is being written.
type emitter struct {
	Test
	literals
	c       Counterexample
	prefix  string
	departs string // Where the fix departs from the schedule; empty if nowhere.
}

// systems are the one that the test runs, and the fix if there is one.
func (e *emitter) systems() (claimed, fixed spec.System, err error) {
	if e.Claim == "" {
		return e.c.System, spec.System{}, nil
	}
	all := claims.Catalogue()
	i := slices.IndexFunc(all, func(c claims.Claim) bool { return c.ID == e.Claim })
	if i < 0 {
		return claimed, fixed, fmt.Errorf("export: the catalogue has no claim %q", e.Claim)
	}
	return all[i].Claimed, all[i].Fixed, nil
}

// scheduleOf leaves out of a counterexample what follows from the rest.
func scheduleOf(steps []model.Transition) []replayStep {
	schedule := make([]replayStep, len(steps))
	for i, t := range steps {
		schedule[i] = replayStep{t.Process, t.Step, t.Choice, t.Received, t.After, t.Sent}
	}
	return schedule
}

// file is the whole file, as gofmt writes it.
func (e *emitter) file(found witness) ([]byte, error) {
	var b bytes.Buffer
	tests, schedule := e.tests(found), e.schedule() // They declare the logs.
	b.WriteString(e.head())
	b.WriteString(tests)
	if len(e.logs) > 0 {
		fmt.Fprintf(&b, "\n// The logs of the schedule.\nvar (\n\t%s\n)\n",
			strings.Join(e.logs, "\n\t"))
	}
	b.WriteString(schedule)
	b.WriteString(e.replaySource())
	source, err := format.Source(b.Bytes())
	if err != nil {
		return nil, fmt.Errorf("export: the test of %q is no Go source, is its expression %q one? %w",
			e.c.System.Name, e.System, err)
	}
	return source, nil
}
