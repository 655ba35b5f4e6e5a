// SPDX-License-Identifier: Apache-2.0

package mc

import (
	"hash/maphash"
	"sync"
	"sync/atomic"
)

// Outcomes: what each step did for each input. All workers share them, so a step function runs
// once for a distinct input, however many states meet it (twice at most, if two workers ask at
// the same moment; then the second answer is dropped).

// outcomeKey is a distinct input of a step. Unused places of in are zero; messages are numbered
// from 0 and stored plus one.
type outcomeKey struct {
	step, process, choice, local uint32
	in                           [maxQuorum + 1]uint32
}

// outcome is what a step did.
type outcome struct {
	local  uint32
	out    []uint32 // numbers of the messages that it sent
	reason Reason   // why it did nothing; local and out mean nothing then
	number uint32   // outcomes are numbered in the order in which they are stored
}

// outcomes maps inputs to outcomes.
type outcomes struct {
	seed   maphash.Seed
	next   atomic.Uint32 // how many are stored
	shards [internShards]struct {
		sync.Mutex
		known map[outcomeKey]*outcome
		edges []edge
	}
}

// edge is a change of a local state by a step.
type edge struct{ step, process, before, after uint32 }

// newOutcomes returns an empty map.
func newOutcomes() *outcomes {
	o := &outcomes{seed: maphash.MakeSeed()}
	for i := range o.shards {
		o.shards[i].known = map[outcomeKey]*outcome{}
	}
	return o
}

// outcome returns what a step does, running it if nobody has.
func (s *space[L, M]) outcome(k outcomeKey, in []uint32) (*outcome, error) {
	for i, id := range in {
		k.in[i] = id + 1
	}
	shard := &s.outcomes.shards[maphash.Comparable(s.outcomes.seed, k)%internShards]
	shard.Lock()
	known := shard.known[k]
	shard.Unlock()
	if known != nil {
		return known, nil
	}
	values := make([]M, len(in))
	for i, id := range in {
		values[i] = s.messages.value(id)
	}
	local, out, reason, err := call(s.model, int(k.process), int(k.step),
		s.locals.value(k.local), values, int(k.choice))
	if err != nil {
		return nil, err
	}
	o := &outcome{reason: reason}
	if reason == "" {
		o.local = s.locals.id(local, nil)
		for _, m := range out {
			o.out = append(o.out, s.messages.id(m, nil))
		}
	}
	shard.Lock()
	defer shard.Unlock()
	if known := shard.known[k]; known != nil {
		return known, nil
	}
	o.number = s.outcomes.next.Add(1) - 1
	shard.known[k] = o
	if reason == "" && o.local != k.local {
		shard.edges = append(shard.edges, edge{k.step, k.process, k.local, o.local})
	}
	return o, nil
}

// restore stores an outcome that has its number already.
func (o *outcomes) restore(k outcomeKey, known *outcome) {
	o.next.Add(1)
	o.shards[maphash.Comparable(o.seed, k)%internShards].known[k] = known
}

// countReasons adds up the refusals of each step.
func (o *outcomes) countReasons(reasons []map[Reason]int64) {
	for i := range o.shards {
		for k, outcome := range o.shards[i].known {
			if outcome.reason != "" {
				reasons[k.step][outcome.reason]++
			}
		}
	}
}
