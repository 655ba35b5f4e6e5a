// SPDX-License-Identifier: Apache-2.0

// This file saves and restores a whole store.
//
//	snapshot = "VSKV" format(1 byte: 2) now(uvarint) count(uvarint) capacity* count(uvarint) entry*
//	capacity = replica(1 byte) bytes(uvarint), in the order of the replicas
//	entry    = key value deadline(uvarint), in the order of the keys

package kv

import (
	"container/heap"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
)

const (
	snapshotMagic  = "VSKV"
	snapshotFormat = 2
)

// Snapshot gives the whole state as bytes. Equal states give equal bytes, whatever the commands
// that led to them, so replicas can compare checksums of snapshots.
func (s *Store) Snapshot() []byte {
	keys := make([]string, 0, len(s.entries))
	for key := range s.entries {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	snapshot := append([]byte(snapshotMagic), snapshotFormat)
	snapshot = binary.AppendUvarint(snapshot, uint64(s.now))
	snapshot = binary.AppendUvarint(snapshot, uint64(len(s.capacities)))
	for _, c := range s.capacities {
		snapshot = append(snapshot, byte(c.Replica))
		snapshot = binary.AppendUvarint(snapshot, uint64(c.Bytes))
	}
	snapshot = binary.AppendUvarint(snapshot, uint64(len(keys)))
	for _, key := range keys {
		e := s.entries[key]
		snapshot = appendString(snapshot, e.key)
		snapshot = appendString(snapshot, e.value)
		snapshot = binary.AppendUvarint(snapshot, uint64(e.deadline))
	}
	return snapshot
}

// Restore replaces the whole state by that of a snapshot. Bytes that Snapshot cannot have given are
// refused with an error that wraps ErrMalformed and names the offset; the state then stays.
func (s *Store) Restore(snapshot []byte) error {
	c := &cursor{bytes: snapshot}
	restored := restore(c)
	c.end()
	if c.err != nil {
		return fmt.Errorf("kv: restore: %w snapshot: %w", ErrMalformed, c.err)
	}
	*s = *restored
	return nil
}

// restore builds a new store. The caller drops it if the cursor has failed.
func restore(c *cursor) *Store {
	for i := range len(snapshotMagic) {
		if b := c.readByte("the start mark"); c.err == nil && b != snapshotMagic[i] {
			c.fail("the bytes do not start with %q", snapshotMagic)
		}
	}
	if format := c.readByte("the format"); c.err == nil && format != snapshotFormat {
		c.fail("the format is %d, expected %d", format, snapshotFormat)
	}
	s := New()
	s.now = int64(c.readUvarint("the time", math.MaxInt64))
	s.restoreCapacities(c)
	count := c.readUvarint("the number of keys", math.MaxInt64)
	previous := ""
	for i := uint64(0); i < count && c.err == nil; i++ {
		e := restoreEntry(c, s.now)
		if c.err == nil && i > 0 && e.key <= previous {
			c.fail("key %d is not above the one before it", i+1)
		}
		previous = e.key
		s.entries[e.key] = e
		s.entriesSize += e.size()
		if e.deadline != 0 {
			heap.Push(&s.deadlines, e)
		}
	}
	return s
}

// restoreCapacities takes the capacities, which come upwards.
func (s *Store) restoreCapacities(c *cursor) {
	count := c.readUvarint("the number of capacities", 256)
	for i := uint64(0); i < count && c.err == nil; i++ {
		capacity := readCapacity(c)
		if i > 0 && capacity.Replica <= s.capacities[i-1].Replica {
			c.fail("capacity %d is not of a replica above the one before it", i+1)
		}
		s.capacities = append(s.capacities, capacity)
	}
}

// restoreEntry takes one entry. One whose deadline has come cannot be in a snapshot.
func restoreEntry(c *cursor, now int64) *entry {
	e := &entry{
		key:      string(c.readString("the key", MaxKey)),
		value:    string(c.readString("the value", MaxValue)),
		deadline: int64(c.readUvarint("the deadline", math.MaxInt64)),
	}
	if c.err == nil && e.deadline != 0 && e.deadline <= now {
		c.fail("the deadline %d is not after the time %d", e.deadline, now)
	}
	return e
}
