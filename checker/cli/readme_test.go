// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"viewstamp/checker/model"
	"viewstamp/checker/mutants"
	"viewstamp/checker/tlc"
	"viewstamp/spec/claims"
)

// What the pages say in numbers is computed here. A block between <!-- NAME --> and <!-- end --> is
// compared, and written anew by: go test ./checker/cli -run Readme -update

var update = flag.Bool("update", false, "write the computed blocks into the pages")

// block finds the computed parts of a page.
var block = regexp.MustCompile(`(?s)<!-- (\w+) -->\n(.*?)<!-- end -->`)

// pages are those with computed blocks.
var pages = map[string]map[string]func() string{
	"README.md": {
		"models": defaultModelsBlock, "claims": firstClaimsBlock, "mutants": mutantsBlock},
	"checker/model/MODELS.md": {"models": modelsBlock},
	"spec/claims/CLAIMS.md":   {"claims": claimsBlock},
	"tla/README.md":           {"parts": tlc.PartsTable, "runs": twinsBlock},
}

func TestReadmeIsCurrent(t *testing.T) {
	for page, blocks := range pages {
		path := "../../" + page
		before, err := os.ReadFile(path)
		require.NoError(t, err)
		found := 0
		after := block.ReplaceAllStringFunc(string(before), func(old string) string {
			name := block.FindStringSubmatch(old)[1]
			content, ok := blocks[name]
			require.True(t, ok, "%s has a block %q that nobody computes", page, name)
			found++
			return fmt.Sprintf("<!-- %s -->\n%s<!-- end -->", name, content())
		})
		require.Equal(t, len(blocks), found, "blocks in %s", page)
		if *update {
			require.NoError(t, os.WriteFile(path, []byte(after), 0o644))
			continue
		}
		require.Equal(t, after, string(before),
			"%s is old; write it anew: go test ./checker/cli -run Readme -update", page)
	}
}

// modelsBlock is the table of the models.
func modelsBlock() string { return modelsTable(func(model.Entry) bool { return true }) }

// defaultModelsBlock is the table of those models that show the most in the least time.
func defaultModelsBlock() string {
	shown := []string{"normal-operation", "view-change", "restart", "whole-protocol",
		"two-view-changes", "checkpoints-restart", "damaged-disk", "damaged-disk-and-restart",
		"reconfiguration-back", "reconfiguration-replace-all", "reconfiguration-clients"}
	return modelsTable(func(e model.Entry) bool { return slices.Contains(shown, e.Name) })
}

// modelsTable lists the models that are shown.
func modelsTable(shown func(model.Entry) bool) string {
	var b strings.Builder
	b.WriteString("| model | bounds | states | steps to the furthest |\n|---|---|---|---|\n")
	for _, e := range model.Models() {
		if shown(e) {
			fmt.Fprintf(&b, "| `%s`: %s | %s | %s | %d |\n", e.Name, e.What,
				boundsText(e.System.Bounds), number(e.Distinct), e.Depth)
		}
	}
	return b.String()
}

// twinsBlock is the table of what TLC has counted.
func twinsBlock() string {
	manifest, err := tlc.ReadManifest("../../tla")
	if err != nil {
		return err.Error() + "\n"
	}
	return manifest.Table()
}

// claimsBlock is the table of the claims.
func claimsBlock() string { return claimsTable(func(claims.Claim) bool { return true }) }

// firstClaimsBlock is the count of the claims, and those that tell the most.
func firstClaimsBlock() string {
	shown := []string{"C-001", "C-002a", "C-003", "C-009", "C-017a", "C-101", "C-101b", "C-102",
		"C-105a", "C-110", "C-113", "C-122b", "C-202", "C-302a", "C-302q", "C-401c", "C-501",
		"C-602a"}
	refuted := 0
	for _, c := range claims.Catalogue() {
		if c.Refuted != "" {
			refuted++
		}
	}
	return fmt.Sprintf("%d claims so far: %d hold within their bounds, %d are refuted. "+
		"[All of them](spec/claims/CLAIMS.md); some:\n\n", len(claims.Catalogue()),
		len(claims.Catalogue())-refuted, refuted) +
		claimsTable(func(c claims.Claim) bool { return slices.Contains(shown, c.ID) })
}

// claimsTable lists the claims that are shown.
func claimsTable(shown func(claims.Claim) bool) string {
	var b strings.Builder
	b.WriteString("| id | claim | verdict |\n|---|---|---|\n")
	for _, c := range claims.Catalogue() {
		if !shown(c) {
			continue
		}
		verdict := "holds"
		if c.Refuted != "" {
			verdict = fmt.Sprintf("**refuted**: %s, %d steps", c.Refuted, c.Steps)
		}
		fmt.Fprintf(&b, "| %s | `%s`: %s | %s |\n", c.ID, c.Name, c.Statement, verdict)
	}
	return b.String()
}

// mutantsBlock counts the mutants, and the rows of the catalogue of faults.
func mutantsBlock() string {
	count := map[string]int{}
	for _, m := range mutants.All() {
		count[m.In]++
	}
	apply, bold := 0, 0
	for _, row := range mutants.Rows() {
		if len(row.Trials) > 0 {
			apply++
			bold += len(row.Must) - len(row.Not)
		}
	}
	return fmt.Sprintf("There are %d wrong variants of the model, %d of the implementation and %d of "+
		"the checkers. [MUTANTS.md](checker/mutants/MUTANTS.md) is the catalogue that they come "+
		"from: %d faults, of which %d can be made here; for each of them the layers that must see "+
		"it, %d in all, and the first seed, state or image in which they do.\n",
		count["spec"], count["impl"], count["checker"], len(mutants.Rows()), apply, bold)
}
