// SPDX-License-Identifier: Apache-2.0

// The enumeration with one fault more: what a damaged image may lead to.

package journal

import (
	"bytes"
	"errors"
	"fmt"

	"viewstamp/impl/storage"
	"viewstamp/impl/vsr"
)

// faults puts every single fault into a crash image.
func (e *enumeration) faults(n *node, image *storage.Sim, depth int, context uint64) {
	allowed := n.allowed()
	e.Faults(image, context^0xfa17, image.Written(), func(bad *storage.Sim, fault string,
		sector int64) {
		if e.violation != nil {
			return
		}
		what := n.steps + "; " + fault
		found, ok := e.damaged(bad, what, sector, allowed, n.past)
		// What is whole again after the repair is covered by the shortest traces.
		if ok && e.violation == nil && (depth < e.faulty || len(found.Lost) > 0 || found.HeadUnknown) {
			e.again(bad, what, sector, found)
		}
	})
}

// twoRotten lets any two sectors rot in a crash image: what one copy of a thing still tells after
// one fault, nothing tells after two. What is refused in addition: some images with two rotten
// copies of a superblock that was just being written, which superblock_test.go has one by one.
func (e *enumeration) twoRotten(n *node, image *storage.Sim, depth int, context uint64) {
	allowed := n.allowed()
	e.RottenPairs(image, context^0xfa19, image.Written(), func(bad *storage.Sim, a, b int64) {
		if e.violation != nil {
			return
		}
		if e.isSuperblock(a) && e.isSuperblock(b) {
			if _, err := e.recoverFrom(bad); errors.Is(err, ErrDamaged) {
				e.opens++
				return
			}
		}
		what := fmt.Sprintf("%s; two rotten sectors, %d and", n.steps, a)
		found, ok := e.damaged(bad, what, b, allowed, n.past)
		if ok && e.violation == nil && depth == 1 {
			e.again(bad, what, b, found)
		}
	})
}

// isSuperblock says whether a copy of the superblock is in that sector.
func (e *enumeration) isSuperblock(sector int64) bool {
	l, _ := e.config.sizes()
	off := sector * storage.SectorSize
	return off < superblockZone || off >= l.size()-superblockZone
}

// damaged wants a state from a damaged image that denies nothing of what was acknowledged. It is
// false if the image is refused, and may be.
func (e *enumeration) damaged(image *storage.Sim, what string, sector int64,
	allowed, past []vsr.Durable) (vsr.Durable, bool) {
	e.opens++
	r, err := e.recoverFrom(image)
	if err != nil {
		if !errors.Is(err, ErrDamaged) || !e.inCheckpoint(err) {
			e.fail("%s at sector %d: refused: %w", what, sector, err)
		}
		return vsr.Durable{}, false
	}
	if !covered(&r.durable, allowed, past) {
		e.fail("%s at sector %d: found %s, which denies %s", what, sector, short(r.durable),
			short(allowed...))
	}
	return r.durable, true
}

// inCheckpoint says whether an error is about a checkpoint: that is the only single damage for
// which Open may refuse.
func (e *enumeration) inCheckpoint(err error) bool {
	l, _ := e.config.sizes()
	var damage *DamageError
	return errors.As(err, &damage) && damage.Offset >= l.extentStart(0) &&
		damage.Offset < l.extentStart(2)
}

