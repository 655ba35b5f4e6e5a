// SPDX-License-Identifier: Apache-2.0

// How large the state may become: the replica tells the store, through the log, what its data file
// has room for.

package server

import (
	"context"
	"sync/atomic"
	"time"

	"viewstamp/impl/service/kv"
	"viewstamp/impl/vsr"
)

// capacityWait is how long the replica waits for its word to come back through the log, before it
// says it again.
const capacityWait = 5 * time.Second

// stateOverhead is more than a checkpoint has besides snapshot and client-table.
const stateOverhead = 64

// capacity is what the loop knows about the size of the state. With a service that is not the
// store of package kv, store is nil and nothing is known.
type capacity struct {
	store *kv.Store
	bytes int64 // what this replica has room for
	// isTold: its word is on its way.
	isTold atomic.Bool

	size, limit atomic.Int64 // of the store, for those who ask
}

// snapshotMax is the largest snapshot for which a data file has room, whatever is in the
// client-table. A file that is too small for the largest client-table leaves half of itself to
// each of them.
func snapshotMax(stateMax, clients int64) int64 {
	if left := stateMax - clients - stateOverhead; left >= stateMax/2 {
		return left
	}
	return max(1, stateMax/2)
}

// setCapacity is called once the data file is open and the service is made.
func (s *Server) setCapacity(service vsr.Service) {
	clients := int64(s.replica.Configuration().ClientBytesMax)
	most := s.journal.StateMax()
	s.capacity.bytes = snapshotMax(most, clients)
	s.capacity.store, _ = service.(*kv.Store)
	if most < 2*(clients+stateOverhead) {
		s.config.Log.Warn("the data file has little room for the state: replies that are kept for "+
			"many clients may not fit; vsr grow makes it larger", "state-max", most,
			"clients", clients)
	}
}

// tellCapacity sees that the store knows how much room this replica has. It belongs to the loop.
func (s *Server) tellCapacity() {
	c := &s.capacity
	if c.store == nil || s.replica.Status() != vsr.Normal ||
		c.store.Capacity(s.identity.Replica) == c.bytes || !c.isTold.CompareAndSwap(false, true) {
		return
	}
	operation := kv.EncodeCapacity(kv.Capacity{Replica: s.identity.Replica, Bytes: c.bytes})
	s.running.Go(func() {
		defer c.isTold.Store(false)
		ctx, cancel := context.WithTimeout(context.Background(), capacityWait)
		defer cancel()
		if _, err := s.Do(ctx, operation); err != nil {
			return // it is said again
		}
		// The reply may be there before this replica has executed the operation.
		select {
		case <-ctx.Done():
		case <-s.stop:
		}
	})
}

// observeState notes the size of the state. It belongs to the loop.
func (s *Server) observeState() {
	if c := &s.capacity; c.store != nil {
		c.size.Store(c.store.Size())
		c.limit.Store(c.store.Limit())
	}
}
