// SPDX-License-Identifier: Apache-2.0

package vsr

import "slices"

// What a replica tells about itself: one event a step, in the words of package spec. The checker
// replays the events of each replica against the spec.

// Event is one step of one replica.
type Event struct {
	Replica ReplicaNumber
	// Sequence counts the events of this replica since it started, from 1. The first event is
	// Start (a new replica, an empty log) or Restart (from the disk).
	Sequence uint64
	// Step is the name of the step in the spec.
	Step string
	// Ignored says why the step did nothing. Such an event has no Sent and an unchanged State.
	Ignored Ignored
	// Received are the messages of the step: one, or those of a quorum by their senders.
	Received []Message
	// Sent are the messages of the step. They leave once the step's writes are durable.
	Sent []Message
	// State is the replica after the step.
	State State
}

// State is what the spec knows of a replica. The log stands for itself by its name.
type State struct {
	Status         Status
	ViewNumber     ViewNumber
	LastNormalView ViewNumber
	Log            LogName
	CommitNumber   OpNumber
	// HeadUnknown says that the disk may have lost entries above Log: see Durable.
	HeadUnknown bool
	// Lost are the parts of Log that the disk has lost, upwards.
	Lost []LostRange
}

// Equal says whether two states are the same.
func (s State) Equal(other State) bool {
	return s.Status == other.Status && s.ViewNumber == other.ViewNumber &&
		s.LastNormalView == other.LastNormalView && s.Log == other.Log &&
		s.CommitNumber == other.CommitNumber && s.HeadUnknown == other.HeadUnknown &&
		slices.Equal(s.Lost, other.Lost)
}

// Status is what a replica is busy with.
type Status uint8

const (
	// Normal replicas process requests.
	Normal Status = iota
	// ViewChange replicas wait for the view ViewNumber to start.
	ViewChange
)

// String is the paper's name of the status.
func (s Status) String() string {
	if s == Normal {
		return "Normal"
	}
	return "ViewChange"
}

// Ignored says why a message did nothing. The values are those of package spec.
type Ignored string
