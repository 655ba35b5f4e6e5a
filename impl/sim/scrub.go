// SPDX-License-Identifier: Apache-2.0

package sim

// The scrubber: each replica reads its disk again now and then, and finds what rots
// while it runs. A replica that has found something ends, and at the next start the
// recovery of the journal says what is lost; the others have it. On a disk that
// nothing has happened to the scrubber must find nothing.

import (
	"math/rand/v2"
	"time"

	"viewstamp/impl/journal"
	"viewstamp/impl/storage"
)

// scrubEvery is the mean time between two parts of the disk that are read.
const scrubEvery = 250 * time.Millisecond

// planScrub plans when the next part is read.
func (n *node) planScrub() {
	n.w.queue.push(event{at: n.w.now + exponential(n.w.disks, scrubEvery), kind: scrub,
		node: n.number, epoch: n.epoch})
}

// scrub reads one part.
func (n *node) scrub() {
	n.planScrub()
	if n.replica.IsDamaged() {
		return // It knows, and asks the others. To begin again would be to begin for ever.
	}
	damage, round, err := n.journal.ScrubStep()
	if err != nil {
		n.diskFailed(err)
		return
	}
	if round {
		n.w.counts.Scrubs++
	}
	// Where no entry is in danger a later group or a checkpoint has taken the place.
	if damage == nil || !damage.Checkpoint && damage.Last < damage.First {
		return
	}
	if !n.rotten {
		n.w.fail(DiskFailed, "r%d: the scrubber finds damage, and there is none: %+v", n.number, damage)
		return
	}
	n.w.counts.FoundByScrub++
	n.w.log.node(n.w.now, n.number, "scrub", "%v", damage.What)
	n.down = int64(10 * time.Millisecond)
	n.crash(false)
}

// rot damages a sector of a group while its replica runs, unless that is written
// just now.
func (n *node) rot(r *rand.Rand) bool {
	report, err := journal.Inspect(n.disk)
	if err != nil {
		n.w.fail(DiskFailed, "r%d: %v", n.number, err)
		return false
	}
	at, ok := place(&report, r)
	if !ok || !n.disk.Settled(at/storage.SectorSize) {
		return false
	}
	n.rotten = true
	n.w.counts.Damages++
	n.w.counts.RotsRunning++
	hurt(n.disk, []string{damageBit, damageSector, damageUnreadable}[r.IntN(3)], at, r)
	return true
}
