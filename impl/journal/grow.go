// SPDX-License-Identifier: Apache-2.0

// Grow: the same journal in a larger file.

package journal

import (
	"bytes"
	"fmt"

	"viewstamp/impl/storage"
	"viewstamp/impl/vsr"
)

// Grow makes an empty disk the journal that another disk has, with other sizes. Everything that a
// replica could find with the old one it finds with the new one: views, checkpoint, log, the count
// of the starts. Sizes of the Config that are zero stay as they are, none can become smaller, and
// its FormatID is as for Format; the rest of the Config is not used.
//
// The old disk is only read. The new one is no journal until all of it is durable: the superblock
// comes last, and what it says was read back before. So the caller may replace the one by the other
// once Grow has returned, and after a crash the old one is as good as ever.
//
// It refuses a journal that has lost something: only a replica can get that back from the others.
func Grow(from, to storage.Disk, c Config) error {
	r, err := recoverFrom(from, Identity{}, storage.Buffer(recoverMemory))
	if err != nil {
		return fmt.Errorf("journal: grow: %w", err)
	}
	if r.durable.HeadUnknown || len(r.durable.Lost) > 0 {
		return fmt.Errorf("journal: grow: %w: %s; start the replica with the file as it is, so that "+
			"it gets them from the others, and stop it", ErrDamaged, describeLost(&r.durable))
	}
	super, err := grown(&r.survey.super, &c)
	if err != nil {
		return fmt.Errorf("journal: grow: %w", err)
	}
	if err := checkUnused(to); err != nil {
		return fmt.Errorf("journal: grow: %w", err)
	}
	if err := copyInto(to, super, &r.durable); err != nil {
		return fmt.Errorf("journal: grow: %w", err)
	}
	return nil
}

// grown is the superblock of the new journal before anything is in it.
func grown(old *superblock, c *Config) (*superblock, error) {
	for _, size := range []struct {
		name   string
		wanted *int64
		is     int64
	}{
		{"PrepareBytes", &c.PrepareBytes, old.layout.prepareBytes},
		{"StateMax", &c.StateMax, old.layout.stateMax},
	} {
		if *size.wanted == 0 {
			*size.wanted = size.is
		}
		if *size.wanted < size.is {
			return nil, fmt.Errorf("the size %s is %d, the file has %d already: it cannot become "+
				"smaller", size.name, *size.wanted, size.is)
		}
	}
	sizes, err := c.sizes()
	if err != nil {
		return nil, err
	}
	sizes.slots = max(sizes.slots, old.layout.slots)
	if err := c.setFormatID(); err != nil {
		return nil, err
	}
	s := &superblock{sequence: 1, identity: old.identity, formatID: c.FormatID, layout: sizes,
		open: old.open, first: 1, bootID: old.bootID}
	return s, nil
}

// copyInto fills the disk. What is not the superblock is written as a running journal does it, on a
// disk that hides the superblocks; they are written when all the rest is durable.
func copyInto(to storage.Disk, super *superblock, d *vsr.Durable) error {
	hidden := &hiding{Disk: to, size: super.layout.size()}
	if err := format(hidden, super); err != nil {
		return err
	}
	if super.open == 0 {
		return super.write(to, storage.Buffer(2*storage.SectorSize)) // nobody has ever opened it
	}
	// It counts one start more than there were: this one.
	j, _, err := open(hidden, Config{Identity: super.identity, BootID: super.bootID})
	if err != nil {
		return err
	}
	if err := j.take(d); err != nil {
		return err
	}
	if err := j.Close(); err != nil {
		return err
	}
	r, err := recoverFrom(hidden, super.identity, storage.Buffer(recoverMemory))
	if err != nil {
		return fmt.Errorf("what was written cannot be read back: %w", err)
	}
	if what := differs(&r.durable, d); what != "" {
		return fmt.Errorf("%w: what was written reads back differently: %s", ErrDamaged, what)
	}
	return j.super.write(to, storage.Buffer(2*storage.SectorSize))
}

// take makes an empty journal hold what another one has held.
func (j *Journal) take(d *vsr.Durable) error {
	if d.Checkpoint.Name != (vsr.LogName{}) {
		if err := j.BeginCheckpoint(d.Checkpoint); err != nil {
			return err
		}
		for done := false; !done; {
			var err error
			if done, err = j.StepCheckpoint(); err != nil {
				return err
			}
		}
	}
	w := vsr.Write{Sequence: 1, Keep: d.Checkpoint.Name.OpNumber, Entries: d.Log,
		ViewNumber: d.ViewNumber, LastNormalView: d.LastNormalView}
	if err := j.Append(w); err != nil {
		return err
	}
	if _, err := j.Commit(); err != nil {
		return err
	}
	if j.Queued() > 0 {
		return fmt.Errorf("%w: the log has no room", ErrTooLarge)
	}
	return nil
}

// differs says in what two states differ, empty if they do not.
func differs(a, b *vsr.Durable) string {
	switch {
	case a.ViewNumber != b.ViewNumber, a.LastNormalView != b.LastNormalView:
		return fmt.Sprintf("the views are %d and %d, expected %d and %d", a.ViewNumber,
			a.LastNormalView, b.ViewNumber, b.LastNormalView)
	case len(a.Lost) > 0, a.HeadUnknown:
		return "something is lost: " + describeLost(a)
	case a.Checkpoint.Name != b.Checkpoint.Name,
		!bytes.Equal(a.Checkpoint.State, b.Checkpoint.State):
		return fmt.Sprintf("the checkpoint is that of op-number %d, expected %d",
			a.Checkpoint.Name.OpNumber, b.Checkpoint.Name.OpNumber)
	case len(a.Log) != len(b.Log):
		return fmt.Sprintf("the log has %d entries, expected %d", len(a.Log), len(b.Log))
	}
	for i := range a.Log {
		// The checksum of an entry was checked against its content when it was read.
		if a.Log[i].Checksum != b.Log[i].Checksum {
			return fmt.Sprintf("entry %d of the log is another one", i+1)
		}
	}
	return ""
}

// recoverMemory is for reading a file once.
const recoverMemory = 16 * storage.SectorSize

// hiding is a Disk whose superblocks are kept in memory: the disk below has zeros there, and is no
// journal yet.
type hiding struct {
	storage.Disk
	size   int64
	hidden [copies][]byte
}

// at is the number of the copy of the superblock that lies there, -1 if none does.
func (h *hiding) at(off int64) int {
	for number := range copies {
		if superblockOffset(number, h.size) == off {
			return number
		}
	}
	return -1
}

// ReadSectors implements storage.Disk.
func (h *hiding) ReadSectors(p []byte, off int64) error {
	if number := h.at(off); number >= 0 && h.hidden[number] != nil && len(p) == storage.SectorSize {
		copy(p, h.hidden[number])
		return nil
	}
	return h.Disk.ReadSectors(p, off)
}

// WriteSectors implements storage.Disk.
func (h *hiding) WriteSectors(p []byte, off int64) error {
	if number := h.at(off); number >= 0 && len(p) == storage.SectorSize {
		h.hidden[number] = bytes.Clone(p)
		return nil
	}
	return h.Disk.WriteSectors(p, off)
}
