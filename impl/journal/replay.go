// SPDX-License-Identifier: Apache-2.0

// The reading half: from the superblock to the end of the chain of groups, and the decision
// whether that end is torn or damaged.

package journal

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"

	"viewstamp/impl/storage"
	"viewstamp/impl/vsr"
)

// replay reads groups in order. It changes nothing on disk.
type replay struct {
	config Config
	super  superblock
	window window
	at     position // after the last good group
	start  int64    // offset of the last good group
	open   uint64   // of the last good group
	log    []vsr.Entry
	// visit, if not nil, is told each good group.
	visit func(h *header)
	// stopped says why the group after the last good one does not count.
	stopped error
}

func newReplay(disk storage.Disk, super superblock, c Config) *replay {
	return &replay{
		config: c,
		super:  super,
		window: window{disk: disk},
		at:     position{end: groupsStart},
	}
}

// run reads all groups. It returns an error where the log must not be used.
func (r *replay) run() error {
	for {
		done, err := r.next()
		if err != nil {
			return err
		}
		if done {
			break
		}
		if err := r.checkTail(); err != nil {
			return err
		}
	}
	return r.judgeEnd()
}

// next reads one group. It is done at the first that does not belong to the log.
func (r *replay) next() (done bool, err error) {
	if r.at.end >= r.window.disk.Size() {
		r.stopped = errors.New("the file ends")
		return true, nil
	}
	// The header alone comes first: it says how much belongs to the group, and only a header
	// with a good checksum is believed about that.
	sector, err := r.window.read(r.at.end, storage.SectorSize)
	if err != nil {
		return false, r.unreadable(err)
	}
	var h header
	checksum, err := h.decode(sector, r.super.formatID, r.config.fault)
	if err != nil {
		if errors.Is(err, ErrVersion) {
			return false, r.damage(r.at.end, err.Error())
		}
		r.stopped = err
		return true, nil
	}
	if r.stopped, err = r.place(&h); r.stopped != nil || err != nil {
		return true, err
	}
	size := storage.RoundUp(headerSize + h.length)
	group, err := r.window.read(r.at.end, size)
	if err != nil {
		return false, r.unreadable(err)
	}
	if r.stopped = checkBody(&h, group, r.config.fault); r.stopped != nil {
		return true, nil
	}
	if err := r.apply(&h, group[headerSize:headerSize+h.length]); err != nil {
		return false, r.damage(r.at.end, fmt.Sprintf("group %d has good checksums but makes no "+
			"sense, so a faulty program wrote it: %v", h.number, err))
	}
	r.at.number, r.at.checksum, r.open = h.number, checksum, h.open
	r.start = r.at.end
	r.at.end += size
	if r.visit != nil {
		r.visit(&h)
	}
	return false, nil
}

// place says whether a good header is the next one of the chain: nil, or why the log ends before
// it. Its error is for what no crash can leave behind.
func (r *replay) place(h *header) (stopped, err error) {
	if h.offset != r.at.end || h.number != r.at.number+1 {
		return fmt.Errorf("group %d of offset %d lies here, expected group %d",
			h.number, h.offset, r.at.number+1), nil
	}
	// An earlier open has cut this group off. It has become whole since only because a later group
	// was torn on top of it; nobody has acknowledged it, and the replica has gone on without it.
	if h.number > r.super.tail.number && h.open < r.super.open && r.config.fault != noOpenNumber {
		return fmt.Errorf("group %d was written in open %d and cut off before open %d",
			h.number, h.open, r.super.open), nil
	}
	// From here on the header is of this place and time. No crash can make it disagree with what is
	// before it, so these are refusals, not ends.
	if h.parent != r.at.checksum && r.config.fault != noChain {
		return nil, r.damage(r.at.end, fmt.Sprintf("group %d does not follow the group %d that "+
			"lies before it", h.number, r.at.number))
	}
	if h.open < r.open || h.flushed >= h.number || h.length < 0 || h.writes == 0 {
		return nil, r.damage(r.at.end, fmt.Sprintf("group %d has a good checksum but makes no "+
			"sense, so a faulty program wrote it: %+v", h.number, *h))
	}
	if h.length > r.window.disk.Size()-r.at.end-headerSize {
		return nil, r.damage(r.at.end, fmt.Sprintf("group %d has %d bytes, but the file ends at "+
			"%d: it was cut", h.number, headerSize+h.length, r.window.disk.Size()))
	}
	return nil, nil
}

