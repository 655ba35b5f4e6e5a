// SPDX-License-Identifier: Apache-2.0

// The loop: the one goroutine that calls the core.

package server

import (
	"fmt"
	"runtime"
	"time"

	"viewstamp/impl/vsr"
	"viewstamp/impl/wire"
)

// loop runs until stop is closed or the disk fails.
func (s *Server) loop() {
	ticker := time.NewTicker(s.config.Tick)
	defer ticker.Stop()
	out := s.replica.Output()
	s.carryOut(out) // a restarted replica may have something to say
	s.observe()
	var batch []vsr.Message
	var persisted, told uint64
	for {
		ticked := false
		select {
		case <-s.failed:
			return
		case <-s.stop:
			return
		case <-s.inbox.ready:
			runtime.Gosched() // let others that run already add to the batch
		case <-ticker.C:
			ticked = true
		}
		var checkpoint vsr.OpNumber
		batch, persisted, checkpoint = s.inbox.take(batch)
		if persisted > told {
			told = persisted
			s.replica.Persisted(persisted)
		}
		if checkpoint > 0 {
			s.replica.CheckpointPersisted(checkpoint)
		}
		s.scrub(told)
		s.replica.LogRoom(vsr.Room(s.flusher.room.Load()))
		s.now = s.time.time()
		for _, m := range batch {
			s.receive(m)
		}
		if ticked {
			s.keepTime()
			s.tellCapacity()
			if s.mayTick(time.Now()) {
				s.replica.Tick(s.time.time())
			}
		}
		out = s.replica.OutputInto(out) // what was carried out is needed no more
		if !s.carryOut(out) {
			return
		}
		s.observe()
	}
}

// How long a commit may take.
const (
	// stepDownAfter is when a primary gives way: it sends no more heartbeats, so that a replica
	// with a better disk takes over.
	stepDownAfter = 10 * time.Second
	// giveUpAfter is when a replica ends: such a disk does not recover.
	giveUpAfter = 60 * time.Second
)

// mayTick looks at the disk before time goes on for the core.
func (s *Server) mayTick(now time.Time) bool {
	stuck := s.flusher.stuck(now)
	switch {
	case stuck > giveUpAfter:
		s.fail(fmt.Errorf("a write and flush of the data file takes longer than %v already",
			giveUpAfter))
		return false
	case stuck > stepDownAfter && s.replica.IsPrimary():
		if !s.isStuck {
			s.config.Log.Warn("gives up the view, because the disk is stuck",
				"view", uint64(s.replica.ViewNumber()), "for", stuck)
		}
		s.isStuck = true
		return false
	}
	s.isStuck = false
	return true
}

// carryOut does what the core says, in the order that its contract asks for. It is false if the
// replica must stop.
func (s *Server) carryOut(out vsr.Output) bool {
	if out.Err != nil {
		s.fail(out.Err)
		return false
	}
	if s.trace != nil {
		if err := s.trace.Write(out.Events); err != nil {
			s.fail(err)
			return false
		}
	}
	s.flusher.write(out.Writes, out.Checkpoint)
	for _, send := range out.Sends {
		s.bus.Send(send)
	}
	return true
}

// observe publishes the state, and logs what an operator wants to see of it.
func (s *Server) observe() {
	state := s.replica.State()
	seen, waits := s.seen, s.replica.Waiting()
	if s.isObserved && state.Equal(seen) && !s.time.isBehind && waits.Equal(s.waits) {
		return
	}
	s.seen = state
	s.observeState()
	status := &wire.Status{
		From: s.identity.Replica, Status: state.Status, ViewNumber: state.ViewNumber,
		LastNormalView: state.LastNormalView, OpNumber: state.Log.OpNumber,
		CommitNumber: state.CommitNumber, Process: s.process, RESP: s.respAddress,
		StateBytes: uint64(s.capacity.size.Load()), StateLimit: uint64(s.capacity.limit.Load()),
		ScrubRounds: s.scrubbing.rounds, DamageFound: s.scrubbing.found,
		DamageRepaired: s.scrubbing.repaired,
	}
	s.scrubbing.isBehind = false
	s.time.show(status)
	s.observeWaiting(waits, status)
	s.status.Store(status)
	if s.isObserved && state.Status == seen.Status && state.ViewNumber == seen.ViewNumber {
		return
	}
	s.isObserved = true
	log := s.config.Log.With("view", uint64(state.ViewNumber), "op", uint64(state.Log.OpNumber),
		"commit", uint64(state.CommitNumber), "status", state.Status.String())
	primary := s.replica.Primary()
	switch {
	case state.Status != vsr.Normal:
		log.Info("waits for the view to start", "primary", primary)
		return
	case primary == s.identity.Replica:
		log.Info("is the primary")
	default:
		log.Info("is a backup", "primary", primary)
	}
	s.bus.Announce(state.ViewNumber)
}

// observeWaiting publishes for what a new primary waits, and logs it.
func (s *Server) observeWaiting(waits *vsr.Waiting, status *wire.Status) {
	before := s.waits
	s.waits = waits
	if waits == nil {
		return
	}
	status.WaitsFor, status.WaitsForHead = waits.OpNumber, waits.Head
	status.DenialsNeeded = uint8(waits.Needed)
	for _, vote := range waits.Votes {
		status.Votes = append(status.Votes, byte(vote))
	}
	if before == nil || before.OpNumber != waits.OpNumber {
		s.config.Log.Warn("cannot start the view: an operation is missing, or may be",
			"view", uint64(status.ViewNumber), "op", uint64(waits.OpNumber), "needed",
			waits.Needed, "votes", waits.Votes)
	}
}

// fail stops the replica for good. Only the first reason counts.
func (s *Server) fail(err error) {
	s.failOnce.Do(func() {
		s.err = fmt.Errorf("server: %v: %w: %w", s.identity, ErrStorage, err)
		s.config.Log.Error("stops, because what is on the disk is not known any more",
			"reason", err)
		close(s.failed)
	})
}
