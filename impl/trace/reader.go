// SPDX-License-Identifier: Apache-2.0

package trace

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"viewstamp/impl/vsr"
)

// The reader. It reads a line at a time, whatever the size of the file.

// lineMax bounds a line, so that a file of another kind cannot fill the memory.
const lineMax = 64 << 20

// Reader reads a trace.
type Reader struct {
	name     string
	buffered *bufio.Reader
	header   Header
	decoder  decoder
	line     int
	torn     bool
	last     []uint64 // The sequence of the last event of each replica.
	err      error
}

// NewReader reads the header. name is the name of the file, for errors. Of an empty file, and of
// one that ends within its header, it returns an error for which errors.Is(err,
// io.ErrUnexpectedEOF) is true: a process that was killed at its start leaves such a file.
func NewReader(r io.Reader, name string) (*Reader, error) {
	reader := &Reader{name: name, buffered: bufio.NewReaderSize(r, 1<<16)}
	line, err := reader.nextLine()
	if errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("trace: %s:1: the header is missing or torn: %w",
			name, io.ErrUnexpectedEOF)
	}
	if err != nil {
		return nil, err
	}
	if err := strictly(line, &reader.header); err != nil {
		return nil, reader.errorf("header: %w", err)
	}
	if err := reader.header.check(); err != nil {
		return nil, reader.errorf("header: %w", err)
	}
	reader.last = make([]uint64, reader.header.Replicas)
	return reader, nil
}

// Header is the first line.
func (r *Reader) Header() Header { return r.header }

// Line is the number of the line that Next returned last, counted from 1.
func (r *Reader) Line() int { return r.line }

// Torn says, after Next has returned io.EOF, whether the last line was torn and left out.
func (r *Reader) Torn() bool { return r.torn }

// Next returns the next event; io.EOF after the last one. Any other error names the file and the
// line, and comes again from each further call.
//
// What a trace does not hold is not in the event: the entries of DOVIEWCHANGE, STARTVIEW and
// NEWSTATE. An operation or a result of more than 64 bytes is replaced by its SHA-256, everywhere
// in the trace alike: equal operations are equal and different ones differ, but a checksum cannot
// be computed from them.
func (r *Reader) Next() (vsr.Event, error) {
	if r.err != nil {
		return vsr.Event{}, r.err
	}
	line, err := r.nextLine()
	if err != nil {
		r.err = err
		return vsr.Event{}, err
	}
	e, err := r.event(line)
	if err != nil {
		r.err = r.errorf("%w", err)
		return vsr.Event{}, r.err
	}
	return e, nil
}

// event reads an event and checks that it follows those before.
func (r *Reader) event(line []byte) (vsr.Event, error) {
	r.decoder.replicas = r.header.Replicas
	e, err := r.decoder.decode(line)
	switch own := r.header.Replica; {
	case err != nil:
		return e, err
	case own != nil && *own != int(e.Replica):
		return e, fmt.Errorf("replica is %d in the trace of replica %d", e.Replica, *own)
	case e.Step == "":
		return e, errors.New(`"step" is empty`)
	case e.Ignored != "" && len(e.Sent) > 0:
		return e, fmt.Errorf("the step was ignored (%s) and sent messages all the same", e.Ignored)
	}
	return e, r.follows(&e)
}

// follows checks the sequence: 1 at a start or restart, then without a hole.
func (r *Reader) follows(e *vsr.Event) error {
	last := &r.last[e.Replica]
	starts := e.Step == "Start" || e.Step == "Restart" || e.Step == "RestartDamaged" ||
		e.Step == "RestartSilent"
	switch {
	case starts && e.Sequence != 1:
		return fmt.Errorf("%s has sequence %d, want 1", e.Step, e.Sequence)
	case starts && *last > 0 && (e.Step == "Start" || r.header.Replica != nil):
		return fmt.Errorf("replica %d has %s after its event %d", e.Replica, e.Step, *last)
	case !starts && *last == 0:
		return fmt.Errorf("replica %d begins with %s, want Start or Restart", e.Replica, e.Step)
	case !starts && e.Sequence != *last+1:
		return fmt.Errorf("replica %d has sequence %d after %d: events are missing",
			e.Replica, e.Sequence, *last)
	}
	*last = e.Sequence
	return nil
}

// nextLine returns the next line without its newline. A last line without newline is torn: it
// counts as the end.
func (r *Reader) nextLine() ([]byte, error) {
	r.line++
	var line []byte
	for {
		part, err := r.buffered.ReadSlice('\n')
		if len(line)+len(part) > lineMax {
			return nil, r.errorf("the line has more than %d bytes: is this a trace?", lineMax)
		}
		switch {
		case err == nil && line == nil:
			return part[:len(part)-1], nil
		case err == nil:
			line = append(line, part...)
			return line[:len(line)-1], nil
		case errors.Is(err, bufio.ErrBufferFull):
			line = append(line, part...)
		case errors.Is(err, io.EOF):
			r.torn = len(line)+len(part) > 0
			return nil, io.EOF
		default:
			return nil, r.errorf("read: %w", err)
		}
	}
}

// errorf is an error that names the file and the line.
func (r *Reader) errorf(format string, arguments ...any) error {
	return fmt.Errorf("trace: %s:%d: "+format, append([]any{r.name, r.line}, arguments...)...)
}

// strictly reads a JSON value that is all of the line and has no unknown field.
func strictly(line []byte, value any) error {
	d := json.NewDecoder(bytes.NewReader(line))
	d.DisallowUnknownFields()
	if err := d.Decode(value); err != nil {
		// Not %w: io.EOF of an empty line must not look like the end of the file.
		return fmt.Errorf("not the JSON of a trace: %v", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("more than one JSON value on the line")
	}
	return nil
}
