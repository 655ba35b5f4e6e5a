// SPDX-License-Identifier: Apache-2.0

package spec_test

import (
	"slices"

	"viewstamp/spec"
)

// States and messages made by hand, for the cells of the table that walks do not meet, or not in
// every way: all short logs, leases and crashes in one view, and messages of views around it.

const (
	tableView = spec.ViewNumber(4) // Replica 1 leads it in a group of three.
	tableLog  = spec.OpNumber(3)   // The longest log of a message; that of a replica is one shorter.
)

// handmadeOutcomes lets every message made by hand arrive at every process made by hand.
func handmadeOutcomes(ty *tally) {
	c := spec.Configuration{N: 3}
	for _, p := range protocols() {
		for _, at := range handmadeProcesses(p) {
			ty.alone(p, c, at)
			_, isReplica := at.(spec.Replica)
			for _, kind := range kindsOf(p, !isReplica) {
				ty.handmade(p, c, at, kind, handmadeMessages(c, at, kind))
			}
		}
	}
}

// handmade lets messages of a kind arrive where they can. What cannot occur is seen to in runs.
func (ty *tally) handmade(p spec.Protocol, c spec.Configuration, at spec.Process, kind spec.Kind,
	messages []spec.Message,
) {
	for i, m := range messages {
		where := cell{kind, "", spec.RoleOf(c, at), spec.RelationOf(at, m)}
		if !ty.table[where].CannotOccur() {
			held := messages[i+1 : min(i+12, len(messages))]
			ty.arrives(p, c, at, m, append(slices.Clone(held), ownMessage(at, m)...))
		}
	}
}

// ownMessage is what a replica that waits for a view has sent to itself.
func ownMessage(at spec.Process, m spec.Message) []spec.Message {
	r, ok := at.(spec.Replica)
	if !ok || m.Kind() != spec.KindDoViewChange {
		return nil
	}
	own := spec.DoViewChange{From: r.ReplicaNumber, ViewNumber: r.ViewNumber,
		Log: r.Log, LastNormalView: r.LastNormalView, CommitNumber: r.CommitNumber,
		CrashVector: r.CrashVector, HeadUnknown: r.Damage.HeadUnknown}
	if stamped, ok := m.(spec.OfEpoch); ok {
		return []spec.Message{spec.OfEpoch{EpochNumber: stamped.EpochNumber, Message: own}}
	}
	return []spec.Message{own}
}

// handmadeProcesses lists replicas in all roles, and clients, as the protocol can have them.
func handmadeProcesses(p spec.Protocol) []spec.Process {
	has := func(step string) bool {
		return slices.ContainsFunc(p.Steps, func(s spec.Step) bool { return s.Name == step })
	}
	var all []spec.Process
	for i := range spec.ReplicaNumber(3) {
		for n := range tableLog {
			for k := range n + 1 {
				r := normal(i, tableView, longLog(n), k)
				all = append(all, r)
				for _, lastNormal := range []spec.ViewNumber{1, 2} {
					r.Status, r.LastNormalView = spec.ViewChange, lastNormal
					all = append(all, r)
				}
			}
		}
		if has("OnRecovery") {
			all = append(all, spec.Replica{ReplicaNumber: i, Status: spec.Recovering, Nonce: 1})
		}
		if p.Name == spec.PersistentView().Name {
			all = append(all, spec.Replica{ReplicaNumber: i, Status: spec.Recovering, Nonce: 1,
				ViewNumber: tableView})
		}
	}
	switch {
	case has("SendLease"):
		all = withLeases(all)
	case p.Name == spec.CrashVectors().Name:
		all = withCrashes(all)
	case has("RestartDamaged"):
		all = withDamage(all)
	}
	all = append(all, spec.Crowd{})
	for _, waits := range []bool{false, true} {
		all = append(all, spec.Client{RequestNumber: 1, Outstanding: waits},
			spec.Client{RequestNumber: 1, Outstanding: waits, Incarnation: 1},
			spec.Client{Outstanding: waits, Incarnation: 1})
	}
	return all
}

// withLeases adds replicas that hold leases, and such as have given them.
func withLeases(all []spec.Process) []spec.Process {
	for _, p := range slices.Clone(all) {
		for _, phase := range []spec.LeasePhase{spec.Valid, spec.Expired} {
			for _, v := range []spec.ViewNumber{1, 2, tableView} {
				r := p.(spec.Replica)
				if v > r.LastNormalView {
					continue
				}
				if spec.ReplicaNumber(int(v)%3) == r.ReplicaNumber {
					r.Lease = spec.Lease{ViewNumber: v, Phase: phase}
				} else {
					r.Given = spec.Lease{ViewNumber: v, Phase: phase}
				}
				all = append(all, r)
			}
		}
	}
	return all
}

// withCrashes adds replicas that know of the crash of another one.
func withCrashes(all []spec.Process) []spec.Process {
	for _, p := range slices.Clone(all) {
		r := p.(spec.Replica)
		r.CrashVector = r.CrashVector.With((r.ReplicaNumber+1)%3, 1)
		all = append(all, r)
	}
	return all
}

