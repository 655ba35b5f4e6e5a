// SPDX-License-Identifier: Apache-2.0

package spec

import "fmt"

// Quorum reads: any replica answers a read, without the primary. It asks so many replicas for their
// op-numbers that one of them knows of every committed operation, waits until it has executed as
// much as the largest of these, and answers from its own state (Charapko, Ailijiani and
// Demirbas, 2019). There are no leases and no clocks.

// NotExecuted: the replica has not executed yet what the read may have to see.
const NotExecuted Ignored = "not-executed"

// ReadHead is the answer of a replica to a read that is to be served elsewhere: how far its log
// goes.
type ReadHead struct {
	From     ReplicaNumber
	ClientID ClientID
	After    OpNumber // With ClientID: which read it is.
	OpNumber OpNumber
}

// Kind of the message.
func (ReadHead) Kind() Kind { return KindReadHead }

func (m ReadHead) sender() ReplicaNumber { return m.From }

func (m ReadHead) String() string {
	return fmt.Sprintf("READHEAD(n=%d i=%d after x=%d)", m.OpNumber, m.From, m.After)
}

// QuorumReads is the protocol of the durable replicas with quorum reads. READ goes to all replicas.
func QuorumReads() Protocol {
	p := ViewstampedReplication()
	p.Name = "quorum reads"
	p.Steps = append(p.Steps,
		Step{Name: "SendRead", Client: true, On: []Kind{KindReply, KindReadReply}, Spends: Reads,
			Do: sendReadAfter},
		Step{Name: "OnRead", On: []Kind{KindRead}, Do: ByReplica(SendReadHead)},
		Step{Name: "OnReadHead", On: []Kind{KindReadHead}, Own: true, Quorum: readOthers,
			Do: ByQuorum(OnReadHead)})
	return p
}

// readOthers is a quorum of reads without the replica that answers.
func readOthers(c Configuration) int { return c.ReadQuorum() - 1 }

// sendReadAfter is SendRead of a client that has had a reply to an operation, or to a read: its
// read must see as much.
func sendReadAfter(c Configuration, p Process, in []Message, choice int) (
	Process, []Message, Ignored,
) {
	read, ok := in[0].(ReadReply)
	if !ok {
		return sendRead(c, p, in, choice)
	}
	var id ClientID
	if cl, ok := p.(Client); ok {
		id = cl.ClientID
	}
	return p, []Message{Read{id, read.CommitNumber}}, Accepted
}

// SendReadHead says how far the log goes. The status does not matter: whatever was committed before
// the read came is in the logs of a quorum, and no log ever becomes shorter than that.
func SendReadHead(_ Configuration, r Replica, m Read) (Replica, []Message, Ignored) {
	return r, []Message{ReadHead{r.ReplicaNumber, m.ClientID, m.After, r.OpNumber()}}, Accepted
}

// OnReadHead answers a read with the state of this replica, once that is as far as each head.
func OnReadHead(_ Configuration, r Replica, heads []ReadHead) (Replica, []Message, Ignored) {
	read := Read{heads[0].ClientID, heads[0].After}
	for _, m := range heads {
		switch {
		case m.ClientID != read.ClientID || m.After != read.After:
			return r, nil, NotForMe
		case m.OpNumber > r.CommitNumber:
			return r, nil, NotExecuted
		}
	}
	return AnswerRead(r, read)
}

// ReadAtBackup is reached when a replica that leads no view has answered a read.
func ReadAtBackup(c Configuration) Property {
	return Property{Name: "ReadAtBackup", Kinds: []Kind{KindReadReply},
		Message: func(m Message) bool {
			return c.Primary(m.(ReadReply).ViewNumber) != m.(ReadReply).From
		}}
}
