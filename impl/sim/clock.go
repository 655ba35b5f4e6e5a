// SPDX-License-Identifier: Apache-2.0

package sim

// Clocks: each machine has a clock that never jumps and a time of day that may be
// wrong, and the replicas agree on the time as package server lets them, with
// package clock.
//
// In half of the runs with wrong clocks at most f replicas have wrong ones. Then a
// time for which a quorum of clocks vouches must be nearly right. In the others all
// may be wrong. In all of them the times of the entries never fall along the log:
// truth.go looks at that.

import (
	"math/rand/v2"
	"time"

	"viewstamp/impl/clock"
	"viewstamp/impl/vsr"
	"viewstamp/impl/wire"
)

const (
	// pingAlone is how often others are asked for their time while no quorum agrees,
	// pingAgreed how often then. A real replica that is alone asks more often.
	pingAlone  = int64(250 * time.Millisecond)
	pingAgreed = int64(time.Second)
	// honestSkew bounds how wrong the time of day of an honest clock is, honestDrift,
	// in millionths, how fast it gets wrong.
	honestSkew  = 100 * time.Millisecond
	honestDrift = 500
	// errorMax bounds how wrong the time of an honest quorum is: an answer may have
	// taken two seconds, tolerance is half a second on each side, and the clock that
	// measures goes wrong by 5 % for half a minute.
	errorMax = vsr.Timestamp(5 * time.Second)
)

// timekeeper keeps the time of the group at one replica.
type timekeeper struct {
	clock  *clock.Clock
	asked  int64 // When the others were asked; −1 if they were not yet.
	now    vsr.Timestamp
	at     int64 // The monotonic time at which it was now.
	agreed bool
}

// newTimekeeper makes that of one process.
func (n *node) newTimekeeper() (timekeeper, error) {
	c, err := clock.New(clock.Config{Replicas: n.w.plan.Replicas,
		Replica: vsr.ReplicaNumber(n.number)})
	return timekeeper{clock: c, asked: -1}, err
}

// isLiar says whether the clock of a replica may be wrong by any amount.
func (w *world) isLiar(replica int) bool {
	replicas := w.plan.Replicas
	return !w.plan.honest || (replica-w.plan.liar+replicas)%replicas < w.tolerated()
}

// drawClock draws how wrong the time of day is.
func (n *node) drawClock(r *rand.Rand) int64 {
	skew := int64(n.w.plan.faults.ClockSkew)
	if !n.w.isLiar(n.number) {
		skew = min(skew, int64(honestSkew))
	}
	if skew == 0 {
		return 0
	}
	return r.Int64N(2*skew) - skew
}

// read reads both clocks of the machine. The monotonic one goes on when a process
// ends.
func (n *node) read() clock.Reading {
	w := n.w
	return clock.Reading{Monotonic: time.Duration(w.now + w.now/1_000_000*n.pace),
		Wall: epochStart + vsr.Timestamp(w.now+n.clock+w.now/1_000_000*n.drift)}
}

// time is what a request gets that arrives now: the time of the group at the last
// tick, and what has passed since then.
func (n *node) time() vsr.Timestamp {
	t := &n.keeper
	return t.now + vsr.Timestamp(int64(n.read().Monotonic)-t.at)
}

// keepTime goes on with the clock at a tick.
func (n *node) keepTime() {
	t, w, reading := &n.keeper, n.w, n.read()
	t.now, t.agreed = t.clock.Now(reading)
	t.at = int64(reading.Monotonic)
	if t.agreed {
		w.counts.Agreed++
		wrong := t.now - epochStart - vsr.Timestamp(w.now)
		if w.plan.honest && (wrong > errorMax || wrong < -errorMax) {
			w.fail(WrongTime, "a quorum of clocks agrees at r%d, and at most %d are wrong; the time "+
				"is wrong by %v", n.number, w.tolerated(), time.Duration(wrong))
		}
	}
	every := pingAlone
	if t.agreed {
		every = pingAgreed
	}
	if t.asked >= 0 && t.at-t.asked < every {
		return
	}
	t.asked = t.at
	ping := &wire.Ping{From: vsr.ReplicaNumber(n.number), Sent: uint64(t.clock.Ping(reading).Sent)}
	for to := range w.plan.Replicas {
		if to != n.number {
			w.network.send(n.number, to, ping)
		}
	}
}

// receive hands a message to whom it is for: the clock, or the core.
func (n *node) receive(m vsr.Message) {
	switch m := m.(type) {
	case *wire.Ping:
		if int(m.From) < n.w.plan.Replicas {
			pong := clock.Answer(clock.Ping{Sent: time.Duration(m.Sent)}, n.read().Wall)
			n.w.network.send(n.number, int(m.From), &wire.Pong{From: vsr.ReplicaNumber(n.number),
				Sent: uint64(pong.Sent), Wall: pong.Wall})
		}
	case *wire.Pong:
		n.keeper.clock.Learn(m.From, clock.Pong{Sent: time.Duration(m.Sent), Wall: m.Wall}, n.read())
	default:
		n.replica.Receive(n.time(), m)
	}
}
