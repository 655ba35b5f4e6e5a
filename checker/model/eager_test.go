// SPDX-License-Identifier: Apache-2.0

package model

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"viewstamp/checker/mc"
	"viewstamp/spec"
	"viewstamp/spec/claims"
)

// With eager sends each small model and each quick claim has the verdict of the full search. A
// counterexample may be longer, never shorter.

// eagerly searches a system with eager sends, and with or without dead messages.
func eagerly(s spec.System, dead bool, properties []string) (
	mc.Result[spec.Process, spec.Message], error,
) {
	m := Build(s, properties...)
	if dead {
		m = BuildReduced(s, properties...)
	}
	return mc.Check(context.Background(), m, mc.Options{EagerSends: true, DeadMessages: dead})
}

func TestModelsHoldWithEagerSends(t *testing.T) {
	for _, e := range Models() {
		if e.Distinct > 20_000 || e.System.Bounds.Damages > 0 {
			continue
		}
		for _, dead := range []bool{false, true} {
			r, err := eagerly(e.System, dead, nil)
			require.NoError(t, err, e.Name)
			require.Equal(t, mc.Holds, r.Verdict, "%s: %s", e.Name, r.Why)
			require.LessOrEqual(t, r.Distinct, e.Distinct)
		}
	}
}

func TestClaimsWithEagerSends(t *testing.T) {
	decided := 0
	for _, c := range claims.Catalogue() {
		if c.Slow || c.States > 2_000 || c.Claimed.Bounds.Damages > 0 || forgets(c.Claimed) {
			continue
		}
		for _, property := range c.Properties { // Another one may come first.
			if c.Refuted != "" && property != c.Refuted {
				continue
			}
			for _, dead := range []bool{false, true} {
				r, err := eagerly(c.Claimed, dead, []string{property})
				if dead && err != nil { // A wrong claim is the business of dead_test.go.
					require.ErrorContains(t, err, "Dead is wrong about process", c.Name)
					continue
				}
				require.NoError(t, err, c.Name)
				decided++
				require.Equal(t, c.Refuted, r.Violated, "%s: %s", c.Name, r.Why)
				require.GreaterOrEqual(t, len(r.Counterexample), c.Steps, c.Name)
			}
		}
	}
	require.Positive(t, decided)
}
