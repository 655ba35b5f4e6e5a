// SPDX-License-Identifier: Apache-2.0

// Format and Open.

package journal

import (
	"crypto/rand"
	"fmt"

	"viewstamp/impl/storage"
	"viewstamp/impl/vsr"
)

// Format makes the disk an empty journal of that replica: every sector is written, so that later
// flushes are cheap and no write needs new room. It refuses a disk with any content, unless
// Config.Force says so. A replica that has ever taken part must not be given a fresh file under its
// old number, as it would deny what it has acknowledged; it may get one with Config.Recovered.
func Format(disk storage.Disk, c Config) error {
	if err := c.checkIdentity(); err != nil {
		return err
	}
	sizes, err := c.sizes()
	if err != nil {
		return err
	}
	if err := c.setFormatID(); err != nil {
		return fmt.Errorf("journal: format: %w", err)
	}
	if !c.Force {
		if err := checkUnused(disk); err != nil {
			return fmt.Errorf("journal: format: %w", err)
		}
	}
	if disk.Size() > sizes.size() {
		return fmt.Errorf("journal: format: %w: the file has %d bytes already, the sizes ask for "+
			"%d: delete it first", ErrFormatted, disk.Size(), sizes.size())
	}
	super := superblock{sequence: 1, identity: c.Identity, formatID: c.FormatID, layout: sizes,
		first: 1, bootID: c.BootID}
	if c.Recovered != nil {
		if err := super.recover(*c.Recovered); err != nil {
			return fmt.Errorf("journal: format: %w", err)
		}
	}
	if err := format(disk, &super); err != nil {
		return fmt.Errorf("journal: format: %w", err)
	}
	return nil
}

// setFormatID takes a random one, if there is none.
func (c *Config) setFormatID() error {
	if c.FormatID != ([16]byte{}) {
		return nil
	}
	_, err := rand.Read(c.FormatID[:])
	return err
}

// recover makes it the superblock of a replica that has lost its disk.
func (s *superblock) recover(c Recovered) error {
	if s.identity.Replicas < 3 || c.OpNumber == 0 {
		return fmt.Errorf("a lost disk can be replaced where an operation was committed without "+
			"it, and that takes 3 replicas: here are %d, and the op-number is %d",
			s.identity.Replicas, c.OpNumber)
	}
	s.head.viewNumber, s.head.lastNormalView = c.ViewNumber, c.ViewNumber
	s.head.headUnknown = true
	// It is no first start. Where the opens are counted from, no earlier file of the replica has
	// been: the traces of the starts are named by the count.
	s.open = uint64(c.OpNumber)
	return nil
}

// format writes everything. Old content goes first, superblocks before the rest: a crash in here
// must leave a disk that is not formatted, never a new superblock over old groups.
func format(disk storage.Disk, super *superblock) error {
	sizes := &super.layout
	end := disk.Size()
	for _, part := range [][2]int64{
		{0, superblockZone}, {max(superblockZone, end-superblockZone), end},
		{superblockZone, sizes.size()},
	} {
		if err := writeZeros(disk, min(part[0], disk.Size()), part[1]); err != nil {
			return err
		}
		if err := disk.Flush(); err != nil {
			return err
		}
	}
	if err := formatHeaders(disk, super); err != nil {
		return err
	}
	if err := disk.Flush(); err != nil {
		return err
	}
	return super.write(disk, storage.Buffer(2*storage.SectorSize))
}

// formatHeaders marks all header slots as never used: only that tells a slot without a header from
// one whose header is gone.
func formatHeaders(disk storage.Disk, super *superblock) error {
	l := &super.layout
	memory := storage.Buffer(int(min(l.slots, headersAtOnce)) * storage.SectorSize)
	for first := int64(0); first < l.slots; first += headersAtOnce {
		n := min(headersAtOnce, l.slots-first)
		for i := range n {
			h := header{owner: super.owner(), slot: uint64(first + i)}
			h.encode(memory[i*storage.SectorSize:])
		}
		off := l.headerOffset(uint64(first))
		if err := disk.WriteSectors(memory[:n*storage.SectorSize], off); err != nil {
			return err
		}
	}
	return nil
}

// writeZeros writes zeros to [from, to).
func writeZeros(disk storage.Disk, from, to int64) error {
	if from >= to {
		return nil
	}
	zeros := storage.Buffer(int(min(to-from, 1<<18)))
	for from < to {
		n := min(to-from, int64(len(zeros)))
		if err := disk.WriteSectors(zeros[:n], from); err != nil {
			return err
		}
		from += n
	}
	return nil
}

// checkUnused refuses a disk that may hold something.
func checkUnused(disk storage.Disk) error {
	sector := storage.Buffer(storage.SectorSize)
	for off := int64(0); off < min(disk.Size(), superblockZone); off += storage.SectorSize {
		if err := disk.ReadSectors(sector, off); err != nil {
			return err
		}
		if !isZero(sector) {
			return fmt.Errorf("%w: there is content at offset %d: choose another file, or force "+
				"it if nothing in there is needed", ErrFormatted, off)
		}
	}
	return nil
}

// Open reads the journal and returns it ready for Append, with what is durable and what is lost of
// it. It makes durable what an earlier process has left unflushed, checks every checksum, cuts off
// a torn end, and repairs superblocks and headers of which there is a good copy.
//
// It refuses a file of another replica, cluster or version; one of which no superblock can be
// believed; one whose checkpoint is damaged; and, where there is only one replica, one with losses.
// A refused file is left as it was.
func Open(disk storage.Disk, c Config) (*Journal, vsr.Durable, error) {
	if err := c.checkIdentity(); err != nil {
		return nil, vsr.Durable{}, err
	}
	j, durable, err := open(disk, c)
	if err != nil {
		return nil, vsr.Durable{}, fmt.Errorf("journal: open: %w", err)
	}
	return j, durable, nil
}

