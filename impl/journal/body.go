// SPDX-License-Identifier: Apache-2.0

// The body of a group: Writes, one after the other.

package journal

import (
	"encoding/binary"
	"errors"
	"fmt"

	"viewstamp/impl/vsr"
)

const (
	writeSize = 72 // of a Write without its entries
	entrySize = 76 // of an Entry without its Operation
)

// encodedSize is the number of bytes that a Write takes in a body.
func encodedSize(w *vsr.Write) int {
	size := writeSize
	for i := range w.Entries {
		size += entrySize + len(w.Entries[i].Operation)
	}
	return size
}

// A Write is: Sequence 8, Keep 8, ViewNumber 8, LastNormalView 8, HeadUnknown 4, number of entries
// 4, checksum of the log up to Keep 32. An Entry is: ViewNumber 8, ClientID 16, RequestNumber 8,
// Timestamp 8, Checksum 32, length 4, Operation.

// appendWrite appends the encoding of a Write. It allocates nothing if to has room.
func appendWrite(to []byte, w *vsr.Write, below vsr.Checksum) []byte {
	le := binary.LittleEndian
	to = le.AppendUint64(to, w.Sequence)
	to = le.AppendUint64(to, uint64(w.Keep))
	to = le.AppendUint64(to, uint64(w.ViewNumber))
	to = le.AppendUint64(to, uint64(w.LastNormalView))
	unknown := uint32(0)
	if w.HeadUnknown {
		unknown = 1
	}
	to = le.AppendUint32(to, unknown)
	to = le.AppendUint32(to, uint32(len(w.Entries)))
	to = append(to, below[:]...)
	for i := range w.Entries {
		e := &w.Entries[i]
		to = le.AppendUint64(to, uint64(e.ViewNumber))
		to = append(to, e.ClientID[:]...)
		to = le.AppendUint64(to, uint64(e.RequestNumber))
		to = le.AppendUint64(to, uint64(e.Timestamp))
		to = append(to, e.Checksum[:]...)
		to = le.AppendUint32(to, uint32(len(e.Operation)))
		to = append(to, e.Operation...)
	}
	return to
}

var errShort = errors.New("the group ends inside of a write")

// decodeWrite reads one Write and returns the rest. Operations are parts of from, not copies.
func decodeWrite(w *vsr.Write, from []byte) (below vsr.Checksum, rest []byte, err error) {
	if len(from) < writeSize {
		return below, nil, errShort
	}
	le := binary.LittleEndian
	*w = vsr.Write{
		Sequence:       le.Uint64(from),
		Keep:           vsr.OpNumber(le.Uint64(from[8:])),
		ViewNumber:     vsr.ViewNumber(le.Uint64(from[16:])),
		LastNormalView: vsr.ViewNumber(le.Uint64(from[24:])),
		HeadUnknown:    le.Uint32(from[32:]) == 1,
	}
	count := le.Uint32(from[36:])
	below = vsr.Checksum(from[40:writeSize])
	from = from[writeSize:]
	// The count is believed only as far as there are bytes for so many entries.
	if int64(count) > int64(len(from)/entrySize) {
		return below, nil, errShort
	}
	if count > 0 {
		w.Entries = make([]vsr.Entry, count)
	}
	for i := range w.Entries {
		if from, err = decodeEntry(&w.Entries[i], from); err != nil {
			return below, nil, err
		}
	}
	return below, from, nil
}

// decodeEntry reads one Entry and returns the rest.
func decodeEntry(e *vsr.Entry, from []byte) ([]byte, error) {
	if len(from) < entrySize {
		return nil, errShort
	}
	le := binary.LittleEndian
	// In 64 bits, so that no length can overflow the comparison.
	length := int64(le.Uint32(from[72:]))
	if length > int64(len(from)-entrySize) {
		return nil, errShort
	}
	end := entrySize + int(length)
	*e = vsr.Entry{
		ViewNumber:    vsr.ViewNumber(le.Uint64(from)),
		ClientID:      vsr.ClientID(from[8:24]),
		RequestNumber: vsr.RequestNumber(le.Uint64(from[24:])),
		Timestamp:     vsr.Timestamp(le.Uint64(from[32:])),
		Checksum:      vsr.Checksum(from[40:72]),
		Operation:     from[entrySize:end:end],
	}
	return from[end:], nil
}

// follows says why a Write cannot come after a state; nil if it can. Append asks this about the
// core's writes, recovery about those in the file. The base is the op-number of the checkpoint: to
// keep the log up to there is possible for a log that is not as long, since the checkpoint stands
// for it.
func (s *state) follows(w *vsr.Write, base vsr.OpNumber) error {
	switch {
	case w.Keep > max(s.name.OpNumber, base):
		return fmt.Errorf("write %d keeps the log up to op-number %d, it ends at %d",
			w.Sequence, w.Keep, s.name.OpNumber)
	case w.ViewNumber < s.viewNumber:
		return fmt.Errorf("write %d goes back from view %d to view %d",
			w.Sequence, s.viewNumber, w.ViewNumber)
	case w.LastNormalView < s.lastNormalView || w.LastNormalView > w.ViewNumber:
		return fmt.Errorf("write %d has last normal view %d, expected %d to %d",
			w.Sequence, w.LastNormalView, s.lastNormalView, w.ViewNumber)
	}
	return nil
}

// add moves s over a Write that follows it. below is the checksum of the log up to Keep.
func (s *state) add(w *vsr.Write, below vsr.Checksum) {
	if n := len(w.Entries); n > 0 {
		below = w.Entries[n-1].Checksum
	}
	s.name = vsr.LogName{OpNumber: w.Keep + vsr.OpNumber(len(w.Entries)), Checksum: below}
	s.viewNumber = w.ViewNumber
	s.lastNormalView = w.LastNormalView
	s.headUnknown = w.HeadUnknown
}
