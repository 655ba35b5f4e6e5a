// SPDX-License-Identifier: Apache-2.0

package histories

// This file finds out which format a file has, by its content: names say too little.

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
)

// Open reads the history in a file, in any format that ReadAny knows.
func Open(path string) (History, error) {
	file, err := os.Open(path)
	if err != nil {
		return History{}, fmt.Errorf("open history: %w", err)
	}
	defer file.Close()
	return ReadAny(path, file)
}

// ReadAny reads a history in the format of this package, in Jepsen's EDN, or in the text log of
// Jepsen's older releases. Of other formats it sets Header.Origin; it does not know what verdict
// to expect of them. name is used in messages.
func ReadAny(name string, r io.Reader) (History, error) {
	buffered := bufio.NewReaderSize(r, 64<<10)
	head, err := buffered.Peek(4 << 10)
	if err != nil && err != io.EOF {
		return History{}, fmt.Errorf("%s: read history: %w", name, err)
	}
	// Enough to see the first line of any of the formats; none is decided by its end.
	head = bytes.TrimSpace(head)
	firstLine, _, _ := bytes.Cut(head, []byte("\n"))
	switch {
	// The order matters: a text log may contain brackets, and JSON begins as EDN maps do.
	case len(head) == 0:
		return History{}, fmt.Errorf("%s:1: %w", name, ErrEmpty)
	case bytes.Contains(firstLine, []byte(logMark)):
		return ReadJepsenLog(name, buffered)
	case head[0] == '{' && nextAfter(head) == '"':
		return Read(name, buffered)
	case bytes.IndexByte([]byte("{[(#;"), head[0]) >= 0:
		return ReadJepsenEDN(name, buffered)
	}
	return History{}, fmt.Errorf("%s:1: starts with %.20q, expected a history: JSON Lines with a "+
		"header such as {\"format\":%q,…}, Jepsen's EDN ({:type :invoke, …}), or Jepsen's text log "+
		"(… %s0 :invoke :read nil)", name, head, Format, logMark)
}

// nextAfter is the first byte after the first one that is no space, or 0.
func nextAfter(head []byte) byte {
	rest := bytes.TrimSpace(head[1:])
	if len(rest) == 0 {
		return 0
	}
	return rest[0]
}
