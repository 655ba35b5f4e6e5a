// SPDX-License-Identifier: Apache-2.0

// What the scrubber has found, repaired where it lies. Groups are repaired by the core: it writes
// their entries again.

package journal

import (
	"crypto/sha256"
	"fmt"

	"viewstamp/impl/storage"
	"viewstamp/impl/vsr"
)

// Repair writes again what ScrubStep has found damaged in a copy of the superblock or in the
// checkpoint. For the latter it needs the checkpoint, as the core has it in memory. It says whether
// that part is good now: not if the checkpoint is not the one that is meant, if the disk keeps the
// content no better than before, or for groups. An error is that of a write or flush, and final.
func (j *Journal) Repair(d *Damage, cp *vsr.Checkpoint) (good bool, err error) {
	if j.err != nil {
		return false, j.err
	}
	switch {
	case d.Superblock:
		good, err = j.repairCopy(d.Copy)
	case d.Checkpoint && cp != nil:
		good, err = j.repairChunk(d.Chunk, cp)
	}
	if err != nil {
		j.err = fmt.Errorf("journal: repair: %w", err)
	}
	return good, j.err
}

// repairCopy writes one copy of the superblock. The others are not touched.
func (j *Journal) repairCopy(number int) (bool, error) {
	if err := j.super.writeCopy(j.disk, j.memory, number); err != nil {
		return false, err
	}
	return j.copyGood(number), nil
}

// copyGood reads one copy of the superblock.
func (j *Journal) copyGood(number int) bool {
	want, found := j.memory[:storage.SectorSize], j.memory[storage.SectorSize:][:storage.SectorSize]
	j.super.encode(want, number)
	err := j.disk.ReadSectors(found, superblockOffset(number, j.disk.Size()))
	return err == nil && string(want) == string(found)
}

// repairChunk writes one chunk of the durable checkpoint. Nothing good is lost by that: the chunk
// cannot be read.
func (j *Journal) repairChunk(number int64, cp *vsr.Checkpoint) (bool, error) {
	record := &j.super.checkpoint
	x := extent{disk: j.disk, layout: j.super.layout, owner: j.owner, checkpointRecord: *record}
	if cp.Name != record.name || int64(len(cp.State)) != record.size || number >= x.chunks() {
		return false, nil
	}
	var table []byte
	for low := 0; low < len(cp.State); low += chunkPayload {
		sum := sha256.Sum256(cp.State[low:min(low+chunkPayload, len(cp.State))])
		table = append(table, sum[:]...)
	}
	root := newRoot(record.name.OpNumber, record.size)
	root.Write(table)
	if [32]byte(root.Sum(nil)) != record.root {
		return false, nil
	}
	x.memory = storage.Buffer(x.largest())
	if err := x.write(number, cp.State, table); err != nil {
		return false, err
	}
	if err := j.disk.Flush(); err != nil {
		return false, err
	}
	_, err := x.read(number)
	return err == nil, nil
}
