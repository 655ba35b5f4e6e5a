// SPDX-License-Identifier: Apache-2.0

package vsr

import "fmt"

// Crash and restart of a replica that keeps its state on disk.

// restart is the step Restart: the replica is what its disk says. A backup goes on in its view. A
// replica that waited for a view waits again. The primary gives up its view (D5): it may have sent
// PREPARE for entries that its disk had not yet written, and must not use their op-numbers again.
// What was committed beyond the checkpoint is learned and executed anew.
func (r *Replica) restart(disk Durable) error {
	if disk.LastNormalView > disk.ViewNumber || disk.ViewNumber > numberMax {
		return fmt.Errorf("vsr: the disk is damaged: it says last normal view %d, view %d; "+
			"take the replica out of service and restore its disk",
			disk.LastNormalView, disk.ViewNumber)
	}
	segments, err := segmentsOf(&disk)
	if err != nil {
		return err
	}
	for i := range segments {
		l := &segments[i]
		if err := verifyLog(l.base, l.entries, disk.LastNormalView); err != nil {
			return err
		}
	}
	if disk.Checkpoint.Name != (LogName{}) {
		if err := r.restore(&disk.Checkpoint); err != nil {
			return fmt.Errorf("vsr: the disk is damaged: %w; take the replica out of service and "+
				"restore its disk", err)
		}
	}
	r.viewNumber, r.lastNormalView = disk.ViewNumber, disk.LastNormalView
	r.log.entries, r.log.bytes = segments[0].entries, sizeOf(segments[0].entries)
	r.held.durable = r.log.opNumber()
	r.clientTable.addAll(r.log.entries, r.log.base.OpNumber)
	r.headUnknown = disk.HeadUnknown
	if len(segments) > 1 {
		r.damage = &damage{segments: segments, from: r.nextAfter(r.cfg.Replica)}
		r.sendRepair()
	}
	r.resume()
	return nil
}

// resume is the end of restart. A replica whose disk has lost something is the step RestartDamaged.
// If it does not know its head, it asks for a new view, whatever it was doing, so that it
// acknowledges nothing more where it does not know what it has acknowledged. If it knows nothing of
// its log at all, it does not vote either (damage.go).
func (r *Replica) resume() {
	switch {
	case r.headUnknown && r.OpNumber() == 0:
		r.restartSilent()
		return
	case r.headUnknown:
		r.enterViewChange(r.viewNumber + 1)
	case r.lastNormalView < r.viewNumber:
		r.status = ViewChange
		r.armViewChange()
	case r.isPrimary():
		r.enterViewChange(r.viewNumber + 1)
	default:
		r.status = Normal
		r.armNormal()
		if r.damage == nil {
			r.rememberPrepareOK()
		}
	}
	if r.damage != nil || r.headUnknown {
		r.step("RestartDamaged", nil)
		return
	}
	r.step("Restart", nil)
}

// rememberPrepareOK makes a restarted backup send its last PREPAREOK again: it may have been lost,
// or never have left, and then nothing else would bring it. The step that took the log to where it
// ends has sent it, and is on the disk. The exception is a log that was committed as a whole when
// it came with STARTVIEW or NEWSTATE; then the primary has committed it too and drops the message.
//
// A part of the log that had to be repaired must become durable first: then the message is sent
// when it is, outside of a step, since the spec has sent it before.
func (r *Replica) rememberPrepareOK() {
	n := r.log.opNumber()
	if n == 0 {
		return
	}
	ok := &PrepareOK{r.cfg.Replica, r.viewNumber, n}
	if h := &r.held; h.persisted < h.written {
		h.queue = append(h.queue, heldSend{h.written, int(r.primary()), ok})
		return
	}
	r.sent.prepareOK = ok
}
