// SPDX-License-Identifier: Apache-2.0

package spec

import (
	"strings"
	"unique"
)

// The log. It is immutable, so that no step can change a log that another state holds, and equal
// logs are one and the same value, so that comparing two logs costs nothing.

// Entry is one slot of the log.
type Entry struct {
	// ViewNumber is the view that first assigned the slot. A later view that takes the
	// entry over does not stamp it again.
	ViewNumber    ViewNumber
	ClientID      ClientID
	RequestNumber RequestNumber
	Operation     Operation
	Prediction    Prediction // Of what the operation cannot compute (§4.4); zero elsewhere.
	Rest          Log        // The further requests of a batch (§6.2); empty elsewhere.
	// EpochNumber is the epoch of that view (§7). It is 0 where the group does not change.
	EpochNumber EpochNumber
}

// entryOf is the entry of a request to which view v of epoch e assigns a slot.
func entryOf(e EpochNumber, v ViewNumber, q Request) Entry {
	return Entry{v, q.ClientID, q.RequestNumber, q.Operation, q.Prediction, q.Rest, e}
}

// requests lists the requests of the entry, as entries of their own: one, or those of a batch.
func (e Entry) requests() []Entry {
	rest := e.Rest.entriesAfter(0)
	e.Rest = Log{}
	return append([]Entry{e}, rest...)
}

// lastOf is the last request of a client in the entry; false if it has none.
func (e Entry) lastOf(c ClientID) (Entry, bool) {
	if n, last := e.Rest.LastOf(c); n > 0 {
		return last, true
	}
	return e, e.ClientID == c
}

// Log is a sequence of entries, numbered from 1. The zero Log is empty.
type Log struct {
	top unique.Handle[cell]
}

// cell is the topmost entry of a log and the log below it. Handles of equal cells are equal.
type cell struct {
	opNumber OpNumber
	below    Log
	entry    Entry
}

// OpNumber is n: the number of entries, which is the op-number of the topmost one.
func (l Log) OpNumber() OpNumber {
	if l == (Log{}) {
		return 0
	}
	return l.top.Value().opNumber
}

// Append is the log with one more entry on top.
func (l Log) Append(e Entry) Log {
	return Log{unique.Make(cell{l.OpNumber() + 1, l, e})}
}

// At is the entry with op-number n, which must be in the log: 1 ≤ n ≤ OpNumber. It takes time in
// proportion to the number of entries above n.
func (l Log) At(n OpNumber) Entry { return l.UpTo(n).top.Value().entry }

// Has says whether the log has an entry with op-number n.
func (l Log) Has(n OpNumber) bool { return 1 <= n && n <= l.OpNumber() }

// UpTo is the log without the entries above n. A log that ends below n is returned as it is.
func (l Log) UpTo(n OpNumber) Log {
	for l.OpNumber() > n {
		l = l.top.Value().below
	}
	return l
}

// After is the sequence of the entries above n, as a log of its own that counts from 1 again.
func (l Log) After(n OpNumber) Log {
	var after Log
	for _, e := range l.entriesAfter(n) {
		after = after.Append(e)
	}
	return after
}

// Concat is the log with all entries of the other on top.
func (l Log) Concat(other Log) Log {
	for _, e := range other.entriesAfter(0) {
		l = l.Append(e)
	}
	return l
}

// StartsWith says whether the other log is a prefix of this one.
func (l Log) StartsWith(other Log) bool { return l.UpTo(other.OpNumber()) == other }

// LastOf is the topmost entry of a client and its op-number; 0 if the log has none.
func (l Log) LastOf(c ClientID) (OpNumber, Entry) {
	for l != (Log{}) {
		top := l.top.Value()
		if last, ok := top.entry.lastOf(c); ok {
			return top.opNumber, last
		}
		l = top.below
	}
	return 0, Entry{}
}

// entriesAfter lists the entries above n, lowest first, in memory of its own.
func (l Log) entriesAfter(n OpNumber) []Entry {
	if l.OpNumber() <= n {
		return nil
	}
	entries := make([]Entry, l.OpNumber()-n)
	for i := len(entries) - 1; i >= 0; i-- {
		entries[i] = l.top.Value().entry
		l = l.top.Value().below
	}
	return entries
}

// String lists the operations with the view that assigned them: [a@0 b@1].
func (l Log) String() string {
	var b strings.Builder
	b.WriteByte('[')
	for i, e := range l.entriesAfter(0) {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(e.String())
	}
	b.WriteByte(']')
	return b.String()
}
