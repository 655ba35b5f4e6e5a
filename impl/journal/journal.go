// SPDX-License-Identifier: Apache-2.0

// The writing half: Append, WriteQueued, Flush.

package journal

import (
	"fmt"

	"viewstamp/impl/storage"
	"viewstamp/impl/vsr"
)

// groupBytes is the size up to which Writes are put into one group; a larger Write has a group of
// its own.
const groupBytes = 1 << 20

// keepBuffer is the largest buffer that is kept for the next group, in bytes.
const keepBuffer = 4 << 20

// Journal is the open journal of one replica. Not safe for concurrent use: one goroutine owns it
// and its disk. It does not close the disk.
//
// The first error of a write or flush is the last thing that works: it is returned by every later
// call, and nothing more is reported as durable. After a failed flush nobody knows what the disk
// holds, so the process must end; the next Open finds out.
type Journal struct {
	disk  storage.Disk
	super superblock
	owner owner
	err   error

	group    []byte       // Writes that wait for a group, after room for a header
	spare    []byte       // what group is exchanged with
	queue    []queuedMark // one for each of them
	queued   state        // as if they were written
	sequence uint64       // of the last of them
	index    index
	summer   bodySummer

	// The pipeline: what Append has queued becomes the body, the body the header, and the header is
	// durable, one flush after the other.
	body, header flight
	written      point // the newest group
	durable      flight
	starts       []int64 // of the groups that are needed, by slot

	memory     []byte // two sectors for the superblock
	checkpoint *checkpointing
	scrub      scrubber
}

// queuedMark is the end of one Write in the queue.
type queuedMark struct {
	end      int // in Journal.group
	sequence uint64
	keep     vsr.OpNumber
	dropped  uint64 // the first group that has an entry which the Write drops
	after    state
}

// flight is a group on its way.
type flight struct {
	point
	active   bool
	written  bool // the header is
	sequence uint64
	dropped  uint64
	sector   []byte // the header and zeros
}

// Status is what a person may want to know about a running journal.
type Status struct {
	Groups         uint64 // durable, since the file was formatted
	Slots          int64  // of the header ring
	FreeSlots      int64
	PrepareBytes   int64 // of the prepare ring
	FreeBytes      int64
	FileSize       int64
	Sequence       uint64 // of the last durable Write since Open
	OpNumber       vsr.OpNumber
	ViewNumber     vsr.ViewNumber
	LastNormalView vsr.ViewNumber
	Checkpoint     vsr.LogName
}

// Status describes what is durable, and how much room there is for more.
func (j *Journal) Status() Status {
	d := &j.durable
	return Status{
		Groups:         d.number,
		Slots:          j.super.layout.slots,
		FreeSlots:      j.freeSlots(),
		PrepareBytes:   j.super.layout.prepareBytes,
		FreeBytes:      j.FreeBytes(),
		FileSize:       j.disk.Size(),
		Sequence:       d.sequence,
		OpNumber:       d.name.OpNumber,
		ViewNumber:     d.viewNumber,
		LastNormalView: d.lastNormalView,
		Checkpoint:     j.super.checkpoint.name,
	}
}

// FreeBytes is how much of the prepare ring is free. A checkpoint frees what it covers.
func (j *Journal) FreeBytes() int64 {
	return j.super.layout.prepareBytes - (j.written.end - j.super.firstStart)
}

// freeSlots is how many more groups there is a header slot for.
func (j *Journal) freeSlots() int64 {
	return j.super.layout.slots - int64(j.written.number+1-j.super.first)
}

// LogBytesMax is how many bytes of entries the log above the checkpoint may have, so that there is
// always room to write all of them again in a view change, and for those that come before the next
// checkpoint is durable. It is what vsr.Config.LogBytesMax should be.
func (j *Journal) LogBytesMax() int64 { return j.super.layout.prepareBytes / 4 }

// Room is how much room there is for groups, to be told to the core.
func (j *Journal) Room() vsr.Room {
	l := j.super.layout
	switch slots, bytes := j.freeSlots(), j.FreeBytes(); {
	case 4*slots < l.slots || 4*bytes < l.prepareBytes:
		return vsr.RoomTight
	case 2*slots < l.slots || 2*bytes < l.prepareBytes:
		return vsr.RoomLittle
	}
	return vsr.RoomPlenty
}

// CheckpointInterval is after how many operations a checkpoint should be due: even where each is a
// group of its own, two are due between the moments when Room is little and when it is tight.
func (j *Journal) CheckpointInterval() int64 { return max(1, j.super.layout.slots/8) }

// StateMax is the size of the largest state for which there is room, in bytes.
func (j *Journal) StateMax() int64 { return j.super.layout.stateMax }

