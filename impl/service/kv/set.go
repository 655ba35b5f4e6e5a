// SPDX-License-Identifier: Apache-2.0

// This file holds SET with its options, and its older forms.

package kv

import (
	"math"
	"strings"
)

// setOptions is what follows the value in SET.
type setOptions struct {
	nx, xx, get, keepTTL bool
	// expiry is EX, PX, EXAT or PXAT in lower case, or empty. time is its argument.
	expiry string
	time   []byte
}

// set is SET. The checks come in Redis's order: options, then time, then the condition.
func set(s *Store, arguments [][]byte) Reply {
	options, ok := parseSetOptions(arguments[2:])
	if !ok {
		return syntaxError()
	}
	deadline := int64(0)
	if options.expiry != "" {
		var failure Reply
		deadline, failure = s.deadlineOf(options.expiry, options.time, "set")
		if failure.Kind == Error {
			return failure
		}
	}
	return s.setWith(arguments[0], arguments[1], options, deadline)
}

// parseSetOptions reads the options. It fails where Redis has a syntax error: unknown ones, NX with
// XX, two different expiries, an expiry without its time. The same option twice is allowed.
func parseSetOptions(options [][]byte) (parsed setOptions, ok bool) {
	for i := 0; i < len(options); i++ {
		switch option := strings.ToLower(string(options[i])); option {
		case "nx":
			parsed.nx = true
		case "xx":
			parsed.xx = true
		case "get":
			parsed.get = true
		case "keepttl":
			parsed.keepTTL = true
		case "ex", "px", "exat", "pxat":
			if parsed.expiry != "" && parsed.expiry != option || i+1 == len(options) {
				return parsed, false
			}
			i++
			parsed.expiry, parsed.time = option, options[i]
		default:
			return parsed, false
		}
	}
	compatible := !(parsed.nx && parsed.xx) && !(parsed.keepTTL && parsed.expiry != "")
	return parsed, compatible
}

// boundOfSet is the bound of the reply of SET, which holds the old value only with GET.
func boundOfSet(s *Store, arguments [][]byte) int {
	if len(arguments) < 2 {
		return 0
	}
	if options, ok := parseSetOptions(arguments[2:]); !ok || !options.get {
		return 0
	}
	return boundOfFirst(s, arguments)
}

// setWith is SET after its arguments have been understood. A deadline of 0 is none.
func (s *Store) setWith(key, value []byte, options setOptions, deadline int64) Reply {
	e := s.lookup(key)
	reply := okReply()
	if options.get {
		// The old value is the answer, whether or not the key is set.
		reply = s.valueOf(key)
	}
	if options.nx && e != nil || options.xx && e == nil {
		if options.get {
			return reply
		}
		return nilReply()
	}
	if options.keepTTL && e != nil {
		deadline = e.deadline
	}
	s.storeUntil(key, value, deadline)
	return reply
}

// storeUntil gives a key a value and a deadline. 0 is none.
func (s *Store) storeUntil(key, value []byte, deadline int64) {
	e := s.store(key, value)
	if deadline != 0 {
		s.expireAt(e, deadline)
	}
}

// deadlineOf turns the time of EX, PX, EXAT or PXAT into a deadline. The reply is of kind Error if
// there is none. Times must be positive; one in the past is allowed with EXAT and PXAT.
func (s *Store) deadlineOf(expiry string, time []byte, name string) (int64, Reply) {
	given, ok := parseInteger(time)
	if !ok {
		return 0, notAnInteger()
	}
	unit, base := millisecond, int64(0)
	if expiry == "ex" || expiry == "exat" {
		unit = second
	}
	if expiry == "ex" || expiry == "px" {
		base = s.now
	}
	if given <= 0 || given > math.MaxInt64/unit || given*unit > math.MaxInt64-base {
		return 0, invalidExpireTime(name)
	}
	return given*unit + base, Reply{}
}

// setNX is SETNX key value: 1 if the key is new, else 0 and nothing changes.
func setNX(s *Store, arguments [][]byte) Reply {
	if s.lookup(arguments[0]) != nil {
		return integerReply(0)
	}
	s.store(arguments[0], arguments[1])
	return integerReply(1)
}

// setEX is SETEX key seconds value.
func setEX(s *Store, arguments [][]byte) Reply { return s.setFor(arguments, "ex", "setex") }

// pSetEX is PSETEX key milliseconds value.
func pSetEX(s *Store, arguments [][]byte) Reply { return s.setFor(arguments, "px", "psetex") }

// setFor is SETEX and PSETEX. The time must be positive: a key that is gone at once was most likely
// not meant.
func (s *Store) setFor(arguments [][]byte, expiry, name string) Reply {
	deadline, failure := s.deadlineOf(expiry, arguments[1], name)
	if failure.Kind == Error {
		return failure
	}
	s.storeUntil(arguments[0], arguments[2], deadline)
	return okReply()
}

// getSet is GETSET key value: the old value or nil. It drops the deadline, as SET does.
func getSet(s *Store, arguments [][]byte) Reply {
	old := s.valueOf(arguments[0])
	s.store(arguments[0], arguments[1])
	return old
}

// getDel is GETDEL key: the value or nil, and the key is gone.
func getDel(s *Store, arguments [][]byte) Reply {
	old := s.valueOf(arguments[0])
	if e := s.lookup(arguments[0]); e != nil {
		s.remove(e)
	}
	return old
}
