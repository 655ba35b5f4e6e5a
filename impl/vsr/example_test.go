// SPDX-License-Identifier: Apache-2.0

package vsr_test

import (
	"fmt"

	"viewstamp/impl/vsr"
)

// counter is a service: it counts the operations that it has executed.
type counter struct{ n int }

func (c *counter) Execute(vsr.Timestamp, []byte) []byte {
	c.n++
	return fmt.Append(nil, c.n)
}

func (c *counter) Snapshot() []byte { return fmt.Append(nil, c.n) }

func (c *counter) Restore(snapshot []byte) error {
	_, err := fmt.Sscan(string(snapshot), &c.n)
	return err
}

// A driver for three replicas in one process, with a network and disks that take no time.
func Example() {
	var group [3]*vsr.Replica
	for i := range group {
		config := vsr.Config{Replicas: 3, Replica: vsr.ReplicaNumber(i)}
		replica, err := vsr.New(config, &counter{}, vsr.Durable{}, true)
		if err != nil {
			fmt.Println(err)
			return
		}
		group[i] = replica
	}

	// Replica 0 leads view 0. A client sends it a request.
	group[0].Receive(1, &vsr.Request{RequestNumber: 1, Operation: []byte("count")})

	for busy := true; busy; {
		busy = false
		for _, replica := range group {
			out := replica.Output()
			for _, write := range out.Writes { // A real driver writes to its disk here.
				replica.Persisted(write.Sequence)
				busy = true
			}
			for _, send := range out.Sends {
				busy = true
				if send.ToClient {
					reply := send.Message.(*vsr.Reply)
					fmt.Printf("op-number %d: %s\n", reply.OpNumber, reply.Result)
					continue
				}
				group[send.To].Receive(1, send.Message)
			}
		}
	}
	fmt.Println("committed at the primary:", group[0].CommitNumber())
	// Output:
	// op-number 1: 1
	// committed at the primary: 1
}
