// SPDX-License-Identifier: Apache-2.0

package spec_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"viewstamp/spec"
)

// The table of all cases where groups change, against the steps: in walks through several epochs,
// and for messages and states made by hand, of the epoch before, of this one and of the next.

// tableEpoch is the epoch of the states made by hand: 123 has been replaced by 012.
var tableEpoch = spec.Epoch{EpochNumber: 1, Configuration: spec.Configuration{N: 3},
	OldConfiguration: spec.Group(1, 2, 3), EpochOp: 1}

// epochProcesses lists replicas in all roles and in two epochs, clients and administrators.
func epochProcesses(p spec.Protocol) []spec.Process {
	all := []spec.Process{spec.Administrator{Plan: "0→012"}, spec.Administrator{Plan: "1?"},
		spec.Administrator{}}
	for _, at := range handmadeProcesses(p) {
		switch at := at.(type) {
		case spec.Replica:
			first := at
			first.Epoch = spec.Epoch{Configuration: tableEpoch.Configuration}
			at.Epoch = tableEpoch
			if at.OpNumber() > 0 { // It has the state of its epoch.
				at.CommitNumber = max(at.CommitNumber, tableEpoch.EpochOp)
			}
			if at.OpNumber() > 0 || at.Status == spec.Recovering {
				all = append(all, first, at)
			}
			if at.Status == spec.Recovering {
				at.ViewNumber = tableView
				all = append(all, at)
			}
		case spec.Client:
			at.EpochNumber = 1
			all = append(all, at)
		default:
			all = append(all, at)
		}
	}
	for _, i := range []spec.ReplicaNumber{0, 1, 3} {
		for n := range spec.OpNumber(2) {
			r := spec.Replica{ReplicaNumber: i, Status: spec.Transitioning, Log: longLog(n),
				CommitNumber: n, Epoch: tableEpoch}
			all = append(all, r)
			r.Status, r.ViewNumber = spec.ShutDown, tableView
			all = append(all, r)
			r.Epoch = spec.Epoch{Configuration: tableEpoch.OldConfiguration}
			all = append(all, r)
		}
	}
	for _, asked := range []spec.Operation{spec.Group(0, 1, 2).Operation(), "check"} {
		r := normal(1, tableView, longLog(1), 1)
		r.Epoch = tableEpoch
		r.Log = r.Log.Append(spec.Entry{ClientID: 25, RequestNumber: 2, EpochNumber: 1,
			ViewNumber: tableView, Operation: asked})
		all = append(all, r)
	}
	return all
}

// epochMessages lists messages of a kind that a process can receive, of three epochs.
func epochMessages(at spec.Process, kind spec.Kind) []spec.Message {
	var all []spec.Message
	for e := range spec.EpochNumber(3) {
		for from := range spec.ReplicaNumber(4) {
			all = append(all, ofEpochMessages(kind, e, from)...)
		}
	}
	if len(all) > 0 && kind != spec.KindGetState && kind != spec.KindNewState {
		return all
	}
	for _, m := range handmadeMessages(spec.Configuration{N: 3}, at, kind) {
		if !wholeEpoch(m) {
			continue
		}
		for e := range spec.EpochNumber(3) {
			all = append(all, spec.OfEpoch{EpochNumber: e, Message: m})
		}
	}
	return all
}

// wholeEpoch says that a log in a message, or of its sender, holds what its epoch began with.
func wholeEpoch(m spec.Message) bool {
	switch m := m.(type) {
	case spec.DoViewChange:
		return m.OpNumber() >= tableEpoch.EpochOp
	case spec.StartView:
		return m.Log.OpNumber() >= tableEpoch.EpochOp
	case spec.GetState: // Who takes part has what the epoch began with.
		return m.OpNumber >= tableEpoch.EpochOp
	case spec.NewState:
		return m.After+m.Log.OpNumber() >= tableEpoch.EpochOp
	}
	return true
}

