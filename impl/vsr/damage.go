// SPDX-License-Identifier: Apache-2.0

package vsr

import "fmt"

// Disks that lose what they held. A replica whose disk has lost entries that it may have
// acknowledged must not vote as if it had never had them: a quorum that counts on its memory could
// start a view without a committed operation.
//
//   - Lost entries are known by name. First the replica fetches them from the others, and is
//     silent meanwhile: to the spec it has not restarted yet. With the entries it restarts.
//   - If the head of the log is unknown, the replica asks for a new view, and says so in its
//     DOVIEWCHANGE, until it has adopted the log of a view (RestartDamaged in spec/storage.go).
//     The new primary weighs that (quorum.go).
//   - If nobody has the lost entries, it gives up its log as a vote: it takes part in no view
//     change until it has adopted the log of a view that it was never Normal in. It asks for one.
//     Until then it says what it can read to whoever asks by name.
//   - A disk that is gone is replaced by one that says nothing but a view, Normal there, and head
//     unknown (journal.Recovered, claim C-122f). It does not know the log with which the replica
//     entered v′, which the rule for unknown heads needs: with an empty log there is no vote.
//
// Where nobody has the entries the rule of the spec (spec/nack.go) lets the replica vote, and lets
// the new primary drop an entry that enough others deny. In a group of odd size that gains little:
// those others are a quorum and can start the view alone. In a group of even size the damaged
// replica can stop the group for as long as another one is down.

// damage is what a replica that does not vote knows of its log. Its log in memory is segments[0].
type damage struct {
	// segments are the parts that can be read, upwards. Between two of them entries are lost; the
	// base of the upper one names the log up to there.
	segments    []log
	name        LogName // Of the whole log, as far as it is known.
	headUnknown bool
	// repairing: it fetches what is lost, and takes part in nothing.
	repairing bool
	from      ReplicaNumber
	attempts  int
}

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

// restartWithDamage is restart for a disk that has lost entries, or perhaps the whole log.
func (r *Replica) restartWithDamage(segments []log, headUnknown bool) {
	r.damage = &damage{segments: segments, name: segments[len(segments)-1].name(),
		headUnknown: headUnknown, repairing: len(segments) > 1,
		from: r.nextAfter(r.cfg.Replica)}
	r.status = ViewChange
	if !r.damage.repairing {
		r.restartSilent()
		return
	}
	r.sendRepair()
}

// restartSilent is the step RestartSilent: nobody has what is lost, and the replica waits for a
// view whose log it can adopt. A view that it has been Normal in is none.
func (r *Replica) restartSilent() {
	r.damage.repairing = false
	if r.lastNormalView == r.viewNumber {
		r.enterViewChange(r.viewNumber + 1)
	} else {
		r.armViewChange()
	}
	r.step("RestartSilent", nil)
}

// sendRepair asks for the first entries that are lost.
func (r *Replica) sendRepair() {
	d := r.damage
	r.armAsk(d.attempts)
	r.leave(int(d.from),
		&GetEntries{r.cfg.Replica, d.segments[1].base, d.segments[0].opNumber()})
}

// tickRepair asks the next replica. When all have been asked twice nobody has the entries.
func (r *Replica) tickRepair() {
	d := r.damage
	if !r.due(r.timers.ask) {
		return
	}
	d.attempts++
	if d.attempts > 2*r.cfg.Replicas {
		r.restartSilent()
		return
	}
	d.from = r.nextAfter(d.from)
	r.sendRepair()
}

// receiveRepairing is Receive while the replica repairs its log.
func (r *Replica) receiveRepairing(m Message) {
	switch m := m.(type) {
	case *GetEntries:
		r.onGetEntries(m)
	case *Entries:
		r.takeRepair(m)
	default:
		r.drop(Damaged)
	}
}

// takeRepair takes entries that were lost. With the last of them the log is whole, and the replica
// restarts; what it has acknowledged it acknowledges again when it is durable again.
func (r *Replica) takeRepair(m *Entries) {
	d := r.damage
	low, goal := &d.segments[0], d.segments[1].base
	if low.opNumber()+OpNumber(len(m.Entries)) != m.Name.OpNumber ||
		m.Name.OpNumber > goal.OpNumber {
		r.drop(NotAsked)
		return
	}
	top, ok := r.sums.continues(low.name(), m.Entries, r.lastNormalView)
	if !ok || top != m.Name || top.OpNumber == goal.OpNumber && top != goal {
		r.drop(LogMismatch)
		return
	}
	low.replace(low.opNumber(), m.Entries)
	d.attempts = 0
	if top == goal {
		low.replace(goal.OpNumber, d.segments[1].entries)
		d.segments = append(d.segments[:1], d.segments[2:]...)
	}
	if len(d.segments) > 1 {
		r.sendRepair()
		return
	}
	keep := r.log.opNumber()
	r.log.replace(keep, low.after(keep, low.opNumber()))
	r.damage, r.headUnknown = nil, d.headUnknown
	r.clientTable.addAll(r.log.after(keep, r.log.opNumber()), keep)
	r.write(keep)
	r.resume()
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
