// SPDX-License-Identifier: Apache-2.0

package claims

import "viewstamp/spec"

// C-601 and C-602: what clients rely on, their request-numbers and the client-table.

// clients is about client recovery (§4.5) and the client-table (§4.1).
func clients() []Claim {
	quiet := []string{"SendGetState", "JoinView", "OnGetState", "OnNewState", "SendCommit",
		"OnCommit", "Restart"}
	recovery := func(name string, p spec.Protocol, crashes int) spec.System {
		return spec.System{Name: name, Protocol: p.Without(quiet...),
			Bounds: spec.Bounds{Replicas: 3, Clients: 1, Requests: 2, ClientCrashes: crashes},
			Always: []spec.Property{spec.ReplyMatches()}}
	}
	three := func(name string, p spec.Protocol) spec.System {
		s := recovery(name, p, 1)
		s.Bounds.Requests = 3
		return s
	}
	table := func(name string, p spec.Protocol, viewChanges int) spec.System {
		s := bounded(name, p, 1, viewChanges, 0)
		s.Always = []spec.Property{ServesResends()}
		return s
	}
	one := durable().Replace("OnRequest", spec.ByReplica(NoteRequest)).
		Replace("OnPrepare", spec.ByReplica(NotePrepare))
	return []Claim{{
		ID: "C-601", Name: "client-recovery", Source: "Viewstamped Replication Revisited, §4.5",
		Statement: "A client that has crashed asks a quorum for its latest request-number and adds 2: " +
			"then its next request has a number of its own.",
		Picture:    "How a client gets the reply to another request",
		Claimed:    recovery("client recovery, two crashes", spec.ClientRecoveries(), 2),
		Properties: []string{"ReplyMatches"}, Refuted: "ReplyMatches", Steps: 13,
		Fix:    "A client that comes back is another client, with an identifier of its own (D4).",
		Fixed:  recovery("clients that come back as others", spec.NewClients(), 2),
		States: 628, Mutant: "ClientAddsTwo",
	}, {
		ID: "C-601a", Name: "client-recovery-one-crash", Source: "the same",
		Statement: "That is so if the client crashes once.",
		Claimed:   recovery("client recovery, one crash", spec.ClientRecoveries(), 1),
		States:    18_003,
	}, {
		ID: "C-601b", Name: "client-recovery-from-one", Source: "the same, read loosely",
		Statement: "The client may ask any one replica.",
		Picture:   "How a client that asks a replica that lags uses a number twice",
		Claimed: three("client recovery from one replica", spec.ClientRecoveries().
			ReplaceQuorum("OnClientNumber", func(spec.Configuration) int { return 1 }, nil)),
		Properties: []string{"ReplyMatches"}, Refuted: "ReplyMatches", Steps: 13,
		Mutant: "ClientAsksOne",
		Fix:    "A client that comes back is another client (D4).",
		Fixed:  three("clients that come back as others", spec.NewClients()), States: 826,
	}, {
		ID: "C-602", Name: "table-on-prepare", Source: "Viewstamped Replication Revisited, §4.1",
		Statement: "The client-table may note a request as it comes, before it is executed.",
		Picture:   "How a client-table refuses a request for ever",
		Claimed:   table("client-table beside the log", one, 3), Properties: []string{"ServesResends"},
		Refuted: "ServesResends", Steps: 14, Mutant: "TableOnPrepare",
		Fix:   "Compute the table from the log, so that it forgets what the log has lost (D3).",
		Fixed: table("client-table from the log", durable(), 3), States: 2_218_435, SlowFix: true,
	}, {
		ID: "C-602a", Name: "table-on-execute", Source: "the repair that first comes to mind",
		Statement: "The client-table may hold executed requests only.",
		Picture:   "How a client-table lets a request be executed twice",
		Claimed: table("client-table of executed requests", durable().Replace("OnRequest",
			spec.ByReplica(ExecutedOnly)), 0),
		Properties: []string{"ExactlyOnce"}, Refuted: "ExactlyOnce", Steps: 6,
		Mutant: "TableOnExecute",
		Fix:    "Look at the part of the log that is not executed as well (D3).",
		Fixed:  table("client-table from the log", durable(), 0), States: 9,
	}}
}

// ServesResends: the primary does not refuse a request as known that is not in its log. Otherwise
// the client waits for ever.
func ServesResends() spec.Property {
	return spec.Property{Name: "ServesResends", Kinds: []spec.Kind{spec.KindRequest},
		ReplicaMessage: func(c spec.Configuration, r spec.Replica, m spec.Message) bool {
			request := m.(spec.Request)
			noted, _ := r.Noted.LastOf(request.ClientID)
			logged, _ := r.Log.LastOf(request.ClientID)
			primary := r.Status == spec.Normal && c.Primary(r.ViewNumber) == r.ReplicaNumber
			return !primary || noted == 0 || logged > 0
		}}
}

// NoteRequest is OnRequest with a client-table of its own. Clients here send one request.
func NoteRequest(c spec.Configuration, r spec.Replica, m spec.Request) (
	spec.Replica, []spec.Message, spec.Ignored,
) {
	noted, _ := r.Noted.LastOf(m.ClientID)
	logged, _ := r.Log.LastOf(m.ClientID)
	if noted > 0 && logged == 0 {
		return r, nil, spec.RequestInProgress
	}
	after, sent, why := spec.OnRequest(c, r, m)
	return note(r, after), sent, why
}

// NotePrepare is OnPrepare that notes the request in a client-table of its own.
func NotePrepare(c spec.Configuration, r spec.Replica, m spec.Prepare) (
	spec.Replica, []spec.Message, spec.Ignored,
) {
	after, sent, why := spec.OnPrepare(c, r, m)
	return note(r, after), sent, why
}

// note adds the entry that a step has appended to the client-table.
func note(before, after spec.Replica) spec.Replica {
	if after.OpNumber() > before.OpNumber() {
		after.Noted = after.Noted.Append(after.Log.At(after.OpNumber()))
	}
	return after
}

// ExecutedOnly is OnRequest that does not know what is in the log but not executed.
func ExecutedOnly(c spec.Configuration, r spec.Replica, m spec.Request) (
	spec.Replica, []spec.Message, spec.Ignored,
) {
	if _, _, why := spec.OnRequest(c, r, m); why != spec.RequestInProgress {
		return spec.OnRequest(c, r, m)
	}
	r.Log = r.Log.Append(spec.Entry{ViewNumber: r.ViewNumber, ClientID: m.ClientID,
		RequestNumber: m.RequestNumber, Operation: m.Operation})
	return r, []spec.Message{spec.Prepare{From: r.ReplicaNumber, ViewNumber: r.ViewNumber,
		Request: m, OpNumber: r.OpNumber(), CommitNumber: r.CommitNumber}}, spec.Accepted
}
