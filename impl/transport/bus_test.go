// SPDX-License-Identifier: Apache-2.0

// Buses, links and clients on a network in memory, in virtual time.

package transport

import (
	"context"
	"encoding/binary"
	"net"
	"os"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"viewstamp/impl/transport/transporttest"
	"viewstamp/impl/vsr"
	"viewstamp/impl/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var (
	testCluster = wire.ClusterID{1}
	addresses   = []string{"zero", "one", "two"}
	aClient     = wire.Hello{Role: wire.RoleClient, Replicas: 3}
)

// box collects what is delivered.
type box struct {
	mu       sync.Mutex
	messages []vsr.Message
}

func (b *box) put(m vsr.Message) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.messages = append(b.messages, m)
}

func (b *box) take() []vsr.Message {
	b.mu.Lock()
	defer b.mu.Unlock()
	taken := b.messages
	b.messages = nil
	return taken
}

// testBus is a bus on the network in memory. Change may alter its Config.
func testBus(t *testing.T, n *transporttest.Network, replica vsr.ReplicaNumber, inbox *box,
	change func(*Config),
) *Bus {
	c := Config{Cluster: testCluster, Replica: replica, Addresses: addresses,
		Deliver: inbox.put, Status: func() *wire.Status { return &wire.Status{From: replica} },
		Listener: n.Listen(addresses[replica]), Dial: n.Dial}
	if change != nil {
		change(&c)
	}
	b, err := NewBus(c)
	require.NoError(t, err)
	return b
}

// testClient is a link of a client to a replica.
func testClient(t *testing.T, n *transporttest.Network, to vsr.ReplicaNumber, inbox *box) *Link {
	l, err := NewLink(LinkConfig{Cluster: testCluster, Address: addresses[to], To: to,
		Hello: aClient, Deliver: inbox.put, Dial: n.Dial})
	require.NoError(t, err)
	return l
}

// TestBetweenReplicas: three buses connect, whichever starts first, and one that restarts is found
// again.
func TestBetweenReplicas(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var n transporttest.Network
		var boxes [3]box
		var buses [3]*Bus
		for i := range buses {
			buses[i] = testBus(t, &n, vsr.ReplicaNumber(i), &boxes[i], nil)
		}
		exchange := func() {
			t.Helper()
			time.Sleep(2 * time.Second) // virtual; above the longest pause of a link
			for i, b := range buses {
				for j := range buses {
					if i != j {
						b.Send(vsr.Send{To: vsr.ReplicaNumber(j),
							Message: &vsr.Commit{From: vsr.ReplicaNumber(i), ViewNumber: 7}})
					}
				}
			}
			synctest.Wait()
			for i := range boxes {
				require.Len(t, boxes[i].take(), 2, "replica %d", i)
			}
		}
		exchange()
		buses[1].Close()
		synctest.Wait()
		buses[0].Send(vsr.Send{To: 1, Message: &vsr.Commit{}}) // is lost
		time.Sleep(time.Minute)
		start := time.Now()
		buses[1] = testBus(t, &n, 1, &boxes[1], nil)
		synctest.Wait()
		// The links of the others were in their longest pause, and end it when replica 1 greets.
		require.True(t, buses[0].links[1].Up() && buses[2].links[1].Up())
		require.Zero(t, time.Since(start))
		exchange()
		require.Positive(t, buses[0].Counters().Lost.Load())
		for _, b := range buses {
			require.Zero(t, b.Counters().Malformed.Load())
			b.Close()
		}
	})
}

// TestClients: replies find the connection of the last request of their client; hints reach
// everybody, also those that connect later; a status request is answered.
func TestClients(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var n transporttest.Network
		var inbox, first, second, local box
		b := testBus(t, &n, 0, &inbox, nil)
		one := testClient(t, &n, 0, &first)
		synctest.Wait()
		b.Announce(4)
		two := testClient(t, &n, 0, &second)
		here := b.NewLocal(func(m vsr.Message) bool { inbox.put(m); return true }, local.put)
		synctest.Wait()
		hint := []vsr.Message{&wire.View{ViewNumber: 4}}
		for _, box := range []*box{&first, &second, &local} {
			require.Equal(t, hint, box.take())
		}

		request := &vsr.Request{ClientID: vsr.ClientID{9}, RequestNumber: 1}
		reply := &vsr.Reply{ClientID: vsr.ClientID{9}, RequestNumber: 1}
		for _, step := range []struct {
			send func(vsr.Message) bool
			box  *box
		}{{one.Send, &first}, {two.Send, &second}, {here.Send, &local}, {one.Send, &first}} {
			require.True(t, step.send(request))
			synctest.Wait()
			require.Equal(t, []vsr.Message{request}, inbox.take())
			b.Send(vsr.Send{ToClient: true, Message: reply})
			synctest.Wait()
			require.Equal(t, []vsr.Message{reply}, step.box.take())
		}
		two.Send(&wire.StatusRequest{})
		synctest.Wait()
		require.Equal(t, []vsr.Message{&wire.Status{}}, second.take())

		one.Close()
		synctest.Wait()
		b.Send(vsr.Send{ToClient: true, Message: reply})
		require.Equal(t, uint64(1), b.Counters().Unroutable.Load())
		two.Close()
		here.Close()
		require.Empty(t, b.routes.locals)
		b.Close()
	})
}

