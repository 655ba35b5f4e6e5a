// SPDX-License-Identifier: Apache-2.0

package vsr

// When steps happen that no message asks for, and when messages are sent again. Nothing here
// matters for safety.

// timers are points in time, in ticks since the replica started.
type timers struct {
	now        uint64
	heartbeat  uint64 // Primary: COMMIT is due.
	resend     uint64 // PREPARE or PREPAREOK is sent again.
	viewChange uint64 // The next view is due.
	ask        uint64 // GETSTATE, GETENTRIES and the messages of the view change are sent again.
	repair     uint64 // The same for what the disk has lost.
	lasting    uint64 // Normal: the view has lasted, so the failures before it are over.
	failures   int    // View changes in a row that came to nothing.
	// When each replica was last heard, or the current view began.
	heard []uint64
}

// random is a small generator (SplitMix64), so that equal seeds give equal runs in every release.
type random struct {
	state uint64
}

// below is a number from 0 to n−1.
func (x *random) below(n int) uint64 {
	x.state += 0x9e3779b97f4a7c15
	z := x.state
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return (z ^ z>>31) % uint64(n)
}

// Tick tells that one tick of time has passed.
func (r *Replica) Tick(_ Timestamp) {
	if r.refused != nil {
		return
	}
	r.timers.now++
	if r.status == Normal && r.due(r.timers.lasting) {
		r.timers.failures = 0
	}
	if r.damage != nil {
		r.tickRepair()
	}
	switch {
	case r.status == ViewChange:
		r.tickViewChange()
	case r.isPrimary():
		r.tickPrimary()
	default:
		r.tickBackup()
	}
	r.settle()
}

// tickPrimary sends heartbeats, and PREPARE again to those that have not acknowledged it.
func (r *Replica) tickPrimary() {
	if r.hearsNobody() {
		return
	}
	if r.due(r.timers.heartbeat) {
		r.sendCommit()
	}
	if r.due(r.timers.resend) {
		r.armResend()
		for i := range r.cfg.Replicas {
			if ReplicaNumber(i) != r.cfg.Replica {
				r.resendPrepares(ReplicaNumber(i))
			}
		}
	}
}

// resendPrepares sends the first entries that a backup lacks once more, as many as one large
// message would hold.
func (r *Replica) resendPrepares(to ReplicaNumber) {
	bytes := r.cfg.MessageBytesMax
	for _, prepare := range r.sent.prepares {
		if prepare.Parent.OpNumber < r.quorum.acknowledged[to].highest {
			continue
		}
		if bytes -= entryBytes(&prepare.Entry); bytes < 0 {
			return
		}
		r.resend(int(to), prepare)
	}
}

// tickBackup gives up on a silent primary, and sends again what it waits for an effect of.
func (r *Replica) tickBackup() {
	if r.due(r.timers.viewChange) {
		r.sendStartViewChange()
		return
	}
	if r.due(r.timers.resend) {
		r.resendPrepareOK()
	}
	if r.due(r.timers.ask) {
		r.resendAsk()
	}
}

// tickViewChange goes to the next view if this one does not start, and sends again until then.
func (r *Replica) tickViewChange() {
	if r.due(r.timers.viewChange) {
		r.timers.failures++
		r.sendStartViewChange()
		return
	}
	if !r.due(r.timers.ask) {
		return
	}
	if m := r.sent.startViewChange; m != nil {
		r.resend(toAll, m)
	}
	if m := r.sent.doViewChange; m != nil && !r.isPrimary() {
		r.resend(int(r.primary()), m)
	}
	r.resendAsk()
}

// resendAsk asks another replica for the state or the entries that are missing.
func (r *Replica) resendAsk() {
	r.armAsk(0)
	if r.fetch != nil {
		r.resendFetch()
	} else if r.sent.getState != nil {
		r.sent.getStateTo = r.nextAfter(r.sent.getStateTo)
		r.resend(int(r.sent.getStateTo), r.sent.getState)
	}
}

// resendPrepareOK acknowledges once more what is not known to be committed: PREPAREOK can be lost,
// and after a view change there may be no PREPARE that would ask for it.
func (r *Replica) resendPrepareOK() {
	r.armResend()
	ok := r.sent.prepareOK
	if ok != nil && ok.OpNumber > r.commitNumber && ok.ViewNumber == r.viewNumber {
		r.resend(int(r.primary()), ok)
	}
}

// heardFromPrimary puts off the view change.
func (r *Replica) heardFromPrimary() { r.armTimeout() }

// due says whether a point in time has come.
func (r *Replica) due(at uint64) bool { return r.timers.now >= at }

// armNormal sets the timers of a view that has started.
func (r *Replica) armNormal() {
	r.timers.lasting = r.timers.now + r.timeout()
	for i := range r.timers.heard {
		r.timers.heard[i] = r.timers.now
	}
	r.timers.heartbeat = r.timers.now // The others shall know soon.
	r.armResend()
	r.armAsk(0)
	r.armTimeout()
}

// armViewChange sets the timers of a view that is to start.
func (r *Replica) armViewChange() {
	r.armAsk(0)
	r.armTimeout()
}

// armTimeout sets the time for the next view: with chance in it, so that two replicas do not get
// into each other's way for ever, and longer after each failure, so that on a slow network some
// view has the time to start.
func (r *Replica) armTimeout() {
	ticks := r.timeout()
	r.timers.viewChange = r.timers.now + ticks + r.random.below(int(ticks/2)+1)
}

// timeout is the least number of ticks of armTimeout.
func (r *Replica) timeout() uint64 {
	return uint64(r.cfg.ViewChangeTicks) << min(r.timers.failures, backoffMax)
}

// armHeartbeat sets the time for the next COMMIT.
func (r *Replica) armHeartbeat() {
	r.timers.heartbeat = r.timers.now + uint64(r.cfg.HeartbeatTicks)
}

// armResend sets the time when PREPARE and PREPAREOK are sent again.
func (r *Replica) armResend() { r.timers.resend = r.timers.now + uint64(r.cfg.ResendTicks) }

// armAsk sets the time when the questions of this replica are sent again: longer after each
// attempt in vain.
func (r *Replica) armAsk(attempts int) {
	ticks := uint64(r.cfg.ViewChangeResendTicks) << min(attempts, backoffMax)
	r.timers.ask = r.timers.now + ticks
}
