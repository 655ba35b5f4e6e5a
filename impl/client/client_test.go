// SPDX-License-Identifier: Apache-2.0

// The client against replicas that are scripts, in virtual time, and against a bus.

package client

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"viewstamp/impl/transport"
	"viewstamp/impl/transport/transporttest"
	"viewstamp/impl/vsr"
	"viewstamp/impl/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// script is three replicas in a few lines: what they got, and what they do with it.
type script struct {
	mu       sync.Mutex
	got      [3][]*vsr.Request
	down     [3]bool
	silent   [3]bool
	executed map[vsr.ClientID]*vsr.Reply
	op       vsr.OpNumber
	view     vsr.ViewNumber
	deliver  func(vsr.Message)
	changed  [3]func(bool)
}

// scriptLink is a Link to one replica of a script.
type scriptLink struct {
	*script
	replica int
}

func (l scriptLink) Close() {}

// Send executes a request once if the replica is the primary, and replies each time.
func (l scriptLink) Send(m vsr.Message) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.down[l.replica] {
		return false
	}
	request := m.(*vsr.Request)
	l.got[l.replica] = append(l.got[l.replica], request)
	if l.silent[l.replica] || l.replica != int(l.view%3) {
		return true
	}
	reply := l.executed[request.ClientID]
	if reply == nil || reply.RequestNumber < request.RequestNumber {
		l.op++
		reply = &vsr.Reply{From: vsr.ReplicaNumber(l.replica), ViewNumber: l.view,
			ClientID: request.ClientID, RequestNumber: request.RequestNumber,
			OpNumber: l.op, Result: request.Operation}
		l.executed[request.ClientID] = reply
	}
	go l.deliver(reply)
	return true
}

// counts is how many requests each replica got.
func (s *script) counts() [3]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return [3]int{len(s.got[0]), len(s.got[1]), len(s.got[2])}
}

func (s *script) set(change func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change()
}

func scripted(t *testing.T, s *script, change func(*Config)) *Client {
	s.executed = map[vsr.ClientID]*vsr.Reply{}
	config := Config{Cluster: wire.ClusterID{1}, Addresses: []string{"zero", "one", "two"},
		RetryAfter: time.Second,
		Connect: func(replica vsr.ReplicaNumber, deliver func(vsr.Message),
			changed func(bool),
		) Link {
			s.deliver, s.changed[replica] = deliver, changed
			return scriptLink{s, int(replica)}
		}}
	if change != nil {
		change(&config)
	}
	c, err := New(config)
	require.NoError(t, err)
	return c
}

// TestDo: one request to the primary, one reply; the next call uses the same session.
func TestDo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s script
		c := scripted(t, &s, nil)
		for i := range 5 {
			result, err := c.Do(t.Context(), []byte{byte(i)})
			require.NoError(t, err)
			require.Equal(t, Result{[]byte{byte(i)}, vsr.OpNumber(i + 1), 0}, result)
		}
		require.Equal(t, [3]int{5, 0, 0}, s.counts())
		require.Len(t, s.executed, 1)
		require.NotContains(t, s.executed, vsr.ClientID{})
		c.Close()
	})
}

// TestConcurrent: calls at the same time have sessions of their own, and no more than allowed.
func TestConcurrent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s script
		c := scripted(t, &s, func(c *Config) { c.SessionsMax = 3 })
		var calls sync.WaitGroup
		for i := range 20 {
			calls.Go(func() {
				result, err := c.Do(t.Context(), []byte{byte(i)})
				require.NoError(t, err)
				require.Equal(t, []byte{byte(i)}, result.Value)
			})
		}
		calls.Wait()
		require.LessOrEqual(t, len(s.executed), 3)
		require.Equal(t, vsr.OpNumber(20), s.op)

		s.set(func() { s.silent = [3]bool{true, true, true} })
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		for range 3 {
			calls.Go(func() {
				_, err := c.Do(ctx, nil)
				require.ErrorIs(t, err, ErrIndeterminate)
			})
		}
		synctest.Wait()
		short, cancelShort := context.WithTimeout(t.Context(), time.Millisecond)
		_, err := c.Do(short, nil)
		require.ErrorIs(t, err, ErrUnavailable)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		cancelShort()
		calls.Wait()
		cancel()
		c.Close()
	})
}

// TestFailover: the primary is silent; after the time-out all replicas get the request, and the new
// primary answers; from then on requests go there at once.
func TestFailover(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s script
		c := scripted(t, &s, nil)
		s.set(func() { s.silent[0], s.view = true, 1 })
		start := time.Now()
		result, err := c.Do(t.Context(), nil)
		require.NoError(t, err)
		require.Equal(t, vsr.ViewNumber(1), result.ViewNumber)
		require.Equal(t, time.Second, time.Since(start))
		require.Equal(t, [3]int{2, 1, 1}, s.counts())
		require.Equal(t, s.got[0][0], s.got[1][0])
		_, err = c.Do(t.Context(), nil)
		require.NoError(t, err)
		require.Equal(t, [3]int{2, 2, 1}, s.counts())
		require.Equal(t, vsr.ViewNumber(1), c.ViewNumber())
		c.Close()
	})
}

// TestHints: a view that starts, and a connection that comes up, move requests at once.
func TestHints(t *testing.T) {
	for name, act := range map[string]func(*script){
		"view": func(s *script) {
			s.deliver(&wire.View{From: 2, ViewNumber: 4})
		},
		"connection": func(s *script) {
			s.set(func() { s.down[0], s.view = false, 0 })
			s.changed[1](true) // not the primary: of no use
			s.changed[0](true)
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var s script
				c := scripted(t, &s, nil)
				s.set(func() { s.down[0], s.view = true, 4 })
				start := time.Now()
				go func() {
					synctest.Wait()
					act(&s)
				}()
				_, err := c.Do(t.Context(), nil)
				require.NoError(t, err)
				require.Zero(t, time.Since(start))
				c.Close()
			})
		})
	}
}

