// SPDX-License-Identifier: Apache-2.0

package mc

import (
	"bufio"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"math"
	"os"
	"sync"
)

// Files that only ever grow: the levels of a search and what its numbers mean. A checkpoint says
// how much of such a file counts and what the checksum of that part is. What stands behind it was
// written by a search that was killed, and is cut off.

// logFile is such a file, open to be read and appended to.
type logFile struct {
	mu   sync.Mutex
	file *os.File
	size int64
	sum  hash.Hash // of all that was written
}

// extent is the part of a file that counts.
type extent struct {
	Bytes  int64
	SHA256 string
}

// createLog makes a new file.
func createLog(path string) (*logFile, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return nil, err
	}
	return &logFile{file: f, sum: sha256.New()}, nil
}

// openLog opens the part of a file that counts, and checks it.
func openLog(path string, e extent) (*logFile, error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	l := &logFile{file: f, sum: sha256.New(), size: e.Bytes}
	n, err := io.Copy(l.sum, io.NewSectionReader(f, 0, e.Bytes))
	switch {
	case err != nil:
	case n < e.Bytes:
		err = fmt.Errorf("%s is damaged: it has %d bytes, the manifest says %d", path, n, e.Bytes)
	case l.extent() != e:
		err = fmt.Errorf("%s is damaged: its checksum is not the one in the manifest", path)
	default:
		err = f.Truncate(e.Bytes)
	}
	if err != nil {
		_ = f.Close() // The first error says more.
		return nil, err
	}
	return l, nil
}

// extent describes all that was written so far.
func (l *logFile) extent() extent {
	return extent{l.size, hex.EncodeToString(l.sum.Sum(nil))}
}

// append writes at the end and returns where that was.
func (l *logFile) append(b []byte) (at int64, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	at = l.size
	if _, err := l.file.WriteAt(b, at); err != nil {
		return 0, err
	}
	l.sum.Write(b)
	l.size += int64(len(b))
	return at, nil
}

// reader reads all that counts, from the start.
func (l *logFile) reader() *logReader {
	return &logReader{r: bufio.NewReaderSize(io.NewSectionReader(l.file, 0, l.size), 1<<16),
		size: l.size}
}

// logReader reads numbers and words. The first error stays, and all that follows is zero.
type logReader struct {
	r        *bufio.Reader
	at, size int64
	err      error
}

// ReadByte implements io.ByteReader.
func (r *logReader) ReadByte() (byte, error) {
	b, err := r.r.ReadByte()
	if err == nil {
		r.at++
	}
	return b, err
}

// more reports whether there is something left to read.
func (r *logReader) more() bool { return r.err == nil && r.at < r.size }

// number reads a number below a limit.
func (r *logReader) number(limit uint64) uint32 {
	if r.err != nil {
		return 0
	}
	n, err := binary.ReadUvarint(r)
	switch {
	case err != nil:
		r.err = fmt.Errorf("at byte %d: %w", r.at, err)
	case n >= limit || n > math.MaxUint32:
		r.err = fmt.Errorf("at byte %d: number %d, want less than %d", r.at, n, limit)
	default:
		return uint32(n)
	}
	return 0
}

// count reads how many things of at least one byte each follow.
func (r *logReader) count() int { return int(r.number(uint64(r.size-r.at) + 1)) }

// skip passes over bytes and returns where they begin.
func (r *logReader) skip(n int) int64 {
	at := r.at
	if r.err == nil {
		var skipped int
		if skipped, r.err = r.r.Discard(n); r.err != nil {
			r.err = fmt.Errorf("at byte %d: want %d more bytes, got %d", at, n, skipped)
		}
		r.at += int64(skipped)
	}
	return at
}
