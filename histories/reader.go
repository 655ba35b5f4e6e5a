// SPDX-License-Identifier: Apache-2.0

package histories

// This file reads the format line by line. Nothing is skipped silently: every error says which
// file and line, what was expected, and what to do.

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// Limits of the reader. They bound what a broken or hostile file can make it allocate.
const (
	LineBytesMax = 1 << 20 // Length of one line.
	EventsMax    = 1 << 26 // Number of events that Read holds in memory.
)

// Reader reads one history event by event, in memory that does not grow with its length except
// for a few words for each client.
type Reader struct {
	// Header is the first line of the file.
	Header Header

	lines *lineReader
	parse *parser    // What a line says.
	check *validator // Whether that fits what was before.
}

// NewReader reads and checks the header. name is used in messages.
func NewReader(name string, r io.Reader) (*Reader, error) {
	lines := newLineReader(name, r)
	// An empty file is an error of its own: mostly the program that should have written it died.
	line, err := lines.next()
	if errors.Is(err, io.EOF) {
		return nil, lines.wrap(ErrEmpty)
	}
	if err != nil {
		return nil, err
	}
	reader := &Reader{lines: lines, parse: newParser()}
	if err := strict(line, &reader.Header); err != nil {
		return nil, lines.wrap(fmt.Errorf(`not a history header such as `+
			`{"format":%q,"service":"kv"}: %w`, Format, err))
	}
	if err := reader.Header.validate(); err != nil {
		return nil, lines.wrap(err)
	}
	reader.check = newValidator(reader.Header.Service)
	return reader, nil
}

// Next returns the next event, or io.EOF after the last one. Any other error is final.
func (r *Reader) Next() (Event, error) {
	line, err := r.lines.next()
	if errors.Is(err, io.EOF) && r.check.operations == 0 {
		return Event{}, r.lines.wrap(ErrEmpty)
	}
	if err != nil {
		return Event{}, err
	}
	e, err := r.parse.event(line)
	if err != nil {
		return Event{}, r.lines.wrap(err)
	}
	if err := r.check.add(e); err != nil {
		return Event{}, r.lines.wrap(err)
	}
	return e, nil
}

// Read reads a whole history in the format of this package. Open also knows other formats.
func Read(name string, r io.Reader) (History, error) {
	reader, err := NewReader(name, r)
	if err != nil {
		return History{}, err
	}
	// The number of events is not known beforehand, and must not be believed if it were.
	h := History{Header: reader.Header, Name: name}
	for {
		e, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return h, nil
		}
		if err != nil {
			return History{}, err
		}
		if len(h.Events) == EventsMax {
			return History{}, reader.lines.wrap(fmt.Errorf("more than %d events: split the history",
				EventsMax))
		}
		h.Events = append(h.Events, e)
	}
}

// strict decodes one JSON object and refuses unknown fields and anything that follows it: a
// misspelt field must not read as "absent".
func strict(line []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(line))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return err
	}
	if rest := bytes.TrimSpace(line[d.InputOffset():]); len(rest) > 0 {
		return fmt.Errorf("%.20q after the JSON object, expected one object on each line", rest)
	}
	return nil
}

// lineReader gives the lines of a file with their numbers, and puts both into errors.
type lineReader struct {
	name    string
	number  int // Of the line that was read last, from 1.
	scanner *bufio.Scanner
}

// newLineReader reads lines of up to LineBytesMax bytes without their end. The scanner's limit
// counts the end as well.
func newLineReader(name string, r io.Reader) *lineReader {
	s := bufio.NewScanner(r)
	s.Buffer(make([]byte, 0, 64<<10), LineBytesMax+len("\r\n")+1)
	return &lineReader{name: name, scanner: s}
}

// next returns the next line that is not blank, or io.EOF. It is valid until the next call.
func (l *lineReader) next() ([]byte, error) {
	for l.scanner.Scan() {
		l.number++
		if line := bytes.TrimSpace(l.scanner.Bytes()); len(line) > 0 {
			return line, nil
		}
	}
	err := l.scanner.Err()
	switch {
	case errors.Is(err, bufio.ErrTooLong):
		l.number++
		return nil, l.wrap(fmt.Errorf("longer than %d bytes: not a history, or values too large",
			LineBytesMax))
	case err != nil:
		return nil, l.wrap(err)
	}
	return nil, io.EOF
}

// wrap puts file and line before an error.
func (l *lineReader) wrap(err error) error {
	return fmt.Errorf("%s:%d: %w", l.name, max(l.number, 1), err)
}
