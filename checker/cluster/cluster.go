// SPDX-License-Identifier: Apache-2.0

// Package cluster runs the real thing: three replicas as processes of the operating system, with
// files and sockets, and clients that are an unmodified Redis client. It kills the primary without
// warning and starts it again, several times, while the clients go on; then the history of the
// clients and the traces of the replicas are judged as those of the simulator are.
package cluster

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"viewstamp/checker/conform"
	"viewstamp/checker/linear"
	"viewstamp/histories"
)

// Options describe a run.
type Options struct {
	// Vsr is the path of the program vsr.
	Vsr string
	// Dir is where data files, traces and the history go. It must be empty.
	Dir string
	// Replicas is the size of the group. Zero: 3.
	Replicas int
	// Clients is how many requests are under way at the same time. Zero: 8.
	Clients int
	// Kills is how often the primary is killed and started again.
	Kills int
	// Operations is how many must be answered between two events. Zero: 400.
	Operations int
	// Seed draws what the clients ask for.
	Seed uint64
	// Progress, if not nil, is told what happens.
	Progress func(format string, args ...any)
}

// Result is what a run found.
type Result struct {
	// Answered, Failed and Unknown count the requests by their outcomes.
	Answered, Failed, Unknown int64
	// Kills counts the primaries killed. Failovers is how long it took after each until the
	// first request was answered.
	Kills     int
	Failovers []time.Duration
	// View is the last view.
	View    uint64
	History histories.History
	Linear  linear.Report
	Conform conform.Report
	Elapsed time.Duration
}

// Failure is the error of a run that found something. Layer says which check did: cluster (the
// processes), linear, or conform.
type Failure struct {
	Layer string
	Err   error
	// Dir has the data files, the traces and the history.
	Dir string
}

// Error says which check failed, how, and where the evidence is.
func (f *Failure) Error() string {
	return fmt.Sprintf("%s: %v\nthe evidence is in %s", f.Layer, f.Err, f.Dir)
}

// Unwrap is what the layer said.
func (f *Failure) Unwrap() error { return f.Err }

// stallTimeout is how long the cluster may answer nothing before the run is given up.
const stallTimeout = 30 * time.Second

// Run makes a run and judges it. The error is a *Failure, or says that there was no run.
func Run(ctx context.Context, o Options) (Result, error) {
	o.Replicas, o.Clients = orDefault(o.Replicas, 3), orDefault(o.Clients, 8)
	o.Operations = orDefault(o.Operations, 400)
	if o.Progress == nil {
		o.Progress = func(string, ...any) {}
	}
	started := time.Now()
	g, err := newGroup(ctx, o.Vsr, o.Dir, o.Replicas)
	if err != nil {
		return Result{}, err
	}
	result, err := drive(ctx, g, o)
	result.Elapsed = time.Since(started)
	if err == nil {
		err = judge(ctx, g, o, &result)
	}
	result.Elapsed = time.Since(started)
	return result, err
}

// orDefault is n, or the default if n is zero.
func orDefault(n, byDefault int) int {
	if n == 0 {
		return byDefault
	}
	return n
}

// historyFile is where the history goes.
func (g *group) historyFile() string { return filepath.Join(g.dir, "history.jsonl") }

