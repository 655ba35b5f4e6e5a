// SPDX-License-Identifier: Apache-2.0

// The index: what the journal remembers of each entry above the checkpoint.

package journal

import (
	"fmt"
	"math"

	"viewstamp/impl/vsr"
)

// index has the checksum and the group of each entry of the log above base, as the queued Writes
// want it.
type index struct {
	base vsr.LogName
	// from is how many of the elements below are not used any more.
	from   int
	sums   []vsr.Checksum
	groups []uint64 // 0: its group is not written yet
}

// noGroup is above all groups.
const noGroup = math.MaxUint64

// len is the number of entries.
func (x *index) len() int { return len(x.sums) - x.from }

// below is the checksum of the log up to keep.
func (x *index) below(keep vsr.OpNumber) vsr.Checksum {
	if keep == x.base.OpNumber {
		return x.base.Checksum
	}
	if keep < x.base.OpNumber || int(keep-x.base.OpNumber) > x.len() {
		panic(fmt.Sprintf("journal: a write keeps the log up to op-number %d; the checkpoint is "+
			"%d, the log ends at %d", keep, x.base.OpNumber, int(x.base.OpNumber)+x.len()))
	}
	sum := x.sums[x.from+int(keep-x.base.OpNumber)-1]
	if sum == (vsr.Checksum{}) {
		panic(fmt.Sprintf("journal: a write keeps the log up to op-number %d, which is inside of "+
			"lost entries: nobody knows what that log is", keep))
	}
	return sum
}

// cut drops the entries above keep, and returns the first group that has one of them.
func (x *index) cut(keep vsr.OpNumber) (dropped uint64) {
	dropped = noGroup
	n := x.from
	if keep > x.base.OpNumber {
		n += int(keep - x.base.OpNumber)
	}
	if n < len(x.sums) {
		if g := x.groups[n]; g != 0 {
			dropped = g
		}
		x.sums, x.groups = x.sums[:n], x.groups[:n]
	}
	return dropped
}

// append adds entries on top.
func (x *index) append(entries []vsr.Entry) {
	// Room at the front is used again before the slices grow.
	if x.from > 0 && len(x.sums)+len(entries) > cap(x.sums) {
		x.sums = x.sums[:copy(x.sums, x.sums[x.from:])]
		x.groups = x.groups[:copy(x.groups, x.groups[x.from:])]
		x.from = 0
	}
	if need := len(x.sums) + len(entries); need > cap(x.sums) {
		// Doubled: append would copy a long index each time that it has grown by a quarter.
		x.sums = append(make([]vsr.Checksum, 0, 2*need), x.sums...)
		x.groups = append(make([]uint64, 0, 2*need), x.groups...)
	}
	for i := range entries {
		x.sums = append(x.sums, entries[i].Checksum)
		x.groups = append(x.groups, 0)
	}
}

// written notes the group of the entries from keep+1 to last, where they have none yet.
func (x *index) written(keep, last vsr.OpNumber, group uint64) {
	first := x.from
	if keep > x.base.OpNumber {
		first += int(keep - x.base.OpNumber)
	}
	end := min(len(x.groups), x.from+int(last)-int(x.base.OpNumber))
	for i := first; i < end; i++ {
		if x.groups[i] == 0 {
			x.groups[i] = group
		}
	}
}

// firstGroup is the first group that has an entry; noGroup if all are still queued.
func (x *index) firstGroup() uint64 {
	if x.len() == 0 || x.groups[x.from] == 0 {
		return noGroup
	}
	return x.groups[x.from]
}

// raise makes name the base: the entries up to it are not needed any more. A log that does not go
// through name is dropped as a whole, and raise says so.
func (x *index) raise(name vsr.LogName) (continues bool) {
	n := int(name.OpNumber) - int(x.base.OpNumber)
	continues = name == x.base || n > 0 && n <= x.len() && x.sums[x.from+n-1] == name.Checksum
	if !continues {
		n = x.len()
	}
	x.base = name
	x.from += n
	return continues
}
