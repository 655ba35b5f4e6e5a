// SPDX-License-Identifier: Apache-2.0

package model

import (
	"fmt"
	"slices"

	"viewstamp/spec"
)

// The models that are searched, and what each search must find. A count that changes says that the
// protocol has changed: no test notices a missing behaviour as surely.

// Entry is one model of the list.
type Entry struct {
	Name   string
	What   string
	System spec.System
	// Quick models are searched whenever all is checked; the others by name.
	Quick bool
	// Reduced models are searched without dead messages, with sleep sets. A full search of them is
	// out of reach, so Distinct and Depth are those of the smaller one.
	Reduced bool
	// Distinct is the number of reachable states, Depth the number of steps to the furthest.
	Distinct int64
	Depth    int
}

// Models lists the models, small ones first.
func Models() []Entry {
	all := spec.ViewstampedReplication()
	// §4.1 and §4.2 alone, with and without the COMMIT of an idle primary.
	normal := all.Without("SendGetState", "JoinView", "OnGetState", "OnNewState")
	views := normal.Without("SendCommit", "OnCommit")
	entry := func(name, what string, quick bool, p spec.Protocol, b spec.Bounds,
		distinct int64, depth int, sometimes ...spec.Property,
	) Entry {
		b.Replicas = max(b.Replicas, 3)
		return Entry{name, what, spec.System{Name: name, Protocol: p, Bounds: b,
			Sometimes: sometimes}, quick, false, distinct, depth}
	}
	later := spec.CommittedInLaterView()
	return append([]Entry{
		entry("normal-operation", "§4.1: two requests race", true, normal,
			spec.Bounds{Requests: 2}, 800, 15, spec.AllCommitted(2)),
		entry("sessions", "§4.1: clients that wait for their replies", true, normal,
			spec.Bounds{Clients: 2, Requests: 3}, 35_592, 24, spec.AllCommitted(3)),
		entry("view-change", "§4.2: two requests, the primary is replaced", true, views,
			spec.Bounds{Requests: 2, ViewChanges: 1}, 12_399, 21, later),
		entry("view-change-sessions", "§4.2: clients send again to the new primary", true, views,
			spec.Bounds{Clients: 2, Requests: 2, ViewChanges: 1}, 36_842, 23, later),
		entry("restart", "a crash, the disk, and a view change", true, views,
			spec.Bounds{Requests: 1, ViewChanges: 1, Restarts: 1}, 63_210, 26, later),
		entry("whole-protocol", "§4.1, §4.2 and §5.2 together", true, all,
			spec.Bounds{Requests: 1, ViewChanges: 1}, 965_790, 34, later,
			spec.StateTransferred()),
		entry("two-view-changes", "§4.2: two requests, two view changes", false, views,
			spec.Bounds{Requests: 2, ViewChanges: 2}, 1_369_807, 32, later),
		entry("restart-two-requests", "a crash between two requests", false, views,
			spec.Bounds{Requests: 2, ViewChanges: 1, Restarts: 1}, 4_386_904, 34, later),
		entry("restart-two-view-changes", "a crash between two view changes", false, views,
			spec.Bounds{Requests: 1, ViewChanges: 2, Restarts: 1}, 4_787_649, 36, later),
	}, append(storageModels(), epochModels()...)...)
}

// Larger lists models that only fit without dead messages: the whole protocol, further. The counts
// were recorded on two cores by
//
//	go run ./checker/cmd/vsrcheck model NAME
func Larger() []Entry {
	larger := func(name, what string, b spec.Bounds, distinct int64, depth int) Entry {
		b.Replicas = 3
		return Entry{name, what, spec.System{Name: name,
			Protocol: spec.ViewstampedReplication(), Bounds: b,
			Sometimes: []spec.Property{spec.CommittedInLaterView()}}, false, true, distinct, depth}
	}
	return []Entry{
		larger("whole-protocol-two-view-changes", "a third primary",
			spec.Bounds{Requests: 1, ViewChanges: 2}, 117_930, 31),
		larger("whole-protocol-two-requests", "two requests and a new primary",
			spec.Bounds{Requests: 2, ViewChanges: 1}, 2_746_488, 37),
		larger("whole-protocol-restart", "a crash, and all of the protocol",
			spec.Bounds{Requests: 1, ViewChanges: 1, Restarts: 1}, 246_544, 32),
	}
}

// Find is the model of that name.
func Find(name string) (Entry, bool) {
	models := append(Models(), Larger()...)
	i := slices.IndexFunc(models, func(e Entry) bool { return e.Name == name })
	if i < 0 {
		return Entry{}, false
	}
	return models[i], true
}

// SystemOf is the system of the model of that name, for tests that are emitted from its
// counterexample. It panics if there is none.
func SystemOf(name string) spec.System {
	e, ok := Find(name)
	if !ok {
		panic(fmt.Sprintf("model: there is no model %q", name))
	}
	return e.System
}
