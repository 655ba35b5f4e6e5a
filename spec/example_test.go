// SPDX-License-Identifier: Apache-2.0

package spec_test

import (
	"fmt"

	"viewstamp/spec"
	"viewstamp/spec/claims"
)

// Examples to read beside the paper. Their output is checked.

// One request from REQUEST to REPLY: §4.1 with three replicas. Replica 2 is slow and learns last.
func Example() {
	c := spec.Configuration{N: 3}
	client := spec.Client{ClientID: 0}
	primary := spec.Replica{ReplicaNumber: 0}
	backup, slow := spec.Replica{ReplicaNumber: 1}, spec.Replica{ReplicaNumber: 2}

	// Step 1: the client sends its request to the primary.
	client, sent, _ := spec.SendRequest(client)
	request := sent[0].(spec.Request)
	fmt.Println("client sends", request)

	// Steps 2 and 3: the primary appends it and asks the backups to do the same.
	primary, sent, _ = spec.OnRequest(c, primary, request)
	prepare := sent[0].(spec.Prepare)
	fmt.Println("primary:", primary, "sends", prepare)

	// Step 4: a backup appends it and acknowledges.
	backup, sent, _ = spec.OnPrepare(c, backup, prepare)
	ok := sent[0].(spec.PrepareOK)
	fmt.Println("backup: ", backup, "sends", ok)

	// Step 5: with the primary itself that is a quorum. It commits, executes and replies.
	primary, sent, _ = spec.OnPrepareOK(c, primary, []spec.PrepareOK{ok})
	reply := sent[0].(spec.Reply)
	fmt.Println("primary:", primary, "sends", reply)
	client, _, _ = spec.OnReply(client, reply)
	fmt.Println("client: ", client)

	// Steps 6 and 7: the primary has nothing to do and says how far it has committed.
	_, sent, _ = spec.SendCommit(c, primary)
	commit := sent[0].(spec.Commit)
	backup, _, _ = spec.OnCommit(c, backup, commit)
	fmt.Println("backup: ", backup)

	// The other backup lacks the entry: COMMIT tells it nothing that it could execute.
	_, _, why := spec.OnCommit(c, slow, commit)
	fmt.Println("slow:   ", slow, "ignores", commit, "as", why)
	_, sent, _ = spec.SendGetState(c, slow, commit)
	fmt.Println("slow:    sends", sent[0])

	// Output:
	// client sends REQUEST(a1)
	// primary: Normal v=0 v′=0 l=[a1@0] k=0 sends PREPARE(v=0 m=a1 n=1 k=0)
	// backup:  Normal v=0 v′=0 l=[a1@0] k=0 sends PREPAREOK(v=0 n=1 i=1)
	// primary: Normal v=0 v′=0 l=[a1@0] k=1 sends REPLY(v=0 s=a1 x=1)
	// client:  idle after s=1
	// backup:  Normal v=0 v′=0 l=[a1@0] k=1
	// slow:    Normal v=0 v′=0 l=[] k=0 ignores COMMIT(v=0 k=1) as nothing-new
	// slow:    sends GETSTATE(v=0 n′=0 i=2)
}

// A view change: §4.2. The old primary is gone; replicas 1 and 2 go on without it.
func Example_viewChange() {
	c := spec.Configuration{N: 3}
	var log spec.Log
	log = log.Append(spec.Entry{ClientID: 0, RequestNumber: 1, Operation: "a1"})
	one := spec.Replica{ReplicaNumber: 1}
	two := spec.Replica{ReplicaNumber: 2, Log: log}

	// Step 1: a timer at 1, and 2 follows.
	one, sent, _ := spec.SendStartViewChange(c, one)
	fmt.Println("1:", one, "sends", sent[0])
	two, sent, _ = spec.OnLaterView(c, two, sent[0])
	fmt.Println("2:", two, "sends", sent[0])

	// Step 2: each has heard of one other, which makes a quorum; both give their logs to 1.
	_, sent, _ = spec.OnStartViewChange(c, two, nil)
	from2 := sent[0].(spec.DoViewChange)
	_, sent, _ = spec.OnStartViewChange(c, one, nil)
	from1 := sent[0].(spec.DoViewChange)

	// Steps 3 and 4: 1 takes the longer log and starts view 1.
	one, sent, _ = spec.OnDoViewChange(c, one, []spec.DoViewChange{from1, from2})
	fmt.Println("1:", one, "sends", sent[0])

	// Step 5: 2 takes up the log, and acknowledges what is not committed yet.
	two, sent, _ = spec.OnStartView(c, two, sent[0].(spec.StartView))
	fmt.Println("2:", two, "sends", sent[0])

	// Output:
	// 1: ViewChange v=1 v′=0 l=[] k=0 sends STARTVIEWCHANGE(v=1 i=1)
	// 2: ViewChange v=1 v′=0 l=[a1@0] k=0 sends STARTVIEWCHANGE(v=1 i=2)
	// 1: Normal v=1 v′=1 l=[a1@0] k=0 sends STARTVIEW(v=1 l=[a1@0] k=0)
	// 2: Normal v=1 v′=1 l=[a1@0] k=0 sends PREPAREOK(v=1 n=1 i=2)
}

// A claim is the protocol with one step replaced. Here a replica has acknowledged a1 and hears of
// view 1: the paper's state transfer cuts the entry off, the corrected one keeps it.
func ExampleProtocol_Replace() {
	c := spec.Configuration{N: 3}
	right := spec.ViewstampedReplication()
	paper := right.Replace("JoinView", spec.ByReplica(claims.CutLogAndJoinView))

	var log spec.Log
	two := spec.Replica{ReplicaNumber: 2, Log: log.Append(spec.Entry{Operation: "a1"})}
	commit := []spec.Message{spec.Commit{From: 1, ViewNumber: 1, CommitNumber: 1}}

	after, _, _ := paper.Step("JoinView").Do(c, two, commit, 0)
	fmt.Println("paper:    ", after)
	after, _, _ = right.Step("JoinView").Do(c, two, commit, 0)
	fmt.Println("corrected:", after)

	// Output:
	// paper:     Normal v=1 v′=1 l=[] k=0
	// corrected: ViewChange v=1 v′=0 l=[a1@0] k=0
}
