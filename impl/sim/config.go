// SPDX-License-Identifier: Apache-2.0

package sim

// What a run is told. Whatever is left out is drawn from the seed.

import (
	"fmt"
	"io"
	"math/rand/v2"
	"time"

	"viewstamp/impl/storage"
	"viewstamp/impl/vsr"
)

// Tick is the virtual time between two ticks of a replica whose clock is right.
const Tick = 10 * time.Millisecond

// Config describes a run. It is plain data but for Hooks and Verbose, so that a
// run that found a defect can be kept as a file.
type Config struct {
	// Seed decides everything that is not said here.
	Seed uint64 `json:"seed"`
	// Replicas is the size of the group, 2 to 9. Zero: drawn, mostly 3 or 5.
	Replicas int `json:"replicas,omitempty"`
	// Clients is how many clients send requests at the same time. Zero: drawn,
	// 1 to 6.
	Clients int `json:"clients,omitempty"`
	// Requests is how many requests each client sends in the safety phase at
	// most. Zero: drawn.
	Requests int `json:"requests,omitempty"`
	// SafetyTime is how long faults happen, in virtual time. Zero: drawn, 15 to
	// 45 seconds.
	SafetyTime time.Duration `json:"safetyTime,omitempty"`
	// LiveTicks is how long the liveness phase may take. Zero:
	// LiveTicksDefault.
	LiveTicks int `json:"liveTicks,omitempty"`
	// PipelineMax and MessageBytesMax are those of vsr.Config. Zero: drawn,
	// often small, so that their limits are reached.
	PipelineMax     int `json:"pipelineMax,omitempty"`
	MessageBytesMax int `json:"messageBytesMax,omitempty"`
	// CheckpointInterval is that of vsr.Config, 256 at most: it makes the data file
	// larger, and the run slower. Zero: drawn, often small.
	CheckpointInterval int `json:"checkpointInterval,omitempty"`
	// LinkDelay and FlushDelay are the means of the times that a message and a
	// flush take, Think is that of the pause of a client between two requests.
	// Zero: drawn.
	LinkDelay  time.Duration `json:"linkDelay,omitempty"`
	FlushDelay time.Duration `json:"flushDelay,omitempty"`
	Think      time.Duration `json:"think,omitempty"`
	// Wire makes all messages go through package wire. Nil: drawn.
	Wire *bool `json:"wire,omitempty"`
	// Faults says what goes wrong. Nil: drawn.
	Faults *Faults `json:"faults,omitempty"`
	// Schedule is what goes wrong besides, each fault at its own time.
	Schedule []Fault `json:"schedule,omitempty"`

	// Service makes the service of a replica, Operation draws what clients ask it
	// for, from r and from nothing else. Both or neither: nil is the key-value
	// store. Operations have 16 KiB at most, snapshots nearly 1 MiB.
	Service   func() vsr.Service        `json:"-"`
	Operation func(r *rand.Rand) []byte `json:"-"`

	// Hooks are called while the run goes on. They change nothing.
	Hooks Hooks `json:"-"`
	// Verbose gets a line for everything that happens. Nil: nothing is written.
	Verbose io.Writer `json:"-"`
}

// operationBytesMax is the size of the largest operation.
const operationBytesMax = 16 << 10

// LiveTicksDefault is two minutes of virtual time. A view change takes a second or
// two if its first attempt works, and each attempt that does not doubles the
// wait, up to 15 seconds. A replica that hears nobody ends one view after the
// other, and the group must answer in between. Runs with slow links or slow
// disks have three times as much.
const LiveTicksDefault = 12000

// Hooks are told what happens, at the moment when it does. Each may be nil.
type Hooks struct {
	// Event gets each step of each replica. If it is nil the replicas do not
	// trace.
	Event func(vsr.Event)
	// Request gets each request that a client sends for the first time, Reply
	// each reply that a client receives.
	Request func(*vsr.Request)
	Reply   func(*vsr.Reply)
}

