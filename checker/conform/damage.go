// SPDX-License-Identifier: Apache-2.0

package conform

// Restarts from a disk that has lost a part of what it held. A replica that does
// not know its head is the step RestartDamaged of the spec, and votes as it says.
//
// One that has lost entries which nobody has does not vote until it has adopted
// the log of a view that it was never Normal in: in the spec it could. To the
// spec it is a replica that has its log and says nothing. While it asks for the
// entries it makes no event, and the Restart afterwards is an ordinary one.

import (
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
	after, expected, why := c.headLost(before, actual)
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
		after, expected, why = c.headLost(before, actual)
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

// headLost is RestartDamaged of a replica whose log then ends where the actual
// one does. It ends no lower than that with which the replica entered v′
// (HeadKnown). As after an ordinary restart, the log may be the checkpoint of
// another, and the commit-number any that the replica had before.
func (c *Checker) headLost(before, actual spec.Replica) (
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
	if why == spec.Accepted && installed(before, after, actual) {
		after = actual
	}
	return after, sent, why
}

// restartSilent checks the restart of a replica that does not vote: the log is
// what can be read of the one before, v′ is kept, and the replica waits for a
// view after v′. Or the disk is a new one.
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
// with what it knows of its head. What can be read may change from start to
// start.
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
// before: a part of the log is gone, the view numbers are not. A replica that was
// Normal in its view cannot be again, and says so.
func damagedFrom(before, actual spec.Replica, messages int) bool {
	view := before.ViewNumber
	if before.LastNormalView == before.ViewNumber {
		view++
	}
	return messages == int(view-before.ViewNumber) &&
		actual.Status == spec.ViewChange && actual.ViewNumber == view &&
		actual.LastNormalView == before.LastNormalView &&
		(actual.CommitNumber == actual.OpNumber() || // A checkpoint: see installed.
			actual.CommitNumber <= before.CommitNumber && before.Log.StartsWith(actual.Log))
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
