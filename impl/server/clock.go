// SPDX-License-Identifier: Apache-2.0

// The clock of the cluster: PING and PONG between the replicas, and the time that requests get.

package server

import (
	"time"

	"viewstamp/impl/clock"
	"viewstamp/impl/vsr"
	"viewstamp/impl/wire"
)

// How often the others are asked for their time.
const (
	pingAlone  = 100 * time.Millisecond // while no quorum of clocks agrees
	pingAgreed = time.Second
)

// timekeeper keeps the time of the cluster. It belongs to the loop.
type timekeeper struct {
	clock    *clock.Clock
	wall     func() time.Time
	started  time.Time
	isAsked  bool
	asked    time.Duration // when PING was last sent, by the monotonic clock
	now      vsr.Timestamp // by the clock of the cluster, at the last tick
	at       time.Duration // of the last tick
	agreed   bool          // by a quorum
	offset   time.Duration // of the time of the cluster from the own time of day
	isBehind bool          // something has changed that the status does not show yet
}

func newTimekeeper(replicas int, replica vsr.ReplicaNumber, wall func() time.Time) (
	*timekeeper, error,
) {
	c, err := clock.New(clock.Config{Replicas: replicas, Replica: replica})
	if err != nil {
		return nil, err
	}
	t := &timekeeper{clock: c, wall: wall, started: time.Now()}
	t.tick()
	return t, nil
}

// read reads both clocks of the machine.
func (t *timekeeper) read() clock.Reading {
	return clock.Reading{Monotonic: time.Since(t.started),
		Wall: vsr.Timestamp(t.wall().UnixNano())}
}

// tick computes the time anew. Between two ticks it goes on with the monotonic clock.
func (t *timekeeper) tick() {
	reading := t.read()
	before := t.agreed
	t.now, t.agreed = t.clock.Now(reading)
	t.at, t.offset = reading.Monotonic, time.Duration(t.now-reading.Wall)
	t.isBehind = t.isBehind || before != t.agreed
}

// time is what a request gets that arrives now. The core sees to it that it does not fall along
// the log.
func (t *timekeeper) time() vsr.Timestamp {
	return t.now + vsr.Timestamp(time.Since(t.started)-t.at)
}

// ping is the question to all others; nil if it is not time for it.
func (t *timekeeper) ping(replica vsr.ReplicaNumber) *wire.Ping {
	every := pingAlone
	if t.agreed {
		every = pingAgreed
	}
	if t.isAsked && t.at-t.asked < every {
		return nil
	}
	t.isAsked, t.asked, t.isBehind = true, t.at, true
	return &wire.Ping{From: replica, Sent: uint64(t.clock.Ping(t.read()).Sent)}
}

// answer answers the question of another replica.
func (t *timekeeper) answer(replica vsr.ReplicaNumber, m *wire.Ping) *wire.Pong {
	pong := clock.Answer(clock.Ping{Sent: time.Duration(m.Sent)}, t.read().Wall)
	return &wire.Pong{From: replica, Sent: uint64(pong.Sent), Wall: pong.Wall}
}

// learn takes an answer.
func (t *timekeeper) learn(m *wire.Pong) {
	t.clock.Learn(m.From, clock.Pong{Sent: time.Duration(m.Sent), Wall: m.Wall}, t.read())
}

// show puts the clock into a status.
func (t *timekeeper) show(s *wire.Status) {
	_, clocks := t.clock.Agreement(t.read())
	s.ClocksAgreed, s.ClockOffset = 0, 0
	if t.agreed {
		s.ClocksAgreed, s.ClockOffset = uint8(clocks), vsr.Timestamp(t.offset)
	}
	t.isBehind = false
}

// keepTime goes on with the clock at each tick of the loop.
func (s *Server) keepTime() {
	before := s.time.agreed
	s.time.tick()
	if s.time.agreed != before {
		if s.time.agreed {
			s.config.Log.Info("a quorum of clocks agrees", "offset", s.time.offset)
		} else {
			s.config.Log.Warn("no quorum of clocks agrees with this one: its own time counts")
		}
	}
	ping := s.time.ping(s.identity.Replica)
	if ping == nil {
		return
	}
	for i := range s.identity.Replicas {
		if to := vsr.ReplicaNumber(i); to != s.identity.Replica {
			s.bus.Send(vsr.Send{To: to, Message: ping})
		}
	}
}

// receive hands a message to whom it is for: the clock, or the core.
func (s *Server) receive(m vsr.Message) {
	switch m := m.(type) {
	case *wire.Ping:
		s.bus.Send(vsr.Send{To: m.From, Message: s.time.answer(s.identity.Replica, m)})
	case *wire.Pong:
		s.time.learn(m)
	default:
		s.replica.Receive(s.now, m)
	}
}
