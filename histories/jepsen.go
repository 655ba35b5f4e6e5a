// SPDX-License-Identifier: Apache-2.0

package histories

// This file turns Jepsen's operations into events. The two file forms (edn.go, log.go) share it.
//
// Jepsen's :invoke, :ok, :fail and :info are our invoke, ok, fail and unknown; a process is a
// client. Its results echo the arguments of a write, so that only reads return anything.

import (
	"fmt"
	"strconv"

	"olympos.io/encoding/edn"
)

// jepsenOp is one operation as Jepsen records it.
type jepsenOp struct {
	process any    // An integer, or a keyword such as :nemesis.
	kind    string // invoke, ok, fail, info.
	f       string // Name of the operation, without the colon.
	key     any    // Only where hasKey: a field of its own, as the porcupine corpus has it.
	hasKey  bool
	value   any    // Argument, result, or both again.
	err     string // What :error says, printed.
}

// fNames maps Jepsen's names of operations to ours, with the service. The first operation of a
// file decides the service, as Jepsen's files do not name one.
var fNames = map[string]struct{ service, f string }{
	"read": {ServiceRegister, "read"}, "write": {ServiceRegister, "write"},
	"cas": {ServiceRegister, "cas"}, "get": {ServiceKV, "get"}, "put": {ServiceKV, "set"},
	"set": {ServiceKV, "set"}, "append": {ServiceKV, "append"},
}

// importer collects the events of one file.
type importer struct {
	history History
	check   *validator
	reqs    map[int]uint64        // By process: Jepsen has no request numbers, we count.
	open    map[int]jepsenRequest // By process.
	// keyed is true if values are [key value] pairs, as jepsen.independent makes them. The
	// first operation decides; the same must then hold for all.
	keyed, keyedKnown bool
	// failedCas is true if a cas that fails is an answer (the value was another) rather than
	// a request without effect. The text log uses it so.
	failedCas bool
}

// jepsenRequest is what a process has outstanding.
type jepsenRequest struct {
	event Event
	value any // As it was invoked, without the key.
}

func newImporter(name, origin string) *importer {
	return &importer{history: History{Header: Header{Format: Format, Origin: origin}, Name: name},
		reqs: map[int]uint64{}, open: map[int]jepsenRequest{}}
}

// add takes the next operation of the file.
func (im *importer) add(op jepsenOp) error {
	t := int64(len(im.history.Events)) + 1
	process, isClient, err := im.process(op.process)
	if err != nil {
		return err
	}
	// Faults are part of the story, not of the history: the picture shows them.
	if !isClient {
		text := fmt.Sprintf("%v :%s :%s %s", op.process, op.kind, op.f, printEDN(op.value))
		return im.append(Event{T: t, Kind: Note, Text: text})
	}
	if op.kind == "invoke" {
		return im.invoke(t, process, op)
	}
	request, found := im.open[process]
	if !found {
		return fmt.Errorf(":%s of process %d, which has nothing outstanding; expected :invoke first",
			op.kind, process)
	}
	delete(im.open, process)
	// After :info Jepsen goes on with another process number. A file that goes on with the same
	// number is right as well: the request stays open for ever either way.
	e := Event{T: t, Client: process, Req: request.event.Req, Error: op.err}
	if f := fNames[op.f].f; f != request.event.F {
		return fmt.Errorf(":f is :%s, but the invoke of process %d had :%s", op.f, process,
			request.event.F)
	}
	switch op.kind {
	case "ok":
		e.Kind, e.Error = OK, ""
		err = im.result(&e, request, op)
	case "fail":
		e.Kind = Fail
		// A :cas that timed out carries a keyword instead of its arguments.
		if _, isPair := op.value.([]any); request.event.F == "cas" && im.failedCas && isPair {
			e.Kind, e.Value, e.Error = OK, Some("0"), ""
		}
	case "info":
		e.Kind = Unknown
	default:
		return fmt.Errorf(":type is :%s, expected :invoke, :ok, :fail or :info", op.kind)
	}
	if err != nil {
		return err
	}
	return im.append(e)
}

// process reads the process of an operation. What is no integer is no client: the nemesis, or
// another helper of the test.
func (im *importer) process(p any) (number int, isClient bool, err error) {
	switch p := p.(type) {
	case int64:
		if p < 0 || int64(int(p)) != p {
			return 0, false, fmt.Errorf(":process is %d, expected a number from 0 on", p)
		}
		return int(p), true, nil
	case edn.Keyword:
		return 0, false, nil
	}
	return 0, false, fmt.Errorf(":process is %s, expected a number or a keyword such as :nemesis",
		printEDN(p))
}

