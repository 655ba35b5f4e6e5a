// SPDX-License-Identifier: Apache-2.0

package sim

// What a replica has said, and must stand by, whatever it crashes through: others
// have counted on it. Each message to another replica is heard here, and each
// start and each vote is held against what was heard.

import "viewstamp/impl/vsr"

// promises is what one replica has said.
type promises struct {
	// view is the latest ViewNumber, lastNormal the latest LastNormalView: a
	// PREPAREOK or STARTVIEW of a view is of one in which the replica is Normal.
	view, lastNormal vsr.ViewNumber
	// acknowledged is the log of the latest PREPAREOK, of view acknowledgedIn.
	acknowledged   vsr.LogName
	acknowledgedIn vsr.ViewNumber
	// checkpoint is the latest that the core was told to be durable.
	checkpoint vsr.OpNumber
}

// promise hears a message that the node sends.
func (n *node) promise(m vsr.Message) {
	p := &n.promises
	switch m := m.(type) {
	case *vsr.StartViewChange:
		n.sayView(m.ViewNumber)
	case *vsr.DoViewChange:
		n.sayView(m.ViewNumber)
		if m.LastNormalView < p.lastNormal {
			n.w.fail(Broken, "r%d votes with v′=%d, and was Normal in view %d", n.number,
				m.LastNormalView, p.lastNormal)
		}
		p.lastNormal = m.LastNormalView
		if !m.HeadUnknown || m.Log.Name.OpNumber >= p.acknowledged.OpNumber {
			n.keepsWord("votes", m.LastNormalView, m.Log.Name, vsr.LogName{})
		}
	case *vsr.StartView:
		p.view = max(p.view, m.ViewNumber)
		p.lastNormal = max(p.lastNormal, m.ViewNumber)
	case *vsr.PrepareOK:
		p.view = max(p.view, m.ViewNumber)
		p.lastNormal = max(p.lastNormal, m.ViewNumber)
		if n.replica.LastNormalView() != m.ViewNumber || m.ViewNumber < p.acknowledgedIn {
			return // It has waited, and is of the past.
		}
		name, ok := n.nameAt(m.OpNumber)
		if ok && (m.ViewNumber > p.acknowledgedIn || name.OpNumber > p.acknowledged.OpNumber) {
			n.w.counts.Promises++
			p.acknowledged, p.acknowledgedIn = name, m.ViewNumber
		}
	}
}

// sayView hears the ViewNumber of a view change, which only grows.
func (n *node) sayView(v vsr.ViewNumber) {
	p := &n.promises
	if v < p.view {
		n.w.fail(Broken, "r%d takes part in the change to view %d, and has been in %d", n.number, v,
			p.view)
	}
	p.view = v
}

// nameAt is the name of the log up to an op-number, as the disk was told. It is
// false if the log does not go so far, or begins above it.
func (n *node) nameAt(at vsr.OpNumber) (vsr.LogName, bool) {
	if low := n.names[0].OpNumber; at < low || at >= low+vsr.OpNumber(len(n.names)) {
		return vsr.LogName{}, false
	}
	return n.names[at-n.names[0].OpNumber], true
}

// remembers holds what the disk has returned against the promises. It comes when
// the names of the log are known.
func (n *node) remembers(d *vsr.Durable) {
	p := &n.promises
	if d.ViewNumber < p.view || d.LastNormalView < p.lastNormal ||
		d.Checkpoint.Name.OpNumber < p.checkpoint {
		n.w.fail(Broken, "r%d starts in view %d, v′=%d, checkpoint %d, and had said %d, %d, %d",
			n.number, d.ViewNumber, d.LastNormalView, d.Checkpoint.Name.OpNumber, p.view,
			p.lastNormal, p.checkpoint)
	}
	// What is lost has a name still. A head that is unknown may be anything.
	whole := n.names[len(n.names)-1]
	if !d.HeadUnknown || whole.OpNumber >= p.acknowledged.OpNumber {
		n.keepsWord("starts", d.LastNormalView, whole, d.Checkpoint.Name)
	}
}

// keepsWord demands that a log of view v′ has what was acknowledged in that view.
// What was acknowledged in earlier ones a later view may have dropped. A
// checkpoint of other replicas may have taken the place of a log that differs from
// it, since all of it is committed.
func (n *node) keepsWord(what string, v vsr.ViewNumber, whole, checkpoint vsr.LogName) {
	p := &n.promises
	if v != p.acknowledgedIn || p.acknowledged.OpNumber <= checkpoint.OpNumber ||
		n.w.prefix(p.acknowledged, checkpoint.OpNumber) != checkpoint {
		return
	}
	if n.w.prefix(whole, p.acknowledged.OpNumber) != p.acknowledged {
		n.w.fail(Broken, "r%d %s with the log %d/%v in v′=%d, and has acknowledged %d/%v in that "+
			"view", n.number, what, whole.OpNumber, whole.Checksum, v, p.acknowledged.OpNumber,
			p.acknowledged.Checksum)
	}
}

// prefix is the name of a log up to an op-number; the whole log if it does not go
// so far.
func (w *world) prefix(name vsr.LogName, at vsr.OpNumber) vsr.LogName {
	for name.OpNumber > at {
		name = w.chain[name].below
	}
	return name
}
