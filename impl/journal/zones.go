// SPDX-License-Identifier: Apache-2.0

// The parts of a file, for those who damage one on purpose.

package journal

import "viewstamp/impl/storage"

// Zone is a part of the file with one purpose.
type Zone struct {
	Name string
	// Offset and Bytes are whole sectors.
	Offset, Bytes int64
}

// Names of zones. There are four superblocks and two extents for checkpoints.
const (
	ZoneSuperblock = "superblock"
	ZoneHeaders    = "header ring"
	ZonePrepares   = "prepare ring"
	ZoneCheckpoint = "checkpoint"
)

// Zones lists the parts of the file, in the order of their offsets.
func (r *Report) Zones() []Zone {
	l := r.layout()
	zones := []Zone{
		{ZoneSuperblock, superblockOffset(0, r.Size), storage.SectorSize},
		{ZoneSuperblock, superblockOffset(1, r.Size), storage.SectorSize},
		{ZoneHeaders, superblockZone, l.slots * storage.SectorSize},
		{ZonePrepares, l.prepareStart(), l.prepareBytes},
	}
	for extent := range 2 {
		zones = append(zones, Zone{ZoneCheckpoint, l.extentStart(extent), l.extentBytes()})
	}
	return append(zones,
		Zone{ZoneSuperblock, superblockOffset(2, r.Size), storage.SectorSize},
		Zone{ZoneSuperblock, superblockOffset(3, r.Size), storage.SectorSize})
}

// HeaderOffset is where the header of a group lies in the header ring.
func (r *Report) HeaderOffset(group uint64) int64 { return r.layout().headerOffset(group) }

func (r *Report) layout() layout {
	return layout{slots: r.Slots, prepareBytes: r.PrepareBytes, stateMax: r.StateMax}
}
