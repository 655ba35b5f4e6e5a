// SPDX-License-Identifier: Apache-2.0

package trace

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"

	"viewstamp/impl/vsr"
)

// From a line to its event. A line has exactly the fields that its kind of message has: a trace
// that another program made and that leaves something out must not be believed.

// The members of the objects.
var (
	eventRequired = setOf(kReplica, kSequence, kStep, kState)
	eventOptional = setOf(kIgnored, kReceived, kSent)
	stateRequired = setOf(kStatus, kView, kLastNormalView, kLog, kCommit)
	stateOptional = setOf(kHeadUnknown, kLost)
	entryRequired = setOf(kView, kClient, kRequest, kTime, kOperation, kChecksum)
)

// messageKind is what a message of a kind has besides its kind, and how it is read.
type messageKind struct {
	name     string
	fields   set
	optional set
	read     func(d *decoder, r *record) vsr.Message
}

// messageKinds lists the kinds, the most frequent ones first.
var messageKinds = []messageKind{
	{"PREPARE", setOf(kFrom, kView, kParent, kEntry, kCommit), 0, readPrepare},
	{"PREPAREOK", setOf(kFrom, kView, kOp), 0, readPrepareOK},
	{"REPLY", setOf(kFrom, kView, kClient, kRequest, kOp, kResult), 0, readReply},
	{"REQUEST", setOf(kClient, kRequest, kOperation), 0, readRequest},
	{"COMMIT", setOf(kFrom, kView, kCommit), 0, readCommit},
	{"STARTVIEWCHANGE", setOf(kFrom, kView), 0, readStartViewChange},
	{"DOVIEWCHANGE", setOf(kFrom, kView, kLog, kBase, kLastNormalView, kCommit),
		setOf(kHeadUnknown, kLost), readDoViewChange},
	{"STARTVIEW", setOf(kFrom, kView, kLog, kBase, kCommit), 0, readStartView},
	{"GETSTATE", setOf(kFrom, kView, kOp), 0, readGetState},
	{"NEWSTATE", setOf(kFrom, kView, kTo, kAfter, kLog, kBase, kCommit), 0, readNewState},
}

// decoder reads one line. Its records are used again for the next one.
type decoder struct {
	scanner
	replicas                     int
	event, message, inner, state record
	entry                        vsr.Entry // of the message that is being read
	err                          error     // the first error of a field
}

// decode reads the event of a line.
func (d *decoder) decode(line []byte) (e vsr.Event, err error) {
	d.scanner, d.err = scanner{line: line}, nil
	err = d.object(&d.event, func(k key) (err error) {
		switch k {
		case kReceived:
			e.Received, err = d.messages("received")
		case kSent:
			e.Sent, err = d.messages("sent")
		case kState:
			e.State, err = d.readState()
		default:
			err = errors.New(`field "entry" does not belong here`)
		}
		return err
	})
	if err == nil {
		err = d.end()
	}
	if err == nil {
		err = d.event.check("the event", eventRequired, eventOptional)
	}
	if err != nil {
		return e, err
	}
	e.Replica = d.replica(&d.event, kReplica)
	e.Sequence = d.event.numbers[kSequence]
	e.Step = intern(d.event.texts[kStep])
	if d.event.has&(1<<kIgnored) != 0 {
		e.Ignored = vsr.Ignored(d.event.texts[kIgnored])
	}
	return e, d.err
}

// steps are the names that nearly all events have, so that each need not be made anew.
var steps = []string{"OnPrepare", "OnPrepareOK", "OnRequest", "OnCommit", "SendCommit"}

// intern is the string of some bytes.
func intern(b []byte) string {
	for _, s := range steps {
		if s == string(b) {
			return s
		}
	}
	return string(b)
}

// messages reads a list of messages.
func (d *decoder) messages(what string) (list []vsr.Message, err error) {
	err = d.list(func() error {
		m, err := d.readMessage()
		if err != nil {
			return fmt.Errorf("%s[%d]: %w", what, len(list), err)
		}
		list = append(list, m)
		return nil
	})
	return list, err
}

// readMessage reads one message.
func (d *decoder) readMessage() (vsr.Message, error) {
	r := &d.message
	err := d.object(r, func(k key) (err error) {
		if k != kEntry {
			return fmt.Errorf("field %q does not belong here", keyNames[k])
		}
		d.entry, err = d.readEntry()
		return err
	})
	if err != nil {
		return nil, err
	}
	if r.has&(1<<kKind) == 0 {
		return nil, errors.New(`"kind" is missing`)
	}
	for i := range messageKinds {
		kind := &messageKinds[i]
		if kind.name != string(r.texts[kKind]) {
			continue
		}
		if err := r.check(kind.name, kind.fields|1<<kKind, kind.optional); err != nil {
			return nil, err
		}
		m := kind.read(d, r)
		return m, d.err
	}
	return nil, fmt.Errorf("kind is %q, want the name of a message, as PREPAREOK", r.texts[kKind])
}

