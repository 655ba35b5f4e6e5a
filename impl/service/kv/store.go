// SPDX-License-Identifier: Apache-2.0

// This file executes operations: time first, then each command of the batch.

package kv

import (
	"fmt"

	"viewstamp/impl/vsr"
)

// Store is the state machine. It is not safe for concurrent use; a replica executes one operation
// at a time.
type Store struct {
	// now is the greatest timestamp seen, in milliseconds since the Unix epoch.
	now     int64
	entries map[string]*entry
	// deadlines holds the entries that have a deadline, the earliest first.
	deadlines deadlineHeap
	// entriesSize is the sum of the entries' sizes.
	entriesSize int64
	// capacities are in the order of the replicas.
	capacities []Capacity
}

// entry is a key with its value.
type entry struct {
	key   string
	value string
	// deadline is when the key is gone, in milliseconds since the Unix epoch. 0 means never.
	deadline int64
	// position is the entry's index in Store.deadlines. It has no meaning without a deadline.
	position int
}

var _ vsr.Service = (*Store)(nil)

// New makes an empty store. All replicas start with one.
func New() *Store { return &Store{entries: map[string]*entry{}} }

// Len is the number of keys.
func (s *Store) Len() int { return len(s.entries) }

// Execute runs one operation (see EncodeOperation) and returns its encoded Result. Bytes that are
// no operation change nothing but the time, and give a Result that is marked as malformed.
func (s *Store) Execute(timestamp vsr.Timestamp, operation []byte) []byte {
	s.advance(timestamp)
	if len(operation) > 0 && operation[0] == capacityFormat {
		return EncodeResult(s.setCapacity(operation))
	}
	decoded, err := DecodeOperation(operation)
	if err != nil {
		reply := errorReply("ERR " + err.Error())
		return EncodeResult(Result{Malformed: true, Replies: []Reply{reply}})
	}
	return EncodeResult(Result{Replies: s.runBatch(decoded)})
}

// runBatch executes the commands in order until one has a reply that does not fit.
func (s *Store) runBatch(operation Operation) []Reply {
	replies := make([]Reply, 0, len(operation.Requests))
	size := headerSize
	for _, request := range operation.Requests {
		if size+s.replyBound(request) > MaxResult {
			if operation.Mode == ModePipeline && len(replies) > 0 {
				return replies
			}
			replies = append(replies, tooLargeReply())
			size += smallReply
			continue
		}
		reply := s.run(request)
		size += len(appendReply(nil, reply))
		replies = append(replies, reply)
	}
	return replies
}

// run executes one command.
func (s *Store) run(request Request) Reply {
	d := &definitions[request.Command]
	if !request.Command.AcceptsArguments(len(request.Arguments)) {
		return wrongArity(d.name)
	}
	if keyTooLong(d, request.Arguments) {
		return errorReply(fmt.Sprintf("ERR a key is longer than %d bytes", MaxKey))
	}
	if refusal, ok := s.tooMuch(d, request.Arguments); ok {
		return refusal
	}
	return d.run(s, request.Arguments)
}

// replyBound is how many bytes the encoded reply can need.
func (s *Store) replyBound(request Request) int {
	d := &definitions[request.Command]
	if d.bound == nil {
		return smallReply
	}
	return smallReply + d.bound(s, request.Arguments)
}

// boundOfFirst is for commands that can answer with the value of their first key.
func boundOfFirst(s *Store, arguments [][]byte) int {
	if len(arguments) == 0 {
		return 0
	}
	return boundOfAll(s, arguments[:1])
}

// boundOfAll is for commands that can answer with the values of all arguments.
func boundOfAll(s *Store, arguments [][]byte) int {
	bound := 0
	for _, key := range arguments {
		// The kind and the length of an element, then its value.
		bound += 1 + uvarintSize(MaxValue)
		if e := s.lookup(key); e != nil {
			bound += len(e.value)
		}
	}
	return bound
}

// keyTooLong looks at the arguments that are keys; values may be longer.
func keyTooLong(d *definition, arguments [][]byte) bool {
	tooLong := false
	d.eachKey(arguments, func(key []byte) { tooLong = tooLong || len(key) > MaxKey })
	return tooLong
}

// wrongArity has the words that client libraries look for.
func wrongArity(name string) Reply {
	return errorReply("ERR wrong number of arguments for '" + name + "' command")
}

// tooLargeReply stands for a reply that does not fit in a result.
func tooLargeReply() Reply {
	return errorReply(fmt.Sprintf("ERR the reply would be larger than %d bytes: ask for fewer "+
		"keys at a time; the command did not run", MaxResult))
}

// lookup finds a key's entry, or nil.
func (s *Store) lookup(key []byte) *entry { return s.entries[string(key)] }

// store gives a key a value and no deadline.
func (s *Store) store(key, value []byte) *entry {
	e := s.lookup(key)
	if e == nil {
		e = &entry{key: string(key)}
		s.entries[e.key] = e
		s.entriesSize += e.size()
	}
	s.setValue(e, string(value))
	s.setDeadline(e, 0)
	return e
}

// setValue changes the value of an entry, and nothing else does.
func (s *Store) setValue(e *entry, value string) {
	s.entriesSize += int64(len(value) - len(e.value))
	e.value = value
}

// remove deletes an entry.
func (s *Store) remove(e *entry) {
	s.setDeadline(e, 0)
	s.entriesSize -= e.size()
	delete(s.entries, e.key)
}
