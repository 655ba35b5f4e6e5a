// SPDX-License-Identifier: Apache-2.0

package spec

import "fmt"

// The state of the processes: replicas and clients.

// The numbers of the protocol have types of their own, so that they cannot be mixed up.
type (
	// ReplicaNumber is i, an index into the configuration. Replicas are counted from 0.
	ReplicaNumber int
	// ViewNumber is v. The first view is 0.
	ViewNumber int
	// OpNumber is n. The first entry of the log has op-number 1.
	OpNumber int
	// ClientID is c.
	ClientID int
	// RequestNumber is s. A client numbers its requests from 1.
	RequestNumber int
	// Operation is what the service shall execute. The protocol does not look inside.
	Operation string
)

// Configuration is the group: replicas 0 to N-1, unless it says otherwise.
type Configuration struct {
	// N is the number of replicas.
	N int
	// Witnesses is how many of them keep a log and no state (§6.1): those with the largest
	// numbers.
	Witnesses int
	// Commit and Change are the sizes of flexible quorums, Qr and Qv: that of a quorum that
	// commits and of one that changes views. Zero: Quorum. Validate says which are safe.
	Commit, Change int
	// Members are the replicas, where reconfiguration (§7) makes groups of other ones: see Group.
	Members Members
}

// F is the number of replicas that may fail at the same time: the largest f with 2f+1 ≤ N.
func (c Configuration) F() int { return (c.N - 1) / 2 }

// Quorum is the number of replicas that must take part: any two quorums share a replica.
//
// Diverges (§4.1): the paper says f+1, which is the same only if N = 2f+1. See DIVERGENCE.md, D1.
func (c Configuration) Quorum() int { return c.N - c.F() }

// Others is a quorum without the replica that counts it.
func (c Configuration) Others() int { return c.Quorum() - 1 }

// Active is the number of replicas that are no witnesses. They come first.
func (c Configuration) Active() int { return c.N - c.Witnesses }

// Primary is the replica that leads view v. The views go round the active replicas (D28).
func (c Configuration) Primary(v ViewNumber) ReplicaNumber {
	return c.Member(int(v) % c.Active())
}

// Status is what a replica is busy with.
type Status uint8

const (
	// Normal replicas process requests.
	Normal Status = iota
	// ViewChange replicas wait for the view ViewNumber to start.
	ViewChange
	// Recovering replicas have lost their state and ask the others for it (§4.3).
	Recovering
	// Transitioning replicas are in a new epoch. They wait for its state, or, if they are
	// replaced, for the others to have it (§7).
	Transitioning
	// ShutDown replicas are in no group: not any more, or not yet (§7).
	ShutDown
)

// String is the paper's name of the status.
func (s Status) String() string {
	return [...]string{"Normal", "ViewChange", "Recovering", "Transitioning",
		"ShutDown"}[s]
}

// Process is a process of the system: a Replica, a Client, or a Crowd of clients.
type Process interface {
	fmt.Stringer
	process()
}

// Replica is the state of one replica (§4, Figure 2). All of it survives a crash but for
// the commit-number and the status: see Restart.
//
// Invariants: CommitNumber ≤ Log.OpNumber(); LastNormalView ≤ ViewNumber, with
// equality if and only if Status = Normal.
type Replica struct {
	ReplicaNumber  ReplicaNumber
	Status         Status
	ViewNumber     ViewNumber
	LastNormalView ViewNumber // v′: the latest view in which Status was Normal.
	Log            Log
	CommitNumber   OpNumber // k: all up to here is committed and executed.

	// The rest belongs to the protocols of §4.3, and is zero elsewhere.

	Nonce       Nonce       // x of the latest recovery.
	CrashVector CrashVector // The crashes that the replica knows of.

	// These belong to reads at the primary (§6.3.1), and are zero elsewhere.

	Lease Lease // What the replica holds as the primary.
	Given Lease // What it has given to a primary.

	// The rest belongs to optimisations, and is zero elsewhere.

	Batch     Log      // What the primary has collected and not yet proposed (§6.2).
	Chosen    Chosen   // The log whose entries the new primary waits for (§5.3).
	Collected OpNumber // A witness has dropped its entries up to here (§6.1).
	// Epoch belongs to reconfiguration (§7), and is zero elsewhere.
	Epoch

	// Damage belongs to disks that lose what they held (storage.go), and is zero elsewhere.
	Damage Damage

	// These belong to checkpoints (§5.1), and are zero elsewhere.

	Checkpoint OpNumber // The operations up to here are in the durable checkpoint.
	Dropped    OpNumber // The entries up to here are not in the log any more.

	// Formatted: the disk is new, and nothing has been adopted yet (lostdisk.go).
	Formatted bool

	// Noted is a client-table that is not a function of the log, for claims about such: the
	// requests that it knows of. It is empty elsewhere.
	Noted Log
}

// Client is the state of a client that waits for each reply before its next request (§4.1).
type Client struct {
	ClientID      ClientID
	RequestNumber RequestNumber // s of the latest request; 0 before the first.
	Outstanding   bool          // The latest request has no reply yet.
	Incarnation   int           // How often it has crashed and come back (§4.5).
	EpochNumber   EpochNumber   // e, as far as it has heard (§7.4).
}

// Crowd stands for any number of clients that send one request each. The k-th request to be sent is
// the first one of client k, so that exchanging two requests never makes a new state.
type Crowd struct {
	Sent int // How many clients have sent their request.
}

func (Replica) process() {}
func (Client) process()  {}
func (Crowd) process()   {}

// OpNumber is n, the op-number of the topmost entry of the replica's log.
func (r Replica) OpNumber() OpNumber { return r.Log.OpNumber() }

// isPrimary says whether the replica leads the view that it is in.
func (r Replica) isPrimary(c Configuration) bool {
	return c.Primary(r.ViewNumber) == r.ReplicaNumber
}

// clientTableEntry is what the client-table of §4.1 says about a client: the number and the
// op-number of its latest request, and whether that has been executed. The table is a
// function of the log and the commit-number (D3), so it can never disagree with them.
func (r Replica) clientTableEntry(c ClientID) (RequestNumber, OpNumber, bool) {
	n, e := r.Log.LastOf(c)
	return e.RequestNumber, n, n <= r.CommitNumber
}

// learnCommit raises the commit-number to k, or as far as the log goes, and so executes the
// operations in between. It never lowers it.
//
// Diverges (§4.1 step 7): the paper waits until the replica has the request; taking as much as
// there is now and the rest later is the same, without a number to remember. D12.
func (r Replica) learnCommit(k OpNumber) Replica {
	r.CommitNumber = max(r.CommitNumber, min(k, r.OpNumber()))
	return r
}
