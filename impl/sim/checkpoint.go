// SPDX-License-Identifier: Apache-2.0

package sim

// Checkpoints of a replica on their way to its disk, and all logs that there
// were.

import (
	"slices"

	"viewstamp/impl/vsr"
)

// link is an entry of some log, and the name of the log below it.
type link struct {
	entry vsr.Entry
	below vsr.LogName
}

// record remembers the entries of a write, on top of what the node was told to
// keep.
func (n *node) record(w *vsr.Write) {
	if c := w.Checkpoint; c != nil {
		n.checkRoot(c)
		n.w.counts.Installed++
		n.w.log.node(n.w.now, n.number, "installs", "checkpoint %d", c.Name.OpNumber)
		n.names = []vsr.LogName{c.Name}
		n.promises.missing = nil
	}
	n.promises.missing = slices.DeleteFunc(n.promises.missing,
		func(op vsr.OpNumber) bool { return op > w.Keep })
	n.names = n.names[:w.Keep-n.names[0].OpNumber+1]
	n.extend(w.Entries)
}

// extend remembers entries on top of the log of a node.
func (n *node) extend(entries []vsr.Entry) {
	for i := range entries {
		below := n.names[len(n.names)-1]
		name := vsr.LogName{OpNumber: below.OpNumber + 1, Checksum: entries[i].Checksum}
		if _, known := n.w.chain[name]; !known {
			n.w.chain[name] = link{entries[i], below}
		}
		n.names = append(n.names, name)
	}
}

// found takes over the names of what the disk has returned.
func (n *node) found(d *vsr.Durable) {
	n.names = []vsr.LogName{d.Checkpoint.Name}
	n.extend(d.Log)
	for _, lost := range d.Lost {
		n.names[lost.Last-d.Checkpoint.Name.OpNumber] = lost.Name
	}
	if d.Checkpoint.Name.OpNumber > 0 {
		n.checkRoot(&d.Checkpoint)
	}
	if len(d.Lost) > 0 || d.HeadUnknown {
		n.w.counts.Rotten++
		n.rotten = true
		n.w.log.node(n.w.now, n.number, "finds", "lost entries %v, head unknown: %v", d.Lost,
			d.HeadUnknown)
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

// checkRoot holds a checkpoint that the node has made, got or read against those
// of others after the same operation.
func (n *node) checkRoot(c *vsr.Checkpoint) {
	w := n.w
	at, root := c.Name.OpNumber, c.Root()
	if there, ok := w.truth.roots[at]; ok && there != root {
		w.fail(Diverged, "r%d has the checkpoint %d with the root %v, others had %v", n.number,
			at, root, there)
		return
	}
	w.truth.roots[at] = root
}

// planStep plans the next part of the checkpoint that the disk makes durable.
// While there are flushes the parts go between them.
func (n *node) planStep() {
	if !n.feed.Busy() || n.stepping {
		return
	}
	n.stepping = true
	takes := exponential(n.w.disks, n.w.plan.FlushDelay/4)
	n.w.queue.push(event{at: n.w.now + takes, kind: stepped, node: n.number, epoch: n.epoch})
}

// step does the next part.
func (n *node) step() {
	n.stepping = false
	if n.flushing {
		return // The end of the flush does it.
	}
	durable, err := n.feed.Step()
	if err != nil {
		n.diskFailed(err)
		return
	}
	if durable > 0 {
		n.w.log.node(n.w.now, n.number, "has", "checkpoint %d", durable)
		n.promises.checkpoint = durable
		n.promises.missing = slices.DeleteFunc(n.promises.missing,
			func(op vsr.OpNumber) bool { return op <= durable })
		n.replica.CheckpointPersisted(durable)
	}
}
