// SPDX-License-Identifier: Apache-2.0

package export

import (
	"bytes"
	"errors"
	"go/parser"
	"go/token"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"viewstamp/spec"
)

// What is wrong is refused, and an emitted test can fail: replay.go, which is in each of them, sees
// every fault that is planted into a schedule.

// schedule is a run of normal operation: two backups have the request, it is committed.
func schedule() (spec.System, []replayStep) {
	system := spec.System{Name: "normal operation", Protocol: spec.ViewstampedReplication(),
		Bounds: spec.Bounds{Replicas: 3, Requests: 1}}
	request := spec.Request{RequestNumber: 1, Operation: "a1"}
	log := spec.Log{}.Append(spec.Entry{RequestNumber: 1, Operation: "a1"})
	prepare := spec.Prepare{Request: request, OpNumber: 1}
	step := func(process int, name string, in, out spec.Message, after spec.Process) replayStep {
		s := replayStep{Process: process, Step: name, After: after, Sent: []spec.Message{out}}
		if in != nil {
			s.Received = []spec.Message{in}
		}
		return s
	}
	ok := func(i spec.ReplicaNumber) spec.Message { return spec.PrepareOK{From: i, OpNumber: 1} }
	return system, []replayStep{
		step(3, "SendRequest", nil, request, spec.Crowd{Sent: 1}),
		step(0, "OnRequest", request, prepare, spec.Replica{Log: log}),
		step(1, "OnPrepare", prepare, ok(1), spec.Replica{ReplicaNumber: 1, Log: log}),
		step(2, "OnPrepare", prepare, ok(2), spec.Replica{ReplicaNumber: 2, Log: log}),
		step(0, "OnPrepareOK", ok(1), spec.Reply{RequestNumber: 1, OpNumber: 1},
			spec.Replica{Log: log, CommitNumber: 1}),
	}
}

func TestReplaySeesEveryFault(t *testing.T) {
	system, right := schedule()
	processes, sent, departs := replay(system, right)
	require.Empty(t, departs)
	require.Len(t, processes, 4)
	require.Len(t, sent, 5)

	last := len(right) - 1
	ok2 := spec.PrepareOK{From: 2, OpNumber: 1}
	for want, plant := range map[string]func(s []replayStep){
		"step 5, OnPrepareOK: leads to Normal v=0 v′=0 l=[a1@0] k=1, not to": func(s []replayStep) {
			s[last].After = s[1].After
		},
		"step 5, OnPrepareOK: sends [REPLY(v=0 s=a1 x=1)], not []": func(s []replayStep) {
			s[last].Sent = nil
		},
		"step 5, OnPrepareOK: takes 1 messages, not 2": func(s []replayStep) {
			s[last].Received = append(slices.Clip(s[last].Received), ok2)
		},
		"step 5, OnPrepareOK: nobody has sent PREPAREOK(v=0 n=2 i=1)": func(s []replayStep) {
			s[last].Received = []spec.Message{spec.PrepareOK{From: 1, OpNumber: 2}}
		},
		"step 5, OnPrepareOK: does not take PREPARE(v=0 m=a1 n=1 k=0)": func(s []replayStep) {
			s[last].Received = s[2].Received
		},
		"step 4, OnPrepare: does not take PREPARE(v=0 m=a1 n=1 k=0)": func(s []replayStep) {
			s[3].Process = 0 // Its own.
		},
		"step 4, OnPrepare: leads to Normal v=0":  func(s []replayStep) { s[3].Process = 1 },
		"step 2, OnRequest: refuses, not-primary": func(s []replayStep) { s[1].Process = 1 },
		"step 2, OnRequest: process 3 does not take it": func(s []replayStep) {
			s[1].Process = 3
		},
		"step 2, OnRequest: process 9 does not take it": func(s []replayStep) {
			s[1].Process = 9
		},
		"step 2, OnRequest: has no outcome 1": func(s []replayStep) { s[1].Choice = 1 },
		"step 2, Guess: the protocol has no such step": func(s []replayStep) {
			s[1].Step = "Guess"
		},
	} {
		wrong := slices.Clone(right)
		plant(wrong)
		_, _, departs := replay(system, wrong)
		require.Contains(t, departs, want)
	}
}

// full is a writer on a disk that is full.
type full struct{}

var errFull = errors.New("disk full")

