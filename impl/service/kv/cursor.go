// SPDX-License-Identifier: Apache-2.0

// This file reads the numbers and strings that operations, results and snapshots are made of.

package kv

import (
	"encoding/binary"
	"fmt"
)

// cursor walks over encoded bytes. Its first failure sticks: later reads give zero values, so that
// a decoder can check once per item.
type cursor struct {
	bytes  []byte
	offset int
	err    error
}

// fail records what is wrong at the cursor's place, unless an earlier failure is recorded.
func (c *cursor) fail(format string, arguments ...any) {
	if c.err == nil {
		c.err = fmt.Errorf("at byte %d: %s", c.offset, fmt.Sprintf(format, arguments...))
	}
}

// readByte takes one byte. what names it in the error.
func (c *cursor) readByte(what string) byte {
	if c.err != nil {
		return 0
	}
	if c.offset >= len(c.bytes) {
		c.fail("%s is missing", what)
		return 0
	}
	b := c.bytes[c.offset]
	c.offset++
	return b
}

// readUvarint takes an unsigned number of at most limit. Only the shortest form is accepted: with
// two forms of a number, equal values could have different bytes.
func (c *cursor) readUvarint(what string, limit uint64) uint64 {
	if c.err != nil {
		return 0
	}
	value, length := binary.Uvarint(c.bytes[c.offset:])
	if length <= 0 {
		c.fail("%s is not a complete number", what)
		return 0
	}
	if length > 1 && c.bytes[c.offset+length-1] == 0 {
		c.fail("%s is not in its shortest form", what)
		return 0
	}
	if value > limit {
		c.fail("%s is %d, the limit is %d", what, value, limit)
		return 0
	}
	c.offset += length
	return value
}

// readVarint takes a signed number, in its shortest form.
func (c *cursor) readVarint(what string) int64 {
	encoded := c.readUvarint(what, 1<<64-1)
	// The zigzag form of encoding/binary: the lowest bit is the sign.
	return int64(encoded>>1) ^ -int64(encoded&1)
}

// readString takes a length of at most limit and that many bytes. They are not copied.
func (c *cursor) readString(what string, limit uint64) []byte {
	length := c.readUvarint("the length of "+what, limit)
	if c.err != nil {
		return nil
	}
	if length > uint64(len(c.bytes)-c.offset) {
		c.fail("%s has %d bytes, only %d are there", what, length, len(c.bytes)-c.offset)
		return nil
	}
	value := c.bytes[c.offset : c.offset+int(length) : c.offset+int(length)]
	c.offset += int(length)
	return value
}

// end checks that nothing follows.
func (c *cursor) end() {
	if c.err == nil && c.offset != len(c.bytes) {
		c.fail("%d bytes too many", len(c.bytes)-c.offset)
	}
}

// appendString is the inverse of readString.
func appendString(to []byte, value string) []byte {
	to = binary.AppendUvarint(to, uint64(len(value)))
	return append(to, value...)
}

// uvarintSize is the number of bytes of a number in its shortest form.
func uvarintSize(value uint64) int {
	size := 1
	for ; value >= 0x80; value >>= 7 {
		size++
	}
	return size
}
