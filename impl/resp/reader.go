// SPDX-License-Identifier: Apache-2.0

// This file reads commands from a byte stream. It trusts nothing: each length is checked when it is
// announced, and the buffer at most doubles what has arrived.

package resp

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
)

const (
	// smallBuffer is what an idle connection keeps.
	smallBuffer = 4 << 10
	// maxHeader is the greatest length of a line that announces a number, its end included.
	maxHeader = 32
	// maxIdle is the greatest buffer that is kept between commands.
	maxIdle = 64 << 10
)

// protocolError is about bytes that are no command. The connection cannot go on after it, because
// nobody knows where the next command starts.
type protocolError struct{ reason string }

func (e *protocolError) Error() string { return "Protocol error: " + e.reason }

func protocolErrorf(format string, arguments ...any) error {
	return &protocolError{fmt.Sprintf(format, arguments...)}
}

// command is a command as it was sent: its name and its arguments. It has at least one part. The
// parts share memory with the reader until the next call of readCommands.
type command [][]byte

// commandReader splits a byte stream into commands.
type commandReader struct {
	source io.Reader
	// maxBulk is the greatest length of a part, maxTotal that of all parts of a command.
	maxBulk, maxTotal int

	buffer []byte
	// What has arrived and belongs to no command yet is buffer[start:end].
	start, end int

	// The command that is being read. position is where its next unread part starts, counted from
	// start. missing counts its parts that have not arrived; 0 means that it has not begun.
	position int
	missing  int
	total    int
	parts    []span
	// broken is the error after which nothing is read any more.
	broken error
}

// span is a part of the buffer, counted from commandReader.start.
type span struct{ from, to int }

func newCommandReader(source io.Reader, maxBulk, maxTotal int) *commandReader {
	return &commandReader{source: source, maxBulk: maxBulk, maxTotal: maxTotal,
		buffer: make([]byte, smallBuffer)}
}

// begun reports whether a part of a command has arrived, and not all of it.
func (r *commandReader) begun() bool { return r.start != r.end }

// readCommands waits until at least one command is complete and returns all that are. An error is
// a *protocolError or comes from the source; io.EOF in the middle of a command is
// io.ErrUnexpectedEOF. Complete commands in front of an error are returned first.
func (r *commandReader) readCommands() ([]command, error) {
	r.makeRoom()
	for {
		commands, err := r.takeComplete()
		if len(commands) > 0 || err != nil {
			return commands, err
		}
		if err := r.fill(); err != nil {
			return nil, err
		}
	}
}

// takeComplete takes the commands that have arrived. An error comes alone: the commands in front of
// it are returned by the call before.
func (r *commandReader) takeComplete() (commands []command, err error) {
	for r.start < r.end && r.broken == nil {
		next, complete, err := r.take()
		r.broken = err
		if !complete {
			break
		}
		if len(next) > 0 {
			commands = append(commands, next)
		}
	}
	if len(commands) > 0 {
		return commands, nil
	}
	return nil, r.broken
}

// fill reads once from the source.
func (r *commandReader) fill() error {
	r.makeRoom()
	read, err := r.source.Read(r.buffer[r.end:])
	r.end += read
	if read > 0 {
		return nil
	}
	if err == io.EOF && r.begun() {
		return io.ErrUnexpectedEOF
	}
	return err
}

// makeRoom makes the buffer ready for more. It moves what is in it: no command may be in use.
func (r *commandReader) makeRoom() {
	if r.start == r.end {
		r.start, r.end = 0, 0
		if len(r.buffer) > maxIdle {
			r.buffer = make([]byte, smallBuffer)
		}
	}
	if r.start > 0 {
		copy(r.buffer, r.buffer[r.start:r.end])
		r.start, r.end = 0, r.end-r.start
	}
	if r.end == len(r.buffer) {
		grown := make([]byte, 2*len(r.buffer))
		copy(grown, r.buffer)
		r.buffer = grown
	}
}

