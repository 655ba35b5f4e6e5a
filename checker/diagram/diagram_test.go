// SPDX-License-Identifier: Apache-2.0

package diagram

import (
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// The picture as bytes: golden file, determinism, escaping, and what is refused; and the layout of
// random diagrams.

var update = flag.Bool("update", false, "write the golden pictures anew")

func TestSampleIsGolden(t *testing.T) {
	const file = "testdata/state-transfer.svg"
	got := picture(sample())
	if *update {
		require.NoError(t, os.MkdirAll("testdata", 0o755))
		require.NoError(t, os.WriteFile(file, []byte(got), 0o644))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, string(want), got,
		"the picture changed; look at it, then: go test ./checker/diagram -update")
	require.Equal(t, got, picture(sample()), "the same diagram gives the same bytes")
	require.Contains(t, got, `width="900"`)
}

// TestStandsAlone finds what would make the picture depend on a place elsewhere.
func TestStandsAlone(t *testing.T) {
	got := strings.ReplaceAll(picture(sample()), `xmlns="http://www.w3.org/2000/svg"`, "")
	for _, banned := range []string{"http", "url(", "@import", "<script", "<image", "href", "NaN"} {
		require.NotContains(t, got, banned)
	}
}

// TestDarkMode requires that every colour of the light mode has its counterpart: nothing may stay
// dark on dark.
func TestDarkMode(t *testing.T) {
	light, dark, found := strings.Cut(style, "@media (prefers-color-scheme: dark) {")
	require.True(t, found)
	require.Equal(t, strings.Count(style, "{"), strings.Count(style, "}"))
	for _, rule := range strings.Split(light, "}") {
		selector, body, _ := strings.Cut(rule, "{")
		if !strings.Contains(body, "#") {
			continue
		}
		for _, one := range strings.Split(selector, ",") {
			require.Contains(t, dark, strings.TrimSpace(one), "has no colour in dark mode")
		}
	}
}

// TestTextIsEscaped puts the worst text everywhere. The picture must stay well-formed, and the
// text must come back as it was.
func TestTextIsEscaped(t *testing.T) {
	const worst = `<script>&"'</text>`
	d := Diagram{
		Title: worst, Caption: worst,
		Processes: []Process{{Name: worst}, {Name: "\x00\xff"}},
		Events: []Event{
			{Title: worst, Details: []string{worst}},
			{Process: 1, Title: "x", Chip: Chip{Lines: [][]Piece{{{worst, Plain}, {worst, Bad}}}},
				Received: []Receipt{{Label: worst}}},
		},
		Undelivered: []Undelivered{{To: 1, Label: worst, Fate: Lost}},
		Legend:      []Key{{Good, worst}},
	}
	got := picture(d)
	require.NoError(t, wellFormed(got))
	require.NotContains(t, got, "<script")
	require.GreaterOrEqual(t, strings.Count(got, escape(worst)), 8)
}

// wellFormed reads the picture as XML to its end.
func wellFormed(svg string) error {
	decoder := xml.NewDecoder(strings.NewReader(svg))
	for {
		_, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func TestRefused(t *testing.T) {
	one := []Process{{Name: "one"}, {Name: "two"}}
	events := []Event{{Title: "e"}, {Process: 1, Title: "f"}}
	for _, test := range []struct {
		d    Diagram
		says string
	}{
		{Diagram{}, "there is no title"},
		{Diagram{Title: "t"}, "no processes"},
		{Diagram{Title: "t", Processes: one, Events: []Event{{Process: 2}}},
			"event 0 is at process 2, there are 2, counted from 0"},
		{Diagram{Title: "t", Processes: one, Events: []Event{{Process: -1}}}, "at process -1"},
		{Diagram{Title: "t", Processes: one,
			Events: []Event{{Received: []Receipt{{From: 0, Label: "m"}}}}},
			`event 0 receives "m" from event 0, which is not an earlier one`},
		{Diagram{Title: "t", Processes: one, Events: events,
			Undelivered: []Undelivered{{From: 2, To: 1, Label: "m"}}}, `"m" goes from event 2`},
		{Diagram{Title: "t", Processes: one, Events: events,
			Undelivered: []Undelivered{{From: 0, To: 2, Label: "m"}}}, "to process 2"},
		{Diagram{Title: "t", Processes: one, Events: events,
			Undelivered: []Undelivered{{From: 0, To: 0, Label: "m"}}}, "to itself"},
	} {
		var b strings.Builder
		require.ErrorContains(t, Render(&b, test.d), test.says)
		require.Empty(t, b.String(), "nothing is written with an error")
	}
}

// failing is a writer whose disk is full.
type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, io.ErrShortWrite }

func TestWriteErrorIsTold(t *testing.T) {
	require.ErrorIs(t, Render(failing{}, sample()), io.ErrShortWrite)
}

// TestLayoutOfAnyDiagram: rows and labels never cover each other, everything stays on the picture,
// and the picture is well-formed.
func TestLayoutOfAnyDiagram(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := anyDiagram(t)
		l := layOut(d)
		page := box{point{l.width / 2, l.height / 2}, l.width, l.height}
		inside := func(b box) {
			require.LessOrEqual(t, b.centre.x+b.width/2, page.width)
			require.LessOrEqual(t, b.centre.y+b.height/2, page.height)
			require.GreaterOrEqual(t, b.centre.x-b.width/2, 0.0)
		}
		for i, r := range l.rows {
			inside(r.mark)
			if i > 0 {
				before := l.rows[i-1]
				require.LessOrEqual(t, before.y+before.height/2, r.y-r.height/2,
					"row %d begins above the end of row %d", i, i-1)
			}
		}
		for i, a := range l.arrows {
			if a.labelBox == (box{}) {
				continue
			}
			inside(a.labelBox)
			for _, other := range l.arrows[i+1:] {
				require.False(t, a.labelBox.overlaps(other.labelBox), "two labels overlap")
			}
			for _, r := range l.rows {
				require.False(t, a.labelBox.overlaps(r.mark), "the label %q covers a chip", a.label)
			}
		}
		require.NoError(t, wellFormed(string(draw(l))))
	})
}