// ofEpochMessages lists messages about epochs.
func ofEpochMessages(kind spec.Kind, e spec.EpochNumber, from spec.ReplicaNumber) []spec.Message {
	q := spec.Request{ClientID: 25, RequestNumber: 1, Operation: spec.Group(1, 2, 3).Operation()}
	small, later := q, q
	small.Operation, later.RequestNumber = spec.Group(1, 2).Operation(), 2
	epoch := tableEpoch
	epoch.EpochNumber = e
	outside := epoch
	outside.Configuration, outside.OldConfiguration = spec.Group(4, 5, 6), spec.Group(4, 5, 6)
	switch kind {
	case spec.KindReconfiguration:
		return []spec.Message{spec.Reconfiguration{EpochNumber: e, Request: q},
			spec.Reconfiguration{EpochNumber: e, Request: small},
			spec.Reconfiguration{EpochNumber: e, Request: later}}
	case spec.KindCheckEpoch:
		return []spec.Message{spec.CheckEpoch{EpochNumber: e, Request: q},
			spec.CheckEpoch{EpochNumber: e, Request: later}}
	case spec.KindStartEpoch:
		return []spec.Message{spec.StartEpoch{From: from, Epoch: epoch},
			spec.StartEpoch{From: from, Epoch: outside}}
	case spec.KindEpochStarted:
		return []spec.Message{spec.EpochStarted{From: from, EpochNumber: e}}
	case spec.KindNewEpoch:
		return []spec.Message{spec.NewEpoch{From: from, EpochNumber: e},
			spec.NewEpoch{From: from, ClientID: 1, EpochNumber: e}}
	case spec.KindGetState: // Of a member that has nothing.
		return []spec.Message{spec.OfEpoch{EpochNumber: e, Message: spec.GetState{From: from % 3}}}
	case spec.KindNewState: // The state of the epoch, of a replica of either group.
		state := func(after, n spec.OpNumber) spec.Message {
			return spec.OfEpoch{EpochNumber: e, Message: spec.NewState{From: 3, After: after,
				Log: longLog(n).After(after), CommitNumber: n}}
		}
		return []spec.Message{state(0, 1), state(1, 1)}
	}
	return nil
}

// handmadeEpochOutcomes lets every message made by hand arrive at every process made by hand.
func handmadeEpochOutcomes(ty *tally) {
	c := tableEpoch.Configuration
	for _, p := range ty.of.protocols {
		for _, at := range epochProcesses(p) {
			ty.alone(p, c, at)
			_, isReplica := at.(spec.Replica)
			for _, kind := range kindsOf(p, !isReplica) {
				ty.handmade(p, c, at, kind, epochMessages(at, kind))
			}
		}
	}
}

func TestEpochOutcomesAreThoseOfTheTable(t *testing.T) {
	ty := newTally(epochTable())
	for i := range epochPlans {
		for number, p := range ty.of.protocols {
			s := epochSystem(i, 2*number)
			s.Protocol = p
			ty.walk(s, number, 240)
		}
	}
	handmadeEpochOutcomes(ty)
	for _, complaint := range slices.Concat(ty.wrong, ty.missing()) {
		t.Error(complaint)
	}
}

// TestWrongEpochTableIsRed plants two wrong cells: another reason, and one reason too many.
func TestWrongEpochTableIsRed(t *testing.T) {
	o := epochTable()
	for i, d := range o.all {
		switch {
		case d.Kind == spec.KindEpochStarted && d.At == spec.ShutDownReplica:
			o.all[i].Ignored = []spec.Ignored{spec.NothingNew}
		case d.Kind == spec.KindPrepare && d.View == spec.OfOlderEpoch:
			o.all[i].Ignored = []spec.Ignored{spec.OlderEpoch, spec.NotMember}
		}
	}
	ty := newTally(o)
	handmadeEpochOutcomes(ty)
	wrong := strings.Join(slices.Concat(ty.wrong, ty.missing()), "\n")
	require.Contains(t, wrong, `is ignored as "shut-down"; the table says [] or [nothing-new]`)
	require.Contains(t, wrong, "PREPARE of older epoch's view at Normal, backup: never not-member")
}
