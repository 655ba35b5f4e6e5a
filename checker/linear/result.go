// SPDX-License-Identifier: Apache-2.0

package linear

// This file holds what a check is told (Options) and what it answers (Verdict, Result).

import (
	"fmt"
	"time"
)

// Verdict is the answer of a check. The zero value is Unknown: nothing was shown.
type Verdict uint8

// The verdicts.
const (
	// Unknown is returned when a limit was reached or the check does not apply. It is a failure.
	Unknown Verdict = iota
	// Linearizable is returned when an order was found that explains the whole history.
	Linearizable
	// NotLinearizable is returned when there is none.
	NotLinearizable
)

// String is the verdict in words.
func (v Verdict) String() string {
	switch v {
	case Linearizable:
		return "linearizable"
	case NotLinearizable:
		return "not linearizable"
	default:
		return "unknown"
	}
}

// Cause says which kind of thing decided a Result that is not Linearizable.
type Cause uint8

// The causes.
const (
	// None: the verdict is Linearizable.
	None Cause = iota
	// Values: the results cannot be explained. Both checkers can find this one.
	Values
	// SameOp: two operations have the same op-number.
	SameOp
	// RealTime: an operation has a smaller op-number than one that had returned before it began.
	RealTime
	// NoFreeOp: the results need an unknown write to take effect where no op-number is free.
	NoFreeOp
	// Limit: time, memory or steps ran out.
	Limit
	// NotApplicable: the check needs what the history does not have, such as op-numbers.
	NotApplicable
	// Malformed: the history breaks the rules of its format.
	Malformed
)

var causeNames = [...]string{"none", "values", "same op-number", "real time", "no free op-number",
	"limit", "not applicable", "malformed"}

// String is the cause in words.
func (c Cause) String() string {
	if int(c) >= len(causeNames) {
		return fmt.Sprintf("cause(%d)", uint8(c))
	}
	return causeNames[c]
}

// Options are the limits of a check. The zero value is usable.
type Options struct {
	// Timeout bounds the search as a whole. 0 means one minute, or ten seconds where Judge has a
	// verdict of the witness already and the search is only there to agree.
	Timeout time.Duration
	// MemoryBytes is the size of the heap of the process at which the search gives up.
	// 0 means 2 GiB.
	MemoryBytes uint64
	// Workers is how many keys are searched at once. 0 means one for each processor.
	Workers int
}

// Result is what one check found.
type Result struct {
	Verdict Verdict
	Cause   Cause
	// Reason is a sentence for people: what is wrong, where. Empty if Linearizable.
	Reason string
	// Key is the key that decided, if one did, and Keyed says so: a key may be "".
	Key   string
	Keyed bool
	// Events are the indexes in History.Events that the reason is about, if it is about few.
	Events []int
	// Operations counts what was checked: operations that could have had an effect or were
	// answered, without failed ones and without reads of unknown outcome.
	Operations int
	// Keys counts the keys among them.
	Keys int
	// Duration is how long it took.
	Duration time.Duration
}

// String is the verdict with its reason.
func (r Result) String() string {
	if r.Reason == "" {
		return r.Verdict.String()
	}
	return fmt.Sprintf("%v: %s", r.Verdict, r.Reason)
}

// unknown makes a Result of a check that decided nothing.
func unknown(cause Cause, format string, args ...any) Result {
	return Result{Verdict: Unknown, Cause: cause, Reason: fmt.Sprintf(format, args...)}
}

// refuted makes a Result that says no.
func refuted(cause Cause, events []int, format string, args ...any) Result {
	return Result{Verdict: NotLinearizable, Cause: cause, Events: events,
		Reason: fmt.Sprintf(format, args...)}
}

// count is a number with a noun: 1 operation, 2 operations.
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// onKey names a key in a sentence. The only object of a history needs no name.
func onKey(key string) string {
	if key == "" {
		return ""
	}
	return fmt.Sprintf(" on key %q", key)
}
