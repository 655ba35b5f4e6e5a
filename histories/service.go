// SPDX-License-Identifier: Apache-2.0

package histories

// This file is the table of services and their operations: what each takes and may return.

import (
	"slices"
	"strconv"
	"strings"
)

// Operation says what one operation of a service looks like in a history.
type Operation struct {
	Service string
	F       string
	// Read is true if the operation never changes anything.
	Read bool
	// TakesValue and TakesOld say which arguments the invoke must carry. The old of a register's
	// cas may be null: it then expects to find nothing.
	TakesValue, TakesOld bool
	// Returns says in words which results are possible, for error messages.
	Returns string
	// result accepts the possible values of a result.
	result func(Value) bool
	// mayError is true if the service can answer with an error reply.
	mayError bool
}

// operations is the table. The doc comment of the package describes it in prose.
var operations = []Operation{
	{Service: ServiceRegister, F: "read", Read: true, Returns: "a string or null", result: anything},
	{Service: ServiceRegister, F: "write", TakesValue: true, Returns: `null or "OK"`,
		result: okOrNothing},
	{Service: ServiceRegister, F: "cas", TakesValue: true, TakesOld: true,
		Returns: `"1" (done) or "0" (the value was another)`, result: zeroOrOne},

	{Service: ServiceKV, F: "get", Read: true, Returns: "a string or null", result: anything},
	{Service: ServiceKV, F: "mget", Read: true, Returns: "a string or null", result: anything},
	{Service: ServiceKV, F: "exists", Read: true, Returns: `"0" or "1"`, result: zeroOrOne},
	{Service: ServiceKV, F: "set", TakesValue: true, Returns: `"OK" or null`, result: okOrNothing},
	{Service: ServiceKV, F: "set-nx", TakesValue: true,
		Returns: `"OK" (done) or null (the key exists)`, result: okOrNothing},
	{Service: ServiceKV, F: "set-xx", TakesValue: true,
		Returns: `"OK" (done) or null (no such key)`, result: okOrNothing},
	{Service: ServiceKV, F: "del", Returns: `"0" or "1"`, result: zeroOrOne},
	{Service: ServiceKV, F: "incr", Returns: `a number such as "7", or an error reply`,
		result: integer, mayError: true},
	// An append whose length was not recorded is allowed: Redis always returns a length, so
	// nothing can only mean that. Other tools' histories need it.
	{Service: ServiceKV, F: "append", TakesValue: true,
		Returns: `the new length such as "3", or null if it was not recorded`,
		result:  func(v Value) bool { return !v.Present || natural(v) }},

	{Service: ServiceKV, F: "cas", TakesValue: true, TakesOld: true,
		Returns: `"1" (done) or "0" (another value, or none)`, result: zeroOrOne},

	{Service: ServiceLock, F: "acquire", Returns: `a token such as "1", or null (held)`,
		result: func(v Value) bool { return !v.Present || natural(v) && v.Text != "0" }},
	{Service: ServiceLock, F: "release", TakesValue: true,
		Returns: `"1" (released) or "0" (not held with this token)`, result: zeroOrOne},
}

// Find looks up an operation by service and name.
func Find(service, f string) (Operation, bool) {
	i := slices.IndexFunc(operations, func(o Operation) bool {
		return o.Service == service && o.F == f
	})
	if i < 0 {
		return Operation{}, false
	}
	return operations[i], true
}

// Operations lists the operations of a service in a fixed order; none if it does not exist.
func Operations(service string) []Operation {
	var list []Operation
	for _, o := range operations {
		if o.Service == service {
			list = append(list, o)
		}
	}
	return list
}

// names lists the operations of a service for an error message.
func names(service string) string {
	var list []string
	for _, o := range Operations(service) {
		list = append(list, o.F)
	}
	return strings.Join(list, ", ")
}

// The functions below accept results.

func anything(Value) bool { return true }

func okOrNothing(v Value) bool { return !v.Present || v.Text == "OK" }

func zeroOrOne(v Value) bool { return v.Present && (v.Text == "0" || v.Text == "1") }

// integer accepts a signed 64-bit number in the one form that Redis writes.
func integer(v Value) bool {
	n, err := strconv.ParseInt(v.Text, 10, 64)
	return v.Present && err == nil && strconv.FormatInt(n, 10) == v.Text
}

func natural(v Value) bool { return integer(v) && v.Text[0] != '-' }
