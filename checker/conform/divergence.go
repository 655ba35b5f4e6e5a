// SPDX-License-Identifier: Apache-2.0

package conform

// What is reported when a run leaves the spec.

import (
	"fmt"
	"strings"

	"viewstamp/impl/vsr"
	"viewstamp/spec"
)

// Position says where an event was read. The zero value: it did not come from a
// file.
type Position struct {
	File string
	Line int // From 1.
}

// String is file:line, or nothing.
func (p Position) String() string {
	if p == (Position{}) {
		return ""
	}
	return fmt.Sprintf("%s:%d", p.File, p.Line)
}

// Problem names the kind of a divergence.
type Problem string

// The problems.
const (
	// Malformed: the event contradicts itself or names what cannot exist.
	Malformed Problem = "malformed event"
	// UnknownStep: the spec has no such step of a replica.
	UnknownStep Problem = "unknown step"
	// WrongSequence: an event is missing, twice there, or in another place.
	WrongSequence Problem = "wrong sequence"
	// NeverSent: a received message had not been sent.
	NeverSent Problem = "received but never sent"
	// NotDurable: a message left before its step was durable, which a crash has
	// shown.
	NotDurable Problem = "sent before it was durable"
	// WrongReceived: the messages are not those that the step needs.
	WrongReceived Problem = "wrong messages received"
	// WrongIgnored: the spec takes the step and the replica does not, or the
	// other way round, or they give different reasons.
	WrongIgnored Problem = "ignored otherwise than the spec"
	// WrongState: the state after the step is another one.
	WrongState Problem = "wrong state"
	// WrongSent: the step sent other messages.
	WrongSent Problem = "wrong messages sent"
	// WrongName: two logs have one name, or one log has two.
	WrongName Problem = "names of logs are not one to one"
	// WrongRestart: no crash of the spec leads to the state after the restart.
	WrongRestart Problem = "wrong restart"
	// Violated: the run breaks a property of the protocol.
	Violated Problem = "property violated"
)

// Difference is one field that is not as the spec says.
type Difference struct {
	Field            string
	Expected, Actual string
}

// Divergence is the error for an event that the spec does not allow.
type Divergence struct {
	Position Position
	Replica  vsr.ReplicaNumber
	Sequence uint64
	Step     string
	Problem  Problem
	// Reason is a sentence about this event.
	Reason string
	// Received are the messages of the step, in the words of the spec.
	Received []string
	// Before is the state before the step; empty if the replica has none yet.
	Before string
	// State lists the fields that differ.
	State []Difference
	// ExpectedSent and ActualSent are set if the messages sent differ.
	ExpectedSent, ActualSent []string
	// Ignored is why the spec ignores the step; empty if it takes it.
	Ignored spec.Ignored
}

// Error is the whole report, on several lines.
func (d *Divergence) Error() string {
	var b strings.Builder
	if at := d.Position.String(); at != "" {
		fmt.Fprintf(&b, "%s: ", at)
	}
	fmt.Fprintf(&b, "replica %d, event %d, %s: %s: %s", d.Replica, d.Sequence, d.Step,
		d.Problem, d.Reason)
	if d.Ignored != spec.Accepted {
		fmt.Fprintf(&b, "\n  the spec ignores the step: %s", d.Ignored)
	}
	for _, m := range d.Received {
		fmt.Fprintf(&b, "\n  received %s", m)
	}
	if d.Before != "" {
		fmt.Fprintf(&b, "\n  before   %s", d.Before)
	}
	for _, difference := range d.State {
		fmt.Fprintf(&b, "\n  %s: expected %s, actual %s",
			difference.Field, difference.Expected, difference.Actual)
	}
	list := func(title string, messages []string) {
		if len(messages) == 0 {
			fmt.Fprintf(&b, "\n  %s nothing", title)
		}
		for _, m := range messages {
			fmt.Fprintf(&b, "\n  %s %s", title, m)
		}
	}
	if d.ExpectedSent != nil || d.ActualSent != nil {
		list("expected to send", d.ExpectedSent)
		list("actually sent   ", d.ActualSent)
	}
	return b.String()
}

