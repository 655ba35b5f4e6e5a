// SPDX-License-Identifier: Apache-2.0

//go:build unix && !linux

// File on other Unix systems: through the page cache, with the flush that os.File.Sync does (on
// macOS that is F_FULLFSYNC, which reaches the medium; a plain fsync there does not).

package storage

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

func openHandle(path string, flag int, _ bool) (*os.File, bool, error) {
	file, err := os.OpenFile(path, flag|syscall.O_NOFOLLOW, 0o600)
	return file, false, err
}

func lockHandle(file *os.File) error {
	for {
		err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EINTR) {
			return err
		}
	}
}

func flushHandle(file *os.File) error { return file.Sync() }

func dropCache(*os.File) {}

func syncDirectory(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("open directory of the data file: %w", err)
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// BootID is not known here.
func BootID() [16]byte { return [16]byte{} }
