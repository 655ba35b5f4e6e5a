// SPDX-License-Identifier: Apache-2.0

package vsr

// The rule of the new primary for entries that nobody supplies, case by case. That it is the rule
// of the spec the checker of traces shows.

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// gapCase is what one DOVIEWCHANGE says about entry 4 of a log of view 2, whose first three entries
// are of view 0 or 1. The names of the log at 3 and 4 are known.
type gapCase struct {
	what string
	vote DoViewChange
	want Vote
}

// gapCases: the log above is that of chain, in which all entries are of view 0.
func gapCases() []gapCase {
	l := log{entries: chain(5)}
	other := log{entries: append(append([]Entry(nil), chain(2)...), forkAbove(2, 3)...)}
	return []gapCase{
		{"it has the entry", DoViewChange{Log: l.suffix(2, 4, 1<<20)}, VoteHas},
		{"it has the entry under that name, and no bodies", DoViewChange{
			Log: l.suffix(5, 5, 1<<20), Lost: []LostRange{{l.nameAt(3), l.nameAt(4)}}}, VoteHasLost},
		{"it has lost more", DoViewChange{Log: l.suffix(5, 5, 1<<20),
			Lost: []LostRange{{l.nameAt(1), l.nameAt(4)}}}, VoteHasLost},
		{"its log ends below", DoViewChange{Log: l.suffix(0, 3, 1<<20)}, VoteDenies},
		{"its log ends below, and it has lost entries there", DoViewChange{
			Log: l.suffix(3, 3, 1<<20), Lost: []LostRange{{l.nameAt(1), l.nameAt(2)}}}, VoteDenies},
		{"its head is unknown", DoViewChange{LastNormalView: 2, HeadUnknown: true,
			Log: l.suffix(0, 3, 1<<20)}, VoteDoesNotKnow},
		{"its head is unknown, and its view earlier", DoViewChange{HeadUnknown: true,
			Log: l.suffix(0, 3, 1<<20)}, VoteDoesNotKnow},
		{"it has another log", DoViewChange{Log: other.suffix(2, 5, 1<<20)}, VoteDenies},
		{"it has a log under an unknown name", DoViewChange{Log: l.suffix(5, 5, 1<<20)},
			VoteDoesNotKnow},
	}
}

// forkAbove is other entries than those of chain, above n.
func forkAbove(n OpNumber, count int) []Entry {
	l := log{entries: chain(int(n))}
	parent := l.name().Checksum
	var entries []Entry
	for i := range count {
		e := Entry{ViewNumber: 1, ClientID: ClientID{99}, RequestNumber: RequestNumber(i + 1)}
		e.Checksum = ChecksumOf(parent, &e)
		parent = e.Checksum
		entries = append(entries, e)
	}
	return entries
}

func TestVotesOnAGap(t *testing.T) {
	l := log{entries: chain(5)}
	r, err := New(Config{Replicas: 3}, &chainService{}, Durable{}, true)
	require.NoError(t, err)
	vote := &DoViewChange{From: 1, ViewNumber: 3, LastNormalView: 2, Log: l.suffix(5, 5, 1<<20),
		Lost: []LostRange{{l.nameAt(3), l.nameAt(4)}}}
	for _, test := range gapCases() {
		g := &gap{vote: vote, below: l.nameAt(3), name: l.nameAt(4)}
		test.vote.From = 2
		require.Equal(t, test.want, r.voteOn(g, &test.vote), test.what)
		// If the entry is certainly of view 2, a replica that was not Normal there has not
		// acknowledged it, whatever else it has lost.
		g.ofView = true
		if test.vote.HeadUnknown && test.vote.LastNormalView < 2 {
			test.want = VoteDenies
		}
		require.Equal(t, test.want, r.voteOn(g, &test.vote), test.what)
		// Of a range only the end has a name: another name there says nothing about its beginning.
		g = &gap{vote: vote, below: l.nameAt(3), name: l.nameAt(5)}
		if longer := forkAbove(4, 1); test.what == "it has the entry" {
			both := log{entries: append(append([]Entry(nil), chain(4)...), longer...)}
			d := DoViewChange{From: 2, Log: both.suffix(2, 5, 1<<20)}
			require.Equal(t, VoteDoesNotKnow, r.voteOn(g, &d), "another name above the first entry")
		}
	}
}

