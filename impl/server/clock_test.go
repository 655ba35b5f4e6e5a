// SPDX-License-Identifier: Apache-2.0

// Wrong clocks: what times entries get.

package server

import (
	"context"
	"encoding/binary"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"viewstamp/impl/resp"
	"viewstamp/impl/vsr"
)

// watch is a service that says when it is told that it is.
type watch struct{ at vsr.Timestamp }

func (w *watch) Execute(at vsr.Timestamp, _ []byte) []byte {
	if at < w.at {
		panic(fmt.Sprintf("time falls from %d to %d", w.at, at))
	}
	w.at = at
	return w.Snapshot()
}

func (w *watch) Snapshot() []byte { return binary.BigEndian.AppendUint64(nil, uint64(w.at)) }

func (w *watch) Restore(snapshot []byte) error {
	if len(snapshot) != 8 {
		return fmt.Errorf("a snapshot of %d bytes, expected 8", len(snapshot))
	}
	w.at = vsr.Timestamp(binary.BigEndian.Uint64(snapshot))
	return nil
}

// startWatches starts three replicas; the clock of each is wrong by so much.
func startWatches(t *testing.T, wrong [3]time.Duration) *cluster {
	c := newCluster(t)
	for i := range c.servers {
		s, err := Start(Config{DataFile: c.dataFile(i), Addresses: c.addresses, Buffered: true,
			Listener: c.listeners[i], Tick: 5 * time.Millisecond,
			NewService: func() vsr.Service { return new(watch) },
			Wall:       func() time.Time { return time.Now().Add(wrong[i]) }})
		require.NoError(t, err)
		c.servers[i] = s
	}
	return c
}

// agrees waits until so many clocks agree with that of a replica.
func (c *cluster) agrees(i, clocks int) {
	require.Eventually(c.t, func() bool {
		return int(c.servers[i].Status().ClocksAgreed) == clocks
	}, 30*time.Second, 5*time.Millisecond)
}

// told is the time that an operation is executed with.
func (c *cluster) told(i int) time.Time {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	result, err := c.servers[i].Do(ctx, nil)
	require.NoError(c.t, err)
	return time.Unix(0, int64(binary.BigEndian.Uint64(result.Value)))
}

// TestWrongClockOfThePrimary: the clock of the primary is an hour ahead, or behind. Entries get
// times near those of the other two, and along the log they do not fall, also in the next view,
// whose primary has a right clock (claim C-501).
func TestWrongClockOfThePrimary(t *testing.T) {
	for _, wrong := range []time.Duration{time.Hour, -time.Hour} {
		c := startWatches(t, [3]time.Duration{wrong, 0, 20 * time.Millisecond})
		c.agrees(0, 2)
		c.agrees(1, 2)
		last := time.Unix(0, 0)
		for range 3 {
			told := c.told(0)
			require.WithinDuration(t, time.Now(), told, time.Minute)
			require.False(t, told.Before(last))
			last = told
		}
		status := c.servers[0].Status()
		require.InDelta(t, -float64(wrong), float64(status.ClockOffset), float64(time.Minute))
		require.Contains(t, c.servers[0].info()[0].Fields,
			resp.Field{Name: "clocks_agreed", Value: "2"})
		require.InDelta(t, 0, float64(c.servers[1].Status().ClockOffset), float64(time.Minute))

		require.NoError(t, c.servers[0].Stop())
		told := c.told(1)
		require.WithinDuration(t, time.Now(), told, time.Minute)
		require.False(t, told.Before(last))
		require.NoError(t, c.servers[1].Stop())
		require.NoError(t, c.servers[2].Stop())
	}
}

// TestClocksThatDoNotAgree: three clocks an hour apart are no quorum. The replicas say so and go
// on, each with its own, and the log still does not go back when a slower clock takes over.
func TestClocksThatDoNotAgree(t *testing.T) {
	c := startWatches(t, [3]time.Duration{2 * time.Hour, time.Hour, 0})
	first := c.told(0)
	require.WithinDuration(t, time.Now().Add(2*time.Hour), first, time.Minute)
	require.Zero(t, c.servers[0].Status().ClocksAgreed)
	require.NoError(t, c.servers[0].Stop())
	require.False(t, c.told(1).Before(first))
	require.NoError(t, c.servers[1].Stop())
	require.NoError(t, c.servers[2].Stop())
}
