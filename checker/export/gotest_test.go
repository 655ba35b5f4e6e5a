// SPDX-License-Identifier: Apache-2.0

package export

import (
	"bytes"
	"context"
	"flag"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"viewstamp/checker/mc"
	"viewstamp/checker/model"
	"viewstamp/spec"
	"viewstamp/spec/claims"
)

// The emitted tests of two claims are files of this package: they are compiled and run with it,
// and compared with what is emitted today.

var update = flag.Bool("update", false, "write the emitted tests again")

// find searches a system of a claim for its counterexample.
func find(t *testing.T, s spec.System, properties ...string) Counterexample {
	t.Helper()
	r, err := mc.Check(context.Background(), model.Build(s, properties...), mc.Options{})
	require.NoError(t, err)
	require.Equal(t, mc.Refuted, r.Verdict, r.Why)
	return Counterexample{s, r.Violated, r.Counterexample}
}

// named finds a claim.
func named(t *testing.T, id string) claims.Claim {
	t.Helper()
	all := claims.Catalogue()
	i := slices.IndexFunc(all, func(c claims.Claim) bool { return c.ID == id })
	require.GreaterOrEqual(t, i, 0, id)
	return all[i]
}

// again is how to write the emitted tests after a change.
const again = "go test ./checker/export -run TestEmittedTestsAreCurrent -update"

func TestEmittedTestsAreCurrent(t *testing.T) {
	for _, emitted := range []struct{ claim, name, file string }{
		{"C-001", "StateTransfer", "emitted_state_transfer_test.go"},
		{"C-105d", "ResumeAsPrimary", "emitted_resume_as_primary_test.go"},
	} {
		t.Run(emitted.name, func(t *testing.T) {
			c := named(t, emitted.claim)
			system := c.Claimed
			if len(c.Shown.Protocol.Steps) > 0 {
				system = c.Shown
			}
			var b bytes.Buffer
			require.NoError(t, GoTest(&b, Test{Package: "export_test", Name: emitted.name,
				Claim: c.ID, Source: again}, find(t, system, c.Properties...)))
			if *update {
				require.NoError(t, os.WriteFile(emitted.file, b.Bytes(), 0o600))
			}
			recorded, err := os.ReadFile(emitted.file)
			require.NoError(t, err)
			require.Equal(t, b.String(), string(recorded), "the file is old; write it again:\n%s", again)
			for i, line := range strings.Split(b.String(), "\n") {
				require.LessOrEqual(t, utf8.RuneCountInString(line), 100, "line %d", i+1)
			}
		})
	}
}
