// SPDX-License-Identifier: Apache-2.0

package trace

import "viewstamp/impl/vsr"

// The messages of a line, kind by kind.

// message reads one message. It may leave fields of the line unread; see extra.
func (r *reading) message(l *messageLine) vsr.Message {
	switch l.Kind {
	case "REQUEST":
		return &vsr.Request{
			ClientID: r.client(l.Client), RequestNumber: r.request(l),
			Operation: r.bytes("operation", l.Operation),
		}
	case "PREPARE":
		return &vsr.Prepare{
			From: r.from(l), ViewNumber: r.view(l), Parent: r.name("parent", l.Parent),
			Entry: r.entry(l.Entry), CommitNumber: r.commit(l),
		}
	case "PREPAREOK":
		return &vsr.PrepareOK{From: r.from(l), ViewNumber: r.view(l), OpNumber: r.op(l)}
	case "REPLY":
		return &vsr.Reply{
			From: r.from(l), ViewNumber: r.view(l), ClientID: r.client(l.Client),
			RequestNumber: r.request(l), OpNumber: r.op(l), Result: r.bytes("result", l.Result),
		}
	case "COMMIT":
		return &vsr.Commit{From: r.from(l), ViewNumber: r.view(l), CommitNumber: r.commit(l)}
	case "STARTVIEWCHANGE":
		return &vsr.StartViewChange{From: r.from(l), ViewNumber: r.view(l)}
	case "DOVIEWCHANGE":
		return &vsr.DoViewChange{
			From: r.from(l), ViewNumber: r.view(l), Log: r.suffix(l),
			LastNormalView: vsr.ViewNumber(r.number("lastNormalView", l.LastNormalView)),
			CommitNumber:   r.commit(l),
		}
	case "STARTVIEW":
		return &vsr.StartView{
			From: r.from(l), ViewNumber: r.view(l), Log: r.suffix(l), CommitNumber: r.commit(l),
		}
	case "GETSTATE":
		return &vsr.GetState{From: r.from(l), ViewNumber: r.view(l), OpNumber: r.op(l)}
	case "NEWSTATE":
		return &vsr.NewState{
			From: r.from(l), To: r.replica("to", l.To), ViewNumber: r.view(l),
			After: vsr.OpNumber(r.number("after", l.After)), Log: r.suffix(l),
			CommitNumber: r.commit(l),
		}
	}
	r.fail("kind is %q, want the name of a message, as PREPAREOK", l.Kind)
	return nil
}

// The fields that several kinds have.

func (r *reading) from(l *messageLine) vsr.ReplicaNumber { return r.replica("from", l.From) }

func (r *reading) view(l *messageLine) vsr.ViewNumber {
	return vsr.ViewNumber(r.number("view", l.View))
}

func (r *reading) op(l *messageLine) vsr.OpNumber { return vsr.OpNumber(r.number("op", l.Op)) }

func (r *reading) commit(l *messageLine) vsr.OpNumber {
	return vsr.OpNumber(r.number("commit", l.Commit))
}

func (r *reading) request(l *messageLine) vsr.RequestNumber {
	return vsr.RequestNumber(r.number("request", l.Request))
}

// suffix reads a log by its name. The entries are not in a trace.
func (r *reading) suffix(l *messageLine) vsr.LogSuffix {
	return vsr.LogSuffix{Name: r.name("log", l.Log), Base: r.name("base", l.Base)}
}

// extra is the name of a field that the line has and its kind of message has not. Empty: none.
func (l *messageLine) extra(m vsr.Message) string {
	kind, replica := m.Kind(), m.Kind() != vsr.KindRequest
	is := func(kinds ...vsr.Kind) bool {
		for _, k := range kinds {
			if k == kind {
				return true
			}
		}
		return false
	}
	log := is(vsr.KindDoViewChange, vsr.KindStartView, vsr.KindNewState)
	switch {
	case l.From != nil && !replica:
		return "from"
	case l.View != nil && !replica:
		return "view"
	case l.To != nil && !is(vsr.KindNewState):
		return "to"
	case l.After != nil && !is(vsr.KindNewState):
		return "after"
	case l.Op != nil && !is(vsr.KindPrepareOK, vsr.KindReply, vsr.KindGetState):
		return "op"
	case l.Commit != nil && !log && !is(vsr.KindPrepare, vsr.KindCommit):
		return "commit"
	case l.LastNormalView != nil && !is(vsr.KindDoViewChange):
		return "lastNormalView"
	case l.Request != nil && !is(vsr.KindRequest, vsr.KindReply):
		return "request"
	case l.Client != nil && !is(vsr.KindRequest, vsr.KindReply):
		return "client"
	case l.Operation != nil && !is(vsr.KindRequest):
		return "operation"
	case l.Result != nil && !is(vsr.KindReply):
		return "result"
	case l.Parent != nil && !is(vsr.KindPrepare):
		return "parent"
	case l.Entry != nil && !is(vsr.KindPrepare):
		return "entry"
	case l.Log != nil && !log:
		return "log"
	case l.Base != nil && !log:
		return "base"
	}
	return ""
}
