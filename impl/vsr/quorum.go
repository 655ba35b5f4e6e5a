// SPDX-License-Identifier: Apache-2.0

package vsr

import "slices"

// The received-sets. In the spec a step takes the messages of a quorum at once, out of all that
// were ever sent. Here they arrive one by one and are remembered until there are enough. Only
// messages of the current view are: a later view is entered first, and entering a view empties the
// sets.

// quorum holds what was received in the current view, by sender.
type quorum struct {
	startViewChanges []bool
	doViewChanges    []*DoViewChange
	acknowledged     []acknowledged
	scratch          []OpNumber
	gaps             gaps // Entries that nobody supplies.
}

// acknowledged is the PREPAREOKs of one backup. A single number would not do: the commit-number
// must be the op-number of a PREPAREOK that the primary's own disk has reached (see
// committable), and while the backups run ahead of the disk that is not the latest.
type acknowledged struct {
	highest OpNumber
	above   []OpNumber // Ascending; those above the commit-number.
}

// newQuorum makes empty sets for a group.
func newQuorum(replicas int) quorum {
	return quorum{
		startViewChanges: make([]bool, replicas),
		doViewChanges:    make([]*DoViewChange, replicas),
		acknowledged:     make([]acknowledged, replicas),
		scratch:          make([]OpNumber, replicas),
	}
}

// reset empties the sets.
func (q *quorum) reset() {
	clear(q.startViewChanges)
	clear(q.doViewChanges)
	q.gaps = gaps{}
	for i := range q.acknowledged {
		q.acknowledged[i].highest = 0
		q.acknowledged[i].above = q.acknowledged[i].above[:0]
	}
}

// acknowledge remembers a PREPAREOK. One that came late, after a higher one, says nothing new.
func (q *quorum) acknowledge(i ReplicaNumber, n OpNumber) {
	a := &q.acknowledged[i]
	if n <= a.highest {
		return
	}
	a.highest = n
	a.above = append(a.above, n)
}

// committed forgets what is not above the commit-number.
func (q *quorum) committed(k OpNumber) {
	for i := range q.acknowledged {
		a := &q.acknowledged[i]
		done := 0
		for done < len(a.above) && a.above[done] <= k {
			done++
		}
		if done > 0 {
			a.above = append(a.above[:0], a.above[done:]...)
		}
	}
}

// committable is the largest op-number that one of the PREPAREOKs names, that enough others have
// acknowledged, and that is no more than the primary's own durable entries. It must be named by
// one, as the step of the spec commits the smallest number of its quorum. 0 if there is none.
func (q *quorum) committable(others int, durable OpNumber) OpNumber {
	for i := range q.acknowledged {
		q.scratch[i] = q.acknowledged[i].highest
	}
	slices.Sort(q.scratch)
	enough := q.scratch[len(q.scratch)-others] // So many others have acknowledged this.
	if enough <= durable {
		return enough
	}
	best := OpNumber(0)
	for i := range q.acknowledged {
		above := q.acknowledged[i].above
		at, found := slices.BinarySearch(above, durable)
		if found {
			at++
		}
		if at > 0 {
			best = max(best, above[at-1])
		}
	}
	return best
}

// prepareOKs lists a quorum of PREPAREOKs of view v, the smallest of which is n = committable, by
// their senders.
func (q *quorum) prepareOKs(others int, v ViewNumber, n OpNumber) []Message {
	exact := slices.IndexFunc(q.acknowledged, func(a acknowledged) bool {
		return slices.Contains(a.above, n)
	})
	list := make([]Message, 0, others)
	spare := others - 1
	for i := range q.acknowledged {
		a := &q.acknowledged[i]
		switch {
		case i == exact:
			list = append(list, &PrepareOK{ReplicaNumber(i), v, n})
		case a.highest >= n && spare > 0:
			spare--
			list = append(list, &PrepareOK{ReplicaNumber(i), v, a.highest})
		}
	}
	return list
}

