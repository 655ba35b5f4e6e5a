// SPDX-License-Identifier: Apache-2.0

package conform

// Start and Restart. The trace of a replica that crashed may be ahead of its
// disk.

import (
	"viewstamp/impl/vsr"
	"viewstamp/spec"
)

// start checks the first event of a replica: an empty log in view 0.
func (c *Checker) start(r *replica, e *vsr.Event) *Divergence {
	switch {
	case r.started:
		return diverge(WrongSequence, "the replica starts anew, and has started before")
	case e.Sequence != 1:
		return diverge(WrongSequence, "%s is event 1", stepStart)
	case len(e.Received) > 0 || e.Ignored != "":
		return diverge(WrongReceived, "%s receives nothing", stepStart)
	}
	if _, d := c.compare(e, r.state, nil); d != nil {
		return d
	}
	r.started = true
	return nil
}

// restarts checks what all restarts have in common.
func restarts(r *replica, e *vsr.Event) *Divergence {
	switch {
	case !r.started:
		return diverge(WrongSequence, "the replica restarts, and has never started")
	case e.Sequence != 1:
		return diverge(WrongSequence, "%s is event 1", e.Step)
	case len(e.Received) > 0 || e.Ignored != "":
		return diverge(WrongReceived, "%s receives nothing", e.Step)
	}
	return nil
}

// restart takes back the steps that were not durable, and checks the state that
// the replica woke up in.
func (c *Checker) restart(r *replica, e *vsr.Event) *Divergence {
	if d := restarts(r, e); d != nil {
		return d
	}
	actual, d := c.refinement.state(e.Replica, e.State)
	if d != nil {
		return d
	}
	before, undo, choice, ok := c.explain(r, actual, len(e.Sent))
	if !ok {
		d := diverge(WrongRestart, "no crash of the spec leads to this state; the differences are to "+
			"a crash that loses nothing; %d steps were taken back in vain", undo)
		expected, _, _ := spec.Restart(c.configuration, r.state, 0)
		d.State = differences(expected, actual)
		return d
	}
	if d := c.undo(r, undo); d != nil {
		return d
	}
	r.state = before
	after, expected, _ := c.restarted(r.state, actual, choice)
	if r.installed(r.state, after, actual) {
		after = actual
	}
	sent, d := c.compare(e, after, expected)
	if d != nil {
		return d
	}
	c.report.Restarts++
	r.silent = false
	return c.accept(r, e.Step, after, sent)
}

// explain finds the smallest number of last steps to take back, so that a
// restart of the spec from the state before them gives the actual state and
// sends as many messages; with it that state, and which choice it is. The
// messages matter: a primary that crashes twice in a row, before the write of
// its new view was durable, gives up the same view twice, and the first time is
// undone. A step OnPrepareOK is never taken back: a primary commits only what
// is on its own disk.
func (c *Checker) explain(r *replica, actual spec.Replica, messages int) (
	before spec.Replica, undo, choice int, ok bool,
) {
	before = r.state
	if r.silent && before.Log.StartsWith(actual.Log) {
		// The disk can be read again. How many of the last entries had been durable at the damage
		// was not known.
		before.Log = actual.Log
	}
	// Taking back as little as possible is right: a step that is not taken back
	// is checked more strictly, as its messages count as sent.
	for undo = 0; ; undo++ {
		choice = 0
		if before.Log.StartsWith(actual.Log) {
			choice = int(before.OpNumber() - actual.OpNumber())
		}
		after, sent, ok := c.restarted(before, actual, choice)
		if ok && (after == actual || r.installed(before, after, actual)) && len(sent) == messages {
			return before, undo, choice, true
		}
		if undo == len(r.past) || c.rules.noUndo ||
			r.past[len(r.past)-1-undo].name == "OnPrepareOK" {
			return before, undo, 0, false
		}
		before = r.past[len(r.past)-1-undo].before
	}
}

// installed says whether the replica crashed between the two parts of taking
// over a log that begins with a checkpoint of another: the checkpoint was
// durable, and the write with the view and the entries was not. Its log is the
// checkpoint then, a committed log that its own did not contain; all else is as
// before the step. What it had acknowledged is in there, or of no more use: if
// entries differ from what is committed, then it was committed in a later view
// than its v′. (That the checkpoint is what others have committed is tested when
// the step is accepted.) A replica that had lost entries may have got a checkpoint of
// its own log, instead of those: nothing of the log is gone then, and the
// commit-number is at least that of the checkpoint.
func (r *replica) installed(before, after, actual spec.Replica) bool {
	if r.hadLost && after.Log == actual.Log && actual.CommitNumber > before.CommitNumber {
		after.CommitNumber = actual.CommitNumber
		return after == actual
	}
	if actual.CommitNumber != actual.OpNumber() || before.Log.StartsWith(actual.Log) {
		return false
	}
	after.Log, after.CommitNumber = actual.Log, actual.CommitNumber
	return after == actual
}

// restarted is the state after a restart that loses that many entries, if it
// can, and the messages that it sends. In the spec a replica forgets which
// entries are committed, and learns it again. One with a checkpoint knows it up
// to there: its commit-number may be any that it had before.
func (c *Checker) restarted(before, actual spec.Replica, lost int) (
	_ spec.Replica, sent []spec.Message, ok bool,
) {
	step := c.steps[stepRestart]
	if lost > 0 && lost >= step.Choices(c.configuration, before) {
		return spec.Replica{}, nil, false
	}
	restarted, sent, _ := step.Do(c.configuration, before, nil, lost)
	after := restarted.(spec.Replica)
	if actual.CommitNumber <= before.CommitNumber {
		after.CommitNumber = max(after.CommitNumber, actual.CommitNumber)
	}
	return after, sent, true
}

// undo takes back the last steps: their messages never left, and their logs
// never had a name.
func (c *Checker) undo(r *replica, count int) *Divergence {
	for range count {
		last := r.past[len(r.past)-1]
		r.past = r.past[:len(r.past)-1]
		for _, m := range last.sent {
			// Where files have no common order, a receiver may be ahead of this
			// crash here: what it received can be sent again after it.
			leaked := c.network.unsend(m.key)
			if leaked {
				d := diverge(NotDurable, "%s was received, but its step was lost in the crash",
					messageText(m.message))
				if !c.unordered {
					return d
				}
				d.Replica = vsr.ReplicaNumber(r.state.ReplicaNumber)
				c.owed[m.key] = d
				continue
			}
			c.invariants.unsent(m)
			if m.fresh {
				c.refinement.names.forget(m.key.log)
			}
		}
		c.report.Undone++
		if c.observer.Undo != nil {
			c.observer.Undo(r.state.ReplicaNumber)
		}
	}
	return nil
}
