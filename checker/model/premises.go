// SPDX-License-Identifier: Apache-2.0

package model

import "viewstamp/spec"

// What puts the invariants of the spec to the test, and how close a state comes to what must
// happen. An invariant is an implication; if its premise is true nowhere within the bounds, it
// holds there and says nothing.

// premises returns the premise of each invariant that has one, by its name.
func premises() map[string]spec.Property {
	kinds := func(k ...spec.Kind) []spec.Kind { return k }
	return map[string]spec.Property{
		"CommitBound": {Replica: func(_ spec.Configuration, r spec.Replica) bool {
			return r.CommitNumber > 0
		}},
		"NormalView": {Replica: func(_ spec.Configuration, r spec.Replica) bool {
			return r.Status == spec.Normal && r.ViewNumber > 0
		}},
		"PromiseKept": {Kinds: kinds(spec.KindDoViewChange), ReplicaMessage: func(
			_ spec.Configuration, r spec.Replica, m spec.Message) bool {
			return m.(spec.DoViewChange).From == r.ReplicaNumber && r.Status == spec.Normal
		}},
		"DVCTrue": {Kinds: kinds(spec.KindDoViewChange), Message: func(m spec.Message) bool {
			return m.(spec.DoViewChange).Log.OpNumber() > 0
		}},
		"AckTrue": {Kinds: kinds(spec.KindPrepareOK), ReplicaMessage: func(
			_ spec.Configuration, r spec.Replica, m spec.Message) bool {
			ok := m.(spec.PrepareOK)
			return ok.From == r.ReplicaNumber && r.Status == spec.Normal &&
				r.ViewNumber == ok.ViewNumber
		}},
		"LogMatching": {Replicas: func(_ spec.Configuration, r, other spec.Replica) bool {
			return r.Status == spec.Normal && other.Status == spec.Normal &&
				r.ViewNumber == other.ViewNumber && r.OpNumber() > 0 && other.OpNumber() > 0
		}},
		"OneStartView": {Kinds: kinds(spec.KindStartView),
			Message: func(spec.Message) bool { return true }},
		"ViewstampUnique": {Kinds: kinds(spec.KindPrepare), Messages: func(a, b spec.Message) bool {
			return a.(spec.Prepare).OpNumber == b.(spec.Prepare).OpNumber
		}},
		"NormalHasCommitted": {Kinds: kinds(spec.KindReply), ReplicaMessage: func(
			_ spec.Configuration, r spec.Replica, m spec.Message) bool {
			return r.Status == spec.Normal && r.ViewNumber > m.(spec.Reply).ViewNumber
		}},
		"NothingLost": {Kinds: kinds(spec.KindReply, spec.KindStartView), Messages: startAfterReply},
		"Agreement": {Kinds: kinds(spec.KindReply), ReplicaMessage: func(
			_ spec.Configuration, r spec.Replica, m spec.Message) bool {
			return m.(spec.Reply).OpNumber <= r.CommitNumber
		}},
		"ExactlyOnce": {Kinds: kinds(spec.KindReply), Messages: func(a, b spec.Message) bool {
			r, s := a.(spec.Reply), b.(spec.Reply)
			return r.ClientID == s.ClientID && r.RequestNumber == s.RequestNumber
		}},
	}
}

// startAfterReply: a view has started after one in which something was committed.
func startAfterReply(a, b spec.Message) bool {
	if _, ok := a.(spec.Reply); !ok {
		a, b = b, a
	}
	reply, ok := a.(spec.Reply)
	start, ok2 := b.(spec.StartView)
	return ok && ok2 && start.ViewNumber > reply.ViewNumber
}

// progress says how close a group is to a property that must happen, by the property's name.
func progress(name string) func(group []spec.Replica) int {
	switch name {
	case "AllCommitted":
		return func(group []spec.Replica) int {
			n := 0
			for _, r := range group {
				n += int(r.CommitNumber)
			}
			return n
		}
	case "CommittedInLaterView":
		return func(group []spec.Replica) int {
			furthest := 0
			for _, r := range group {
				n := 4 * int(r.LastNormalView)
				if r.LastNormalView > 0 {
					n += int(min(r.OpNumber(), 3))
				}
				furthest = max(furthest, n)
			}
			return furthest
		}
	}
	return nil
}