// TestResends: while nobody answers, all replicas get the request again, ever less often.
func TestResends(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s script
		s.silent = [3]bool{true, true, true}
		c := scripted(t, &s, nil)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		_, err := c.Do(ctx, nil)
		require.ErrorIs(t, err, ErrIndeterminate)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		// After 1 s, 3 s, 7 s, then each 8 s.
		require.Equal(t, [3]int{10, 9, 9}, s.counts())

		var details *IndeterminateError
		require.ErrorAs(t, err, &details)
		require.Equal(t, vsr.RequestNumber(1), details.RequestNumber)
		require.Equal(t, s.got[0][0].ClientID, details.ClientID)

		// Its session is gone: the next call is another client, and a late reply finds nobody.
		s.set(func() { s.silent = [3]bool{} })
		c.deliver(&vsr.Reply{ClientID: details.ClientID, RequestNumber: 1})
		result, err := c.Do(t.Context(), []byte("next"))
		require.NoError(t, err)
		require.Equal(t, []byte("next"), result.Value)
		require.NotContains(t, s.executed, details.ClientID)
		require.Len(t, c.sessions, 1)
		require.Len(t, c.free, 1)
		require.Nil(t, c.free[0].call)
		c.Close()
	})
}

// TestDefinite: operations that no replica can have got fail with errors that say so.
func TestDefinite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s script
		s.down = [3]bool{true, true, true}
		c := scripted(t, &s, func(c *Config) { c.OperationBytesMax = 10 })
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		_, err := c.Do(ctx, nil)
		require.ErrorIs(t, err, ErrUnavailable)
		require.NotErrorIs(t, err, ErrIndeterminate)
		_, err = c.Do(ctx, nil) // the deadline is over
		require.ErrorIs(t, err, ErrUnavailable)
		cancel()
		_, err = c.Do(t.Context(), make([]byte, 11))
		require.ErrorIs(t, err, ErrTooLarge)

		s.set(func() { s.down, s.silent = [3]bool{}, [3]bool{true, true, true} })
		var calls sync.WaitGroup
		calls.Go(func() {
			_, err := c.Do(t.Context(), nil)
			require.ErrorIs(t, err, ErrIndeterminate)
			require.ErrorIs(t, err, ErrClosed)
		})
		synctest.Wait()
		c.Close()
		calls.Wait()
		_, err = c.Do(t.Context(), nil)
		require.ErrorIs(t, err, ErrClosed)
		require.Equal(t, [3]int{1, 0, 0}, s.counts())
	})
}

// TestWrongReplies: only the reply to the request under way counts, and only once.
func TestWrongReplies(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s script
		s.silent = [3]bool{true, true, true}
		c := scripted(t, &s, nil)
		go func() {
			synctest.Wait()
			s.mu.Lock()
			id := s.got[0][0].ClientID
			s.mu.Unlock()
			c.deliver(&vsr.Reply{ClientID: vsr.ClientID{1}, RequestNumber: 1})
			c.deliver(&vsr.Reply{ClientID: id, RequestNumber: 2})
			c.deliver(&vsr.Commit{})
			for range 3 {
				c.deliver(&vsr.Reply{ClientID: id, RequestNumber: 1, Result: []byte("it")})
			}
		}()
		result, err := c.Do(t.Context(), nil)
		require.NoError(t, err)
		require.Equal(t, []byte("it"), result.Value)
		c.Close()
	})
}

// TestOverTransport: the same with a bus as the replica, which is not there at first.
func TestOverTransport(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var n transporttest.Network
		cluster := wire.ClusterID{1}
		c, err := New(Config{Cluster: cluster, Addresses: []string{"zero"}, Dial: n.Dial})
		require.NoError(t, err)
		var call sync.WaitGroup
		call.Go(func() {
			result, err := c.Do(t.Context(), []byte("over"))
			require.NoError(t, err)
			require.Equal(t, Result{[]byte("over"), 3, 0}, result)
		})
		synctest.Wait()
		requests := make(chan vsr.Message)
		bus, err := transport.NewBus(transport.Config{Cluster: cluster,
			Addresses: []string{"zero"}, Listener: n.Listen("zero"), Dial: n.Dial,
			Status:  func() *wire.Status { return &wire.Status{} },
			Deliver: func(m vsr.Message) { requests <- m }})
		require.NoError(t, err)
		request := (<-requests).(*vsr.Request)
		bus.Send(vsr.Send{ToClient: true, Message: &vsr.Reply{OpNumber: 3,
			ClientID: request.ClientID, RequestNumber: request.RequestNumber,
			Result: request.Operation}})
		call.Wait()
		c.Close()
		bus.Close()
	})
}

func TestConfigs(t *testing.T) {
	cluster := wire.ClusterID{1}
	for says, config := range map[string]Config{
		"Config.Cluster is zero": {Addresses: []string{"127.0.0.1:1"}},
		"0 addresses":            {Cluster: cluster},
		"negative":               {Cluster: cluster, Addresses: []string{"127.0.0.1:1"}, SessionsMax: -1},
		"replica 0: address":     {Cluster: cluster, Addresses: []string{"127.0.0.1"}},
		"plain TCP outside":      {Cluster: cluster, Addresses: []string{"192.0.2.1:7000"}},
	} {
		_, err := New(config)
		require.ErrorContains(t, err, says)
	}
}