// Append queues a Write for the next group. It copies what it needs; nothing reaches the disk.
// It panics on a Write that cannot come next (a gap in Sequence, Keep above the op-number, a view
// that goes back), because then the core is wrong and what is on disk must not follow it.
func (j *Journal) Append(w vsr.Write) error {
	if j.err != nil {
		return j.err
	}
	if w.Sequence != j.sequence+1 {
		panic(fmt.Sprintf("journal: write %d after write %d", w.Sequence, j.sequence))
	}
	if err := j.queued.follows(&w, j.index.base.OpNumber); err != nil {
		panic(fmt.Sprintf("journal: %v\nqueued: %+v", err, j.queued))
	}
	size := encodedSize(&w)
	if storage.RoundUp(int64(headerSize+size)) > j.super.layout.prepareBytes {
		j.err = fmt.Errorf("journal: %w: write %d has %d bytes, the prepare ring has %d: format "+
			"data files with a larger one", ErrTooLarge, w.Sequence, size,
			j.super.layout.prepareBytes)
		return j.err
	}
	below := j.index.below(w.Keep)
	dropped := j.index.cut(w.Keep)
	j.index.append(w.Entries)
	j.reserve(size)
	j.group = appendWrite(j.group, &w, below)
	j.queued.add(&w, below)
	j.sequence = w.Sequence
	j.queue = append(j.queue, queuedMark{end: len(j.group), sequence: w.Sequence, keep: w.Keep,
		dropped: dropped, after: j.queued})
	return nil
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
func (j *Journal) Queued() int { return len(j.queue) }

// Pending says whether a call of WriteQueued and then one of Flush would make progress: there are
// Writes that are not durable, and they do not wait for room alone.
func (j *Journal) Pending() bool {
	return j.body.active || j.header.active || j.takes() > 0
}

// WriteQueued hands work to the disk for the next Flush: the header of the group whose body is
// durable, and the queued Writes as a new group. They stay queued while there is a body on its way,
// and while there is no room: a checkpoint makes some.
//
// A crash in between keeps all of the Writes of a group or none.
func (j *Journal) WriteQueued() error {
	if j.err != nil {
		return j.err
	}
	if err := j.writeQueued(); err != nil {
		j.err = fmt.Errorf("journal: write group %d: %w", j.written.number+1, err)
	}
	return j.err
}

func (j *Journal) writeQueued() error {
	if h := &j.header; h.active && !h.written {
		off := j.super.layout.headerOffset(h.number)
		if err := j.disk.WriteSectors(h.sector, off); err != nil {
			return err
		}
		h.written = true
	}
	if j.body.active {
		return nil
	}
	if n := j.takes(); n > 0 {
		return j.writeGroup(n)
	}
	return nil
}

// takes is how many of the queued Writes go into the next group.
func (j *Journal) takes() (n int) {
	if len(j.queue) == 0 || j.freeSlots() <= 0 {
		return 0
	}
	free := j.FreeBytes()
	for n < len(j.queue) {
		end := int64(j.queue[n].end)
		if storage.RoundUp(end) > free || end > groupBytes && n > 0 {
			break
		}
		n++
	}
	return n
}

// writeGroup writes the first n queued Writes as a group.
func (j *Journal) writeGroup(n int) error {
	last := j.queue[n-1]
	used := last.end
	// The Writes that stay behind move to the spare buffer: the end of the last sector is cleared.
	if need := headerSize + len(j.group) - used; cap(j.spare) < need {
		j.spare = storage.Buffer(int(storage.RoundUp(int64(need))))
	}
	j.spare = append(j.spare[:headerSize], j.group[used:]...)
	sectors := j.group[:storage.RoundUp(int64(used))]
	clear(sectors[used:])
	h := j.nextHeader(n, sectors[headerSize:used])
	sum := h.encode(sectors)
	if err := j.super.layout.write(j.disk, sectors, h.start); err != nil {
		return err
	}
	b := &j.body
	b.point, b.sequence, b.active, b.written = h.point(sum), last.sequence, true, false
	b.dropped = noGroup
	for i := range j.queue[:n] {
		b.dropped = min(b.dropped, j.queue[i].dropped)
		j.index.written(j.queue[i].keep, j.queue[i].after.name.OpNumber, h.number)
	}
	copy(b.sector, sectors[:headerSize])
	j.written = b.point
	j.starts[h.slot] = h.start
	j.shift(n, used)
	return nil
}

// nextHeader is the header for the first n queued Writes.
func (j *Journal) nextHeader(n int, body []byte) header {
	h := header{
		owner:       j.owner,
		number:      j.written.number + 1,
		open:        j.super.open,
		durable:     j.durable.number,
		parent:      j.written.checksum,
		parentStart: j.written.start,
		parentKeep:  j.written.keep,
		before:      j.written.state,
		after:       j.queue[n-1].after,
		keep:        j.queue[0].keep,
		start:       j.written.end,
		length:      int64(len(body)),
		bodySum:     j.sumOf(body),
		writes:      uint32(n),
	}
	h.slot = h.number % uint64(j.super.layout.slots)
	for i := range j.queue[:n] {
		h.keep = min(h.keep, j.queue[i].keep)
	}
	return h
}

// sumOf is the checksum of a body that this journal has made.
func (j *Journal) sumOf(body []byte) [32]byte {
	sum, ok := j.summer.of(body)
	if !ok {
		panic("journal: a body that was just encoded does not have the form of one")
	}
	return sum
}

// shift removes the first n Writes, which end at used, from the queue. A buffer that one large
// Write has made is given back.
func (j *Journal) shift(n, used int) {
	j.group, j.spare = j.spare, j.group[:headerSize]
	if cap(j.spare) > keepBuffer {
		j.spare = storage.Buffer(storage.SectorSize)[:headerSize]
	}
	j.reserve(0)
	kept := copy(j.queue, j.queue[n:])
	j.queue = j.queue[:kept]
	for i := range j.queue {
		j.queue[i].end -= used - headerSize
	}
}

// Flush makes durable what WriteQueued has written, and returns the highest Sequence of which it
// and all before are durable. A group needs two rounds of WriteQueued and Flush: one for its body
// and one for its header, which runs together with the body of the next group. Where a Write has
// changed a view number, the superblock with that number is durable too before it counts.
func (j *Journal) Flush() (durable uint64, err error) {
	if j.err != nil || !j.body.active && !j.header.written {
		return j.durable.sequence, j.err
	}
	if err := j.flush(); err != nil {
		j.err = fmt.Errorf("journal: flush of groups up to %d: %w", j.written.number, err)
	}
	return j.durable.sequence, j.err
}

func (j *Journal) flush() error {
	if err := j.disk.Flush(); err != nil {
		return err
	}
	if j.header.written {
		if err := j.settle(&j.header); err != nil {
			return err
		}
	}
	if j.body.active {
		j.header, j.body = j.body, flight{sector: j.header.sector}
	}
	return nil
}

// settle notes that a group is durable, and frees those that it makes superfluous if it changes a
// view number, for then the superblock is written anyway.
func (j *Journal) settle(h *flight) error {
	sequence, spoken := h.sequence, j.super.head
	j.durable.point = h.point
	*h = flight{sector: h.sector}
	p := &j.durable.point
	if p.viewNumber != spoken.viewNumber || p.lastNormalView != spoken.lastNormalView {
		first, start := j.stillNeeded(&j.index)
		err := j.writeSuperblock(func(s *superblock) {
			s.head, s.first, s.firstStart = *p, first, start
		})
		if err != nil {
			return err
		}
	}
	j.durable.sequence = sequence
	return nil
}

// writeSuperblock makes a new version durable.
func (j *Journal) writeSuperblock(change func(*superblock)) error {
	next := j.super
	next.sequence++
	next.parent = j.super.encode(j.memory[:storage.SectorSize], 0)
	change(&next)
	if err := next.write(j.disk, j.memory); err != nil {
		return err
	}
	j.super = next
	return nil
}

// Commit is WriteQueued and Flush, again and again until everything that is queued is durable, or
// waits for room.
func (j *Journal) Commit() (durable uint64, err error) {
	for j.err == nil && j.Pending() {
		if err := j.WriteQueued(); err != nil {
			break
		}
		if _, err := j.Flush(); err != nil {
			break
		}
	}
	return j.durable.sequence, j.err
}

// Close records in the superblock that there is nothing above the last durable group, so that later
// damage there cannot look like a group. What is queued or not flushed is forgotten. The disk stays
// open.
func (j *Journal) Close() error {
	if j.err != nil {
		return j.err
	}
	j.err = ErrClosed
	// A group whose body alone is durable has been acknowledged to nobody; but without a header in
	// the way it would be found. So it is finished, if it has begun.
	for j.body.active || j.header.active {
		if err := j.writeUnfinished(); err != nil {
			return err
		}
	}
	return j.writeSuperblock(func(s *superblock) { s.head, s.clean = j.durable.point, true })
}

// writeUnfinished is one round without new groups.
func (j *Journal) writeUnfinished() error {
	queue := j.queue
	j.queue = nil
	err := j.writeQueued()
	j.queue = queue
	if err != nil {
		return fmt.Errorf("journal: close: write: %w", err)
	}
	if err := j.flush(); err != nil {
		return fmt.Errorf("journal: close: flush: %w", err)
	}
	return nil
}
