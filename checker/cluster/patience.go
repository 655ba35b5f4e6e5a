// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"context"
	"time"
)

// How long something may take. It is counted in looks, not by the clock: where the machine is busy
// or was asleep, looks come late, and so does what is waited for.

// lookEvery is how long this process waits between two looks, and looksMax how often it looks
// before it gives up: for a minute at least.
const (
	lookEvery = 2 * time.Millisecond
	looksMax  = 30_000
)

// patience counts the looks since the last progress.
type patience struct{ looks int }

// look waits until it is time to look again. It is false if it was often enough.
func (p *patience) look(ctx context.Context) (bool, error) {
	p.looks++
	return p.looks <= looksMax, last(ctx, lookEvery)
}

// until looks until that is so; if it is not so for too long, it is false. Where a look itself
// takes long, because it asks somebody who does not answer, that counts too.
func until(ctx context.Context, so func() bool) (bool, error) {
	var p patience
	for {
		begin := time.Now()
		if so() {
			return true, nil
		}
		p.looks += int(time.Since(begin) / lookEvery)
		if more, err := p.look(ctx); err != nil || !more {
			return false, err
		}
	}
}

// closed says whether a channel is.
func closed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// last lets time pass.
func last(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
