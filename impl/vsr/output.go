// SPDX-License-Identifier: Apache-2.0

package vsr

// The surface between the core and its driver. The core does no input or output: the driver calls
// the Replica with what happened, and carries out what Output returns.
//
//	replica.Receive(now, message)   a message arrived from another replica or a client
//	replica.Tick(now)               one tick of time passed
//	replica.Persisted(sequence)     all Writes up to this sequence are durable
//	replica.CheckpointPersisted(n)  the Checkpoint up to op-number n is durable
//	out := replica.Output()         what to do now; the next call starts empty again
//	                                (or OutputInto, in memory that is used again)
//
// The driver, for each Output, in this order: records Events (if tracing is on) before anything
// else; hands Writes to the journal, which makes them durable in order and in the background; sends
// Sends. A message that must not leave before a write is durable is kept inside the core until
// Persisted says so: no driver can send it too early. A Checkpoint is made durable in the
// background: nothing waits for it, and the next one comes when it is done.

// Output is what the driver shall do.
type Output struct {
	Events []Event
	Writes []Write
	Sends  []Send
	// Checkpoint, if not nil, is to be made durable. Its State must not be changed.
	Checkpoint *Checkpoint
	// Err, if not nil, is why this replica must stop: from now on it takes no input.
	Err error
}

// Send is a message to one receiver.
type Send struct {
	// ToClient: the receiver is the client named in the Reply or Refused. Otherwise it is replica
	// To.
	ToClient bool
	To       ReplicaNumber
	Message  Message
}
