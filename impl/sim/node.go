// SPDX-License-Identifier: Apache-2.0

package sim

// A replica with its disk, its clock and its service: the driver of the core,
// as package server is in a real process, but with every moment in which it can
// be stopped made visible.

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"viewstamp/impl/journal"
	"viewstamp/impl/storage"
	"viewstamp/impl/vsr"
)

// node is one replica of the run.
type node struct {
	w      *world
	number int
	disk   *storage.Sim

	// The process. It is gone when the node is down.
	up       bool
	epoch    uint64 // Counts crashes: what was planned for an earlier process is void.
	replica  *vsr.Replica
	journal  *journal.Journal
	service  *service
	flushing bool
	flush    int // Number of the latest flush.
	feed     *journal.Feed
	stepping bool          // A part of a checkpoint is planned.
	names    []vsr.LogName // Of the log as the disk was told, from its checkpoint upwards.

	promises promises // Of all processes so far.

	paused   bool
	deferred []event // What arrived while it was paused, in order.

	started    bool  // It has run before.
	tickLength int64 // Virtual nanoseconds; a little wrong.
	clock      int64 // How wrong the time of day is.
	drift      int64 // How much more wrong it gets, in millionths.
	pace       int64 // How wrong the monotonic clock gets.
	keeper     timekeeper
	slow       bool // The disk is.
	frozen     bool // It has no part in this part of the liveness phase.
	led        vsr.ViewNumber

	rotten bool // Its disk has lost something.

	// Crashes that wait for a moment: crashInFlush for the next write to the
	// disk, crashInSends for so many messages from now on; 0 if none waits.
	crashInFlush   bool
	crashInSends   int
	crashWithPower bool
	// The next crash: how long the node is down then, and whether one by a failing
	// disk takes its power.
	down           int64
	failsWithPower bool
}

// newNode formats the disk.
func newNode(w *world, number int) (*node, error) {
	drift := w.faults.Float64()*0.1 - 0.05
	n := &node{w: w, number: number, disk: storage.NewSim(),
		tickLength: int64(float64(Tick) * (1 + drift))}
	n.clock = n.drawClock(w.faults)
	if w.plan.faults.ClockSkew > 0 {
		n.pace, n.drift = int64(drift*1e6), int64(drift*1e6)
		if !w.isLiar(number) {
			n.drift = min(max(n.drift, -honestDrift), honestDrift)
		}
	}
	c := n.journalConfig()
	c.FormatID = [16]byte{1, byte(number)}
	if err := journal.Format(n.disk, c); err != nil {
		return nil, fmt.Errorf("sim: %w", err)
	}
	return n, nil
}

// journalConfig is a small data file, so that it gets full.
func (n *node) journalConfig() journal.Config {
	return journal.Config{Slots: n.w.plan.slots, PrepareBytes: n.w.plan.prepareBytes,
		StateMax: 1 << 20, Identity: journal.Identity{Cluster: cluster,
			Replica: vsr.ReplicaNumber(n.number), Replicas: n.w.plan.Replicas}}
}

// tellRoom tells the core how much room the journal has. To say that it is little
// is always allowed.
func (n *node) tellRoom() {
	room := n.feed.Room()
	switch room {
	case vsr.RoomLittle, vsr.RoomTight:
		n.w.counts.Little++
	case vsr.RoomPlenty:
		if n.w.plan.eager {
			room = vsr.RoomLittle
		}
	}
	n.replica.LogRoom(room)
}

// take lets an event happen at this node.
func (n *node) take(e *event) {
	switch e.kind {
	case crash:
		if n.up && e.epoch == n.epoch {
			n.crash(e.which == powerLoss)
		}
	case restart:
		if !n.up && (!n.frozen || n.w.thawed) {
			n.start()
		}
	case resume:
		if n.paused && e.epoch == n.epoch {
			n.resume()
		}
	case fast:
		n.hurry()
	case deliver:
		// A message is for whichever process is there when it arrives, and a
		// partition stops those that are on their way.
		if !n.up {
			n.w.counts.Lost++
			return
		}
		if n.w.network.stops(e.from, n.number) {
			n.w.counts.Blocked++
			return
		}
		n.work(e)
	default:
		if n.up && e.epoch == n.epoch {
			n.work(e)
		}
	}
}

