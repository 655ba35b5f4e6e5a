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
	writeSize = 36 // of a Write without its entries
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

// A Write is: Sequence 8, Keep 8, ViewNumber 8, LastNormalView 8, number of entries 4. An Entry is:
// ViewNumber 8, ClientID 16, RequestNumber 8, Timestamp 8, Checksum 32, length 4, Operation.

// appendWrite appends the encoding of a Write. It allocates nothing if to has room.
func appendWrite(to []byte, w *vsr.Write) []byte {
	le := binary.LittleEndian
	to = le.AppendUint64(to, w.Sequence)
	to = le.AppendUint64(to, uint64(w.Keep))
	to = le.AppendUint64(to, uint64(w.ViewNumber))
	to = le.AppendUint64(to, uint64(w.LastNormalView))
	to = le.AppendUint32(to, uint32(len(w.Entries)))
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
func decodeWrite(w *vsr.Write, from []byte) ([]byte, error) {
	if len(from) < writeSize {
		return nil, errShort
	}
	le := binary.LittleEndian
	*w = vsr.Write{
		Sequence:       le.Uint64(from),
		Keep:           vsr.OpNumber(le.Uint64(from[8:])),
		ViewNumber:     vsr.ViewNumber(le.Uint64(from[16:])),
		LastNormalView: vsr.ViewNumber(le.Uint64(from[24:])),
	}
	count := le.Uint32(from[32:])
	from = from[writeSize:]
	// The count is believed only as far as there are bytes for so many entries.
	if int64(count) > int64(len(from)/entrySize) {
		return nil, errShort
	}
	if count > 0 {
		w.Entries = make([]vsr.Entry, count)
	}
	for i := range w.Entries {
		if len(from) < entrySize {
			return nil, errShort
		}
		// In 64 bits, so that no length can overflow the comparison.
		length := int64(le.Uint32(from[72:]))
		if length > int64(len(from)-entrySize) {
			return nil, errShort
		}
		end := entrySize + int(length)
		w.Entries[i] = vsr.Entry{
			ViewNumber:    vsr.ViewNumber(le.Uint64(from)),
			ClientID:      vsr.ClientID(from[8:24]),
			RequestNumber: vsr.RequestNumber(le.Uint64(from[24:])),
			Timestamp:     vsr.Timestamp(le.Uint64(from[32:])),
			Checksum:      vsr.Checksum(from[40:72]),
			Operation:     from[entrySize:end:end],
		}
		from = from[end:]
	}
	return from, nil
}

// follows says why a Write cannot come after what p adds up to; nil if it can. Append asks this
// about the core's writes, replay about those in the file.
func (p *position) follows(w *vsr.Write) error {
	switch {
	case w.Sequence != p.sequence+1:
		return fmt.Errorf("write %d after write %d", w.Sequence, p.sequence)
	case w.Keep > p.opNumber:
		return fmt.Errorf("write %d keeps the log up to op-number %d, it ends at %d",
			w.Sequence, w.Keep, p.opNumber)
	case w.ViewNumber < p.viewNumber:
		return fmt.Errorf("write %d goes back from view %d to view %d",
			w.Sequence, p.viewNumber, w.ViewNumber)
	case w.LastNormalView < p.lastNormalView || w.LastNormalView > w.ViewNumber:
		return fmt.Errorf("write %d has last normal view %d, expected %d to %d",
			w.Sequence, w.LastNormalView, p.lastNormalView, w.ViewNumber)
	}
	return nil
}

// add moves p over a Write that follows it.
func (p *position) add(w *vsr.Write) {
	p.sequence = w.Sequence
	p.opNumber = w.Keep + vsr.OpNumber(len(w.Entries))
	p.viewNumber = w.ViewNumber
	p.lastNormalView = w.LastNormalView
}
