// SPDX-License-Identifier: Apache-2.0

package sim

// What a fault does.

import (
	"errors"
	"time"

	"viewstamp/impl/storage"
)

// What a crash takes: event.which.
const (
	processLoss = iota
	powerLoss
)

// errDisk is the error of a disk that fails on purpose.
var errDisk = errors.New("input/output error")

// fault lets one drawn fault happen, in the safety phase only.
func (w *world) fault(which int) {
	if w.live {
		return
	}
	// The next one is planned first, so that what this one does to the streams
	// of chance does not depend on whether it can happen.
	w.planFault(which)
	w.hit(w.drawFault(faultKinds[which]))
}

// scripted lets one fault of the Schedule happen, in the safety phase only.
func (w *world) scripted(which int) {
	f := w.plan.Schedule[which]
	if !w.live && f.Replica < len(w.nodes) {
		w.hit(f)
	}
}

// hit lets one fault happen, if it can, and remembers it.
func (w *world) hit(f Fault) {
	if w.strike(&f) {
		w.schedule = append(w.schedule, f)
		w.log.line(w.now, "fault", "%v", f)
	}
}

// strike says whether the fault could happen.
func (w *world) strike(f *Fault) bool {
	if f.Replica < 0 {
		return false
	}
	victim, last := w.nodes[f.Replica], int64(f.For)
	switch f.Kind {
	case Replay:
		return w.network.replay(w.chance())
	case Partition:
		return w.network.split(f)
	case Crash:
		return w.crashOne(victim, f)
	case PowerCut:
		w.powerCut(last)
	case Pause:
		if !victim.up || victim.paused {
			return false
		}
		victim.pause(last)
	case DiskError:
		if !w.mayCrash(victim) {
			return false
		}
		call := storage.CallWrite
		if f.How == failFlush {
			call = storage.CallFlush
		}
		victim.disk.FailNext(call, 1, errDisk)
		victim.down, victim.failsWithPower = last, f.Power
	case SlowDisk:
		if victim.slow {
			return false
		}
		w.counts.SlowDisks++
		victim.slow = true
		w.queue.push(event{at: w.now + last, kind: fast, node: victim.number})
	case ClockJump:
		w.counts.ClockJumps++
		victim.clock = victim.drawClock(w.chance())
		w.log.node(w.now, victim.number, "clock", "is wrong by %v", time.Duration(victim.clock))
	case Damage:
		return w.damage(victim, f)
	}
	return true
}

// crashOne stops one replica now, or at a moment that hurts: between its next
// write and the flush, or while it sends. No more than f are down at once.
func (w *world) crashOne(victim *node, f *Fault) bool {
	if !w.mayCrash(victim) {
		return false
	}
	victim.down = int64(f.For)
	switch f.How {
	case crashNow:
		victim.crash(f.Power)
	case crashInFlush:
		victim.crashInFlush, victim.crashWithPower = true, f.Power
	case crashInSend:
		victim.crashInSends, victim.crashWithPower = 1+w.chance().IntN(8), f.Power
	}
	return true
}

// mayCrash says whether another replica may be down. In a group of two it may,
// though f is 0.
func (w *world) mayCrash(victim *node) bool {
	down := 0
	for _, n := range w.nodes {
		if !n.up {
			down++
		}
	}
	return victim.up && (down < w.tolerated() || down == 0)
}

// tolerated is f: how many replicas may fail at once.
func (w *world) tolerated() int { return (w.plan.Replicas - 1) / 2 }

// powerCut stops all replicas at one moment.
func (w *world) powerCut(mean int64) {
	w.counts.PowerCuts++
	r := w.chance()
	for _, n := range w.nodes {
		down := exponential(r, time.Duration(mean))
		if n.up {
			n.down = down
			n.crash(true)
		}
	}
}
