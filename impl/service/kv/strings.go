// SPDX-License-Identifier: Apache-2.0

// This file holds the commands on keys and values, except SET and those that count.

package kv

import (
	"fmt"
	"strings"
)

// get is GET key: the value, or nil.
func get(s *Store, arguments [][]byte) Reply { return s.valueOf(arguments[0]) }

// valueOf answers with a key's value, or nil.
func (s *Store) valueOf(key []byte) Reply {
	e := s.lookup(key)
	if e == nil {
		return nilReply()
	}
	return bulkReply(e.value)
}

// mGet is MGET key...: one value or nil for each key, in the order asked.
func mGet(s *Store, arguments [][]byte) Reply {
	reply := Reply{Kind: Array}
	for _, key := range arguments {
		reply.Elements = append(reply.Elements, s.valueOf(key))
	}
	return reply
}

// mSet is MSET key value...: all of them in one step; it cannot fail half way.
func mSet(s *Store, arguments [][]byte) Reply {
	if len(arguments)%2 != 0 {
		return wrongArity("mset")
	}
	s.storePairs(arguments)
	return okReply()
}

// mSetNX is MSETNX key value...: it sets all keys and answers 1, or sets none and answers 0 if
// any of them is there.
func mSetNX(s *Store, arguments [][]byte) Reply {
	if len(arguments)%2 != 0 {
		return wrongArity("msetnx")
	}
	for i := 0; i < len(arguments); i += 2 {
		if s.lookup(arguments[i]) != nil {
			return integerReply(0)
		}
	}
	s.storePairs(arguments)
	return integerReply(1)
}

// storePairs sets keys in order: with a key given twice, the last value stays.
func (s *Store) storePairs(arguments [][]byte) {
	for i := 0; i < len(arguments); i += 2 {
		s.store(arguments[i], arguments[i+1])
	}
}

// del is DEL key...: the number of keys that were there. A key named twice counts once.
func del(s *Store, arguments [][]byte) Reply {
	removed := int64(0)
	for _, key := range arguments {
		if e := s.lookup(key); e != nil {
			s.remove(e)
			removed++
		}
	}
	return integerReply(removed)
}

// exists is EXISTS key...: it counts a key as often as it is named.
func exists(s *Store, arguments [][]byte) Reply {
	found := int64(0)
	for _, key := range arguments {
		if s.lookup(key) != nil {
			found++
		}
	}
	return integerReply(found)
}

// appendValue is APPEND key text: the new length. A key that is not there begins empty; a deadline
// stays.
func appendValue(s *Store, arguments [][]byte) Reply {
	e := s.lookup(arguments[0])
	if e == nil {
		e = s.store(arguments[0], arguments[1])
		return integerReply(int64(len(e.value)))
	}
	if len(e.value)+len(arguments[1]) > MaxValue {
		return errorReply(fmt.Sprintf("ERR string exceeds maximum allowed size (%d bytes)", MaxValue))
	}
	s.setValue(e, e.value+string(arguments[1]))
	return integerReply(int64(len(e.value)))
}

// strLen is STRLEN key: the length of the value in bytes, 0 without the key.
func strLen(s *Store, arguments [][]byte) Reply {
	e := s.lookup(arguments[0])
	if e == nil {
		return integerReply(0)
	}
	return integerReply(int64(len(e.value)))
}

// compareAndSet is CAS key old new. A key that is not there equals no value. A deadline stays.
func compareAndSet(s *Store, arguments [][]byte) Reply {
	e := s.lookup(arguments[0])
	if e == nil || e.value != string(arguments[1]) {
		return integerReply(0)
	}
	s.setValue(e, string(arguments[2]))
	return integerReply(1)
}

// typeOf is TYPE key. There is only one type.
func typeOf(s *Store, arguments [][]byte) Reply {
	if s.lookup(arguments[0]) == nil {
		return simpleReply("none")
	}
	return simpleReply("string")
}

// dbSize is DBSIZE. Keys whose deadline has come are gone already, so the count is exact.
func dbSize(s *Store, _ [][]byte) Reply { return integerReply(int64(len(s.entries))) }

// flushDB removes all keys. ASYNC and SYNC are accepted and mean the same.
func flushDB(s *Store, arguments [][]byte) Reply {
	if len(arguments) > 1 {
		return syntaxError()
	}
	if len(arguments) == 1 {
		option := strings.ToLower(string(arguments[0]))
		if option != "async" && option != "sync" {
			return syntaxError()
		}
	}
	s.entries = map[string]*entry{}
	s.deadlines, s.entriesSize = nil, 0
	return okReply()
}

func syntaxError() Reply { return errorReply("ERR syntax error") }
