// SPDX-License-Identifier: Apache-2.0

// Package diagram draws a run of a distributed system as a space-time diagram in SVG: one lane for
// each process, time downwards, one row for each event, and an arrow for each message from the
// event that sent it to the event that received it.
//
// It knows no protocol. A caller names the processes, lists the events in their order, and says
// with each event what happened in words, what the process looks like afterwards (its chip),
// and which messages were received. Order and arrows are all that such a picture claims:
// distances between rows mean nothing.
//
// The picture stands alone: no font, script or image from elsewhere. It follows the reader's
// light or dark mode. The same Diagram yields the same bytes, so that a test can keep a picture
// in a repository current.
//
// Not in here: reading traces, choosing what to show, any layout but this one.
package diagram

import (
	"fmt"
	"io"
)

// Tone says how a part of the picture stands out. It goes with words, never instead of them: the
// colours alone say nothing to a reader who cannot tell them apart.
type Tone uint8

const (
	// Plain is ordinary.
	Plain Tone = iota
	// Good is what is safe: a committed entry, for instance.
	Good
	// Waiting is a process that cannot go on by itself. Its lane is dashed until its next chip.
	Waiting
	// Bad is what went wrong.
	Bad
)

// Diagram is a run to be drawn.
type Diagram struct {
	// Title is the first line of the picture, and its name for a screen reader.
	Title string
	// Caption says below the title what to look at. Optional; it is wrapped.
	Caption string
	// Processes are the lanes, from left to right.
	Processes []Process
	// Events happened in this order.
	Events []Event
	// Undelivered are the messages worth showing that no event received.
	Undelivered []Undelivered
	// Legend explains the tones below the picture. Optional.
	Legend []Key
	// Width is that of the picture in pixels, 900 if zero. More lanes than fit make it wider.
	Width int
}

// Process is one lane.
type Process struct {
	Name string
	// Chip is the state in which the process starts, drawn below its name. Optional.
	Chip Chip
}

// Event is one row: something happened at one process.
type Event struct {
	// Process is an index into Processes.
	Process int
	// Title says what happened, in a few words.
	Title string
	// Details are further lines. Each is wrapped.
	Details []string
	// Chip is the state after the event. Without one the event is a dot: nothing changed.
	Chip Chip
	// Tone of the row.
	Tone Tone
	// Received are the messages that the event took.
	Received []Receipt
}

// Chip is a state in a box on the lane: a few short lines of pieces, set in one typewriter face.
type Chip struct {
	Lines [][]Piece
	Tone  Tone
}

// Piece is a part of a line that has a tone of its own.
type Piece struct {
	Text string
	Tone Tone
}

// Receipt is a message that an event received.
type Receipt struct {
	// From is the index of the event that sent it, an earlier one. A message from the process
	// itself is not drawn: its lane says so already.
	From int
	// Label names the message, for instance "PREPARE a1".
	Label string
	Tone  Tone
}

// Fate is what became of a message that no event received.
type Fate uint8

const (
	// Lost is a message that never arrives: an arrow that ends in a cross.
	Lost Fate = iota
	// Late is a message that is still on its way: an arrow that ends in the open.
	Late
	// Arrives is a message that reaches a process whose events are of no interest here.
	Arrives
)

// Undelivered is a message that no event received.
type Undelivered struct {
	// From is the index of the event that sent it.
	From int
	// To is the process that it is meant for, an index into Processes.
	To    int
	Label string
	Fate  Fate
	Tone  Tone
}

// Key explains a tone.
type Key struct {
	Tone Tone
	Text string
}

// Render writes the picture. The error says what in the Diagram makes no sense, or is that of w;
// nothing is written in the former case.
func Render(w io.Writer, d Diagram) error {
	if err := d.validate(); err != nil {
		return err
	}
	_, err := w.Write(draw(layOut(d)))
	return err
}

// validate finds what cannot be drawn.
func (d Diagram) validate() error {
	if d.Title == "" {
		return fmt.Errorf("diagram: there is no title; it is the picture's name")
	}
	if len(d.Processes) == 0 {
		return fmt.Errorf("diagram %q: there are no processes, so no lanes", d.Title)
	}
	for i, e := range d.Events {
		if e.Process < 0 || e.Process >= len(d.Processes) {
			return fmt.Errorf("diagram %q: event %d is at process %d, there are %d, counted from 0",
				d.Title, i, e.Process, len(d.Processes))
		}
		for _, m := range e.Received {
			if m.From < 0 || m.From >= i {
				return fmt.Errorf("diagram %q: event %d receives %q from event %d, which is not an "+
					"earlier one", d.Title, i, m.Label, m.From)
			}
		}
	}
	for _, m := range d.Undelivered {
		if m.From < 0 || m.From >= len(d.Events) || m.To < 0 || m.To >= len(d.Processes) {
			return fmt.Errorf("diagram %q: the undelivered %q goes from event %d to process %d, "+
				"there are %d and %d, counted from 0", d.Title, m.Label, m.From, m.To,
				len(d.Events), len(d.Processes))
		}
		if d.Events[m.From].Process == m.To {
			return fmt.Errorf("diagram %q: the undelivered %q goes from process %d to itself",
				d.Title, m.Label, m.To)
		}
	}
	return nil
}
