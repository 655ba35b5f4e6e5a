// SPDX-License-Identifier: Apache-2.0

package vsr

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
)

// The log in memory, the names of logs, and the checksums behind the names.

// log is the sequence of entries above base; entries[i] has op-number base.OpNumber+1+i. What is
// below is in a checkpoint, and of it only the name is known. Messages and writes share parts of
// the array, so an entry is never overwritten: to drop entries means to go on in another array.
type log struct {
	base LogName
	// baseTimestamp is that of the topmost entry below; 0 if there is none.
	baseTimestamp Timestamp
	entries       []Entry
	// bytes is the size of the entries above marked, which is no less than base.OpNumber.
	marked OpNumber
	bytes  int
}

// opNumber is n, the op-number of the topmost entry.
func (l *log) opNumber() OpNumber { return l.base.OpNumber + OpNumber(len(l.entries)) }

// at is the entry n, which must be in the log and above base.
func (l *log) at(n OpNumber) *Entry { return &l.entries[n-l.base.OpNumber-1] }

// timestamp is that of the topmost entry; 0 if the log is empty.
func (l *log) timestamp() Timestamp {
	if len(l.entries) == 0 {
		return l.baseTimestamp
	}
	return l.entries[len(l.entries)-1].Timestamp
}

// name is the name of the whole log.
func (l *log) name() LogName { return l.nameAt(l.opNumber()) }

// nameAt is the name of the log without the entries above n. The log must go as far as n, and n
// must not be below base.
func (l *log) nameAt(n OpNumber) LogName {
	if n == l.base.OpNumber {
		return l.base
	}
	return LogName{n, l.at(n).Checksum}
}

// reaches says whether n is a place in the log whose name is known.
func (l *log) reaches(n OpNumber) bool { return n >= l.base.OpNumber && n <= l.opNumber() }

// has says whether the named log is a prefix of this one and not below base.
func (l *log) has(name LogName) bool {
	return l.reaches(name.OpNumber) && l.nameAt(name.OpNumber) == name
}

// after is the entries above n, up to and with m. Appending to the result copies it.
func (l *log) after(n, m OpNumber) []Entry {
	n, m = n-l.base.OpNumber, m-l.base.OpNumber
	return l.entries[n:m:m]
}

// append puts one entry on top.
func (l *log) append(e Entry) {
	l.reserve(1)
	l.entries = append(l.entries, e)
	l.bytes += entryBytes(&e)
}

// replace drops what is above keep and puts the entries there. It leaves the old array as it is
// if that drops anything.
func (l *log) replace(keep OpNumber, entries []Entry) {
	if keep < l.opNumber() {
		l.bytes -= sizeOf(l.after(max(keep, l.marked), l.opNumber()))
		l.entries = l.after(l.base.OpNumber, keep)
	}
	l.reserve(len(entries))
	l.entries = append(l.entries, entries...)
	l.bytes += sizeOf(entries)
}

// reserve makes room for n entries more. It doubles the array, where append would copy a long log
// each time that it has grown by a quarter.
func (l *log) reserve(n int) {
	if need := len(l.entries) + n; need > cap(l.entries) {
		l.entries = append(make([]Entry, 0, max(need, 2*len(l.entries))), l.entries...)
	}
}

// mark begins to count the bytes above n, which is no less than the mark before.
func (l *log) mark(n OpNumber) {
	l.bytes -= sizeOf(l.after(l.marked, n))
	l.marked = n
}

// forget drops the entries up to n, which a checkpoint covers, from the memory.
func (l *log) forget(n OpNumber) {
	if n <= l.base.OpNumber {
		return
	}
	base, timestamp := l.nameAt(n), l.at(n).Timestamp
	// A new array, so that the memory of the old entries is free. The log will be about as long
	// again before the next checkpoint.
	entries := make([]Entry, 0, len(l.entries))
	l.entries = append(entries, l.after(n, l.opNumber())...)
	l.base, l.baseTimestamp = base, timestamp
}

// sizeOf is what the entries take in a message.
func sizeOf(entries []Entry) int {
	bytes := 0
	for i := range entries {
		bytes += entryBytes(&entries[i])
	}
	return bytes
}

