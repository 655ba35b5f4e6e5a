// SPDX-License-Identifier: Apache-2.0

package spec_test

import (
	"math/bits"
	"testing"

	"github.com/stretchr/testify/require"

	"viewstamp/spec"
)

// Quorum arithmetic: each formula on sizes is compared with a search over all sets of replicas, for
// groups of up to six. A set is a bit mask.

const largestGroup = 6

// sets lists the sets of size at least k of n replicas.
func sets(n, k int) []uint {
	var all []uint
	for s := range uint(1) << n {
		if bits.OnesCount(s) >= k {
			all = append(all, s)
		}
	}
	return all
}

// meet says whether each set of one list shares a replica with each of the other.
func meet(one, other []uint) bool {
	for _, a := range one {
		for _, b := range other {
			if a&b == 0 {
				return false
			}
		}
	}
	return true
}

// eachSize calls a function for each group and each two sizes in it.
func eachSize(f func(n, commit, change int)) {
	for n := 1; n <= largestGroup; n++ {
		for commit := 1; commit <= n; commit++ {
			for change := 1; change <= n; change++ {
				f(n, commit, change)
			}
		}
	}
}

// A quorum that commits meets one that changes views if and only if the sizes add up to more than
// N.
func TestCommitMeetsViewChange(t *testing.T) {
	eachSize(func(n, commit, change int) {
		require.Equal(t, commit+change > n, meet(sets(n, commit), sets(n, change)),
			"n=%d commit=%d change=%d", n, commit, change)
	})
}

// Two quorums of N − F meet, and none smaller than that does so at every N. That of f+1 is one too
// few at even sizes.
func TestQuorumOfConfiguration(t *testing.T) {
	tooFew := 0
	for n := 1; n <= largestGroup; n++ {
		c := spec.Configuration{N: n}
		require.True(t, meet(sets(n, c.Quorum()), sets(n, c.Quorum())), "n=%d", n)
		require.False(t, meet(sets(n, c.Quorum()-1), sets(n, c.Quorum()-1)), "n=%d", n)
		if fPlusOne := sets(n, c.F()+1); !meet(fPlusOne, fPlusOne) {
			require.Zero(t, n%2, "f+1 of %d", n)
			tooFew++
		}
	}
	require.Equal(t, largestGroup/2, tooFew)
}

// An entry may be discarded if so many replicas deny that they have it that the rest is no quorum:
// the others who deny it are N − Qr if the new primary lacks it too, one more if its own copy
// cannot be read.
func TestDiscard(t *testing.T) {
	for n := 1; n <= largestGroup; n++ {
		for commit := 1; commit <= n; commit++ {
			for others := range n {
				// Who has not denied it may have acknowledged it; a broken own copy may have too.
				for broken, need := range []int{n - commit, n - commit + 1} {
					acknowledged := n - 1 - others + broken
					require.Equal(t, others >= need, acknowledged < commit,
						"n=%d commit=%d others=%d broken=%d", n, commit, others, broken)
				}
			}
		}
	}
}

// The answers to a recovery must meet every quorum that committed and every one that changed views,
// without the replica that recovers: max(N − Qr, N − Qv) + 1 of the others.
func TestRecoveryMeetsBoth(t *testing.T) {
	eachSize(func(n, commit, change int) {
		if commit == 1 || change == 1 { // Nobody else knows.
			return
		}
		const self = uint(1) // It counted in the quorum, and has forgotten.
		for size := 1; size < n; size++ {
			meets := true
			for _, answered := range sets(n, size) {
				if answered&self != 0 || bits.OnesCount(answered) != size {
					continue
				}
				for _, a := range sets(n, commit) {
					meets = meets && answered&a&^self != 0
				}
				for _, v := range sets(n, change) {
					meets = meets && answered&v&^self != 0
				}
			}
			require.Equal(t, size >= max(n-commit, n-change)+1, meets,
				"n=%d commit=%d change=%d answers=%d", n, commit, change, size)
		}
	})
}

// The leases of a primary and of so many others meet every quorum that changes views if these
// others are N − Qv: the primary's own part in it ends its reads.
func TestLeasesMeetViewChange(t *testing.T) {
	eachSize(func(n, others, change int) {
		const primary = uint(1)
		meets := true
		for _, given := range sets(n, others) {
			if given&primary == 0 && bits.OnesCount(given) == others {
				for _, v := range sets(n, change) {
					meets = meets && (given|primary)&v != 0
				}
			}
		}
		if others < n { // There are so many others.
			require.Equal(t, others >= n-change, meets, "n=%d others=%d change=%d", n, others, change)
		}
	})
}