// Faults says what goes wrong in the safety phase. Rates are probabilities for
// each message. Intervals are means of the time between two faults of a kind;
// zero means that there are none.
type Faults struct {
	// Loss, Duplicate and Reorder are for each message on its way. A reordered
	// message is late by LateMean on average, and some by much more. Corrupt is for
	// each message on the wire: a bit of it is wrong.
	Loss      float64       `json:"loss,omitempty"`
	Duplicate float64       `json:"duplicate,omitempty"`
	Reorder   float64       `json:"reorder,omitempty"`
	LateMean  time.Duration `json:"lateMean,omitempty"`
	Corrupt   float64       `json:"corrupt,omitempty"`
	// ReplayEvery: an old message, possibly of a view long gone, arrives once
	// more.
	ReplayEvery time.Duration `json:"replayEvery,omitempty"`
	// PartitionEvery: some replicas do not hear others, for PartitionMean. See
	// schedule.go for the shapes.
	PartitionEvery time.Duration `json:"partitionEvery,omitempty"`
	PartitionMean  time.Duration `json:"partitionMean,omitempty"`
	// CrashEvery: a replica stops, and comes back after DownMean. At most f are
	// down at once.
	CrashEvery time.Duration `json:"crashEvery,omitempty"`
	DownMean   time.Duration `json:"downMean,omitempty"`
	// PowerCutEvery: all replicas stop at once, and come back after DownMean.
	PowerCutEvery time.Duration `json:"powerCutEvery,omitempty"`
	// PowerLoss is the part of the crashes in which unflushed sectors are lost
	// or torn. In the others just the process dies, and the operating system
	// keeps what was written.
	PowerLoss float64 `json:"powerLoss,omitempty"`
	// PauseEvery: a replica stands still for PauseMean, and then goes on with
	// what it believed.
	PauseEvery time.Duration `json:"pauseEvery,omitempty"`
	PauseMean  time.Duration `json:"pauseMean,omitempty"`
	// DiskErrorEvery: a write or a flush of a replica fails. The process ends,
	// as it must, and the machine is started again. With DiskErrorStays just
	// the process is, and reads what the disk never took from the memory of the
	// operating system. No run draws that: a later loss of power then damages
	// the journal, which must be found.
	DiskErrorEvery time.Duration `json:"diskErrorEvery,omitempty"`
	DiskErrorStays bool          `json:"diskErrorStays,omitempty"`
	// DamageEvery: a disk loses what it had promised to keep, while its replica is
	// down. See damage.go. With DamageAll that happens to every replica, and the
	// group may be lost; no run draws that.
	DamageEvery time.Duration `json:"damageEvery,omitempty"`
	DamageAll   bool          `json:"damageAll,omitempty"`
	// SlowDiskEvery: the flushes of a replica take a hundred times as long, for
	// a second or two.
	SlowDiskEvery time.Duration `json:"slowDiskEvery,omitempty"`
	// ClockSkew bounds how wrong the clocks are that entries get their time
	// from. ClockJumpEvery: one is set anew.
	ClockSkew      time.Duration `json:"clockSkew,omitempty"`
	ClockJumpEvery time.Duration `json:"clockJumpEvery,omitempty"`
	// ClientCrash is the probability that a client which has waited for a
	// time-out gives up: its request stays without an outcome, and another
	// client takes its place.
	ClientCrash float64 `json:"clientCrash,omitempty"`
}

// plan is a Config in which nothing is left to be drawn, and the parameters
// that nobody sets.
type plan struct {
	Config
	faults       Faults
	wire         bool
	far          bool // A view change outlasts the first time-outs.
	keys         int
	lateStart    bool // Replicas start one after the other.
	liveRequests int  // Each client sends as many in each part of the liveness phase.
	leastOps     int  // In the last part clients ask until so many are executed.
	// What each of a client's requests adds to the time of a part in slow runs.
	eachTakes    time.Duration
	core         bool  // In the first part of the liveness phase just a quorum works.
	valueLengths []int // Even two of the longest fit into an operation.
	// Settings of vsr.Config.
	operationBytes, checkpointBytes, logBytesMax int
	logRetain, clientsMax                        int
	// Sizes of the data file.
	slots        int
	prepareBytes int64
	eager        bool // Checkpoints are made wherever they are due, however much room there is.
	rotten       int  // The first replica whose disk may be damaged.
	liar         int  // The first replica whose clock may be wrong by any amount.
	honest       bool // At most f replicas have such a clock.
}

