// SPDX-License-Identifier: Apache-2.0

package diagram

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"math"
	"strconv"
)

// Writing the SVG. What lies below is written first: rows, lanes, arrows, chips, words.

// canvas collects the bytes of the picture.
type canvas struct{ bytes.Buffer }

// draw writes a layout.
func draw(l layout) []byte {
	c := &canvas{}
	fmt.Fprintf(c, `<svg xmlns="http://www.w3.org/2000/svg" width="%s" height="%s" `+
		`viewBox="0 0 %[1]s %[2]s" role="img" aria-labelledby="title caption">`+"\n",
		num(l.width), num(l.height))
	fmt.Fprintf(c, "<title id=\"title\">%s</title>\n<desc id=\"caption\">%s</desc>\n",
		escape(l.d.Title), escape(l.d.Caption))
	fmt.Fprintf(c, "<style>%s</style>\n", style)
	fmt.Fprintf(c, `<rect class="page" x="0.5" y="0.5" width="%s" height="%s" rx="8"/>`+"\n",
		num(l.width-1), num(l.height-1))
	c.header(l)
	c.shades(l)
	c.lanes(l)
	for _, a := range l.arrows {
		c.arrow(a)
	}
	for i, p := range l.d.Processes {
		c.chip(l.starts[i], p.Chip)
	}
	for i, r := range l.rows {
		c.row(l, i, r)
	}
	for _, a := range l.arrows {
		c.label(a)
	}
	c.legend(l)
	c.WriteString("</svg>\n")
	return c.Bytes()
}

// header writes the title, the caption and the names of the processes.
func (c *canvas) header(l layout) {
	c.text("title", point{margin, margin + 17}, "", l.d.Title)
	for i, line := range l.caption {
		c.text("caption", point{margin, float64(margin + 39 + 18*i)}, "", line)
	}
	for i, p := range l.d.Processes {
		c.text("name", point{l.lanes[i], l.headerY + 5}, "middle", p.Name)
	}
}

// shades marks the bad rows from edge to edge.
func (c *canvas) shades(l layout) {
	for _, r := range l.rows {
		if r.event.Tone == Bad {
			fmt.Fprintf(c, `<rect class="shade" x="8" y="%s" width="%s" height="%s" rx="6"/>`+"\n",
				num(r.y-r.height/2-5), num(l.width-16), num(r.height+10))
		}
	}
}

// lanes writes the line of each process, dashed where it waits.
func (c *canvas) lanes(l layout) {
	for p, x := range l.lanes {
		y, tone := l.startY, l.d.Processes[p].Chip.Tone
		for _, r := range l.rows {
			if r.event.Process != p || len(r.event.Chip.Lines) == 0 {
				continue
			}
			c.lane(x, y, r.y, tone)
			y, tone = r.y, r.event.Chip.Tone
		}
		c.lane(x, y, l.endY, tone)
	}
}

// lane writes one stretch of a lane.
func (c *canvas) lane(x, from, to float64, tone Tone) {
	class := "lane"
	if tone == Waiting {
		class = "lane waits"
	}
	fmt.Fprintf(c, `<path class="%s" d="M%s %sV%s"/>`+"\n", class, num(x), num(from), num(to))
}

// arrow writes the line of a message and its end.
func (c *canvas) arrow(a arrow) {
	class := "arrow" + suffix(a.tone)
	if !a.received && a.fate != Arrives {
		class += " open"
	}
	fmt.Fprintf(c, `<path class="%s" d="M%s %sL%s %s"/>`+"\n", class,
		num(a.from.x), num(a.from.y), num(a.to.x), num(a.to.y))
	if !a.received && a.fate == Lost {
		fmt.Fprintf(c, `<path class="cross" d="M%s %sl8 8m0 -8l-8 8"/>`+"\n",
			num(a.to.x-4), num(a.to.y-4))
		return
	}
	c.head(a)
}

// head writes the point of an arrow.
func (c *canvas) head(a arrow) {
	const half = 3.5
	dx, dy := a.to.x-a.from.x, a.to.y-a.from.y
	d := math.Hypot(dx, dy)
	if d == 0 {
		return
	}
	dx, dy = dx/d, dy/d
	base := point{a.to.x - headLength*dx, a.to.y - headLength*dy}
	fmt.Fprintf(c, `<path class="head%s" d="M%s %sL%s %sL%s %sZ"/>`+"\n", suffix(a.tone),
		num(a.to.x), num(a.to.y), num(base.x-half*dy), num(base.y+half*dx),
		num(base.x+half*dy), num(base.y-half*dx))
}

