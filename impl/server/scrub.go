// SPDX-License-Identifier: Apache-2.0

// The scrubber: the data file is read, a little at a time, while the replica runs, and what is
// damaged is written again from memory. A replica that crashes later finds all of it.

package server

import (
	"viewstamp/impl/journal"
	"viewstamp/impl/vsr"
)

// repair is what the flusher is asked to do about a finding, and how it went.
type repair struct {
	damage     *journal.Damage
	checkpoint *vsr.Checkpoint // from memory, if the damage is in the checkpoint
	good       bool
}

// place is where the damage is: a finding that comes again is counted once.
type place struct {
	checkpoint, superblock bool
	number                 int64
}

func placeOf(d *journal.Damage) place {
	return place{d.Checkpoint, d.Superblock, d.Chunk + int64(d.Copy) + int64(d.Group)}
}

// scrubbing is what the loop knows about findings.
type scrubbing struct {
	// open are those that are not repaired, each with the Write that repairs it, or 0.
	open            map[place]uint64
	found, repaired uint64
	rounds          uint64
	isBehind        bool // something has changed that the status does not show yet
}

// scrubOnce reads the next part. It belongs to the flusher, which owns the journal.
func (f *flusher) scrubOnce() error {
	damage, round, err := f.journal.ScrubStep()
	if err != nil {
		return err
	}
	if round {
		f.rounds.Add(1)
		f.news()
	}
	// Entries that a later group has as well are in no danger: the group is not needed any more.
	if damage == nil || !damage.Checkpoint && !damage.Superblock && damage.First > damage.Last {
		return nil
	}
	f.mu.Lock()
	f.findings = append(f.findings, damage)
	f.mu.Unlock()
	f.news()
	return nil
}

// repair queues repairs for the flusher.
func (f *flusher) repair(d *journal.Damage, checkpoint *vsr.Checkpoint) {
	f.mu.Lock()
	f.repairs = append(f.repairs, repair{damage: d, checkpoint: checkpoint})
	f.mu.Unlock()
	f.signal()
}

// repairAll does what is queued. It belongs to the flusher.
func (f *flusher) repairAll() error {
	f.mu.Lock()
	repairs := f.repairs
	f.repairs = nil
	f.mu.Unlock()
	for i := range repairs {
		var err error
		repairs[i].good, err = f.journal.Repair(repairs[i].damage, repairs[i].checkpoint)
		if err != nil {
			return err
		}
	}
	if len(repairs) > 0 {
		f.mu.Lock()
		f.repaired = append(f.repaired, repairs...)
		f.mu.Unlock()
		f.news()
	}
	return nil
}

// takeFindings empties the lists for the loop.
func (f *flusher) takeFindings() (findings []*journal.Damage, repaired []repair) {
	f.mu.Lock()
	defer f.mu.Unlock()
	findings, repaired = f.findings, f.repaired
	f.findings, f.repaired = nil, nil
	return findings, repaired
}

// scrub sees that findings are repaired. It belongs to the loop. All Writes up to persisted are
// durable.
func (s *Server) scrub(persisted uint64) {
	c := &s.scrubbing
	findings, repaired := s.flusher.takeFindings()
	for _, d := range findings {
		s.startRepair(d)
	}
	for _, r := range repaired {
		if r.good {
			s.endRepair(placeOf(r.damage))
		}
	}
	for at, sequence := range c.open {
		if sequence > 0 && sequence <= persisted {
			s.endRepair(at)
		}
	}
	if rounds := s.flusher.rounds.Load(); rounds != c.rounds {
		c.rounds, c.isBehind = rounds, true
	}
}

// startRepair begins the repair of a finding, which may be one that comes again.
func (s *Server) startRepair(d *journal.Damage) {
	c, at := &s.scrubbing, placeOf(d)
	sequence, known := c.open[at]
	if !known {
		s.config.Log.Warn("a part of the data file is damaged", "what", d.What)
		c.found++
		c.open[at], c.isBehind = 0, true
	}
	switch {
	case sequence > 0: // on its way
	case d.Checkpoint:
		s.flusher.repair(d, s.replica.DurableCheckpoint())
	case d.Superblock:
		s.flusher.repair(d, nil)
	default:
		// A replica that repairs its log has it again in the next round.
		if sequence, ok := s.replica.Rewrite(d.First); ok && sequence > 0 {
			c.open[at] = sequence
		} else if ok {
			s.endRepair(at)
		}
	}
}

// endRepair notes that a part is good again.
func (s *Server) endRepair(at place) {
	c := &s.scrubbing
	if _, known := c.open[at]; !known {
		return
	}
	delete(c.open, at)
	c.repaired++
	c.isBehind = true
	s.config.Log.Info("what was damaged is good again", "left", len(c.open))
}
