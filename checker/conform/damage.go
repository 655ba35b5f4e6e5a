// SPDX-License-Identifier: Apache-2.0

package conform

// Restarts from a disk that has lost a part of what it held: the step
// RestartDamaged of the spec. How much of the head is gone is read from the event.
//
// Entries that are lost and known by name are kept beside the state, as ranges.
// All steps but one are to them what they are to a whole log, with what KnowDamage
// of the spec adds, which is checked here. The one is that of a new primary: it may
// not drop what it can read. That ranges get smaller is the step OnEntries, which
// makes no event. Who has supplied the entries does not matter, as names and logs
// are one to one.
//
// A replica that knows nothing of its log does not vote until it has adopted the
// log of a view that it was never Normal in: in the spec it could. To the spec it is
// a replica that has its log and says nothing.

import (
	"slices"

	"viewstamp/impl/vsr"
	"viewstamp/spec"
)

// The events of such restarts.
const (
	stepRestartDamaged = "RestartDamaged"
	stepRestartSilent  = "RestartSilent"
)

// restartDamaged checks the step of the spec, with the smallest number of last
// steps taken back from which it leads to the actual state.
func (c *Checker) restartDamaged(r *replica, e *vsr.Event) *Divergence {
	if d := restarts(r, e); d != nil {
		return d
	}
	actual, d := c.refinement.state(e.Replica, e.State)
	if d != nil {
		return d
	}
	before, undo := r.state, 0
	if r.silent && before.Log.StartsWith(actual.Log) {
		before.Log = actual.Log // As in explain.
	}
	after, expected, why := c.headLost(r, before, actual)
	first := why
	for why != spec.Accepted || after != actual {
		if undo == len(r.past) || c.rules.noUndo {
			d := diverge(WrongRestart, "no unknown head leads to this state; the differences are "+
				"to the state before; %d steps were taken back in vain", undo)
			d.Ignored, d.State = first, differences(r.state, actual)
			return d
		}
		undo++
		before = r.past[len(r.past)-undo].before
		after, expected, why = c.headLost(r, before, actual)
	}
	if d := c.undo(r, undo); d != nil {
		return d
	}
	r.state = before
	sent, d := c.compare(e, after, expected)
	if d != nil {
		return d
	}
	c.report.Restarts++
	c.report.Damaged++
	r.silent = false
	return c.accept(r, e.Step, after, sent)
}

// restartLost is RestartDamaged of a replica that knows its head.
func (c *Checker) restartLost(r *replica, e *vsr.Event) *Divergence {
	if len(e.State.Lost) == 0 {
		return diverge(WrongRestart, "%s, and nothing is lost", e.Step)
	}
	c.report.Damaged++
	return c.restart(r, e)
}

// lost checks what an event says of lost entries: ranges of the log whose names
// are known, of which there are never more than at the restart, and above all that
// the replica executes or acknowledges. DOVIEWCHANGE tells of all of them.
func (c *Checker) lost(r *replica, e *vsr.Event) *Divergence {
	now := e.State.Lost
	low := vsr.LogName{}
	for _, lost := range now {
		below, belowKnown := c.refinement.names.log(lost.Below)
		top, topKnown := c.refinement.names.log(lost.Name)
		if !belowKnown || !topKnown || !r.state.Log.StartsWith(top) || !top.StartsWith(below) ||
			lost.Below.OpNumber < low.OpNumber || lost.Below.OpNumber >= lost.Name.OpNumber {
			return diverge(WrongState, "no part of the log: lost %s to %s", nameText(lost.Below),
				nameText(lost.Name))
		}
		if e.Step != stepRestartDamaged && !within(lost, r.lost) {
			return diverge(WrongState, "%s to %s is lost, and was not at the restart",
				nameText(lost.Below), nameText(lost.Name))
		}
		low = lost.Name
	}
	r.lost = now
	if e.Sequence == 1 {
		r.hadLost = len(now) > 0
	}
	if len(now) == 0 {
		return nil
	}
	if k := e.State.CommitNumber; k > now[0].Below.OpNumber {
		return diverge(WrongState, "the commit-number is %d, and entry %d is lost", k,
			now[0].Below.OpNumber+1)
	}
	return lostInSent(e)
}

// lostInSent is lost for the messages of the event.
func lostInSent(e *vsr.Event) *Divergence {
	for _, m := range e.Sent {
		switch m := m.(type) {
		case *vsr.PrepareOK:
			if m.OpNumber > e.State.Lost[0].Below.OpNumber {
				return diverge(WrongSent, "PREPAREOK %d of a replica that has lost entry %d",
					m.OpNumber, e.State.Lost[0].Below.OpNumber+1)
			}
		case *vsr.DoViewChange:
			for _, lost := range e.State.Lost {
				if !within(lost, m.Lost) {
					return diverge(WrongSent, "DOVIEWCHANGE does not say that %s to %s is lost",
						nameText(lost.Below), nameText(lost.Name))
				}
			}
		}
	}
	return nil
}

// within says whether the range is a part of one of the list.
func within(lost vsr.LostRange, list []vsr.LostRange) bool {
	return slices.ContainsFunc(list, func(other vsr.LostRange) bool {
		return other.Below.OpNumber <= lost.Below.OpNumber &&
			lost.Name.OpNumber <= other.Name.OpNumber
	})
}

