// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"viewstamp/checker/cluster"
	"viewstamp/checker/report"
)

// vsrcheck cluster -failover: a measurement. No verdict depends on the times.

// failover makes the kills and adds a row with the times.
func (r *run) failover(ctx context.Context, o clusterChoice, kills int) error {
	r.heading("cluster: how long it takes to replace a primary")
	scratch, err := os.MkdirTemp("", "vsrcheck-failover-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(scratch) }()
	o.Dir = filepath.Join(scratch, "run")
	if o.Vsr == "" {
		o.Vsr = filepath.Join(scratch, "vsr")
		if err := buildVsr(ctx, o.Vsr); err != nil {
			return err
		}
	}
	o.Progress = r.line
	started := time.Now()
	times, err := cluster.Failover(ctx, o.Options, kills)
	if err != nil {
		return err
	}
	at := func(q float64) time.Duration {
		return cluster.Quantile(times, q).Round(time.Millisecond)
	}
	r.add(report.Row{
		Part: "cluster", Checked: fmt.Sprintf("%d kills of the primary", kills),
		Verdict: "answers again", Outcome: report.AsExpected,
		Evidence: fmt.Sprintf("after %v (median), %v (p99), %v (at most)", at(0.5), at(0.99), at(1)),
		More:     fmt.Sprintf("%v (least), %v (p90)", at(0), at(0.9)),
		Seconds:  time.Since(started).Seconds(),
		Reproduce: fmt.Sprintf("go run ./checker/cmd/vsrcheck cluster -failover %d",
			kills),
	})
	return nil
}
