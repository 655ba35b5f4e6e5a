// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"viewstamp/checker/model"
	"viewstamp/checker/mutants"
	"viewstamp/spec/claims"
)

// What the README says in numbers is computed here. A block between <!-- NAME --> and <!-- end -->
// is compared, and written anew by: go test ./checker/cli -run Readme -update

var update = flag.Bool("update", false, "write the computed blocks into the README")

// block finds the computed parts of the README.
var block = regexp.MustCompile(`(?s)<!-- (\w+) -->\n(.*?)<!-- end -->`)

func TestReadmeIsCurrent(t *testing.T) {
	const path = "../../README.md"
	before, err := os.ReadFile(path)
	require.NoError(t, err)
	blocks := map[string]string{
		"models": modelsBlock(), "claims": claimsBlock(), "mutants": mutantsBlock()}
	found := 0
	after := block.ReplaceAllStringFunc(string(before), func(old string) string {
		name := block.FindStringSubmatch(old)[1]
		content, ok := blocks[name]
		require.True(t, ok, "README.md has a block %q that nobody computes", name)
		found++
		return fmt.Sprintf("<!-- %s -->\n%s<!-- end -->", name, content)
	})
	require.Equal(t, len(blocks), found, "blocks in README.md")
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(after), 0o644))
		return
	}
	require.Equal(t, after, string(before),
		"README.md is old; write it anew: go test ./checker/cli -run Readme -update")
}

// modelsBlock is the table of the models.
func modelsBlock() string {
	var b strings.Builder
	b.WriteString("| model | bounds | states | steps to the furthest |\n|---|---|---|---|\n")
	for _, e := range model.Models() {
		fmt.Fprintf(&b, "| `%s`: %s | %s | %s | %d |\n", e.Name, e.What,
			boundsText(e.System.Bounds), number(e.Distinct), e.Depth)
	}
	return b.String()
}

// claimsBlock is the table of the claims.
func claimsBlock() string {
	var b strings.Builder
	b.WriteString("| id | claim | verdict |\n|---|---|---|\n")
	for _, c := range claims.Catalogue() {
		verdict := "holds"
		if c.Refuted != "" {
			verdict = fmt.Sprintf("**refuted**: %s, %d steps", c.Refuted, c.Steps)
		}
		fmt.Fprintf(&b, "| %s | `%s`: %s | %s |\n", c.ID, c.Name, c.Statement, verdict)
	}
	return b.String()
}

// mutantsBlock counts the mutants and lists those of the implementation.
func mutantsBlock() string {
	var b strings.Builder
	count := map[string]int{}
	for _, m := range mutants.All() {
		count[m.In]++
	}
	fmt.Fprintf(&b, "There are %d wrong variants of the model, all found by the model checker; "+
		"%d of the checkers, found by recorded histories and traces; and %d of the "+
		"implementation:\n\n| fault in the implementation | found by |\n|---|---|\n",
		count["spec"], count["checker"], count["impl"])
	for _, m := range mutants.ImplMutants() {
		fmt.Fprintf(&b, "| `%s`: %s | %s |\n", m.Name, m.What, m.By)
	}
	return b.String()
}
