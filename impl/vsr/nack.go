// SPDX-License-Identifier: Apache-2.0

package vsr

import "slices"

// The rule of the new primary for entries that nobody supplies (Nacks in spec/nack.go). The log
// that it must take is known by name, and it asks all for what its sender cannot read. If nobody
// has it, the entries are dropped only if so many DOVIEWCHANGEs deny them that they cannot be
// committed: not to know is no denial, and to have lost an entry is to have had it. Otherwise the
// primary does without the DOVIEWCHANGE that names them, if the others are a quorum, or it waits:
// for more DOVIEWCHANGEs, or for somebody to repair its disk. No time brings another decision.

// gaps is what a new primary knows of entries that nobody supplies.
type gaps struct {
	// aside are DOVIEWCHANGEs that it can do without.
	aside []*DoViewChange
	// of is one whose topmost entries are denied by those in set, which is a quorum with it; cut is
	// the same without these entries.
	of, cut *DoViewChange
	set     []*DoViewChange
	// waits are those for which it has waited.
	waits []*DoViewChange
}

// gap is entries that nobody supplies: those above below, up to name, in the log of a DOVIEWCHANGE.
type gap struct {
	vote        *DoViewChange
	below, name LogName
	// ofView: certainly the first of them is of the view v′ in which that log was chosen.
	ofView bool
}

// first is the op-number of the lowest of the entries.
func (g *gap) first() OpNumber { return g.below.OpNumber + 1 }

// startWithGaps makes a fetch for a DOVIEWCHANGE with lost entries stop where names are known, and
// start no higher than is certain if the first that it lacks are lost: then it is known which
// they are.
func (r *Replica) startWithGaps() {
	f := r.fetch
	d, ok := f.message.(*DoViewChange)
	if !ok || len(d.Lost) == 0 {
		return
	}
	var stops []LogName
	for _, lost := range d.Lost {
		stops = append(stops, lost.Below, lost.Name)
	}
	if stops[len(stops)-1] != f.goal {
		stops = append(stops, f.goal)
	}
	f.sure = r.log.nameAt(r.commitNumber) // What is committed is the same in both.
	for len(stops) > 1 && (stops[0].OpNumber <= f.sure.OpNumber || r.log.has(stops[0])) {
		if stops[0].OpNumber > f.sure.OpNumber {
			f.sure = stops[0]
		}
		stops = stops[1:]
	}
	f.stops = stops
	f.start = f.sure
	if top := min(r.log.opNumber(), stops[0].OpNumber-1); !f.inGap() && top > f.sure.OpNumber {
		f.start = r.log.nameAt(top)
	}
	f.top = f.start
}

// inGap says whether the fetch has come to entries that the sender of the message has lost.
func (f *fetch) inGap() bool {
	d, ok := f.message.(*DoViewChange)
	return ok && len(f.stops) > 0 && slices.ContainsFunc(d.Lost, func(lost LostRange) bool {
		return lost.Name == f.stops[0]
	})
}

// reached drops the stops that the entries have come to. It is false if they have come to another
// log.
func (f *fetch) reached() bool {
	for len(f.stops) > 0 && f.stops[0].OpNumber <= f.top.OpNumber {
		if f.stops[0].OpNumber == f.top.OpNumber {
			if f.stops[0] != f.top {
				return false
			}
			f.sure = f.top
		}
		f.stops = f.stops[1:]
	}
	return true
}

// takeOwn takes what the replica can read itself above what its own disk has lost.
func (r *Replica) takeOwn() {
	f := r.fetch
	if r.damage == nil || f.part != nil || f.state && f.checkpoint == nil {
		return
	}
	for i := range r.damage.segments {
		for l := &r.damage.segments[i]; !f.complete() && l.has(f.stops[0]) && l.has(f.top); {
			f.entries = append(f.entries, l.after(f.top.OpNumber, f.stops[0].OpNumber)...)
			f.top = f.stops[0]
			f.reached()
		}
	}
}

// gapOf is what nobody supplies of the log of a DOVIEWCHANGE; nil if nothing is missing, or if not
// all have been asked twice.
func (r *Replica) gapOf(d *DoViewChange) *gap {
	f := r.fetch
	if f == nil || f.message != d || f.attempts < 2 || f.complete() || !f.inGap() ||
		f.part != nil || f.state && f.checkpoint == nil {
		return nil
	}
	g := &gap{vote: d, below: f.sure, name: f.stops[0]}
	switch n := f.sure.OpNumber; {
	case n > f.start.OpNumber:
		g.ofView = f.entries[n-f.start.OpNumber-1].ViewNumber == d.LastNormalView
	case n > r.log.base.OpNumber && r.log.has(f.sure):
		g.ofView = r.log.at(n).ViewNumber == d.LastNormalView
	}
	return g
}

// denies is Denies of the spec for the lowest entry of the gap, as far as it shows in the
// DOVIEWCHANGE: the log ends below, and the sender knows that; or it is another log; or the
// entry is of a view that the sender has not been Normal in.
func (r *Replica) denies(g *gap, d *DoViewChange) bool {
	switch {
	case d.Log.Name.OpNumber >= g.first():
		return r.differs(g, d)
	case !d.HeadUnknown:
		return true
	}
	return d.LastNormalView < g.vote.LastNormalView && g.ofView
}

