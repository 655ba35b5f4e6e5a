// SPDX-License-Identifier: Apache-2.0

package sim

// Checkpoints of a replica. The journal does not keep them yet, and needs the
// whole log: here the simulator stands in. It remembers the checkpoints of each
// disk, gives the journal the whole log in place of one that another replica has
// sent, and takes away at a start what is below the latest checkpoint.

import "viewstamp/impl/vsr"

// link is an entry of some log, and the name of the log below it.
type link struct {
	entry vsr.Entry
	below vsr.LogName
}

// disked is what the journal of a node has been told, by name, and the
// checkpoints next to it.
type disked struct {
	names       []vsr.LogName // names[n] is the name of the log up to n.
	checkpoints []vsr.Checkpoint
}

// opened makes what a journal returned what one with checkpoints would have
// returned.
func (n *node) opened(durable vsr.Durable) vsr.Durable {
	n.stored.names = []vsr.LogName{{}}
	n.w.extend(&n.stored, durable.Log)
	for _, c := range n.stored.checkpoints {
		at := c.Name.OpNumber
		if at > durable.Checkpoint.Name.OpNumber && at < vsr.OpNumber(len(n.stored.names)) &&
			n.stored.names[at] == c.Name {
			durable.Checkpoint = c
		}
	}
	if durable.Checkpoint.Name.OpNumber > 0 {
		n.w.counts.FromCheckpoint++
	}
	durable.Log = durable.Log[durable.Checkpoint.Name.OpNumber:]
	return durable
}

// expanded is a write as the journal understands it.
func (n *node) expanded(w vsr.Write) vsr.Write {
	s := &n.stored
	if c := w.Checkpoint; c != nil {
		n.w.counts.Installed++
		n.w.log.node(n.w.now, n.number, "installs", "checkpoint %d", c.Name.OpNumber)
		s.checkpoints = append(s.checkpoints, *c)
		below := n.w.entriesOf(c.Name)
		keep := 0
		for keep < len(below) && keep+1 < len(s.names) &&
			s.names[keep+1].Checksum == below[keep].Checksum {
			keep++
		}
		w.Checkpoint, w.Keep = nil, vsr.OpNumber(keep)
		w.Entries = append(below[keep:len(below):len(below)], w.Entries...)
	}
	s.names = s.names[:w.Keep+1]
	n.w.extend(s, w.Entries)
	return w
}

// extend remembers entries on top of what a disk has.
func (w *world) extend(s *disked, entries []vsr.Entry) {
	for i := range entries {
		below := s.names[len(s.names)-1]
		name := vsr.LogName{OpNumber: below.OpNumber + 1, Checksum: entries[i].Checksum}
		w.chain[name] = link{entries[i], below}
		s.names = append(s.names, name)
	}
}

// entriesOf is all entries of a log that some replica has had.
func (w *world) entriesOf(name vsr.LogName) []vsr.Entry {
	entries := make([]vsr.Entry, name.OpNumber)
	for name.OpNumber > 0 {
		l := w.chain[name]
		entries[name.OpNumber-1] = l.entry
		name = l.below
	}
	return entries
}

// beginCheckpoint lets the disk make a checkpoint durable, in its time. That
// all replicas have the same after the same operation is checked at once.
func (n *node) beginCheckpoint(c *vsr.Checkpoint) {
	w := n.w
	w.counts.Checkpoints++
	at, root := c.Name.OpNumber, c.Root()
	if there, ok := w.truth.roots[at]; ok && there != root {
		w.fail(Diverged, "r%d makes the checkpoint %d with the root %v, others had %v", n.number,
			at, root, there)
		return
	}
	w.truth.roots[at] = root
	w.log.node(w.now, n.number, "begins", "checkpoint %d, root %v", at, root)
	n.making = c
	takes := 2 * exponential(w.disks, w.plan.FlushDelay)
	w.queue.push(event{at: w.now + takes, kind: checkpointed, node: n.number, epoch: n.epoch,
		which: int(at)})
}

// checkpointed ends that.
func (n *node) checkpointed(at vsr.OpNumber) {
	n.stored.checkpoints = append(n.stored.checkpoints, *n.making)
	n.w.log.node(n.w.now, n.number, "has", "checkpoint %d", at)
	n.replica.CheckpointPersisted(at)
}
