// SPDX-License-Identifier: Apache-2.0

// Ways in which a journal can be wrong. Tests plant them one at a time to see that the checks
// notice; every other caller has fault none.

package journal

import "viewstamp/impl/vsr"

type fault uint8

const (
	none fault = iota
	// ackBeforeFlush reports Writes as durable without a flush.
	ackBeforeFlush
	// truncateFirst makes the dropping of entries durable before the entries that replace them.
	truncateFirst
	// viewFirst makes the view numbers durable before the log that goes with them.
	viewFirst
	// viewNotWritten writes the view numbers of the Write before.
	viewNotWritten
	// keepIgnored does not drop entries on replay.
	keepIgnored
	// noBodyChecksum accepts any body below a good header.
	noBodyChecksum
	// noHeaderChecksum accepts any header that looks like one.
	noHeaderChecksum
	// noChain accepts a group whatever stood before it.
	noChain
	// noOpenNumber accepts groups that an earlier open had cut off.
	noOpenNumber
	// cutDamage takes damage in the middle for a torn end.
	cutDamage
	// cutSuperblock does not ask the superblock whether a group had been durable.
	cutSuperblock
	// oneSuperblock writes all copies of the superblock at once.
	oneSuperblock
	// superblockUnsynced does not flush a superblock that it has written.
	superblockUnsynced
	// openUnsynced reads before it has flushed what an earlier process left.
	openUnsynced
	// flushAgain tries a failed flush again and believes the second.
	flushAgain
	// faults is the number of faults.
	faults
)

// String is the name of the fault.
func (f fault) String() string {
	return [faults]string{"none", "ackBeforeFlush", "truncateFirst", "viewFirst", "viewNotWritten",
		"keepIgnored", "noBodyChecksum", "noHeaderChecksum", "noChain", "noOpenNumber", "cutDamage",
		"cutSuperblock", "oneSuperblock", "superblockUnsynced", "openUnsynced", "flushAgain"}[f]
}

// tolerant tells whether the wrong journal would not make the checks of replay that only other
// mistakes of a journal can fail. They must not hide what is planted.
func (f fault) tolerant() bool {
	switch f {
	case truncateFirst, viewFirst, viewNotWritten, keepIgnored:
		return true
	default:
		return false
	}
}

// prelude is the part of w that a wrong journal makes durable before the rest.
func (f fault) prelude(w vsr.Write, now *position) (first vsr.Write, wrong bool) {
	switch {
	case f == truncateFirst && w.Keep < now.opNumber:
		w.ViewNumber, w.LastNormalView = now.viewNumber, now.lastNormalView
		w.Entries = nil
		return w, true
	case f == viewFirst && w.ViewNumber > now.viewNumber:
		w.Keep, w.Entries = now.opNumber, nil
		return w, true
	default:
		return w, false
	}
}
