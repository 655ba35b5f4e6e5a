// SPDX-License-Identifier: Apache-2.0

package clock

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"viewstamp/impl/vsr"
)

// The clock against brute force, and against liars.

// bruteForce is Agree by trying every point where something begins.
func bruteForce(intervals []Interval) (Interval, int) {
	var best Interval
	most := 0
	for _, low := range intervals {
		n, high := 0, time.Duration(1<<62)
		for _, i := range intervals {
			if i.contains(low.Low) {
				n++
				high = min(high, i.High)
			} else if i.Low > low.Low && i.Low <= i.High {
				high = min(high, i.Low)
			}
		}
		here := Interval{low.Low, high}
		if low.Low > low.High || n == 0 {
			continue
		}
		width, bestWidth := here.High-here.Low, best.High-best.Low
		if n > most || n == most && (width < bestWidth ||
			width == bestWidth && here.Low < best.Low) {
			most, best = n, here
		}
	}
	return best, most
}

// drawIntervals draws small intervals, some of them with their ends exchanged.
func drawIntervals(t *rapid.T) []Interval {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Interval {
		return Interval{
			Low:  time.Duration(rapid.IntRange(-9, 9).Draw(t, "low")),
			High: time.Duration(rapid.IntRange(-9, 9).Draw(t, "high")),
		}
	}), 0, 9).Draw(t, "intervals")
}

func TestAgreeIsWhatBruteForceFinds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		intervals := drawIntervals(t)
		want, clocks := bruteForce(intervals)
		got, n := Agree(intervals)
		require.Equal(t, clocks, n)
		require.Equal(t, want, got)

		slices.Reverse(intervals)
		again, _ := Agree(intervals)
		require.Equal(t, got, again, "the order of the intervals does not matter")
	})
}

func FuzzAgree(f *testing.F) {
	f.Fuzz(rapid.MakeFuzz(func(t *rapid.T) {
		intervals := drawIntervals(t)
		want, clocks := bruteForce(intervals)
		got, n := Agree(intervals)
		require.Equal(t, clocks, n)
		require.Equal(t, want, got)
	}))
}

func TestAgreeOnExamples(t *testing.T) {
	ms := time.Millisecond
	for _, x := range []struct {
		name      string
		intervals []Interval
		want      Interval
		clocks    int
	}{
		{"nobody", nil, Interval{}, 0},
		{"one", []Interval{{1 * ms, 3 * ms}}, Interval{1 * ms, 3 * ms}, 1},
		{"they touch", []Interval{{0, 2 * ms}, {2 * ms, 4 * ms}}, Interval{2 * ms, 2 * ms}, 2},
		{"the example of the paper",
			[]Interval{{8 * ms, 12 * ms}, {11 * ms, 13 * ms}, {14 * ms, 15 * ms}},
			Interval{11 * ms, 12 * ms}, 2},
		{"an interval that is none", []Interval{{3 * ms, 1 * ms}}, Interval{}, 0},
	} {
		t.Run(x.name, func(t *testing.T) {
			got, clocks := Agree(x.intervals)
			require.Equal(t, x.clocks, clocks)
			require.Equal(t, x.want, got)
		})
	}
}