// drive starts the processes and the clients, does the harm, and ends all of it.
func drive(ctx context.Context, g *group, o Options) (result Result, err error) {
	file, err := os.Create(g.historyFile())
	if err != nil {
		return result, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	writer, err := histories.NewWriter(file, histories.Header{
		Service: histories.ServiceKV, Origin: "cluster", Seed: fmt.Sprint(o.Seed),
		Expect: histories.ExpectLinearizable,
		Note:   fmt.Sprintf("%d processes, %d kills of the primary", o.Replicas, o.Kills),
	})
	if err != nil {
		return result, err
	}
	w := &workload{writer: writer}
	defer func() {
		if stopErr := g.stop(); stopErr != nil && err == nil {
			err = &Failure{"cluster", stopErr, g.dir}
		}
	}()
	for _, r := range g.replicas {
		w.addresses = append(w.addresses, r.resp)
		if err := g.run(r); err != nil {
			return result, &Failure{"cluster", err, g.dir}
		}
	}
	clients, stop := context.WithCancel(ctx)
	defer stop()
	var group sync.WaitGroup
	broken := make(chan error, o.Clients)
	for slot := range o.Clients {
		group.Go(func() {
			if err := w.client(clients, slot, o.Seed); err != nil {
				broken <- err
			}
		})
	}
	harmErr := harm(ctx, g, w, o, &result)
	stop()
	group.Wait()
	close(broken)
	result.Answered, result.Failed = w.answered.Load(), w.failed.Load()
	result.Unknown = w.unknown.Load()
	if harmErr != nil {
		return result, &Failure{"cluster", harmErr, g.dir}
	}
	return result, errors.Join(<-broken, writer.Flush())
}

// harm kills the primary and starts it again, as often as asked, with requests answered before,
// in between and after.
func harm(ctx context.Context, g *group, w *workload, o Options, result *Result) error {
	more := int64(o.Operations)
	if _, err := w.await(ctx, g, more); err != nil {
		return err
	}
	for range o.Kills {
		primary, view, err := w.primary(ctx)
		if err != nil {
			return err
		}
		note := fmt.Sprintf("replica %d, the primary of view %d, is killed", primary, view)
		if err := w.writer.Note(note); err != nil {
			return err
		}
		victim := g.replicas[primary]
		victim.kill()
		took, err := w.await(ctx, g, int64(o.Clients)+1) // The others were answered before.
		if err != nil {
			return err
		}
		result.Kills++
		result.Failovers = append(result.Failovers, took)
		o.Progress("  %s; answers again after %v", note, took.Round(time.Millisecond))
		if _, err := w.await(ctx, g, more); err != nil {
			return err
		}
		if err := g.run(victim); err != nil {
			return err
		}
		if err := w.writer.Note(fmt.Sprintf("replica %d is started again", primary)); err != nil {
			return err
		}
		if _, err := w.await(ctx, g, more); err != nil {
			return err
		}
	}
	_, view, err := w.primary(ctx)
	result.View = view
	return err
}

// await waits until so many more requests are answered, and returns how long that took.
func (w *workload) await(ctx context.Context, g *group, more int64) (time.Duration, error) {
	started, last := time.Now(), time.Now()
	have := w.answered.Load()
	want, seen := have+more, have
	ticker := time.NewTicker(2 * time.Millisecond)
	defer ticker.Stop()
	for have < want {
		select {
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-ticker.C:
		}
		have = w.answered.Load()
		if have > seen {
			seen, last = have, time.Now()
		}
		if time.Since(last) > stallTimeout {
			return 0, fmt.Errorf("no request was answered for %v%s", stallTimeout, g.dead())
		}
	}
	return time.Since(started), nil
}

// dead says which replicas have ended, and their last words.
func (g *group) dead() string {
	text := ""
	for _, r := range g.replicas {
		if !r.alive() {
			text += fmt.Sprintf("; replica %d has ended: %s", r.number, r.output)
		}
	}
	return text
}

// judge decides whether the history is linearizable and the traces conform to the spec.
func judge(ctx context.Context, g *group, o Options, result *Result) error {
	h, err := histories.Open(g.historyFile())
	if err != nil {
		return err
	}
	result.History = h
	var verdict linear.Verdict
	verdict, result.Linear = linear.Judge(ctx, h, linear.Options{})
	if verdict != linear.Linearizable {
		return &Failure{"linear", errors.New(result.Linear.String()), g.dir}
	}
	if !result.Linear.Witnessed {
		return &Failure{"linear", errors.New("a reply has no op-number"), g.dir}
	}
	traces, err := g.traces()
	if err != nil {
		return err
	}
	if want := o.Replicas + o.Kills; len(traces) != want {
		return &Failure{"conform", fmt.Errorf("%d trace files, want %d, one for each start",
			len(traces), want), g.dir}
	}
	result.Conform, err = conform.Files(ctx, traces)
	if err != nil {
		return &Failure{"conform", err, g.dir}
	}
	if got := int64(result.Conform.Committed); got < result.Answered {
		return &Failure{"conform", fmt.Errorf("%d requests answered, but %d committed",
			result.Answered, got), g.dir}
	}
	return nil
}
