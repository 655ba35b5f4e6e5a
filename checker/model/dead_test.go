// SPDX-License-Identifier: Apache-2.0

package model

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"viewstamp/checker/mc"
	"viewstamp/spec"
	"viewstamp/spec/claims"
)

// Without dead messages each model and each claim has the verdict of the full search, and each
// counterexample its length. The slow ones are left to vsrcheck model -all -reduce dead.

// reduced searches a system without dead messages.
func reduced(s spec.System, properties []string) (mc.Result[spec.Process, spec.Message], error) {
	return mc.Check(context.Background(), BuildReduced(s, properties...),
		mc.Options{DeadMessages: true, SleepSets: true})
}

func TestModelsHoldWithoutDeadMessages(t *testing.T) {
	for _, e := range append(Models(), Larger()...) {
		if e.Distinct > 120_000 && e.Name != "whole-protocol" || e.System.Bounds.Damages > 0 {
			continue
		}
		t.Run(e.Name, func(t *testing.T) {
			r, err := reduced(e.System, nil)
			require.NoError(t, err)
			require.Equal(t, mc.Holds, r.Verdict, r.Why)
			if e.Reduced {
				require.Equal(t, []int64{e.Distinct, int64(e.Depth)}, []int64{r.Distinct, int64(r.Depth)})
			}
		})
	}
}

// TestClaimsWithoutDeadMessages: the same verdicts, or the claim about dead messages is caught
// where replicas forget their view: it would have hidden what such a protocol does wrong.
func TestClaimsWithoutDeadMessages(t *testing.T) {
	caught := 0
	for _, c := range claims.Catalogue() {
		if c.Slow || c.States > 10_000 && c.Claimed.Bounds.Damages > 0 {
			continue // Many messages are known of damaged disks, and each is tested with all others.
		}
		t.Run(c.ID, func(t *testing.T) {
			r, err := reduced(c.Claimed, c.Properties)
			if forgets(c.Claimed) {
				require.Error(t, err, c.Name)
			}
			if err != nil {
				require.ErrorContains(t, err, "Dead is wrong about process", c.Name)
				// What is claimed of STARTVIEW knows of this property.
				require.NotEqual(t, "NormalHasStart", c.Refuted, c.Name)
				caught++
				return
			}
			require.Equal(t, c.Refuted, r.Violated, "%s: %s", c.Name, r.Why)
			require.Len(t, r.Counterexample, c.Steps, c.Name)
		})
	}
	require.Positive(t, caught)
}

// forgets says whether replicas of the system go back to an earlier view or status.
func forgets(s spec.System) bool {
	for _, step := range s.Protocol.Steps {
		if step.Name == "Crash" {
			return true
		}
	}
	return strings.HasSuffix(s.Name, "view-not-durable") || s.Name == "resume-as-primary"
}

// TestReductionSaves: the point of it.
func TestReductionSaves(t *testing.T) {
	e, _ := Find("whole-protocol")
	r, err := reduced(e.System, nil)
	require.NoError(t, err)
	require.Equal(t, int64(6925), r.Distinct)
	require.Equal(t, int64(965_790), e.Distinct)
}
