// SPDX-License-Identifier: Apache-2.0

package vsr

import "fmt"

// The settings of a replica, their defaults and their limits.

// Config is fixed while a replica runs. All replicas of a group should have equal values, but for
// Replica, Seed and tracing.
type Config struct {
	// Replicas is N, the size of the group: 2 to 255. There is no default.
	Replicas int
	// Replica is the number of this replica, below Replicas.
	Replica ReplicaNumber
	// PipelineMax is how many operations the primary has uncommitted at most. Zero: 4096.
	PipelineMax int
	// MessageBytesMax bounds the encoded size of a message, as [MessageBytes] estimates it. It is
	// at least 4096. Zero: 4 MiB.
	MessageBytesMax int
	// OperationBytesMax bounds an operation. It is at most MessageBytesMax − 1024. Zero: a
	// quarter of MessageBytesMax.
	OperationBytesMax int
	// HeartbeatTicks is how long the primary is silent at most. Zero: 10.
	HeartbeatTicks int
	// ResendTicks is how long PREPARE and PREPAREOK wait for an effect before they are sent
	// again. Zero: 20.
	ResendTicks int
	// ViewChangeTicks is how long a backup waits for its primary, and a replica in a view change
	// for the view to start, before it goes to the next view. Up to half as much is added by
	// chance; each attempt in a row that fails doubles it, up to 16 times. Zero: 60.
	ViewChangeTicks int
	// ViewChangeResendTicks is how long a replica in a view change, or one that misses a part of
	// the log, waits before it sends its messages again. Zero: 15.
	ViewChangeResendTicks int
	// CheckpointInterval is after how many operations a checkpoint is due (§5.1); see also
	// LogRoom. Zero: never; then the whole log stays in memory and on the disk.
	CheckpointInterval int
	// CheckpointBytes is the size of the entries after which a checkpoint is due even before that.
	// Zero: only the interval counts.
	CheckpointBytes int
	// LogBytesMax bounds the size of the log above the durable checkpoint: a primary takes no
	// more requests, and a backup no more entries. A log that comes with a view may be twice as
	// large. It is at least twice CheckpointBytes. Zero: no limit.
	LogBytesMax int
	// LogRetain is how many entries below the checkpoint stay in memory for replicas that are
	// behind, so that they need no checkpoint. Zero: 4096.
	LogRetain int
	// ClientsMax is how many clients the client-table remembers: of more, those whose last request
	// is the oldest are evicted. It must be equal on all replicas: it is a part of the state
	// machine. Zero: 16384.
	ClientsMax int
	// ClientBytesMax bounds the client-table in bytes, with the latest result of each client. It is
	// kept like ClientsMax, must be equal on all replicas too, and must have room for the largest
	// result. A state is at most so much, and 64 bytes, larger than the snapshot of the service.
	// Zero: 8 MiB.
	ClientBytesMax int
	// Seed makes the timers of the replicas differ. Equal seeds make equal runs.
	Seed uint64
	// Trace makes Output carry Events. It changes nothing else.
	Trace bool
	// TraceIgnored adds an event for each message that a guard of a step refused.
	TraceIgnored bool
}

// ClientBytesMax is Config.ClientBytesMax where nothing else is set.
const ClientBytesMax = 8 << 20

// The limits that are not worth a setting.
const (
	replicasMax = 255
	// numberMax bounds view-, op- and request-numbers from outside, so that adding to them is
	// safe. No run gets there: it would take centuries.
	numberMax = 1 << 62
	// messageOverhead is more than the encoding of any message takes without its entries, its
	// operation and its result.
	messageOverhead = 512
	// entryOverhead is more than the encoding of an entry takes without its operation.
	entryOverhead = 128
	// lostOverhead is no less than the encoding of a LostRange takes.
	lostOverhead = 96
	// suffixMargin is how many committed entries go with a log.
	suffixMargin = 32
	// heldMax is how many messages may wait for the disk before no other message is taken.
	heldMax = 1 << 16
	// writeBytesMax is the size up to which appends in a row become one Write.
	writeBytesMax = 1 << 20
	// backoffMax is how often the view-change timer doubles.
	backoffMax = 4
)

