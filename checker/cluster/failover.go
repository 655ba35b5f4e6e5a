// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
)

// How long it takes to replace a primary: one client, one request at a time, and kill -9.

// Failover kills the primary of a cluster of three so often and measures, each time, how long it
// takes from the death of the process until a write is answered that was sent after it. The client
// talks to a backup, whose front end finds the new primary. The killed replica is started again,
// and the next one dies once it has caught up. Dir must be empty; the times are in the order of
// the kills.
func Failover(ctx context.Context, o Options, kills int) (times []time.Duration, err error) {
	if o.Progress == nil {
		o.Progress = func(string, ...any) {}
	}
	g, err := newGroup(ctx, o.Vsr, o.Dir, 3, o.Seed)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, g.stop(), g.network.close()) }()
	w := &workload{}
	for _, r := range g.replicas {
		w.addresses = append(w.addresses, r.resp)
		if err := g.run(ctx, r); err != nil {
			return nil, err
		}
	}
	for n := range kills {
		took, err := failover(ctx, g, w, n)
		if err != nil {
			return times, fmt.Errorf("kill %d of %d: %w", n+1, kills, err)
		}
		times = append(times, took)
		if (n+1)%20 == 0 {
			o.Progress("  %d kills, %v (median)", n+1,
				Quantile(times, 0.5).Round(time.Millisecond))
		}
	}
	return times, nil
}

// failover is one kill.
func failover(ctx context.Context, g *group, w *workload, n int) (time.Duration, error) {
	primary, _, err := w.primary(ctx)
	if err != nil {
		return 0, err
	}
	connection := w.connect(primary + 1)
	defer func() { _ = connection.Close() }()
	// The connections are there, and all replicas know the primary.
	if _, err := write(ctx, connection, n, "before"); err != nil {
		return 0, err
	}
	g.replicas[primary].kill()
	took, err := write(ctx, connection, n, "after")
	if err != nil {
		return 0, err
	}
	if err := g.run(ctx, g.replicas[primary]); err != nil {
		return 0, err
	}
	return took, w.caughtUp(ctx, primary)
}

// write repeats one write until it is answered, and says how long that took.
func write(ctx context.Context, connection *redis.Client, n int, what string) (
	time.Duration, error,
) {
	started := time.Now()
	var last error
	ok, err := until(ctx, func() bool {
		last = connection.Set(ctx, "failover", fmt.Sprint(what, n), 0).Err()
		return last == nil
	})
	if err == nil && !ok {
		err = fmt.Errorf("no write is answered: %w", last)
	}
	return time.Since(started), err
}

// caughtUp waits until a replica has executed what the others have.
func (w *workload) caughtUp(ctx context.Context, at int) error {
	ok, err := until(ctx, func() bool {
		mine, err := w.info(ctx, at)
		if err != nil || mine["status"] != "Normal" {
			return false
		}
		others, err := w.info(ctx, at+1)
		return err == nil && atLeast(mine["commit"], others["commit"])
	})
	if err == nil && !ok {
		err = fmt.Errorf("replica %d does not catch up", at)
	}
	return err
}

// atLeast compares two numbers.
func atLeast(a, b string) bool {
	x, errX := strconv.ParseUint(a, 10, 64)
	y, errY := strconv.ParseUint(b, 10, 64)
	return errX == nil && errY == nil && x >= y
}

// Quantile is the smallest of some times such that the part q of them is no larger; 0 if there are
// none.
func Quantile(times []time.Duration, q float64) time.Duration {
	if len(times) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(times))
	return sorted[min(len(sorted)-1, int(q*float64(len(sorted))))]
}
