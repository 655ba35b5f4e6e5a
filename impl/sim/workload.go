// SPDX-License-Identifier: Apache-2.0

package sim

// What the clients ask for: few keys, so that they meet there; written values
// that are all different, so that a wrong result cannot be right by chance.

import (
	"fmt"
	"strings"

	"viewstamp/impl/service/kv"
)

// drawn is an operation that a client is going to send.
type drawn struct {
	f, key, value, old string
	encoded            []byte
}

// request lists what the command of an operation takes.
type request struct {
	f       string
	command kv.Command
	weight  int
	counter bool   // It works on keys that hold numbers.
	option  string // The last argument.
	value   bool
	old     bool
}

// requests is the mixture. Names are those of package histories.
func requests() []request {
	return []request{
		{f: "get", command: kv.Get, weight: 6},
		{f: "set", command: kv.Set, weight: 5, value: true},
		{f: "set-nx", command: kv.Set, weight: 1, value: true, option: "NX"},
		{f: "set-xx", command: kv.Set, weight: 1, value: true, option: "XX"},
		{f: "incr", command: kv.Incr, weight: 3, counter: true},
		{f: "get", command: kv.Get, weight: 1, counter: true},
		{f: "append", command: kv.Append, weight: 2, value: true},
		{f: "del", command: kv.Del, weight: 1},
		{f: "exists", command: kv.Exists, weight: 1},
		{f: "cas", command: kv.CAS, weight: 2, value: true, old: true},
	}
}

// draw chooses an operation for a client.
func (w *world) draw(c *client) drawn {
	if w.plan.Operation != nil {
		return drawn{f: "operation", encoded: w.plan.Operation(w.workload)}
	}
	all, total := requests(), 0
	for _, q := range all {
		total += q.weight
	}
	at, chosen := w.workload.IntN(total), 0
	for at >= all[chosen].weight {
		at -= all[chosen].weight
		chosen++
	}
	q := all[chosen]
	d := drawn{f: q.f, key: fmt.Sprintf("k%d", w.workload.IntN(w.plan.keys))}
	if q.counter {
		d.key = fmt.Sprintf("n%d", w.workload.IntN(2))
	}
	arguments := []string{d.key}
	if q.old {
		d.old = w.guess(d.key)
		arguments = append(arguments, d.old)
	}
	// Client and request make the value unique in the run.
	if q.value {
		lengths := w.plan.valueLengths
		padding := strings.Repeat(".", lengths[w.workload.IntN(len(lengths))])
		d.value = fmt.Sprintf("c%d-%d;%s", c.number, c.request, padding)
		arguments = append(arguments, d.value)
	}
	if q.option != "" {
		arguments = append(arguments, q.option)
	}
	d.encoded = encode(q.command, arguments)
	return d
}

// guess is a value that the key may have: one that was written not long ago.
func (w *world) guess(key string) string {
	// Too good a guess would make every cas succeed, and a wild one none.
	for back := 1; back <= min(len(w.operations), 12); back++ {
		o := &w.operations[len(w.operations)-back]
		if o.Key == key && o.Value != "" && o.F != "append" {
			return o.Value
		}
	}
	return "nothing"
}

// encode makes an operation of one command.
func encode(command kv.Command, arguments []string) []byte {
	request := kv.Request{Command: command}
	for _, a := range arguments {
		request.Arguments = append(request.Arguments, []byte(a))
	}
	encoded, err := kv.EncodeOperation(kv.Operation{Requests: []kv.Request{request}})
	if err != nil {
		panic(fmt.Sprintf("sim: %v %q does not encode: %v", command, arguments, err))
	}
	return encoded
}

// decode reads the result of an operation.
func (o *Operation) decode(encoded []byte) error {
	result, err := kv.DecodeResult(encoded)
	if err != nil {
		return err
	}
	if result.Malformed || len(result.Replies) != 1 {
		return fmt.Errorf("%d replies (malformed: %v), expected one",
			len(result.Replies), result.Malformed)
	}
	reply := result.Replies[0]
	switch reply.Kind {
	case kv.Nil:
	case kv.Simple, kv.Bulk:
		o.Result, o.HasResult = reply.Text, true
	case kv.Integer:
		o.Result, o.HasResult = fmt.Sprint(reply.Number), true
	case kv.Error:
		o.Result, o.Failed = reply.Text, true
	default:
		return fmt.Errorf("a reply of kind %d", reply.Kind)
	}
	return nil
}
