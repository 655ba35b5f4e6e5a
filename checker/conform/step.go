// SPDX-License-Identifier: Apache-2.0

package conform

// One event against one step of the spec.

import (
	"errors"
	"fmt"
	"math"

	"viewstamp/impl/vsr"
	"viewstamp/spec"
)

// Events that are no steps of the table.
const (
	stepStart   = "Start"
	stepRestart = "Restart"
)

// event checks one event and makes it part of the run. After a divergence the
// checker is not used.
func (c *Checker) event(e *vsr.Event) *Divergence {
	if int(e.Replica) >= len(c.replicas) {
		return diverge(Malformed, "there are %d replicas, counted from 0", len(c.replicas))
	}
	r := &c.replicas[e.Replica]
	// Start and Restart come first: they begin a new count of events. Of all
	// others the number must be the next one, so that a lost line of a trace is
	// found even where the state does not show it.
	var d *Divergence
	switch {
	case e.Step == stepStart:
		d = c.start(r, e)
	case e.Step == stepRestart:
		d = c.restart(r, e)
	case e.Step == stepRestartDamaged && e.State.HeadUnknown:
		d = c.restartDamaged(r, e)
	case e.Step == stepRestartDamaged:
		d = c.restartLost(r, e)
	case e.Step == stepRestartSilent:
		d = c.restartSilent(r, e)
	case !r.started:
		d = diverge(WrongSequence, "the first event of a replica is %s", stepStart)
	case e.Sequence != r.sequence+1:
		d = diverge(WrongSequence, "expected event %d of this replica", r.sequence+1)
	default:
		d = c.step(r, e)
	}
	if d == nil {
		d = c.lost(r, e)
	}
	if d != nil {
		return d
	}
	r.sequence = e.Sequence
	c.report.Events++
	if e.Ignored == "" {
		c.report.Steps[e.Step]++
	} else {
		c.report.Ignored[spec.Ignored(e.Ignored)]++
	}
	c.report.Committed = max(c.report.Committed, r.state.CommitNumber)
	c.report.View = max(c.report.View, r.state.ViewNumber)
	return nil
}

// step checks an event of a step of the table.
func (c *Checker) step(r *replica, e *vsr.Event) *Divergence {
	step, ok := c.steps[e.Step]
	if !ok || step.Client || step.Name == stepRestart {
		return diverge(UnknownStep, "the protocol has no step of a replica with that name")
	}
	// What was received is judged before the step itself: what a step does with
	// messages that nobody sent is of no interest.
	received, d := c.received(e)
	if d != nil {
		return d
	}
	if d := c.fits(step, r.state, received, e); d != nil {
		return d
	}
	in := make([]spec.Message, len(received))
	for i := range received {
		in[i] = received[i].message
	}
	do, before, choice := step.Do, r.state, 0
	switch {
	case step.Own && len(in) <= c.configuration.Others():
		// Refused for itself: the rule of damaged disks weighs whole quorums.
		do = c.alone
	case step.Own && e.Ignored == "":
		before, choice = c.missing(r, in, e)
	}
	after, expected, why := do(c.configuration, before, in, choice)
	if why != spec.Ignored(e.Ignored) {
		return ignoredOtherwise(e, why)
	}
	sent, d := c.compare(e, after.(spec.Replica), expected)
	if d != nil {
		return d
	}
	// A replica may use its own DOVIEWCHANGE before it leaves: that does not show
	// that it was durable.
	for _, m := range received {
		if m.key.from != uint8(e.Replica) {
			c.network.receive(m.key)
		}
	}
	c.report.Received += len(received)
	if why != spec.Accepted {
		return nil
	}
	if choice > 0 {
		c.report.Denied++
	}
	return c.accept(r, e.Step, after.(spec.Replica), sent)
}

// ignoredOtherwise explains why the event and the spec do not agree on whether
// the step happens.
func ignoredOtherwise(e *vsr.Event, why spec.Ignored) *Divergence {
	d := diverge(WrongIgnored, "the replica took the step")
	switch {
	case why == spec.Accepted:
		d = diverge(WrongIgnored, "the replica ignored the step (%s), the spec takes it", e.Ignored)
	case e.Ignored != "":
		d = diverge(WrongIgnored, "the replica ignored the step for another reason: %s", e.Ignored)
	}
	d.Ignored = why
	return d
}