// startViewChangesOf lists STARTVIEWCHANGE of view v from the first replicas that sent it, by their
// senders. It is nil if there are not enough.
func (q *quorum) startViewChangesOf(others int, v ViewNumber) []Message {
	list := make([]Message, 0, others)
	for i, has := range q.startViewChanges {
		if has && len(list) < others {
			list = append(list, &StartViewChange{ReplicaNumber(i), v})
		}
	}
	if len(list) < others {
		return nil
	}
	return list
}

// moreMax is how many DOVIEWCHANGEs more than a quorum a new primary takes: as many as the spec.
const moreMax = 2

// doViewChangesOf picks the DOVIEWCHANGEs with which the new primary starts its view: its own, and
// of the others those with the best logs, by their senders. It says why not if it cannot. The log
// chosen drops what may have been above it, so enough of them must deny that there was
// anything: those that know their heads do all. If such are a quorum, the rest is not needed.
func (q *quorum) doViewChangesOf(c Config) ([]*DoViewChange, Ignored) {
	if len(q.gaps.aside) > 0 {
		if chosen, why := q.chooseOf(c, q.gaps.aside); why == Accepted {
			return chosen, why
		}
	}
	return q.chooseOf(c, nil)
}

// chooseOf is doViewChangesOf without those set aside.
func (q *quorum) chooseOf(c Config, aside []*DoViewChange) ([]*DoViewChange, Ignored) {
	own, others := q.doViewChanges[c.Replica], c.Others()
	if own == nil {
		return nil, BelowQuorum
	}
	var list []*DoViewChange
	for _, d := range q.doViewChanges {
		if d != nil && d != own && !slices.Contains(aside, d) {
			list = append(list, d)
		}
	}
	if len(list) < others {
		return nil, BelowQuorum
	}
	slices.SortStableFunc(list, func(a, b *DoViewChange) int {
		switch {
		case better(a, b):
			return -1
		case better(b, a):
			return 1
		}
		return 0
	})
	var known []*DoViewChange
	for _, d := range list {
		if !d.HeadUnknown {
			known = append(known, d)
		}
	}
	if !own.HeadUnknown && len(known) >= others {
		list = known
	}
	for n := others; n <= min(others+moreMax, len(list)); n++ {
		chosen := append([]*DoViewChange{own}, list[:n]...)
		if deniedAbove(chosen) >= c.denials() {
			slices.SortFunc(chosen, func(a, b *DoViewChange) int {
				return int(a.From) - int(b.From)
			})
			return chosen, Accepted
		}
	}
	return nil, HeadInDoubt
}

// deniedAbove is how many of the DOVIEWCHANGEs deny that there is an entry above the log that is
// chosen of them. It would be one of the view v′ in which that log was chosen: who has not been
// Normal in that view has none; who has been and knows its head has none either, as no head is
// larger. Who does not know its head denies nothing.
func deniedAbove(list []*DoViewChange) int {
	best, denied := bestOf(list), 0
	for _, d := range list {
		if deniesAbove(d, best) {
			denied++
		}
	}
	return denied
}

// deniesAbove is what one of them says to that.
func deniesAbove(d, best *DoViewChange) bool {
	return d.LastNormalView < best.LastNormalView || !d.HeadUnknown
}

// bestOf is the one whose log is chosen.
func bestOf(list []*DoViewChange) *DoViewChange {
	best := list[0]
	for _, d := range list {
		if better(d, best) {
			best = d
		}
	}
	return best
}

// better says whether the log of a is to be preferred to that of b: the larger v′, then the
// larger n. If both are equal the logs are.
func better(a, b *DoViewChange) bool {
	if a.LastNormalView != b.LastNormalView {
		return a.LastNormalView > b.LastNormalView
	}
	return a.Log.Name.OpNumber > b.Log.Name.OpNumber
}

// heard notes that a backup has an entry that is committed already, so that it is not sent again.
func (q *quorum) heard(i ReplicaNumber, n OpNumber) {
	q.acknowledged[i].highest = max(q.acknowledged[i].highest, n)
}
