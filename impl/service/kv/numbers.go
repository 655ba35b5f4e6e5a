// SPDX-License-Identifier: Apache-2.0

// This file holds the commands that count.

package kv

import (
	"math"
	"strconv"
)

// The four commands differ in the number that they add. All answer with the sum.
func incr(s *Store, arguments [][]byte) Reply { return s.add(arguments[0], 1) }
func decr(s *Store, arguments [][]byte) Reply { return s.add(arguments[0], -1) }

// incrBy is INCRBY key number. The number is read before the key is looked at, as Redis does.
func incrBy(s *Store, arguments [][]byte) Reply {
	delta, ok := parseInteger(arguments[1])
	if !ok {
		return notAnInteger()
	}
	return s.add(arguments[0], delta)
}

// decrBy is DECRBY key number.
func decrBy(s *Store, arguments [][]byte) Reply {
	delta, ok := parseInteger(arguments[1])
	if !ok {
		return notAnInteger()
	}
	if delta == math.MinInt64 {
		// It has no negative.
		return errorReply("ERR decrement would overflow")
	}
	return s.add(arguments[0], -delta)
}

// add changes a key's number. A key that is not there counts as 0; a deadline stays.
func (s *Store) add(key []byte, delta int64) Reply {
	e := s.lookup(key)
	current := int64(0)
	if e != nil {
		parsed, ok := parseInteger([]byte(e.value))
		if !ok {
			return notAnInteger()
		}
		current = parsed
	}
	if addOverflows(current, delta) {
		return errorReply("ERR increment or decrement would overflow")
	}
	if e == nil {
		e = s.store(key, nil)
	}
	s.setValue(e, strconv.FormatInt(current+delta, 10))
	return integerReply(current + delta)
}

// addOverflows reports whether a sum is outside of the numbers, without computing it.
func addOverflows(a, b int64) bool {
	return b > 0 && a > math.MaxInt64-b || b < 0 && a < math.MinInt64-b
}

// parseInteger reads a number as Redis does: only the form that printing the number gives, so no
// plus sign, no leading zero, no space and no "-0".
func parseInteger(text []byte) (value int64, ok bool) {
	// The longest number is -9223372036854775808.
	if len(text) == 0 || len(text) > 20 {
		return 0, false
	}
	value, err := strconv.ParseInt(string(text), 10, 64)
	if err != nil || strconv.FormatInt(value, 10) != string(text) {
		return 0, false
	}
	return value, true
}

// notAnInteger is the error for arguments and for stored values alike.
func notAnInteger() Reply {
	return errorReply("ERR value is not an integer or out of range")
}
