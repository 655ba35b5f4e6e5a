// SPDX-License-Identifier: Apache-2.0

package diagram

import "math"

// Where everything goes. Lanes stand at the left, the words of each event at the right of them, so
// that no arrow crosses a sentence. A row holds one event; so the band between two rows is free of
// chips, and the labels of the arrows that come down into a row stand in the band above it.

// Distances in pixels.
const (
	defaultWidth = 900
	margin       = 20
	numberWidth  = 30  // The column of the row numbers.
	wordsMin     = 250 // The least width of the column of words.
	laneGap      = 38  // Between the chips of two neighbouring lanes.
	laneMin      = 84  // The least distance between two lanes.
	rowGap       = 18  // The band between two rows.
	lineHeight   = 16
	chipLine     = 14
	chipPad      = 5 // Between the border of a chip and its text, above and below.
	chipSide     = 8 // The same at the sides.
	dotRadius    = 5
	headLength   = 8 // Of the point of an arrow.
)

// point is a place in the picture. x grows to the right and y downwards.
type point struct{ x, y float64 }

// box is an upright rectangle around a point.
type box struct {
	centre        point
	width, height float64
}

// overlaps says whether two boxes share an area.
func (b box) overlaps(o box) bool {
	return math.Abs(b.centre.x-o.centre.x)*2 < b.width+o.width &&
		math.Abs(b.centre.y-o.centre.y)*2 < b.height+o.height
}

// leave is where the line from the centre of the box to a point crosses the border.
func (b box) leave(to point) point {
	dx, dy := to.x-b.centre.x, to.y-b.centre.y
	t := 1.0
	if dx != 0 {
		t = min(t, b.width/2/math.Abs(dx))
	}
	if dy != 0 {
		t = min(t, b.height/2/math.Abs(dy))
	}
	return point{b.centre.x + t*dx, b.centre.y + t*dy}
}

// row is an event with its place.
type row struct {
	event   Event
	y       float64  // The middle.
	height  float64  // Without the band above.
	mark    box      // The chip, or the dot.
	title   []string // Wrapped.
	details []string // Wrapped.
}

// arrow is a message with its way.
type arrow struct {
	from, to point
	tone     Tone
	fate     Fate
	received bool
	label    string
	labelBox box // Zero if there is no room for the label.
}

// layout is a Diagram with the places of its parts.
type layout struct {
	d             Diagram
	width, height float64
	caption       []string
	headerY       float64   // The middle of the names of the processes.
	startY        float64   // The top of the first chips.
	lanes         []float64 // x of each lane.
	starts        []box     // The first chips; height 0 if a process has none.
	wordsX        float64   // The left edge of the words.
	rows          []row
	arrows        []arrow
	endY          float64 // Where the lanes end.
	legendY       float64
}

// layOut finds a place for everything.
func layOut(d Diagram) layout {
	l := layout{d: d}
	l.placeLanes()
	l.placeHeader()
	l.placeRows()
	l.placeArrows()
	return l
}

// placeLanes spreads the lanes, each as wide as the widest thing on it, and finds the width.
func (l *layout) placeLanes() {
	widths := make([]float64, len(l.d.Processes))
	for i, p := range l.d.Processes {
		widths[i] = max(laneMin-laneGap, nameFace.measure(p.Name)+2*chipSide, p.Chip.width())
	}
	for _, e := range l.d.Events {
		widths[e.Process] = max(widths[e.Process], e.Chip.width())
	}
	x := float64(margin + numberWidth)
	for _, w := range widths {
		l.lanes = append(l.lanes, x+w/2)
		x += w + laneGap
	}
	l.wordsX = x - laneGap/2
	l.width = float64(l.d.Width)
	if l.d.Width == 0 {
		l.width = defaultWidth
	}
	l.width = max(l.width, l.wordsX+wordsMin+margin)
}

// placeHeader puts the title, the caption, the names and the first chips.
func (l *layout) placeHeader() {
	l.caption = captionFace.wrap(l.d.Caption, l.width-2*margin)
	l.headerY = float64(margin+28+18*len(l.caption)) + 28
	l.startY = l.headerY + 20
	bottom := l.startY
	for i, p := range l.d.Processes {
		b := box{width: p.Chip.width(), height: p.Chip.height()}
		b.centre = point{l.lanes[i], l.startY + b.height/2}
		l.starts = append(l.starts, b)
		bottom = max(bottom, l.startY+b.height)
	}
	l.endY = bottom
}

