// SPDX-License-Identifier: Apache-2.0

package simcheck

// One run and its verdicts.

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"viewstamp/checker/conform"
	"viewstamp/checker/linear"
	"viewstamp/histories"
	"viewstamp/impl/sim"
	"viewstamp/impl/vsr"
)

// Layer says which check has failed.
type Layer string

// The layers.
const (
	// Simulator: replicas diverge, a replica panics, a journal is damaged, or
	// nothing moves.
	Simulator Layer = "sim"
	// Conformance: a step is none of the spec.
	Conformance Layer = "conform"
	// Agreement: what the simulator and the spec say of the last states
	// differs.
	Agreement Layer = "agreement"
	// Linearizability: the history cannot be explained, or it was not decided.
	Linearizability Layer = "linear"
	// Floors: too little happened in the sweep.
	Floors Layer = "floors"
)

// searchMax bounds the search for an order of one history. The witness, which
// decides every history of the simulator, has no bound; that the search gives
// up on one of some hundred takes nothing away.
const searchMax = 2 * time.Second

// Failure is the error of a run that failed, and of a sweep in which one did.
type Failure struct {
	Layer Layer
	// Reason is that of the simulator, where it is the layer.
	Reason sim.Reason
	Config sim.Config
	Err    error
}

// Error says what failed and the command that shows it again.
func (f *Failure) Error() string {
	if f.Layer == Floors {
		return fmt.Sprintf("sim: %v", f.Err)
	}
	return fmt.Sprintf("seed %d: %s: %v\nto see it again: %s",
		f.Config.Seed, f.Layer, f.Err, f.Config.Command())
}

// Unwrap is what the layer said: a *sim.Failure or a *conform.Divergence, for
// instance.
func (f *Failure) Unwrap() error { return f.Err }

// Verdict is what is known of one run.
type Verdict struct {
	Result  sim.Result
	Conform conform.Report
	Linear  linear.Report
	// History is what the clients saw, for those who want to keep it.
	History histories.History
	// Times of the run with the conformance check in it, and of the check of
	// the history.
	RunTime, LinearTime time.Duration
}

// One runs one configuration and judges it. The error is a *Failure, or says
// that the configuration or the context does not allow a run.
func One(ctx context.Context, config sim.Config) (Verdict, error) {
	return one(ctx, config, "")
}

// one is One, where the others than one layer may be blind.
func one(ctx context.Context, config sim.Config, only Layer) (Verdict, error) {
	var v Verdict
	begin := time.Now()
	watch, err := newWatch(config)
	if err != nil {
		return v, err
	}
	watch.attach(&config)
	result, runErr := sim.Run(config)
	v.Result, v.RunTime = result, time.Since(begin)
	report, conformErr := watch.finish()
	v.Conform = report
	config.Hooks = sim.Hooks{}
	fail := func(layer Layer, err error) (Verdict, error) {
		return v, &Failure{Layer: layer, Config: config, Err: err}
	}
	var failure *sim.Failure
	if only != "" && only != Conformance {
		conformErr = nil
	}
	if only != "" && only != Simulator && errors.As(runErr, &failure) {
		runErr = nil
	}
	switch {
	case runErr != nil && !errors.As(runErr, &failure):
		return v, runErr
	case conformErr != nil:
		// It comes first: what the simulator saw is likely to follow from it.
		return fail(Conformance, conformErr)
	case runErr != nil:
		return v, &Failure{Layer: Simulator, Reason: failure.Reason, Config: config,
			Err: fmt.Errorf("%s after %v: %s", failure.Reason, failure.Time, failure.Detail)}
	}
	if only == Simulator || only == Conformance {
		return v, nil
	}
	if err := watch.compare(result.Finals); err != nil && only == "" {
		return fail(Agreement, err)
	}
	v.History = History(config.Seed, result.Operations)
	begin = time.Now()
	var verdict linear.Verdict
	verdict, v.Linear = linear.Judge(ctx, v.History, linear.Options{Timeout: searchMax, Workers: 1})
	v.LinearTime = time.Since(begin)
	if verdict != linear.Linearizable {
		if ctx.Err() != nil {
			return v, ctx.Err()
		}
		return fail(Linearizability, errors.New(v.Linear.String()))
	}
	return v, nil
}

// watch holds the checker of a run's events. The run goes on after a
// divergence, and nobody looks.
type watch struct {
	replicas int
	checker  *conform.Checker
	err      error
}

// newWatch makes a checker for the size of group that the run will have.
func newWatch(config sim.Config) (*watch, error) {
	replicas, err := config.GroupSize()
	if err != nil {
		return nil, err
	}
	checker, err := conform.New(conform.Options{Replicas: replicas, ClientsTraced: true})
	return &watch{replicas: replicas, checker: checker}, err
}

// attach adds the checker to the hooks of the run.
func (w *watch) attach(config *sim.Config) {
	note := func(err error) {
		if w.err == nil {
			w.err = err
		}
	}
	before := config.Hooks
	config.Hooks = sim.Hooks{
		Event: func(e vsr.Event) {
			if before.Event != nil {
				before.Event(e)
			}
			note(w.checker.Event(e))
		},
		Request: func(m *vsr.Request) {
			if before.Request != nil {
				before.Request(m)
			}
			note(w.checker.ClientSent(m))
		},
		Reply: func(m *vsr.Reply) {
			if before.Reply != nil {
				before.Reply(m)
			}
			note(w.checker.ClientReceived(m))
		},
	}
}

// finish ends the check of the events.
func (w *watch) finish() (conform.Report, error) {
	report, err := w.checker.Finish()
	if w.err != nil {
		err = w.err
	}
	return report, err
}

// compare holds the last states of the simulator against those that the spec
// came to.
func (w *watch) compare(finals []sim.Final) error {
	for _, f := range finals {
		state, name, ok := w.checker.Final(f.Replica)
		if !ok || name != f.State.Log || vsr.OpNumber(state.CommitNumber) != f.State.CommitNumber ||
			vsr.ViewNumber(state.ViewNumber) != f.State.ViewNumber {
			return fmt.Errorf("replica %d ends in %+v, and the spec in %v", f.Replica, f.State, state)
		}
	}
	return nil
}

// History is what the clients saw, in the format that package linear judges and
// people can keep.
func History(seed uint64, operations []sim.Operation) histories.History {
	h := histories.History{Header: histories.Header{Service: histories.ServiceKV,
		Origin: "impl/sim", Seed: strconv.FormatUint(seed, 10)}}
	events := make([]histories.Event, 2*len(operations)+1) // By position; some stay empty.
	for i := range operations {
		o := &operations[i]
		call := histories.Event{T: o.Invoke, Client: o.Client, Req: uint64(o.Request),
			Kind: histories.Invoke, F: o.F, Key: o.Key}
		if o.Value != "" {
			call.Value = histories.Some(o.Value)
		}
		if o.Old != "" {
			call.Old = histories.Some(o.Old)
		}
		events[o.Invoke] = call
		if o.Return == 0 {
			continue
		}
		end := histories.Event{T: o.Return, Client: o.Client, Req: uint64(o.Request),
			Kind: histories.Unknown, Op: uint64(o.OpNumber)}
		if o.Outcome == sim.OK {
			end.Kind, end.View = histories.OK, uint64(o.View)
			if o.Failed {
				end.Error = o.Result
			} else if o.HasResult {
				end.Value = histories.Some(o.Result)
			}
		}
		events[o.Return] = end
	}
	for _, e := range events {
		if e.Kind != 0 {
			h.Events = append(h.Events, e)
		}
	}
	return h
}