// take takes one command if it is complete. An empty command is a line without words or an array
// without elements; Redis ignores both.
func (r *commandReader) take() (next command, complete bool, err error) {
	if r.missing == 0 {
		if r.buffer[r.start] != '*' {
			return r.takeInline()
		}
		if complete, err := r.takeArrayHeader(); !complete || err != nil {
			return nil, false, err
		}
	}
	for r.missing > 0 {
		if complete, err := r.takePart(); !complete || err != nil {
			return nil, false, err
		}
	}
	return r.finish(), true, nil
}

// finish cuts the complete command out of the buffer.
func (r *commandReader) finish() command {
	next := make(command, len(r.parts))
	for i, part := range r.parts {
		next[i] = r.buffer[r.start+part.from : r.start+part.to : r.start+part.to]
	}
	r.start += r.position
	r.position, r.total, r.parts = 0, 0, r.parts[:0]
	return next
}

// takeArrayHeader reads "*3\r\n".
func (r *commandReader) takeArrayHeader() (complete bool, err error) {
	count, complete, ok := r.takeNumber()
	if !complete {
		return false, r.headerTooLong("too big mbulk count string")
	}
	if !ok || count > maxArguments {
		return false, protocolErrorf("invalid multibulk length: at most %d arguments", maxArguments)
	}
	r.missing = max(count, 0)
	return true, nil
}

// takePart reads "$3\r\nabc\r\n". The position moves only when all of it is there.
func (r *commandReader) takePart() (complete bool, err error) {
	before := r.position
	if r.start+before == r.end {
		return false, nil
	}
	if first := r.buffer[r.start+before]; first != '$' {
		return false, protocolErrorf("expected '$', got %q", rune(first))
	}
	length, complete, ok := r.takeNumber()
	if !complete {
		return false, r.headerTooLong("too big bulk count string")
	}
	if err := r.checkLength(length, ok); err != nil {
		return false, err
	}
	from, to := r.position, r.position+length
	if r.end-r.start < to+2 {
		r.position = before
		return false, nil
	}
	if string(r.buffer[r.start+to:r.start+to+2]) != "\r\n" {
		return false, protocolErrorf("expected a line end after %d bytes", length)
	}
	r.position = to + 2
	r.parts = append(r.parts, span{from, to})
	r.total += length
	r.missing--
	return true, nil
}

// checkLength checks an announced length, before anything of that length is kept.
func (r *commandReader) checkLength(length int, ok bool) error {
	if !ok || length < 0 || length > r.maxBulk {
		return protocolErrorf("invalid bulk length: at most %d bytes", r.maxBulk)
	}
	if r.total+length > r.maxTotal {
		return protocolErrorf("invalid bulk length: at most %d bytes in all arguments", r.maxTotal)
	}
	return nil
}

// takeNumber reads a line with a mark and a number, such as "*3\r\n". ok is false if it is no
// number. A number has at most ten digits, so it cannot overflow.
func (r *commandReader) takeNumber() (number int, complete, ok bool) {
	rest := r.buffer[r.start+r.position : r.end]
	rest = rest[:min(len(rest), maxHeader)]
	end := bytes.IndexByte(rest, '\n')
	if end < 0 {
		return 0, false, false
	}
	r.position += end + 1
	digits, found := bytes.CutSuffix(rest[1:max(end, 1)], []byte("\r"))
	if !found || len(digits) == 0 || len(digits) > 10 || digits[0] == '+' {
		return 0, true, false
	}
	number, err := strconv.Atoi(string(digits))
	return number, true, err == nil
}

// headerTooLong is the error of a line that should have ended.
func (r *commandReader) headerTooLong(reason string) error {
	if r.end-r.start-r.position < maxHeader {
		return nil
	}
	return protocolErrorf("%s", reason)
}

// takeInline reads a command that is typed as a line.
func (r *commandReader) takeInline() (next command, complete bool, err error) {
	rest := r.buffer[r.start:r.end]
	end := bytes.IndexByte(rest, '\n')
	if max(end, 0) > maxInline || end < 0 && len(rest) > maxInline {
		return nil, false, protocolErrorf("too big inline request")
	}
	if end < 0 {
		return nil, false, nil
	}
	next, err = splitLine(bytes.TrimSuffix(rest[:end], []byte("\r")))
	if err != nil {
		return nil, false, err
	}
	r.start += end + 1
	return next, true, nil
}