// work lets the process do something, or puts it off if it is paused.
func (n *node) work(e *event) {
	if n.paused {
		n.deferred = append(n.deferred, *e)
		return
	}
	n.tellRoom()
	switch e.kind {
	case tick:
		n.planTick()
		n.keepTime()
		n.replica.Tick(n.time())
	case flushed:
		if e.which != n.flush {
			return
		}
		n.flushing = false
		durable, err := n.journal.Flush()
		if err != nil {
			n.diskFailed(err)
			return
		}
		n.w.counts.Flushes++
		n.w.log.node(n.w.now, n.number, "flush", "write %d is durable", durable)
		n.replica.Persisted(durable)
		n.step()
		if !n.up {
			return
		}
	case stepped:
		n.step()
		if !n.up {
			return
		}
	case deliver:
		m := n.w.network.open(e)
		if m == nil {
			return
		}
		n.w.counts.Delivered++
		n.w.mix(uint64(m.Kind())<<8|uint64(uint8(e.from)), fingerprint(m))
		n.w.log.message(n.w.now, "<-", n.number, e.from, m, &n.w.network)
		n.hears(m)
		n.receive(m)
	case scrub:
		if n.scrub(); !n.up {
			return
		}
	}
	n.drive()
}

// drive carries out what the core wants: events, writes, messages, in this
// order.
func (n *node) drive() {
	// Events first: a crash in one of the later steps must find them recorded,
	// or the trace would lack steps whose messages others have received.
	out := n.replica.Output()
	if out.Err != nil {
		n.w.fail(Diverged, "r%d: %v", n.number, out.Err)
		return
	}
	for i := range out.Events {
		n.w.log.event(n.w.now, &out.Events[i])
		n.w.plan.Hooks.Event(out.Events[i])
	}
	for i := range out.Writes {
		n.record(&out.Writes[i])
	}
	if c := out.Checkpoint; c != nil {
		n.w.counts.Checkpoints++
		n.w.log.node(n.w.now, n.number, "makes", "checkpoint %d", c.Name.OpNumber)
		n.checkRoot(c)
	}
	n.feed.Add(out.Writes, out.Checkpoint)
	if err := n.feed.Append(); err != nil {
		n.w.fail(DiskFailed, "r%d: %v", n.number, err)
		return
	}
	// Some messages of an Output may leave and others not: a process can be
	// killed between any two of them.
	for i := range out.Sends {
		if n.crashInSends > 0 {
			if n.crashInSends--; n.crashInSends == 0 {
				n.w.counts.CrashesInSend++
				n.crash(n.crashWithPower)
				return
			}
		}
		n.send(&out.Sends[i])
	}
	n.write()
	if n.up {
		n.planStep()
		n.notice()
	}
}

// send puts one message on its way.
func (n *node) send(s *vsr.Send) {
	if !s.ToClient {
		n.promise(int(s.To), s.Message)
		n.w.network.send(n.number, int(s.To), s.Message)
		return
	}
	var id vsr.ClientID
	switch m := s.Message.(type) {
	case *vsr.Reply:
		id = m.ClientID
	case *vsr.Refused:
		id = m.ClientID
		if m.Evicted {
			n.w.counts.Evicted++
		} else {
			n.w.counts.Busy++
		}
	}
	// The client may be gone. Nobody takes its replies then.
	for i, c := range n.w.clients {
		if c.id == id {
			n.w.network.send(n.number, n.w.plan.Replicas+i, s.Message)
			return
		}
	}
}

