// SPDX-License-Identifier: Apache-2.0

package linear

// This file is the services as porcupine models: one key, values that are never changed in place.

import (
	"context"
	"fmt"
	"math"
	"strconv"

	"github.com/anishathalye/porcupine"

	"viewstamp/histories"
)

// state is one key of any service. The zero value is the initial state. States are compared
// with ==.
type state struct {
	value  histories.Value // The value; of a lock the token with which it is held.
	grants uint64          // Lock: how often it has been granted. The next token is one more.
	op     uint64          // Largest op-number so far, if they count.
}

// reply is what the service answers.
type reply struct {
	value histories.Value
	err   bool
}

// The results that do not depend on the state.
var (
	done = histories.Some("OK")
	yes  = histories.Some("1")
	no   = histories.Some("0")
)

// apply executes one operation: the sequential specification of all services. It is short rather
// than fast; the witness has its own version (cell.execute), and tests hold them together.
func (s state) apply(o *operation) (state, reply) {
	switch o.code {
	case read, get:
		return s, reply{value: s.value}
	case exists:
		return s, reply{value: bit(s.value.Present)}
	case write, set:
		s.value = o.arg
		return s, reply{value: done}
	case cas:
		if s.value != o.old {
			return s, reply{value: no}
		}
		s.value = o.arg
		return s, reply{value: yes}
	case setNX, setXX:
		if s.value.Present != (o.code == setXX) {
			return s, reply{}
		}
		s.value = o.arg
		return s, reply{value: done}
	case del:
		r := reply{value: bit(s.value.Present)}
		s.value = histories.Value{}
		return s, r
	case incr:
		// Where the value is no number, or at its limit, nothing changes.
		n, err := number(s.value)
		if err != nil || n == math.MaxInt64 {
			return s, reply{err: true}
		}
		s.value = histories.Some(strconv.FormatInt(n+1, 10))
		return s, reply{value: s.value}
	case appendTo: // Nothing there counts as the empty string.
		s.value = histories.Some(s.value.Text + o.arg.Text)
		return s, reply{value: histories.Some(strconv.Itoa(len(s.value.Text)))}
	case acquire:
		if s.value.Present {
			return s, reply{}
		}
		s.grants++
		s.value = histories.Some(strconv.FormatUint(s.grants, 10))
		return s, reply{value: s.value}
	case release: // Only with the token of the present grant.
		if s.value != o.arg {
			return s, reply{value: no}
		}
		s.value = histories.Value{}
		return s, reply{value: yes}
	}
	panic(fmt.Sprintf("linear: operation without code: %v", *o))
}

// explains is true if the recorded outcome of o can be this reply. Some results tell nothing: a
// set or write always succeeds, and an append whose length was not recorded.
func (r reply) explains(o *operation) bool {
	if !o.known {
		return true
	}
	// The wording of an error is the service's business; that there is one must be right.
	if o.failed || r.err {
		return o.failed == r.err
	}
	if o.code.blind() || o.code == appendTo && !o.result.Present {
		return true
	}
	return r.value == o.result
}

// bit is how the services answer yes and no.
func bit(b bool) histories.Value {
	if b {
		return yes
	}
	return no
}

// number reads a value as Redis does for INCR: nothing counts as 0, and only the shortest form
// of a signed 64-bit number is one.
func number(v histories.Value) (int64, error) {
	if !v.Present {
		return 0, nil
	}
	n, err := strconv.ParseInt(v.Text, 10, 64)
	if err == nil && strconv.FormatInt(n, 10) != v.Text {
		err = strconv.ErrSyntax
	}
	return n, err
}

// step is one step of the model: may o take effect in s with the outcome that was recorded?
type step func(s state, o *operation) (bool, state)

// byValue goes by the results alone.
func byValue(s state, o *operation) (bool, state) {
	next, r := s.apply(o)
	return r.explains(o), next
}

// byValueAndOp also requires that known op-numbers increase: the reply said which position the
// operation got, and that is a result like any other.
func byValueAndOp(s state, o *operation) (bool, state) {
	// An operation without one, a write of unknown outcome say, may stand anywhere.
	if o.op != 0 {
		if o.op <= s.op {
			return false, s
		}
		s.op = o.op
	}
	return byValue(s, o)
}

// model wraps a step for porcupine. The input is an *operation; there is no separate output, as
// the operation holds its own.
//
// StepContext rather than Step, so that the gate can end a search. Hash, because otherwise states
// are only told apart after they have been stored: histories with many open operations took tens
// of gigabytes that way.
func model(next step, gate *gate) porcupine.Model {
	return porcupine.Model{
		Init: func() any { return state{} },
		StepContext: func(ctx context.Context, s, input, _ any) (bool, any) {
			if !gate.open(ctx) {
				return false, s
			}
			return next(s.(state), input.(*operation))
		},
		Equal:             func(a, b any) bool { return a == b },
		Hash:              func(s any) uint64 { return s.(state).hash() },
		DescribeOperation: func(input, _ any) string { return input.(*operation).String() },
		DescribeState:     func(s any) string { return s.(state).String() },
	}
}

// hash is FNV-1a over what the state holds. Equal states have equal hashes.
func (s state) hash() uint64 {
	const prime = 1099511628211
	h := uint64(14695981039346656037)
	for i := range len(s.value.Text) {
		h = (h ^ uint64(s.value.Text[i])) * prime
	}
	if s.value.Present {
		h = (h ^ 1) * prime
	}
	h = (h ^ s.grants) * prime
	return (h ^ s.op) * prime
}

// String is the state as the pictures show it.
func (s state) String() string {
	if s.grants > 0 {
		return fmt.Sprintf("held=%v grants=%d", s.value, s.grants)
	}
	return s.value.String()
}
