// SPDX-License-Identifier: Apache-2.0

// Package kv is a replicated key-value store: the string commands of Redis as a deterministic
// state machine. Store implements vsr.Service.
//
// # Operations
//
// An operation is a batch: one or more commands that run one after the other in one slot of the
// log, with nothing in between. A Redis connection that pipelines sixteen commands costs one slot.
// EncodeOperation and DecodeOperation define the bytes, EncodeResult and DecodeResult those of the
// answer. Both are canonical: equal values have equal bytes, and any other bytes are refused.
//
// # Determinism
//
// State and results depend on the sequence of operations and their timestamps alone. There is no
// clock: "now" is the greatest timestamp of the entries executed so far, in milliseconds, so time
// does not go back when a new primary's clock is behind. A key whose deadline has come is removed
// before the next operation runs, on every replica in the same slot. So DBSIZE and snapshots never
// count a key that is gone.
//
// # The size of the state
//
// Replicas keep snapshots in files of a fixed size, and one that does not fit would stop them all
// at the same operation. So a write that could make the snapshot larger than the least of the
// replicas' files can take is refused, with the words that Redis has for it. See Capacity.
//
// # Differences from Redis
//
//   - A key is gone as soon as now reaches its deadline; Redis keeps it for that millisecond.
//   - CAS key old new sets key to new if its value is old, and answers 1 or 0. The deadline stays.
//   - A full store refuses what may make it larger, and nothing else: SET to a shorter value runs.
//     In a transaction the refused commands have an error as their reply, and the others run.
//   - A batch whose replies would not fit in MaxResult stops early; see ModePipeline.
//   - The limits below are lower, and are the same on every replica.
package kv

// Limits. All replicas must agree on them: they are part of the state machine's definition.
const (
	// MaxKey is the greatest length of a key, in bytes.
	MaxKey = 64 << 10
	// MaxValue is the greatest length of a value and of any other argument, in bytes.
	MaxValue = 512 << 10
	// MaxArguments is the greatest number of arguments of a command, its name not counted.
	MaxArguments = 1024
	// MaxCommands is the greatest number of commands in a batch.
	MaxCommands = 1024
	// MaxOperation is the greatest length of an encoded operation, in bytes. A SET of a longest key
	// to a longest value fits.
	MaxOperation = 768 << 10
	// MaxResult is the greatest length of an encoded result, in bytes. A GET of a longest value
	// fits.
	MaxResult = 768 << 10
)
