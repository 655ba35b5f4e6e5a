// SPDX-License-Identifier: Apache-2.0

// The writing half: Append, WriteQueued, Flush.

package journal

import (
	"bytes"
	"crypto/sha256"
	"fmt"

	"viewstamp/impl/storage"
	"viewstamp/impl/vsr"
)

// keepBuffer is the largest group buffer that is kept for the next group, in bytes.
const keepBuffer = 4 << 20

// Journal is the open journal of one replica. Not safe for concurrent use: one goroutine owns it
// and its disk. It does not close the disk.
//
// The first error of a write or flush is the last thing that works: it is returned by every later
// call, and nothing more is reported as durable. After a failed flush nobody knows what the disk
// holds, so the process must end; the next Open finds out.
type Journal struct {
	disk   storage.Disk
	config Config
	super  superblock
	err    error

	group   []byte   // the group that is being collected: room for a header, then Writes
	writes  uint32   // in group
	queued  position // as if group were written; number, end and checksum are those of written
	written position // after the last group that was handed to the disk
	durable position // after the last group that was flushed
}

// Status is what a person may want to know about a running journal.
type Status struct {
	Groups         uint64 // in the file, durable
	Bytes          int64  // of the file that hold the superblocks and those groups
	FileSize       int64
	MaxSize        int64
	Sequence       uint64 // of the last durable Write since Open
	OpNumber       vsr.OpNumber
	ViewNumber     vsr.ViewNumber
	LastNormalView vsr.ViewNumber
}

// Status describes what is durable.
func (j *Journal) Status() Status {
	return Status{
		Groups:         j.durable.number,
		Bytes:          j.durable.end,
		FileSize:       j.disk.Size(),
		MaxSize:        j.config.MaxSize,
		Sequence:       j.durable.sequence,
		OpNumber:       j.durable.opNumber,
		ViewNumber:     j.durable.viewNumber,
		LastNormalView: j.durable.lastNormalView,
	}
}

// Append queues a Write for the next group. It copies what it needs; nothing reaches the disk.
// It panics on a Write that cannot come next (a gap in Sequence, Keep above the op-number, a view
// that goes back), because then the core is wrong and what is on disk must not follow it.
func (j *Journal) Append(w vsr.Write) error {
	if j.err != nil {
		return j.err
	}
	if err := j.queued.follows(&w); err != nil {
		panic(fmt.Sprintf("journal: %v\nqueued: %+v", err, j.queued))
	}
	if first, wrong := j.config.fault.prelude(w, &j.queued); wrong {
		j.add(&first)
		if _, err := j.Commit(); err != nil {
			return err
		}
		j.durable.sequence-- // not acknowledged before the rest
	}
	j.add(&w)
	return nil
}

// add encodes a Write into the group.
func (j *Journal) add(w *vsr.Write) {
	j.reserve(encodedSize(w))
	at := len(j.group)
	j.group = appendWrite(j.group, w)
	if j.config.fault == viewNotWritten {
		copy(j.group[at+16:at+32], make([]byte, 16))
	}
	j.writes++
	j.queued.add(w)
}

// reserve makes room for n more bytes in the group. Room is kept from group to group, on a sector
// boundary, so that steady writing neither allocates nor copies.
func (j *Journal) reserve(n int) {
	need := int(storage.RoundUp(int64(len(j.group) + n)))
	if cap(j.group) >= need {
		return
	}
	larger := storage.Buffer(max(need, 2*cap(j.group)))
	j.group = larger[:copy(larger, j.group)]
}

// Queued is the number of Writes that wait for WriteQueued.
func (j *Journal) Queued() int { return int(j.writes) }

// WriteQueued hands all queued Writes to the disk as one group. They are not durable before the
// next Flush; a crash in between keeps all of them or none. Without queued Writes it does nothing.
func (j *Journal) WriteQueued() error {
	if j.err != nil || j.writes == 0 {
		return j.err
	}
	if err := j.writeGroup(); err != nil {
		j.err = fmt.Errorf("journal: write group %d: %w", j.written.number+1, err)
	}
	return j.err
}

