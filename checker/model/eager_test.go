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

// eagerly searches a system with eager sends.
func eagerly(s spec.System, properties []string) (mc.Result[spec.Process, spec.Message], error) {
	return mc.Check(context.Background(), Build(s, properties...),
		mc.Options{EagerSends: true})
}

func TestModelsHoldWithEagerSends(t *testing.T) {
	for _, e := range Models() {
		if e.Distinct > 20_000 || e.System.Bounds.Damages > 0 {
			continue
		}
		r, err := eagerly(e.System, nil)
		require.NoError(t, err, e.Name)
		require.Equal(t, mc.Holds, r.Verdict, "%s: %s", e.Name, r.Why)
		require.LessOrEqual(t, r.Distinct, e.Distinct)
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
			r, err := eagerly(c.Claimed, []string{property})
			require.NoError(t, err, c.Name)
			decided++
			require.Equal(t, c.Refuted, r.Violated, "%s: %s", c.Name, r.Why)
			require.GreaterOrEqual(t, len(r.Counterexample), c.Steps, c.Name)
		}
	}
	require.Positive(t, decided)
}
