// SPDX-License-Identifier: Apache-2.0

package diagram

import "strings"

// The sample: how the state transfer of the paper, taken literally, loses a committed operation.
// Replica 2 has acknowledged a1, and then cuts it off because it hears of a later view.

// The processes of the sample.
const (
	clients = iota
	replica0
	replica1
	replica2
)

// normal is the chip of a replica that processes requests. What is committed in the log stands out.
func normal(view, log, commit string) Chip {
	piece := Piece{Text: log}
	if commit == "1" && log != "[]" {
		piece.Tone = Good
	}
	return Chip{Lines: [][]Piece{
		{{Text: "v" + view + " Normal"}}, {piece, {Text: "k=" + commit}}}}
}

// waits is the chip of a replica that waits for a view. v′ is its latest normal view.
func waits(view, lastNormal, log, commit string) Chip {
	c := normal(view, log, commit)
	c.Tone, c.Lines[0][0].Text = Waiting, "v"+view+" ViewChange"
	c.Lines[1] = append(c.Lines[1], Piece{Text: "v′" + lastNormal})
	return c
}

// sample is the picture.
func sample() Diagram {
	first := normal("0", "[]", "0")
	return Diagram{
		Title: "How the paper's state transfer loses a committed operation",
		Caption: "Replica v mod 3 is the primary of view v. A box is the state of a replica: view v, " +
			"status, log, commit-number k; and v′, the latest view in which it was Normal, where " +
			"that is not v.",
		Processes: []Process{{Name: "client"}, {"replica 0", first}, {"replica 1", first},
			{"replica 2", first}},
		Legend: []Key{{Plain, "Normal"}, {Waiting, "waits for a view to start"},
			{Good, "committed"}, {Bad, "goes wrong"}},
		Undelivered: []Undelivered{{From: 4, To: clients, Label: "REPLY a1", Fate: Arrives, Tone: Good}},
		Events:      append(sampleViewOne(), sampleViewTwo()...),
	}
}

// sampleViewOne is how a1 is committed and view 1 starts with it.
func sampleViewOne() []Event {
	return []Event{
		{Process: clients, Title: "The client sends a1"},
		{Process: replica0, Title: "0, primary of view 0, appends a1", Chip: normal("0", "[a1]", "0"),
			Received: []Receipt{{From: 0, Label: "REQUEST a1"}}},
		{Process: replica2, Title: "2 appends a1 and acknowledges it",
			Chip:     normal("0", "[a1]", "0"),
			Received: []Receipt{{From: 1, Label: "PREPARE a1"}}},
		{Process: replica1, Title: "1 has heard nothing: it wants view 1",
			Chip: waits("1", "0", "[]", "0")},
		{Process: replica0, Title: "0 commits a1: two of three have it", Tone: Good,
			Details:  []string{"The client has its reply."},
			Chip:     normal("0", "[a1]", "1"),
			Received: []Receipt{{From: 2, Label: "PREPAREOK 1"}}},
		{Process: replica0, Title: "0 follows into view 1", Chip: waits("1", "0", "[a1]", "1"),
			Received: []Receipt{{From: 3, Label: "STARTVIEWCHANGE 1"}}},
		{Process: replica0, Title: "0 gives its log to the new primary, 1",
			Details: []string{"DOVIEWCHANGE: [a1], v′=0, k=1"}},
		{Process: replica1, Title: "1 offers its own log as well",
			Details:  []string{"DOVIEWCHANGE: [], v′=0, k=0"},
			Received: []Receipt{{From: 5, Label: "STARTVIEWCHANGE 1"}}},
		{Process: replica1, Title: "1 starts view 1 with the longer log",
			Chip:     normal("1", "[a1]", "1"),
			Received: []Receipt{{From: 6, Label: "DOVIEWCHANGE [a1]"}, {From: 7}}},
		{Process: replica1, Title: "1 tells all how far it has committed"},
	}
}

// sampleViewTwo is how view 2 starts without it.
func sampleViewTwo() []Event {
	cut := normal("1", "[]", "0")
	cut.Tone = Bad
	lost := normal("2", "[]", "1")
	lost.Tone, lost.Lines[1][0].Tone = Bad, Bad
	return []Event{
		{Process: replica2, Tone: Bad, Chip: cut,
			Title: "2 hears of view 1: cuts its log to k=0 and is Normal in view 1 at once",
			Details: []string{"It drops a1, which it had acknowledged, and its v′ is 1 " +
				"without the log of view 1."},
			Received: []Receipt{{From: 9, Label: "COMMIT 1"}}},
		{Process: replica0, Title: "0 waits too long: it wants view 2",
			Chip: waits("2", "0", "[a1]", "1")},
		{Process: replica2, Title: "2 follows into view 2",
			Chip:     waits("2", "1", "[]", "0"),
			Received: []Receipt{{From: 11, Label: "STARTVIEWCHANGE 2"}}},
		{Process: replica0, Title: "0 gives its log to the new primary, 2",
			Details:  []string{"DOVIEWCHANGE: [a1], v′=0, k=1"},
			Received: []Receipt{{From: 12, Label: "STARTVIEWCHANGE 2"}}},
		{Process: replica2, Title: "2 offers its own log as well",
			Details: []string{"DOVIEWCHANGE: [], v′=1, k=0"}},
		{Process: replica2, Tone: Bad, Chip: lost,
			Title: "2 starts view 2 with the log of the largest v′: its own, which is empty",
			Details: []string{"The committed a1 is lost: the client has a reply, and the " +
				"service has never heard of the request."},
			Received: []Receipt{{From: 13, Label: "DOVIEWCHANGE [a1]"}, {From: 14}}},
	}
}

// picture renders or panics: the samples are right.
func picture(d Diagram) string {
	var b strings.Builder
	if err := Render(&b, d); err != nil {
		panic(err)
	}
	return b.String()
}
