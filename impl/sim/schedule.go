// SPDX-License-Identifier: Apache-2.0

package sim

// Faults that happen at a time of their own, as plain data: each can be drawn, or
// be told in advance, which is how a failing run is made smaller and kept.

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"
)

// FaultKind says what goes wrong.
type FaultKind string

// The kinds of faults that have a time of their own.
const (
	Replay    FaultKind = "replay"     // An old message arrives once more.
	Partition FaultKind = "partition"  // Some do not hear others.
	Crash     FaultKind = "crash"      // A replica stops, and comes back.
	PowerCut  FaultKind = "power cut"  // All replicas stop at once.
	Pause     FaultKind = "pause"      // A replica stands still, and goes on.
	DiskError FaultKind = "disk error" // A write or a flush fails.
	SlowDisk  FaultKind = "slow disk"  // Flushes take a hundred times as long.
	ClockJump FaultKind = "clock jump" // A clock is set anew.
	Damage    FaultKind = "damage"     // A disk loses what it had promised to keep.
)

// faultKinds are all of them, in the order in which their first ones are planned.
var faultKinds = []FaultKind{Replay, Partition, Crash, PowerCut, Pause, DiskError, SlowDisk,
	ClockJump, Damage}

// Fault is one fault. What it does not say follows from the seed of the run and
// from At alone, so that it stays the same fault when others are left out.
type Fault struct {
	// At is when, in virtual time.
	At   time.Duration `json:"at"`
	Kind FaultKind     `json:"kind"`
	// Replica is the one that it hits most.
	Replica int `json:"replica"`
	// How is more about it: the shape of a partition, the moment of a crash, the
	// call that fails, the kind of damage. See hows.
	How string `json:"how,omitempty"`
	// Power: unflushed sectors are lost or torn.
	Power bool `json:"power,omitempty"`
	// For is how long it lasts, or how long the replica is down.
	For time.Duration `json:"for,omitempty"`
}

// The shapes of partitions.
const (
	isolation  = "alone"       // One replica hears nobody and is heard by nobody.
	halves     = "halves"      // Two groups of replicas do not hear each other.
	deaf       = "deaf"        // One replica hears nobody.
	mute       = "mute"        // One replica is not heard.
	brokenLink = "broken link" // Two replicas do not hear each other.
	bridge     = "bridge"      // Two groups, and one replica that hears both.
	ring       = "ring"        // Each replica hears just the one before it.
	flapping   = "flapping"    // One is alone, and back, and alone again.
	// Some are cut off one after the other, and are back in another order.
	swizzle = "swizzle"
)

// The moments of a crash. Crashes between two events, where nothing is under
// way, find little.
const (
	crashNow     = "now"
	crashInFlush = "in a flush"
	crashInSend  = "in a send"
)

// The calls of a disk that fail.
const (
	failWrite = "write"
	failFlush = "flush"
)

// The kinds of damage.
const (
	damageBit        = "bit rot"
	damageSector     = "sector rot"
	damageUnreadable = "unreadable sector"
	damageLost       = "lost write"
	damageSwapped    = "misdirected writes"
	damageRead       = "read error"
	damageSuperblock = "superblock copy"
	damageHead       = "newest group, and the primary is down"
	damageRunning    = "rot while it runs" // The others come while the replica is down.
)

// hows lists what How of a kind may be.
var hows = map[FaultKind][]string{
	Partition: {isolation, halves, deaf, mute, brokenLink, bridge, ring, flapping,
		swizzle},
	Crash:     {crashNow, crashInFlush, crashInSend},
	DiskError: {failWrite, failFlush},
	Damage: {damageBit, damageSector, damageUnreadable, damageLost, damageSwapped, damageRead,
		damageSuperblock, damageHead, damageRunning},
}

