// SPDX-License-Identifier: Apache-2.0

package sim

// Each check of a run is seen to fail, and each failure says how it is seen
// again.

import (
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"viewstamp/impl/storage"
	"viewstamp/impl/vsr"
)

// failing runs a configuration in which plant does damage before the first
// event.
func failing(t *testing.T, c Config, reason Reason, plant func(*world)) *Failure {
	t.Helper()
	w, err := newWorld(c)
	require.NoError(t, err)
	if plant != nil {
		plant(w)
	}
	w.run()
	require.NotNil(t, w.failure, "the run went well")
	require.Equal(t, reason, w.failure.Reason, "%v", w.failure)
	require.Contains(t, w.failure.Error(), w.failure.Config.Command())
	return w.failure
}

// quiet is a run without faults.
func quiet() Config {
	return Config{Seed: 1, Replicas: 3, Clients: 2, Requests: 200, SafetyTime: 2 * time.Minute,
		Faults: &Faults{}}
}

func TestDifferentExecutionIsADivergence(t *testing.T) {
	f := failing(t, quiet(), Diverged, func(w *world) {
		w.truth.executed = []executed{{operation: 1, result: "of somebody else"}}
	})
	require.Contains(t, f.Detail, "operation 1")
}

func TestDifferentStateIsADivergence(t *testing.T) {
	failing(t, quiet(), Diverged, func(w *world) {
		w.truth.snapshots = map[int][32]byte{snapshotEvery: {1}}
	})
}

func TestWrongReplyIsALie(t *testing.T) {
	w, err := newWorld(quiet())
	require.NoError(t, err)
	w.truth.executed = []executed{{result: "right"}}
	w.truth.checkReply(w, &vsr.Reply{OpNumber: 1, Result: []byte("right")})
	require.Nil(t, w.failure)
	w.truth.checkReply(w, &vsr.Reply{OpNumber: 1, Result: []byte("wrong")})
	require.Equal(t, Lied, w.failure.Reason)
	w.failure = nil
	w.truth.checkReply(w, &vsr.Reply{OpNumber: 2})
	require.Equal(t, Lied, w.failure.Reason)
}

func TestNoTimeToBecomeLive(t *testing.T) {
	c := quiet()
	c.LiveTicks, c.Faults.Loss = 1, 1
	c.LinkDelay, c.FlushDelay = time.Millisecond, time.Millisecond
	f := failing(t, c, NotLive, nil)
	require.Contains(t, f.Detail, "client")
}

func TestDamagedDiskIsFound(t *testing.T) {
	failing(t, quiet(), DiskFailed, func(w *world) {
		for off := int64(0); off < w.nodes[1].disk.Size(); off += storage.SectorSize {
			w.nodes[1].disk.Damage(off, 0xff)
		}
	})
}

func TestErrorOfTheDiskThatNobodyPlanned(t *testing.T) {
	failing(t, quiet(), DiskFailed, func(w *world) {
		w.nodes[0].disk.FailNext(storage.CallFlush, 20, io.ErrUnexpectedEOF)
	})
}

func TestPanicIsAFailureOfTheRun(t *testing.T) {
	c := quiet()
	c.Hooks.Event = func(e vsr.Event) {
		if e.Sequence == 30 {
			panic("planted")
		}
	}
	f := failing(t, c, Panicked, nil)
	require.Contains(t, f.Detail, "planted")
	require.Contains(t, f.Detail, "failure_test.go")
}

func TestMessageThatDoesNotEncode(t *testing.T) {
	c, yes := quiet(), true
	c.Wire = &yes
	failing(t, c, BadBytes, func(w *world) {
		w.queue.push(event{at: int64(time.Minute), kind: deliver, node: 1,
			message: &vsr.Commit{}, frame: []byte("nonsense")})
	})
}

func TestConfigIsChecked(t *testing.T) {
	for _, c := range []Config{
		{Replicas: 1}, {Replicas: 10}, {Clients: -1}, {Requests: -1}, {LiveTicks: -1},
		{PipelineMax: -1}, {MessageBytesMax: 1}, {SafetyTime: -time.Second},
		{Faults: &Faults{Loss: 1.5}}, {Faults: &Faults{PauseEvery: -1}},
	} {
		_, err := Run(c)
		require.Error(t, err, "%+v", c)
		require.NotErrorAs(t, err, new(*Failure))
	}
}

// What a Config sets does not change what else is drawn, so that a failing seed
// can be made smaller.
func TestWhatIsSetDoesNotShiftTheRest(t *testing.T) {
	for seed := uint64(1); seed <= 20; seed++ {
		all := Config{Seed: seed}.draw()
		some := Config{Seed: seed, Replicas: 7, Faults: &Faults{}, SafetyTime: time.Second}.draw()
		require.Equal(t, 7, some.Replicas)
		require.Equal(t, Faults{}, some.faults)
		require.Equal(t, all.Clients, some.Clients)
		require.Equal(t, all.Think, some.Think)
		require.Equal(t, all.core, some.core)
	}
}

func TestQueueIsInOrder(t *testing.T) {
	var q queue
	times := []int64{5, 3, 3, 9, 1, 3, 0, 7, 7, 2}
	for i, at := range times {
		q.push(event{at: at, which: i})
	}
	last := event{at: -1}
	for range times {
		e := q.pop()
		require.True(t, last.before(&e), "%v before %v", last, e)
		last = e
	}
	require.Empty(t, q.events)
}

// A scrubber that finds damage where there is none is wrong.
func TestFalseAlarmIsAFailure(t *testing.T) {
	f := failing(t, quiet(), DiskFailed, func(w *world) {
		w.plan.Hooks.Event = func(e vsr.Event) {
			if n := w.nodes[1]; w.now > int64(5*time.Second) && !n.rotten && n.up {
				n.rot(w.chance())
				n.rotten = false
			}
		}
	})
	require.Contains(t, f.Detail, "the scrubber finds damage")
}

func TestTimeThatFallsIsWrong(t *testing.T) {
	w, err := newWorld(quiet())
	require.NoError(t, err)
	s := newService(w, 0)
	s.Execute(7, nil)
	s.Execute(7, nil)
	require.Nil(t, w.failure)
	s.Execute(6, nil)
	require.Equal(t, WrongTime, w.failure.Reason)
}

// Where at most f clocks are wrong, a time that a quorum vouches for is right.
func TestTimeOfAQuorumOfLiarsIsWrong(t *testing.T) {
	f := failing(t, quiet(), WrongTime, func(w *world) {
		w.plan.honest = true
		for _, n := range w.nodes[:2] {
			n.clock = int64(time.Hour)
		}
	})
	require.Contains(t, f.Detail, "quorum of clocks")
}
