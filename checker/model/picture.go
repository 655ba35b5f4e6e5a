// SPDX-License-Identifier: Apache-2.0

package model

import (
	"fmt"
	"strings"

	"viewstamp/checker/diagram"
	"viewstamp/spec"
)

// A counterexample as a space-time diagram.

// Picture draws a counterexample. Its last step is the one that breaks the property. A step in
// which a replica takes up a view without the log of that view stands out as well.
func Picture(s spec.System, title, violated string, steps []Transition) diagram.Diagram {
	p := picture{system: s, sentAt: map[spec.Message]int{}, committed: map[spec.Operation]bool{}}
	d := diagram.Diagram{
		Title: title,
		Caption: "Replica v mod N is the primary of view v. A box is the state of a replica: view, " +
			"status, log, commit-number k; and v′, the latest view in which it was Normal, where " +
			"that is another one.",
		Legend: []diagram.Key{{Tone: diagram.Plain, Text: "Normal"},
			{Tone: diagram.Waiting, Text: "waits for a view to start"},
			{Tone: diagram.Good, Text: "committed"}, {Tone: diagram.Bad, Text: "goes wrong"}},
	}
	processes := s.Processes()
	d.Processes = make([]diagram.Process, len(processes))
	for i, process := range processes {
		lane := &d.Processes[p.lane(i)]
		lane.Name = s.ProcessName(i)
		if r, ok := process.(spec.Replica); ok {
			lane.Chip = p.chip(r)
		}
	}
	for i, t := range steps {
		d.Events = append(d.Events, p.event(i, t))
		for _, m := range t.Sent {
			if _, ok := p.sentAt[m]; !ok {
				p.sentAt[m] = i
			}
			if reply, ok := m.(spec.Reply); ok && reply.ViewNumber == 0 {
				d.Undelivered = append(d.Undelivered, diagram.Undelivered{From: i,
					To: p.lane(s.Replicas()), Label: label(m), Fate: diagram.Arrives,
					Tone: diagram.Good})
			}
		}
	}
	if len(d.Events) > 0 && violated != "" {
		last := &d.Events[len(d.Events)-1]
		last.Tone, last.Chip.Tone = diagram.Bad, diagram.Bad
		last.Details = append(last.Details, violated+" is broken.")
	}
	return d
}

// picture is what is known while the steps are drawn.
type picture struct {
	system    spec.System
	sentAt    map[spec.Message]int
	committed map[spec.Operation]bool
}

// lane is where a process stands: the clients at the left, where the eye begins, then the replicas.
func (p *picture) lane(process int) int {
	clients := len(p.system.Processes()) - p.system.Replicas()
	if process >= p.system.Replicas() {
		return process - p.system.Replicas()
	}
	return process + clients
}

// event is one row of the picture.
func (p *picture) event(i int, t Transition) diagram.Event {
	e := diagram.Event{Process: p.lane(t.Process), Title: p.title(t)}
	for _, m := range t.Received {
		if from := p.system.Sender(m); from != t.Process {
			e.Received = append(e.Received,
				diagram.Receipt{From: p.sentAt[m], Label: label(m)})
		}
	}
	for _, m := range t.Sent {
		switch m := m.(type) {
		case spec.Reply:
			if op := t.After.(spec.Replica).Log; op.Has(m.OpNumber) {
				p.committed[op.At(m.OpNumber).Operation] = true
			}
		case spec.DoViewChange:
			e.Details = append(e.Details, fmt.Sprintf("DOVIEWCHANGE: %s, v′=%d, k=%d",
				shortLog(m.Log), m.LastNormalView, m.CommitNumber))
		}
	}
	after, ok := t.After.(spec.Replica)
	if !ok || t.After == t.Before {
		return e
	}
	e.Chip = p.chip(after)
	before := t.Before.(spec.Replica)
	if t.Step == "JoinView" && after.Status == spec.Normal {
		e.Tone, e.Chip.Tone = diagram.Bad, diagram.Bad
		e.Details = append(e.Details, fmt.Sprintf("Its log was %s and is %s now. That is not the log "+
			"of view %d, but v′ says so.", shortLog(before.Log), shortLog(after.Log),
			after.ViewNumber))
	}
	if after.CommitNumber > before.CommitNumber && len(t.Sent) > 0 && t.Step == "OnPrepareOK" {
		e.Tone = diagram.Good
	}
	return e
}

