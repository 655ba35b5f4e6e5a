// SPDX-License-Identifier: Apache-2.0

package conform

// The checker: what it is told, what it remembers of each replica, and what it
// answers.

import (
	"errors"
	"fmt"
	"math"

	"viewstamp/impl/vsr"
	"viewstamp/spec"
)

// Options say what the events are held against.
type Options struct {
	// Replicas is the size of the group, from 1 to 255.
	Replicas int
	// ClientsTraced means that the caller tells what clients do: ClientSent
	// before a REQUEST is received, ClientReceived when a REPLY is. If not set,
	// requests come from outside and any is accepted, and no reply is ever
	// received.
	ClientsTraced bool
	// Protocol is the table of steps. The zero value is spec.DamagedDisks() with
	// spec.AcknowledgeJoined; as long as no disk is damaged it is
	// spec.ViewstampedReplication() with that.
	Protocol spec.Protocol
	// UndoMax is how many of the last steps of a replica a crash can take back.
	// 0 means 65536.
	UndoMax int
	// Observer hears of each step.
	Observer Observer

	// rules are the comparisons. The zero value makes all of them; tests leave
	// some out to show that each is needed.
	rules rules
}

// Checker holds the state of all replicas and the network.
type Checker struct {
	configuration spec.Configuration
	steps         map[string]spec.Step
	alone         spec.Do // OnDoViewChange of one message, to refuse it.
	undoMax       int
	observer      Observer
	rules         rules
	refinement    refinement
	network       network
	replicas      []replica
	invariants    invariants
	report        Report
	// unordered is set if a file does not say what happened before what in
	// another. Then a message can be received here before its sender's crash,
	// though it was sent after.
	unordered bool
	// owed are messages that were received and whose sender then lost the step.
	// Their value says who received them. Only used if unordered.
	owed   map[messageKey]*Divergence
	failed error
}

// replica is one replica as far as its events have been checked.
type replica struct {
	started  bool
	silent   bool            // It has restarted and knows nothing of its log, and does not vote.
	lost     []vsr.LostRange // Parts of the log that it cannot read.
	hadLost  bool            // It could not at its latest start.
	state    spec.Replica
	sequence uint64 // Of the last event.
	// past holds the last steps, oldest first, for a crash to take back.
	past []pastStep
}

// pastStep is a step that happened: the state before it, and what it put into
// the world.
type pastStep struct {
	name   string
	before spec.Replica
	sent   []refined
}

// Report counts what was checked.
type Report struct {
	// Events counts all events, Steps those of each step that were not ignored,
	// and Ignored those of each reason.
	Events  int
	Steps   map[string]int
	Ignored map[spec.Ignored]int
	// Replicas is how many replicas have an event.
	Replicas int
	// Restarts counts crashes, Undone the steps that they took back, Damaged the
	// restarts from a disk that had lost something. Denied counts the views that
	// were started without an entry that nobody supplied and enough replicas denied.
	Restarts, Undone, Damaged, Denied int
	// Messages counts the messages sent by steps, Received those received by
	// them.
	Messages, Received int
	// Entries counts the different log entries, Clients the clients.
	Entries, Clients int
	// Torn counts files with a torn last line or header, which was left out.
	Torn int
	// Committed is the largest commit-number of a replica, View the largest
	// view-number.
	Committed spec.OpNumber
	View      spec.ViewNumber
}

// Observer hears of the steps as the spec has them. The zero value hears of
// nothing.
type Observer struct {
	// Step is a step that was not ignored, with the state after it and what it
	// sent. A step that is none of the spec is the last one, if the spec has
	// words for it.
	Step func(name string, after spec.Replica, sent []spec.Message)
	// Undo takes back the last step of that replica which is not taken back
	// yet: it was lost in a crash.
	Undo func(i spec.ReplicaNumber)
}

// New makes a checker of a group that has not started yet.
func New(options Options) (*Checker, error) {
	if options.Replicas < 1 || options.Replicas > math.MaxUint8 {
		return nil, fmt.Errorf("conform: %d replicas, expected 1 to %d",
			options.Replicas, math.MaxUint8)
	}
	if options.UndoMax < 0 {
		return nil, fmt.Errorf("conform: UndoMax is %d, expected 0 or more", options.UndoMax)
	}
	if options.UndoMax == 0 {
		options.UndoMax = 1 << 16
	}
	if options.Protocol.Steps == nil {
		options.Protocol = spec.AcknowledgeJoined(spec.DamagedDisks())
	}
	c := &Checker{
		configuration: spec.Configuration{N: options.Replicas},
		steps:         map[string]spec.Step{},
		undoMax:       options.UndoMax,
		observer:      options.Observer,
		rules:         options.rules,
		refinement:    refinement{clients: map[vsr.ClientID]spec.ClientID{}, names: newNames()},
		network:       newNetwork(options.ClientsTraced),
		replicas:      make([]replica, options.Replicas),
		invariants:    newInvariants(),
		owed:          map[messageKey]*Divergence{},
		report:        Report{Steps: map[string]int{}, Ignored: map[spec.Ignored]int{}},
	}
	for i := range c.replicas {
		c.replicas[i].state.ReplicaNumber = spec.ReplicaNumber(i)
	}
	vr := spec.ViewstampedReplication()
	c.alone = vr.Step("OnDoViewChange").Do
	for _, step := range options.Protocol.Steps {
		c.steps[step.Name] = step
	}
	return c, nil
}

