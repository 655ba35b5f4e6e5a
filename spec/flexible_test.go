// SPDX-License-Identifier: Apache-2.0

package spec_test

import (
	"math/bits"
	"testing"

	"github.com/stretchr/testify/require"

	"viewstamp/spec"
)

// Flexible quorums: each size that a Configuration gives is the smallest one that a search over all
// sets of up to six replicas finds. So a formula that is off by one, either way, fails here.

// flexible lists the safe configurations of up to six replicas.
func flexible(t require.TestingT) []spec.Configuration {
	var all []spec.Configuration
	eachSize(func(n, commit, change int) {
		c := spec.Configuration{N: n, Commit: commit, Change: change}
		safe := meet(sets(n, commit), sets(n, change))
		require.Equal(t, safe, c.Validate() == nil, "%+v: %v", c, c.Validate())
		if safe {
			all = append(all, c)
		}
	})
	return all
}

// exactly lists the sets of size k of the replicas other than replica 0.
func exactly(n, k int) []uint {
	var all []uint
	for _, s := range sets(n, k) {
		if bits.OnesCount(s) == k && s&1 == 0 {
			all = append(all, s)
		}
	}
	return all
}

// smallest is the smallest size from 0 to n that passes; -1 if none does.
func smallest(n int, passes func(size int) bool) int {
	for size := 0; size <= n; size++ {
		if passes(size) {
			return size
		}
	}
	return -1
}

// A replica that reads needs so many heads, its own among them, that it meets each commit.
func TestReadQuorumIsSmallest(t *testing.T) {
	for _, c := range flexible(t) {
		require.Equal(t, c.ReadQuorum(), smallest(c.N, func(size int) bool {
			return meet(sets(c.N, size), sets(c.N, c.CommitQuorum()))
		}), "%+v", c)
	}
}

// A primary, here replica 0, needs leases of so many others that each view change meets one of
// them or itself.
func TestLeaseOthersAreFewest(t *testing.T) {
	for _, c := range flexible(t) {
		require.Equal(t, c.LeaseOthers(), smallest(c.N-1, func(size int) bool {
			var leased []uint
			for _, s := range exactly(c.N, size) {
				leased = append(leased, s|1)
			}
			return meet(leased, sets(c.N, c.ChangeQuorum()))
		}), "%+v", c)
	}
}

// A replica that has forgotten all, here replica 0, needs the answers of so many others that they
// meet, without it, each commit and each view change. Where a quorum of one is allowed nobody else
// may know, and no number is enough.
func TestRecoveryQuorumIsSmallest(t *testing.T) {
	for _, c := range flexible(t) {
		found := smallest(c.N-1, func(size int) bool {
			answers, without := exactly(c.N, size), func(k int) []uint {
				var all []uint
				for _, s := range sets(c.N, k) {
					all = append(all, s&^1)
				}
				return all
			}
			return meet(answers, without(c.CommitQuorum())) && meet(answers, without(c.ChangeQuorum()))
		})
		if c.CommitQuorum() == 1 || c.ChangeQuorum() == 1 {
			require.Negative(t, found, "%+v", c)
			continue
		}
		require.Equal(t, c.RecoveryQuorum(), found, "%+v", c)
	}
}

// An operation outlives d unreadable copies in each view change if and only if a commit and a view
// change share more than d replicas.
func TestUnreadableCopies(t *testing.T) {
	for _, c := range flexible(t) {
		for d := range c.N {
			readable := true
			for _, acked := range sets(c.N, c.CommitQuorum()) {
				for _, change := range sets(c.N, c.ChangeQuorum()) {
					readable = readable && bits.OnesCount(acked&change) > d
				}
			}
			require.Equal(t, c.CommitQuorum()+c.ChangeQuorum()-c.N > d, readable, "%+v, d=%d", c, d)
		}
	}
}

// An entry that no replica of a set has, and that so cannot be committed: the set denies it. It
// must be so large that what is left is no quorum that commits.
func TestDenialsOverSets(t *testing.T) {
	for _, c := range flexible(t) {
		found := smallest(c.N, func(size int) bool {
			for _, denied := range sets(c.N, size) {
				for _, acked := range sets(c.N, c.CommitQuorum()) {
					if acked&denied == 0 {
						return false
					}
				}
			}
			return true
		})
		// With its own copy absent the new primary counts itself, and with a broken one it does not.
		require.Equal(t, c.N-c.CommitQuorum()+1, found, "%+v", c)
	}
}

// The sizes of TigerBeetle in 2022 for each group: a commit of at most three, the smallest safe
// view change that is a majority, and what can fail.
func TestSizesOfTigerBeetle(t *testing.T) {
	for n, want := range []struct{ commit, change, commitFailures, changeFailures, smallest int }{
		{}, {1, 1, 0, 0, 1}, {2, 2, 0, 0, 1}, {2, 2, 1, 1, 2}, {3, 3, 1, 1, 2}, {3, 3, 2, 2, 3},
		{3, 4, 3, 2, 4},
	} {
		if n == 0 {
			continue
		}
		majority := n/2 + 1
		commit := min(3, majority)
		change := max(n-commit+1, majority)
		require.Equal(t, want.commit, commit, "n=%d", n)
		require.Equal(t, want.change, change, "n=%d", n)
		require.NoError(t, spec.Configuration{N: n, Commit: commit, Change: change}.Validate())
		require.Equal(t, want.commitFailures, n-commit, "n=%d", n)
		require.Equal(t, want.changeFailures, n-change, "n=%d", n)
		require.Equal(t, want.smallest, smallest(n, func(size int) bool {
			return meet(sets(n, commit), sets(n, size))
		}), "n=%d", n)
	}
}

// Groups of 2f+1 with f witnesses: any f failures leave an active replica, and one witness more
// would not.
func TestWitnessesLeaveAnActiveReplica(t *testing.T) {
	for n := 1; n <= largestGroup; n++ {
		for witnesses := range n + 1 {
			c := spec.Configuration{N: n, Witnesses: witnesses}
			active := uint(1)<<max(c.Active(), 0) - 1
			left := meet([]uint{active}, sets(n, n-c.F()))
			require.Equal(t, left, c.Validate() == nil, "%+v: %v", c, c.Validate())
		}
	}
}

// What is wrong with a configuration is said.
func TestUnsafeConfigurationIsRefused(t *testing.T) {
	for want, c := range map[string]spec.Configuration{
		"a group of 0 replicas":                             {},
		"2 witnesses of 3 replicas: want at most 1":         {N: 3, Witnesses: 2},
		"quorums of 5 and 2 of 3 replicas: want 1 to 3":     {N: 3, Commit: 5},
		"miss each other among 4 replicas: want a sum abov": {N: 4, Commit: 2, Change: 2},
	} {
		require.ErrorContains(t, c.Validate(), want)
	}
}