// suffix is the message form of the log up to name: the entries above base, or as many of the
// last ones as fit into the bytes.
func (l *log) suffix(base, n OpNumber, bytes int) LogSuffix {
	low := n
	for low > max(base, l.base.OpNumber) {
		bytes -= entryBytes(l.at(low))
		if bytes < 0 {
			break
		}
		low--
	}
	return LogSuffix{Name: l.nameAt(n), Base: l.nameAt(low), Entries: l.after(low, n)}
}

// chunk is the entries above after, up to n or as far as they fit into the bytes; one at least.
func (l *log) chunk(after, n OpNumber, bytes int) []Entry {
	high := after
	for high < n {
		bytes -= entryBytes(l.at(high + 1))
		if bytes < 0 && high > after {
			break
		}
		high++
	}
	return l.after(after, high)
}

// entryBytes is no less than the encoded size of an entry.
func entryBytes(e *Entry) int { return entryOverhead + len(e.Operation) }

// MessageBytes is no less than the size of the message in any sensible encoding. A transport that
// accepts messages of Config.MessageBytesMax can carry all that a replica sends, but for a
// REPLY with a larger result.
func MessageBytes(m Message) int {
	bytes := messageOverhead
	entries := func(list []Entry) { bytes += sizeOf(list) }
	switch m := m.(type) {
	case *Request:
		bytes += len(m.Operation)
	case *Prepare:
		bytes += entryBytes(&m.Entry)
	case *Reply:
		bytes += len(m.Result)
	case *DoViewChange:
		entries(m.Log.Entries)
		bytes += lostOverhead * len(m.Lost)
	case *StartView:
		entries(m.Log.Entries)
	case *NewState:
		entries(m.Log.Entries)
	case *Entries:
		entries(m.Entries)
	case *CheckpointPart:
		bytes += len(m.Bytes)
	}
	return bytes
}

// checksummer computes checksums in memory that it uses again.
type checksummer struct {
	buffer []byte
}

// of is the checksum of an entry on top of a log with the checksum parent. The numbers have a fixed
// width and the operation comes last, so that no two entries have the same encoding.
func (s *checksummer) of(parent Checksum, e *Entry) Checksum {
	b := append(s.buffer[:0], parent[:]...)
	b = binary.LittleEndian.AppendUint64(b, uint64(e.ViewNumber))
	b = append(b, e.ClientID[:]...)
	b = binary.LittleEndian.AppendUint64(b, uint64(e.RequestNumber))
	b = binary.LittleEndian.AppendUint64(b, uint64(e.Timestamp))
	b = append(b, e.Operation...)
	s.buffer = b
	return sha256.Sum256(b)
}

// continues says whether the entries follow each other on top of base, each with its checksum, and
// in views that never go back and never beyond v. It returns the name of the log that they
// make; if they do not, the name of the log below the first that does not fit.
func (s *checksummer) continues(base LogName, entries []Entry, v ViewNumber) (LogName, bool) {
	below := ViewNumber(0)
	for i := range entries {
		e := &entries[i]
		if e.ViewNumber < below || e.ViewNumber > v || s.of(base.Checksum, e) != e.Checksum {
			return base, false
		}
		below = e.ViewNumber
		base = LogName{base.OpNumber + 1, e.Checksum}
	}
	return base, true
}

// ChecksumOf is the checksum of an entry on top of a log whose topmost entry has the checksum
// parent; the zero Checksum stands for the empty log. The Checksum in the entry is not looked at.
func ChecksumOf(parent Checksum, e *Entry) Checksum {
	var s checksummer
	return s.of(parent, e)
}

// verifyLog checks the chain of a log that comes from a disk.
func verifyLog(base LogName, entries []Entry, v ViewNumber) error {
	var s checksummer
	if good, ok := s.continues(base, entries, v); !ok {
		return fmt.Errorf("vsr: the log on disk is damaged: entry %d of %d does not continue the "+
			"log below it; take the replica out of service and restore its disk",
			good.OpNumber+1, base.OpNumber+OpNumber(len(entries)))
	}
	return nil
}
