// SPDX-License-Identifier: Apache-2.0

package histories

// This file parses one event line. Long histories have millions of lines, and encoding/json takes
// most of the time of judging one, so that flat objects with known fields are read directly; only
// strings with escapes are left to the library. A test holds both parsers against each other.
// It is stricter than the library: a field may not occur twice or in other letters, and text that
// is no UTF-8 is refused instead of being changed.

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"unicode/utf8"
)

// field is a field of an event line, as a bit, so that a set of them tells which have occurred.
type field uint16

// The fields in the order in which the Writer writes them.
const (
	fieldT field = 1 << iota
	fieldClient
	fieldReq
	fieldKind
	fieldF
	fieldKey
	fieldOld
	fieldValue
	fieldError
	fieldOp
	fieldView
	fieldText
)

// fieldOf finds a field by its name; 0 if there is none.
func fieldOf(name []byte) field {
	switch string(name) {
	case "t":
		return fieldT
	case "client":
		return fieldClient
	case "req":
		return fieldReq
	case "kind":
		return fieldKind
	case "f":
		return fieldF
	case "key":
		return fieldKey
	case "old":
		return fieldOld
	case "value":
		return fieldValue
	case "error":
		return fieldError
	case "op":
		return fieldOp
	case "view":
		return fieldView
	case "text":
		return fieldText
	}
	return 0
}

// parser reads event lines. It remembers strings that come again and again, which saves most of
// the memory of a long history.
type parser struct {
	line  []byte
	at    int               // Index of the next byte.
	known map[string]string // Strings that were seen, by themselves.
}

// knownMax bounds how many strings a parser remembers, and knownBytes how long they are.
const (
	knownMax   = 1 << 16
	knownBytes = 64
)

func newParser() *parser { return &parser{known: make(map[string]string)} }

// event parses one line. Whether the event fits its place is the validator's business.
func (p *parser) event(line []byte) (Event, error) {
	p.line, p.at = line, 0
	var e Event
	var seen field // Zero values do not tell which fields have occurred; client 0 is one.
	if err := p.object(&e, &seen); err != nil {
		return Event{}, fmt.Errorf("column %d: %w", p.at+1, err)
	}
	return e, complete(e, seen)
}

// complete checks that the fields that the kind needs have occurred, and that a note has none of
// those that belong to requests.
func complete(e Event, seen field) error {
	const ofRequest = fieldClient | fieldReq | fieldF | fieldKey | fieldOp
	switch {
	case e.Kind == 0:
		return errors.New(`no "kind", expected invoke, ok, fail, unknown or note`)
	case seen&fieldT == 0:
		return errors.New(`no "t", expected a number from 1 on: the order of the events`)
	case seen&fieldOp != 0 && e.Op == 0:
		return errors.New(`"op" is 0, expected an op-number from 1 on: leave it out if unknown`)
	case e.Kind == Note && seen&ofRequest != 0:
		return errors.New(`a note with fields of a request, expected "t" and "text" only`)
	case e.Kind != Note && (seen&fieldClient == 0 || seen&fieldReq == 0):
		return fmt.Errorf(`no "client" or no "req", expected both on %v`, e.Kind)
	}
	return nil
}

// object parses {"name":value,…} and nothing after it.
func (p *parser) object(e *Event, seen *field) error {
	if !p.take('{') {
		return fmt.Errorf("%s, expected a JSON object {…}", p.here())
	}
	for more := !p.take('}'); more; {
		if err := p.member(e, seen); err != nil {
			return err
		}
		switch {
		case p.take(','):
		case p.take('}'):
			more = false
		default:
			return fmt.Errorf("%s, expected , or }", p.here())
		}
	}
	if p.skipSpace(); p.at < len(p.line) {
		return fmt.Errorf("%s after the JSON object, expected one object on each line", p.here())
	}
	return nil
}

// member parses "name":value.
func (p *parser) member(e *Event, seen *field) error {
	p.skipSpace()
	start := p.at // An unknown name is reported where it stands, not behind it.
	name, err := p.text()
	if err != nil {
		return err
	}
	f := fieldOf([]byte(name))
	if f == 0 || *seen&f != 0 {
		p.at = start
		if f == 0 {
			return fmt.Errorf("unknown field %q, expected t, client, req, kind, f, key, old, value, "+
				"error, op, view or text", name)
		}
		return fmt.Errorf("field %q a second time", name)
	}
	*seen |= f
	if !p.take(':') {
		return fmt.Errorf("%s, expected : after %q", p.here(), name)
	}
	if err := p.value(e, f); err != nil {
		return fmt.Errorf("%q: %w", name, err)
	}
	return nil
}

