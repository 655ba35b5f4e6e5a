// SPDX-License-Identifier: Apache-2.0

package export

import (
	_ "embed"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"viewstamp/checker/model"

	"viewstamp/spec"
)

// The parts of an emitted test, from the top to the bottom of the file.

// head is all above the first declaration.
func (e *emitter) head() string {
	own := append([]string{"viewstamp/spec"}, e.Imports...)
	if e.Claim != "" || sendsOfClaim(e.c.Steps) {
		own = append(own, "viewstamp/spec/claims")
	}
	slices.Sort(own)
	var imports strings.Builder
	for _, path := range slices.Compact(own) {
		fmt.Fprintf(&imports, "\t%q\n", path)
	}
	source := ""
	if e.Source != "" {
		source = "// Emit it again with\n//\n//\t" + e.Source + "\n"
	}
	what := e.c.System.Name
	if e.Claim != "" {
		what = "claim " + e.Claim
	}
	return "// SPDX-License-Identifier: Apache-2.0\n\n" +
		"// Code generated from a counterexample of the model checker; DO NOT EDIT.\n\n" +
		"package " + e.Package + "\n\n" +
		"import (\n\t\"fmt\"\n\t\"slices\"\n\t\"testing\"\n\n" +
		"\t\"github.com/stretchr/testify/require\"\n\n" + imports.String() + ")\n\n" +
		comment("", fmt.Sprintf("A schedule that breaks %s in %d steps: %s.", e.c.Property,
			len(e.c.Steps), what)) + source
}

// sendsOfClaim says whether a message is of a type that a claim has added.
func sendsOfClaim(steps []model.Transition) bool {
	for _, t := range steps {
		for _, m := range t.Sent {
			if reflect.TypeOf(m).PkgPath() == "viewstamp/spec/claims" {
				return true
			}
		}
	}
	return false
}

// tests are the test, and the one of the fix.
func (e *emitter) tests(found witness) string {
	var b strings.Builder
	system := e.System
	if e.Claim != "" {
		system = e.prefix + "Claim(t).Claimed"
	}
	evidence := e.messages(found.messages)
	evidence.tall = true
	b.WriteString("\n" + comment("", fmt.Sprintf(
		"Test%s: the system comes through the schedule, and %s is broken.", e.Name, e.c.Property)))
	fmt.Fprintf(&b, "func Test%s(t *testing.T) {\n\tsystem := %s\n", e.Name, system)
	processes := "_"
	if strings.Contains(found.call, "group") {
		processes = "processes"
	}
	sent := "_"
	if len(found.messages) > 0 {
		sent = "sent"
	}
	fmt.Fprintf(&b, "\tsteps := %[1]sSchedule\n"+
		"\t%[2]s, %[3]s, departs := %[1]sReplay(system, steps)\n"+
		"\trequire.Empty(t, departs)\n\n", e.prefix, processes, sent)
	fmt.Fprintf(&b, "\tall := system.Invariants()\n"+
		"\ti := slices.IndexFunc(all, func(p spec.Property) bool { return p.Name == %q })\n"+
		"\trequire.GreaterOrEqual(t, i, 0, \"the system has no property %s\")\n",
		e.c.Property, e.c.Property)
	if strings.Contains(found.call, "(c,") {
		b.WriteString("\tc := system.Configuration()\n")
	}
	if processes != "_" {
		b.WriteString("\tgroup := make([]spec.Replica, system.Replicas())\n\tfor i := range group {\n" +
			"\t\tgroup[i] = processes[i].(spec.Replica)\n\t}\n")
	}
	if sent != "_" {
		fmt.Fprintf(&b, "\tevidence := %s\n\trequire.Subset(t, sent, evidence)\n",
			evidence.source(1, 1+len("evidence := ")))
	}
	fmt.Fprintf(&b, "\trequire.False(t, all[i].%s, \"%s holds\")\n}\n", found.call, e.c.Property)
	if e.departs != "" {
		b.WriteString(e.fixedTest())
	}
	if e.Claim != "" {
		b.WriteString(e.claimSource())
	}
	return b.String()
}

