// SPDX-License-Identifier: Apache-2.0

package claims

import "viewstamp/spec"

// C-011 and C-014: what the name of an entry vouches for. A name is a hash over the entry and the
// name below it, as a Log is here, so that one name stands for a whole log: a replica knows by it
// whether what it holds is that log.

// chains is what may be left out of STARTVIEW, and what may be put in the place of an entry.
func chains() []Claim {
	const source = "TigerBeetle, replica.zig, April 2022"
	base := spec.ViewstampedReplication().Without("SendGetState", "JoinView", "OnReply",
		"SendCommit", "OnCommit", "Restart")
	system := func(name string, enter func(spec.Configuration, spec.Replica, spec.StartView) (
		spec.Replica, []spec.Message, spec.Ignored,
	), requests, viewChanges int) spec.System {
		return bounded(name, base.Replace("OnStartView", spec.ByReplica(enter)), requests,
			viewChanges, 0)
	}
	holds := system("STARTVIEW names its log", EnterByName, 2, 1)
	holds.Sometimes = []spec.Property{spec.StateTransferred()}
	return []Claim{{
		ID: "C-011", Name: "start-view-names-its-log", Source: source,
		Statement: "STARTVIEW may carry the last entry and the name of the log instead of the log: who " +
			"holds what it names enters the view, and who does not asks for the rest first.",
		Claimed: holds, States: 15_303,
	}, {
		ID: "C-011a", Name: "chain-below-the-head-unchecked", Source: "the opposite of " + source,
		Statement: "It may enter the view with what it holds below the last entry, if there are as " +
			"many entries, and execute what is committed.",
		Picture:    "How an entry of another log is executed below the head",
		Claimed:    system("STARTVIEW has its last entry only", EnterByHead, 2, 2),
		Properties: []string{"Agreement"}, Refuted: "Agreement", Steps: 19, Slow: true,
		Mutant: "ChainUnchecked",
		Fix:    "Compare the names down from the head, not only up to k.",
		Fixed:  holds, States: 15_303,
	}, {
		ID: "C-014", Name: "newer-entry-replaces", Source: "the opposite of " + source,
		Statement: "An entry may be replaced by one of a later view: that one is the more recent.",
		Picture:   "How an entry that was never committed takes the place of one that was",
		Claimed: bounded("entries of later views replace", durable().Replace("OnPrepare",
			spec.ByReplica(ReplaceOlder)), 2, 2, 0),
		Properties: []string{"Agreement"}, Refuted: "Agreement", Steps: 17, Slow: true,
		Mutant: "ReplaceOlderEntry",
		Fix: "Only by what the name of the log has in that place. (A right neighbour that names it is " +
			"not enough if that one is not known to be in the log.)",
		Fixed: bounded("entries stay", durable(), 2, 2, 0), States: 1_369_807, SlowFix: true,
	}}
}

// EnterByName is OnStartView with the last entry and the name of the log. A replica that holds
// another log below waits in the view for the state that it asks for.
func EnterByName(c spec.Configuration, r spec.Replica, m spec.StartView) (
	spec.Replica, []spec.Message, spec.Ignored,
) {
	after, sent, why := spec.OnStartView(c, r, m)
	if why != spec.Accepted || underHead(r, m) == m.Log {
		return after, sent, why
	}
	r.ViewNumber, r.Status = m.ViewNumber, spec.ViewChange
	return r, []spec.Message{spec.GetState{From: r.ReplicaNumber, ViewNumber: r.ViewNumber,
		OpNumber: r.CommitNumber}}, spec.Accepted
}

// EnterByHead is the same without the name: only the number of entries is compared.
func EnterByHead(c spec.Configuration, r spec.Replica, m spec.StartView) (
	spec.Replica, []spec.Message, spec.Ignored,
) {
	if l := underHead(r, m); l.OpNumber() == m.Log.OpNumber() {
		m.Log = l
	}
	return EnterByName(c, r, m)
}

// underHead is the replica's own log with the last entry of STARTVIEW in its place.
func underHead(r spec.Replica, m spec.StartView) spec.Log {
	n := m.Log.OpNumber()
	if n == 0 {
		return spec.Log{}
	}
	return r.Log.UpTo(n - 1).Append(m.Log.At(n))
}

// ReplaceOlder is OnPrepare that puts an entry of an earlier view into the log if the one that is
// there is of a still earlier one.
func ReplaceOlder(c spec.Configuration, r spec.Replica, m spec.Prepare) (
	spec.Replica, []spec.Message, spec.Ignored,
) {
	n := m.OpNumber
	if m.ViewNumber >= r.ViewNumber || !r.Log.Has(n) || r.Log.At(n).ViewNumber >= m.ViewNumber {
		return spec.OnPrepare(c, r, m)
	}
	r.Log = put(r.Log, n, spec.Entry{ViewNumber: m.ViewNumber, ClientID: m.Request.ClientID,
		RequestNumber: m.Request.RequestNumber, Operation: m.Request.Operation})
	return r, nil, spec.Accepted
}
