// SPDX-License-Identifier: Apache-2.0

// Which of the superblock copies counts, and how the others are repaired.

package journal

import (
	"errors"
	"fmt"

	"viewstamp/impl/storage"
)

// chooseSuperblock returns the place of the copy that counts, or why there is none.
//
// A version of which two copies are good was written; nobody but this replica writes them. A single
// copy of version s+1 counts too if it names a good copy of version s as its parent: its writing
// had begun, nothing was said that depends on s, and to open at s+1 is as right as at s. A single
// copy with nothing below it could be from anywhere.
func chooseSuperblock(states *[copies]copyState) (int, error) {
	best := -1
	for number := range states {
		if states[number].err == nil && (best < 0 ||
			states[number].sequence > states[best].sequence) {
			best = number
		}
	}
	if best < 0 {
		return 0, noSuperblock(states)
	}
	if err := checkTogether(states, best); err != nil {
		return 0, err
	}
	if count(states, best) >= 2 || parentOf(states, best) >= 0 {
		return best, nil
	}
	if states[best].sequence == 1 && !anyDamaged(states) {
		return 0, fmt.Errorf("%w: formatting it was interrupted; delete it and format again",
			ErrNotFormatted)
	}
	return 0, &DamageError{Offset: states[best].place(best),
		What: fmt.Sprintf("superblock version %d has only one good copy, and none of version %d "+
			"is there", states[best].sequence, states[best].sequence-1)}
}

// anyDamaged says whether a copy is there that is not good.
func anyDamaged(states *[copies]copyState) bool {
	for number := range states {
		if rank(states[number].err) > 0 {
			return true
		}
	}
	return false
}

// count is how many copies there are of the version in that place. One that lies in several places
// counts once: it was misdirected.
func count(states *[copies]copyState, at int) int {
	var seen [copies]bool
	n := 0
	for number := range states {
		s := &states[number]
		if s.err == nil && s.sum == states[at].sum && !seen[s.index] {
			seen[s.index] = true
			n++
		}
	}
	return n
}

// parentOf is the place of a good copy of the version before that in place at; -1 if there is none.
func parentOf(states *[copies]copyState, at int) int {
	for number := range states {
		s := &states[number]
		if s.err == nil && s.sequence+1 == states[at].sequence && s.sum == states[at].parent {
			return number
		}
	}
	return -1
}

// checkTogether refuses copies that cannot all be from one history.
func checkTogether(states *[copies]copyState, best int) error {
	b := &states[best]
	for number := range states {
		s := &states[number]
		if s.err != nil {
			continue
		}
		what := ""
		switch {
		case s.identity != b.identity || s.formatID != b.formatID || s.layout != b.layout:
			what = "superblock copies of two different files"
		case s.sequence == b.sequence && s.sum != b.sum:
			what = fmt.Sprintf("two different superblocks have sequence %d", s.sequence)
		case s.sequence+1 == b.sequence && s.sum != b.parent:
			what = fmt.Sprintf("the superblocks of sequence %d and %d do not follow each other",
				s.sequence, b.sequence)
		case s.head.viewNumber > b.head.viewNumber ||
			s.head.lastNormalView > b.head.lastNormalView || s.head.number > b.head.number ||
			s.checkpoint.name.OpNumber > b.checkpoint.name.OpNumber || s.open > b.open:
			what = fmt.Sprintf("the superblock of sequence %d goes back behind that of %d",
				b.sequence, s.sequence)
		}
		if what != "" {
			return &DamageError{Offset: s.place(number), What: what}
		}
	}
	return nil
}

// place is where the copy lies. All copies agree about the size of the file, or are not good.
func (c *copyState) place(number int) int64 {
	return superblockOffset(number, c.layout.size())
}

// noSuperblock is the error for a disk without a good copy: the most telling of the four.
func noSuperblock(states *[copies]copyState) error {
	telling := 0
	for number := range states {
		if rank(states[number].err) > rank(states[telling].err) {
			telling = number
		}
	}
	err := states[telling].err
	if rank(err) == 1 {
		return &DamageError{What: "no superblock copy is good: " + err.Error()}
	}
	return err
}

// rank orders the errors of superblock copies by how much they tell.
func rank(err error) int {
	switch {
	case errors.Is(err, ErrVersion):
		return 2
	case errors.Is(err, ErrDamaged):
		return 1
	default:
		return 0
	}
}

// repairSuperblocks writes the copy in place best to the places that do not hold it. Places that
// hold nothing good come first, then those of older versions: if this is interrupted, the copy and
// what it follows are still there.
func repairSuperblocks(disk storage.Disk, states *[copies]copyState, best int,
	memory []byte) error {
	for _, good := range [2]bool{false, true} {
		for number := range states {
			s := &states[number]
			if (s.err == nil) != good || good && s.sum == states[best].sum && s.index == number {
				continue
			}
			if err := states[best].writeCopy(disk, memory, number); err != nil {
				return fmt.Errorf("repair superblock copy %d: %w", number, err)
			}
		}
	}
	return nil
}
