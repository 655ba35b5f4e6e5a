// SPDX-License-Identifier: Apache-2.0

// Replay: the second half of recovery. It adds up the groups that the survey has found, and says
// which entries are lost.

package journal

import (
	"fmt"
	"slices"

	"viewstamp/impl/vsr"
)

// replay is the log as far as it is known. It starts with the log that the checkpoint stands for.
type replay struct {
	base vsr.LogName // of the checkpoint
	state
	log    []vsr.Entry // above base
	groups []uint64    // for each of log, the group that it is in
	lost   []vsr.LostEntries
	// damaged says that some group could not be read.
	damaged bool
	// gap is the first of some groups in a row of which nothing is known; 0 if there are none.
	gap uint64
}

// replayOf adds up all groups. Its error is for what no crash and no damage can leave behind.
func replayOf(s *survey) (*replay, error) {
	r := &replay{base: s.super.checkpoint.name}
	if len(s.groups) == 0 {
		r.state = s.super.head.state
	} else {
		r.state.name = r.base
	}
	for i := range s.groups {
		if err := r.group(s, i); err != nil {
			return nil, err
		}
	}
	if r.gap != 0 {
		r.headUnknown = true
	}
	// The views are in the superblock before anything is said in them.
	r.viewNumber = max(r.viewNumber, s.super.head.viewNumber)
	r.lastNormalView = max(r.lastNormalView, s.super.head.lastNormalView)
	r.join()
	return r, nil
}

// group adds one group.
func (r *replay) group(s *survey, i int) error {
	f := &s.groups[i]
	// All entries above the checkpoint are in the ring. Op-numbers from a header that a faulty
	// program wrote must not cost memory without bound.
	most := r.base.OpNumber + vsr.OpNumber(s.super.layout.prepareBytes/entrySize)
	if f.row.verdict != unknown && max(f.head.before.name.OpNumber, f.head.after.name.OpNumber,
		s.super.head.name.OpNumber) > most {
		return &DamageError{Offset: s.super.layout.headerOffset(f.number), What: fmt.Sprintf(
			"group %d says that it leads from op-number %d to %d, and there is room for entries up "+
				"to %d", f.number, f.head.before.name.OpNumber, f.head.after.name.OpNumber, most)}
	}
	switch f.row.verdict {
	case clean, fix:
		r.begin(f)
		if err := r.apply(f); err != nil {
			return &DamageError{Offset: s.super.layout.prepareOffset(f.start),
				What: fmt.Sprintf("group %d has good checksums but makes no sense, so a faulty "+
					"program wrote it: %v", f.number, err)}
		}
	case lost:
		r.damaged = true
		r.begin(f)
		r.lose(f.head.keep, f.head.after, f.number)
	default:
		r.damaged = true
		keep, after, ok := s.knownAfter(i)
		switch {
		case !ok && r.gap == 0:
			r.gap = f.number
		case ok && r.gap == 0:
			r.lose(keep, after, f.number)
		case ok:
			r.bridge(after)
		}
	}
	return nil
}

// knownAfter says what an unknown group led to: the group after it and the superblock may know.
func (s *survey) knownAfter(i int) (keep vsr.OpNumber, after state, ok bool) {
	if i+1 < len(s.groups) && s.groups[i+1].row.verdict != unknown {
		next := &s.groups[i+1].head
		return next.parentKeep, next.before, true
	}
	if head := &s.super.head; s.groups[i].number == head.number {
		return head.keep, head.state, true
	}
	return 0, state{}, false
}

// begin takes over the state before a group, where its header is believed and what is below is not
// known as well.
func (r *replay) begin(f *found) {
	before := &f.head.before
	switch {
	case r.gap != 0:
		r.bridge(*before)
	case r.name != before.name && before.name.OpNumber > r.base.OpNumber && r.damaged:
		r.lose(0, *before, f.number)
	default:
		r.state = *before
	}
}

// bridge ends a gap: what the groups in it led to is known, and nothing of what they did. Nothing
// is lost where the log has the name that it had before them.
func (r *replay) bridge(after state) {
	if r.name == after.name {
		r.state = after
	} else {
		r.lose(0, after, r.gap)
	}
	r.gap = 0
}

// cut drops the entries above keep. The name of the log up to there is below, or not known. It says
// whether a lost part has got a new end and waits for its name.
func (r *replay) cut(keep vsr.OpNumber, below *vsr.Checksum) (waits bool) {
	n := 0
	if keep > r.base.OpNumber {
		n = min(len(r.log), int(keep-r.base.OpNumber))
	}
	r.log, r.groups = r.log[:n], r.groups[:n]
	for len(r.lost) > 0 {
		last := &r.lost[len(r.lost)-1]
		if last.First <= keep {
			if last.Last > keep {
				last.Last, last.Name = keep, vsr.LogName{OpNumber: keep}
				if below != nil {
					last.Name.Checksum = *below
				}
				return below == nil
			}
			return false
		}
		r.lost = r.lost[:len(r.lost)-1]
	}
	return false
}

