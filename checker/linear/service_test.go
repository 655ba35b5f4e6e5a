// SPDX-License-Identifier: Apache-2.0

package linear

// This file holds the two implementations of the services against each other: the model of the
// search, a value that is replaced, and the cell of the witness, which is changed in place.

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"viewstamp/histories"
)

// oddValues are those at which implementations differ: not quite numbers, and the largest ones.
var oddValues = []string{"", "0", "1", "-1", "+1", "01", "-0", " 1", "1.0", "x",
	"9223372036854775806", "9223372036854775807", "-9223372036854775808", "9223372036854775808"}

// TestServicesAreOne: both give the same results and hold the same state after any operations.
func TestServicesAreOne(t *testing.T) {
	checkMany(t, 10, func(t *rapid.T) {
		service := rapid.SampledFrom([]string{histories.ServiceRegister, histories.ServiceKV,
			histories.ServiceLock}).Draw(t, "service")
		table := histories.Operations(service)
		var s state
		var c cell
		for range rapid.IntRange(1, 30).Draw(t, "operations") {
			row := rapid.SampledFrom(table).Draw(t, "operation")
			o := operation{code: codeOf(row.F), f: row.F, known: true}
			if row.TakesValue {
				o.arg = histories.Some(rapid.SampledFrom(oddValues).Draw(t, "value"))
			}
			if row.TakesOld {
				o.old = histories.Some(rapid.SampledFrom(oddValues).Draw(t, "old"))
			}
			var r reply
			s, r = s.apply(&o)
			invoke := histories.Event{Kind: histories.Invoke, F: o.f, Value: o.arg, Old: o.old}
			outcome := histories.Event{Kind: histories.OK, Value: r.value}
			if r.err {
				outcome.Error = "ERR"
			}
			wrong := rapid.SampledFrom(oddValues).Draw(t, "wrong result")
			o.failed, o.result = r.err, histories.Some(wrong)
			other := c // Buffers are shared, but only the result is looked at.
			other.buffer = append([]byte(nil), c.buffer...)
			saysWrong := other.execute(o.code, &invoke, &histories.Event{Kind: histories.OK,
				Value: o.result, Error: outcome.Error})
			if !o.code.blind() && o.code != setNX && o.code != setXX {
				require.Equal(t, r.explains(&o), saysWrong, "%v after %v", o, s)
			}
			require.True(t, c.execute(o.code, &invoke, &outcome), "%v -> %v, the cell has %v", o, r,
				c.value())
			require.Equal(t, s.value, c.value(), "after %v", o)
			require.Equal(t, s.grants, c.grants)
		}
	})
}
