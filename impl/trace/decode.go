// SPDX-License-Identifier: Apache-2.0

package trace

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"viewstamp/impl/vsr"
)

// From a line to its event. A line has exactly the fields that its kind of message has: a trace that
// another program made and that leaves something out must not be believed.

// eventLine is an event in JSON.
type eventLine struct {
	Replica  *uint64        `json:"replica"`
	Sequence *uint64        `json:"sequence"`
	Step     string         `json:"step"`
	Ignored  string         `json:"ignored"`
	Received []*messageLine `json:"received"`
	Sent     []*messageLine `json:"sent"`
	State    *stateLine     `json:"state"`
}

// stateLine is a state in JSON.
type stateLine struct {
	Status         string  `json:"status"`
	View           *uint64 `json:"view"`
	LastNormalView *uint64 `json:"lastNormalView"`
	Log            *string `json:"log"`
	Commit         *uint64 `json:"commit"`
}

// messageLine is a message of any kind in JSON.
type messageLine struct {
	Kind           string     `json:"kind"`
	From           *uint64    `json:"from"`
	To             *uint64    `json:"to"`
	View           *uint64    `json:"view"`
	Op             *uint64    `json:"op"`
	Commit         *uint64    `json:"commit"`
	LastNormalView *uint64    `json:"lastNormalView"`
	After          *uint64    `json:"after"`
	Request        *uint64    `json:"request"`
	Client         *string    `json:"client"`
	Operation      *string    `json:"operation"`
	Result         *string    `json:"result"`
	Parent         *string    `json:"parent"`
	Log            *string    `json:"log"`
	Base           *string    `json:"base"`
	Entry          *entryLine `json:"entry"`
}

// entryLine is an entry in JSON.
type entryLine struct {
	View      *uint64 `json:"view"`
	Client    *string `json:"client"`
	Request   *uint64 `json:"request"`
	Time      *int64  `json:"time"`
	Operation *string `json:"operation"`
	Checksum  *string `json:"checksum"`
}

// strictly reads one JSON value that is all of the line and has no unknown field.
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

// reading collects the first error, so that the fields can be taken one after the other.
type reading struct {
	replicas int
	err      error
}

// fail notes an error.
func (r *reading) fail(format string, arguments ...any) {
	if r.err == nil {
		r.err = fmt.Errorf(format, arguments...)
	}
}

// number is a required number.
func (r *reading) number(key string, value *uint64) uint64 {
	if value == nil {
		r.fail("%q is missing", key)
		return 0
	}
	return *value
}

// replica is a required replica number.
func (r *reading) replica(key string, value *uint64) vsr.ReplicaNumber {
	n := r.number(key, value)
	if n >= uint64(r.replicas) {
		r.fail("%q is %d, want 0 to %d", key, n, r.replicas-1)
		return 0
	}
	return vsr.ReplicaNumber(n)
}

// text is a required string.
func (r *reading) text(key string, value *string) string {
	if value == nil {
		r.fail("%q is missing", key)
		return ""
	}
	return *value
}

// fixed is a required string of hexadecimal digits that fill to.
func (r *reading) fixed(key, value string, to []byte) {
	if len(value) != hex.EncodedLen(len(to)) {
		r.fail("%q has %d hexadecimal digits, want %d", key, len(value), hex.EncodedLen(len(to)))
		return
	}
	if _, err := hex.Decode(to, []byte(value)); err != nil {
		r.fail("%q: %v", key, err)
	}
}

// client is a required client-id.
func (r *reading) client(value *string) (id vsr.ClientID) {
	r.fixed("client", r.text("client", value), id[:])
	return id
}

// name is a required name of a log.
func (r *reading) name(key string, value *string) (l vsr.LogName) {
	number, sum, has := strings.Cut(r.text(key, value), ":")
	n, err := strconv.ParseUint(number, 10, 64)
	if err != nil || (n > 0) != has {
		r.fail("%q is %q, want op-number:checksum, or 0 for the empty log", key, *orEmpty(value))
		return l
	}
	l.OpNumber = vsr.OpNumber(n)
	if has {
		r.fixed(key, sum, l.Checksum[:])
	}
	return l
}

// orEmpty is the string, or an empty one.
func orEmpty(value *string) *string {
	if value == nil {
		return new(string)
	}
	return value
}

// bytes is a required operation or result.
func (r *reading) bytes(key string, value *string) []byte {
	form, content, has := strings.Cut(r.text(key, value), ":")
	switch {
	case has && form == "text":
		return []byte(content)
	case has && form == "hex":
		b, err := hex.DecodeString(content)
		if err != nil {
			r.fail("%q: %v", key, err)
		}
		return b
	case has && form == "sha256":
		b := make([]byte, 32)
		r.fixed(key, content, b)
		return b
	}
	r.fail("%q is %q, want text:…, hex:… or sha256:…", key, *orEmpty(value))
	return nil
}

// entry is a required entry.
func (r *reading) entry(value *entryLine) (e vsr.Entry) {
	if value == nil {
		r.fail("\"entry\" is missing")
		return e
	}
	e = vsr.Entry{
		ViewNumber:    vsr.ViewNumber(r.number("view", value.View)),
		ClientID:      r.client(value.Client),
		RequestNumber: vsr.RequestNumber(r.number("request", value.Request)),
		Operation:     r.bytes("operation", value.Operation),
	}
	if value.Time == nil {
		r.fail("\"time\" is missing")
	} else {
		e.Timestamp = vsr.Timestamp(*value.Time)
	}
	r.fixed("checksum", r.text("checksum", value.Checksum), e.Checksum[:])
	return e
}

// messages reads a list of messages.
func (r *reading) messages(key string, list []*messageLine) []vsr.Message {
	var messages []vsr.Message
	for i, line := range list {
		if line == nil {
			r.fail("%s[%d] is null", key, i)
			return nil
		}
		m := r.message(line)
		if r.err == nil {
			if extra := line.extra(m); extra != "" {
				r.fail("%s has no field %q", line.Kind, extra)
			}
		}
		if r.err != nil {
			r.err = fmt.Errorf("%s[%d]: %w", key, i, r.err)
			return nil
		}
		messages = append(messages, m)
	}
	return messages
}

// state reads a required state.
func (r *reading) state(line *stateLine) (s vsr.State) {
	if line == nil {
		r.fail("\"state\" is missing")
		return s
	}
	switch line.Status {
	case vsr.Normal.String():
		s.Status = vsr.Normal
	case vsr.ViewChange.String():
		s.Status = vsr.ViewChange
	default:
		r.fail("state: status is %q, want Normal or ViewChange", line.Status)
	}
	s.ViewNumber = vsr.ViewNumber(r.number("view", line.View))
	s.LastNormalView = vsr.ViewNumber(r.number("lastNormalView", line.LastNormalView))
	s.Log = r.name("log", line.Log)
	s.CommitNumber = vsr.OpNumber(r.number("commit", line.Commit))
	return s
}
