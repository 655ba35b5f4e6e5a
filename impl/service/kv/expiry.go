// SPDX-License-Identifier: Apache-2.0

// This file is about time: the deadlines of keys and the commands that read and change them.

package kv

import (
	"container/heap"
	"math"
	"strings"

	"viewstamp/impl/vsr"
)

// Times are kept in milliseconds, the unit of PX and PEXPIRE. The log has nanoseconds.
const (
	millisecond int64 = 1
	second      int64 = 1000

	nanosecondsPerMillisecond = 1_000_000
)

// advance moves the time to an entry's timestamp, never back, and removes the keys whose deadline
// has come. The heap gives them in an order that does not matter: all of them go.
func (s *Store) advance(timestamp vsr.Timestamp) {
	s.now = max(s.now, int64(timestamp)/nanosecondsPerMillisecond)
	for len(s.deadlines) > 0 && s.isPast(s.deadlines[0].deadline) {
		s.remove(s.deadlines[0])
	}
}

// isPast reports whether a deadline has come.
func (s *Store) isPast(deadline int64) bool { return deadline <= s.now }

// setDeadline changes when an entry is gone, and keeps the heap in order. 0 means never.
func (s *Store) setDeadline(e *entry, deadline int64) {
	before := e.deadline
	e.deadline = deadline
	switch {
	case before == 0 && deadline == 0:
	case before == 0:
		heap.Push(&s.deadlines, e)
	case deadline == 0:
		heap.Remove(&s.deadlines, e.position)
	default:
		heap.Fix(&s.deadlines, e.position)
	}
}

// expireAt gives an entry a deadline, or removes it at once if that has already come.
func (s *Store) expireAt(e *entry, deadline int64) {
	if s.isPast(deadline) {
		s.remove(e)
		return
	}
	s.setDeadline(e, deadline)
}

// deadlineHeap is a heap of entries by deadline, for container/heap. Each entry knows its place.
type deadlineHeap []*entry

func (h deadlineHeap) Len() int           { return len(h) }
func (h deadlineHeap) Less(i, j int) bool { return h[i].deadline < h[j].deadline }

func (h deadlineHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].position, h[j].position = i, j
}

func (h *deadlineHeap) Push(x any) {
	e := x.(*entry)
	e.position = len(*h)
	*h = append(*h, e)
}

func (h *deadlineHeap) Pop() any {
	last := len(*h) - 1
	e := (*h)[last]
	(*h)[last] = nil
	*h = (*h)[:last]
	return e
}

// ttl is TTL key, in seconds; pttl is PTTL key, in milliseconds.
func ttl(s *Store, arguments [][]byte) Reply  { return s.remaining(arguments[0], second) }
func pttl(s *Store, arguments [][]byte) Reply { return s.remaining(arguments[0], millisecond) }

// remaining answers how long a key has, rounded to the unit: -2 without the key, -1 without a
// deadline.
func (s *Store) remaining(key []byte, unit int64) Reply {
	e := s.lookup(key)
	if e == nil {
		return integerReply(-2)
	}
	if e.deadline == 0 {
		return integerReply(-1)
	}
	left := e.deadline - s.now
	if unit == second {
		// Written so that it cannot overflow; Redis rounds half a second up.
		return integerReply(left/second + (left%second+second/2)/second)
	}
	return integerReply(left)
}

// persist is PERSIST key: 1 if a deadline was removed.
func persist(s *Store, arguments [][]byte) Reply {
	e := s.lookup(arguments[0])
	if e == nil || e.deadline == 0 {
		return integerReply(0)
	}
	s.setDeadline(e, 0)
	return integerReply(1)
}

// expire is EXPIRE key seconds [NX|XX|GT|LT]. A time of 0 or less removes the key.
func expire(s *Store, arguments [][]byte) Reply {
	return s.expireAfter(arguments, second, "expire")
}

// pExpire is PEXPIRE key milliseconds [NX|XX|GT|LT].
func pExpire(s *Store, arguments [][]byte) Reply {
	return s.expireAfter(arguments, millisecond, "pexpire")
}

// expireAfter is EXPIRE and PEXPIRE. The checks come in Redis's order: options, number, key.
func (s *Store) expireAfter(arguments [][]byte, unit int64, name string) Reply {
	condition, failure := parseExpireOptions(arguments[2:])
	if failure.Kind == Error {
		return failure
	}
	after, ok := parseInteger(arguments[1])
	if !ok {
		return notAnInteger()
	}
	deadline, ok := addToNow(s.now, after, unit)
	if !ok {
		return invalidExpireTime(name)
	}
	e := s.lookup(arguments[0])
	if e == nil || !condition.allows(e.deadline, deadline) {
		return integerReply(0)
	}
	s.expireAt(e, deadline)
	return integerReply(1)
}

// addToNow turns a duration into a deadline. It fails if that is outside of the numbers.
func addToNow(now, after, unit int64) (deadline int64, ok bool) {
	if after > math.MaxInt64/unit || after < math.MinInt64/unit {
		return 0, false
	}
	after *= unit
	if after > math.MaxInt64-now {
		return 0, false
	}
	return after + now, true
}

// expireCondition holds the options of EXPIRE.
type expireCondition struct{ nx, xx, gt, lt bool }

// parseExpireOptions reads NX, XX, GT and LT. The reply is of kind Error if they are wrong.
func parseExpireOptions(options [][]byte) (condition expireCondition, failure Reply) {
	for _, option := range options {
		switch strings.ToLower(string(option)) {
		case "nx":
			condition.nx = true
		case "xx":
			condition.xx = true
		case "gt":
			condition.gt = true
		case "lt":
			condition.lt = true
		default:
			return condition, errorReply("ERR Unsupported option " + string(option))
		}
	}
	if condition.nx && (condition.xx || condition.gt || condition.lt) {
		return condition, errorReply("ERR NX and XX, GT or LT options at the same time " +
			"are not compatible")
	}
	if condition.gt && condition.lt {
		return condition, errorReply("ERR GT and LT options at the same time are not compatible")
	}
	return condition, Reply{}
}

// allows reports whether a deadline may be replaced by another. For GT and LT a key without
// deadline (0) counts as one that lives for ever.
func (c expireCondition) allows(current, next int64) bool {
	switch {
	case c.nx && current != 0:
		return false
	case c.xx && current == 0:
		return false
	case c.gt && (current == 0 || next <= current):
		return false
	case c.lt && current != 0 && next >= current:
		return false
	}
	return true
}

// invalidExpireTime is the error for a time that is not positive where it must be, or too great.
func invalidExpireTime(name string) Reply {
	return errorReply("ERR invalid expire time in '" + name + "' command")
}