// label writes the name of a message on its arrow.
func (c *canvas) label(a arrow) {
	if a.labelBox.width == 0 || a.label == "" {
		return
	}
	at := a.labelBox.centre
	c.text("label"+suffix(a.tone), point{at.x, at.y + 3.5}, "middle", a.label)
}

// row writes the number, the mark and the words of an event.
func (c *canvas) row(l layout, i int, r row) {
	lines := len(r.title) + len(r.details)
	y := r.y - float64(lineHeight*lines)/2 + 12
	c.text("number", point{margin + numberWidth - 14, r.y + 4}, "end", strconv.Itoa(i+1))
	if len(r.event.Chip.Lines) == 0 {
		fmt.Fprintf(c, `<circle class="dot%s" cx="%s" cy="%s" r="%d"/>`+"\n",
			suffix(r.event.Tone), num(r.mark.centre.x), num(r.mark.centre.y), dotRadius)
	} else {
		c.chip(r.mark, r.event.Chip)
	}
	for _, line := range r.title {
		c.text("event"+suffix(r.event.Tone), point{l.wordsX, y}, "", line)
		y += lineHeight
	}
	for _, line := range r.details {
		c.text("detail", point{l.wordsX, y}, "", line)
		y += lineHeight
	}
}

// chip writes a state in its box.
func (c *canvas) chip(b box, chip Chip) {
	if len(chip.Lines) == 0 {
		return
	}
	fmt.Fprintf(c, `<rect class="chip%s" x="%s" y="%s" width="%s" height="%s" rx="6"/>`+"\n",
		suffix(chip.Tone), num(b.centre.x-b.width/2), num(b.centre.y-b.height/2),
		num(b.width), num(b.height))
	y := b.centre.y - b.height/2 + chipPad + 10.5
	for _, line := range chip.Lines {
		fmt.Fprintf(c, `<text class="state" x="%s" y="%s" text-anchor="middle">`,
			num(b.centre.x), num(y))
		for i, p := range line {
			if i > 0 {
				c.WriteByte(' ')
			}
			if p.Tone == Plain {
				c.WriteString(escape(p.Text))
				continue
			}
			fmt.Fprintf(c, `<tspan class="piece%s">%s</tspan>`, suffix(p.Tone), escape(p.Text))
		}
		c.WriteString("</text>\n")
		y += chipLine
	}
}

// legend writes the keys in a line.
func (c *canvas) legend(l layout) {
	x := float64(margin)
	for _, k := range l.d.Legend {
		fmt.Fprintf(c, `<rect class="chip%s" x="%s" y="%s" width="18" height="12" rx="3"/>`+"\n",
			suffix(k.Tone), num(x), num(l.legendY-10))
		c.text("detail", point{x + 24, l.legendY}, "", k.Text)
		x += 24 + detailFace.measure(k.Text) + 22
	}
}

// text writes one line of text. The anchor is start if empty.
func (c *canvas) text(class string, at point, anchor, text string) {
	fmt.Fprintf(c, `<text class="%s" x="%s" y="%s"`, class, num(at.x), num(at.y))
	if anchor != "" {
		fmt.Fprintf(c, ` text-anchor="%s"`, anchor)
	}
	fmt.Fprintf(c, ">%s</text>\n", escape(text))
}

// num writes a number of pixels, to a tenth.
func num(v float64) string {
	return strconv.FormatFloat(math.Round(v*10)/10, 'f', -1, 64)
}

// escape makes text safe inside XML. What XML cannot carry becomes a replacement character.
func escape(text string) string {
	var b bytes.Buffer
	_ = xml.EscapeText(&b, []byte(text)) // A bytes.Buffer never fails.
	return b.String()
}

// suffix is what a tone adds to the name of a class.
func suffix(t Tone) string {
	switch t {
	case Good:
		return " good"
	case Waiting:
		return " wait"
	case Bad:
		return " bad"
	}
	return ""
}
