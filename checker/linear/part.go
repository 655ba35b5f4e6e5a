// SPDX-License-Identifier: Apache-2.0

package linear

// This file shows a refuted part: as text with a lane for each client, and as porcupine's page.

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/anishathalye/porcupine"

	"viewstamp/histories"
)

// cellMax is the width of a lane in characters.
const cellMax = 34

// Text draws the part for a terminal. Time runs downwards. ┌ is a request, └ its outcome; what
// has no outcome stands on one line. Lanes hold whatever overlaps; c0 is client 0.
//
//	t
//	1  ┌ c0 set(a, "1")
//	2  └ "OK" @1
//	3  ┌ c1 get(a)
//	4  └ nil @2
func (p Part) Text() string {
	list := compileAll(p.History)
	lines := drawEvents(p.History)
	width := 0
	for _, line := range lines {
		for _, cell := range line.cells {
			width = max(width, utf8.RuneCountInString(cell))
		}
	}
	var b strings.Builder
	b.WriteString("     t")
	for _, line := range lines {
		text := fmt.Sprintf("%6d", line.t)
		for _, cell := range line.cells {
			text += "  " + cell + strings.Repeat(" ", width-utf8.RuneCountInString(cell))
		}
		b.WriteString("\n" + strings.TrimRight(text, " "))
	}
	fmt.Fprintf(&b, "\n%d of %d operations: %s.\n", len(list), p.Of, p.Result.Reason)
	return b.String() + p.explain(list)
}

// drawnLine is one event: what stands in each lane.
type drawnLine struct {
	t     int64
	cells []string
}

// drawEvents puts each request into the first lane that is free and draws its events there. A
// request whose outcome is unknown never ends, so that it would keep its lane: it gets one line.
func drawEvents(h histories.History) []drawnLine {
	outcomes := make(map[int]histories.Event) // By index of the invoke.
	invokes := make(map[int]int)              // By client.
	for i, e := range h.Events {
		if e.Kind == histories.Invoke {
			invokes[e.Client] = i
		} else {
			outcomes[invokes[e.Client]] = e
		}
	}
	var lines []drawnLine
	var busy []bool
	lanes := make(map[int]int) // By client.
	for i, e := range h.Events {
		if e.Kind == histories.Unknown {
			continue
		}
		at, text := lanes[e.Client], drawOutcome(e)
		ends := true
		if e.Kind == histories.Invoke {
			end, found := outcomes[i]
			ends = !found || end.Kind == histories.Unknown
			if at = slices.Index(busy, false); at < 0 {
				at = len(busy)
				busy = append(busy, false)
			}
			lanes[e.Client] = at
			text = drawInvoke(e, end, ends)
		}
		busy[at] = true
		line := drawnLine{t: e.T}
		for lane, b := range busy {
			switch {
			case lane == at:
				line.cells = append(line.cells, clip(text))
			case b:
				line.cells = append(line.cells, "│")
			default:
				line.cells = append(line.cells, "")
			}
		}
		busy[at] = !ends
		lines = append(lines, line)
	}
	return lines
}

// drawInvoke is the cell of a request, with its outcome if that is unknown.
func drawInvoke(e, end histories.Event, unknown bool) string {
	o := operation{code: codeOf(e.F), f: e.F, key: e.Key, arg: e.Value, old: e.Old}
	call, _, _ := strings.Cut(o.String(), " -> ")
	text := fmt.Sprintf("c%d %s", e.Client, call)
	switch {
	case !unknown:
		return "┌ " + text
	case end.Op != 0:
		return fmt.Sprintf("╶ %s ? @%d", text, end.Op)
	default:
		return "╶ " + text + " ?"
	}
}

// drawOutcome is the cell of an outcome.
func drawOutcome(e histories.Event) string {
	text := "└ " + e.Value.String()
	switch {
	case e.Kind == histories.Fail:
		text = "└ failed"
	case e.Error != "":
		text = "└ " + e.Error
	}
	if e.Op != 0 {
		text += fmt.Sprintf(" @%d", e.Op)
	}
	return text
}