// invoke takes a request.
func (im *importer) invoke(t int64, process int, op jepsenOp) error {
	name, found := fNames[op.f]
	if !found {
		return fmt.Errorf(":f is :%s, expected :read, :write, :cas, :get, :put, :set or :append: "+
			"other operations are not known here", op.f)
	}
	if im.history.Service == "" {
		im.history.Service = name.service
		im.check = newValidator(name.service)
	}
	if im.history.Service != name.service {
		return fmt.Errorf(":f is :%s of a %s, but the file began as one of a %s", op.f,
			name.service, im.history.Service)
	}
	key, value, err := im.split(name.f, op)
	if err != nil {
		return err
	}
	im.reqs[process]++
	e := Event{T: t, Client: process, Req: im.reqs[process], Kind: Invoke, F: name.f, Key: key}
	switch name.f {
	case "cas":
		pair, ok := value.([]any)
		if !ok || len(pair) != 2 {
			return fmt.Errorf(":value of :cas is %s, expected [old new]", printEDN(value))
		}
		if e.Old, err = scalar(pair[0]); err == nil {
			e.Value, err = scalar(pair[1])
		}
	case "write", "set", "append":
		e.Value, err = scalar(value)
		if err == nil && op.hasKey && e.Value.Text == "" {
			err = fmt.Errorf(`an empty value: in this form of the file a get that finds nothing returns ` +
				`"" as well, so the two cannot be told apart`)
		}
	}
	if err != nil {
		return err
	}
	im.open[process] = jepsenRequest{event: e, value: value}
	return im.append(e)
}

// split takes the key out of an operation. A pair is ambiguous: [1 2] may be a key and a value, or
// the arguments of a :cas. So the first operation decides for the whole file, and a later one that
// does not fit is an error.
func (im *importer) split(f string, op jepsenOp) (key string, value any, err error) {
	if op.hasKey {
		k, err := scalar(op.key)
		return k.Text, op.value, err
	}
	pair, isPair := op.value.([]any)
	isPair = isPair && len(pair) == 2
	// The arguments of :cas are a pair themselves; with a key it is [key [old new]].
	if f == "cas" && isPair {
		_, isPair = pair[1].([]any)
	}
	if !im.keyedKnown {
		im.keyed, im.keyedKnown = isPair, true
	}
	if !im.keyed {
		return "", op.value, nil
	}
	if !isPair {
		return "", nil, fmt.Errorf(":value is %s, expected [key value] as in the operations before",
			printEDN(op.value))
	}
	k, err := scalar(pair[0])
	return k.Text, pair[1], err
}

// result puts the result of an ok into the event.
func (im *importer) result(e *Event, request jepsenRequest, op jepsenOp) error {
	key, value, err := im.split(request.event.F, op)
	if err != nil {
		return err
	}
	if key != request.event.Key {
		return fmt.Errorf("key %q, but the invoke of process %d had %q", key, e.Client, request.event.Key)
	}
	switch request.event.F {
	case "read", "get":
		e.Value, err = scalar(value)
		// This form knows no nil. Empty values are refused on the way in, so that it is clear.
		if op.hasKey && e.Value.Text == "" {
			e.Value = Value{}
		}
		return err
	case "cas":
		e.Value = Some("1")
	}
	// Writes echo their arguments. If they do not, lines have been mixed up.
	if a, b := printEDN(value), printEDN(request.value); a != b {
		return fmt.Errorf(":value of :ok is %s, expected %s as in the invoke of process %d", a, b,
			e.Client)
	}
	return nil
}

// append checks and keeps an event. Before the first request the service is not known; until then
// only remarks can come, which are of no service.
func (im *importer) append(e Event) error {
	if im.check == nil {
		im.check = newValidator("")
	}
	if len(im.history.Events) == EventsMax {
		return fmt.Errorf("more than %d events: split the history", EventsMax)
	}
	if err := im.check.add(e); err != nil {
		return err
	}
	im.history.Events = append(im.history.Events, e)
	return nil
}

// finish returns the history.
func (im *importer) finish() (History, error) {
	if im.check == nil || im.check.operations == 0 {
		return History{}, ErrEmpty
	}
	return im.history, nil
}

// scalar turns an EDN value into ours. nil is nothing.
func scalar(v any) (Value, error) {
	switch v := v.(type) {
	case nil:
		return Value{}, nil
	case string:
		return Some(v), nil
	case int64:
		return Some(strconv.FormatInt(v, 10)), nil
	case edn.Keyword:
		return Some(":" + string(v)), nil
	}
	return Value{}, fmt.Errorf("value %s, expected a number, a string, a keyword or nil", printEDN(v))
}

// printEDN prints an EDN value, the same text for equal values: for messages and comparison.
func printEDN(v any) string {
	text, err := edn.Marshal(v)
	if err != nil {
		return fmt.Sprintf("%v", v)
	}
	return string(text)
}