// TestManyClientIDs: a connection with too many client-ids forgets the old ones, not the last.
func TestManyClientIDs(t *testing.T) {
	r := routes{limit: 3, to: map[vsr.ClientID]*origin{}}
	var got box
	o := r.newOrigin(got.put)
	for i := range byte(8) {
		r.heard(o, vsr.ClientID{i})
		require.LessOrEqual(t, len(r.to), 3)
		require.True(t, r.send(vsr.ClientID{i}, &vsr.Reply{}))
	}
	require.False(t, r.send(vsr.ClientID{0}, &vsr.Reply{}))

	// A client that has moved on does not lose its way back when its old connection ends.
	var moved box
	other := r.newOrigin(moved.put)
	r.heard(other, vsr.ClientID{7})
	r.forget(o)
	require.True(t, r.send(vsr.ClientID{7}, &vsr.Reply{}))
	require.Len(t, moved.take(), 1)
	require.False(t, r.send(vsr.ClientID{6}, &vsr.Reply{}))
}

// speak connects, greets, sends bytes and returns what ended the connection.
func speak(t *testing.T, n *transporttest.Network, hello wire.Hello, then ...vsr.Message) error {
	var bytes []byte
	for _, m := range append([]vsr.Message{&hello}, then...) {
		var err error
		bytes, err = wire.Append(bytes, testCluster, m, 0)
		require.NoError(t, err)
	}
	return speakBytes(t, n, bytes)
}

func speakBytes(t *testing.T, n *transporttest.Network, bytes []byte) error {
	conn, err := n.Dial(context.Background(), addresses[0])
	require.NoError(t, err)
	var writer sync.WaitGroup
	writer.Go(func() { _, _ = conn.Write(bytes) })
	// If nobody closes the connection, the test must fail and not hang.
	err = conn.SetReadDeadline(time.Now().Add(time.Hour))
	reader := wire.NewReader(conn, testCluster, 0)
	for err == nil {
		_, err = reader.Next()
	}
	_ = conn.Close()
	writer.Wait()
	return err
}

// TestIntruders: each kind of wrong talk ends its connection, is counted, and delivers nothing.
func TestIntruders(t *testing.T) {
	oversized := make([]byte, wire.HeaderSize)
	other, err := wire.Append(nil, wire.ClusterID{2}, &aClient, 0)
	require.NoError(t, err)
	copy(oversized, other)
	binary.LittleEndian.PutUint32(oversized[8:], 1<<31)

	peer := wire.Hello{Role: wire.RoleReplica, Replica: 1, Replicas: 3}
	for name, row := range map[string]struct {
		speak   func(t *testing.T, n *transporttest.Network) error
		counter func(*Counters) uint64
	}{
		"http": {func(t *testing.T, n *transporttest.Network) error {
			return speakBytes(t, n, []byte("GET / HTTP/1.1\r\nHost: example.org\r\n\r\n"))
		}, malformed},
		"damaged header": {func(t *testing.T, n *transporttest.Network) error {
			return speakBytes(t, n, oversized)
		}, malformed},
		"other cluster": {func(t *testing.T, n *transporttest.Network) error {
			return speakBytes(t, n, other)
		}, malformed},
		"no greeting": {func(t *testing.T, n *transporttest.Network) error {
			bytes, err := wire.Append(nil, testCluster, &vsr.Commit{}, 0)
			require.NoError(t, err)
			return speakBytes(t, n, bytes)
		}, malformed},
		"other size": {func(t *testing.T, n *transporttest.Network) error {
			return speak(t, n, wire.Hello{Role: wire.RoleClient, Replicas: 5})
		}, refused},
		"same number": {func(t *testing.T, n *transporttest.Network) error {
			return speak(t, n, wire.Hello{Role: wire.RoleReplica, Replica: 0, Replicas: 3})
		}, refused},
		"client as replica": {func(t *testing.T, n *transporttest.Network) error {
			return speak(t, n, aClient, &vsr.Commit{From: 1})
		}, malformed},
		"replica as another": {func(t *testing.T, n *transporttest.Network) error {
			return speak(t, n, peer, &vsr.Commit{From: 2})
		}, malformed},
		"replica as client": {func(t *testing.T, n *transporttest.Network) error {
			return speak(t, n, peer, &vsr.Request{})
		}, malformed},
		"reply to a replica": {func(t *testing.T, n *transporttest.Network) error {
			return speak(t, n, peer, &vsr.Reply{From: 1})
		}, malformed},
		"second greeting": {func(t *testing.T, n *transporttest.Network) error {
			return speak(t, n, aClient, &aClient)
		}, malformed},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var n transporttest.Network
				var inbox box
				b := testBus(t, &n, 0, &inbox, nil)
				require.Error(t, row.speak(t, &n))
				synctest.Wait()
				require.Equal(t, uint64(1), row.counter(b.Counters()))
				require.Empty(t, inbox.take())
				require.Empty(t, b.clients)
				require.Empty(t, b.peers)
				b.Close()
			})
		})
	}
}

