// SPDX-License-Identifier: Apache-2.0

package sim

// What the group has executed: one sequence of operations, which every replica
// must walk along, whatever it crashed through. A replica that leaves it has
// diverged.

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"

	"viewstamp/impl/service/kv"
	"viewstamp/impl/vsr"
)

// snapshotEvery is after how many operations the states are compared.
const snapshotEvery = 64

// truth is the sequence. executed[i] has op-number i+1.
type truth struct {
	executed  []executed
	snapshots map[int][32]byte              // By op-number.
	roots     map[vsr.OpNumber]vsr.Checksum // Of the checkpoints.
}

// executed is one operation by its fingerprint, its time, and its result.
type executed struct {
	at        vsr.Timestamp
	operation uint64
	result    string
}

// service is the service of one process of a replica. It holds each
// execution against the truth, or makes it the truth if no replica has come so
// far.
type service struct {
	w      *world
	number int
	op     int
	store  vsr.Service
}

func newService(w *world, number int) *service {
	s := &service{w: w, number: number}
	if w.plan.Service != nil {
		s.store = w.plan.Service()
	} else {
		s.store = kv.New()
	}
	return s
}

// Execute implements vsr.Service.
func (s *service) Execute(at vsr.Timestamp, operation []byte) []byte {
	result := s.store.Execute(at, operation)
	s.op++
	t := &s.w.truth
	here := executed{at, hashBytes(uint64(at), operation), string(result)}
	if s.op > len(t.executed) {
		if last := len(t.executed) - 1; last >= 0 && at < t.executed[last].at {
			s.w.fail(WrongTime, "operation %d has the time %d, and the one before it %d", s.op, at,
				t.executed[last].at)
		}
		t.executed = append(t.executed, here)
		s.w.mix(here.operation, hashBytes(uint64(s.op), result))
	} else if there := t.executed[s.op-1]; there != here {
		s.w.fail(Diverged, "r%d executes another operation %d than others did, or with another "+
			"result: %x %q, was %x %q", s.number, s.op, here.operation, here.result,
			there.operation, there.result)
	}
	if s.op%snapshotEvery == 0 {
		t.compare(s)
	}
	return result
}

// Snapshot implements vsr.Service: how many operations were executed, and the
// store.
func (s *service) Snapshot() []byte {
	return append(binary.LittleEndian.AppendUint64(nil, uint64(s.op)), s.store.Snapshot()...)
}

// Restore implements vsr.Service.
func (s *service) Restore(snapshot []byte) error {
	if len(snapshot) < 8 {
		return fmt.Errorf("a snapshot of %d bytes, expected 8 or more", len(snapshot))
	}
	if err := s.store.Restore(snapshot[8:]); err != nil {
		return err
	}
	s.op = int(binary.LittleEndian.Uint64(snapshot))
	return nil
}

// compare holds the state of a service against the first one after the same
// op-number.
func (t *truth) compare(s *service) {
	if t.snapshots == nil {
		t.snapshots = map[int][32]byte{}
	}
	here := sha256.Sum256(s.store.Snapshot())
	there, ok := t.snapshots[s.op]
	if !ok {
		t.snapshots[s.op] = here
	} else if here != there {
		s.w.fail(Diverged, "r%d has another state than others after operation %d", s.number, s.op)
	}
}

// compareFinals compares the states at the end, when all have executed the same
// operations.
func (t *truth) compareFinals(w *world) {
	for _, n := range w.nodes {
		if n.service.op != len(t.executed) {
			w.fail(Diverged, "r%d has executed %d operations at the end, others %d",
				n.number, n.service.op, len(t.executed))
		}
		t.compare(n.service)
	}
}

// checkReply holds what a client was told against what the group has executed.
func (t *truth) checkReply(w *world, m *vsr.Reply) {
	if m.OpNumber == 0 || m.OpNumber > vsr.OpNumber(len(t.executed)) {
		w.fail(Lied, "a client got a reply for op-number %d, the group has executed %d",
			m.OpNumber, len(t.executed))
	} else if there := t.executed[m.OpNumber-1]; there.result != string(m.Result) {
		w.fail(Lied, "a client got for op-number %d the result %q, the group has %q",
			m.OpNumber, m.Result, there.result)
	}
}

// hashBytes is FNV-1a with a start that depends on a number.
func hashBytes(seed uint64, b []byte) uint64 {
	h := (digestStart ^ seed) * digestPrime
	for _, c := range b {
		h = (h ^ uint64(c)) * digestPrime
	}
	return h
}