// TestOwnEntryIsNotDropped: a new primary whose own log may go as far as the gap under the same
// name drops nothing, however many deny it.
func TestOwnEntryIsNotDropped(t *testing.T) {
	l := log{entries: chain(6)}
	for _, test := range []struct {
		own  OpNumber
		want bool
	}{{3, true}, {4, false}} {
		disk := Durable{ViewNumber: 5, Log: chain(int(test.own))}
		r, err := New(Config{Replicas: 5}, &chainService{}, disk, false)
		require.NoError(t, err)
		for _, from := range []ReplicaNumber{1, 2} {
			r.Receive(0, &StartViewChange{from, 5})
		}
		r.Persisted(r.held.written)
		vote := &DoViewChange{From: 1, ViewNumber: 5, Log: l.suffix(5, 5, 1<<20),
			Lost: []LostRange{{l.nameAt(3), l.nameAt(5)}}}
		r.Receive(0, vote)
		for _, from := range []ReplicaNumber{2, 3, 4} {
			r.Receive(0, &DoViewChange{From: from, ViewNumber: 5, Log: l.suffix(0, 3, 1<<20)})
		}
		require.NotNil(t, r.fetch)
		r.fetch.attempts = 2
		g := r.gapOf(vote)
		require.NotNil(t, g)
		require.Equal(t, OpNumber(4), g.first())
		require.Equal(t, test.want, r.drops(g))
	}
}

// TestLostAndLittleRoom: what is lost keeps the disk from freeing anything, so a replica goes to no
// other view on the last of the room; the log of one it takes.
func TestLostAndLittleRoom(t *testing.T) {
	l := log{entries: chain(3)}
	disk := Durable{Log: chain(3), Lost: []LostEntries{{2, 2, l.nameAt(2)}}}
	r, err := New(Config{Replicas: 3, Replica: 1}, &chainService{}, disk, false)
	require.NoError(t, err)
	require.Equal(t, Normal, r.Status())
	r.LogRoom(RoomTight)
	r.Receive(0, &StartViewChange{2, 4})
	for range 1000 {
		r.Tick(0)
	}
	require.Equal(t, ViewNumber(0), r.ViewNumber())
	require.Empty(t, r.Output().Writes)

	r.Receive(0, &StartView{2, 5, l.suffix(0, 3, 1<<20), 1})
	require.Equal(t, Normal, r.Status())
	require.Equal(t, ViewNumber(5), r.ViewNumber())
	require.False(t, r.IsDamaged())

	r, err = New(Config{Replicas: 3, Replica: 1}, &chainService{}, Durable{Log: chain(3),
		Lost: []LostEntries{{2, 2, l.nameAt(2)}}}, false)
	require.NoError(t, err)
	r.LogRoom(RoomLittle)
	r.Receive(0, &StartViewChange{2, 4})
	require.Equal(t, ViewNumber(4), r.ViewNumber())
}

// TestCheckpointNeedsAWitness: a checkpoint that was fetched for the best DOVIEWCHANGE may be
// beyond the commit-numbers of those chosen. Then one that says that it is committed is chosen too.
func TestCheckpointNeedsAWitness(t *testing.T) {
	l := log{entries: chain(9)}
	r, err := New(Config{Replicas: 5}, &chainService{}, Durable{}, true)
	require.NoError(t, err)
	vote := func(from ReplicaNumber, n, k OpNumber) *DoViewChange {
		return &DoViewChange{From: from, ViewNumber: 5, Log: l.suffix(n, n, 1<<20), CommitNumber: k}
	}
	best, second, own, witness := vote(1, 9, 2), vote(2, 8, 3), vote(0, 7, 1), vote(3, 6, 6)
	chosen := []*DoViewChange{own, best, second}
	copy(r.quorum.doViewChanges, []*DoViewChange{own, best, second, witness})
	require.Equal(t, OpNumber(6), r.committedWith(best))
	require.Equal(t, OpNumber(6), r.committedWith(own), "no better one counts")

	require.Equal(t, chosen, r.covering(chosen, best), "nothing was fetched")
	r.fetch = &fetch{message: best, checkpoint: &Checkpoint{Name: l.nameAt(3)}}
	require.Equal(t, chosen, r.covering(chosen, best))
	r.fetch.checkpoint.Name = l.nameAt(5)
	require.Equal(t, append(chosen, witness), r.covering(chosen, best))
	r.fetch.checkpoint.Name = l.nameAt(7)
	require.Nil(t, r.covering(chosen, best))
}

// TestTooMuchForTheDisk: a log above the durable checkpoint may be twice LogBytesMax; a longer one
// must begin with a checkpoint.
func TestTooMuchForTheDisk(t *testing.T) {
	config := Config{Replicas: 3, Replica: 1, MessageBytesMax: 4096, CheckpointInterval: 100,
		CheckpointBytes: 1, LogBytesMax: 4096}
	entries := chain(3)
	size := sizeOf(entries)
	for _, test := range []struct {
		room int
		want bool
	}{{2*config.LogBytesMax - size, false}, {2*config.LogBytesMax - size + 1, true}} {
		r, err := New(config, &chainService{}, Durable{Log: chain(3)}, false)
		require.NoError(t, err)
		more := forkAbove(3, 1)
		more[0].Operation = make([]byte, test.room-entryOverhead)
		require.Equal(t, test.want, r.tooMuch(tail{3, more}))
		require.False(t, r.tooMuch(tail{0, more}), "what is dropped does not count")
		r.installed = &Checkpoint{}
		require.False(t, r.tooMuch(tail{3, more}), "above a checkpoint it fits")
	}
}
