// SPDX-License-Identifier: Apache-2.0

package linear

// This file is rule 3 of the witness: the service executes in the order of op-numbers and must
// give the recorded results. Unlike the models, it changes one state for each key in place, so
// that a long history costs no memory and an append no copy.

import (
	"fmt"
	"strconv"

	"viewstamp/histories"
)

// cell is one key. A number is kept as one while INCR works on it, and appended text in a
// buffer: both would cost an allocation for each operation otherwise.
type cell struct {
	form   form
	text   string
	number int64
	buffer []byte
	grants uint64
}

type form uint8

const (
	absent   form = iota // Nothing there; a lock that is free.
	asText               // text
	asNumber             // number
	asBuffer             // buffer
)

// mismatch is the first operation of a key whose result is wrong.
type mismatch struct {
	place place
	after histories.Value // State of the key after it.
}

// execute goes on with the execution up to the first place that is free. It is called as soon as
// the next place is taken: then its events are still in the processor's cache, which doubles the
// speed. A free place may be taken later in the history; finish goes on behind those that are not.
func (w *witness) execute() {
	for w.executed < len(w.places) && w.places[w.executed].invoke != 0 {
		w.executePlace(&w.places[w.executed])
		w.executed++
	}
}

// executePlace executes one operation and notes the key if the result is wrong.
func (w *witness) executePlace(p *place) {
	c := &w.cells[p.key]
	if w.rules.replay && !c.execute(p.code, &w.events[p.invoke-1], &w.events[p.outcome-1]) &&
		!w.isWrong[p.key] {
		w.isWrong[p.key] = true
		w.wrong = append(w.wrong, mismatch{*p, c.value()})
	}
}

// finish executes what is left. A wrong result refutes the history, unless unknown writes on the
// key could explain it: then a search decides.
func (w *witness) finish() Result {
	for ; w.executed < len(w.places); w.executed++ {
		if p := &w.places[w.executed]; p.invoke != 0 {
			w.executePlace(p)
		}
	}
	for i := range w.sparse {
		w.executePlace(&w.sparse[i].place)
	}
	if len(w.wrong) == 0 {
		return Result{Verdict: Linearizable}
	}
	candidates := w.candidates()
	for _, m := range w.wrong {
		if len(candidates[m.place.key]) == 0 {
			return w.wrongResult(m)
		}
	}
	return w.explain(candidates)
}

// candidates lists by key the unknown writes, which may or may not have taken effect.
func (w *witness) candidates() map[uint32][]loose {
	byKey := make(map[uint32][]loose)
	for _, l := range w.loose {
		byKey[l.key] = append(byKey[l.key], l)
	}
	return byKey
}

// execute applies an operation and tells whether the recorded outcome is what the service
// answers. An outcome that is not ok is explained by anything. Error replies need a look only for
// incr: in a valid history nothing else has one.
func (c *cell) execute(code code, invoke, outcome *histories.Event) bool {
	known := outcome.Kind == histories.OK
	result := outcome.Value
	switch code {
	case set, write:
		c.set(invoke.Value.Text)
		return true
	case get, read:
		return !known || c.equals(result)
	case exists:
		return !known || isBit(result, c.form != absent)
	case cas:
		equal := c.equals(invoke.Old)
		if equal {
			c.set(invoke.Value.Text)
		}
		return !known || isBit(result, equal)
	case setNX, setXX:
		sets := (c.form != absent) == (code == setXX)
		if sets {
			c.set(invoke.Value.Text)
		}
		return !known || result.Present == sets
	case del:
		was := c.form != absent
		c.form = absent
		return !known || isBit(result, was)
	case incr:
		fits := c.increment()
		if !known || !fits || outcome.Error != "" {
			return !known || fits == (outcome.Error == "")
		}
		return isNumber(result, c.number)
	case appendTo:
		c.append(invoke.Value.Text)
		return !known || !result.Present || isNumber(result, int64(len(c.buffer)))
	case acquire, release:
		return c.lock(code, invoke.Value, result, known)
	}
	panic(fmt.Sprintf("linear: operation without code: %+v", *invoke))
}

// set makes the cell hold text, which is shared with the history: nothing is copied.
func (c *cell) set(text string) { c.form, c.text = asText, text }

// lock is the lock service: grants count upwards, and the count is the token.
func (c *cell) lock(code code, token, result histories.Value, known bool) bool {
	held := c.form != absent
	if code == acquire {
		if held {
			return !known || !result.Present
		}
		c.grants++
		c.form, c.number = asNumber, int64(c.grants)
		return !known || isNumber(result, c.number)
	}
	// A token of an earlier grant, or of none, releases nothing.
	mine := held && c.equals(token)
	if mine {
		c.form = absent
	}
	return !known || isBit(result, mine)
}

// increment adds 1 if the key holds a number, or nothing, and there is room.
func (c *cell) increment() bool {
	switch c.form {
	case absent:
		c.form, c.number = asNumber, 1
		return true
	case asBuffer: // Appended digits may make a number.
		c.form, c.text = asText, string(c.buffer)
	}
	if c.form == asText {
		n, err := strconv.ParseInt(c.text, 10, 64)
		if err != nil || !isNumber(histories.Some(c.text), n) {
			return false
		}
		c.form, c.number = asNumber, n
	}
	if c.number+1 < c.number { // It would overflow; Redis refuses.
		return false
	}
	c.number++
	return true
}

// append brings the value into the buffer and appends.
func (c *cell) append(text string) {
	switch c.form {
	case absent:
		c.buffer = c.buffer[:0]
	case asText:
		c.buffer = append(c.buffer[:0], c.text...)
	case asNumber:
		c.buffer = strconv.AppendInt(c.buffer[:0], c.number, 10)
	}
	c.form, c.buffer = asBuffer, append(c.buffer, text...)
}

// equals compares the state with a recorded value.
func (c *cell) equals(v histories.Value) bool {
	switch c.form {
	case asText:
		return v.Present && v.Text == c.text
	case asNumber:
		return isNumber(v, c.number)
	case asBuffer:
		return v.Present && v.Text == string(c.buffer)
	default:
		return !v.Present
	}
}

// value is the state as a value, for messages.
func (c *cell) value() histories.Value {
	switch c.form {
	case asText:
		return histories.Some(c.text)
	case asNumber:
		return histories.Some(strconv.FormatInt(c.number, 10))
	case asBuffer:
		return histories.Some(string(c.buffer))
	default:
		return histories.Value{}
	}
}

// isBit tells whether v is "1" or "0", as the bit says.
func isBit(v histories.Value, bit bool) bool {
	if bit {
		return v.Present && v.Text == "1"
	}
	return v.Present && v.Text == "0"
}

// isNumber tells whether v is n in decimal, without an allocation.
func isNumber(v histories.Value, n int64) bool {
	var digits [20]byte
	return v.Present && v.Text == string(strconv.AppendInt(digits[:0], n, 10))
}

// wrongResult is the violation of rule 3. The state is the one after the operation: for an
// operation that only reads, it is what should have been returned.
func (w *witness) wrongResult(m mismatch) Result {
	p := m.place
	result := refuted(Values, w.eventsOf(p),
		"%s has a result that no execution in the order of op-numbers gives; after it %q holds %v",
		w.describe(int(p.invoke)-1, int(p.outcome)-1), w.keys[p.key], m.after)
	result.Key, result.Keyed = w.keys[p.key], true
	return result
}