// lose adds a group whose entries are not known: it kept the log up to keep and led to a state.
// Entries below keep are lost as well where they are not there: this group was in a gap when it was
// last read, so all entries were named as lost, and the groups below have been given up since.
func (r *replay) lose(keep vsr.OpNumber, after state, group uint64) {
	r.state = after
	last := after.name.OpNumber
	waits := r.cut(min(keep, last), nil)
	have := r.base.OpNumber + vsr.OpNumber(len(r.log))
	first := min(max(keep, r.base.OpNumber), have) + 1
	for op := have + 1; op <= last; op++ {
		r.log, r.groups = append(r.log, vsr.Entry{}), append(r.groups, group)
	}
	switch {
	case waits:
		// The end of the lost part below is not known by name, the end of this one is.
		r.lost[len(r.lost)-1].Last, r.lost[len(r.lost)-1].Name = last, after.name
	case first <= last:
		r.lost = append(r.lost, vsr.LostEntries{First: first, Last: last, Name: after.name})
	}
}

// apply takes over the Writes of a group.
func (r *replay) apply(f *found) error {
	rest := f.body
	for range f.head.writes {
		var w vsr.Write
		var below vsr.Checksum
		var err error
		if below, rest, err = decodeWrite(&w, rest); err != nil {
			return err
		}
		if err := r.follows(&w, r.base.OpNumber); err != nil {
			return err
		}
		if err := r.take(&w, below, f.number); err != nil {
			return err
		}
	}
	if len(rest) != 0 {
		return fmt.Errorf("%d bytes follow the last write", len(rest))
	}
	if r.state != f.head.after {
		return fmt.Errorf("its header says that it leads to %+v, its writes lead to %+v",
			f.head.after, r.state)
	}
	return nil
}

// take changes the log by one Write and checks the chain of the new entries. The group has
// checksums of its own; this is about what was in memory when it was written.
func (r *replay) take(w *vsr.Write, below vsr.Checksum, group uint64) error {
	r.cut(w.Keep, &below)
	parent := below
	for i := range w.Entries {
		e := &w.Entries[i]
		op := w.Keep + vsr.OpNumber(i) + 1
		if sum := vsr.ChecksumOf(parent, e); sum != e.Checksum {
			return fmt.Errorf("the entry with op-number %d has checksum %v, expected %v",
				op, e.Checksum, sum)
		}
		parent = e.Checksum
		if op > r.base.OpNumber {
			r.log, r.groups = append(r.log, *e), append(r.groups, group)
		}
	}
	r.state.add(w, below)
	return nil
}

// join puts the log on top of the checkpoint. A log that does not continue it is what the replica
// had when it took over a checkpoint of another one: the checkpoint stands for what was committed,
// so such entries can never be.
func (r *replay) join() {
	joins := r.name.OpNumber > r.base.OpNumber || r.name == r.base
	if joins && len(r.log) > 0 && (len(r.lost) == 0 || r.lost[0].First > r.base.OpNumber+1) {
		joins = vsr.ChecksumOf(r.base.Checksum, &r.log[0]) == r.log[0].Checksum
	}
	if !joins {
		r.name, r.log, r.groups, r.lost = r.base, nil, nil, nil
	}
}

// sums are the checksums of the entries, zero for those that are not known.
func (r *replay) sums() []vsr.Checksum {
	sums := make([]vsr.Checksum, len(r.log))
	for i := range r.log {
		sums[i] = r.log[i].Checksum
	}
	for _, l := range r.lost {
		sums[l.Last-r.base.OpNumber-1] = l.Name.Checksum
	}
	return sums
}

// head is where the next group goes.
func (s *survey) headOf(r *replay) point {
	p := s.super.head
	if n := len(s.groups); n > 0 {
		f := &s.groups[n-1]
		switch {
		case f.row.verdict != unknown:
			p = f.head.point(f.sum)
		case f.number != p.number:
			p = point{number: f.number, start: f.start, end: f.end, keep: r.name.OpNumber}
		}
	}
	p.state = r.state
	return p
}

// durable is what the core is told, without the state of the checkpoint.
func (r *replay) durable() vsr.Durable {
	return vsr.Durable{
		ViewNumber:     r.viewNumber,
		LastNormalView: r.lastNormalView,
		Checkpoint:     vsr.Checkpoint{Name: r.base},
		Log:            r.log,
		Lost:           slices.Clip(r.lost),
		HeadUnknown:    r.headUnknown,
	}
}