// String is the fault as a sentence.
func (f Fault) String() string {
	text := fmt.Sprintf("at %v ", f.At.Round(time.Millisecond))
	long := f.For.Round(time.Millisecond)
	lost := ""
	if f.Power {
		lost = ", and its disk loses what was not flushed,"
	}
	switch f.Kind {
	case Replay:
		return text + "an old message arrives once more"
	case Partition:
		return text + fmt.Sprintf("the network is cut around replica %d (%s) for %v", f.Replica,
			f.How, long)
	case Crash:
		return text + fmt.Sprintf("replica %d crashes (%s)%s and is down for %v", f.Replica, f.How,
			lost, long)
	case PowerCut:
		return text + fmt.Sprintf("all replicas lose their power, and are down for about %v", long)
	case Pause:
		return text + fmt.Sprintf("replica %d stands still for %v", f.Replica, long)
	case DiskError:
		return text + fmt.Sprintf("the next %s of replica %d fails, and it is down for %v", f.How,
			f.Replica, long)
	case SlowDisk:
		return text + fmt.Sprintf("the disk of replica %d is slow for %v", f.Replica, long)
	case ClockJump:
		return text + fmt.Sprintf("the clock of replica %d jumps", f.Replica)
	case Damage:
		if f.How == damageRunning {
			return text + fmt.Sprintf("the disk of replica %d is damaged while it runs", f.Replica)
		}
		return text + fmt.Sprintf("replica %d crashes, is down for %v, and its disk is damaged (%s)",
			f.Replica, long, f.How)
	}
	return text + string(f.Kind)
}

// check says what is wrong with a fault of a schedule.
func (f *Fault) check() error {
	switch all := hows[f.Kind]; {
	case !slices.Contains(faultKinds, f.Kind):
		return fmt.Errorf("sim: a fault of the Schedule is of kind %q, expected one of %q", f.Kind,
			faultKinds)
	case all != nil && !slices.Contains(all, f.How), all == nil && f.How != "":
		return fmt.Errorf("sim: a %s of the Schedule is %q, expected one of %q", f.Kind, f.How, all)
	case f.At < 0 || f.For < 0 || f.Replica < 0 || f.Replica > 8:
		return fmt.Errorf("sim: a fault of the Schedule is %+v, expected times of 0 or more and a "+
			"replica from 0 to 8", *f)
	}
	return nil
}

// every is the mean time between two faults of a kind; 0 if there are none.
func (f *Faults) every(kind FaultKind) time.Duration {
	switch kind {
	case Replay:
		return f.ReplayEvery
	case Partition:
		return f.PartitionEvery
	case Crash:
		return f.CrashEvery
	case PowerCut:
		return f.PowerCutEvery
	case Pause:
		return f.PauseEvery
	case DiskError:
		return f.DiskErrorEvery
	case SlowDisk:
		return f.SlowDiskEvery
	case ClockJump:
		return f.ClockJumpEvery
	case Damage:
		return f.DamageEvery
	}
	return 0
}

// WithoutTimes is the faults without those that have a time of their own.
func (f Faults) WithoutTimes() *Faults {
	f.ReplayEvery, f.PartitionEvery, f.CrashEvery, f.PowerCutEvery = 0, 0, 0, 0
	f.PauseEvery, f.DiskErrorEvery, f.SlowDiskEvery, f.ClockJumpEvery = 0, 0, 0, 0
	f.DamageEvery = 0
	return &f
}

// planFault plans the next fault of a kind.
func (w *world) planFault(which int) {
	if every := w.plan.faults.every(faultKinds[which]); every > 0 {
		w.queue.push(event{at: w.now + exponential(w.faults, every), kind: fault, which: which})
	}
}

// drawFault draws a fault that happens now.
func (w *world) drawFault(kind FaultKind) Fault {
	r, rates := w.faults, &w.plan.faults
	f := Fault{At: time.Duration(w.now), Kind: kind, Replica: w.victim(r)}
	long := func(mean time.Duration) time.Duration { return time.Duration(exponential(r, mean)) }
	if all := hows[kind]; all != nil {
		f.How = all[r.IntN(len(all))]
	}
	switch kind {
	case Partition:
		f.For = long(rates.PartitionMean)
	case Crash:
		f.Power, f.For = r.Float64() < rates.PowerLoss, long(rates.DownMean)
	case PowerCut:
		f.Power, f.For = true, long(rates.DownMean)
	case Pause:
		f.For = long(rates.PauseMean)
	case DiskError:
		f.Power, f.For = !rates.DiskErrorStays, long(rates.DownMean)
	case SlowDisk:
		f.For = time.Second + long(time.Second)
	case Damage:
		f.Replica = w.damageable(r)
		f.Power, f.For = true, long(rates.DownMean)
	}
	return f
}

// victim draws a replica: the one that leads the latest view in half of the
// cases, since most goes wrong where most happens.
func (w *world) victim(r *rand.Rand) int {
	drawn := r.IntN(len(w.nodes))
	if r.IntN(2) == 0 {
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

// chance is a source for what happens now, and has no memory: what happened
// before does not shift it.
func (w *world) chance() *rand.Rand {
	return rand.New(rand.NewPCG(w.plan.Seed, uint64(w.now)<<8|streamNow))
}
