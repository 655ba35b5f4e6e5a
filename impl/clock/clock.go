// SPDX-License-Identifier: Apache-2.0

package clock

import (
	"fmt"
	"time"

	"viewstamp/impl/vsr"
)

// The clock of one replica: it remembers the best answer of each other one.

// Reading is what the two clocks of the machine showed at one moment.
type Reading struct {
	// Monotonic is the time since some fixed moment. It never goes back, and has no meaning to
	// any other process.
	Monotonic time.Duration
	// Wall is the time of day. It may be wrong, and may jump.
	Wall vsr.Timestamp
}

// Ping asks a replica for its time.
type Ping struct {
	// Sent is the asker's Monotonic. The answer brings it back, so that nothing needs to be kept.
	Sent time.Duration
}

// Pong answers a Ping.
type Pong struct {
	Sent time.Duration // Of the Ping.
	Wall vsr.Timestamp // Of the replica that answers.
}

// Answer is the answer to a Ping of a replica whose time of day is wall.
func Answer(p Ping, wall vsr.Timestamp) Pong { return Pong{Sent: p.Sent, Wall: wall} }

// The zero values of Config.
const (
	DefaultTolerance    = 500 * time.Millisecond
	DefaultRoundTripMax = 2 * time.Second
	DefaultSampleAge    = 30 * time.Second
)

// Config is fixed while a replica runs.
type Config struct {
	// Replicas is the number of replicas and Replica the number of this one, below Replicas.
	Replicas int
	Replica  vsr.ReplicaNumber
	// Tolerance is by how much two correct clocks may differ. It widens each interval on both
	// sides. Zero: DefaultTolerance.
	Tolerance time.Duration
	// RoundTripMax is how long an answer may take; one that took longer says too little. Zero:
	// DefaultRoundTripMax.
	RoundTripMax time.Duration
	// SampleAge is how long an answer counts; clocks drift. Zero: DefaultSampleAge.
	SampleAge time.Duration
}

// sample is the best answer of one replica.
type sample struct {
	known    bool
	learnt   time.Duration // Our Monotonic when it came.
	offset   Interval      // Of the other time of day from our Monotonic.
	duration time.Duration // How long the answer took.
}

// Clock keeps the time of the cluster for one replica. It is not safe for concurrent use.
type Clock struct {
	cfg     Config
	samples []sample
	ranges  []Interval
}

// New makes a clock that knows of no other yet.
func New(c Config) (*Clock, error) {
	if c.Replicas < 1 || int(c.Replica) >= c.Replicas {
		return nil, fmt.Errorf("clock: replica %d of %d: the number must be below the number of "+
			"replicas", c.Replica, c.Replicas)
	}
	for _, d := range []*time.Duration{&c.Tolerance, &c.RoundTripMax, &c.SampleAge} {
		if *d < 0 {
			return nil, fmt.Errorf("clock: a duration of %v in the configuration: it must not be "+
				"negative", *d)
		}
	}
	if c.Tolerance == 0 {
		c.Tolerance = DefaultTolerance
	}
	if c.RoundTripMax == 0 {
		c.RoundTripMax = DefaultRoundTripMax
	}
	if c.SampleAge == 0 {
		c.SampleAge = DefaultSampleAge
	}
	return &Clock{
		cfg:     c,
		samples: make([]sample, c.Replicas),
		ranges:  make([]Interval, 0, c.Replicas),
	}, nil
}

// Ping is the question to send to every other replica.
func (c *Clock) Ping(now Reading) Ping { return Ping{Sent: now.Monotonic} }

// Learn takes the answer of a replica. It refuses, with false, what cannot be an answer to a
// question of ours or took too long, and keeps the quicker one of two answers.
func (c *Clock) Learn(from vsr.ReplicaNumber, p Pong, now Reading) bool {
	if int(from) >= c.cfg.Replicas || from == c.cfg.Replica || p.Sent < 0 {
		return false
	}
	took := now.Monotonic - p.Sent
	if took < 0 || took > c.cfg.RoundTripMax {
		return false
	}
	s := &c.samples[from]
	if s.known && now.Monotonic-s.learnt <= c.cfg.SampleAge/2 && s.duration < took {
		return true
	}
	// The other clock was read when ours showed something between Sent and now. The offset is
	// taken from the monotonic clock: if our own time of day jumps, what we learnt stays true.
	*s = sample{
		known: true, learnt: now.Monotonic, duration: took,
		offset: Interval{
			Low:  time.Duration(p.Wall) - now.Monotonic,
			High: time.Duration(p.Wall) - p.Sent,
		},
	}
	return true
}

// Agreement is the range of offsets, of the time of the cluster from the own time of day, that most
// clocks agree on, and how many they are, this one included.
func (c *Clock) Agreement(now Reading) (Interval, int) {
	own := time.Duration(now.Wall) - now.Monotonic
	c.ranges = append(c.ranges[:0], Interval{-c.cfg.Tolerance, c.cfg.Tolerance})
	for _, s := range c.samples {
		if s.known && now.Monotonic-s.learnt <= c.cfg.SampleAge {
			c.ranges = append(c.ranges, Interval{
				Low:  s.offset.Low - own - c.cfg.Tolerance,
				High: s.offset.High - own + c.cfg.Tolerance,
			})
		}
	}
	return Agree(c.ranges)
}

// Now is the time of the cluster: the own time of day, moved into the range that a quorum of clocks
// agrees on by as little as will do. Without such a quorum it is the own time, and agreed is false.
func (c *Clock) Now(now Reading) (t vsr.Timestamp, agreed bool) {
	r, clocks := c.Agreement(now)
	quorum := vsr.Config{Replicas: c.cfg.Replicas}.Quorum()
	if clocks < quorum {
		return now.Wall, false
	}
	return now.Wall + vsr.Timestamp(min(max(0, r.Low), r.High)), true
}