// check says what is wrong with a Config.
func (c Config) check() error {
	bound := func(name string, value, least, most int) error {
		if value != 0 && (value < least || value > most) {
			return fmt.Errorf("sim: %s is %d, expected %d to %d, or 0 to have it drawn",
				name, value, least, most)
		}
		return nil
	}
	for _, err := range []error{
		bound("Replicas", c.Replicas, 2, 9),
		bound("Clients", c.Clients, 1, 100),
		bound("Requests", c.Requests, 1, 1<<20),
		bound("LiveTicks", c.LiveTicks, 1, 1<<30),
		bound("PipelineMax", c.PipelineMax, 1, 1<<20),
		bound("MessageBytesMax", c.MessageBytesMax, 4096, 1<<24),
		bound("CheckpointInterval", c.CheckpointInterval, 1, 256),
	} {
		if err != nil {
			return err
		}
	}
	for _, d := range []time.Duration{c.SafetyTime, c.LinkDelay, c.FlushDelay, c.Think} {
		if d < 0 {
			return fmt.Errorf("sim: a time of the Config is %v, expected 0 or more", d)
		}
	}
	if (c.Service == nil) != (c.Operation == nil) {
		return fmt.Errorf("sim: one of Service and Operation is nil, expected both or neither")
	}
	for i := range c.Schedule {
		if err := c.Schedule[i].check(); err != nil {
			return err
		}
	}
	if f := c.Faults; f != nil {
		for _, p := range []float64{f.Loss, f.Duplicate, f.Reorder, f.PowerLoss, f.ClientCrash,
			f.Corrupt} {
			if !(p >= 0 && p <= 1) {
				return fmt.Errorf("sim: a probability of Faults is %v, expected 0 to 1", p)
			}
		}
		for _, kind := range faultKinds {
			// Less than a millisecond apart, faults would be all that happens.
			if every := f.every(kind); every != 0 && every < time.Millisecond {
				return fmt.Errorf("sim: an interval of Faults is %v, expected 1ms or more, or 0 "+
					"for no faults of that kind", every)
			}
		}
		for _, mean := range []time.Duration{f.LateMean, f.PartitionMean, f.DownMean,
			f.PauseMean, f.ClockSkew} {
			if mean < 0 {
				return fmt.Errorf("sim: a time of Faults is %v, expected 0 or more", mean)
			}
		}
	}
	return nil
}

// draw fills in what the Config leaves out. What is set does not change what
// else is drawn.
func (c Config) draw() plan {
	r := rand.New(rand.NewPCG(c.Seed, streamPlan))
	p := plan{Config: c}
	orDraw(&p.Replicas, pick(r, 3, 3, 3, 3, 3, 3, 5, 5, 5, 4, 2))
	orDraw(&p.Clients, 1+r.IntN(6))
	orDraw(&p.Requests, pick(r, 100, 100, 200))
	orDraw(&p.PipelineMax, pick(r, 1, 2, 4, 16, 4096))
	if bytes := pick(r, 4096, 4096, 16<<10, 4<<20); c.Service == nil {
		orDraw(&p.MessageBytesMax, bytes)
	} else {
		orDraw(&p.MessageBytesMax, 64<<10)
	}
	safety := between(r, 15*time.Second, 45*time.Second)
	if p.SafetyTime == 0 {
		p.SafetyTime = safety
	}
	p.wire = r.IntN(4) == 0
	if c.Wire != nil {
		p.wire = *c.Wire
	}
	p.drawDelays(r)
	p.keys = 1 + r.IntN(5)
	p.lateStart = r.IntN(4) == 0
	p.liveRequests = pick(r, 0, 0, 1, 3)
	p.core = r.IntN(2) == 0
	p.valueLengths = [][]int{{0}, {0, 0, 0, 100}, {0, 200, 400}}[r.IntN(3)]
	p.faults = drawFaults(r)
	p.drawCheckpoints(r)
	p.drawRest(r)
	if c.Faults != nil {
		p.faults = *c.Faults
	}
	p.rotten, p.liar, p.honest = r.IntN(p.Replicas), r.IntN(p.Replicas), r.IntN(2) == 0
	return p
}

