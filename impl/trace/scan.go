// SPDX-License-Identifier: Apache-2.0

package trace

import (
	"fmt"
	"math"
	"math/bits"
)

// The JSON of a line, by hand: a check of a long run spends most of its time here, and
// encoding/json takes ten times as long. It reads what a trace needs and no more: whole numbers,
// and strings without escapes. An object becomes a record.

// key is a member name of one of the objects of a trace.
type key uint8

const (
	kReplica key = iota
	kSequence
	kStep
	kIgnored
	kReceived
	kSent
	kState
	kStatus
	kKind
	kFrom
	kTo
	kView
	kOp
	kCommit
	kLastNormalView
	kAfter
	kRequest
	kClient
	kOperation
	kResult
	kParent
	kLog
	kBase
	kEntry
	kTime
	kChecksum
	kHeadUnknown
	kLost
	keys
)

// keyNames are the names in JSON.
var keyNames = [keys]string{
	"replica", "sequence", "step", "ignored", "received", "sent", "state", "status", "kind", "from",
	"to", "view", "op", "commit", "lastNormalView", "after", "request", "client", "operation",
	"result", "parent", "log", "base", "entry", "time", "checksum", "headUnknown", "lost",
}

// set is a set of keys.
type set uint32

// setOf makes a set.
func setOf(list ...key) (s set) {
	for _, k := range list {
		s |= 1 << k
	}
	return s
}

// name is the name of one member of the set, for errors.
func (s set) name() string { return keyNames[bits.TrailingZeros32(uint32(s))] }

// nested are the keys whose values are objects or lists; text those whose values are strings. The
// others are numbers.
const (
	nested = set(1<<kReceived | 1<<kSent | 1<<kState | 1<<kEntry)
	text   = set(1<<kStep | 1<<kIgnored | 1<<kStatus | 1<<kKind | 1<<kClient | 1<<kOperation |
		1<<kResult | 1<<kParent | 1<<kLog | 1<<kBase | 1<<kChecksum | 1<<kLost)
)

// record is an object: its members that are numbers or strings, by key. The strings are parts of
// the line.
type record struct {
	has     set
	numbers [keys]uint64
	texts   [keys][]byte
}

// check says which member is missing or does not belong.
func (r *record) check(what string, required, optional set) error {
	if missing := required &^ r.has; missing != 0 {
		return fmt.Errorf("%s: %q is missing", what, missing.name())
	}
	if extra := r.has &^ (required | optional); extra != 0 {
		return fmt.Errorf("%s has no field %q", what, extra.name())
	}
	return nil
}

// scanner reads a line from left to right.
type scanner struct {
	line []byte
	at   int
}

// wrong is an error about the place where the scanner is.
func (s *scanner) wrong(want string) error {
	rest := s.line[min(s.at, len(s.line)):]
	if len(rest) > 20 {
		rest = rest[:20]
	}
	return fmt.Errorf("not the JSON of a trace: column %d: want %s, got %q", s.at+1, want, rest)
}

// space skips white space.
func (s *scanner) space() {
	for s.at < len(s.line) {
		switch s.line[s.at] {
		case ' ', '\t', '\r':
			s.at++
		default:
			return
		}
	}
}

// take skips a character if it comes next.
func (s *scanner) take(c byte) bool {
	s.space()
	if s.at == len(s.line) || s.line[s.at] != c {
		return false
	}
	s.at++
	return true
}

// end makes sure that the line ends here.
func (s *scanner) end() error {
	if s.space(); s.at != len(s.line) {
		return s.wrong("the end of the line")
	}
	return nil
}

// object reads an object into a record. deeper reads the values that are objects or lists.
func (s *scanner) object(r *record, deeper func(key) error) error {
	r.has = 0
	if !s.take('{') {
		return s.wrong("{")
	}
	if s.take('}') {
		return nil
	}
	for {
		if err := s.member(r, deeper); err != nil {
			return err
		}
		if s.take('}') {
			return nil
		}
		if !s.take(',') {
			return s.wrong(", or }")
		}
	}
}

// member reads a name and its value.
func (s *scanner) member(r *record, deeper func(key) error) error {
	name, err := s.text()
	if err != nil {
		return err
	}
	k := keyOf(name)
	switch {
	case k == keys:
		return fmt.Errorf("unknown field %q", name)
	case r.has&(1<<k) != 0:
		return fmt.Errorf("field %q is there twice", name)
	case !s.take(':'):
		return s.wrong(":")
	}
	r.has |= 1 << k
	switch one := set(1) << k; {
	case nested&one != 0:
		if deeper == nil {
			return fmt.Errorf("field %q does not belong here", name)
		}
		return deeper(k)
	case text&one != 0:
		r.texts[k], err = s.text()
	default:
		r.numbers[k], err = s.number(k == kTime)
	}
	return err
}

// list reads a list of values, each with element.
func (s *scanner) list(element func() error) error {
	if !s.take('[') {
		return s.wrong("[")
	}
	if s.take(']') {
		return nil
	}
	for {
		if err := element(); err != nil {
			return err
		}
		if s.take(']') {
			return nil
		}
		if !s.take(',') {
			return s.wrong(", or ]")
		}
	}
}

// text reads a string without escapes.
func (s *scanner) text() ([]byte, error) {
	if !s.take('"') {
		return nil, s.wrong(`"`)
	}
	start := s.at
	for ; s.at < len(s.line); s.at++ {
		switch c := s.line[s.at]; {
		case c == '"':
			s.at++
			return s.line[start : s.at-1], nil
		case c == '\\' || c < ' ':
			return nil, s.wrong("a string without escapes")
		}
	}
	return nil, s.wrong(`"`)
}

// number reads a whole number. A signed one comes as its two's complement.
func (s *scanner) number(signed bool) (uint64, error) {
	s.space()
	start, most := s.at, uint64(math.MaxUint64)
	minus := false
	if signed {
		minus = s.take('-')
		if most = math.MaxInt64; minus {
			most++
		}
	}
	digits, n := s.at, uint64(0)
	for ; s.at < len(s.line); s.at++ {
		d := uint64(s.line[s.at] - '0')
		if d > 9 {
			break
		}
		if n > (most-d)/10 {
			s.at = start
			return 0, s.wrong(fmt.Sprintf("a number of at most %d", most))
		}
		n = n*10 + d
	}
	if s.at == digits || s.at > digits+1 && s.line[digits] == '0' {
		s.at = start
		return 0, s.wrong("a whole number")
	}
	if minus {
		n = -n
	}
	return n, nil
}

// keyOf finds a key by its name; keys if there is none.
func keyOf(name []byte) key {
	for k := range keys {
		if keyNames[k] == string(name) {
			return k
		}
	}
	return keys
}