// received reads the messages of an event and makes sure that they had been
// sent.
func (c *Checker) received(e *vsr.Event) ([]refined, *Divergence) {
	list := make([]refined, 0, len(e.Received))
	for _, m := range e.Received {
		if m == nil {
			return nil, diverge(Malformed, "a received message is nil")
		}
		r, err := c.refinement.message(m, false)
		var d *Divergence
		switch {
		case errors.Is(err, errUnknownLog):
			return nil, diverge(NeverSent, "%s %v", describe(m), err)
		case errors.As(err, &d):
			return nil, d
		case !c.rules.anyReceived && !c.network.sent(r):
			return nil, diverge(NeverSent, "%s was not sent by any step so far",
				messageText(r.message))
		}
		list = append(list, r)
	}
	return list, nil
}

// ready says whether all messages that the event received are there, so that
// the event can come next. A message that is wrong for another reason does not
// make the event wait.
func (c *Checker) ready(e *vsr.Event) bool {
	for _, m := range e.Received {
		if m == nil {
			return true
		}
		r, err := c.refinement.message(m, false)
		if errors.Is(err, errUnknownLog) || err == nil && !c.network.sent(r) {
			return false
		}
	}
	return true
}

// fits says whether the messages are those that the step takes: of the right
// kinds and number, and for a quorum from different other replicas. A message
// of the replica's own comes to the front, as the spec wants it. A step that a
// guard refused is refused with less than a quorum, too.
func (c *Checker) fits(step spec.Step, r spec.Replica, in []refined, e *vsr.Event) *Divergence {
	// The spec takes exactly a quorum. An implementation that has more messages
	// says which of them it used.
	need := 0
	switch {
	case step.Quorum != nil && step.Own:
		need = step.Quorum(c.configuration) + 1
	case step.Quorum != nil:
		need = step.Quorum(c.configuration)
	case len(step.On) > 0:
		need = 1
	}
	// The implementation refuses messages as they come, one by one. That the
	// spec refuses the same for the same reason is checked all the same.
	refused := step.Quorum != nil && e.Ignored != "" && len(in) >= 1 && len(in) <= need
	if len(in) != need && !refused && !c.rules.anyQuorum {
		return diverge(WrongReceived, "the step takes %d messages, and received %d", need, len(in))
	}
	for _, m := range in {
		if !takes(step, m.message.Kind()) {
			return diverge(WrongReceived, "the step does not take %v", m.message.Kind())
		}
		from, isReplica := spec.Sender(m.message)
		if isReplica && int(from) >= c.configuration.N {
			return diverge(Malformed, "%s comes from replica %d of %d",
				messageText(m.message), from, c.configuration.N)
		}
	}
	if step.Quorum == nil || refused || c.rules.anyQuorum {
		return nil
	}
	return c.fitsQuorum(step, r, in)
}

// fitsQuorum is fits for the senders of a quorum, and whether each message
// counts.
func (c *Checker) fitsQuorum(step spec.Step, r spec.Replica, in []refined) *Divergence {
	var senders [math.MaxUint8 + 1]bool
	for i, m := range in {
		from, _ := spec.Sender(m.message)
		if from == r.ReplicaNumber {
			if !step.Own {
				return diverge(WrongReceived, "%s is the replica's own, and the quorum is of others",
					messageText(m.message))
			}
			in[0], in[i] = in[i], in[0] // The spec expects it there.
		}
		if senders[from] {
			return diverge(WrongReceived, "two messages of the quorum come from replica %d", from)
		}
		senders[from] = true
		if step.Wants != nil && !step.Wants(c.configuration, r, m.message) {
			return diverge(WrongReceived, "%s does not count for this step",
				messageText(m.message))
		}
	}
	if step.Own && !senders[r.ReplicaNumber] {
		return diverge(WrongReceived, "the replica's own message is missing")
	}
	return nil
}

// takes says whether a step receives messages of that kind.
func takes(step spec.Step, kind spec.Kind) bool {
	for _, k := range step.On {
		if k == kind {
			return true
		}
	}
	return false
}