func (j *Journal) writeGroup() error {
	used := len(j.group)
	sectors := j.group[:storage.RoundUp(int64(used))]
	clear(sectors[used:])
	h := header{
		bodySum:        sha256.Sum256(sectors[headerSize:used]),
		parent:         j.written.checksum,
		formatID:       j.super.formatID,
		number:         j.written.number + 1,
		offset:         j.written.end,
		open:           j.super.open,
		flushed:        j.durable.number,
		length:         int64(used - headerSize),
		writes:         j.writes,
		viewNumber:     j.queued.viewNumber,
		lastNormalView: j.queued.lastNormalView,
		opNumber:       j.queued.opNumber,
	}
	checksum := h.encode(sectors)
	// A group starts where no durable content is: to fill up the last sector of the group before
	// it would save space and put that group at risk in every torn write.
	end := h.offset + int64(len(sectors))
	if err := j.extend(end); err != nil {
		return err
	}
	if err := j.disk.WriteSectors(sectors, h.offset); err != nil {
		return err
	}
	// Written is not durable: two groups may be written before one flush, and the second says in
	// its header that the first was not known to be durable.
	j.queued.number, j.queued.end, j.queued.checksum = h.number, end, checksum
	j.written = j.queued
	j.resetGroup()
	return nil
}

// resetGroup starts an empty group. A buffer that one large Write has made is given back.
func (j *Journal) resetGroup() {
	if cap(j.group) > keepBuffer {
		j.group = nil
	}
	j.writes = 0
	j.group = j.group[:0]
	j.reserve(headerSize)
	j.group = j.group[:headerSize]
}

// extend makes the file at least end bytes long, by whole extents. The new part is written with
// zeros and flushed: then a later flush of a group has no new size or block to record, which is
// many times cheaper.
func (j *Journal) extend(end int64) error {
	size := j.disk.Size()
	if end <= size {
		return nil
	}
	if end > j.config.MaxSize {
		return fmt.Errorf("%w: it needs %d bytes, Config.MaxSize is %d; checkpoints, which would "+
			"make room, are not there yet: restart with a larger limit", ErrFull, end, j.config.MaxSize)
	}
	extent := j.config.ExtentSize
	size = min(j.config.MaxSize, size+(end-size+extent-1)/extent*extent)
	if err := writeZeros(j.disk, j.disk.Size(), size); err != nil {
		return fmt.Errorf("make the file %d bytes long: %w", size, err)
	}
	return j.disk.Flush()
}

// Flush makes durable what WriteQueued has written, and returns the highest Sequence of which it
// and all before are durable. With nothing to flush it returns that Sequence at once.
func (j *Journal) Flush() (durable uint64, err error) {
	if j.err != nil {
		return j.durable.sequence, j.err
	}
	if j.written.number != j.durable.number && j.config.fault != ackBeforeFlush {
		err := j.disk.Flush()
		if err != nil && j.config.fault == flushAgain {
			err = j.disk.Flush()
		}
		if err != nil {
			j.err = fmt.Errorf("journal: flush of groups %d to %d: %w",
				j.durable.number+1, j.written.number, err)
			return j.durable.sequence, j.err
		}
	}
	j.durable = j.written
	return j.durable.sequence, nil
}

// Commit is WriteQueued and Flush in one.
func (j *Journal) Commit() (durable uint64, err error) {
	if err := j.WriteQueued(); err != nil {
		return j.durable.sequence, err
	}
	return j.Flush()
}

// Close records in the superblock where the log ends, so that later damage there cannot look like
// a torn write. What is queued or not flushed is forgotten. The disk stays open.
func (j *Journal) Close() error {
	if j.err != nil {
		return j.err
	}
	// The open number stays: what this open has written and not flushed may still count.
	j.super.sequence++
	j.super.tail = j.durable
	j.super.tail.sequence = 0
	j.err = ErrClosed
	return writeSuperblock(j.disk, &j.super, j.config.fault)
}

// writeZeros writes zeros to [from, to).
func writeZeros(disk storage.Disk, from, to int64) error {
	zeros := storage.Buffer(int(min(to-from, 1<<20)))
	for from < to {
		n := min(to-from, int64(len(zeros)))
		if err := disk.WriteSectors(zeros[:n], from); err != nil {
			return err
		}
		from += n
	}
	return nil
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