// withDamage adds replicas that have lost their first entry, or do not know their head.
func withDamage(all []spec.Process) []spec.Process {
	for _, p := range slices.Clone(all) {
		r := p.(spec.Replica)
		if r.OpNumber() > 0 && r.CommitNumber == 0 {
			r.Damage.Lost = r.Damage.Lost.With(1)
			all = append(all, r)
		}
		if r.Status == spec.ViewChange {
			r.Damage = spec.Damage{HeadUnknown: true}
			all = append(all, r)
		}
	}
	return all
}

// longLog is a log of n requests of one client.
func longLog(n spec.OpNumber) spec.Log {
	var l spec.Log
	for s := range n {
		l = l.Append(spec.Entry{RequestNumber: spec.RequestNumber(s) + 1, Operation: "a"})
	}
	return l
}

// handmadeMessages lists messages of a kind that a process can receive.
func handmadeMessages(c spec.Configuration, at spec.Process, kind spec.Kind) []spec.Message {
	r, isReplica := at.(spec.Replica)
	if !isReplica {
		return messagesToClients(kind)
	}
	var all []spec.Message
	first := spec.ViewNumber(1)
	if r.ViewNumber == 0 { // It has forgotten its view.
		first = 0
	}
	for v := first; v <= 7; v++ {
		for from := range spec.ReplicaNumber(c.N) {
			if from == r.ReplicaNumber || fromPrimary(kind) && from != c.Primary(v) {
				continue
			}
			for n := range tableLog + 1 {
				for k := range n + 1 {
					m := handmadeMessage(kind, v, from, r, n, k)
					to, one := spec.Receiver(c, m)
					if !slices.Contains(all, m) && (!one || to == r.ReplicaNumber) {
						all = append(all, m)
					}
				}
			}
		}
	}
	return all
}

// fromPrimary says whether only the primary of a view sends messages of this kind in it.
func fromPrimary(kind spec.Kind) bool {
	return slices.Contains([]spec.Kind{spec.KindPrepare, spec.KindCommit, spec.KindStartView,
		spec.KindLeaseOver}, kind)
}

// handmadeMessage is a message to replica r about a log of n entries, of which k are committed.
func handmadeMessage(kind spec.Kind, v spec.ViewNumber, from spec.ReplicaNumber, r spec.Replica,
	n, k spec.OpNumber,
) spec.Message {
	q := spec.Request{RequestNumber: spec.RequestNumber(n) + 1, Operation: "a"}
	switch kind {
	case spec.KindRequest:
		return q
	case spec.KindPrepare:
		return spec.Prepare{From: from, ViewNumber: v, Request: q, OpNumber: n + 1, CommitNumber: k}
	case spec.KindPrepareOK:
		return spec.PrepareOK{From: from, ViewNumber: v, OpNumber: n}
	case spec.KindCommit:
		return spec.Commit{From: from, ViewNumber: v, CommitNumber: k}
	case spec.KindStartViewChange:
		return spec.StartViewChange{From: from, ViewNumber: v}
	case spec.KindDoViewChange:
		return spec.DoViewChange{From: from, ViewNumber: v, Log: longLog(n),
			LastNormalView: v - 1, CommitNumber: k}
	case spec.KindStartView:
		return spec.StartView{From: from, ViewNumber: v, Log: longLog(n), CommitNumber: k}
	case spec.KindGetState:
		return spec.GetState{From: from, ViewNumber: v, OpNumber: n}
	case spec.KindNewState:
		return spec.NewState{From: from, To: r.ReplicaNumber, ViewNumber: v, After: k,
			Log: longLog(n).After(k), CommitNumber: k}
	case spec.KindRecovery:
		return spec.Recovery{From: from, Nonce: 1}
	case spec.KindRecoveryResponse:
		return spec.RecoveryResponse{From: from, To: r.ReplicaNumber, ViewNumber: v,
			Nonce: r.Nonce + spec.Nonce(k)}
	case spec.KindRead:
		return spec.Read{After: k}
	case spec.KindGiveLease:
		return spec.GiveLease{From: from, ViewNumber: v}
	case spec.KindLeaseOver:
		return spec.LeaseOver{From: from, ViewNumber: v}
	case spec.KindGetEntries:
		return spec.GetEntries{From: from, Name: longLog(n + 1)}
	case spec.KindEntries:
		return spec.Entries{From: from, Name: longLog(n + 1)}
	}
	return spec.ClientRecovery{Incarnation: 1}
}

// messagesToClients lists what a client may receive.
func messagesToClients(kind spec.Kind) []spec.Message {
	var all []spec.Message
	for c := range spec.ClientID(2) {
		for s := range spec.RequestNumber(3) {
			for from := range spec.ReplicaNumber(3) {
				if kind == spec.KindReply {
					all = append(all, spec.Reply{From: from, ClientID: c, RequestNumber: s, OpNumber: 1})
				} else {
					all = append(all, spec.ClientNumber{From: from, ClientID: c, Incarnation: 1,
						RequestNumber: s})
				}
			}
		}
	}
	return all
}
