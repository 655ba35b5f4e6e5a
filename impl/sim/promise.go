// SPDX-License-Identifier: Apache-2.0

package sim

// What a replica has said, and must stand by, whatever it crashes through: others
// have counted on it. Each message to another replica is heard here, and each
// start and each vote is held against what was heard.

import (
	"slices"

	"viewstamp/impl/vsr"
)

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
	// missing are the entries that the disk had lost at the latest start, and that have
	// not come back or been dropped since.
	missing []vsr.OpNumber
	// asked is whom the replica has asked last for entries, times how often in a row
	// without an answer.
	asked, times int
}

// asksMax is how often a replica that follows a primary asks the same other one in a
// row, though it does not answer and there are more of them.
const asksMax = 8

// chosen is a log that a quorum has acknowledged in a view: it is committed, whether
// anybody knows it or not.
type chosen struct {
	name vsr.LogName
	view vsr.ViewNumber
}

// promise hears a message that the node sends.
func (n *node) promise(to int, m vsr.Message) {
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
		n.tellsWhatIsMissing(m)
		if !m.HeadUnknown || m.Log.Name.OpNumber >= p.acknowledged.OpNumber {
			n.keepsWord("votes", m.LastNormalView, m.Log.Name, vsr.LogName{})
		}
	case *vsr.StartView:
		p.view = max(p.view, m.ViewNumber)
		p.lastNormal = max(p.lastNormal, m.ViewNumber)
		n.w.keepsChosen(m)
	case *vsr.GetEntries, *vsr.GetCheckpoint:
		n.asks(to)
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
			n.w.choose(name, m.ViewNumber)
		}
	}
}

// asks hears that the replica asks another one for a part of the log. Who follows a
// primary waits for nothing else: asked for ever, one that is gone would keep it
// behind for ever.
func (n *node) asks(to int) {
	p := &n.promises
	if n.replica.Status() != vsr.Normal || p.asked != to {
		p.asked, p.times = to, 0
	}
	if p.times++; p.times > asksMax && n.w.plan.Replicas > 2 {
		n.w.fail(Broken, "r%d asks r%d for the %d. time in a row, has no answer, and asks no other",
			n.number, to, p.times)
	}
}

// hears takes what comes in answer.
func (n *node) hears(m vsr.Message) {
	p := &n.promises
	switch m := m.(type) {
	case *vsr.Entries:
		p.times = 0
		p.missing = slices.DeleteFunc(p.missing, func(op vsr.OpNumber) bool {
			return op <= m.Name.OpNumber && op+vsr.OpNumber(len(m.Entries)) > m.Name.OpNumber
		})
	case *vsr.CheckpointPart:
		p.times = 0
	}
}

// tellsWhatIsMissing demands that a vote does not stand for entries that the disk has
// lost.
func (n *node) tellsWhatIsMissing(m *vsr.DoViewChange) {
	for _, op := range n.promises.missing {
		if op > m.Log.Base.OpNumber {
			continue // Above its log, or in the message.
		}
		if !slices.ContainsFunc(m.Lost, func(l vsr.LostRange) bool {
			return l.Below.OpNumber < op && op <= l.Name.OpNumber
		}) {
			n.w.fail(Broken, "r%d votes with the log %d and does not say that its disk has lost "+
				"entry %d", n.number, m.Log.Name.OpNumber, op)
		}
	}
}

// choose remembers a log if it has just been acknowledged by a quorum in a view, the
// primary being one of them if it is on its disk.
func (w *world) choose(name vsr.LogName, view vsr.ViewNumber) {
	if name.OpNumber <= w.chosen.name.OpNumber {
		return
	}
	have := 0
	for i, n := range w.nodes {
		p := &n.promises
		switch {
		case vsr.ViewNumber(i) == view%vsr.ViewNumber(len(w.nodes)):
			if n.up && n.replica.Status() == vsr.Normal && n.replica.ViewNumber() == view &&
				n.replica.DurableOpNumber() >= name.OpNumber {
				have++
			}
		case p.acknowledgedIn == view && p.acknowledged.OpNumber >= name.OpNumber &&
			w.prefix(p.acknowledged, name.OpNumber) == name:
			have++
		}
	}
	if have >= len(w.nodes)-w.tolerated() {
		w.chosen = chosen{name, view}
	}
}

// keepsChosen demands that each later view has what was chosen.
func (w *world) keepsChosen(m *vsr.StartView) {
	c := &w.chosen
	if m.ViewNumber > c.view && !w.plan.faults.DamageAll &&
		w.prefix(m.Log.Name, c.name.OpNumber) != c.name {
		w.fail(Broken, "view %d starts with the log %d/%v; a quorum has acknowledged %d/%v in view %d",
			m.ViewNumber, m.Log.Name.OpNumber, m.Log.Name.Checksum, c.name.OpNumber,
			c.name.Checksum, c.view)
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
	// Others may have counted on all that was on the disk, of a primary for instance.
	if d.LastNormalView > p.acknowledgedIn || d.LastNormalView == p.acknowledgedIn &&
		whole.OpNumber > p.acknowledged.OpNumber {
		p.acknowledged, p.acknowledgedIn = whole, d.LastNormalView
	}
	p.missing, p.times = nil, 0
	for _, lost := range d.Lost {
		for op := lost.First; op <= lost.Last; op++ {
			p.missing = append(p.missing, op)
		}
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
