// SPDX-License-Identifier: Apache-2.0

// The Linux half of File: direct I/O, flock, fdatasync.

package storage

import (
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// openHandle opens path, past the page cache if that is wanted and possible.
func openHandle(path string, flag int, wantDirect bool) (*os.File, bool, error) {
	flag |= unix.O_NOFOLLOW // whoever may write the directory must not choose what is written
	if wantDirect {
		file, err := os.OpenFile(path, flag|unix.O_DIRECT, 0o600)
		if err == nil && directWorks(file) {
			return file, true, nil
		}
		if err == nil {
			// Some file systems accept the flag and refuse the reads.
			flag &^= os.O_CREATE | os.O_EXCL
			if err := file.Close(); err != nil {
				return nil, false, err
			}
		} else if !errors.Is(err, unix.EINVAL) {
			return nil, false, err
		} else if flag&os.O_CREATE != 0 {
			// The kernel creates the file before it refuses the flag.
			flag &^= os.O_EXCL
		}
	}
	file, err := os.OpenFile(path, flag, 0o600)
	return file, false, err
}

// directWorks reads one aligned sector. Nothing there to be read is fine too.
func directWorks(file *os.File) bool {
	_, err := file.ReadAt(Buffer(SectorSize), 0)
	return !errors.Is(err, unix.EINVAL)
}

// BootID names the start of this machine: as long as it stays the same, the page cache has lost
// nothing. Zero: it is not known.
func BootID() (id [16]byte) {
	text, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return id
	}
	digits := strings.ReplaceAll(strings.TrimSpace(string(text)), "-", "")
	if _, err := hex.Decode(id[:], []byte(digits[:min(len(digits), 2*len(id))])); err != nil {
		return [16]byte{}
	}
	return id
}

// lockHandle takes the exclusive lock or fails at once.
func lockHandle(file *os.File) error {
	return ignoringInterrupts(func() error {
		return unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	})
}

// flushHandle makes data and size durable; times need not be.
func flushHandle(file *os.File) error {
	return ignoringInterrupts(func() error { return unix.Fdatasync(int(file.Fd())) })
}

// dropCache asks the kernel to read from the device next time.
func dropCache(file *os.File) {
	_ = unix.Fadvise(int(file.Fd()), 0, 0, unix.FADV_DONTNEED)
}

// syncDirectory makes the names in a directory durable: without it a new file may be gone.
func syncDirectory(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("open directory of the data file: %w", err)
	}
	err = dir.Sync()
	if errors.Is(err, unix.EINVAL) {
		err = nil // the file system has nothing to sync for a directory
	}
	return errors.Join(err, dir.Close())
}

func ignoringInterrupts(call func() error) error {
	for {
		if err := call(); !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}