// drawRest draws the faults of disks and of the wire.
func (p *plan) drawRest(r *rand.Rand) {
	damage, corrupt := between(r, time.Second, 15*time.Second), r.Float64()*r.Float64()
	if r.IntN(2) == 0 {
		p.faults.DamageEvery = damage
	}
	if r.IntN(2) == 0 {
		p.faults.Corrupt = corrupt / 5
	}
}

// Whole is the same run with everything said that the Config can say. It must be
// a Config that Run takes.
func (c Config) Whole() Config {
	p := c.draw()
	whole := p.Config
	whole.Wire, whole.Faults = &p.wire, &p.faults
	return whole
}

// slotsMin is the smallest header ring of a run. Each view that a replica waits for is a
// group, and one that has lost entries cannot repeat its log to free the groups before:
// with 16 slots it fills the ring in a run (seed 701939), and is stuck for ever.
const slotsMin = 64

// drawCheckpoints chooses when replicas make checkpoints, how little they keep of
// the log, and how little room the data file has: as package server sees to it, at
// least what comes between some checkpoints.
func (p *plan) drawCheckpoints(r *rand.Rand) {
	orDraw(&p.CheckpointInterval, pick(r, 1, 4, 4, 8, 8, 16, 32))
	p.logRetain = pick(r, 1, 1, 8, 64, 4096)
	p.clientsMax = pick(r, 0, p.Clients+1, 3*p.Clients)
	p.slots = max(slotsMin, p.CheckpointInterval*pick(r, 8, 8, 16))
	p.eager = r.IntN(2) == 0
	p.operationBytes = min(operationBytesMax, p.MessageBytesMax/4)
	p.checkpointBytes = pick(r, 0, 0, 1, 4) * p.operationBytes
	if p.checkpointBytes == 0 {
		p.checkpointBytes = p.slots * storage.SectorSize / 16
	}
	p.logBytesMax = 2 * (p.checkpointBytes + p.operationBytes + 1024)
	p.prepareBytes = int64(max(p.slots*storage.SectorSize*pick(r, 1, 1, 2), 4*p.logBytesMax))
}

// drawDelays chooses how slow everything is: in some runs as slow as links round
// the world and as disks at their end.
func (p *plan) drawDelays(r *rand.Rand) {
	orDrawTime := func(field *time.Duration, drawn time.Duration) {
		if *field == 0 {
			*field = drawn
		}
	}
	near := between(r, 100*time.Microsecond, 20*time.Millisecond)
	far := between(r, 200*time.Millisecond, 500*time.Millisecond)
	if r.IntN(12) == 0 {
		near = far
	}
	orDrawTime(&p.LinkDelay, near)
	fast := between(r, 100*time.Microsecond, 40*time.Millisecond)
	slow := between(r, 100*time.Millisecond, 800*time.Millisecond)
	if r.IntN(12) == 0 {
		fast = slow
	}
	orDrawTime(&p.FlushDelay, fast)
	orDrawTime(&p.Think, between(r, 10*time.Millisecond, 200*time.Millisecond))
	p.far = p.LinkDelay >= 100*time.Millisecond
	ticks := LiveTicksDefault
	if p.far || p.FlushDelay >= 100*time.Millisecond {
		ticks *= 3 // A request takes seconds, and waits for others.
	}
	orDraw(&p.LiveTicks, ticks)
	p.leastOps = min(100, p.Clients*p.Requests)
	if ticks > LiveTicksDefault {
		p.eachTakes = 10 * (p.LinkDelay + p.FlushDelay)
	}
}

