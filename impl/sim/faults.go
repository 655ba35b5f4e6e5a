// SPDX-License-Identifier: Apache-2.0

package sim

// When faults happen, and to whom.

import (
	"errors"
	"time"

	"viewstamp/impl/storage"
)

// The kinds of faults that happen at a time of their own.
const (
	faultReplay = iota
	faultPartition
	faultCrash
	faultPowerCut
	faultPause
	faultDiskError
	faultSlowDisk
	faultClockJump
	faultKinds
)

// What a crash takes: event.which.
const (
	processLoss = iota
	powerLoss
)

// every is the mean time between two faults of a kind; 0 if there are none.
func (f *Faults) every(which int) time.Duration {
	return [faultKinds]time.Duration{f.ReplayEvery, f.PartitionEvery, f.CrashEvery, f.PowerCutEvery,
		f.PauseEvery, f.DiskErrorEvery, f.SlowDiskEvery, f.ClockJumpEvery}[which]
}

// planFault plans the next fault of a kind.
func (w *world) planFault(which int) {
	if every := w.plan.faults.every(which); every > 0 {
		w.queue.push(event{at: w.now + exponential(w.faults, every), kind: fault, which: which})
	}
}

// fault lets one fault happen, in the safety phase only.
func (w *world) fault(which int) {
	if w.live {
		return
	}
	// The next one is planned first, so that what this one does to the streams
	// of chance does not depend on whether it can happen.
	w.planFault(which)
	victim := w.nodes[w.victim()]
	switch which {
	case faultReplay:
		w.network.replay()
	case faultPartition:
		w.network.split()
	case faultCrash:
		w.crashOne(victim)
	case faultPowerCut:
		w.powerCut()
	case faultPause:
		if victim.up && !victim.paused {
			victim.pause(exponential(w.faults, w.plan.faults.PauseMean))
		}
	case faultDiskError:
		if w.mayCrash(victim) {
			call := []storage.Call{storage.CallWrite, storage.CallFlush}[w.faults.IntN(2)]
			victim.disk.FailNext(call, 1, errDisk)
		}
	case faultSlowDisk:
		if !victim.slow {
			w.counts.SlowDisks++
			victim.slow = true
			w.log.node(w.now, victim.number, "slow", "disk")
			last := int64(time.Second) + exponential(w.faults, time.Second)
			w.queue.push(event{at: w.now + last, kind: fast, node: victim.number})
		}
	case faultClockJump:
		w.counts.ClockJumps++
		victim.clock = victim.drawClock()
		w.log.node(w.now, victim.number, "clock", "is wrong by %v", time.Duration(victim.clock))
	}
}

// crashOne stops one replica now, or at a moment that hurts: between its next
// write and the flush, or while it sends. No more than f are down at once.
func (w *world) crashOne(victim *node) {
	if !w.mayCrash(victim) {
		return
	}
	// Crashes between two events, where nothing is under way, find little.
	switch w.faults.IntN(3) {
	case 0:
		victim.crash(w.losesPower())
	case 1:
		victim.crashInFlush = true
	case 2:
		victim.crashInSends = 1 + w.faults.IntN(8)
	}
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
	return victim.up && (down < (w.plan.Replicas-1)/2 || down == 0)
}

// victim draws a replica: the one that leads the latest view in half of the
// cases, since most goes wrong where most happens.
func (w *world) victim() int {
	drawn := w.faults.IntN(len(w.nodes))
	if w.faults.IntN(2) == 0 {
		return drawn
	}
	// Of two that believe to lead, the one with the later view is right.
	for i, n := range w.nodes {
		if n.up && n.replica.IsPrimary() && n.led >= w.nodes[drawn].led {
			drawn = i
		}
	}
	return drawn
}

// errDisk is the error of a disk that fails on purpose.
var errDisk = errors.New("input/output error")

// powerCut stops all replicas at one moment.
func (w *world) powerCut() {
	w.counts.PowerCuts++
	for _, n := range w.nodes {
		if n.up {
			n.crash(true)
		}
	}
}

// losesPower draws whether a crash is one of the machine.
func (w *world) losesPower() bool { return w.faults.Float64() < w.plan.faults.PowerLoss }

// lossKind is losesPower as what an event says.
func (w *world) lossKind() int {
	if w.losesPower() {
		return powerLoss
	}
	return processLoss
}