// compare holds the state and the messages of an event against those of the
// spec. It returns the messages as the spec has them.
func (c *Checker) compare(e *vsr.Event, after spec.Replica, expected []spec.Message) (
	[]refined, *Divergence,
) {
	sent := make([]refined, 0, len(e.Sent))
	for _, m := range e.Sent {
		if m == nil {
			return nil, diverge(Malformed, "a sent message is nil")
		}
		// Only OnRequest makes a log that nobody has seen before; everywhere else
		// a new name is a mistake.
		r, err := c.refinement.message(m, e.Step == "OnRequest")
		var d *Divergence
		switch {
		case errors.Is(err, errUnknownLog):
			return nil, diverge(WrongSent, "%s %v", describe(m), err)
		case errors.As(err, &d):
			return nil, d
		}
		sent = append(sent, r)
	}
	if step := c.steps[e.Step]; step.Own {
		sent = withLostReplies(expected, sent)
	}
	if !c.rules.anySent && !sameMessages(expected, sent) {
		d := diverge(WrongSent, "the spec sends %d messages, the replica %d, or others",
			len(expected), len(sent))
		d.ExpectedSent, d.ActualSent = texts(expected), []string{}
		for _, m := range sent {
			d.ActualSent = append(d.ActualSent, messageText(m.message))
		}
		return nil, d
	}
	// The state comes after the messages: a new log gets its name from PREPARE.
	actual, d := c.refinement.state(e.Replica, e.State)
	if d != nil {
		return nil, d
	}
	actual = c.replicas[e.Replica].known(after, actual)
	if !c.rules.sameState(after, actual) {
		d := diverge(WrongState, "the state after the step is not that of the spec")
		d.State = differences(after, actual)
		return nil, d
	}
	return sent, nil
}

// withLostReplies adds to the messages of a step the REPLYs that it did not
// send. A new primary that has restarted from a checkpoint, or installed one,
// knows only the last result of each client, and nobody waits for the others: to
// the spec they were sent and are lost.
func withLostReplies(expected []spec.Message, sent []refined) []refined {
	has := make(map[messageKey]bool, len(sent))
	for _, m := range sent {
		has[m.key] = true
	}
	for _, m := range expected {
		if reply := keyed(m, spec.Log{}); m.Kind() == spec.KindReply && !has[reply.key] {
			sent = append(sent, reply)
		}
	}
	return sent
}

// sameMessages compares two lists in any order.
func sameMessages(expected []spec.Message, sent []refined) bool {
	if len(expected) != len(sent) {
		return false
	}
	// Nearly always the order is that of the spec, which saves the counting. That
	// it need not be is because a network keeps no order either.
	inOrder := true
	for i := range expected {
		inOrder = inOrder && expected[i] == sent[i].message
	}
	if inOrder {
		return true
	}
	count := map[spec.Message]int{}
	for i := range expected {
		count[expected[i]]++
		count[sent[i].message]--
	}
	for _, n := range count {
		if n != 0 {
			return false
		}
	}
	return true
}

// accept makes a step part of the run.
func (c *Checker) accept(
	r *replica, step string, after spec.Replica, sent []refined,
) *Divergence {
	if r.silent {
		if d := silent(after, sent); d != nil {
			return d
		}
		r.silent = after.Status != spec.Normal
	}
	before := r.state
	r.state = after
	// The past is cut when it is twice as long as needed, so that cutting costs
	// nothing on average.
	if len(r.past) >= 2*c.undoMax {
		r.past = append(r.past[:0], r.past[len(r.past)-c.undoMax:]...)
	}
	r.past = append(r.past, pastStep{step, before, sent})
	if d := c.invariants.onState(before, after); d != nil {
		return d
	}
	for _, m := range sent {
		c.network.send(m.key)
		delete(c.owed, m.key)
		if d := c.invariants.onSent(m); d != nil {
			return d
		}
	}
	c.report.Messages += len(sent)
	if c.observer.Step != nil {
		messages := make([]spec.Message, len(sent))
		for i := range sent {
			messages[i] = sent[i].message
		}
		c.observer.Step(step, after, messages)
	}
	return nil
}

// texts prints messages. The list is not nil, which says that it is known.
func texts(list []spec.Message) []string {
	all := make([]string, 0, len(list))
	for _, m := range list {
		all = append(all, messageText(m))
	}
	return all
}

// describe prints a message that the spec has no words for, because its log is
// unknown.
func describe(m vsr.Message) string {
	switch m := m.(type) {
	case *vsr.Prepare:
		return fmt.Sprintf("PREPARE(v=%d n=%d entry %v on %s k=%d) from %d", m.ViewNumber,
			m.Parent.OpNumber+1, m.Entry.Checksum, nameText(m.Parent), m.CommitNumber, m.From)
	case *vsr.DoViewChange:
		return fmt.Sprintf("DOVIEWCHANGE(v=%d log %s) from %d",
			m.ViewNumber, nameText(m.Log.Name), m.From)
	case *vsr.StartView:
		return fmt.Sprintf("STARTVIEW(v=%d log %s) from %d",
			m.ViewNumber, nameText(m.Log.Name), m.From)
	case *vsr.NewState:
		return fmt.Sprintf("NEWSTATE(v=%d n′=%d log %s) from %d to %d",
			m.ViewNumber, m.After, nameText(m.Log.Name), m.From, m.To)
	}
	return fmt.Sprintf("%T", m)
}
