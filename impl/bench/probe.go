// SPDX-License-Identifier: Apache-2.0

package bench

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"time"

	"viewstamp/impl/storage"
)

// What the machine can do at this moment, and what a measurement cost it.

const (
	probeTime = 250 * time.Millisecond
	probeSize = 4 << 20
)

// Probe is how long one write of a sector and a flush take on the disk of dir, in the mean, at this
// moment. The file is written before it is measured, as the data files of the systems are.
func Probe(dir string) (mean time.Duration, err error) {
	path := filepath.Join(dir, "probe")
	disk, err := storage.CreateFile(path, storage.FileConfig{})
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, disk.Close(), os.Remove(path)) }()
	if err := disk.WriteSectors(storage.Buffer(probeSize), 0); err != nil {
		return 0, err
	}
	if err := disk.Flush(); err != nil {
		return 0, err
	}
	sector := storage.Buffer(storage.SectorSize)
	begin, n := time.Now(), 0
	for time.Since(begin) < probeTime {
		off := int64(n*storage.SectorSize) % probeSize
		if err := errors.Join(disk.WriteSectors(sector, off), disk.Flush()); err != nil {
			return 0, err
		}
		n++
	}
	return time.Since(begin) / time.Duration(n), nil
}

// usage is what this process has used so far.
type usage struct {
	cpu         time.Duration // user and system
	allocations uint64
}

func used() (now usage) {
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	now.allocations = memory.Mallocs
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err == nil {
		now.cpu = time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	return now
}
