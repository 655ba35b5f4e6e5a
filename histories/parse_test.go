// SPDX-License-Identifier: Apache-2.0

package histories

// This file holds the parser of event lines against encoding/json.

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

// wireEvent is an event for encoding/json. Pointers tell a missing field from a zero one.
type wireEvent struct {
	T      *int64  `json:"t"`
	Client *int    `json:"client"`
	Req    *uint64 `json:"req"`
	Kind   string  `json:"kind"`
	F      string  `json:"f"`
	Key    string  `json:"key"`
	Value  *string `json:"value"`
	Old    *string `json:"old"`
	Op     *uint64 `json:"op"`
	View   uint64  `json:"view"`
	Error  string  `json:"error"`
	Text   string  `json:"text"`
}

// parseSlowly decodes one line with the library.
func parseSlowly(line []byte) (Event, error) {
	var w wireEvent
	if err := strict(line, &w); err != nil {
		return Event{}, err
	}
	kind := kindOf(w.Kind)
	if kind == 0 {
		return Event{}, fmt.Errorf(`"kind" is %q, expected invoke, ok, fail, unknown or note`, w.Kind)
	}
	if w.T == nil {
		return Event{}, fmt.Errorf(`no "t", expected a number from 1 on: the order of the events`)
	}
	if w.Op != nil && *w.Op == 0 {
		return Event{}, fmt.Errorf(`"op" is 0, expected an op-number from 1 on: leave it out if unknown`)
	}
	if kind == Note {
		if w.Client != nil || w.Req != nil || w.F != "" || w.Key != "" || w.Op != nil {
			return Event{}, fmt.Errorf(`a note with fields of a request, expected "t" and "text" only`)
		}
		return Event{T: *w.T, Kind: Note, Text: w.Text}, nil
	}
	if w.Client == nil || w.Req == nil {
		return Event{}, fmt.Errorf(`no "client" or no "req", expected both on %s`, w.Kind)
	}
	e := Event{T: *w.T, Client: *w.Client, Req: *w.Req, Kind: kind, F: w.F, Key: w.Key,
		View: w.View, Error: w.Error, Text: w.Text}
	if w.Value != nil {
		e.Value = Some(*w.Value)
	}
	if w.Old != nil {
		e.Old = Some(*w.Old)
	}
	if w.Op != nil {
		e.Op = *w.Op
	}
	return e, nil
}

// FuzzParse: what the parser takes, the library takes as well, and both read the same event.
func FuzzParse(f *testing.F) {
	for _, line := range []string{
		`{"t":1,"client":0,"req":1,"kind":"invoke","f":"cas","key":"a","old":"1","value":"2"}`,
		` { "t" : 12 , "client" : 3 , "req" : 4 , "kind" : "ok" , "value" : null , "op" : 5 } `,
		`{"t":1,"client":0,"req":1,"kind":"fail","error":"a \"quoted\" \u00e4\\ \ud83d\ude00 ü"}`,
		`{"t":-1,"kind":"note","text":"x"}`,
		`{"t":1,"t":2,"client":0,"req":1,"kind":"ok"}`,
		`{"t":01}`, `{"t":1e3}`, `{"t":1.5}`, `{"t":18446744073709551616}`, `{}`, `{"t":1}x`, `{"T":1}`,
	} {
		f.Add([]byte(line))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		e, err := newParser().event(line)
		if err != nil {
			return
		}
		want, err := parseSlowly(line)
		require.NoError(t, err, "%q", line)
		require.Equal(t, want, e, "%q", line)
	})
}

// TestParseReports: errors name the column, which counts from 1.
func TestParseReports(t *testing.T) {
	for line, want := range map[string]string{
		`x`:                           `column 1: "x", expected a JSON object`,
		`{"t":1.5}`:                   `column 6: "t": "1.5}", expected a number without fraction`,
		`{"t":99999999999999999999}`:  "does not fit into 64 bits",
		`{"t":9223372036854775808}`:   "does not fit into 63 bits",
		`{"t":1 "req":2}`:             `column 8: "\"req\":2}", expected , or }`,
		`{"t":1,"t":2}`:               `column 8: field "t" a second time`,
		`{"T":1}`:                     `column 2: unknown field "T"`,
		`{"key":"a`:                   "the line ends inside a string",
		`{"key":null}`:                `"key": "null}", expected a string in quotes`,
		"{\"key\":\"\xff\"}":          "is not UTF-8",
		`{"key":"\x"}`:                "invalid character",
		`{"kind":"info"}`:             `"kind" is "info"`,
		`{"t":1,"client":0,"req":1}`:  `no "kind"`,
		`{"t":1,"kind":"ok"}`:         `no "client" or no "req", expected both on ok`,
		`{"key" "a"}`:                 "expected : after",
		`{"t":1,"kind":"note"} false`: "expected one object on each line",
	} {
		_, err := newParser().event([]byte(line))
		require.ErrorContains(t, err, want, line)
	}
}
