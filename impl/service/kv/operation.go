// SPDX-License-Identifier: Apache-2.0

// This file defines the bytes of an operation.
//
//	operation = format(1 byte: 1) mode(1 byte) count(uvarint) request*
//	request   = command(1 byte) count(uvarint) argument*
//	argument  = length(uvarint) bytes

package kv

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// operationFormat is the first byte of every operation. A new layout gets a new number.
const operationFormat = 1

// headerSize bounds what precedes the requests: format, mode and the number of requests.
const headerSize = 1 + 1 + 2

// ErrMalformed is wrapped by every error about bytes that are not an encoding of this package.
var ErrMalformed = errors.New("malformed")

// Mode says what happens when the replies do not fit in MaxResult.
type Mode uint8

const (
	// ModePipeline stops before the first command whose reply does not fit: the result holds fewer
	// replies than the batch has commands, and the commands without reply did not run. The first
	// command always has a reply, so whoever sends the rest again gets to the end.
	ModePipeline Mode = iota
	// ModeTransaction runs all commands. One whose reply does not fit does not run and has an error
	// as its reply.
	ModeTransaction
)

// Request is one command with its arguments, the name not included.
type Request struct {
	Command   Command
	Arguments [][]byte
}

// Operation is a batch of requests that run in order, in one slot of the log.
type Operation struct {
	Mode     Mode
	Requests []Request
}

// Size is the number of bytes that the request adds to an encoded operation.
func (r Request) Size() int {
	size := 1 + uvarintSize(uint64(len(r.Arguments)))
	for _, argument := range r.Arguments {
		size += uvarintSize(uint64(len(argument))) + len(argument)
	}
	return size
}

// BatchSize bounds the number of bytes of an operation with requests of this total Size.
func BatchSize(requests int) int { return headerSize + requests }

// EncodeOperation gives the bytes of an operation. It refuses what DecodeOperation would refuse:
// unknown commands, and whatever is above the package's limits.
func EncodeOperation(operation Operation) ([]byte, error) {
	encoded := []byte{operationFormat, byte(operation.Mode)}
	encoded = binary.AppendUvarint(encoded, uint64(len(operation.Requests)))
	for _, request := range operation.Requests {
		encoded = append(encoded, byte(request.Command))
		encoded = binary.AppendUvarint(encoded, uint64(len(request.Arguments)))
		for _, argument := range request.Arguments {
			encoded = binary.AppendUvarint(encoded, uint64(len(argument)))
			encoded = append(encoded, argument...)
		}
	}
	// One place knows the rules: the decoder.
	if _, err := DecodeOperation(encoded); err != nil {
		return nil, fmt.Errorf("kv: encode operation: %w", err)
	}
	return encoded, nil
}

// DecodeOperation is the inverse of EncodeOperation. The arguments share memory with the bytes.
// Errors wrap ErrMalformed and name the offset.
func DecodeOperation(encoded []byte) (Operation, error) {
	if len(encoded) > MaxOperation {
		return Operation{}, fmt.Errorf("%w operation: %d bytes, the limit is %d",
			ErrMalformed, len(encoded), MaxOperation)
	}
	c := &cursor{bytes: encoded}
	operation := decodeOperation(c)
	c.end()
	if c.err != nil {
		return Operation{}, fmt.Errorf("%w operation: %w", ErrMalformed, c.err)
	}
	return operation, nil
}

// decodeOperation takes the header and the requests. Lists grow as requests are found, so a great
// count in front of few bytes costs nothing.
func decodeOperation(c *cursor) Operation {
	if format := c.readByte("the format"); c.err == nil && format != operationFormat {
		c.fail("the format is %d, expected %d", format, operationFormat)
	}
	mode := Mode(c.readByte("the mode"))
	if mode > ModeTransaction {
		c.fail("the mode is %d, expected at most %d", mode, ModeTransaction)
	}
	count := c.readUvarint("the number of commands", MaxCommands)
	if c.err == nil && count == 0 {
		c.fail("the number of commands is 0, expected at least 1")
	}
	operation := Operation{Mode: mode}
	for i := uint64(0); i < count && c.err == nil; i++ {
		operation.Requests = append(operation.Requests, decodeRequest(c))
	}
	return operation
}

// decodeRequest takes one request. Whether its arguments make sense is decided when it runs: that
// is an error reply to one command, not a reason to refuse the batch.
func decodeRequest(c *cursor) Request {
	command := Command(c.readByte("the command"))
	if c.err == nil && !command.Valid() {
		c.fail("there is no command with code %d", uint8(command))
	}
	count := c.readUvarint("the number of arguments", MaxArguments)
	request := Request{Command: command}
	for i := uint64(0); i < count && c.err == nil; i++ {
		argument := c.readString("the argument", MaxValue)
		request.Arguments = append(request.Arguments, argument)
	}
	return request
}