// placeRows puts the events below each other, each as high as it needs.
func (l *layout) placeRows() {
	words := l.width - margin - l.wordsX
	for _, e := range l.d.Events {
		r := row{event: e, title: eventFace.wrap(e.Title, words)}
		for _, detail := range e.Details {
			r.details = append(r.details, detailFace.wrap(detail, words)...)
		}
		r.mark = box{width: 2 * dotRadius, height: 2 * dotRadius}
		if len(e.Chip.Lines) > 0 {
			r.mark.width, r.mark.height = e.Chip.width(), e.Chip.height()
		}
		lines := len(r.title) + len(r.details)
		r.height = max(r.mark.height, float64(lineHeight*lines))
		r.y = l.endY + rowGap + r.height/2
		r.mark.centre = point{l.lanes[e.Process], r.y}
		l.endY = r.y + r.height/2
		l.rows = append(l.rows, r)
	}
	l.endY += rowGap + 4
	l.legendY = l.endY + 22
	l.height = l.endY + margin
	if len(l.d.Legend) > 0 {
		l.height = l.legendY + margin
	}
}

// placeArrows draws the received messages first, since their labels matter more.
func (l *layout) placeArrows() {
	for _, r := range l.rows {
		for _, m := range r.event.Received {
			from := l.rows[m.From]
			if from.event.Process == r.event.Process {
				continue
			}
			a := arrow{from: from.mark.leave(r.mark.centre), to: r.mark.leave(from.mark.centre),
				tone: m.Tone, received: true, label: m.Label}
			a.labelBox = l.placeLabel(a, r.y-r.height/2-rowGap/2)
			l.arrows = append(l.arrows, a)
		}
	}
	for _, m := range l.d.Undelivered {
		from := l.rows[m.From]
		// The arrow comes down by one band and half a row, wherever the next event is.
		end := point{l.lanes[m.To], from.y + from.height/2 + rowGap + 8}
		if m.Fate != Arrives {
			end = point{(2*from.mark.centre.x + 3*end.x) / 5, end.y - 4}
		}
		a := arrow{from: from.mark.leave(end), to: end, tone: m.Tone, fate: m.Fate, label: m.Label}
		a.labelBox = l.placeLabel(a, from.y+from.height/2+rowGap/2)
		l.arrows = append(l.arrows, a)
	}
}

// placeLabel puts the label of an arrow where the arrow crosses the band with the middle y, or as
// near as the labels before it allow.
func (l *layout) placeLabel(a arrow, y float64) box {
	x := (a.from.x + a.to.x) / 2
	if a.to.y > a.from.y {
		t := min(1, max(0, (y-a.from.y)/(a.to.y-a.from.y)))
		x = a.from.x + t*(a.to.x-a.from.x)
	}
	b := box{point{x, y}, labelFace.measure(a.label) + 6, labelFace.size + 3}
	if b.overlaps(box{a.to, headLength, headLength}) { // It would hide the point of the arrow.
		x += math.Copysign(b.width/2+headLength, a.from.x-a.to.x)
	}
	for shift := 0.0; shift <= 120; shift += 6 {
		for _, try := range []float64{x - shift, x + shift} {
			b.centre.x = try
			if l.labelFits(b) {
				return b
			}
		}
	}
	return box{}
}

// labelFits says whether a label at b stays on the picture and off the other labels.
func (l *layout) labelFits(b box) bool {
	if b.centre.x-b.width/2 < margin || b.centre.x+b.width/2 > l.wordsX {
		return false
	}
	for _, a := range l.arrows {
		if a.labelBox.overlaps(b) {
			return false
		}
	}
	return true
}

// width of a chip, 0 if there is none.
func (c Chip) width() float64 {
	widest := 0.0
	for _, line := range c.Lines {
		w := 2.0 * chipSide
		for i, p := range line {
			if i > 0 {
				w += chipFace.measure(" ")
			}
			w += chipFace.measure(p.Text)
		}
		widest = max(widest, w)
	}
	return widest
}

// height of a chip, 0 if there is none.
func (c Chip) height() float64 {
	if len(c.Lines) == 0 {
		return 0
	}
	return float64(chipLine*len(c.Lines) + 2*chipPad)
}