// write hands what is queued to the disk, if the disk is idle. It is durable
// when flushed comes.
func (n *node) write() {
	// One flush at a time: what comes meanwhile is written together afterwards,
	// as the goroutine of a real journal does it.
	if n.flushing || !n.journal.Pending() {
		return
	}
	if err := n.journal.WriteQueued(); err != nil {
		n.diskFailed(err)
		return
	}
	takes := n.planFlush()
	if n.crashInFlush {
		n.crashInFlush = false
		n.w.counts.CrashesInFlush++
		e := event{at: n.w.now + n.w.disks.Int64N(takes), kind: crash, node: n.number,
			epoch: n.epoch, which: processLoss}
		if n.crashWithPower {
			e.which = powerLoss
		}
		n.w.queue.push(e)
	}
}

// planFlush plans the end of the flush, and returns how long it takes.
func (n *node) planFlush() int64 {
	takes := 10_000 + exponential(n.w.disks, n.w.plan.FlushDelay)
	if n.slow {
		takes *= 100
	}
	n.flushing = true
	n.flush++
	n.w.queue.push(event{at: n.w.now + takes, kind: flushed, node: n.number, epoch: n.epoch,
		which: n.flush})
	return takes
}

// hurry makes a slow disk as fast as before. A flush under way does not take
// longer than one that begins now.
func (n *node) hurry() {
	if n.slow && n.flushing {
		n.slow = false
		n.planFlush()
	}
	n.slow = false
}

// diskFailed ends the process, as a disk of which nothing is known any more
// demands, if the error is a planned one.
func (n *node) diskFailed(err error) {
	if !errors.Is(err, errDisk) {
		n.w.fail(DiskFailed, "r%d: %v", n.number, err)
		return
	}
	n.w.counts.DiskErrors++
	n.w.log.node(n.w.now, n.number, "disk", "fails: %v", err)
	n.crash(n.failsWithPower)
}

// notice counts the views that start here, and looks whether the run is over.
func (n *node) notice() {
	if n.replica.IsPrimary() && n.replica.ViewNumber() > n.led {
		n.led = n.replica.ViewNumber()
		n.w.counts.ViewsStarted++
		n.w.log.node(n.w.now, n.number, "leads", "view %d", n.led)
	}
	n.w.checkDone()
}

// planTick plans the next tick.
func (n *node) planTick() {
	n.w.queue.push(event{at: n.w.now + n.tickLength, kind: tick, node: n.number, epoch: n.epoch})
}

// start begins a process: it reads the disk and goes on from there.
func (n *node) start() {
	opened, durable, err := journal.Open(n.disk, n.journalConfig())
	// A planned error can hit the start too: then the start is tried again.
	if errors.Is(err, errDisk) {
		n.w.counts.DiskErrors++
		n.lose()
		n.planStart()
		return
	}
	if err != nil {
		n.w.fail(DiskFailed, "r%d: %v", n.number, err)
		return
	}
	w := n.w
	n.journal, n.service, n.feed = opened, newService(w, n.number), journal.NewFeed(opened)
	n.stepping = false
	n.found(&durable)
	n.remembers(&durable)
	if durable.Checkpoint.Name.OpNumber > 0 {
		w.counts.FromCheckpoint++
	}
	n.up, n.flushing, n.paused, n.deferred = true, false, false, nil
	n.crashInFlush, n.crashInSends = false, 0
	// A replica that was started before is never fresh again, even if its disk
	// is empty: it may have sent what it had not written.
	fresh := !n.started
	n.started = true
	if !fresh {
		w.counts.Restarts++
	}
	w.log.node(w.now, n.number, "start", "view %d, v′ %d, %d entries above %d on the disk",
		durable.ViewNumber, durable.LastNormalView, len(durable.Log),
		durable.Checkpoint.Name.OpNumber)
	n.replica, err = vsr.New(vsr.Config{
		Replicas: w.plan.Replicas, Replica: vsr.ReplicaNumber(n.number),
		PipelineMax: w.plan.PipelineMax, MessageBytesMax: w.plan.MessageBytesMax,
		OperationBytesMax:  w.plan.operationBytes,
		CheckpointInterval: w.plan.CheckpointInterval, CheckpointBytes: w.plan.checkpointBytes,
		LogBytesMax: w.plan.logBytesMax, LogRetain: w.plan.logRetain,
		ClientsMax: w.plan.clientsMax,
		Seed:       w.plan.Seed + n.epoch, Trace: w.plan.Hooks.Event != nil,
		TraceIgnored: w.plan.Hooks.Event != nil,
	}, n.service, durable, fresh)
	if err != nil {
		n.up = false
		w.fail(DiskFailed, "r%d: what the journal returned is refused: %v", n.number, err)
		return
	}
	if n.keeper, err = n.newTimekeeper(); err != nil {
		w.fail(DiskFailed, "r%d: %v", n.number, err)
		return
	}
	n.keepTime()
	n.planTick()
	n.planScrub()
	n.drive()
}

