// SPDX-License-Identifier: Apache-2.0

//go:build unix

// The real file: locking, permissions, reopening, direct I/O and its fallback.

package storage_test

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"viewstamp/impl/storage"
	"viewstamp/impl/storage/storagetest"
)

func TestFile(t *testing.T) {
	for _, buffered := range []bool{false, true} {
		t.Run(fmt.Sprintf("buffered=%v", buffered), func(t *testing.T) {
			dir, n := t.TempDir(), 0
			storagetest.TestDisk(t, func() storage.Disk {
				n++
				disk, err := storage.CreateFile(filepath.Join(dir, fmt.Sprint(n)),
					storage.FileConfig{Buffered: buffered})
				require.NoError(t, err)
				return disk
			})
		})
	}
}

func create(t *testing.T, c storage.FileConfig) *storage.File {
	t.Helper()
	disk, err := storage.CreateFile(filepath.Join(t.TempDir(), "data"), c)
	require.NoError(t, err)
	return disk
}

func TestFileKeepsContent(t *testing.T) {
	for _, buffered := range []bool{false, true} {
		c := storage.FileConfig{Buffered: buffered}
		disk := create(t, c)
		require.NoError(t, disk.WriteSectors(filled(3, 5), 0))
		require.NoError(t, disk.Flush())
		require.NoError(t, disk.Close())
		again, err := storage.OpenFile(disk.Path(), c)
		require.NoError(t, err)
		require.EqualValues(t, 3*sector, again.Size())
		require.Equal(t, filled(1, 5), content(t, again, 2))
		require.NoError(t, again.Close())
	}
}

func TestFileIsPrivateAndLocked(t *testing.T) {
	disk := create(t, storage.FileConfig{})
	info, err := os.Stat(disk.Path())
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())

	_, err = storage.OpenFile(disk.Path(), storage.FileConfig{})
	require.ErrorIs(t, err, storage.ErrInUse)
	require.ErrorContains(t, err, disk.Path())
	_, err = storage.CreateFile(disk.Path(), storage.FileConfig{})
	require.ErrorIs(t, err, os.ErrExist)

	require.NoError(t, disk.WriteSectors(filled(1, 5), 0))
	looking, err := storage.OpenFile(disk.Path(), storage.FileConfig{ReadOnly: true})
	require.NoError(t, err, "looking needs no lock")
	require.Equal(t, filled(1, 5), content(t, looking, 0))
	require.ErrorIs(t, looking.WriteSectors(filled(1, 5), 0), storage.ErrReadOnly)
	require.ErrorIs(t, looking.Flush(), storage.ErrReadOnly)
	require.NoError(t, looking.Close())

	require.NoError(t, disk.Close())
	disk, err = storage.OpenFile(disk.Path(), storage.FileConfig{})
	require.NoError(t, err, "the lock goes with the file")
	require.NoError(t, disk.Close())
}

func TestFileRefusesWhatIsNoFile(t *testing.T) {
	_, err := storage.OpenFile(filepath.Join(t.TempDir(), "none"), storage.FileConfig{})
	require.ErrorIs(t, err, os.ErrNotExist)
	_, err = storage.OpenFile(t.TempDir(), storage.FileConfig{ReadOnly: true})
	require.ErrorContains(t, err, "expected a regular file")
	_, err = storage.CreateFile(filepath.Join(t.TempDir(), "x"), storage.FileConfig{ReadOnly: true})
	require.ErrorIs(t, err, storage.ErrReadOnly)
}

func TestFileIgnoresPartOfASector(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data")
	require.NoError(t, os.WriteFile(path, make([]byte, 2*sector+17), 0o600))
	disk, err := storage.OpenFile(path, storage.FileConfig{})
	require.NoError(t, err)
	require.EqualValues(t, 2*sector, disk.Size())
	require.NoError(t, disk.WriteSectors(filled(1, 5), 2*sector))
	require.Equal(t, filled(1, 5), content(t, disk, 2))
	require.NoError(t, disk.Close())
}

func TestFileCutShortWhileOpen(t *testing.T) {
	disk := create(t, storage.FileConfig{})
	require.NoError(t, disk.WriteSectors(filled(2, 5), 0))
	require.NoError(t, os.Truncate(disk.Path(), sector))
	err := disk.ReadSectors(make([]byte, sector), sector)
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	require.NoError(t, disk.Close())
}

// Where direct I/O is not possible, or not wanted, File says so.
func TestFileAnnouncesTheFallback(t *testing.T) {
	disk := create(t, storage.FileConfig{Buffered: true})
	require.False(t, disk.Direct())
	require.Contains(t, disk.Notice(), "no direct I/O (as asked)")
	require.NoError(t, disk.Close())

	disk = create(t, storage.FileConfig{})
	require.Equal(t, disk.Direct(), disk.Notice() == "")
	require.NoError(t, disk.Close())
}

// A data file is believed, so nobody else may be able to write it or to put another in its place.
func TestFilesOfOthersAreRefused(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "data")
	f, err := storage.CreateFile(path, storage.FileConfig{})
	require.NoError(t, err)
	require.NoError(t, f.Close())
	for _, mode := range []os.FileMode{0o620, 0o602, 0o666} {
		require.NoError(t, os.Chmod(path, mode))
		_, err := storage.OpenFile(path, storage.FileConfig{})
		require.ErrorContains(t, err, "chmod 600")
	}
	require.NoError(t, os.Chmod(path, 0o644))
	f, err = storage.OpenFile(path, storage.FileConfig{})
	require.NoError(t, err)
	require.NoError(t, f.Close())

	link := filepath.Join(dir, "link")
	require.NoError(t, os.Symlink(path, link))
	_, err = storage.OpenFile(link, storage.FileConfig{})
	require.ErrorContains(t, err, "symbolic link")
}