// differs says whether a log is shown to be another one at the lowest entry of the gap.
func (r *Replica) differs(g *gap, d *DoViewChange) bool {
	for _, name := range []LogName{g.below, g.name} {
		if here, ok := r.nameIn(d, name.OpNumber); ok && name.OpNumber <= g.first() &&
			here != name {
			return true
		}
	}
	return false
}

// nameIn is the name of the log of a DOVIEWCHANGE up to n, if that is known.
func (r *Replica) nameIn(d *DoViewChange, n OpNumber) (LogName, bool) {
	if n >= d.Log.Base.OpNumber && n <= d.Log.Name.OpNumber {
		return d.Log.nameAt(n), true
	}
	for _, lost := range d.Lost {
		if lost.Below.OpNumber == n {
			return lost.Below, true
		}
		if lost.Name.OpNumber == n {
			return lost.Name, true
		}
	}
	if d.From == r.cfg.Replica && r.log.reaches(n) {
		return r.log.nameAt(n), true
	}
	return LogName{}, false
}

// hasItself says whether this replica may have the lowest entry of the gap itself: then it drops
// none.
func (r *Replica) hasItself(g *gap) bool {
	own := r.quorum.doViewChanges[r.cfg.Replica]
	return own.Log.Name.OpNumber >= g.first() && !isLost(own, g.first()) && !r.differs(g, own)
}

// isLost says whether the sender has lost the entry n of its log.
func isLost(d *DoViewChange, n OpNumber) bool {
	return slices.ContainsFunc(d.Lost, func(lost LostRange) bool {
		return lost.Below.OpNumber < n && n <= lost.Name.OpNumber
	})
}

// chooseLog chooses the DOVIEWCHANGEs with which the new primary starts its view, and the message
// that names its log: the best of them, perhaps without entries that nobody supplies.
func (r *Replica) chooseLog() ([]*DoViewChange, *DoViewChange, Ignored) {
	for {
		chosen, why := r.quorum.doViewChangesOf(r.cfg)
		if why != Accepted {
			return nil, nil, why
		}
		best, q := bestOf(chosen), &r.quorum.gaps
		if q.of == best {
			return q.set, q.cut, Accepted
		}
		g := r.gapOf(best)
		switch {
		case g == nil:
			return chosen, best, Accepted
		case r.drops(g):
			r.drop(EntryDenied)
		case !r.setAside(best):
			if !slices.Contains(q.waits, best) {
				q.waits = append(q.waits, best)
				r.drop(EntryLost)
			}
			return nil, nil, EntryLost
		}
	}
}

// drops drops the entries of the gap, and all above, from the log of the view that is to start, if
// enough DOVIEWCHANGEs deny them. Of these it takes no more than the spec can.
func (r *Replica) drops(g *gap) bool {
	own := r.quorum.doViewChanges[r.cfg.Replica]
	set := []*DoViewChange{own}
	if own != g.vote {
		set = append(set, g.vote)
	}
	var rest []*DoViewChange
	for _, d := range r.quorum.doViewChanges {
		switch {
		case d == nil || d == own || d == g.vote || better(d, g.vote):
		case r.denies(g, d):
			set = append(set, d)
		default:
			rest = append(rest, d)
		}
	}
	if len(set) < r.cfg.Quorum() {
		set = append(set, rest[:min(len(rest), r.cfg.Quorum()-len(set))]...)
	}
	set = set[:min(len(set), r.cfg.Quorum()+moreMax)]
	if len(set) < r.cfg.Quorum() || r.denialsIn(g, set) < r.cfg.denials() || r.hasItself(g) {
		return false
	}
	slices.SortFunc(set, func(a, b *DoViewChange) int { return int(a.From) - int(b.From) })
	cut := *g.vote
	cut.Log = LogSuffix{Name: g.below, Base: g.below}
	cut.Lost = slices.DeleteFunc(slices.Clone(cut.Lost), func(lost LostRange) bool {
		return lost.Name.OpNumber > g.below.OpNumber
	})
	r.quorum.gaps.of, r.quorum.gaps.cut, r.quorum.gaps.set = g.vote, &cut, set
	f := r.fetch
	f.message, f.goal, f.stops = &cut, g.below, nil
	f.entries = f.entries[:g.below.OpNumber-f.start.OpNumber]
	f.top = g.below
	return true
}

// denialsIn is how many of them deny the entries of the gap.
func (r *Replica) denialsIn(g *gap, list []*DoViewChange) int {
	denied := 0
	for _, d := range list {
		if r.denies(g, d) {
			denied++
		}
	}
	return denied
}

// setAside does without a DOVIEWCHANGE, if there is a quorum of others.
func (r *Replica) setAside(d *DoViewChange) bool {
	q := &r.quorum.gaps
	if d.From == r.cfg.Replica || slices.Contains(q.aside, d) {
		return false
	}
	aside := append(slices.Clone(q.aside), d)
	if _, why := r.quorum.chooseOf(r.cfg, aside); why != Accepted {
		return false
	}
	q.aside = aside
	return true
}
