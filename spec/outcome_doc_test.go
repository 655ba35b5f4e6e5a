// SPDX-License-Identifier: Apache-2.0

package spec_test

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"viewstamp/spec"
)

// OUTCOMES.md is the table of all cases and the examples of the reasons, to read. It is computed:
// go test ./spec -run Outcomes -update

var update = flag.Bool("update", false, "write the computed documents of this folder")

const outcomesHead = `# What becomes of a message

Computed from ` + "`outcomes.go`" + ` and the examples in the tests; write it anew with
` + "`go test ./spec -run Outcomes -update`" + `.

A cell says which step takes the message, and in *italics* for which reasons none may, in the order
of the guards. Of several steps in a cell one is taken, or more. Three parts are for a message of an
older view, the same view and a newer one; one part is for all. "–" cannot occur: no run of
these protocols reaches it. An implementation ignores and counts such messages.

The protocols of the first four tables are that of §4.1, §4.2 and §5.2, recovery (§4.3) with the
view-number on disk and with crash vectors, reads at the primary (§6.3.1), clients that recover
(§4.5), and damaged disks; in all of them there is one epoch. The tables after them have what
reconfiguration (§7), checkpoints (§5.1), the optimisations and lost disks add or decide otherwise.

` + "`go test ./spec ./checker/model -run Outcomes`" + ` compares the table with the
steps: in random walks, in states made by hand, and in all reachable states of small models.

A message of which a quorum is needed is counted at once; the step is taken when there are enough.
`

// cellText is one cell.
func cellText(d spec.Decision) string {
	if d.CannotOccur() {
		return "–"
	}
	parts := slices.Clone(d.Steps)
	if len(d.Ignored) > 0 {
		words := make([]string, len(d.Ignored))
		for i, why := range d.Ignored {
			words[i] = string(why)
		}
		parts = append(parts, "*"+strings.Join(words, ", ")+"*")
	}
	return strings.Join(parts, ", ")
}

// rowText is one row: the cells of one message, or step, at some roles.
func (o outcomeTable) rowText(kind spec.Kind, step string, roles []spec.Role) string {
	name := step
	if kind > 0 {
		name = kind.String()
	}
	row := "| " + name
	some := false
	for _, role := range roles {
		var views []string
		for _, view := range o.relations {
			at := cell{kind, step, role, view}
			for _, d := range decided(o.all, at) {
				if slices.Contains(o.cells(), at) {
					views = append(views, cellText(d))
				}
				some = some || len(decided(o.own, at)) > 0
			}
		}
		if len(slices.Compact(slices.Clone(views))) == 1 {
			views = views[:1]
		}
		row += " | " + strings.Join(views, " / ")
	}
	if !some {
		return ""
	}
	return row + " |\n"
}

// tablesText is the four parts of a table: what replicas and clients receive, and do of themselves.
func (o outcomeTable) tablesText(prefix string) string {
	var b strings.Builder
	groups := []struct{ title, first string }{
		{"Replicas: messages", "message"}, {"Replicas: timers and crashes", "step"},
		{"Clients: messages", "message"}, {"Clients: their own steps", "step"}}
	for i, group := range groups {
		var roles []spec.Role
		for _, role := range o.roles {
			if role.OfClient() == (i >= 2) {
				roles = append(roles, role)
			}
		}
		rows := ""
		written := make(map[string]bool)
		for _, c := range o.cells() {
			name := c.step + c.kind.String()
			if (c.kind > 0) == (i%2 == 0) && slices.Contains(roles, c.role) && !written[name] {
				written[name] = true
				rows += o.rowText(c.kind, c.step, roles)
			}
		}
		if rows == "" {
			continue
		}
		fmt.Fprintf(&b, "\n%s %s\n\n| %s", prefix, group.title, group.first)
		for _, role := range roles {
			fmt.Fprintf(&b, " | %v", role)
		}
		b.WriteString(" |\n|---" + strings.Repeat("|---", len(roles)) + "|\n" + rows)
	}
	return b.String()
}

// epochHead explains the tables of epochs.
const epochHead = `
## Reconfiguration

What is added or decided otherwise where groups change (§7); all else is as above. Epochs are
compared first: five parts are for a message of an older epoch, of an older view in the same epoch,
the same view, a newer one, and of a newer epoch; three parts are for messages that name an epoch
and no view.
`

// outcomesDocument is the whole document.
func outcomesDocument() string {
	var b strings.Builder
	b.WriteString(outcomesHead + firstTable(spec.Outcomes()).tablesText("##"))
	b.WriteString(epochHead + epochTable().tablesText("###"))
	for _, o := range partTables() {
		fmt.Fprintf(&b, "\n## %s\n\nWhat is added or decided otherwise; all else is as in the first "+
			"four tables.\n%s", o.name, o.tablesText("###"))
	}
	b.WriteString("\n## Why nothing happens\n\nEach reason with an example, which a test " +
		"executes.\n\n| reason | step | example |\n|---|---|---|\n")
	for _, group := range append(allExamples(), exampleGroup{examples: countingExamples()}) {
		for _, e := range group.examples {
			fmt.Fprintf(&b, "| %s | %s | %s |\n", e.why, e.step, e.story)
		}
	}
	return b.String()
}

// sameDocument compares a computed document with the file, or writes it.
func sameDocument(t *testing.T, path, computed string) {
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(computed), 0o644))
		return
	}
	written, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, computed, string(written), "%s is old; write it anew: go test ./spec -run "+
		"%s -update", path, t.Name())
}

func TestOutcomesDocumentIsCurrent(t *testing.T) {
	sameDocument(t, "OUTCOMES.md", outcomesDocument())
}