// withDefaults fills in what is zero.
func (c Config) withDefaults() Config {
	set := func(field *int, value int) {
		if *field == 0 {
			*field = value
		}
	}
	set(&c.PipelineMax, 4096)
	set(&c.MessageBytesMax, 4<<20)
	set(&c.OperationBytesMax, c.MessageBytesMax/4)
	set(&c.HeartbeatTicks, 10)
	set(&c.ResendTicks, 20)
	set(&c.ViewChangeTicks, 60)
	set(&c.ViewChangeResendTicks, 15)
	set(&c.LogRetain, 4096)
	set(&c.ClientsMax, 1<<14)
	set(&c.ClientBytesMax, ClientBytesMax)
	return c
}

// validate says what is wrong with the settings after withDefaults.
func (c Config) validate() error {
	check := func(name string, value, least, most int) error {
		if value < least || value > most {
			return fmt.Errorf("vsr: config: %s is %d, must be %d to %d", name, value, least, most)
		}
		return nil
	}
	for _, err := range []error{
		check("Replicas", c.Replicas, 2, replicasMax),
		check("Replica", int(c.Replica), 0, c.Replicas-1),
		check("PipelineMax", c.PipelineMax, 1, 1<<24),
		check("MessageBytesMax", c.MessageBytesMax, 4096, 1<<30),
		check("OperationBytesMax", c.OperationBytesMax, 1, c.MessageBytesMax-1024),
		check("HeartbeatTicks", c.HeartbeatTicks, 1, 1<<30),
		check("ResendTicks", c.ResendTicks, 1, 1<<30),
		check("ViewChangeTicks", c.ViewChangeTicks, c.HeartbeatTicks+1, 1<<30),
		check("ViewChangeResendTicks", c.ViewChangeResendTicks, 1, 1<<30),
		check("CheckpointInterval", c.CheckpointInterval, 0, 1<<30),
		check("CheckpointBytes", c.CheckpointBytes, 0, 1<<40),
		check("LogRetain", c.LogRetain, 1, 1<<30),
		check("ClientsMax", c.ClientsMax, 1, 1<<24),
		check("ClientBytesMax", c.ClientBytesMax, 1, 1<<40),
		check("LogBytesMax", c.LogBytesMax, 0, 1<<40),
	} {
		if err != nil {
			return err
		}
	}
	if c.LogBytesMax > 0 && (c.CheckpointInterval == 0 || c.CheckpointBytes == 0 ||
		c.LogBytesMax < 2*(c.CheckpointBytes+c.OperationBytesMax+entryOverhead)) {
		return fmt.Errorf("vsr: config: LogBytesMax is %d, must be at least twice CheckpointBytes "+
			"with one operation more, and both CheckpointBytes and CheckpointInterval set",
			c.LogBytesMax)
	}
	return nil
}

// F is the number of replicas that may fail at the same time.
func (c Config) F() int { return (c.Replicas - 1) / 2 }

// Quorum is the number of replicas that must take part. It is more than F+1 if the group is even
// (D1): any two quorums must share a replica.
func (c Config) Quorum() int { return c.Replicas - c.F() }

// Others is a quorum without the replica that counts it.
func (c Config) Others() int { return c.Quorum() - 1 }

// denials is how many replicas must deny an entry before it may be dropped: the others are then one
// too few to have committed it.
func (c Config) denials() int { return c.Replicas - c.Quorum() + 1 }

// Primary is the replica that leads view v.
func (c Config) Primary(v ViewNumber) ReplicaNumber {
	return ReplicaNumber(v % ViewNumber(c.Replicas))
}