func open(disk storage.Disk, c Config) (*Journal, vsr.Durable, error) {
	// What is read must be durable, or decisions would rest on what a power cut can take away.
	if err := disk.Flush(); err != nil {
		return nil, vsr.Durable{}, err
	}
	memory := storage.Buffer(2 * storage.SectorSize)
	r, err := recoverFrom(disk, c.Identity, memory)
	if err != nil {
		return nil, vsr.Durable{}, err
	}
	j := &Journal{disk: disk, super: r.survey.super, owner: r.survey.owner, memory: memory}
	if err := j.repair(r); err != nil {
		return nil, vsr.Durable{}, err
	}
	if err := j.begin(r, c.BootID); err != nil {
		return nil, vsr.Durable{}, err
	}
	if err := j.wipe(r.survey); err != nil {
		return nil, vsr.Durable{}, err
	}
	return j, r.durable, nil
}

// recovered is what a file says. Nothing has been written so far.
type recovered struct {
	copies  [copies]copyState
	best    int // of copies
	survey  *survey
	replay  *replay
	durable vsr.Durable
}

// recoverFrom reads a file, through memory of a sector or more. A zero identity stands for
// anybody's.
func recoverFrom(disk storage.Disk, id Identity, memory []byte) (*recovered, error) {
	var r recovered
	var err error
	if r.copies, err = readCopies(disk, memory[:storage.SectorSize]); err != nil {
		return nil, err
	}
	if r.best, err = chooseSuperblock(&r.copies); err != nil {
		return nil, err
	}
	super := r.copies[r.best].superblock
	if id != (Identity{}) && super.identity != id {
		return nil, fmt.Errorf("%w: it belongs to %v, this is %v", ErrIdentity, super.identity, id)
	}
	r.survey = newSurvey(disk, super, memory)
	r.survey.run()
	if r.replay, err = replayOf(r.survey); err != nil {
		return nil, err
	}
	r.durable = r.replay.durable()
	if super.identity.Replicas == 1 && (len(r.durable.Lost) > 0 || r.durable.HeadUnknown) {
		return nil, fmt.Errorf("%w: entries %s are lost, and there is no other replica that could "+
			"have them", ErrDamaged, describeLost(&r.durable))
	}
	r.durable.Checkpoint.State, err = readCheckpoint(disk, &super)
	return &r, err
}

// describeLost says which entries are lost.
func describeLost(d *vsr.Durable) (text string) {
	for _, l := range d.Lost {
		text += fmt.Sprintf("%d to %d, ", l.First, l.Last)
	}
	if d.HeadUnknown {
		return text + "and whatever came last"
	}
	return text[:max(0, len(text)-2)]
}

// repair makes good copies of what has one.
func (j *Journal) repair(r *recovered) error {
	if err := repairSuperblocks(j.disk, &r.copies, r.best, j.memory); err != nil {
		return err
	}
	written := false
	sector := j.memory[:storage.SectorSize]
	for i := range r.survey.groups {
		f := &r.survey.groups[i]
		if f.row.verdict != fix {
			continue
		}
		clear(sector)
		f.head.encode(sector)
		off := j.super.layout.headerOffset(f.number)
		if err := j.disk.WriteSectors(sector, off); err != nil {
			return fmt.Errorf("repair header %d: %w", f.number, err)
		}
		written = true
	}
	if !written {
		return nil
	}
	if err := j.disk.Flush(); err != nil {
		return fmt.Errorf("repair headers: %w", err)
	}
	return nil
}

// wipe marks as never used the slots above the head that hold nothing good. What they may have
// meant is in the superblock now; left as they are, they would make the head unknown at every
// start.
func (j *Journal) wipe(s *survey) error {
	l := &j.super.layout
	sector := j.memory[:storage.SectorSize]
	written := false
	for number := j.super.head.number + 1; number < j.super.first+uint64(l.slots); number++ {
		slot := number % uint64(l.slots)
		if s.slots[slot].class != bad {
			continue
		}
		clear(sector)
		h := header{owner: j.owner, slot: slot}
		h.encode(sector)
		if err := j.disk.WriteSectors(sector, l.headerOffset(number)); err != nil {
			return fmt.Errorf("repair header slot %d: %w", slot, err)
		}
		written = true
	}
	if !written {
		return nil
	}
	if err := j.disk.Flush(); err != nil {
		return fmt.Errorf("repair header slots: %w", err)
	}
	return nil
}

// begin starts a new open where the recovery has ended. From here on, groups above this head count
// only if they carry the new number, so what was cut off stays cut off.
func (j *Journal) begin(r *recovered, bootID [16]byte) error {
	head := r.survey.headOf(r.replay)
	err := j.writeSuperblock(func(s *superblock) {
		s.open++
		s.clean = false
		s.bootID = bootID
		s.head = head
	})
	if err != nil {
		return err
	}
	j.index = index{base: r.replay.base, sums: r.replay.sums(), groups: r.replay.groups}
	j.queued, j.written, j.durable.point = head.state, head, head
	j.starts = make([]int64, j.super.layout.slots)
	for i := range r.survey.groups {
		f := &r.survey.groups[i]
		j.starts[f.number%uint64(len(j.starts))] = f.start
	}
	j.group = storage.Buffer(storage.SectorSize)[:headerSize]
	j.spare = storage.Buffer(storage.SectorSize)[:headerSize]
	j.body.sector = storage.Buffer(storage.SectorSize)
	j.header.sector = storage.Buffer(storage.SectorSize)
	return nil
}
