// SPDX-License-Identifier: Apache-2.0

// The codec: one description of each field serves for writing and for reading, so the two cannot
// differ.

package wire

import (
	"encoding/binary"
	"fmt"

	"viewstamp/impl/vsr"
)

// codec either appends fields to bytes or takes them from there. Its first error sticks, and after
// an error it reads zero values only.
type codec struct {
	decoding bool
	owned    bool    // reading: the bytes may be kept
	memory   *memory // reading: where copies go
	bytes    []byte  // written so far, or all that there is to read
	at       int     // reading: the next byte
	err      error
}

// fail keeps the first error, with the offset in the body.
func (c *codec) fail(format string, arguments ...any) {
	if c.err == nil {
		c.err = fmt.Errorf("%w: offset %d: %s", ErrMalformed, c.at,
			fmt.Sprintf(format, arguments...))
	}
}

// take returns the next n bytes to read, or nil after an error.
func (c *codec) take(n int) []byte {
	if c.err != nil {
		return nil
	}
	if left := len(c.bytes) - c.at; n > left {
		c.fail("%d bytes are left, expected at least %d", left, n)
		return nil
	}
	c.at += n
	return c.bytes[c.at-n : c.at]
}

// fixed is a field of fixed length.
func (c *codec) fixed(field []byte) {
	if !c.decoding {
		c.bytes = append(c.bytes, field...)
		return
	}
	copy(field, c.take(len(field)))
}

// octet is a field of one byte.
func octet[T ~uint8](c *codec, field *T) {
	if !c.decoding {
		c.bytes = append(c.bytes, byte(*field))
		return
	}
	if b := c.take(1); b != nil {
		*field = T(b[0])
	}
}

// flag is a byte that is 0 or 1.
func (c *codec) flag(field *bool) {
	b := uint8(0)
	if *field {
		b = 1
	}
	octet(c, &b)
	if b > 1 {
		c.fail("a flag is %d, expected 0 or 1", b)
	}
	*field = b == 1
}

// number is a varint in its shortest form.
func number[T ~uint64](c *codec, field *T) {
	if !c.decoding {
		c.bytes = binary.AppendUvarint(c.bytes, uint64(*field))
		return
	}
	if c.err != nil {
		return
	}
	value, n := binary.Uvarint(c.bytes[c.at:])
	switch {
	case n == 0:
		c.fail("the body ends inside of a number")
	case n < 0:
		c.fail("a number is above 64 bits")
	case n > 1 && c.bytes[c.at+n-1] == 0:
		c.fail("a number is longer than it needs to be")
	default:
		c.at += n
		*field = T(value)
	}
}

// timestamp is always 8 bytes: as a varint it would have 9.
func (c *codec) timestamp(field *vsr.Timestamp) {
	if !c.decoding {
		c.bytes = binary.LittleEndian.AppendUint64(c.bytes, uint64(*field))
		return
	}
	if b := c.take(8); b != nil {
		*field = vsr.Timestamp(binary.LittleEndian.Uint64(b))
	}
}

// variable is a length and that many bytes. What is read is a copy, unless the bytes may be kept.
// No bytes are read as nil.
func (c *codec) variable(field *[]byte) {
	size := uint64(len(*field))
	number(c, &size)
	if !c.decoding {
		c.bytes = append(c.bytes, *field...)
		return
	}
	// Compared before it is made an int: a length from outside may be anything.
	if c.err == nil && size > uint64(len(c.bytes)-c.at) {
		c.fail("a field has %d bytes, %d are left", size, len(c.bytes)-c.at)
	}
	b := c.take(int(size))
	switch {
	case len(b) == 0:
	case c.owned:
		*field = b[:len(b):len(b)]
	default:
		*field = c.memory.copyOf(b)
	}
}

// entrySizeMin is the size of the smallest entry. It bounds how many entries a body can hold,
// before memory is taken for them.
const entrySizeMin = 1 + 16 + 1 + 8 + 1 + 32

// entry is one entry of a log.
func (c *codec) entry(field *vsr.Entry) {
	number(c, &field.ViewNumber)
	c.fixed(field.ClientID[:])
	number(c, &field.RequestNumber)
	c.timestamp(&field.Timestamp)
	c.variable(&field.Operation)
	c.fixed(field.Checksum[:])
}

// entries is a number of entries and the entries.
func (c *codec) entries(field *[]vsr.Entry) {
	count := uint64(len(*field))
	number(c, &count)
	if c.decoding {
		if c.err == nil && count > uint64(len(c.bytes)-c.at)/entrySizeMin {
			c.fail("%d entries do not fit in the %d bytes left", count, len(c.bytes)-c.at)
		}
		if c.err != nil || count == 0 {
			return
		}
		*field = make([]vsr.Entry, count)
	}
	for i := range *field {
		c.entry(&(*field)[i])
	}
}

// logName is the name of a log. The empty log has no checksum.
func (c *codec) logName(field *vsr.LogName) {
	number(c, &field.OpNumber)
	if field.OpNumber != 0 {
		c.fixed(field.Checksum[:])
	} else if field.Checksum != (vsr.Checksum{}) {
		c.fail("the name of an empty log has a checksum")
	}
}

// logSuffix is a log without its beginning. The entries must be as many as the names say, and the
// topmost must be the one that gives the log its name.
func (c *codec) logSuffix(field *vsr.LogSuffix) {
	c.logName(&field.Name)
	c.logName(&field.Base)
	c.entries(&field.Entries)
	if c.err != nil {
		return
	}
	count := vsr.OpNumber(len(field.Entries))
	if field.Name.OpNumber < field.Base.OpNumber ||
		field.Name.OpNumber-field.Base.OpNumber != count {
		c.fail("%d entries lead from op-number %d to %d", count,
			field.Base.OpNumber, field.Name.OpNumber)
		return
	}
	top := field.Base.Checksum
	if count > 0 {
		top = field.Entries[count-1].Checksum
	}
	if top != field.Name.Checksum {
		c.fail("the topmost entry has checksum %s, the log is named %s", top, field.Name.Checksum)
	}
}

// lostRangeSizeMin is the size of the smallest range.
const lostRangeSizeMin = 1 + 1 + 32

// lostRanges is a number of ranges and the ranges.
func (c *codec) lostRanges(field *[]vsr.LostRange) {
	count := uint64(len(*field))
	number(c, &count)
	if c.decoding {
		if c.err == nil && count > uint64(len(c.bytes)-c.at)/lostRangeSizeMin {
			c.fail("%d lost ranges do not fit in the %d bytes left", count, len(c.bytes)-c.at)
		}
		if c.err != nil || count == 0 {
			return
		}
		*field = make([]vsr.LostRange, count)
	}
	for i := range *field {
		lost := &(*field)[i]
		c.logName(&lost.Below)
		c.logName(&lost.Name)
		if c.err == nil && lost.Name.OpNumber <= lost.Below.OpNumber {
			c.fail("a lost range goes from above %d to %d", lost.Below.OpNumber, lost.Name.OpNumber)
		}
	}
}
