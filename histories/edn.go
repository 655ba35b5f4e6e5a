// SPDX-License-Identifier: Apache-2.0

package histories

// This file reads Jepsen's history.edn: a vector of maps, or one map after another. It cuts the
// file into maps, so that messages can name lines and memory stays bounded, and leaves the maps
// to the EDN library.

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"olympos.io/encoding/edn"
)

// ReadJepsenEDN reads a history as Jepsen stores it. Registers (:read, :write, :cas) and maps
// (:get, :put or :set, :append) are known, with one key, with [key value] pairs as
// jepsen.independent makes them, or with a field :key. Operations of the nemesis become notes.
// :info is unknown and :fail certainly had no effect, also for a :cas.
func ReadJepsenEDN(name string, r io.Reader) (History, error) {
	im := newImporter(name, "Jepsen EDN")
	forms := &formReader{r: bufio.NewReader(r), line: 1}
	// Each map is one event, so that the file is never in memory as a whole.
	for {
		form, line, err := forms.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return History{}, fmt.Errorf("%s:%d: %w", name, line, err)
		}
		op, err := parseForm(form)
		if err == nil {
			err = im.add(op)
		}
		if err != nil {
			return History{}, fmt.Errorf("%s:%d: %w", name, line, err)
		}
	}
	h, err := im.finish()
	if err != nil {
		return History{}, fmt.Errorf("%s:%d: %w", name, forms.line, err)
	}
	return h, nil
}

// parseForm reads one map. Fields that say nothing about what the client saw, such as :time and
// :index, are not looked at: the order of the file is the order of events.
func parseForm(form []byte) (jepsenOp, error) {
	v, err := decodeEDN(form)
	if err != nil {
		return jepsenOp{}, err
	}
	if tag, tagged := v.(edn.Tag); tagged { // #jepsen.history.Op{…}
		v = tag.Value
	}
	fields, isMap := v.(map[any]any)
	if !isMap {
		return jepsenOp{}, fmt.Errorf("%.40s, expected a map {:process 0, :type :invoke, …}", form)
	}
	op := jepsenOp{process: fields[edn.Keyword("process")], value: fields[edn.Keyword("value")]}
	op.key, op.hasKey = fields[edn.Keyword("key")]
	kind, isKind := fields[edn.Keyword("type")].(edn.Keyword)
	f, isF := fields[edn.Keyword("f")].(edn.Keyword)
	if !isKind || !isF {
		return jepsenOp{}, fmt.Errorf("no :type or no :f in %.60s, expected keywords in both", form)
	}
	op.kind, op.f = string(kind), string(f)
	if cause, found := fields[edn.Keyword("error")]; found {
		op.err = printEDN(cause)
	}
	return op, nil
}

// decodeEDN calls the library, which panics on some input that is no EDN.
func decodeEDN(form []byte) (v any, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("not EDN: %v", r)
		}
	}()
	// Unmarshal stops after the first value. The caller passes exactly one.
	if err := edn.Unmarshal(form, &v); err != nil {
		return nil, fmt.Errorf("not EDN: %w", err)
	}
	return v, nil
}

// depthMax bounds how deep brackets may nest: the library calls itself for each, and a stack that
// overflows ends the process.
const depthMax = 64

// formReader cuts the top-level maps out of a file. It knows just enough of EDN not to be misled
// by brackets in strings, characters and comments.
type formReader struct {
	r        *bufio.Reader
	line     int  // Line of the next byte, from 1.
	started  bool // Something other than space was seen: a vector can no longer begin.
	inVector bool // The bracket that opened the file is not closed yet.
}

// next returns the next map and the line on which it starts.
func (f *formReader) next() (form []byte, line int, err error) {
	for {
		b, err := f.byte()
		if err == io.EOF && f.inVector {
			return nil, f.line, fmt.Errorf("the file ends inside the vector, expected ]: it is cut off")
		}
		if err != nil {
			return nil, f.line, err
		}
		switch {
		case b == ' ' || b == '\t' || b == '\r' || b == '\n' || b == ',':
		case b == ';':
			if err := f.skipComment(); err != nil {
				return nil, f.line, err
			}
		case b == '[' && !f.started:
			f.started, f.inVector = true, true
		case b == ']' && f.inVector:
			f.inVector = false
		case b == '{' || b == '#':
			f.started = true
			line = f.line
			form, err = f.rest(b)
			return form, line, err
		default:
			return nil, f.line, fmt.Errorf("%q, expected a map {:process 0, :type :invoke, …}", b)
		}
	}
}

// rest reads from the first byte of a map to the bracket that closes it. A map may have a tag; the
// first bracket then ends the search for it.
func (f *formReader) rest(first byte) ([]byte, error) {
	form := []byte{first}
	depth := bytes.Count(form, []byte("{"))
	for depth > 0 || first == '#' {
		b, err := f.byte()
		if err == io.EOF {
			return nil, fmt.Errorf("the file ends inside a map, expected }: it is cut off")
		}
		if err != nil {
			return nil, err
		}
		form = append(form, b)
		if len(form) > LineBytesMax {
			return nil, fmt.Errorf("a map longer than %d bytes: not a history", LineBytesMax)
		}
		switch b {
		case '{', '[', '(':
			if depth++; depth > depthMax {
				return nil, fmt.Errorf("brackets nest deeper than %d: not a history", depthMax)
			}
			first = 0
		case '}', ']', ')':
			depth--
		case ';': // The comment is left out, as the library does not know where it ends.
			form[len(form)-1] = '\n'
			err = f.skipComment()
		case '\\': // A character such as \{ is no bracket.
			form, err = f.take(form)
		case '"':
			form, err = f.text(form)
		}
		if err != nil || depth < 0 {
			return nil, errors.Join(err, fmt.Errorf("not EDN: %.40q", form))
		}
	}
	return form, nil
}

// text reads the rest of a string. An escaped quote does not end it.
func (f *formReader) text(form []byte) ([]byte, error) {
	for {
		var err error
		if form, err = f.take(form); err != nil {
			return form, err
		}
		switch {
		case form[len(form)-1] == '"':
			return form, nil
		case form[len(form)-1] == '\\':
			if form, err = f.take(form); err != nil {
				return form, err
			}
		case len(form) > LineBytesMax:
			return form, fmt.Errorf("a string longer than %d bytes", LineBytesMax)
		}
	}
}

// take reads one byte whatever it is. Here the file may not end.
func (f *formReader) take(form []byte) ([]byte, error) {
	b, err := f.byte()
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return append(form, b), err
}

// skipComment reads to the end of the line, or of the file.
func (f *formReader) skipComment() error {
	for {
		b, err := f.byte()
		if err == io.EOF || b == '\n' {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// byte reads one byte and counts lines.
func (f *formReader) byte() (byte, error) {
	b, err := f.r.ReadByte()
	if b == '\n' && err == nil {
		f.line++
	}
	return b, err
}
