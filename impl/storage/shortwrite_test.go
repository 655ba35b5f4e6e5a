// SPDX-License-Identifier: Apache-2.0

//go:build linux

// A write of which the system does only a part, or nothing: the file may not grow beyond a limit.

package storage_test

import (
	"os/signal"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"viewstamp/impl/storage"
)

func TestFileShortWrite(t *testing.T) {
	disk := create(t, storage.FileConfig{})
	require.NoError(t, disk.WriteSectors(filled(1, 1), 0))
	var limit syscall.Rlimit
	require.NoError(t, syscall.Getrlimit(syscall.RLIMIT_FSIZE, &limit))
	signal.Ignore(syscall.SIGXFSZ)
	defer signal.Reset(syscall.SIGXFSZ)
	err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 2 * sector, Max: limit.Max})
	require.NoError(t, err)
	err = disk.WriteSectors(filled(2, 5), sector)
	require.NoError(t, syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit))
	require.ErrorIs(t, err, syscall.EFBIG)
	require.ErrorContains(t, err, "write of 8192 bytes at offset 4096 stopped after")
	require.NoError(t, disk.Close())
}
