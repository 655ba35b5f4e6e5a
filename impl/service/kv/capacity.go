// SPDX-License-Identifier: Apache-2.0

// This file limits the size of the state.
//
//	capacity = format(1 byte: 2) replica(1 byte) bytes(uvarint)

package kv

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"viewstamp/impl/vsr"
)

// capacityFormat is the first byte of an operation that is a Capacity.
const capacityFormat = 2

// Capacity says how large a snapshot a replica can keep, in bytes. Each replica says so through the
// log, and the least of all is the limit for everybody: a write that could make the snapshot larger
// is refused. So the limit is a part of the state, and equal on all replicas at each op-number,
// whatever they were started with. Where a replica's data file has been enlarged, it says so again;
// when all have, the limit has risen, without any moment at which the replicas disagree.
//
// Before the first replica has spoken there is no limit.
type Capacity struct {
	Replica vsr.ReplicaNumber
	Bytes   int64 // at least 1
}

// EncodeCapacity gives the bytes of an operation for Execute. Its result has one reply.
func EncodeCapacity(c Capacity) []byte {
	return binary.AppendUvarint([]byte{capacityFormat, byte(c.Replica)}, uint64(c.Bytes))
}

// setCapacity executes such an operation.
func (s *Store) setCapacity(operation []byte) Result {
	c := &cursor{bytes: operation}
	c.readByte("the format")
	capacity := readCapacity(c)
	c.end()
	if c.err != nil {
		reply := errorReply(fmt.Sprintf("ERR %v capacity: %v", ErrMalformed, c.err))
		return Result{Malformed: true, Replies: []Reply{reply}}
	}
	i, found := s.findCapacity(capacity.Replica)
	if !found {
		s.capacities = slices.Insert(s.capacities, i, capacity)
	}
	s.capacities[i] = capacity
	return Result{Replies: []Reply{okReply()}}
}

// readCapacity takes one, of an operation or of a snapshot.
func readCapacity(c *cursor) Capacity {
	capacity := Capacity{Replica: vsr.ReplicaNumber(c.readByte("the replica")),
		Bytes: int64(c.readUvarint("the number of bytes", math.MaxInt64))}
	if c.err == nil && capacity.Bytes == 0 {
		c.fail("the number of bytes is 0, expected at least 1")
	}
	return capacity
}

// findCapacity is where the replica is in the list, which is in the order of the replicas.
func (s *Store) findCapacity(replica vsr.ReplicaNumber) (at int, found bool) {
	return slices.BinarySearchFunc(s.capacities, replica,
		func(c Capacity, r vsr.ReplicaNumber) int { return int(c.Replica) - int(r) })
}

// Capacity is what a replica has said, 0 if it has not.
func (s *Store) Capacity(replica vsr.ReplicaNumber) int64 {
	if i, found := s.findCapacity(replica); found {
		return s.capacities[i].Bytes
	}
	return 0
}

// Limit is the size above which writes are refused, in bytes; 0 if there is none.
func (s *Store) Limit() int64 {
	limit := int64(0)
	for _, c := range s.capacities {
		if limit == 0 || c.Bytes < limit {
			limit = c.Bytes
		}
	}
	return limit
}

// What a snapshot takes, in bytes. No more than that, so that the sizes of numbers need not be
// followed: a deadline that changes changes nothing.
const (
	// snapshotOverhead is for all that is not an entry.
	snapshotOverhead = len(snapshotMagic) + 1 + 3*binary.MaxVarintLen64 +
		256*(1+binary.MaxVarintLen64)
	// entryOverhead is for the two lengths and the deadline of an entry.
	entryOverhead = 3 + 3 + binary.MaxVarintLen64
	// numberSize is the longest number that INCR can make of a few bytes.
	numberSize = 20
)

// size is what the entry can take in a snapshot.
func (e *entry) size() int64 { return int64(entryOverhead + len(e.key) + len(e.value)) }

// Size is what a snapshot can take, in bytes: never less than it does.
func (s *Store) Size() int64 { return int64(snapshotOverhead) + s.entriesSize }

// growth is by how much a command can make the state larger, in bytes. It is exact for one key with
// no options; else it can be more than the command will need.
func (s *Store) growth(d *definition, arguments [][]byte) int64 {
	keys, bytes := 0, 0
	d.eachKey(arguments, func([]byte) { keys++ })
	e := s.lookup(arguments[0])
	switch {
	case keys == 1 && e != nil && d.extends:
		return int64(len(arguments[1]))
	case keys == 1 && e != nil && d.value > 0:
		return int64(len(arguments[d.value-1]) - len(e.value))
	case keys == 1 && e != nil:
		return int64(numberSize - len(e.value))
	case d.value == 0:
		bytes = numberSize
	}
	for _, argument := range arguments {
		bytes += len(argument)
	}
	return int64(bytes + keys*entryOverhead)
}

// tooMuch is whether a command would have to be refused, and with which words.
func (s *Store) tooMuch(d *definition, arguments [][]byte) (Reply, bool) {
	if !d.grows || len(s.capacities) == 0 {
		return Reply{}, false
	}
	limit := s.Limit()
	growth := s.growth(d, arguments)
	if growth <= 0 || s.Size()+growth <= limit {
		return Reply{}, false
	}
	// The first words are those of Redis: programs know them.
	return errorReply(fmt.Sprintf("OOM command not allowed when used memory > 'maxmemory': "+
		"the state may take %d bytes, for which all data files have room. "+
		"Delete keys, or enlarge the files with vsr grow", limit)), true
}