// crash ends the process. What the core has not handed to the disk is gone. If
// the machine loses its power, what was not flushed is lost or torn; else the
// operating system keeps it.
func (n *node) crash(power bool) {
	n.w.counts.Crashes++
	n.countIgnored()
	n.w.log.node(n.w.now, n.number, "crash", "power lost: %v, %d unflushed sectors", power,
		len(n.disk.Unsynced()))
	if power {
		n.lose()
	}
	n.up, n.replica, n.journal, n.service = false, nil, nil, nil
	n.epoch++ // Ticks and flushes that are planned for this process are void.
	n.paused, n.deferred = false, nil
	n.planStart()
}

// lose lets the disk lose or tear what was not flushed.
func (n *node) lose() {
	n.w.counts.PowerLosses++
	n.w.counts.Torn += uint64(len(n.disk.Unsynced()))
	n.disk.Crash(n.w.disks)
}

// planStart plans the next start of the process.
func (n *node) planStart() {
	down := n.down
	if n.w.live {
		down = 0
	}
	n.w.queue.push(event{at: n.w.now + down, kind: restart, node: n.number})
}

// pause stops the process for a while. The world goes on.
func (n *node) pause(length int64) {
	n.w.counts.Pauses++
	n.paused = true
	n.w.log.node(n.w.now, n.number, "pause", "for %v", time.Duration(length))
	n.w.queue.push(event{at: n.w.now + length, kind: resume, node: n.number, epoch: n.epoch})
}

// resume lets the process go on. It finds everything that has arrived
// meanwhile, and of the ticks one: those that it missed did not happen.
func (n *node) resume() {
	n.w.log.node(n.w.now, n.number, "resume", "%d events waiting", len(n.deferred))
	n.paused = false
	waiting := n.deferred
	n.deferred = nil
	for i := range waiting {
		if !n.up || n.paused || n.w.done || n.w.failure != nil {
			return
		}
		n.take(&waiting[i])
	}
}

// calm ends all faults of this node.
func (n *node) calm() {
	n.hurry()
	n.crashInFlush, n.crashInSends = false, 0
	n.disk.FailNext(storage.CallWrite, 1, nil)
	n.disk.FailNext(storage.CallFlush, 1, nil)
	if n.paused {
		n.resume()
	}
	if !n.up {
		n.w.queue.push(event{at: n.w.now, kind: restart, node: n.number})
	}
}

// thaw lets a frozen replica take part again.
func (n *node) thaw() {
	n.frozen = false
	if !n.up {
		n.planStart()
	}
}

// countIgnored adds up the reasons before the process is gone.
func (n *node) countIgnored() {
	for why, count := range n.replica.IgnoredCounts() {
		n.w.ignored[why] += count
	}
}

// snapshot is the digest of the service's state.
func (n *node) snapshot() [32]byte { return sha256.Sum256(n.service.store.Snapshot()) }

// describe is the state on one line.
func (n *node) describe() string {
	if !n.up {
		return "is down"
	}
	s := n.replica.State()
	return fmt.Sprintf("%v view=%d v′=%d n=%d/%v k=%d durable=%d holds=%v fetches=%v", s.Status,
		s.ViewNumber, s.LastNormalView, s.Log.OpNumber, s.Log.Checksum, s.CommitNumber,
		n.replica.DurableOpNumber(), n.replica.Holds(), n.replica.Fetches())
}
