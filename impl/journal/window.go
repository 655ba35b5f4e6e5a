// SPDX-License-Identifier: Apache-2.0

// Reading ahead: groups are small, reads should be large.

package journal

import (
	"fmt"

	"viewstamp/impl/storage"
)

// windowSize is how much is read at once, in bytes.
const windowSize = 1 << 20

// window is a part of the disk in memory.
type window struct {
	disk  storage.Disk
	start int64
	data  []byte
}

// read returns n bytes from off, both whole sectors and inside of the disk. They are valid until
// the next read.
func (w *window) read(off, n int64) ([]byte, error) {
	if off < w.start || off+n > w.start+int64(len(w.data)) {
		want := min(max(n, windowSize), w.disk.Size()-off)
		if want < n {
			return nil, fmt.Errorf("read of %d bytes at offset %d: the file ends at %d",
				n, off, w.disk.Size())
		}
		if int64(cap(w.data)) < want {
			w.data = storage.Buffer(int(want))
		}
		w.data = w.data[:want]
		w.start = off
		if err := w.disk.ReadSectors(w.data, off); err != nil {
			w.data = w.data[:0]
			return nil, err
		}
	}
	return w.data[off-w.start:][:n], nil
}
