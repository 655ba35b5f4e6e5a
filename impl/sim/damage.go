// SPDX-License-Identifier: Apache-2.0

package sim

// Disks that lose what they had promised to keep.
//
// The atlas: at most f replicas of a run have such disks, always the same ones,
// and only in groups of odd size. So each operation that a quorum has is whole at
// one replica at least, and the group must come back without help. In a group of
// even size one damaged replica can stop the others while one more is down.
//
// A checkpoint is not damaged: a journal refuses such a file, as it should, and
// an operator must help.

import (
	"math/rand/v2"
	"time"

	"viewstamp/impl/journal"
	"viewstamp/impl/storage"
)

// hasAtlas says whether the disk of a replica may be damaged. With DamageAll each
// may.
func (w *world) hasAtlas(replica int) bool {
	replicas := w.plan.Replicas
	if w.plan.faults.DamageAll {
		return true
	}
	return replicas%2 == 1 && (replica-w.plan.rotten+replicas)%replicas < w.tolerated()
}

// damageable draws one of the replicas whose disks may be damaged; −1 if there
// is none.
func (w *world) damageable(r *rand.Rand) int {
	first := r.IntN(w.plan.Replicas)
	for i := range w.plan.Replicas {
		if n := (first + i) % w.plan.Replicas; w.hasAtlas(n) {
			return n
		}
	}
	return -1
}

// damage crashes a replica and damages its disk meanwhile.
func (w *world) damage(victim *node, f *Fault) bool {
	if !w.mayCrash(victim) || !w.hasAtlas(victim.number) {
		return false
	}
	if f.How == damageRunning {
		return victim.rot(w.chance())
	}
	victim.down = int64(f.For)
	victim.crash(true)
	report, err := journal.Inspect(victim.disk)
	if err != nil {
		w.fail(DiskFailed, "r%d after a loss of power: %v", victim.number, err)
		return false
	}
	w.counts.Damages++
	victim.rotten = true
	r := w.chance()
	if f.How == damageRead {
		victim.disk.FailNext(storage.CallRead, 1+r.IntN(12+3*len(report.Groups)), errDisk)
		return true
	}
	if f.How == damageHead {
		w.loseHead(victim, &report, r)
		return true
	}
	if f.How == damageSuperblock {
		at := report.SuperblockOffsets[r.IntN(len(report.SuperblockOffsets))]
		hurt(victim.disk, []string{damageBit, damageSector, damageUnreadable}[r.IntN(3)], at, r)
		return true
	}
	// A lost write happens once: one sector, and nothing else is hurt. Of rot
	// there can be more.
	times := 1
	if f.How != damageLost && f.How != damageSwapped {
		times += r.IntN(3)
	}
	for range times {
		at, ok := place(&report, r)
		if !ok {
			break
		}
		if other, _ := place(&report, r); f.How == damageSwapped {
			victim.disk.Swap(at/storage.SectorSize, other/storage.SectorSize)
		} else {
			hurt(victim.disk, f.How, at, r)
		}
	}
	return true
}

// loseHead damages both copies of the newest group of a replica, and takes away the
// primary, or another one, for longer: the others must change the view while nobody
// can say what that group was.
func (w *world) loseHead(victim *node, report *journal.Report, r *rand.Rand) {
	if len(report.Groups) > 0 {
		g := &report.Groups[len(report.Groups)-1]
		hurt(victim.disk, damageSector, g.HeaderOffset, r)
		hurt(victim.disk, damageSector, g.Offset, r)
	}
	other := w.nodes[w.victim(r)]
	if other != victim && other.up && w.plan.Replicas > 2 {
		other.down = victim.down + int64(4*time.Second)
		other.crash(true)
	}
}

// place draws a sector of a group: of its header or its body, and often of one
// of the newest groups.
func place(report *journal.Report, r *rand.Rand) (offset int64, ok bool) {
	groups := report.Groups
	if len(groups) == 0 {
		return 0, false
	}
	from := 0
	if r.IntN(2) == 0 {
		from = max(0, len(groups)-4)
	}
	g := groups[from+r.IntN(len(groups)-from)]
	if r.IntN(2) == 0 || g.Bytes == 0 {
		return g.HeaderOffset, true
	}
	offset = g.Offset + r.Int64N(g.Bytes/storage.SectorSize)*storage.SectorSize
	if offset >= report.PrepareOffset+report.PrepareBytes {
		offset -= report.PrepareBytes // The group goes over the end of the ring.
	}
	return offset, true
}

// hurt damages one sector.
func hurt(disk *storage.Sim, how string, offset int64, r *rand.Rand) {
	switch how {
	case damageBit:
		disk.Damage(offset+r.Int64N(storage.SectorSize), 1<<r.IntN(8))
	case damageSector:
		var flips [storage.SectorSize]byte
		for i := range flips {
			flips[i] = byte(1 + r.IntN(255))
		}
		disk.Damage(offset, flips[:]...)
	case damageUnreadable:
		disk.Unreadable(offset / storage.SectorSize)
	case damageLost:
		disk.LoseWrite(offset / storage.SectorSize)
	}
}
