// SPDX-License-Identifier: Apache-2.0

// This file defines replies and the bytes of a result.
//
//	result  = format(1 byte: 1) malformed(1 byte: 0 or 1) count(uvarint) reply*
//	reply   = kind(1 byte) and then, by kind: nothing | length(uvarint) bytes |
//	          number(varint) | count(uvarint) reply*
//
// The elements of an array are not arrays themselves.

package kv

import (
	"encoding/binary"
	"fmt"
)

// resultFormat is the first byte of every result.
const resultFormat = 1

// maxText bounds every text that is not a value: error texts quote at most a part of what a client
// sent. smallReply is the encoded size of a reply without values.
const (
	maxText    = 240
	smallReply = 256
)

// Kind is the kind of a reply, as in the Redis protocol.
type Kind uint8

// The kinds.
const (
	Nil Kind = 1 + iota
	Simple
	Error
	Integer
	Bulk
	Array
)

// Reply is the answer to one command.
type Reply struct {
	Kind Kind
	// Text is the content of a Simple, Error or Bulk reply.
	Text string
	// Number is the content of an Integer reply.
	Number int64
	// Elements is the content of an Array reply.
	Elements []Reply
}

// Result is the answer to an operation.
type Result struct {
	// Malformed means that the operation was no operation; nothing ran. Then Replies holds one
	// Error that says why.
	Malformed bool
	// Replies has one element for each command that ran, in order. See ModePipeline for when these
	// are fewer than were sent.
	Replies []Reply
}

// Short forms, so that commands read like their description.

func okReply() Reply                { return Reply{Kind: Simple, Text: "OK"} }
func nilReply() Reply               { return Reply{Kind: Nil} }
func integerReply(n int64) Reply    { return Reply{Kind: Integer, Number: n} }
func bulkReply(value string) Reply  { return Reply{Kind: Bulk, Text: value} }
func simpleReply(text string) Reply { return Reply{Kind: Simple, Text: text} }

// errorReply is an error with a text that cannot outgrow smallReply.
func errorReply(text string) Reply {
	if len(text) > maxText {
		text = text[:maxText]
	}
	return Reply{Kind: Error, Text: text}
}

// EncodeResult gives the bytes of a result.
func EncodeResult(result Result) []byte {
	encoded := []byte{resultFormat, 0}
	if result.Malformed {
		encoded[1] = 1
	}
	encoded = binary.AppendUvarint(encoded, uint64(len(result.Replies)))
	for _, reply := range result.Replies {
		encoded = appendReply(encoded, reply)
	}
	return encoded
}

// appendReply adds one reply to a result.
func appendReply(to []byte, reply Reply) []byte {
	to = append(to, byte(reply.Kind))
	switch reply.Kind {
	case Simple, Error, Bulk:
		to = appendString(to, reply.Text)
	case Integer:
		to = binary.AppendVarint(to, reply.Number)
	case Array:
		to = binary.AppendUvarint(to, uint64(len(reply.Elements)))
		for _, element := range reply.Elements {
			to = appendReply(to, element)
		}
	}
	return to
}

// DecodeResult is the inverse of EncodeResult. Errors wrap ErrMalformed and name the offset.
func DecodeResult(encoded []byte) (Result, error) {
	c := &cursor{bytes: encoded}
	if format := c.readByte("the format"); c.err == nil && format != resultFormat {
		c.fail("the format is %d, expected %d", format, resultFormat)
	}
	malformed := c.readByte("the malformed mark")
	if malformed > 1 {
		c.fail("the malformed mark is %d, expected 0 or 1", malformed)
	}
	result := Result{Malformed: malformed == 1}
	count := c.readUvarint("the number of replies", MaxCommands)
	for i := uint64(0); i < count && c.err == nil; i++ {
		result.Replies = append(result.Replies, decodeReply(c, true))
	}
	c.end()
	if c.err != nil {
		return Result{}, fmt.Errorf("%w result: %w", ErrMalformed, c.err)
	}
	return result, nil
}

// decodeReply takes one reply. Nesting ends at once, so bytes cannot make it deep.
func decodeReply(c *cursor, arrayAllowed bool) Reply {
	reply := Reply{Kind: Kind(c.readByte("the kind of reply"))}
	switch {
	case c.err != nil || reply.Kind == Nil:
	case reply.Kind == Simple, reply.Kind == Error, reply.Kind == Bulk:
		reply.Text = string(c.readString("the text", MaxResult))
	case reply.Kind == Integer:
		reply.Number = c.readVarint("the number")
	case reply.Kind == Array && arrayAllowed:
		count := c.readUvarint("the number of elements", MaxArguments)
		for i := uint64(0); i < count && c.err == nil; i++ {
			reply.Elements = append(reply.Elements, decodeReply(c, false))
		}
	default:
		c.fail("a reply of kind %d cannot be here", reply.Kind)
	}
	return reply
}