// readEntry reads an entry.
func (d *decoder) readEntry() (e vsr.Entry, err error) {
	r := &d.inner
	if err := d.object(r, nil); err != nil {
		return e, err
	}
	if err := r.check("the entry", entryRequired, 0); err != nil {
		return e, err
	}
	e = vsr.Entry{
		ViewNumber: vsr.ViewNumber(r.numbers[kView]), ClientID: d.client(r),
		RequestNumber: vsr.RequestNumber(r.numbers[kRequest]),
		Timestamp:     vsr.Timestamp(r.numbers[kTime]), Operation: d.bytes(r, kOperation),
	}
	d.fixed(kChecksum, r.texts[kChecksum], e.Checksum[:])
	return e, d.err
}

// readState reads a state.
func (d *decoder) readState() (s vsr.State, err error) {
	r := &d.state
	if err := d.object(r, nil); err != nil {
		return s, err
	}
	if err := r.check("the state", stateRequired, stateOptional); err != nil {
		return s, err
	}
	switch string(r.texts[kStatus]) {
	case "Normal":
		s.Status = vsr.Normal
	case "ViewChange":
		s.Status = vsr.ViewChange
	default:
		return s, fmt.Errorf("state: status is %q, want Normal or ViewChange", r.texts[kStatus])
	}
	s.ViewNumber = vsr.ViewNumber(r.numbers[kView])
	s.LastNormalView = vsr.ViewNumber(r.numbers[kLastNormalView])
	s.Log = d.name(r, kLog)
	s.CommitNumber = vsr.OpNumber(r.numbers[kCommit])
	s.HeadUnknown, s.Lost = d.flag(r, kHeadUnknown), d.lost(r)
	return s, d.err
}

// fail notes the first error of a field.
func (d *decoder) fail(format string, arguments ...any) {
	if d.err == nil {
		d.err = fmt.Errorf(format, arguments...)
	}
}

// replica is a replica number of the group.
func (d *decoder) replica(r *record, k key) vsr.ReplicaNumber {
	n := r.numbers[k]
	if n >= uint64(d.replicas) {
		d.fail("%q is %d, want 0 to %d", keyNames[k], n, d.replicas-1)
		return 0
	}
	return vsr.ReplicaNumber(n)
}

// flag is 1 if it is there.
func (d *decoder) flag(r *record, k key) bool {
	if r.has&(1<<k) == 0 {
		return false
	}
	if r.numbers[k] != 1 {
		d.fail("%q is %d, want 1 or no such field", keyNames[k], r.numbers[k])
	}
	return true
}

// fixed reads hexadecimal digits that fill to.
func (d *decoder) fixed(k key, digits, to []byte) {
	if len(digits) != hex.EncodedLen(len(to)) {
		d.fail("%q has %d hexadecimal digits, want %d", keyNames[k], len(digits),
			hex.EncodedLen(len(to)))
		return
	}
	if _, err := hex.Decode(to, digits); err != nil {
		d.fail("%q: %v", keyNames[k], err)
	}
}

// client is a client-id.
func (d *decoder) client(r *record) (id vsr.ClientID) {
	d.fixed(kClient, r.texts[kClient], id[:])
	return id
}

// name is the name of a log.
func (d *decoder) name(r *record, k key) (l vsr.LogName) {
	return d.nameOf(k, r.texts[k])
}

// lost is the ranges of a log that are lost.
func (d *decoder) lost(r *record) (list []vsr.LostRange) {
	if r.has&(1<<kLost) == 0 {
		return nil
	}
	for _, text := range bytes.Split(r.texts[kLost], []byte(" ")) {
		below, name, _ := bytes.Cut(text, []byte(","))
		list = append(list, vsr.LostRange{Below: d.nameOf(kLost, below), Name: d.nameOf(kLost, name)})
	}
	return list
}

// nameOf is the name of a log from its text.
func (d *decoder) nameOf(k key, text []byte) (l vsr.LogName) {
	number, sum, has := cut(text)
	n, err := strconv.ParseUint(string(number), 10, 64)
	if err != nil || (n > 0) != has {
		d.fail("%q is %q, want op-number:checksum, or 0 for the empty log", keyNames[k], text)
		return l
	}
	l.OpNumber = vsr.OpNumber(n)
	if has {
		d.fixed(k, sum, l.Checksum[:])
	}
	return l
}

// bytes is an operation or a result.
func (d *decoder) bytes(r *record, k key) []byte {
	form, content, has := cut(r.texts[k])
	switch {
	case has && string(form) == "text":
		return append([]byte{}, content...)
	case has && string(form) == "hex":
		b := make([]byte, hex.DecodedLen(len(content)))
		if _, err := hex.Decode(b, content); err != nil {
			d.fail("%q: %v", keyNames[k], err)
		}
		return b
	case has && string(form) == "sha256":
		b := make([]byte, 32)
		d.fixed(k, content, b)
		return b
	}
	d.fail("%q is %q, want text:…, hex:… or sha256:…", keyNames[k], r.texts[k])
	return nil
}

// cut splits at the first colon.
func cut(b []byte) (before, after []byte, found bool) {
	for i, c := range b {
		if c == ':' {
			return b[:i], b[i+1:], true
		}
	}
	return b, nil, false
}
