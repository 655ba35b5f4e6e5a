// SPDX-License-Identifier: Apache-2.0

package linear

// This file is wrong checkers, each with one mistake that people do make, and the proof that the
// recorded histories notice it. They are built of the same parts as the true ones; there is no
// switch in those that could be left on.

import (
	"context"
	"fmt"
	"io/fs"

	"viewstamp/histories"
)

// Mutant is a wrong checker.
type Mutant struct {
	// Name is short and stable: commands and tables use it.
	Name string
	// Description says what it does wrong.
	Description string

	checkers checkers
}

// Caught judges the recorded histories with the wrong checker. It reports true with the first
// history that got a wrong verdict, or on which the two checkers contradicted each other.
func (m Mutant) Caught(ctx context.Context) (caught bool, evidence string, err error) {
	return firstWrong(ctx, m.checkers)
}

// firstWrong judges the recorded histories in order and finds the first that is not judged as
// its header expects. A contradiction between the checkers counts as well: it is what Judge is
// there for, and a user would see it.
func firstWrong(ctx context.Context, c checkers) (found bool, evidence string, err error) {
	recorded := histories.Recorded()
	err = fs.WalkDir(recorded, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		file, err := recorded.Open(name)
		if err != nil {
			return err
		}
		defer file.Close()
		h, err := histories.Read(name, file)
		if err != nil {
			return err
		}
		verdict, report := c.judge(ctx, h, Options{})
		switch {
		case report.Disagreement != "":
			evidence = fmt.Sprintf("histories/%s: the checkers contradict each other", name)
		case !report.AsExpected():
			evidence = fmt.Sprintf("histories/%s: judged %v, expected %s", name, verdict, h.Expect)
		default:
			return ctx.Err()
		}
		found = true
		return fs.SkipAll
	})
	return found, evidence, err
}

// Mutants lists the wrong checkers in a fixed order: wrong models first, then wrong readings of
// what an outcome means, then witnesses that leave out one of their rules.
func Mutants() []Mutant {
	return []Mutant{
		{"get-ignores-state", "the model of get accepts any value",
			withStep(trueCheckers(), acceptReads)},
		{"release-ignores-token", "the model of a lock lets anybody release it",
			withStep(trueCheckers(), releaseAnyway)},
		{"unknown-took-effect-at-once", "a write of unknown outcome must take effect before the client " +
			"gives up", withCompile(trueCheckers(), unknownIsOK)},
		{"fail-may-take-effect", "a failed write is treated as one of unknown outcome",
			withCompile(trueCheckers(), failIsUnknown)},
		{"pending-read-is-empty", "a read without an outcome is completed with nothing",
			withCompile(trueCheckers(), pendingReadIsEmpty)},
		{"half-open-intervals", "what begins at the time at which another ends comes after it",
			withCompile(trueCheckers(), halfOpen)},
		{"keys-mixed", "all keys are taken for one", withCompile(trueCheckers(), oneKey)},
		{"witness-without-uniqueness", "the witness lets two operations have one op-number",
			withRules(trueCheckers(), rules{realTime: true, replay: true})},
		{"witness-without-real-time", "the witness does not compare op-numbers with real time",
			withRules(trueCheckers(), rules{sameOp: true, replay: true})},
		{"witness-without-replay", "the witness does not execute the operations",
			withRules(trueCheckers(), rules{sameOp: true, realTime: true})},
	}
}

// withStep puts a wrong model in the place of the true one.
func withStep(c checkers, wrong func(step) step) checkers {
	c.search, c.plain = wrong(c.search), wrong(c.plain)
	return c
}

// withCompile puts a wrong reading of events in the place of the true one. The witness reads events
// by itself, so that it still gives the true verdict where there are op-numbers.
func withCompile(c checkers, wrong func(histories.History) []operation) checkers {
	c.compile = wrong
	return c
}

// withRules leaves rules of the witness out.
func withRules(c checkers, wrong rules) checkers {
	c.rules = wrong
	return c
}

// acceptReads has a model that forgot to compare: whatever a read returns is fine. Stale reads and
// lost updates pass.
func acceptReads(next step) step {
	return func(s state, o *operation) (bool, state) {
		if o.code == get || o.code == read {
			return true, s
		}
		return next(s, o)
	}
}

// releaseAnyway has a lock that is released by whoever asks. A late release by a former holder then
// frees a lock that another one holds.
func releaseAnyway(next step) step {
	return func(s state, o *operation) (bool, state) {
		if o.code != release {
			return next(s, o)
		}
		wrong := *o
		wrong.arg = s.value
		return next(s, &wrong)
	}
}

// unknownIsOK ends a write of unknown outcome when its client gave up. But the request may still
// be on its way, and the cluster execute it minutes later.
func unknownIsOK(h histories.History) []operation {
	list := compile(h)
	for i := range list {
		if o := &list[i]; !o.known && o.outcome >= 0 {
			o.ret = h.Events[o.outcome].T
		}
	}
	return list
}

// failIsUnknown lets a write that certainly failed take effect: a cluster that reports failure and
// executes nevertheless is not found out.
func failIsUnknown(h histories.History) []operation {
	wrong := h
	wrong.Events = nil
	for _, e := range h.Events {
		if e.Kind == histories.Fail {
			e.Kind = histories.Unknown
		}
		wrong.Events = append(wrong.Events, e)
	}
	return compile(wrong)
}

// pendingReadIsEmpty completes a read that never returned with "nothing there", and then demands
// that this be true at some time after its invoke.
func pendingReadIsEmpty(h histories.History) []operation {
	ended := make(map[int]bool) // By client, going backwards: its latest request has a known end.
	list := compile(h)
	for i := len(h.Events) - 1; i >= 0; i-- {
		e := h.Events[i]
		switch {
		case e.Kind == histories.OK || e.Kind == histories.Fail:
			ended[e.Client] = true
		case e.Kind == histories.Invoke && ended[e.Client]:
			ended[e.Client] = false
		case e.Kind == histories.Invoke && codeOf(e.F).reads():
			list = append(list, operation{code: codeOf(e.F), f: e.F, key: e.Key, known: true,
				call: e.T, ret: never, client: e.Client, req: e.Req, invoke: i, outcome: -1})
		}
	}
	return list
}

// halfOpen orders operations that touch: with doubled times an end comes before a beginning that
// had the same time.
func halfOpen(h histories.History) []operation {
	list := compile(h)
	for i := range list {
		list[i].call = 2*list[i].call + 1
		if list[i].ret != never {
			list[i].ret *= 2
		}
	}
	return list
}

// oneKey forgets to tell keys apart.
func oneKey(h histories.History) []operation {
	list := compile(h)
	for i := range list {
		list[i].key = ""
	}
	return list
}