// ClientSent tells that a client sends a request. It is needed if
// Options.ClientsTraced is set.
func (c *Checker) ClientSent(m *vsr.Request) error {
	if c.network.requests == nil {
		return errors.New("conform: ClientSent without Options.ClientsTraced")
	}
	request := c.refinement.request(m.ClientID, m.RequestNumber, m.Operation)
	key := requestKey{request.ClientID, request.RequestNumber}
	if before, ok := c.network.requests[key]; ok && before != request.Operation {
		return fmt.Errorf("conform: client %v sends two different requests with number %d",
			m.ClientID, m.RequestNumber)
	}
	c.network.requests[key] = request.Operation
	return nil
}

// ClientReceived tells that a client has received a reply: it had to be sent by
// a step that no crash takes back. An error is a *Divergence.
func (c *Checker) ClientReceived(m *vsr.Reply) error {
	if c.network.requests == nil {
		return errors.New("conform: ClientReceived without Options.ClientsTraced")
	}
	if c.failed != nil {
		return c.failed
	}
	r, err := c.refinement.message(m, false)
	if err == nil && !c.network.sent(r) {
		err = diverge(NeverSent, "a client received %s, which was not sent by any step so far",
			messageText(r.message))
	}
	var d *Divergence
	if errors.As(err, &d) {
		d.Replica = m.From
		c.failed = d
		return d
	}
	c.network.receive(r.key)
	return nil
}

// Event checks the next event. The events of one replica come in their order,
// and those of different replicas so that a message is sent before it is
// received. An error is a *Divergence; it is final and returned from then on.
func (c *Checker) Event(e vsr.Event) error { return c.EventAt(Position{}, e) }

// EventAt is Event for an event that was read from a file.
func (c *Checker) EventAt(at Position, e vsr.Event) error {
	if c.failed != nil {
		return c.failed
	}
	if d := c.event(&e); d != nil {
		c.observeWrong(&e)
		c.failed = c.locate(d, at, &e)
		return c.failed
	}
	return nil
}

// observeWrong tells the observer of the step that is no step of the spec, in
// the words of the event, if the spec has words for it.
func (c *Checker) observeWrong(e *vsr.Event) {
	if c.observer.Step == nil || e.Ignored != "" || e.Step == stepStart {
		return
	}
	after, d := c.refinement.state(e.Replica, e.State)
	if d != nil {
		return
	}
	sent := make([]spec.Message, 0, len(e.Sent))
	for _, m := range e.Sent {
		r, err := c.refinement.message(m, false)
		if err != nil {
			return
		}
		sent = append(sent, r.message)
	}
	c.observer.Step(e.Step, after, sent)
}

// locate adds to a divergence where it is.
func (c *Checker) locate(d *Divergence, at Position, e *vsr.Event) *Divergence {
	d.Position, d.Replica, d.Sequence, d.Step = at, e.Replica, e.Sequence, e.Step
	if int(e.Replica) < len(c.replicas) && c.replicas[e.Replica].started {
		d.Before = stateText(c.replicas[e.Replica].state)
	}
	if d.Received == nil {
		for _, m := range e.Received {
			if r, err := c.refinement.message(m, false); err == nil {
				d.Received = append(d.Received, messageText(r.message))
			} else {
				d.Received = append(d.Received, fmt.Sprintf("%T%+v", m, m))
			}
		}
	}
	return d
}

// Finish ends the check and returns what was checked, also if there was a
// divergence.
func (c *Checker) Finish() (Report, error) {
	report := c.report
	report.Entries = len(c.refinement.names.logs)
	report.Clients = len(c.refinement.clients)
	for i := range c.replicas {
		if c.replicas[i].started {
			report.Replicas++
		}
	}
	if c.failed != nil {
		return report, c.failed
	}
	var earliest *Divergence
	for _, d := range c.owed {
		if earliest == nil || d.Replica < earliest.Replica ||
			d.Replica == earliest.Replica && d.Sequence < earliest.Sequence {
			earliest = d
		}
	}
	if earliest != nil {
		c.failed = earliest
	}
	return report, c.failed
}

// Final is the last state of a replica as the spec has it, and the name of its
// log. It is false for a replica without events.
func (c *Checker) Final(i vsr.ReplicaNumber) (spec.Replica, vsr.LogName, bool) {
	if int(i) >= len(c.replicas) || !c.replicas[i].started {
		return spec.Replica{}, vsr.LogName{}, false
	}
	state := c.replicas[i].state
	return state, c.refinement.names.byLog[state.Log], true
}
