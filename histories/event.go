// SPDX-License-Identifier: Apache-2.0

package histories

// This file holds the types of a history: header, event, and a value that may be absent.

import "fmt"

// Format is the first field of every history file. It changes whenever the meaning does.
const Format = "vsr-history/1"

// Names of the services that a history can be of.
const (
	ServiceRegister = "register"
	ServiceKV       = "kv"
	ServiceLock     = "lock"
)

// Verdicts that a header can state in its field expect.
const (
	ExpectLinearizable    = "linearizable"
	ExpectNotLinearizable = "not-linearizable"
)

// Header is the first line of a history file.
type Header struct {
	// Format is always the constant Format. A Writer sets it.
	Format string `json:"format"`
	// Service is ServiceRegister, ServiceKV or ServiceLock.
	Service string `json:"service"`
	// Origin says what made the history: "impl/sim", "cluster", "by hand", a tool's name.
	Origin string `json:"origin,omitempty"`
	// Commit is the revision of the code that made it.
	Commit string `json:"commit,omitempty"`
	// Seed makes the run again, where the origin has one.
	Seed string `json:"seed,omitempty"`
	// Expect is ExpectLinearizable, ExpectNotLinearizable, or empty: nobody knows yet.
	Expect string `json:"expect,omitempty"`
	// Note says what the history shows.
	Note string `json:"note,omitempty"`
}

// Kind says what an event is.
type Kind uint8

// The kinds of events. The zero value is not a kind, so that a forgotten field is noticed.
const (
	Invoke  Kind = iota + 1 // The client sends its request.
	OK                      // The reply has arrived.
	Fail                    // The request certainly had no effect.
	Unknown                 // The client gave up; a write may still take effect at any time.
	Note                    // A remark without meaning for the check.
)

// kindNames are the names of the kinds in the file.
var kindNames = [...]string{Invoke: "invoke", OK: "ok", Fail: "fail", Unknown: "unknown",
	Note: "note"}

// String is the name of the kind as it stands in the file.
func (k Kind) String() string {
	if k == 0 || int(k) >= len(kindNames) {
		return fmt.Sprintf("kind(%d)", uint8(k))
	}
	return kindNames[k]
}

// kindOf is the kind with the given name, or 0.
func kindOf(name string) Kind {
	for k := Invoke; int(k) < len(kindNames); k++ {
		if kindNames[k] == name {
			return k
		}
	}
	return 0
}

// Value is a string or nothing (null in the file). The zero Value is nothing.
type Value struct {
	Text    string
	Present bool
}

// Some is the Value that holds text.
func Some(text string) Value { return Value{Text: text, Present: true} }

// String is the text in quotes, or nil.
func (v Value) String() string {
	if !v.Present {
		return "nil"
	}
	return fmt.Sprintf("%q", v.Text)
}

// Event is one line of a history. Which fields are used depends on the Kind:
//
//	Invoke   T Client Req F Key and the arguments Value, Old that Operation F takes
//	OK       T Client Req, the result in Value or Error, and Op, View where known
//	Fail     T Client Req, Error optional
//	Unknown  T Client Req, Op, View and Error optional
//	Note     T Text
//
// F and Key may be repeated on an outcome; they must then equal those of the invoke.
type Event struct {
	T      int64  // Order of the events, from 1; not decreasing. 0: the Writer numbers it.
	Client int    // Client, from 0.
	Req    uint64 // The client's request number; increases from one request to the next.
	Kind   Kind
	F      string // Name of the operation.
	Key    string // The object: a key, a register, a lock. May be empty where there is one.
	Value  Value  // Argument (Invoke) or result (OK).
	Op     uint64 // Op-number, from 1; 0: not known.
	View   uint64 // View-number in which the reply was sent. For the reader only.
	Old    Value  // The value that cas expects.
	Error  string // OK: the service's error reply. Fail, Unknown: why, for the reader.
	Text   string // Note: the remark.
}

// History is a header and its events in order of T.
type History struct {
	Header
	Events []Event
	// Name is where the history came from, for messages: a file name. May be empty.
	Name string
}