// Write fails.
func (full) Write([]byte) (int, error) { return 0, errFull }

func TestWhatCannotBeExported(t *testing.T) {
	c := named(t, "C-105d")
	right := find(t, c.Claimed, c.Properties...)
	test := Test{Package: "p_test", Name: "X", Claim: c.ID}
	var b bytes.Buffer
	require.ErrorIs(t, JSON(full{}, right), errFull)
	require.ErrorIs(t, ITF(full{}, right), errFull)
	require.ErrorIs(t, GoTest(full{}, test, right), errFull)

	empty := Counterexample{System: c.Claimed, Property: c.Refuted}
	require.ErrorContains(t, JSON(&b, empty), "there is no counterexample")
	require.ErrorContains(t, ITF(&b, empty), "there is no counterexample")
	require.ErrorContains(t, GoTest(&b, test, empty), "there is no counterexample")
	elsewhere := right
	elsewhere.Steps = slices.Clone(right.Steps)
	elsewhere.Steps[1].Process = 7
	require.ErrorContains(t, ITF(&b, elsewhere), "step 2 is one of process 7: want 0 to 3")

	for want, wrong := range map[string]func(test *Test, c *Counterexample){
		`package "my tests"`:       func(test *Test, _ *Counterexample) { test.Package = "my tests" },
		`test "low"`:               func(test *Test, _ *Counterexample) { test.Name = "low" },
		"want a claim or the":      func(test *Test, _ *Counterexample) { test.Claim = "" },
		`has no claim "C-0"`:       func(test *Test, _ *Counterexample) { test.Claim = "C-0" },
		`has no property "Luck"`:   func(_ *Test, c *Counterexample) { c.Property = "Luck" },
		"CommitBound holds at the": func(_ *Test, c *Counterexample) { c.Property = "CommitBound" },
		"departs from the counterexample in step 4, Restart": func(test *Test, _ *Counterexample) {
			test.Claim = "C-001"
		},
		"is no Go source": func(test *Test, _ *Counterexample) {
			test.Claim, test.System = "", "spec.System{"
		},
	} {
		bad, from := test, right
		wrong(&bad, &from)
		require.ErrorContains(t, GoTest(&b, bad, from), want)
	}
	require.Zero(t, b.Len(), "an error, and still something is written")
}

func TestSystemByExpression(t *testing.T) {
	c := named(t, "C-105d")
	var b bytes.Buffer
	require.NoError(t, GoTest(&b, Test{Package: "my_test", Name: "Mine", System: "my.System()",
		Imports: []string{"example.com/my"}}, find(t, c.Claimed, c.Properties...)))
	f, err := parser.ParseFile(token.NewFileSet(), "x_test.go", b.Bytes(), 0)
	require.NoError(t, err)
	var imports []string
	for _, i := range f.Imports {
		imports = append(imports, i.Path.Value)
	}
	require.Equal(t, []string{`"fmt"`, `"slices"`, `"testing"`,
		`"github.com/stretchr/testify/require"`, `"example.com/my"`, `"viewstamp/spec"`}, imports)
	require.Contains(t, b.String(), "\tsystem := my.System()\n")
	require.NotContains(t, b.String(), "Fixed")
}

func TestLiterals(t *testing.T) {
	l := literals{prefix: "my", names: map[spec.Log]string{}}
	log := spec.Log{}.Append(spec.Entry{}).Append(spec.Entry{ViewNumber: 1, Operation: "a1"})
	r := spec.Replica{Status: spec.Recovering, Log: log, Noted: log.UpTo(1),
		CrashVector: spec.CrashVector{}.With(0, 3).With(2, 1),
		Lease:       spec.Lease{ViewNumber: 1, Phase: spec.Expired}}
	require.Equal(t, "spec.Replica{Status: spec.Recovering, Log: myLog2, CrashVector: "+
		"spec.CrashVector{}.With(0, 3).With(2, 1), Lease: spec.Lease{ViewNumber: 1, "+
		"Phase: spec.Expired}, Noted: myLog1}", l.of(r).flat())
	require.Equal(t, []string{"myLog1 = spec.Log{}.Append(spec.Entry{})",
		`myLog2 = myLog1.Append(spec.Entry{ViewNumber: 1, Operation: "a1"})`}, l.logs)
	require.Equal(t, "spec.Client{Outstanding: true}", l.of(spec.Client{Outstanding: true}).flat())
}