// clip shortens a cell. The end of a long value tells values apart as well as its beginning, so the
// middle goes.
func clip(s string) string {
	runes := []rune(s)
	if len(runes) <= cellMax {
		return s
	}
	return string(runes[:cellMax/2]) + "…" + string(runes[len(runes)-cellMax/2+1:])
}

// explain shows the longest order that explains results, and what then does not fit.
func (p Part) explain(list []operation) string {
	info, _ := p.partial(list)
	// There may be several of the same length; take the first in order of invokes.
	var best []porcupine.Operation
	for _, orders := range info.PartialLinearizationsOperations() {
		for _, order := range orders {
			if len(order) > len(best) || len(order) == len(best) && less(order, best) {
				best = order
			}
		}
	}
	// Take the order again to learn the state at its end.
	s, explained, names := state{}, map[*operation]bool{}, []string{}
	for _, o := range best {
		input := o.Input.(*operation)
		_, s = p.next(s, input)
		explained[input] = true
		names = append(names, input.String())
	}
	// Refuted only by a rule that the search does not know, such as a free op-number.
	if len(best) == len(list) {
		return ""
	}
	var left []string
	for i := range list {
		if !explained[&list[i]] && list[i].known {
			left = append(left, list[i].String())
		}
	}
	return fmt.Sprintf("The longest order that explains results: %s.\nThen the state is %s, and this "+
		"does not fit: %s.\n", lastOf(names), clipLong(s.String()), lastOf(left))
}

// lastOf joins the last few of a list: what went wrong is near the end.
func lastOf(list []string) string {
	const most = 6
	switch {
	case len(list) == 0:
		return "nothing"
	case len(list) > most:
		list = append([]string{fmt.Sprintf("… (%d before)", len(list)-most)}, list[len(list)-most:]...)
	}
	short := make([]string, len(list))
	for i, s := range list {
		short[i] = clipLong(s)
	}
	return strings.Join(short, ", ")
}

// clipLong shortens a value of a sentence.
func clipLong(s string) string {
	if runes := []rune(s); len(runes) > 3*cellMax {
		return string(runes[:cellMax]) + "…" + string(runes[len(runes)-2*cellMax:])
	}
	return s
}

// less orders two linearizations of equal length by the invokes, so that the text is stable.
func less(a, b []porcupine.Operation) bool {
	for i := range a {
		if x, y := a[i].Input.(*operation).invoke, b[i].Input.(*operation).invoke; x != y {
			return x < y
		}
	}
	return false
}

// partial searches the part again and keeps the partial orders. That costs memory, so only a small
// part is searched this way.
func (p Part) partial(list []operation) (porcupine.LinearizationInfo, porcupine.Model) {
	gate := newGate(context.Background(), Options{}.withDefaults(), len(list))
	defer gate.close()
	m := model(p.next, gate)
	_, info := porcupine.CheckOperationsVerbose(m, intervals(list), minimizeTimeout)
	return info, m
}

// HTML writes porcupine's interactive page for the part to w, with the notes of the history as
// annotations.
func (p Part) HTML(w io.Writer) error {
	list := compileAll(p.History)
	info, m := p.partial(list)
	info.AddAnnotations(p.annotations(list))
	if err := porcupine.Visualize(m, info, w); err != nil {
		return fmt.Errorf("write picture of a history: %w", err)
	}
	return nil
}

// annotationsMax bounds the notes in a picture: a page with very many is of no use.
const annotationsMax = 200

// annotations are the reason and those notes that fall into the time of the part.
func (p Part) annotations(list []operation) []porcupine.Annotation {
	first, last := int64(never), int64(0)
	for _, e := range p.History.Events {
		first, last = min(first, e.T), max(last, e.T)
	}
	all := []porcupine.Annotation{{Tag: "verdict", Start: first, End: last,
		Description: fmt.Sprintf("%d of %d operations: not linearizable", len(list), p.Of),
		Details:     p.Result.Reason, BackgroundColor: "#ffd6d6"}}
	for _, e := range p.notes {
		if e.T >= first && e.T <= last && len(all) < annotationsMax {
			all = append(all, porcupine.Annotation{Tag: "notes", Start: e.T, Description: e.Text})
		}
	}
	return all
}