func malformed(c *Counters) uint64 { return c.Malformed.Load() }
func refused(c *Counters) uint64   { return c.Refused.Load() }

// TestSlowPeers: who does not greet, stops inside of a frame, or says nothing, is closed in time,
// and meanwhile the others are served.
func TestSlowPeers(t *testing.T) {
	greeting, err := wire.Append(nil, testCluster, &aClient, 0)
	require.NoError(t, err)
	request, err := wire.Append(nil, testCluster, &vsr.Request{Operation: make([]byte, 99)}, 0)
	require.NoError(t, err)
	for name, row := range map[string]struct {
		bytes  []byte
		within time.Duration
	}{
		"greeting": {greeting[:10], 5 * time.Second},
		"silent":   {nil, 5 * time.Second},
		"frame":    {append(greeting[:len(greeting):len(greeting)], request[:50]...), 10 * time.Second},
		"idle":     {greeting, 5 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var n transporttest.Network
				var inbox, answers box
				b := testBus(t, &n, 0, &inbox, nil)
				start := time.Now()
				var slow sync.WaitGroup
				slow.Go(func() {
					require.Error(t, speakBytes(t, &n, row.bytes))
					require.Equal(t, row.within, time.Since(start))
				})
				quick := testClient(t, &n, 0, &answers)
				synctest.Wait()
				quick.Send(&wire.StatusRequest{})
				synctest.Wait()
				require.Len(t, answers.take(), 1)
				require.Zero(t, time.Since(start))
				slow.Wait()
				synctest.Wait()
				quick.Close()
				require.Positive(t, b.Counters().TimedOut.Load())
				b.Close()
			})
		})
	}
}

// TestReceiverStops: a client that does not read loses its oldest messages and then its
// connection, and Send does not wait for it.
func TestReceiverStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var n transporttest.Network
		var inbox box
		b := testBus(t, &n, 0, &inbox, func(c *Config) { c.Limits.QueueMessages = 10 })
		conn, err := n.Dial(context.Background(), addresses[0])
		require.NoError(t, err)
		s := newStream(conn, testCluster, Limits{MaxBody: 1 << 20, Handshake: time.Second})
		_, err = s.greet(aClient)
		require.NoError(t, err)
		frame, err := wire.Append(nil, testCluster, &vsr.Request{}, 0)
		require.NoError(t, err)
		_, err = conn.Write(frame)
		require.NoError(t, err)
		synctest.Wait()
		for range 100 {
			b.Send(vsr.Send{ToClient: true, Message: &vsr.Reply{}})
		}
		synctest.Wait()
		require.GreaterOrEqual(t, b.Counters().Lost.Load(), uint64(80))
		time.Sleep(11 * time.Second)
		synctest.Wait()
		require.Empty(t, b.clients)
		b.Close()
		_ = conn.Close()
	})
}

// TestPlaces: connections without a greeting, and clients, have a limited number of places; those
// of replicas are not among them.
func TestPlaces(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var n transporttest.Network
		var inbox, answers box
		b := testBus(t, &n, 0, &inbox, func(c *Config) {
			c.Limits.Pending, c.Limits.Clients = 4, 2
		})
		var links []*Link
		for range 3 {
			links = append(links, testClient(t, &n, 0, &answers))
			synctest.Wait()
		}
		require.Len(t, b.clients, 2)
		require.Positive(t, b.Counters().Refused.Load())
		peer := testBus(t, &n, 1, &answers, nil)
		synctest.Wait()
		require.Len(t, b.peers, 1)
		links[2].Close()

		var silent []net.Conn
		for range 4 {
			conn, err := n.Dial(context.Background(), addresses[0])
			require.NoError(t, err)
			silent = append(silent, conn)
		}
		synctest.Wait()
		before := b.Counters().Refused.Load()
		require.Error(t, speak(t, &n, aClient))
		require.Equal(t, before+1, b.Counters().Refused.Load())
		for _, conn := range silent {
			_ = conn.Close()
		}
		links[0].Close()
		links[1].Close()
		peer.Close()
		b.Close()
	})
}

// TestAsk: somebody who knows only the address learns how the replica is doing.
func TestAsk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var n transporttest.Network
		var inbox box
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := Ask(ctx, addresses[2], n.Dial)
		require.ErrorContains(t, err, "nobody listens")

		b := testBus(t, &n, 2, &inbox, nil)
		b.Announce(5)
		answer, err := Ask(ctx, addresses[2], n.Dial)
		require.NoError(t, err)
		require.Equal(t, Answer{testCluster, 3, wire.Status{From: 2}}, answer)
		b.Close()

		silent := n.Listen(addresses[2])
		go func() { _, _ = silent.Accept() }()
		_, err = Ask(ctx, addresses[2], n.Dial)
		require.ErrorIs(t, err, os.ErrDeadlineExceeded)
		_ = silent.Close()
	})
}
