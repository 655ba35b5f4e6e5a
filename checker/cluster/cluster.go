// SPDX-License-Identifier: Apache-2.0

// Package cluster runs the real thing: three replicas as processes of the operating system, with
// files and sockets, and clients that are an unmodified Redis client. It does harm while the
// clients go on: it kills, pauses and restarts processes, breaks the network between them in a
// proxy, damages data files between two runs of a replica, lets flushes fail, and makes the
// mistakes of an operator. Then the history of the clients and the traces of the replicas are
// judged as those of the simulator are.
package cluster

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
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
	// Faults are the kinds of harm to draw from; each comes once before any comes again. None:
	// the clients are left alone.
	Faults []Fault
	// Events is how much harm is done. Zero: as much as goes into Time.
	Events int
	// Time is how long harm is done if Events is zero. Every kind of harm comes at least once.
	Time time.Duration
	// Operations is how many must be answered after each step of an event. Zero: 400.
	Operations int
	// Think is how long a client waits between an answer and its next request.
	Think time.Duration
	// Seed draws the harm, and what the clients ask for.
	Seed uint64
	// Progress, if not nil, is told what happens.
	Progress func(format string, args ...any)
}

// Result is what a run found.
type Result struct {
	// Answered, Failed and Unknown count the requests by their outcomes.
	Answered, Failed, Unknown int64
	// Faults counts the harm by its kind, and Restarts the starts after the first.
	Faults   map[string]int
	Restarts int
	// NotInjected says why a kind of harm could not be done on this machine.
	NotInjected map[string]string
	// CameUp and Refused count what became of single replicas with a damaged data file: they got
	// from the others what was lost, if anything was, or said that they cannot use the file.
	// Recovered counts those that got a new file from vsr recover, and Helical the groups that were
	// lost where every replica had lost some.
	CameUp, Refused, Recovered, Helical int
	// Idle counts damage to data files that hit nothing in use. Noticed is how often a replica said
	// that the bytes of a frame were wrong or ended too early, after a fault of the network.
	Idle, Noticed int
	// Failovers is how long it took, after each harm, until a request was answered again.
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

// Run makes a run and judges it. The error is a *Failure, or says that there was no run.
func Run(ctx context.Context, o Options) (Result, error) {
	o.Replicas, o.Clients = orDefault(o.Replicas, 3), orDefault(o.Clients, 8)
	o.Operations = orDefault(o.Operations, 400)
	if o.Progress == nil {
		o.Progress = func(string, ...any) {}
	}
	started := time.Now()
	g, err := newGroup(ctx, o.Vsr, o.Dir, o.Replicas, o.Seed)
	if err != nil {
		return Result{}, err
	}
	result, err := drive(ctx, g, o)
	err = errors.Join(err, g.network.close())
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
		Note:   fmt.Sprintf("%d processes", o.Replicas),
	})
	if err != nil {
		return result, err
	}
	w := &workload{writer: writer, think: o.Think}
	defer func() {
		if stopErr := g.stop(); stopErr != nil && err == nil {
			err = &Failure{"cluster", stopErr, g.dir}
		}
	}()
	for _, r := range g.replicas {
		w.addresses = append(w.addresses, r.resp)
		if err := g.run(ctx, r); err != nil {
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

// harm does harm until there was enough of it, with requests answered before, in between and after.
func harm(ctx context.Context, g *group, w *workload, o Options, result *Result) (err error) {
	h := &harmer{group: g, clients: w, options: o, result: result,
		random: rand.New(rand.NewPCG(o.Seed, 1))}
	result.Faults, result.NotInjected = map[string]int{}, map[string]string{}
	if err := h.answered(ctx); err != nil {
		return err
	}
	begin := time.Now()
	for n := 0; len(o.Faults) > 0; {
		for _, i := range h.random.Perm(len(o.Faults)) {
			if o.Events > 0 && n == o.Events ||
				o.Events == 0 && n >= len(o.Faults) && time.Since(begin) > o.Time {
				_, result.View, err = w.primary(ctx)
				return err
			}
			n++
			w.generation.Add(1)
			f := o.Faults[i]
			var not notInjected
			switch err := f.do(h, ctx); {
			case errors.As(err, &not):
				result.NotInjected[f.Name] = string(not)
				o.Progress("  not injected: %s: %s", f.Name, not)
				continue
			case err != nil:
				return fmt.Errorf("%s: %w", f.Name, err)
			}
			result.Faults[f.Name]++
			if err := h.answered(ctx); err != nil {
				return fmt.Errorf("after %s: %w", f.Name, err)
			}
		}
	}
	_, result.View, err = w.primary(ctx)
	return err
}

// await waits until so many more requests are answered, and returns how long that took.
func (w *workload) await(ctx context.Context, g *group, more int64) (time.Duration, error) {
	started, progress := time.Now(), time.Now()
	have := w.answered.Load()
	want, seen := have+more, have
	var p patience
	for have < want {
		more, err := p.look(ctx)
		if err != nil {
			return 0, err
		}
		if have = w.answered.Load(); have > seen {
			seen, progress, p = have, time.Now(), patience{}
		} else if !more {
			return 0, fmt.Errorf("no request was answered for %v%s",
				time.Since(progress).Round(time.Second), g.dead())
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
	if want := o.Replicas + result.Restarts; len(traces) != want {
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