// missing is the entry that a new primary has got from nobody, as its new log
// shows; 0 if there is none. The state is that of the replica before, of which what
// its disk has lost from that entry on is no part: so the spec knows that it
// cannot read it.
func (c *Checker) missing(r *replica, in []spec.Message, e *vsr.Event) (spec.Replica, int) {
	votes := make([]spec.DoViewChange, len(in))
	for i, m := range in {
		votes[i] = m.(spec.DoViewChange)
	}
	named := spec.Canonical(votes).Log
	started, ok := c.refinement.names.log(e.State.Log)
	if !ok || started == named || !named.StartsWith(started) {
		return r.state, 0
	}
	before, first := r.state, started.OpNumber()+1
	for _, lost := range r.lost {
		if spec.OpNumber(lost.Below.OpNumber) < first && first <= spec.OpNumber(lost.Name.OpNumber) {
			before.Log = before.Log.UpTo(started.OpNumber())
		}
	}
	return before, int(first)
}

// headLost is RestartDamaged of a replica whose log then ends where the actual
// one does. It ends no lower than that with which the replica entered v′
// (HeadKnown). As after an ordinary restart, the log may be the checkpoint of
// another, and the commit-number any that the replica had before.
func (c *Checker) headLost(r *replica, before, actual spec.Replica) (
	spec.Replica, []spec.Message, spec.Ignored,
) {
	n := before.OpNumber()
	damage := int(n)
	if before.Log.StartsWith(actual.Log) {
		damage = int(2*n - actual.OpNumber())
	}
	step := c.steps[stepRestartDamaged]
	restarted, sent, why := step.Do(c.configuration, before, nil, damage)
	after := restarted.(spec.Replica)
	if why == spec.Accepted && actual.CommitNumber <= before.CommitNumber {
		after.CommitNumber = max(after.CommitNumber, actual.CommitNumber)
	}
	if why == spec.Accepted && r.installed(before, after, actual) {
		after = actual
	}
	return after, sent, why
}

// restartSilent checks the restart of a replica that does not vote: nothing of its
// log is known, v′ is kept, and the replica waits for a view after v′. Or the disk
// is a new one.
func (c *Checker) restartSilent(r *replica, e *vsr.Event) *Divergence {
	if d := restarts(r, e); d != nil {
		return d
	}
	actual, d := c.refinement.state(e.Replica, e.State)
	if d != nil {
		return d
	}
	before, undo := r.state, 0
	for !damagedFrom(before, actual, len(e.Sent)) && !replaced(before, actual, len(e.Sent)) {
		if undo == len(r.past) || c.rules.noUndo {
			d := diverge(WrongRestart, "no loss of a disk leads to this state; the differences are "+
				"to the state before; %d steps were taken back in vain", undo)
			d.State = differences(r.state, actual)
			return d
		}
		undo++
		before = r.past[len(r.past)-undo].before
	}
	if d := c.undo(r, undo); d != nil {
		return d
	}
	r.state = before
	var expected []spec.Message
	if actual.ViewNumber > before.ViewNumber {
		expected = append(expected, spec.StartViewChange{From: actual.ReplicaNumber,
			ViewNumber: actual.ViewNumber})
	}
	after := actual
	after.Damage = before.Damage
	if before.Log.StartsWith(actual.Log) {
		after.Log = before.Log
	}
	r.silent = true
	sent, d := c.compare(e, after, expected)
	if d != nil {
		return d
	}
	c.report.Restarts++
	c.report.Damaged++
	return c.accept(r, e.Step, after, sent)
}

// known is the state of a silent replica with the log that it would have, and
// with what it knows of its head.
func (r *replica) known(after, actual spec.Replica) spec.Replica {
	if r.silent && actual.Status != spec.Normal && after.Log.StartsWith(actual.Log) {
		actual.Log, actual.Damage = after.Log, after.Damage
	}
	return actual
}

// replaced says whether the state can be that of a replica on a new disk of vsr
// recover: it knows a view in which an operation was committed without it, says
// that it was Normal there, and waits for the next one. It was in no later view
// before. The log that it had is kept, for as long as nobody is told of it.
func replaced(before, actual spec.Replica, messages int) bool {
	return messages == 1 && actual.Status == spec.ViewChange && actual.OpNumber() == 0 &&
		actual.CommitNumber == 0 && actual.ViewNumber == actual.LastNormalView+1 &&
		actual.ViewNumber > before.ViewNumber
}

// damagedFrom says whether the state can be what a damaged disk made of the one
// before: the log is gone, the view numbers are not. A replica that was
// Normal in its view cannot be again, and says so.
func damagedFrom(before, actual spec.Replica, messages int) bool {
	view := before.ViewNumber
	if before.LastNormalView == before.ViewNumber {
		view++
	}
	return messages == int(view-before.ViewNumber) &&
		actual.Status == spec.ViewChange && actual.ViewNumber == view &&
		actual.LastNormalView == before.LastNormalView &&
		actual.OpNumber() == 0 && actual.CommitNumber == 0 && actual.Damage.HeadUnknown
}

// silent says whether the step of a silent replica is one without a vote. The
// step that ends the damage, since the replica is Normal after it, may be.
func silent(after spec.Replica, sent []refined) *Divergence {
	if after.Status == spec.Normal {
		return nil
	}
	for _, m := range sent {
		if kind := m.message.Kind(); kind == spec.KindDoViewChange || kind == spec.KindPrepareOK {
			return diverge(WrongSent, "%s is a vote of a replica that does not know what it has "+
				"acknowledged", messageText(m.message))
		}
	}
	return nil
}