// anyDiagram draws a diagram with up to 7 lanes.
func anyDiagram(t *rapid.T) Diagram {
	words := rapid.StringMatching(`[A-Za-z0-9 <&′]{0,40}`)
	chip := rapid.Custom(func(t *rapid.T) Chip {
		c := Chip{Tone: Tone(rapid.IntRange(0, 3).Draw(t, "tone"))}
		for range rapid.IntRange(0, 3).Draw(t, "lines") {
			c.Lines = append(c.Lines, []Piece{{Text: rapid.StringN(0, 20, -1).Draw(t, "piece")}})
		}
		return c
	})
	d := Diagram{Title: "t", Caption: words.Draw(t, "caption")}
	for range rapid.IntRange(1, 7).Draw(t, "processes") {
		d.Processes = append(d.Processes, Process{words.Draw(t, "name"), chip.Draw(t, "first")})
	}
	for i := range rapid.IntRange(0, 12).Draw(t, "events") {
		e := Event{
			Process: rapid.IntRange(0, len(d.Processes)-1).Draw(t, "process"),
			Title:   words.Draw(t, "title"),
			Details: rapid.SliceOfN(words, 0, 3).Draw(t, "details"),
			Chip:    chip.Draw(t, "chip"),
			Tone:    Tone(rapid.IntRange(0, 3).Draw(t, "tone")),
		}
		for range rapid.IntRange(0, min(i, 3)).Draw(t, "receipts") {
			e.Received = append(e.Received, Receipt{
				From: rapid.IntRange(0, i-1).Draw(t, "from"), Label: words.Draw(t, "label")})
		}
		d.Events = append(d.Events, e)
		if to := rapid.IntRange(-1, len(d.Processes)-1).Draw(t, "to"); to >= 0 && to != e.Process {
			d.Undelivered = append(d.Undelivered, Undelivered{From: i, To: to,
				Label: words.Draw(t, "label"), Fate: Fate(rapid.IntRange(0, 2).Draw(t, "fate"))})
		}
	}
	return d
}