// diverge makes a Divergence of an event. The caller adds what it knows.
func diverge(problem Problem, format string, args ...any) *Divergence {
	return &Divergence{Problem: problem, Reason: fmt.Sprintf(format, args...)}
}

// differences compares two states field by field.
func differences(expected, actual spec.Replica) []Difference {
	var list []Difference
	add := func(field string, same bool, e, a any) {
		if !same {
			list = append(list, Difference{field, fmt.Sprint(e), fmt.Sprint(a)})
		}
	}
	add("Status", expected.Status == actual.Status, expected.Status, actual.Status)
	add("ViewNumber", expected.ViewNumber == actual.ViewNumber,
		expected.ViewNumber, actual.ViewNumber)
	add("LastNormalView", expected.LastNormalView == actual.LastNormalView,
		expected.LastNormalView, actual.LastNormalView)
	add("Log", expected.Log == actual.Log, logText(expected.Log), logText(actual.Log))
	add("CommitNumber", expected.CommitNumber == actual.CommitNumber,
		expected.CommitNumber, actual.CommitNumber)
	add("HeadUnknown", expected.Damage.HeadUnknown == actual.Damage.HeadUnknown,
		expected.Damage.HeadUnknown, actual.Damage.HeadUnknown)
	return list
}

// stateText is a state on one line, with the log cut short.
func stateText(r spec.Replica) string {
	return fmt.Sprintf("%v v=%d v′=%d k=%d l=%s%v",
		r.Status, r.ViewNumber, r.LastNormalView, r.CommitNumber, logText(r.Log), r.Damage)
}

// logText is a log with its last entries: what two logs differ in is mostly
// there.
func logText(l spec.Log) string {
	const shown = 4
	var b strings.Builder
	fmt.Fprintf(&b, "%d entries [", l.OpNumber())
	first := max(1, l.OpNumber()-shown+1)
	if first > 1 {
		b.WriteString("… ")
	}
	for n := first; n <= l.OpNumber(); n++ {
		e := l.At(n)
		if n > first {
			b.WriteByte(' ')
		}
		fmt.Fprintf(&b, "%d:c%d/%d@%d", n, e.ClientID, e.RequestNumber, e.ViewNumber)
	}
	b.WriteByte(']')
	return b.String()
}

// messageText is a message with all its fields, logs cut short.
func messageText(m spec.Message) string {
	switch m := m.(type) {
	case spec.Request:
		return fmt.Sprintf("REQUEST(c=%d s=%d)", m.ClientID, m.RequestNumber)
	case spec.Prepare:
		return fmt.Sprintf("PREPARE(v=%d m=c%d/%d n=%d k=%d) from %d", m.ViewNumber,
			m.Request.ClientID, m.Request.RequestNumber, m.OpNumber, m.CommitNumber, m.From)
	case spec.Reply:
		return fmt.Sprintf("REPLY(v=%d c=%d s=%d x=%d) from %d",
			m.ViewNumber, m.ClientID, m.RequestNumber, m.OpNumber, m.From)
	case spec.Commit:
		return fmt.Sprintf("COMMIT(v=%d k=%d) from %d", m.ViewNumber, m.CommitNumber, m.From)
	case spec.DoViewChange:
		return fmt.Sprintf("DOVIEWCHANGE(v=%d l=%s v′=%d k=%d i=%d%v)", m.ViewNumber,
			logText(m.Log), m.LastNormalView, m.CommitNumber, m.From,
			spec.Damage{HeadUnknown: m.HeadUnknown})
	case spec.StartView:
		return fmt.Sprintf("STARTVIEW(v=%d l=%s k=%d) from %d",
			m.ViewNumber, logText(m.Log), m.CommitNumber, m.From)
	case spec.NewState:
		return fmt.Sprintf("NEWSTATE(v=%d n′=%d l=%s k=%d) from %d to %d", m.ViewNumber,
			m.After, logText(m.Log), m.CommitNumber, m.From, m.To)
	}
	return m.String()
}
