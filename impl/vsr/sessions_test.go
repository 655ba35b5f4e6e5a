// SPDX-License-Identifier: Apache-2.0

package vsr

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestEviction: the client with the oldest request is forgotten, at the same entry on all replicas.
// It is told so, whatever it sends, and executes nothing twice; a new client with what it has heard
// is taken.
func TestEviction(t *testing.T) {
	for name, config := range map[string]Config{
		"by number": {Replicas: 3, ClientsMax: 2},
		"by size":   {Replicas: 3, ClientBytesMax: 3*(48+32) - 1},
	} {
		t.Run(name, func(t *testing.T) { testEviction(t, config) })
	}
}

func testEviction(t *testing.T, config Config) {
	c := newCluster(t, config)
	refusedBy := func(m *Request) *Refused {
		c.now++
		r := c.members[0].replica
		r.Receive(c.now, m)
		for _, send := range r.Output().Sends {
			if refused, ok := send.Message.(*Refused); ok {
				return refused
			}
		}
		return nil
	}
	for i := range uint64(3) {
		c.receive(0, request(i, 1))
		c.settle()
	}
	first := c.members[0].replica
	require.Equal(t, OpNumber(1), first.clientTable.evicted)
	require.Equal(t, 2, first.Clients())
	for _, number := range []uint64{1, 2} {
		want := &Refused{From: 0, ClientID: client(0), RequestNumber: RequestNumber(number),
			CommitNumber: 3, Evicted: true}
		require.Equal(t, want, refusedBy(request(0, number)))
	}
	require.Equal(t, OpNumber(3), first.OpNumber())
	// A new client that knows nothing could be an old one.
	require.NotNil(t, refusedBy(request(9, 1)))
	fresh := request(9, 1)
	fresh.Since = 3
	c.receive(0, fresh)
	c.settle()
	require.Equal(t, OpNumber(4), first.CommitNumber())
	require.Nil(t, first.clientTable.of(client(1)))
}

// TestBusy: a request for which there is no room is answered.
func TestBusy(t *testing.T) {
	r, err := New(Config{Replicas: 3, PipelineMax: 1}, nullService{}, Durable{}, true)
	require.NoError(t, err)
	r.Receive(0, request(1, 1))
	r.Output()
	r.Receive(0, request(2, 1))
	sends := r.Output().Sends
	require.Len(t, sends, 1)
	require.True(t, sends[0].ToClient)
	require.Equal(t, &Refused{ClientID: client(2), RequestNumber: 1}, sends[0].Message)
	require.Equal(t, uint64(1), r.IgnoredCounts()[PipelineFull])
}