// again opens a damaged image: what is found must be found once more, then and after one more
// Write.
func (e *enumeration) again(image *storage.Sim, what string, sector int64, found vsr.Durable) {
	disk := image.Clone()
	look := func() {
		e.Crashes(disk, 0xfa18^(&oracle{states: []vsr.Durable{found}}).context(),
			func(crashed *storage.Sim) {
				e.opens++
				r, err := e.recoverFrom(crashed)
				if err != nil || !equal(&r.durable, &found) {
					e.fail("%s at sector %d: found %s, and after a crash in the recovery %s, %v",
						what, sector, short(found), shortOf(r), err)
				}
			})
	}
	j, first, err := Open(&tap{disk, look}, e.config)
	if err != nil || !equal(&first, &found) {
		e.fail("%s at sector %d: found %s, then %s, %v", what, sector, short(found), short(first),
			err)
		return
	}
	j.disk = disk
	if look(); e.violation != nil {
		return
	}
	w := vsr.Write{Sequence: 1, Keep: length(&found), ViewNumber: found.ViewNumber,
		LastNormalView: found.LastNormalView, HeadUnknown: found.HeadUnknown,
		Entries: []vsr.Entry{entry(found.ViewNumber, 77, "later")}}
	w.Entries[0].ViewNumber = found.LastNormalView
	chainedOn(j.queued.name.Checksum, w.Entries)
	want := after(found, w)
	want.Lost, want.HeadUnknown = found.Lost, found.HeadUnknown
	if err := play(j, w); err != nil {
		e.fail("%s at sector %d: one more write: %w", what, sector, err)
		return
	}
	if j.Queued() > 0 {
		return // no room: the damaged group keeps its own
	}
	r, err := e.recoverFrom(disk)
	if err != nil || !equal(&r.durable, &want) {
		e.fail("%s at sector %d: after one more write found %s, expected %s, %v", what, sector,
			shortOf(r), short(want), err)
	}
}

// shortOf names what was recovered, if anything was.
func shortOf(r *recovered) string {
	if r == nil {
		return "nothing"
	}
	return short(r.durable)
}

// equal says whether two states are the same in all parts, lost ones too.
func equal(a, b *vsr.Durable) bool {
	if a.ViewNumber != b.ViewNumber || a.LastNormalView != b.LastNormalView ||
		a.HeadUnknown != b.HeadUnknown || a.Checkpoint.Name != b.Checkpoint.Name ||
		!bytes.Equal(a.Checkpoint.State, b.Checkpoint.State) || len(a.Log) != len(b.Log) ||
		len(a.Lost) != len(b.Lost) {
		return false
	}
	for i := range a.Lost {
		if a.Lost[i] != b.Lost[i] {
			return false
		}
	}
	for i := range a.Log {
		if !sameEntry(&a.Log[i], &b.Log[i]) {
			return false
		}
	}
	return true
}

// covered says whether a state denies nothing of what was acknowledged: it is one of those that are
// allowed, but for lost entries with the right names; or, where the head is unknown, an earlier one
// of the same view.
func covered(got *vsr.Durable, allowed, past []vsr.Durable) bool {
	views := false
	for i := range allowed {
		s := &allowed[i]
		if s.ViewNumber != got.ViewNumber || s.LastNormalView != got.LastNormalView {
			continue
		}
		views = true
		if got.Checkpoint.Name == s.Checkpoint.Name &&
			bytes.Equal(got.Checkpoint.State, s.Checkpoint.State) && sameButLost(got, s) {
			return true
		}
	}
	if !got.HeadUnknown || !views {
		return false
	}
	for _, list := range [][]vsr.Durable{allowed, past} {
		for i := range list {
			s := list[i]
			if got.Checkpoint.Name.OpNumber > s.Checkpoint.Name.OpNumber {
				continue
			}
			if s.LastNormalView == got.LastNormalView && sameButLost(got, &s) {
				return true
			}
		}
	}
	return false
}

// sameButLost says whether the log of got is that of s, but for entries that got calls lost.
func sameButLost(got, s *vsr.Durable) bool {
	if length(got) != length(s) || got.Checkpoint.Name != s.Checkpoint.Name {
		return false
	}
	lost := got.Lost
	for i := range got.Log {
		op := got.Checkpoint.Name.OpNumber + vsr.OpNumber(i) + 1
		for len(lost) > 0 && lost[0].Last < op {
			lost = lost[1:]
		}
		if len(lost) > 0 && lost[0].First <= op {
			if lost[0].Last == op && lost[0].Name != nameAt(s, op) {
				return false
			}
			continue
		}
		if !sameEntry(&got.Log[i], &s.Log[i]) {
			return false
		}
	}
	return true
}
