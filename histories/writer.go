// SPDX-License-Identifier: Apache-2.0

package histories

// This file writes the format. A Writer checks what it is given by the same rules as the Reader,
// so that a mistake of a recorder shows where it is made.

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"sync"
)

// Writer appends events to a history. It may be used by several goroutines: events get their
// place in the order in which Write is called.
type Writer struct {
	mu    sync.Mutex // Guards all fields.
	out   *bufio.Writer
	check *validator
	line  []byte // Buffer for one line, used again.
	err   error  // The first error; it is final.
}

// NewWriter checks the header, writes it, and returns a Writer. Header.Format may be empty.
func NewWriter(w io.Writer, header Header) (*Writer, error) {
	if header.Format == "" {
		header.Format = Format
	}
	if err := header.validate(); err != nil {
		return nil, fmt.Errorf("history header: %w", err)
	}
	line, err := json.Marshal(header)
	if err != nil {
		return nil, fmt.Errorf("history header: %w", err)
	}
	writer := &Writer{out: bufio.NewWriter(w), check: newValidator(header.Service)}
	if _, err := writer.out.Write(append(line, '\n')); err != nil {
		return nil, fmt.Errorf("write history header: %w", err)
	}
	return writer, nil
}

// Write appends one event. An event with T = 0 follows strictly after all events before it. An
// error (the event breaks a rule of the format, or the file cannot be written) is final: the
// same is returned from then on, and what was written before stays a valid history.
func (w *Writer) Write(e Event) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err != nil {
		return w.err
	}
	// The lock makes this number a true order of what was called when: an invoke that is written
	// before its request is sent and an ok that is written after its reply came are in order.
	if e.T == 0 {
		e.T = w.check.lastT + 1
	}
	if err := w.check.add(e); err != nil {
		w.err = fmt.Errorf("history event %v of client %d, request %d: %w", e.Kind, e.Client, e.Req, err)
		return w.err
	}
	// What the Reader would refuse must not be written, or the history is lost afterwards.
	w.line = append(appendEvent(w.line[:0], e), '\n')
	if len(w.line) > LineBytesMax {
		w.err = fmt.Errorf("history event of client %d, request %d: %d bytes, expected at most %d",
			e.Client, e.Req, len(w.line), LineBytesMax)
		return w.err
	}
	if _, err := w.out.Write(w.line); err != nil {
		w.err = fmt.Errorf("write history: %w", err)
	}
	return w.err
}

// Note appends a remark.
func (w *Writer) Note(text string) error { return w.Write(Event{Kind: Note, Text: text}) }

// Flush hands everything written so far to the underlying writer. Call it at the end.
func (w *Writer) Flush() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err != nil {
		return w.err
	}
	if err := w.out.Flush(); err != nil {
		w.err = fmt.Errorf("write history: %w", err)
	}
	return w.err
}

// Write writes a whole history. Its Name is not written.
func Write(w io.Writer, h History) error {
	writer, err := NewWriter(w, h.Header)
	if err != nil {
		return err
	}
	// After an error the part before it is still written: it is valid, and shows where it ends.
	for _, e := range h.Events {
		if err := writer.Write(e); err != nil {
			return errors.Join(err, writer.out.Flush())
		}
	}
	return writer.Flush()
}

// appendEvent appends an event as JSON, fields in the order in which people read them. It is
// written out because encoding/json cannot leave out a client that is 0 on notes only.
func appendEvent(b []byte, e Event) []byte {
	b = strconv.AppendInt(append(b, `{"t":`...), e.T, 10)
	if e.Kind != Note {
		b = strconv.AppendInt(append(b, `,"client":`...), int64(e.Client), 10)
		b = strconv.AppendUint(append(b, `,"req":`...), e.Req, 10)
	}
	b = append(b, `,"kind":"`...)
	b = append(append(b, e.Kind.String()...), '"')
	b = appendString(b, "f", Value{Text: e.F, Present: e.F != ""})
	b = appendString(b, "key", Value{Text: e.Key, Present: e.Key != ""})
	b = appendString(b, "old", e.Old)
	// For a reader "nothing there" is a result like any other, so it is written out.
	if e.Kind == OK && !e.Value.Present && e.Error == "" {
		b = append(b, `,"value":null`...)
	}
	b = appendString(b, "value", e.Value)
	b = appendString(b, "error", Value{Text: e.Error, Present: e.Error != ""})
	if e.Op != 0 {
		b = strconv.AppendUint(append(b, `,"op":`...), e.Op, 10)
	}
	if e.View != 0 {
		b = strconv.AppendUint(append(b, `,"view":`...), e.View, 10)
	}
	b = appendString(b, "text", Value{Text: e.Text, Present: e.Text != ""})
	return append(b, '}')
}

// appendString appends one field with a string, unless the value is absent.
func appendString(b []byte, name string, v Value) []byte {
	if !v.Present {
		return b
	}
	b = append(append(append(b, `,"`...), name...), `":`...)
	// The library knows best what has to be escaped.
	text, err := json.Marshal(v.Text)
	if err != nil {
		panic(fmt.Sprintf("histories: a string that JSON cannot hold: %q: %v", v.Text, err))
	}
	return append(b, text...)
}