// chip is the state of a replica in a box.
func (p *picture) chip(r spec.Replica) diagram.Chip {
	chip := diagram.Chip{}
	if r.Status == spec.ViewChange {
		chip.Tone = diagram.Waiting
	}
	log := diagram.Piece{Text: shortLog(r.Log)}
	for n := spec.OpNumber(1); n <= r.OpNumber(); n++ {
		if p.committed[r.Log.At(n).Operation] {
			log.Tone = diagram.Good
		}
	}
	second := []diagram.Piece{log, {Text: fmt.Sprintf("k=%d", r.CommitNumber)}}
	if r.LastNormalView != r.ViewNumber {
		second = append(second, diagram.Piece{Text: fmt.Sprintf("v′%d", r.LastNormalView)})
	}
	chip.Lines = [][]diagram.Piece{
		{{Text: fmt.Sprintf("v%d %v", r.ViewNumber, r.Status)}}, second}
	return chip
}

// title says in a few words what a step does.
func (p *picture) title(t Transition) string {
	r, ok := t.After.(spec.Replica)
	if !ok {
		return fmt.Sprintf("A client sends %s", strings.TrimPrefix(label(t.Sent[0]), "REQUEST "))
	}
	i, v := r.ReplicaNumber, r.ViewNumber
	switch t.Step {
	case "OnRequest":
		return fmt.Sprintf("%d, the primary of view %d, appends it", i, v)
	case "OnPrepare":
		return fmt.Sprintf("%d appends it and acknowledges", i)
	case "OnPrepareOK":
		return fmt.Sprintf("%d commits it: a quorum has it", i)
	case "SendCommit":
		return fmt.Sprintf("%d tells all how far it has committed", i)
	case "SendStartViewChange":
		return fmt.Sprintf("%d waits too long: it wants view %d", i, v)
	case "OnLaterView":
		return fmt.Sprintf("%d follows into view %d", i, v)
	case "OnStartViewChange":
		to := p.system.Configuration().Primary(v)
		if to == i {
			return fmt.Sprintf("%d offers its own log", i)
		}
		return fmt.Sprintf("%d gives its log to the new primary, %d", i, to)
	case "OnDoViewChange":
		return fmt.Sprintf("%d starts view %d with the log %s", i, v, shortLog(r.Log))
	case "OnStartView":
		return fmt.Sprintf("%d takes the log of view %d", i, v)
	case "JoinView":
		if r.Status == spec.Normal {
			return fmt.Sprintf("%d hears of view %d, and is Normal in it at once", i, v)
		}
		return fmt.Sprintf("%d hears of view %d, and waits for its log", i, v)
	}
	return fmt.Sprintf("%d: %s", i, t.Step)
}

// label names a message in a few letters.
func label(m spec.Message) string {
	switch m := m.(type) {
	case spec.Request:
		return fmt.Sprintf("REQUEST %s", m.Operation)
	case spec.Prepare:
		return fmt.Sprintf("PREPARE %s", m.Request.Operation)
	case spec.PrepareOK:
		return fmt.Sprintf("PREPAREOK %d", m.OpNumber)
	case spec.Reply:
		return fmt.Sprintf("REPLY %c%d", 'a'+rune(m.ClientID), m.RequestNumber)
	case spec.Commit:
		return fmt.Sprintf("COMMIT %d", m.CommitNumber)
	case spec.StartViewChange:
		return fmt.Sprintf("STARTVIEWCHANGE %d", m.ViewNumber)
	case spec.DoViewChange:
		return fmt.Sprintf("DOVIEWCHANGE %s", shortLog(m.Log))
	case spec.StartView:
		return fmt.Sprintf("STARTVIEW %s", shortLog(m.Log))
	}
	return m.Kind().String()
}

// shortLog lists the operations of a log.
func shortLog(l spec.Log) string {
	names := make([]string, l.OpNumber())
	for n := range l.OpNumber() {
		names[n] = string(l.At(n + 1).Operation)
	}
	return "[" + strings.Join(names, " ") + "]"
}
