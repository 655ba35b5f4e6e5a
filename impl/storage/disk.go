// SPDX-License-Identifier: Apache-2.0

// Package storage is the disk below the journal: an array of sectors that can be read, written and
// flushed. The real file and the simulated disk behave alike, so that a journal proved on every
// crash of the simulated one is the journal that runs on the real one.
//
// The contract is the weakest that real disks keep. A write that has returned is visible to reads,
// but it is durable only once a later Flush has returned nil. Until then a crash may leave the old
// content, the new content, or a mixture of both, for each sector on its own and in any order. A
// sector that is not being written is never damaged by a crash.
//
// After a write or flush has failed, nothing is known about the sectors written since the last
// good flush, and a second flush that succeeds proves nothing: the kernel may have dropped the
// pages. Callers must stop using the disk and start again from what a fresh open reads.
package storage

import (
	"errors"
	"fmt"
	"unsafe"
)

// SectorSize is the unit of all reads and writes, in bytes. Nothing assumes that a sector is
// written atomically.
const SectorSize = 4096

// Errors that callers decide by.
var (
	// ErrUnaligned is returned for an offset or a length that is not a whole number of sectors.
	ErrUnaligned = errors.New("not a whole number of sectors")
	// ErrOutOfRange is returned for a read past the end, or a write that would leave a hole.
	ErrOutOfRange = errors.New("outside of the disk")
	// ErrClosed is returned by every call after Close.
	ErrClosed = errors.New("disk is closed")
	// ErrInUse is returned when another process, or this one, has the file open already.
	ErrInUse = errors.New("file is in use")
	// ErrReadOnly is returned for a write or flush of a disk that was opened to be read only.
	ErrReadOnly = errors.New("disk is opened read-only")
)

// Disk is an array of sectors that can grow at its end. One caller at a time: a driver that wants
// to work while the disk is busy gives the disk, with the journal above it, a goroutine of its own.
type Disk interface {
	// Size is the number of bytes that can be read, always a whole number of sectors.
	Size() int64
	// ReadSectors fills p with what was last written at off. It is whole or an error; it never
	// returns less. len(p) and off are multiples of SectorSize.
	ReadSectors(p []byte, off int64) error
	// WriteSectors writes p at off. A write at or across the end makes the disk larger; off must
	// not be above Size, so that there are no holes. p may be reused when the call has returned.
	WriteSectors(p []byte, off int64) error
	// Flush returns nil once everything that was written before the call is durable.
	Flush() error
	// Close releases the disk. It does not flush.
	Close() error
}

// Buffer returns n zero bytes whose memory starts on a sector boundary. Direct I/O needs that;
// reads and writes of any other memory work too, at the price of a copy.
func Buffer(n int) []byte {
	raw := make([]byte, n+SectorSize)
	skip := 0
	if rest := int(uintptr(unsafe.Pointer(unsafe.SliceData(raw))) % SectorSize); rest != 0 {
		skip = SectorSize - rest
	}
	return raw[skip : skip+n : skip+n]
}

// aligned tells whether p can be handed to direct I/O as it is.
func aligned(p []byte) bool {
	return uintptr(unsafe.Pointer(unsafe.SliceData(p)))%SectorSize == 0
}

// RoundUp is n rounded up to a whole number of sectors.
func RoundUp(n int64) int64 {
	return (n + SectorSize - 1) / SectorSize * SectorSize
}

// checkRead says whether a read of length bytes at off is allowed on a disk of the given size.
func checkRead(length int, off, size int64) error {
	if off < 0 || off%SectorSize != 0 || length%SectorSize != 0 {
		return fmt.Errorf("read of %d bytes at offset %d: %w of %d bytes",
			length, off, ErrUnaligned, SectorSize)
	}
	if off > size || int64(length) > size-off {
		return fmt.Errorf("read of %d bytes at offset %d: %w, which ends at %d",
			length, off, ErrOutOfRange, size)
	}
	return nil
}

// checkWrite says whether a write of length bytes at off is allowed on a disk of the given size.
func checkWrite(length int, off, size int64) error {
	if off < 0 || off%SectorSize != 0 || length%SectorSize != 0 {
		return fmt.Errorf("write of %d bytes at offset %d: %w of %d bytes",
			length, off, ErrUnaligned, SectorSize)
	}
	if off > size {
		return fmt.Errorf("write of %d bytes at offset %d: %w, which ends at %d, "+
			"and it must not get a hole", length, off, ErrOutOfRange, size)
	}
	return nil
}
