// SPDX-License-Identifier: Apache-2.0

package vsr

import "fmt"

// Disks that lose what they held. A replica whose disk has lost entries that it may have
// acknowledged must not vote as if it had never had them: a quorum that counts on its memory could
// start a view without a committed operation.
//
//   - Lost entries are known by name. The replica restarts at once (RestartDamaged in
//     spec/storage.go), and its DOVIEWCHANGE names the whole log and says which parts of it are
//     names only. It fetches them in the background. Until it has them it executes, appends
//     and acknowledges nothing, and gives nobody its state.
//   - If the head of the log is unknown, the replica asks for a new view, and says so in its
//     DOVIEWCHANGE, until it has adopted the log of a view.
//   - The new primary weighs both (quorum.go, nack.go).
//   - A disk that is gone is replaced by one that says nothing but a view, Normal there, and head
//     unknown (journal.Recovered, claim C-122f). It does not know the log with which the replica
//     entered v′, which the rule for unknown heads needs: with an empty log there is no vote
//     until the replica has adopted the log of a view that it was never Normal in.

// damage is what a replica knows of a log that it cannot read as a whole. Its log in memory is what
// segments[0] was at the restart.
type damage struct {
	// segments are the parts that can be read, upwards; two at least. Between two of them entries
	// are lost; the base of the upper one names the log up to there.
	segments []log
	from     ReplicaNumber // Whom it asks.
	attempts int
}

// top is the uppermost segment.
func (d *damage) top() *log { return &d.segments[len(d.segments)-1] }

// segmentsOf splits a log where entries are lost. The last one is empty if the topmost entries are
// lost.
func segmentsOf(disk *Durable) ([]log, error) {
	base := disk.Checkpoint.Name
	whole := log{base: base, entries: disk.Log, marked: base.OpNumber}
	current := log{base: base, marked: base.OpNumber}
	var segments []log
	low := base.OpNumber
	for _, lost := range disk.Lost {
		if lost.First <= low || lost.Last < lost.First || lost.Last > whole.opNumber() ||
			lost.Name.OpNumber != lost.Last {
			return nil, fmt.Errorf("vsr: the disk is damaged: lost entries %d to %d of a log from "+
				"%d to %d", lost.First, lost.Last, base.OpNumber+1, whole.opNumber())
		}
		current.entries = whole.after(low, lost.First-1)
		segments = append(segments, current)
		current, low = log{base: lost.Name, marked: lost.Last}, lost.Last
	}
	current.entries = whole.after(low, whole.opNumber())
	return append(segments, current), nil
}

// restartSilent is the step RestartSilent: nothing of the log is known, and the replica waits for a
// view whose log it can adopt. A view that it has been Normal in is none.
func (r *Replica) restartSilent() {
	r.abstains, r.status = true, ViewChange
	if r.lastNormalView == r.viewNumber {
		r.enterViewChange(r.viewNumber + 1)
	} else {
		r.armViewChange()
	}
	r.step("RestartSilent", nil)
}

// lost is what the disk has lost of the log.
func (r *Replica) lost() []LostRange {
	if r.damage == nil {
		return nil
	}
	segments := r.damage.segments
	list := make([]LostRange, 0, len(segments)-1)
	for i := range segments[1:] {
		list = append(list, LostRange{segments[i].name(), segments[i+1].base})
	}
	return list
}

// voteLog is the log of a DOVIEWCHANGE, and what is lost of it. If that would be too much for a
// message, the lowest ranges become one: it says of more that it is lost.
func (r *Replica) voteLog() (LogSuffix, []LostRange) {
	l, list := &r.log, r.lost()
	if r.damage != nil {
		l = r.damage.top()
	}
	if most := max(1, r.suffixBytes()/2/lostOverhead); len(list) > most {
		merged := LostRange{list[0].Below, list[len(list)-most].Name}
		list = append([]LostRange{merged}, list[len(list)-most+1:]...)
	}
	bytes := r.suffixBytes() - lostOverhead*len(list)
	return l.suffix(belowCommit(r.commitNumber), l.opNumber(), bytes), list
}

// sendRepair asks for the first entries that are lost.
func (r *Replica) sendRepair() {
	d := r.damage
	ticks := uint64(r.cfg.ViewChangeResendTicks) << min(d.attempts/r.cfg.Replicas, backoffMax)
	r.timers.repair = r.timers.now + ticks
	r.leave(int(d.from),
		&GetEntries{r.cfg.Replica, d.segments[1].base, d.segments[0].opNumber()})
}

// tickRepair asks the next replica. If a backup has asked all of them twice, nobody has the entries
// as such any more: it asks for a new view, with whose log it gets a checkpoint or none of them.
func (r *Replica) tickRepair() {
	d := r.damage
	if !r.due(r.timers.repair) {
		return
	}
	d.attempts++
	d.from = r.nextAfter(d.from)
	r.sendRepair()
	if d.attempts == 2*r.cfg.Replicas && r.status == Normal {
		r.sendStartViewChange()
	}
}

// takeRepair takes entries that were lost (OnEntries in spec/repair.go). With the last of them the
// log is whole; what it has acknowledged a backup acknowledges again when it is durable again.
// It is false if these are no such entries.
func (r *Replica) takeRepair(m *Entries) bool {
	d := r.damage
	if d == nil {
		return false
	}
	low, goal := &d.segments[0], d.segments[1].base
	if low.opNumber()+OpNumber(len(m.Entries)) != m.Name.OpNumber ||
		m.Name.OpNumber > goal.OpNumber {
		return false
	}
	top, ok := r.sums.continues(low.name(), m.Entries, r.lastNormalView)
	if !ok || top != m.Name || top.OpNumber == goal.OpNumber && top != goal {
		return false
	}
	low.replace(low.opNumber(), m.Entries)
	d.attempts = 0
	if top == goal {
		low.replace(goal.OpNumber, d.segments[1].entries)
		d.segments = append(d.segments[:1], d.segments[2:]...)
	}
	if len(d.segments) > 1 {
		r.sendRepair()
		return true
	}
	keep := r.log.opNumber()
	r.log.replace(keep, low.after(keep, low.opNumber()))
	r.damage = nil
	r.clientTable.addAll(r.log.after(keep, r.log.opNumber()), keep)
	r.write(keep)
	if r.status == Normal {
		r.rememberPrepareOK()
	}
	return true
}

// mustSaveRoom says whether the replica may not go to another view. What is lost keeps the disk
// from freeing what was written before, so each view takes room for good. The rest is for the log
// that it adopts.
func (r *Replica) mustSaveRoom() bool {
	return r.damage != nil && r.checkpoints.room == RoomTight
}

// segmentWith is a part of the log that holds the entries above after in the named log; nil if
// there is none.
func (r *Replica) segmentWith(name LogName, after OpNumber) *log {
	if r.log.has(name) && r.log.reaches(after) {
		return &r.log
	}
	if r.damage != nil {
		for i := range r.damage.segments {
			if l := &r.damage.segments[i]; l.has(name) && l.reaches(after) {
				return l
			}
		}
	}
	return nil
}