// drawFaults chooses faults: each kind is off in half of the runs, and power
// cuts in most.
func drawFaults(r *rand.Rand) Faults {
	var f Faults
	on := func() bool { return r.IntN(2) == 0 }
	rate := func(most float64) float64 { return most * r.Float64() * r.Float64() }
	rarest := time.Duration(pick(r, 3, 15, 15, 30)) * time.Second
	often := func() time.Duration { return between(r, rarest/15, rarest) }
	all := Faults{
		Loss: rate(0.4), Duplicate: rate(0.5), Reorder: rate(0.3),
		LateMean:    between(r, 10*time.Millisecond, 3*time.Second),
		ReplayEvery: between(r, 100*time.Millisecond, 3*time.Second), PartitionEvery: often(),
		PartitionMean: between(r, 200*time.Millisecond, 6*time.Second), CrashEvery: often(),
		DownMean:      between(r, 50*time.Millisecond, 5*time.Second),
		PowerCutEvery: between(r, 5*time.Second, 20*time.Second),
		PowerLoss:     r.Float64(), PauseEvery: often(),
		PauseMean:     between(r, 100*time.Millisecond, 5*time.Second),
		SlowDiskEvery: often(), ClockSkew: between(r, time.Millisecond, time.Minute),
		ClockJumpEvery: often(), ClientCrash: rate(0.5), DiskErrorEvery: often(),
	}
	if on() {
		f.Loss = all.Loss
	}
	if on() {
		f.Duplicate = all.Duplicate
	}
	if on() {
		f.Reorder, f.LateMean = all.Reorder, all.LateMean
	}
	if on() {
		f.ReplayEvery = all.ReplayEvery
	}
	if on() {
		f.PartitionEvery, f.PartitionMean = all.PartitionEvery, all.PartitionMean
	}
	if on() {
		f.CrashEvery = all.CrashEvery
	}
	if rarely := r.IntN(4) == 0; rarely {
		f.PowerCutEvery = all.PowerCutEvery
	}
	f.DownMean, f.PowerLoss = all.DownMean, all.PowerLoss
	if on() {
		f.PauseEvery, f.PauseMean = all.PauseEvery, all.PauseMean
	}
	if on() {
		f.SlowDiskEvery = all.SlowDiskEvery
	}
	if on() {
		f.ClockSkew, f.ClockJumpEvery = all.ClockSkew, all.ClockJumpEvery
	}
	if on() {
		f.ClientCrash = all.ClientCrash
	}
	if on() {
		f.DiskErrorEvery = all.DiskErrorEvery
	}
	return f
}

// Streams of chance. What one part of the simulation draws does not shift what
// another one gets.
const (
	streamPlan = iota + 1
	streamNetwork
	streamFaults
	streamClients
	streamDisks
	streamNow
)

// orDraw sets a number that was left out.
func orDraw(field *int, drawn int) {
	if *field == 0 {
		*field = drawn
	}
}

func pick(r *rand.Rand, choices ...int) int { return choices[r.IntN(len(choices))] }

// between draws a duration whose logarithm is even: small ones are as likely as
// large ones.
func between(r *rand.Rand, least, most time.Duration) time.Duration {
	d := float64(least)
	for ratio := float64(most) / float64(least); ratio > 2; ratio /= 2 {
		if r.IntN(2) == 0 {
			d *= 2
		}
	}
	return min(most, time.Duration(d*(1+r.Float64())))
}

// exponential draws the time until something happens that happens every mean on
// average.
func exponential(r *rand.Rand, mean time.Duration) int64 {
	return int64(r.ExpFloat64() * float64(mean))
}

// GroupSize is how many replicas the run has, set or drawn. An error says what
// is wrong with the Config.
func (c Config) GroupSize() (int, error) {
	if err := c.check(); err != nil {
		return 0, err
	}
	return c.draw().Replicas, nil
}
