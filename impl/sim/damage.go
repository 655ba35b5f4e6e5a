// SPDX-License-Identifier: Apache-2.0

package sim

// What a damaged disk makes of a log, as a journal reports it. Only one replica
// of a run has such a disk, and only in groups of odd size: else nothing more
// can be demanded.

import "viewstamp/impl/vsr"

// rot damages what the disk of the node has returned, sometimes: some entries
// cannot be read, or nobody knows where the log ends.
func (n *node) rot(d *vsr.Durable) {
	r := n.w.disks
	if n.w.live || n.number != n.w.plan.rotten || r.Float64() >= n.w.plan.faults.Rot ||
		len(d.Log) == 0 || len(d.Lost) > 0 || d.HeadUnknown {
		return
	}
	n.w.counts.Rotten++
	base := d.Checkpoint.Name.OpNumber
	if r.IntN(2) == 0 {
		// Not the log with which it entered v′: that is known in any case.
		cut := r.IntN(4)
		for at := len(d.Log) - 1; cut > 0 && at >= 0 &&
			d.Log[at].ViewNumber == d.LastNormalView; at-- {
			d.Log = d.Log[:at]
			cut--
		}
		d.HeadUnknown = true
		n.w.log.node(n.w.now, n.number, "rots", "nothing is known above %d",
			base+vsr.OpNumber(len(d.Log)))
		return
	}
	first := r.IntN(len(d.Log))
	last := min(first+r.IntN(3), len(d.Log)-1)
	name := vsr.LogName{OpNumber: base + vsr.OpNumber(last) + 1, Checksum: d.Log[last].Checksum}
	d.Lost = []vsr.LostEntries{{First: base + vsr.OpNumber(first) + 1, Last: name.OpNumber,
		Name: name}}
	// The journal shares nothing with the core, but the run remembers the entries.
	d.Log = append([]vsr.Entry(nil), d.Log...)
	clear(d.Log[first : last+1])
	n.w.log.node(n.w.now, n.number, "rots", "entries %d to %d are lost", d.Lost[0].First,
		name.OpNumber)
}
