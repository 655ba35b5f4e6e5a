// SPDX-License-Identifier: Apache-2.0

// The queue, the checks of configurations, and real sockets.

package transport

import (
	"net"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"viewstamp/impl/vsr"
	"viewstamp/impl/wire"
)

// TestQueue: whatever is put in comes out in order, less the oldest ones above the limits.
func TestQueue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limits := Limits{QueueMessages: rapid.IntRange(1, 8).Draw(t, "messages"),
			QueueBytes: rapid.IntRange(1, 8000).Draw(t, "bytes")}
		q := newQueue(limits)
		var model, batch []vsr.Message
		bytes := func() (n int) {
			for _, m := range model {
				n += vsr.MessageBytes(m)
			}
			return n
		}
		for i := range rapid.IntRange(0, 60).Draw(t, "steps") {
			if rapid.IntRange(0, 9).Draw(t, "take") == 0 {
				batch = q.take(batch)
				require.Equal(t, model, append([]vsr.Message(nil), batch...))
				model = nil
				continue
			}
			m := &vsr.Request{RequestNumber: vsr.RequestNumber(i),
				Operation: make([]byte, rapid.IntRange(0, 900).Draw(t, "size"))}
			model = append(model, m)
			want := 0
			for len(model) > 1 && (len(model) > limits.QueueMessages ||
				bytes() > limits.QueueBytes) {
				model = model[1:]
				want++
			}
			require.Equal(t, want, q.put(m))
		}
		require.Equal(t, model, append([]vsr.Message(nil), q.take(batch)...))
	})
}

func TestCheckAddress(t *testing.T) {
	for address, says := range map[string]string{
		"127.0.0.1:7000":    "",
		"[::1]:7000":        "",
		"localhost:7000":    "",
		"127.0.0.1":         "expected HOST:PORT",
		"127.0.0.1:x":       "not a number",
		"127.0.0.1:70000":   "not a number",
		"127.0.0.1:0":       "port 0",
		":7000":             "host is missing",
		"10.0.0.1:7000":     "loopback",
		"example.org:7000":  "loopback",
		"127.0.0.1:1:2":     "expected HOST:PORT",
		"0.0.0.0:7000":      "loopback",
		"localhost.org:700": "loopback",
	} {
		err := CheckAddress(address, false)
		if says == "" {
			require.NoError(t, err, address)
		} else {
			require.ErrorContains(t, err, says, address)
		}
	}
	require.NoError(t, CheckAddress("10.0.0.1:7000", true))
	require.ErrorIs(t, CheckAddress("10.0.0.1:7000", false), ErrInsecure)
}

func TestConfig(t *testing.T) {
	good := Config{Cluster: testCluster, Addresses: []string{"127.0.0.1:7000", "127.0.0.1:7001"},
		Deliver: func(vsr.Message) {}, Status: func() *wire.Status { return nil }}
	require.NoError(t, good.validate())
	for says, change := range map[string]func(*Config){
		"id is zero":                   func(c *Config) { c.Cluster = wire.ClusterID{} },
		"needed":                       func(c *Config) { c.Deliver = nil },
		"replica 2 has no address":     func(c *Config) { c.Replica = 2 },
		"0 and 1 have the same":        func(c *Config) { c.Addresses = []string{"[::1]:1", "[::1]:1"} },
		"at most 255":                  func(c *Config) { c.Addresses = make([]string, 256) },
		"replica 1: address \"nowhere": func(c *Config) { c.Addresses = []string{"[::1]:1", "nowhere"} },
		"a limit is -1":                func(c *Config) { c.Limits.MaxBody = -1 },
	} {
		c := good
		change(&c)
		_, err := NewBus(c)
		require.ErrorContains(t, err, says)
	}
}

// TestSockets: the same over TCP, with a large message.
func TestSockets(t *testing.T) {
	var listeners [2]net.Listener
	var where []string
	for i := range listeners {
		var err error
		listeners[i], err = net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		where = append(where, listeners[i].Addr().String())
	}
	received := make(chan vsr.Message, 1)
	var buses [2]*Bus
	for i := range buses {
		var err error
		buses[i], err = NewBus(Config{Cluster: testCluster, Replica: vsr.ReplicaNumber(i),
			Addresses: where, Listener: listeners[i],
			Deliver: func(m vsr.Message) { received <- m },
			Status:  func() *wire.Status { return &wire.Status{} }})
		require.NoError(t, err)
		defer buses[i].Close()
	}
	up := make(chan struct{}, 100)
	link, err := NewLink(LinkConfig{Cluster: testCluster, Address: where[1], To: 1,
		Hello:   wire.Hello{Role: wire.RoleClient, Replicas: 2},
		Changed: func(bool, error) { up <- struct{}{} }})
	require.NoError(t, err)
	<-up
	require.True(t, link.Up())
	large := &vsr.Request{Operation: make([]byte, 900_000)}
	require.True(t, link.Send(large))
	require.Equal(t, large, <-received)
	link.Close()
	require.False(t, link.Up())
}