// checkBody says what is wrong with the bytes of a group below its header.
func checkBody(h *header, group []byte, f fault) error {
	end := headerSize + h.length
	sum := sha256.Sum256(group[headerSize:end])
	if !bytes.Equal(sum[:], h.bodySum[:]) && f != noBodyChecksum {
		return fmt.Errorf("the checksum of the body of group %d is wrong", h.number)
	}
	if !isZero(group[end:]) {
		return fmt.Errorf("the bytes between group %d and the next sector are not zero", h.number)
	}
	return nil
}

// apply takes over the Writes of a group.
func (r *replay) apply(h *header, body []byte) error {
	if h.open != r.open {
		r.at.sequence = 0 // each open counts its Writes from 1
	}
	// The entries keep parts of this copy, so that a group costs one allocation, not one an entry.
	rest := bytes.Clone(body)
	for range h.writes {
		var w vsr.Write
		var err error
		if rest, err = decodeWrite(&w, rest); err != nil {
			return err
		}
		if r.config.fault.tolerant() {
			r.at.sequence = w.Sequence - 1
		}
		if err := r.at.follows(&w); err != nil {
			return err
		}
		if r.config.fault == keepIgnored {
			w.Keep = r.at.opNumber
		}
		if err := r.take(&w); err != nil {
			return err
		}
		r.at.add(&w)
	}
	if len(rest) != 0 {
		return fmt.Errorf("%d bytes follow the last write", len(rest))
	}
	if r.config.fault.tolerant() {
		return nil
	}
	if h.opNumber != r.at.opNumber || h.viewNumber != r.at.viewNumber ||
		h.lastNormalView != r.at.lastNormalView {
		return fmt.Errorf("its header says op-number %d, view %d, last normal view %d, its "+
			"writes say %d, %d, %d", h.opNumber, h.viewNumber, h.lastNormalView,
			r.at.opNumber, r.at.viewNumber, r.at.lastNormalView)
	}
	return nil
}

// take changes the log by one Write and checks the chain of the new entries. The records have
// checksums of their own; this is about what was in memory when they were written.
func (r *replay) take(w *vsr.Write) error {
	r.log = r.log[:w.Keep]
	for i := range w.Entries {
		e := &w.Entries[i]
		var below vsr.Checksum
		if len(r.log) > 0 {
			below = r.log[len(r.log)-1].Checksum
		}
		if sum := vsr.ChecksumOf(below, e); sum != e.Checksum {
			return fmt.Errorf("the entry with op-number %d has checksum %v, expected %v",
				len(r.log)+1, e.Checksum, sum)
		}
		r.log = append(r.log, *e)
	}
	return nil
}

// checkTail compares with the superblock once its tail is reached. A chain that is good in itself
// may still be the wrong one, where a part of the file was restored from a copy.
func (r *replay) checkTail() error {
	tail := &r.super.tail
	if r.at.number != tail.number || r.at.number == 0 {
		return nil
	}
	if r.at.checksum != tail.checksum || r.at.end != tail.end {
		return r.damage(r.start, fmt.Sprintf("group %d is not the one that "+
			"the superblock knows: parts of the file are from another time", r.at.number))
	}
	return nil
}

// judgeEnd decides whether what follows the last good group was ever durable.
func (r *replay) judgeEnd() error {
	bad := r.at.number + 1
	if bad <= r.super.tail.number && r.config.fault != cutSuperblock {
		return r.damage(r.at.end, fmt.Sprintf("group %d of at least %d is not good: %v",
			bad, r.super.tail.number, r.stopped))
	}
	// A header that is good by itself is a witness, wherever it lies and whatever it follows: when
	// it was written, the group that it names had been flushed. A group that an open has cut off
	// bears no false witness: it knew only of groups below the one that was torn.
	size := r.window.disk.Size()
	for off := r.at.end; off < size && r.config.fault != cutDamage; off += storage.SectorSize {
		sector, err := r.window.read(off, storage.SectorSize)
		if err != nil {
			return r.damage(off, "cannot be read: "+err.Error())
		}
		var h header
		if _, err := h.decode(sector, r.super.formatID, none); err == nil && h.flushed >= bad {
			return r.damage(r.at.end, fmt.Sprintf("group %d is not good (%v), but group %d at "+
				"offset %d was written after it had been durable", bad, r.stopped, h.number, off))
		}
	}
	return nil
}

func (r *replay) damage(offset int64, what string) error {
	return fmt.Errorf("journal: %w", &DamageError{Offset: offset, What: what})
}

// unreadable is damage too: a torn write leaves sectors that can be read.
func (r *replay) unreadable(err error) error {
	return r.damage(r.at.end, "cannot be read: "+err.Error())
}
