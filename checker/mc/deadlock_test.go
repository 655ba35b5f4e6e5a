// SPDX-License-Identifier: Apache-2.0

package mc_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"viewstamp/checker/mc"
	"viewstamp/checker/mc/textbook"
)

// TestExpectedEndsAreNoDeadlocks: what the model declares is an end; a spent budget is named.
func TestExpectedEndsAreNoDeadlocks(t *testing.T) {
	for _, o := range []mc.Options{{}, {SleepSets: true}, {Plain: true}} {
		m := ring(3, 4)
		m.Ends = func(mc.State[local, token]) bool { return false }
		r, err := mc.Check(context.Background(), m, o)
		require.NoError(t, err)
		require.Equal(t, mc.Deadlock, r.Violated)
		require.Len(t, r.Counterexample, 8)
		require.Contains(t, r.Why, "in a state at depth 8 no step can change anything")
		require.Contains(t, r.Why, "spent there: the budget of passes")

		// A token that has been passed round four times may rest.
		m.Ends = func(s mc.State[local, token]) bool { return s.Local(1).Holds }
		r, err = mc.Check(context.Background(), m, o)
		require.NoError(t, err)
		require.Equal(t, mc.Holds, r.Verdict, r.Why)
	}
}

// TestDeadlockIsShownBeforeWhatIsDeeper: a deadlock counts before a property broken beyond it.
func TestDeadlockIsShownBeforeWhatIsDeeper(t *testing.T) {
	for _, plain := range []bool{false, true} {
		m := textbook.Philosophers(2, true)
		m.Always = []mc.Property[textbook.DiningState, textbook.DiningMessage]{{
			Name:  "NobodyEats",
			Local: func(_ int, l textbook.DiningState) bool { return !l.Eaten },
		}}
		r, err := mc.Check(context.Background(), m, mc.Options{Plain: plain})
		require.NoError(t, err)
		require.Equal(t, "NobodyEats", r.Violated)
		require.Less(t, len(r.Counterexample), 8)
		m.Always[0].Local = func(_ int, l textbook.DiningState) bool { return l.Served != 3 }
		r, err = mc.Check(context.Background(), m, mc.Options{Plain: plain})
		require.NoError(t, err)
		require.Equal(t, mc.Deadlock, r.Violated)
	}
}