// With at most f clocks that are wrong in any way, the time of the cluster is as near to the truth
// as a correct clock and the slowest answer allow (claim C-503). MarzulloAcceptsMinority breaks it.
func TestErrorIsBoundedWithFLiars(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.SampledFrom([]int{3, 4, 5, 7}).Draw(t, "replicas")
		tolerance := 10 * time.Millisecond
		c, err := New(Config{Replicas: n, Tolerance: tolerance})
		require.NoError(t, err)

		lies := make([]time.Duration, n)
		liars := rapid.IntRange(0, (n-1)/2).Draw(t, "liars")
		for i := range lies {
			if i < liars { // Replica 0 is the clock under test: it is wrong first.
				lies[i] = time.Duration(rapid.Int64Range(-1e12, 1e12).Draw(t, "lie"))
			} else {
				lies[i] = time.Duration(rapid.Int64Range(-int64(tolerance)/2, int64(tolerance)/2).
					Draw(t, "error"))
			}
		}
		truth := func(m time.Duration) vsr.Timestamp { return vsr.Timestamp(1e15 + m) }
		read := func(i int, m time.Duration) Reading {
			return Reading{Monotonic: m, Wall: truth(m) + vsr.Timestamp(lies[i])}
		}

		m, slowest := time.Duration(0), time.Duration(0)
		for i := 1; i < n; i++ {
			there := time.Duration(rapid.Int64Range(0, 5e8).Draw(t, "there"))
			back := time.Duration(rapid.Int64Range(0, 5e8).Draw(t, "back"))
			ping := c.Ping(read(0, m))
			pong := Answer(ping, read(i, m+there).Wall)
			m += there + back
			require.True(t, c.Learn(vsr.ReplicaNumber(i), pong, read(0, m)))
			slowest = max(slowest, there+back)
		}
		now, agreed := c.Now(read(0, m))
		require.True(t, agreed, "n−f correct clocks always agree")
		off := time.Duration(now - truth(m)).Abs()
		require.LessOrEqual(t, off, slowest+2*tolerance)
	})
}

func TestWithoutAQuorumTheOwnClockCounts(t *testing.T) {
	c, err := New(Config{Replicas: 3})
	require.NoError(t, err)
	now, agreed := c.Now(Reading{Wall: 77})
	require.False(t, agreed)
	require.EqualValues(t, 77, now)

	// Two clocks that are an hour apart are no quorum either.
	p := Answer(c.Ping(Reading{}), vsr.Timestamp(time.Hour))
	require.True(t, c.Learn(1, p, Reading{Monotonic: time.Millisecond}))
	now, agreed = c.Now(Reading{Monotonic: time.Millisecond, Wall: 77})
	require.False(t, agreed)
	require.EqualValues(t, 77, now)
}

func TestTwoClocksCorrectTheThird(t *testing.T) {
	c, err := New(Config{Replicas: 3, Tolerance: time.Millisecond})
	require.NoError(t, err)
	hour := vsr.Timestamp(time.Hour)
	for i := range 2 {
		p := Answer(c.Ping(Reading{}), hour)
		require.True(t, c.Learn(vsr.ReplicaNumber(i+1), p, Reading{}))
	}
	now, agreed := c.Now(Reading{Wall: 0})
	require.True(t, agreed)
	require.InDelta(t, float64(hour), float64(now), float64(time.Millisecond))

	// Our own time of day jumps to another day: the time of the cluster goes on.
	later := Reading{Monotonic: time.Second, Wall: 48 * hour}
	now, agreed = c.Now(later)
	require.True(t, agreed)
	require.InDelta(t, float64(hour)+1e9, float64(now), float64(time.Millisecond))

	// What was learnt long ago says nothing any more.
	_, agreed = c.Now(Reading{Monotonic: time.Hour, Wall: 48 * hour})
	require.False(t, agreed)
}

func TestWhatIsNoAnswerIsRefused(t *testing.T) {
	c, err := New(Config{Replicas: 3, Replica: 1})
	require.NoError(t, err)
	now := Reading{Monotonic: 10 * time.Second}
	require.False(t, c.Learn(3, Pong{Sent: now.Monotonic}, now), "there is no replica 3")
	require.False(t, c.Learn(1, Pong{Sent: now.Monotonic}, now), "from itself")
	require.False(t, c.Learn(0, Pong{Sent: -1}, now), "never asked")
	require.False(t, c.Learn(0, Pong{Sent: now.Monotonic + 1}, now), "asked in the future")
	require.False(t, c.Learn(0, Pong{Sent: time.Second}, now), "it took too long")
	require.True(t, c.Learn(0, Pong{Sent: 9 * time.Second}, now))
}

func TestConfigIsChecked(t *testing.T) {
	for _, c := range []Config{{}, {Replicas: 3, Replica: 3}, {Replicas: 3, Tolerance: -1}} {
		_, err := New(c)
		require.Error(t, err)
	}
}
