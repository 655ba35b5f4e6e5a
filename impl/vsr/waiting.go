// SPDX-License-Identifier: Apache-2.0

package vsr

import "slices"

// What a new primary tells an operator when it has a quorum of DOVIEWCHANGEs and may not start its
// view all the same (nack.go, quorum.go).

// Vote is what the DOVIEWCHANGE of a replica says about an entry.
type Vote uint8

const (
	// VoteNotHeard: there is no DOVIEWCHANGE of it.
	VoteNotHeard Vote = iota
	// VoteHas: the entry is in its log.
	VoteHas
	// VoteHasLost: the entry is in its log, and its disk has lost it.
	VoteHasLost
	// VoteDenies: it has never acknowledged the entry in a view that counts.
	VoteDenies
	// VoteDoesNotKnow: it cannot tell.
	VoteDoesNotKnow
)

// String is for people.
func (v Vote) String() string {
	switch v {
	case VoteNotHeard:
		return "not heard"
	case VoteHas:
		return "has it"
	case VoteHasLost:
		return "has lost it"
	case VoteDenies:
		return "denies it"
	}
	return "does not know"
}

// Waiting is what a new primary waits for.
type Waiting struct {
	// OpNumber is the lowest entry in question. It is one that is known by name and that nobody
	// supplies; or with Head, it is not known whether there was one.
	OpNumber OpNumber
	Head     bool
	// Needed is how many replicas must deny the entry before it may be dropped.
	Needed int
	// Votes are those of the replicas, by their numbers.
	Votes []Vote
}

// Equal says whether two are the same; both may be nil.
func (w *Waiting) Equal(other *Waiting) bool {
	if w == nil || other == nil {
		return w == other
	}
	return w.OpNumber == other.OpNumber && w.Head == other.Head && w.Needed == other.Needed &&
		slices.Equal(w.Votes, other.Votes)
}

// Waiting is nil if the replica is no new primary that waits for an entry, or for enough replicas
// to deny it.
func (r *Replica) Waiting() *Waiting {
	if r.status != ViewChange || !r.isPrimary() {
		return nil
	}
	w := &Waiting{Needed: r.cfg.denials(), Votes: make([]Vote, r.cfg.Replicas)}
	chosen, why := r.quorum.doViewChangesOf(r.cfg)
	switch {
	case why == HeadInDoubt:
		r.headVotes(w)
		return w
	case why != Accepted:
		return nil
	}
	best := bestOf(chosen)
	g := r.gapOf(best)
	if g == nil || r.quorum.gaps.of == best {
		return nil
	}
	w.OpNumber = g.first()
	for i, d := range r.quorum.doViewChanges {
		if d != nil {
			w.Votes[i] = r.voteOn(g, d)
		}
	}
	return w
}

// headVotes is what the DOVIEWCHANGEs say about an entry above the log that they know.
func (r *Replica) headVotes(w *Waiting) {
	best := bestOf(compact(r.quorum.doViewChanges))
	w.OpNumber, w.Head = best.Log.Name.OpNumber+1, true
	for i, d := range r.quorum.doViewChanges {
		switch {
		case d == nil:
		case deniesAbove(d, best):
			w.Votes[i] = VoteDenies
		default:
			w.Votes[i] = VoteDoesNotKnow
		}
	}
}

// voteOn is what a DOVIEWCHANGE says about the lowest entry of a gap. A log that goes so far, and
// is not known to be another or the same there, may be either.
func (r *Replica) voteOn(g *gap, d *DoViewChange) Vote {
	if r.denies(g, d) {
		return VoteDenies
	}
	same := false
	if here, ok := r.nameIn(d, g.name.OpNumber); ok {
		same = here == g.name
	}
	switch {
	case same && isLost(d, g.first()):
		return VoteHasLost
	case same:
		return VoteHas
	}
	return VoteDoesNotKnow
}

// compact is the list without what is nil.
func compact(list []*DoViewChange) []*DoViewChange {
	var all []*DoViewChange
	for _, d := range list {
		if d != nil {
			all = append(all, d)
		}
	}
	return all
}
