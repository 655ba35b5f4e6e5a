// SPDX-License-Identifier: Apache-2.0

// Where everything lies in the file.

package journal

import (
	"bytes"
	"fmt"

	"viewstamp/impl/storage"
)

const (
	// copies is the number of superblock copies: two at each end of the file.
	copies = 4
	// copyDistance keeps copies apart, since bad sectors come in runs.
	copyDistance = 8 * storage.SectorSize
	// superblockZone is what the copies take at each end.
	superblockZone = 2 * copyDistance
)

// layout is fixed when a file is formatted.
type layout struct {
	slots        int64 // of the header ring, one sector each
	prepareBytes int64
	stateMax     int64
}

// validate says which size is out of its limits. It is asked about files too.
func (l layout) validate() error {
	for _, c := range []struct {
		name               string
		value, least, most int64
	}{
		{"PrepareBytes", l.prepareBytes, prepareBytesMin, prepareBytesMax},
		{"Slots", l.slots, slotsMin, slotsMax},
		{"StateMax", l.stateMax, 1, stateMaxMax},
	} {
		if c.value < c.least || c.value > c.most {
			return fmt.Errorf("journal: Config.%s is %d, expected %d to %d",
				c.name, c.value, c.least, c.most)
		}
	}
	return nil
}

// superblockOffset is where a copy of the superblock lies: 0 and 1 at the start of the file, 2 and
// 3 at its end.
func superblockOffset(number int, size int64) int64 {
	if number < 2 {
		return int64(number) * copyDistance
	}
	return size - superblockZone + int64(number-2)*copyDistance
}

// headerOffset is where the header of a group lies.
func (l layout) headerOffset(group uint64) int64 {
	return superblockZone + int64(group%uint64(l.slots))*storage.SectorSize
}

// prepareStart is the offset of the prepare ring.
func (l layout) prepareStart() int64 { return superblockZone + l.slots*storage.SectorSize }

// prepareOffset is where a position of the prepare ring lies. Positions only grow.
func (l layout) prepareOffset(position int64) int64 {
	return l.prepareStart() + position%l.prepareBytes
}

// extentStart is the offset of checkpoint extent 0 or 1.
func (l layout) extentStart(extent int) int64 {
	return l.prepareStart() + l.prepareBytes + int64(extent)*l.extentBytes()
}

// size is the size of the whole file.
func (l layout) size() int64 { return l.extentStart(2) + superblockZone }

// write writes into the prepare ring from a position on, in two parts at the end of the ring.
func (l layout) write(disk storage.Disk, p []byte, position int64) error {
	first := min(int64(len(p)), l.prepareBytes-position%l.prepareBytes)
	if err := disk.WriteSectors(p[:first], l.prepareOffset(position)); err != nil {
		return err
	}
	if first == int64(len(p)) {
		return nil
	}
	return disk.WriteSectors(p[first:], l.prepareStart())
}

// read reads from the prepare ring, as write writes.
func (l layout) read(disk storage.Disk, p []byte, position int64) error {
	first := min(int64(len(p)), l.prepareBytes-position%l.prepareBytes)
	if err := disk.ReadSectors(p[:first], l.prepareOffset(position)); err != nil {
		return err
	}
	if first == int64(len(p)) {
		return nil
	}
	return disk.ReadSectors(p[first:], l.prepareStart())
}

// zeroSector is what isZero compares with.
var zeroSector [storage.SectorSize]byte

func isZero(p []byte) bool {
	for len(p) > len(zeroSector) {
		if [storage.SectorSize]byte(p) != zeroSector {
			return false
		}
		p = p[len(zeroSector):]
	}
	return bytes.Equal(p, zeroSector[:len(p)])
}
