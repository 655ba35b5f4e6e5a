// SPDX-License-Identifier: Apache-2.0

// File: the real disk. What differs between operating systems is in file_linux.go, file_unix.go
// and file_other.go; here is what they share.

package storage

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// FileConfig says how a File is opened. The zero value is right for a replica.
type FileConfig struct {
	// Buffered goes through the page cache even where direct I/O is possible.
	Buffered bool
	// ReadOnly opens without the lock and refuses writes: for looking at the file of a replica
	// that may be running. What is read may then be older than what is being written.
	ReadOnly bool
}

// File is a Disk in one file of the file system. It holds an exclusive lock on the file.
type File struct {
	file     *os.File
	path     string
	size     int64
	direct   bool
	readOnly bool
	closed   bool
	notice   string
	bounce   []byte // aligned memory for callers whose memory is not
}

var _ Disk = (*File)(nil)

// CreateFile makes a new, empty file that only its owner may read, and makes its name durable.
// It refuses to touch a file that exists.
func CreateFile(path string, c FileConfig) (*File, error) {
	if c.ReadOnly {
		return nil, fmt.Errorf("create %s: %w", path, ErrReadOnly)
	}
	return openFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, c)
}

// OpenFile opens an existing file. What an earlier process wrote but did not flush is made durable
// first, so that decisions never rest on bytes that a power cut could still take away.
func OpenFile(path string, c FileConfig) (*File, error) {
	if c.ReadOnly {
		return openFile(path, os.O_RDONLY, c)
	}
	return openFile(path, os.O_RDWR, c)
}

func openFile(path string, flag int, c FileConfig) (*File, error) {
	handle, direct, err := openHandle(path, flag, !c.Buffered)
	if err != nil {
		return nil, fmt.Errorf("open data file: %w", err)
	}
	f := &File{file: handle, path: path, direct: direct, readOnly: c.ReadOnly}
	if !direct {
		f.notice = fmt.Sprintf("%s: no direct I/O (%s); writes go through the page cache, "+
			"whose content after a failed flush is undefined: fine for tests, not for R = 1",
			path, bufferedReason(c.Buffered))
	}
	if err := f.prepare(); err != nil {
		return nil, errors.Join(err, handle.Close())
	}
	return f, nil
}

func bufferedReason(asked bool) string {
	if asked {
		return "as asked"
	}
	return "the file system or the operating system does not offer it"
}

// prepare takes the lock, settles what an earlier process left behind, and learns the size.
func (f *File) prepare() error {
	info, err := f.file.Stat()
	if err != nil {
		return fmt.Errorf("open data file: %w", err)
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("open data file %s: is a %s, expected a regular file",
			f.path, info.Mode().Type())
	}
	if info.Mode().Perm()&0o022 != 0 && !f.readOnly {
		return fmt.Errorf("open data file %s: others may write it (mode %v), and it would be "+
			"believed: chmod 600", f.path, info.Mode().Perm())
	}
	// A crash while the file grew may leave part of a sector at the end: it holds nothing yet.
	f.size = info.Size() / SectorSize * SectorSize
	if f.readOnly {
		return nil
	}
	if err := lockHandle(f.file); err != nil {
		return fmt.Errorf("open data file %s: %w: stop the other process, or give this "+
			"replica a file of its own: %w", f.path, ErrInUse, err)
	}
	if err := flushHandle(f.file); err != nil {
		return fmt.Errorf("open data file %s: flush: %w", f.path, err)
	}
	if !f.direct {
		dropCache(f.file) // advice only: where it fails, reads come from the cache as always
	}
	return syncDirectory(filepath.Dir(f.path))
}

// Notice is a sentence for the operator where the file cannot be used as well as it should, else
// it is empty.
func (f *File) Notice() string { return f.notice }

// Direct tells whether reads and writes go past the page cache.
func (f *File) Direct() bool { return f.direct }

// Path is the name with which the file was opened.
func (f *File) Path() string { return f.path }

// Size implements Disk.
func (f *File) Size() int64 { return f.size }

// ReadSectors implements Disk.
func (f *File) ReadSectors(p []byte, off int64) error {
	if f.closed {
		return ErrClosed
	}
	if err := checkRead(len(p), off, f.size); err != nil {
		return err
	}
	into := p
	if f.direct && !aligned(p) {
		into = f.bounceBuffer(len(p))
	}
	if n, err := f.file.ReadAt(into, off); err != nil {
		if errors.Is(err, io.EOF) {
			err = fmt.Errorf("file became shorter while it was open: %w", io.ErrUnexpectedEOF)
		}
		return fmt.Errorf("read of %d bytes at offset %d stopped after %d: %w",
			len(p), off, n, err)
	}
	if f.direct && !aligned(p) {
		copy(p, into)
	}
	return nil
}

// WriteSectors implements Disk.
func (f *File) WriteSectors(p []byte, off int64) error {
	if f.closed {
		return ErrClosed
	}
	if f.readOnly {
		return ErrReadOnly
	}
	if err := checkWrite(len(p), off, f.size); err != nil {
		return err
	}
	from := p
	if f.direct && !aligned(p) {
		from = f.bounceBuffer(len(p))
		copy(from, p)
	}
	// os.File goes on after short writes and interrupted calls, and fails on a write of 0 bytes.
	if n, err := f.file.WriteAt(from, off); err != nil {
		return fmt.Errorf("write of %d bytes at offset %d stopped after %d: %w",
			len(p), off, n, err)
	}
	f.size = max(f.size, off+int64(len(p)))
	return nil
}

// Flush implements Disk.
func (f *File) Flush() error {
	if f.closed {
		return ErrClosed
	}
	if f.readOnly {
		return ErrReadOnly
	}
	if err := flushHandle(f.file); err != nil {
		return fmt.Errorf("flush %s: %w", f.path, err)
	}
	return nil
}

// Close implements Disk. The lock goes with the file.
func (f *File) Close() error {
	if f.closed {
		return ErrClosed
	}
	f.closed = true
	return f.file.Close()
}

// bounceBuffer returns n aligned bytes, kept for the next caller.
func (f *File) bounceBuffer(n int) []byte {
	if cap(f.bounce) < n {
		f.bounce = Buffer(n)
	}
	return f.bounce[:n]
}
