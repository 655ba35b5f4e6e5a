// SPDX-License-Identifier: Apache-2.0

package model

import (
	"slices"

	"viewstamp/checker/mc"
	"viewstamp/spec"
)

// Which messages a process ignores for ever, for mc.Options.DeadMessages. The reason is nearly
// always that a replica never goes back to an earlier view. The checker tests each claim as it
// goes, so a protocol for which one is wrong (a replica forgets its view) gives an error.

// BuildReduced is Build for a search with mc.Options.DeadMessages. What must sometimes happen
// between a replica and a message is left out, for it would keep every message of that kind for
// ever: that the step which takes the message must fire says the same.
func BuildReduced(s spec.System, properties ...string) Model {
	m := Build(s, properties...)
	m.Sometimes = slices.DeleteFunc(m.Sometimes,
		func(p mc.Property[spec.Process, spec.Message]) bool { return p.LocalMessage != nil })
	return m
}

// dead returns the claim for a system.
func dead(s spec.System) func(int, spec.Process, spec.Message) bool {
	c, b := s.Configuration(), s.Bounds
	starts := slices.ContainsFunc(s.Invariants(), func(p spec.Property) bool {
		return p.Name == "NormalHasStart"
	})
	return func(p int, l spec.Process, m spec.Message) bool {
		switch l := l.(type) {
		case spec.Replica:
			if own, ok := spec.Sender(m); ok && int(own) == p {
				return deadForSender(c, b, l, m)
			}
			// The property asks whether a replica has the log with which its view has started.
			if start, is := m.(spec.StartView); is && starts && l.ViewNumber == start.ViewNumber &&
				!l.Log.StartsWith(start.Log) {
				return false
			}
			return deadForReplica(c, b, l, m)
		case spec.Client:
			reply, ok := m.(spec.Reply)
			return ok && (reply.ClientID != l.ClientID || b.ClientCrashes == 0 &&
				(reply.RequestNumber < l.RequestNumber ||
					reply.RequestNumber == l.RequestNumber && !l.Outstanding))
		}
		return b.Reads == 0 // A crowd waits for nothing, unless it reads what it has written.
	}
}

// deadForSender: a replica needs its own message no more. Its DOVIEWCHANGE is part of the quorum
// that it counts as the new primary, and properties hold it to its promises in the view; where
// disks are damaged, to what it has acknowledged in any view.
func deadForSender(
	c spec.Configuration, b spec.Bounds, r spec.Replica, m spec.Message,
) bool {
	v, ok := viewOf(m)
	if !ok || b.Damages > 0 && m.Kind() == spec.KindPrepareOK {
		return false
	}
	if m.Kind() == spec.KindDoViewChange && v == r.ViewNumber {
		return r.Status == spec.Normal || c.Primary(v) != r.ReplicaNumber
	}
	return v < r.ViewNumber
}

// deadForReplica: another replica, or a client, has sent what a replica will not take any more.
func deadForReplica(
	c spec.Configuration, b spec.Bounds, r spec.Replica, m spec.Message,
) bool {
	v, ok := viewOf(m)
	if !ok {
		return false
	}
	if state, is := m.(spec.NewState); is && state.To != r.ReplicaNumber {
		return true
	}
	normal, primary := r.Status == spec.Normal, c.Primary(v) == r.ReplicaNumber
	switch {
	case v != r.ViewNumber:
		return v < r.ViewNumber
	case !normal:
		return !primary && (m.Kind() == spec.KindPrepareOK || m.Kind() == spec.KindDoViewChange)
	}
	// Normal in the view of the message, the log only grows until the replica leaves the view.
	switch m := m.(type) {
	case spec.Prepare:
		return primary
	case spec.PrepareOK:
		return !primary || m.OpNumber <= r.CommitNumber
	case spec.Commit: // A restart forgets the commit-number.
		return primary || m.CommitNumber == 0 ||
			m.CommitNumber <= r.CommitNumber && b.Restarts == 0
	case spec.StartViewChange, spec.DoViewChange, spec.StartView:
		return true
	case spec.NewState:
		return primary || m.After+m.Log.OpNumber() <= r.OpNumber()
	}
	return false
}

// viewOf is the view that a message belongs to, if ignoring it can follow from that.
func viewOf(m spec.Message) (spec.ViewNumber, bool) {
	switch m := m.(type) {
	case spec.Prepare:
		return m.ViewNumber, true
	case spec.PrepareOK:
		return m.ViewNumber, true
	case spec.Commit:
		return m.ViewNumber, true
	case spec.StartViewChange:
		return m.ViewNumber, true
	case spec.DoViewChange:
		return m.ViewNumber, true
	case spec.StartView:
		return m.ViewNumber, true
	case spec.GetState:
		return m.ViewNumber, true
	case spec.NewState:
		return m.ViewNumber, true
	}
	return 0, false
}