// fixedTest is the test of the fix.
func (e *emitter) fixedTest() string {
	return "\n" + comment("", fmt.Sprintf(
		"Test%sFixed: the corrected system does not come through the schedule.", e.Name)) +
		fmt.Sprintf("func Test%[1]sFixed(t *testing.T) {\n"+
			"\tfixed, steps := %[2]sClaim(t).Fixed, %[2]sSchedule\n"+
			"\t_, _, departs := %[2]sReplay(fixed, steps)\n"+
			"\trequire.Equal(t, %[3]s, departs)\n}\n", e.Name, e.prefix, quoted(e.departs))
}

// claimSource is the function that finds the claim.
func (e *emitter) claimSource() string {
	return fmt.Sprintf("\n// %[1]sClaim finds the claim in the catalogue.\n"+
		"func %[1]sClaim(t *testing.T) claims.Claim {\n\tt.Helper()\n"+
		"\tall := claims.Catalogue()\n"+
		"\ti := slices.IndexFunc(all, func(c claims.Claim) bool { return c.ID == %[2]q })\n"+
		"\trequire.GreaterOrEqual(t, i, 0, \"the catalogue has no claim %[3]s\")\n"+
		"\treturn all[i]\n}\n", e.prefix, e.Claim, e.Claim)
}

// schedule is the table of the steps. A comment above each says what it changes.
func (e *emitter) schedule() string {
	var b strings.Builder
	b.WriteString("\n" + comment("", e.prefix+"Schedule is the run, step by step: who, what, on "+
		"which messages, and what must come of it."))
	fmt.Fprintf(&b, "var %[1]sSchedule = []%[1]sReplayStep{\n", e.prefix)
	for i, t := range e.c.Steps {
		says := fmt.Sprintf("Step %d, %s.", i+1, e.c.System.ProcessName(t.Process))
		if changes := spec.Changes(t.Before, t.After); len(changes) > 0 {
			says += " " + strings.Join(changes, "; ") + "."
		}
		b.WriteString(comment("\t", says))
		b.WriteString("\t" + e.step(t).source(1, 1) + ",\n")
	}
	b.WriteString("}\n")
	return b.String()
}

// step is one element of the table.
func (e *emitter) step(t model.Transition) literal {
	out := literal{braces: true, tall: true}
	add := func(key string, value literal) {
		value.key = key
		out.elements = append(out.elements, value)
	}
	if t.Process > 0 {
		add("Process", e.of(t.Process))
	}
	add("Step", e.of(t.Step))
	if t.Choice > 0 {
		add("Choice", e.of(t.Choice))
	}
	if len(t.Received) > 0 {
		add("Received", e.messages(t.Received))
	}
	add("After", e.of(t.After))
	if len(t.Sent) > 0 {
		add("Sent", e.messages(t.Sent))
	}
	return out
}

// replayFile is what the emitted tests share with this package.
//
//go:embed replay.go
var replayFile string

// replayName finds the names that replay.go declares.
var replayName = regexp.MustCompile(`\breplay([A-Z]\w*)?\b`)

// replaySource is replay.go, below its head, with names of the test's own.
func (e *emitter) replaySource() string {
	_, body, _ := strings.Cut(replayFile, "\n// replayStep ")
	return replayName.ReplaceAllString("\n// replayStep "+body, e.prefix+"Replay$1")
}

// comment breaks a text into lines of comment.
func comment(indent, text string) string {
	var b strings.Builder
	line := indent + "//"
	for _, word := range strings.Fields(text) {
		if utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > lineWidth &&
			line != indent+"//" {
			b.WriteString(line + "\n")
			line = indent + "//"
		}
		line += " " + word
	}
	return b.String() + line + "\n"
}

// quoted is a string as Go source, in several lines if it is long.
func quoted(text string) string {
	var lines []string
	line := ""
	for _, word := range strings.SplitAfter(text, " ") {
		if utf8.RuneCountInString(line)+utf8.RuneCountInString(word) > lineWidth-20 && line != "" {
			lines = append(lines, strconv.Quote(line))
			line = ""
		}
		line += word
	}
	return strings.Join(append(lines, strconv.Quote(line)), "+\n\t\t")
}
