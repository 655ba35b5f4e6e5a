// SPDX-License-Identifier: Apache-2.0

package vsr

// What a replica does for a disk that loses something while it runs. It has all of it in memory, so
// nothing is lost unless it crashes before the disk has it again; and then it is as after any other
// damage (damage.go). To the spec nothing happens.

// Rewrite makes the log from the entry first on durable again. It returns the sequence of the Write
// that does so; 0 if none is needed, since a checkpoint covers the entries. It is false for a
// replica that repairs its log anyway, with what the others have.
func (r *Replica) Rewrite(first OpNumber) (sequence uint64, ok bool) {
	if r.damage != nil || r.refused != nil || first == 0 {
		return 0, false
	}
	keep, n := max(first-1, r.checkpoints.lowest()), r.log.opNumber()
	if keep >= n {
		return 0, true
	}
	h := &r.held
	h.written++
	h.pending = append(h.pending, pendingWrite{h.written, n})
	r.out.Writes = append(r.out.Writes, Write{Sequence: h.written, Keep: keep,
		Entries: r.log.after(keep, n), ViewNumber: r.viewNumber,
		LastNormalView: r.lastNormalView, HeadUnknown: r.headUnknown})
	return h.written, true
}

// DurableCheckpoint is the latest checkpoint that is durable; nil if there is none. It must not be
// changed.
func (r *Replica) DurableCheckpoint() *Checkpoint {
	return r.checkpoints.held[0].checkpoint
}
