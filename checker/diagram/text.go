// SPDX-License-Identifier: Apache-2.0

package diagram

import (
	"strings"
	"unicode/utf8"
)

// How wide text is. The reader's fonts are not known here, so these are estimates on the wide
// side: text may end a little early, and never runs into its neighbour.

// face is a font in one size.
type face struct {
	size  float64 // In pixels.
	width float64 // Of an average character, as a part of the size.
}

// The faces of the picture. A typewriter face has characters of one width; the others do not, and
// capitals are wider.
var (
	captionFace = face{13, 0.54}
	eventFace   = face{13, 0.58}
	detailFace  = face{12, 0.54}
	labelFace   = face{10, 0.66} // Labels are mostly capitals.
	chipFace    = face{11, 0.605}
	nameFace    = face{13, 0.60}
)

// measure is about how many pixels the text takes.
func (f face) measure(text string) float64 {
	return float64(utf8.RuneCountInString(text)) * f.size * f.width
}

// wrap breaks the text at spaces into lines of at most width pixels. A word that is longer than a
// line gets a line to itself.
func (f face) wrap(text string, width float64) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		switch {
		case line == "":
			line = word
		case f.measure(line+" "+word) <= width:
			line += " " + word
		default:
			lines = append(lines, line)
			line = word
		}
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}
