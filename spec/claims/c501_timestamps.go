// SPDX-License-Identifier: Apache-2.0

package claims

import (
	"strconv"
	"strings"

	"viewstamp/spec"
)

// C-501: a primary stamps each operation with a time, and the times shall increase along the log,
// though the clocks of the replicas differ. It is not enough to look at what is committed.

// timestamps is the rule of TigerBeetle in 2022, and what repairs it. The time of an operation is
// written behind its name: a1:5.
func timestamps() []Claim {
	sorted := func(name string, floor func(spec.Replica) int) spec.System {
		s := bounded(name, durable().Replace("OnRequest", spec.ByReplica(Stamped(floor))), 2, 1, 0)
		s.Always = []spec.Property{TimestampsIncrease()}
		return s
	}
	return []Claim{{
		ID: "C-501", Name: "timestamps", Source: "TigerBeetle, state_machine.zig, April 2022",
		Statement: "Times increase along the log if the primary takes its clock, or one more than " +
			"its own latest time or that of the latest committed operation if that is larger.",
		Picture:    "How a change of the primary turns back the time",
		Claimed:    sorted("times after its own and what is committed", OwnOrCommittedTime),
		Properties: []string{"TimestampsIncrease"}, Refuted: "TimestampsIncrease", Steps: 12,
		Fix:   "Take one more than the time of the topmost entry, committed or not.",
		Fixed: sorted("times after the whole log", LogTime), States: 12_399, Mutant: "TimeOfCommitted",
	}}
}

// clock is what the clock of a replica shows: that of replica 0 is ahead. No time passes here.
func clock(i spec.ReplicaNumber) int {
	if i == 0 {
		return 5
	}
	return 3
}

// timeOf is the time of an entry; 0 if it has none.
func timeOf(e spec.Entry) int {
	_, text, _ := strings.Cut(string(e.Operation), ":")
	n, _ := strconv.Atoi(text) // What has no time gives 0.
	return n
}

// OwnOrCommittedTime is the time of the topmost entry if this primary has put it there, else that
// of the latest committed operation.
func OwnOrCommittedTime(r spec.Replica) int {
	switch n := r.OpNumber(); {
	case n > 0 && r.Log.At(n).ViewNumber == r.ViewNumber:
		return timeOf(r.Log.At(n))
	case r.CommitNumber == 0:
		return 0
	}
	return timeOf(r.Log.At(r.CommitNumber))
}

// LogTime is the time of the topmost entry.
func LogTime(r spec.Replica) int {
	if r.OpNumber() == 0 {
		return 0
	}
	return timeOf(r.Log.At(r.OpNumber()))
}

// Stamped is OnRequest that puts a time on the operation: later than floor, and not before the
// clock.
func Stamped(floor func(spec.Replica) int) func(spec.Configuration, spec.Replica, spec.Request) (
	spec.Replica, []spec.Message, spec.Ignored,
) {
	return func(c spec.Configuration, r spec.Replica, m spec.Request) (
		spec.Replica, []spec.Message, spec.Ignored,
	) {
		time := max(floor(r)+1, clock(r.ReplicaNumber))
		m.Operation += spec.Operation(":" + strconv.Itoa(time))
		return spec.OnRequest(c, r, m)
	}
}

// TimestampsIncrease: what is executed one after the other has increasing times.
func TimestampsIncrease() spec.Property {
	return spec.Property{Name: "TimestampsIncrease",
		Replica: func(_ spec.Configuration, r spec.Replica) bool {
			for n := spec.OpNumber(2); n <= r.CommitNumber; n++ {
				if timeOf(r.Log.At(n)) <= timeOf(r.Log.At(n-1)) {
					return false
				}
			}
			return true
		}}
}
