// SPDX-License-Identifier: Apache-2.0

package histories

// This file checks that events form a history: the rules of the package comment, one by one.

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"unicode/utf8"
)

// validate checks a header.
func (h Header) validate() error {
	if h.Format != Format {
		return fmt.Errorf("format is %q, expected %q: not a history, or one of a newer version",
			h.Format, Format)
	}
	if len(Operations(h.Service)) == 0 {
		return fmt.Errorf("service is %q, expected register, kv or lock", h.Service)
	}
	if h.Expect != "" && h.Expect != ExpectLinearizable && h.Expect != ExpectNotLinearizable {
		return fmt.Errorf("expect is %q, expected %q or %q, or leave it out if nobody knows",
			h.Expect, ExpectLinearizable, ExpectNotLinearizable)
	}
	return nil
}

// Validate checks the whole history against the rules of the format. Reader and Writer do so by
// themselves; a history that was put together in memory needs it. An empty Format is accepted.
func (h History) Validate() error {
	// A history that never was in a file need not name the format of files.
	header := h.Header
	if header.Format == "" {
		header.Format = Format
	}
	if err := header.validate(); err != nil {
		return h.wrap(0, err)
	}
	v := newValidator(h.Service)
	for i, e := range h.Events {
		if err := v.add(e); err != nil {
			return h.wrap(i+1, err)
		}
	}
	if v.operations == 0 {
		return h.wrap(len(h.Events), ErrEmpty)
	}
	return nil
}

// wrap says which event of a history in memory an error is about, counted from 1.
func (h History) wrap(event int, err error) error {
	name := h.Name
	if name == "" {
		name = "history"
	}
	if event == 0 {
		return fmt.Errorf("%s: header: %w", name, err)
	}
	return fmt.Errorf("%s: event %d: %w", name, event, err)
}

// ErrEmpty is returned for a history without operations. Judging nothing would always succeed,
// and an empty file mostly means that a recorder did not run.
var ErrEmpty = errors.New("no operation in it, expected at least one invoke: " +
	"check that the recorder ran")

// validator takes the events one by one and remembers what the rules need: little, so that a
// history of any length can be checked while it is read or written.
type validator struct {
	service    string
	lastT      int64 // T of the last event.
	operations int   // Number of invokes so far.
	clients    map[int]*clientState
}

// clientState is what is known of one client: its last request, and whether it is still open.
type clientState struct {
	req  uint64
	open bool      // The request has no outcome yet.
	op   Operation // What it asked for.
	key  string
}

func newValidator(service string) *validator {
	return &validator{service: service, clients: map[int]*clientState{}}
}

// add checks the next event. After an error the validator must not be used again.
func (v *validator) add(e Event) error {
	// Time 0 is refused because it is what a forgotten field looks like.
	if e.T < 1 {
		return fmt.Errorf(`"t" is %d, expected a number from 1 on`, e.T)
	}
	if e.T < v.lastT {
		return fmt.Errorf(`"t" is %d after %d, expected it not to decrease: sort the events by time`,
			e.T, v.lastT)
	}
	v.lastT = e.T
	// Room above the largest op-number lets checkers compute with it without care.
	if e.Op > math.MaxInt64 {
		return fmt.Errorf(`"op" is %d, expected less than 2^63`, e.Op)
	}
	// JSON holds text only. A writer that replaced bytes would make different values equal.
	for _, s := range [...]string{e.F, e.Key, e.Value.Text, e.Old.Text, e.Error, e.Text} {
		if !utf8.ValidString(s) {
			return fmt.Errorf("%q is not UTF-8: encode binary keys and values, in hexadecimal say", s)
		}
	}
	if e.Kind == Note {
		if e.Text == "" {
			return fmt.Errorf(`a note without "text"`)
		}
		return nil
	}
	if e.Text != "" {
		return fmt.Errorf(`"text" on %v, expected it on a note only`, e.Kind)
	}
	if e.Client < 0 {
		return fmt.Errorf(`"client" is %d, expected a number from 0 on`, e.Client)
	}
	switch e.Kind {
	case Invoke:
		return v.invoke(e)
	case OK, Fail, Unknown:
		return v.outcome(e)
	}
	return fmt.Errorf(`"kind" is %v, expected invoke, ok, fail, unknown or note`, e.Kind)
}

