// SPDX-License-Identifier: Apache-2.0

package vsrtest

// Is what the clients saw what one service would have answered?

import (
	"bytes"
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/anishathalye/porcupine"

	"viewstamp/impl/sim"
)

// searchMax bounds the search of porcupine. A history that it cannot decide is a
// failure.
const searchMax = 20 * time.Second

// executed lists the operations that the group has executed, in that order. What
// it has not executed has changed nothing: the end of a run knows.
func executed(operations []sim.Operation) []sim.Operation {
	list := slices.DeleteFunc(slices.Clone(operations), func(o sim.Operation) bool {
		return o.OpNumber == 0
	})
	slices.SortFunc(list, func(a, b sim.Operation) int { return cmp.Compare(a.OpNumber, b.OpNumber) })
	return list
}

// follows lets the reference execute the operations in the order of their
// op-numbers. That order must agree with real time: nothing may be called after
// what comes behind it has returned.
func follows(reference func([]byte) []byte, operations []sim.Operation) error {
	list := executed(operations)
	earliest := int64(math.MaxInt64) // Return of what comes later.
	for i := len(list) - 1; i >= 0; i-- {
		o := &list[i]
		if o.Invoke > earliest {
			return fmt.Errorf("not linearizable: operation %d of the log, %x, was called after one "+
				"behind it had returned", o.OpNumber, o.Input)
		}
		if o.Outcome == sim.OK {
			earliest = min(earliest, o.Return)
		}
	}
	for i := range list {
		o := &list[i]
		want := reference(bytes.Clone(o.Input))
		if o.Outcome == sim.OK && !bytes.Equal(want, o.Output) {
			return fmt.Errorf("not as the reference: operation %d of the log, %x, was answered with %x, "+
				"expected %x", o.OpNumber, o.Input, o.Output, want)
		}
	}
	return nil
}

// searched lets porcupine search for an order.
func searched(model *porcupine.Model, operations []sim.Operation) error {
	var history []porcupine.Operation
	for _, o := range executed(operations) {
		p := porcupine.Operation{ClientId: o.Client, Input: o.Input, Call: o.Invoke,
			Return: math.MaxInt64, Output: []byte(nil)}
		if o.Outcome == sim.OK {
			// An empty result is not one that nobody has heard.
			p.Output, p.Return = append([]byte{}, o.Output...), o.Return
		}
		history = append(history, p)
	}
	switch porcupine.CheckOperationsTimeout(*model, history, searchMax) {
	case porcupine.Illegal:
		return fmt.Errorf("not linearizable: no order of the %d operations explains their results",
			len(history))
	case porcupine.Unknown:
		return fmt.Errorf("porcupine has not decided a history of %d operations in %v; fewer "+
			"requests (Sim.Clients, Sim.Requests), or a Partition in the model, help", len(history),
			searchMax)
	}
	return nil
}