// value parses the value of a field into the event. Only arguments and results may be null.
func (p *parser) value(e *Event, f field) (err error) {
	var n uint64
	switch f {
	case fieldT, fieldClient:
		var signed int64
		signed, err = p.signed()
		if f == fieldT {
			e.T = signed
		} else if e.Client = int(signed); int64(e.Client) != signed {
			err = fmt.Errorf("%d is too large", signed)
		}
	case fieldReq, fieldOp, fieldView:
		n, err = p.number()
		switch f {
		case fieldReq:
			e.Req = n
		case fieldOp:
			e.Op = n
		default:
			e.View = n
		}
	case fieldKind:
		var name string
		name, err = p.text()
		if e.Kind = kindOf(name); e.Kind == 0 && err == nil {
			err = fmt.Errorf(`"kind" is %q, expected invoke, ok, fail, unknown or note`, name)
		}
	case fieldValue:
		e.Value, err = p.nullable()
	case fieldOld:
		e.Old, err = p.nullable()
	case fieldF:
		e.F, err = p.text()
	case fieldKey:
		e.Key, err = p.text()
	case fieldError:
		e.Error, err = p.text()
	case fieldText:
		e.Text, err = p.text()
	}
	return err
}

// skipSpace goes past what JSON allows between tokens, but for line ends.
func (p *parser) skipSpace() {
	for p.at < len(p.line) && (p.line[p.at] == ' ' || p.line[p.at] == '\t' || p.line[p.at] == '\r') {
		p.at++
	}
}

// take skips spaces and then the byte, if it is there.
func (p *parser) take(b byte) bool {
	p.skipSpace()
	if p.at < len(p.line) && p.line[p.at] == b {
		p.at++
		return true
	}
	return false
}

// here is what stands at the current place, for a message.
func (p *parser) here() string {
	if p.at >= len(p.line) {
		return "the line ends"
	}
	rest := p.line[p.at:]
	return fmt.Sprintf("%q", rest[:min(len(rest), 20)])
}

// number parses a number from 0 on, without fraction or exponent.
func (p *parser) number() (uint64, error) {
	p.skipSpace()
	start, n := p.at, uint64(0)
	// What is smaller than '0' wraps around and is no digit either.
	for ; p.at < len(p.line) && p.line[p.at]-'0' < 10; p.at++ {
		digit := uint64(p.line[p.at] - '0')
		if n > (math.MaxUint64-digit)/10 {
			return 0, errors.New("a number that does not fit into 64 bits")
		}
		n = n*10 + digit
	}
	// 1.5, 1e3 and 01 are refused: the first two are no integers, the last is no JSON.
	ends := p.at == len(p.line) || bytes.IndexByte([]byte(",} \t\r"), p.line[p.at]) >= 0
	if start == p.at || !ends || p.line[start] == '0' && p.at > start+1 {
		p.at = start
		return 0, fmt.Errorf("%s, expected a number without fraction", p.here())
	}
	return n, nil
}

// signed parses a number that may be negative.
func (p *parser) signed() (int64, error) {
	negative := p.take('-')
	n, err := p.number()
	if err == nil && n > math.MaxInt64 {
		err = errors.New("a number that does not fit into 63 bits")
	}
	if negative {
		return -int64(n), err
	}
	return int64(n), err
}

// nullable parses a string or null.
func (p *parser) nullable() (Value, error) {
	p.skipSpace()
	if bytes.HasPrefix(p.line[p.at:], []byte("null")) {
		p.at += len("null")
		return Value{}, nil
	}
	text, err := p.text()
	return Some(text), err
}

// text parses a string. Plain ASCII without escapes is taken as it is; that is nearly everything.
func (p *parser) text() (string, error) {
	if !p.take('"') {
		return "", fmt.Errorf("%s, expected a string in quotes", p.here())
	}
	start, plain := p.at, true
	for ; p.at < len(p.line); p.at++ {
		switch b := p.line[p.at]; {
		case b == '"':
			token := p.line[start:p.at]
			p.at++
			if plain {
				return p.remember(token), nil
			}
			return p.unescape(p.line[start-1 : p.at])
		case b == '\\': // What follows cannot end the string.
			plain = false
			p.at++
		case b < ' ' || b >= utf8.RuneSelf:
			plain = false
		}
	}
	p.at = len(p.line)
	return "", errors.New("the line ends inside a string")
}

// unescape parses a string that is not plain ASCII, quotes included.
func (p *parser) unescape(token []byte) (string, error) {
	if !utf8.Valid(token) {
		return "", fmt.Errorf("%.40q is not UTF-8: encode binary keys and values", token)
	}
	var text string
	if err := json.Unmarshal(token, &text); err != nil {
		return "", fmt.Errorf("%.40q: %w", token, err)
	}
	return text, nil
}

// remember makes a string, the same one as before if it can.
func (p *parser) remember(token []byte) string {
	if text, found := p.known[string(token)]; found {
		return text
	}
	text := string(token)
	if len(token) <= knownBytes && len(p.known) < knownMax {
		p.known[text] = text
	}
	return text
}
