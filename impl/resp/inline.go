// SPDX-License-Identifier: Apache-2.0

// This file splits a command that a person types into words, with the quoting rules of Redis.

package resp

import (
	"bytes"
	"strconv"
)

// splitLine splits a line into words. In double quotes, \n \r \t \b \a and \xHH have their meaning
// and any other escaped character is itself; in single quotes, only \' is special. A closing quote
// must end its word.
func splitLine(line []byte) (command, error) {
	if isHTTP(line) {
		return nil, protocolErrorf("this is not an HTTP server")
	}
	var words command
	for {
		line = bytes.TrimLeft(line, " \t\r\v\f\x00")
		if len(line) == 0 {
			return words, nil
		}
		word, rest, ok := splitWord(line)
		if !ok {
			return nil, protocolErrorf("unbalanced quotes in request")
		}
		if len(words) == maxArguments {
			return nil, protocolErrorf("too big inline request: at most %d arguments", maxArguments)
		}
		words, line = append(words, word), rest
	}
}

// isHTTP reports whether a line comes from a web browser. Such lines are no commands, but what
// follows them could be: a page could make its reader's browser send commands.
func isHTTP(line []byte) bool {
	name, _, _ := bytes.Cut(line, []byte(" "))
	return bytes.EqualFold(name, []byte("POST")) || bytes.EqualFold(name, []byte("Host:"))
}

// splitWord takes the first word off a line that does not start with a space.
func splitWord(line []byte) (word, rest []byte, ok bool) {
	word = []byte{}
	for len(line) > 0 && !isSpace(line[0]) {
		if line[0] != '"' && line[0] != '\'' {
			word, line = append(word, line[0]), line[1:]
			continue
		}
		quote := line[0]
		line = line[1:]
		for {
			if len(line) == 0 {
				return nil, nil, false
			}
			if line[0] == quote {
				line = line[1:]
				break
			}
			var char byte
			char, line = takeQuoted(line, quote)
			word = append(word, char)
		}
		return word, line, len(line) == 0 || isSpace(line[0])
	}
	return word, line, true
}

// takeQuoted takes one character, which may be escaped, from inside quotes.
func takeQuoted(line []byte, quote byte) (char byte, rest []byte) {
	if line[0] != '\\' || len(line) == 1 {
		return line[0], line[1:]
	}
	if quote == '\'' {
		if line[1] == '\'' {
			return '\'', line[2:]
		}
		return line[0], line[1:]
	}
	if line[1] == 'x' && len(line) >= 4 {
		if value, err := strconv.ParseUint(string(line[2:4]), 16, 8); err == nil {
			return byte(value), line[4:]
		}
	}
	switch line[1] {
	case 'n':
		return '\n', line[2:]
	case 'r':
		return '\r', line[2:]
	case 't':
		return '\t', line[2:]
	case 'b':
		return '\b', line[2:]
	case 'a':
		return '\a', line[2:]
	}
	return line[1], line[2:]
}

// isSpace reports whether a character divides words.
func isSpace(char byte) bool {
	switch char {
	case ' ', '\t', '\r', '\v', '\f', 0:
		return true
	}
	return false
}