// invoke checks a request: a known operation with its arguments, from a client that is free.
func (v *validator) invoke(e Event) error {
	c := v.clients[e.Client]
	if c == nil {
		c = &clientState{}
		v.clients[e.Client] = c
	}
	// Without this rule an outcome could not be matched with its request by the client alone.
	if c.open {
		return fmt.Errorf("client %d invokes request %d while its request %d has no outcome; "+
			`expected ok, fail or unknown first (a time-out is "unknown")`, e.Client, e.Req, c.req)
	}
	// A number that comes again is mostly a retry that was recorded as a request of its own: it
	// would count twice what may take effect only once.
	if e.Req <= c.req {
		return fmt.Errorf(`"req" is %d, expected more than %d, the last request of client %d`,
			e.Req, c.req, e.Client)
	}
	op, found := Find(v.service, e.F)
	if !found {
		return fmt.Errorf(`"f" is %q, expected an operation of service %s: %s`,
			e.F, v.service, names(v.service))
	}
	// A missing argument must not pass for an empty one, nor a superfluous one be ignored.
	if e.Value.Present != op.TakesValue {
		return fmt.Errorf(`%s %s "value"`, e.F, needs(op.TakesValue))
	}
	if e.Old.Present && !op.TakesOld {
		return fmt.Errorf(`%s takes no "old"`, e.F)
	}
	if op.TakesOld && !e.Old.Present && v.service == ServiceKV {
		return fmt.Errorf(`%s needs the argument "old"; to write only where there is nothing, use set-nx`,
			e.F)
	}
	if e.Op != 0 || e.View != 0 || e.Error != "" {
		return fmt.Errorf(`"op", "view" or "error" on an invoke, expected them on its outcome`)
	}
	c.req, c.open, c.op, c.key = e.Req, true, op, e.Key
	v.operations++
	return nil
}

// needs words what is wrong with an argument.
func needs(takes bool) string {
	if takes {
		return "needs the argument"
	}
	return "takes no argument"
}

// outcome checks ok, fail and unknown against the request that they end.
func (v *validator) outcome(e Event) error {
	c := v.clients[e.Client]
	if c == nil || !c.open || c.req != e.Req {
		return fmt.Errorf("%v for request %d of client %d, which is not outstanding; "+
			"expected an invoke before it and one outcome after it", e.Kind, e.Req, e.Client)
	}
	c.open = false
	// Recorders may repeat what was asked, which helps people with grep; then it must be true.
	if e.F != "" && e.F != c.op.F {
		return fmt.Errorf(`"f" is %q, but the request was %q`, e.F, c.op.F)
	}
	if e.Key != "" && e.Key != c.key {
		return fmt.Errorf(`"key" is %q, but the request had %q`, e.Key, c.key)
	}
	if e.Old.Present {
		return fmt.Errorf(`"old" on %v, expected it on an invoke only`, e.Kind)
	}
	if e.Kind == OK {
		return okOutcome(c.op, e)
	}
	// A result on an unknown outcome would be lost on the checkers: they would believe less than
	// the client knows.
	if e.Value.Present {
		return fmt.Errorf(`"value" on %v: a result is known only if the outcome is ok`, e.Kind)
	}
	if e.Kind == Fail && e.Op != 0 {
		return fmt.Errorf(`"op" on fail: what failed has no place in the log; ` +
			"if it was executed, the outcome is ok or unknown")
	}
	return nil
}

// okOutcome checks that a result is one that the operation can give in some state. A result that
// is impossible in any state would refute every history; it points to the recorder instead.
func okOutcome(op Operation, e Event) error {
	if e.Error != "" {
		if !op.mayError || e.Value.Present {
			return fmt.Errorf(`ok of %s with "error" %q, expected as "value" %s; an error that is no `+
				"answer of the service is fail (certainly no effect) or unknown",
				op.F, e.Error, op.Returns)
		}
		return nil
	}
	if !op.result(e.Value) {
		return fmt.Errorf(`ok of %s has "value" %s, expected %s`,
			op.F, strings.ReplaceAll(e.Value.String(), "nil", "null"), op.Returns)
	}
	return nil
}
