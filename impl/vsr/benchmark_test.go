// SPDX-License-Identifier: Apache-2.0

package vsr

import (
	"encoding/binary"
	"fmt"
	"testing"
)

// What the protocol itself costs: three replicas in memory, with disks and a network that take no
// time.

// nullService executes nothing.
type nullService struct{}

func (nullService) Execute(Timestamp, []byte) []byte { return nil }
func (nullService) Snapshot() []byte                 { return nil }
func (nullService) Restore([]byte) error             { return nil }

// BenchmarkGroup commits operations at all three replicas and prints how many pass in a second.
// batch is how many requests come between two calls of Output.
func BenchmarkGroup(b *testing.B) {
	for _, trace := range []bool{false, true} {
		for _, batch := range []int{1, 16, 256} {
			b.Run(fmt.Sprintf("trace=%v/batch=%d", trace, batch), func(b *testing.B) {
				benchmarkGroup(b, batch, trace)
			})
		}
	}
}

func benchmarkGroup(b *testing.B, batch int, trace bool) {
	var group [3]*Replica
	start := func() {
		for i := range group {
			config := Config{Replicas: 3, Replica: ReplicaNumber(i), Trace: trace}
			r, err := New(config, nullService{}, Durable{}, true)
			if err != nil {
				b.Fatal(err)
			}
			group[i] = r
		}
	}
	start()
	var outputs [3]Output
	requests := make([]Request, batch)
	operation := make([]byte, 64)
	for i := range requests {
		binary.LittleEndian.PutUint64(requests[i].ClientID[:], uint64(i))
		requests[i].Operation = operation
	}
	b.ReportAllocs()
	done, next := 0, RequestNumber(0)
	for b.Loop() {
		next++
		for i := range requests {
			m := requests[i] // A message is not changed once it is made.
			m.RequestNumber = next
			group[0].Receive(Timestamp(next), &m)
		}
		done += runToRest(&group, &outputs)
		if group[0].OpNumber() > 1<<19 { // The log is in memory: keep the heap small.
			start()
			next = 0
		}
	}
	if done == 0 || done > b.N*batch {
		b.Fatalf("%d replies to %d requests", done, b.N*batch)
	}
	perOp := float64(b.Elapsed().Nanoseconds()) / float64(done)
	b.ReportMetric(perOp, "ns/operation")
	b.ReportMetric(1e9/perOp, "operations/s")
}

// runToRest lets the messages go round until there are none, and counts the replies.
func runToRest(group *[3]*Replica, outputs *[3]Output) (replies int) {
	for busy := true; busy; {
		busy = false
		for i, r := range group {
			out := r.OutputInto(outputs[i])
			outputs[i] = out
			if n := len(out.Writes); n > 0 {
				r.Persisted(out.Writes[n-1].Sequence)
				busy = true
			}
			for _, send := range out.Sends {
				if send.ToClient {
					replies++
					continue
				}
				group[send.To].Receive(0, send.Message)
				busy = true
			}
		}
	}
	return replies
}
