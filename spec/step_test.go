// SPDX-License-Identifier: Apache-2.0

package spec_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"viewstamp/spec"
)

// What each single step does and does not do, whatever the state and the messages: also in states
// that no run reaches, as long as a replica could be in them by itself.

// anyLog draws a log of up to four entries whose views do not go down.
func anyLog(t *rapid.T, highest spec.ViewNumber) spec.Log {
	var l spec.Log
	view := spec.ViewNumber(0)
	for range rapid.IntRange(0, 4).Draw(t, "entries") {
		view = spec.ViewNumber(rapid.IntRange(int(view), int(highest)).Draw(t, "entry's view"))
		q := anyRequest(t)
		l = l.Append(spec.Entry{ViewNumber: view, ClientID: q.ClientID,
			RequestNumber: q.RequestNumber, Operation: q.Operation})
	}
	return l
}

// anyRequest draws one of a few requests, so that they meet again.
func anyRequest(t *rapid.T) spec.Request {
	c, s := rapid.IntRange(0, 2).Draw(t, "client"), rapid.IntRange(1, 3).Draw(t, "request-number")
	return spec.Request{ClientID: spec.ClientID(c), RequestNumber: spec.RequestNumber(s),
		Operation: spec.Operation([]rune{'a' + rune(c), '0' + rune(s)})}
}

// anyView draws a small view-number.
func anyView(t *rapid.T, least spec.ViewNumber) spec.ViewNumber {
	return spec.ViewNumber(rapid.IntRange(int(least), 4).Draw(t, "view"))
}

// upTo draws an op-number.
func upTo(t *rapid.T, what string, n spec.OpNumber) spec.OpNumber {
	return spec.OpNumber(rapid.IntRange(0, int(n)).Draw(t, what))
}

// anyReplica draws a replica whose invariants hold.
func anyReplica(t *rapid.T, c spec.Configuration) spec.Replica {
	r := spec.Replica{
		ReplicaNumber:  spec.ReplicaNumber(rapid.IntRange(0, c.N-1).Draw(t, "replica")),
		LastNormalView: anyView(t, 0),
	}
	r.ViewNumber = r.LastNormalView
	if rapid.Bool().Draw(t, "waits") {
		r.ViewNumber, r.Status = anyView(t, r.LastNormalView)+1, spec.ViewChange
	}
	r.Log = anyLog(t, r.LastNormalView)
	r.CommitNumber = upTo(t, "k", r.OpNumber())
	return r
}

// anyRecovering draws a replica that has lost all, and perhaps its crash vector shows that.
func anyRecovering(t *rapid.T, c spec.Configuration) spec.Replica {
	r := spec.Replica{Status: spec.Recovering,
		ReplicaNumber: spec.ReplicaNumber(rapid.IntRange(0, c.N-1).Draw(t, "replica")),
		Nonce:         spec.Nonce(rapid.IntRange(1, 2).Draw(t, "nonce"))}
	if rapid.Bool().Draw(t, "counts crashes") {
		r.CrashVector = spec.CrashVector{}.With(r.ReplicaNumber, r.Nonce)
	}
	return r
}

// anyMessage draws a message of a kind, from some other replica than r where it comes from one.
// What a single message says is consistent: no commit-number lies beyond the log that comes with
// it.
func anyMessage(t *rapid.T, c spec.Configuration, r spec.Replica, kind spec.Kind) spec.Message {
	v, n, k := anyView(t, 0), upTo(t, "n", 6), upTo(t, "k", 6)
	if rapid.Bool().Draw(t, "same view") {
		v = r.ViewNumber
	}
	others := rapid.IntRange(1, c.N-1).Draw(t, "from")
	from := spec.ReplicaNumber((int(r.ReplicaNumber) + others) % c.N)
	l := anyLog(t, v)
	inLog := min(k, l.OpNumber())
	switch kind {
	case spec.KindRequest:
		return anyRequest(t)
	case spec.KindPrepare:
		return spec.Prepare{From: c.Primary(v), ViewNumber: v, Request: anyRequest(t),
			OpNumber: n + 1, CommitNumber: min(k, n)}
	case spec.KindPrepareOK:
		return spec.PrepareOK{From: from, ViewNumber: v, OpNumber: n}
	case spec.KindReply:
		q := anyRequest(t)
		return spec.Reply{From: c.Primary(v), ViewNumber: v, ClientID: q.ClientID,
			RequestNumber: q.RequestNumber, OpNumber: n + 1}
	case spec.KindCommit:
		return spec.Commit{From: c.Primary(v), ViewNumber: v, CommitNumber: k}
	case spec.KindStartViewChange:
		return spec.StartViewChange{From: from, ViewNumber: v}
	case spec.KindDoViewChange:
		return spec.DoViewChange{From: from, ViewNumber: v, Log: l,
			LastNormalView: anyView(t, 0), CommitNumber: inLog}
	case spec.KindStartView:
		return spec.StartView{From: c.Primary(v), ViewNumber: v, Log: l, CommitNumber: inLog}
	case spec.KindGetState:
		return spec.GetState{From: from, ViewNumber: v, OpNumber: n}
	case spec.KindRecovery:
		return spec.Recovery{From: from, Nonce: spec.Nonce(1 + n)}
	case spec.KindRecoveryResponse:
		answer := spec.RecoveryResponse{From: from, To: r.ReplicaNumber, ViewNumber: v,
			Nonce: r.Nonce, CrashVector: r.CrashVector}
		if from == c.Primary(v) {
			answer.Log, answer.CommitNumber = l, inLog
		}
		return answer
	}
	after, to := upTo(t, "n′", 6), r.ReplicaNumber
	if rapid.Bool().Draw(t, "for another") {
		to = spec.ReplicaNumber(rapid.IntRange(0, c.N-1).Draw(t, "to"))
	}
	return spec.NewState{From: from, To: to, ViewNumber: v, After: after, Log: l,
		CommitNumber: min(k, after+l.OpNumber())}
}

// input is a step with something to apply it to.
type input struct {
	c       spec.Configuration
	step    spec.Step
	process spec.Process
	in      []spec.Message
	choice  int
}

// do applies the step.
func (i input) do() (spec.Process, []spec.Message, spec.Ignored) {
	return i.step.Do(i.c, i.process, slices.Clone(i.in), i.choice)
}

// eachStep checks a property of the steps, step by step, on many inputs each.
func eachStep(t *testing.T, property func(t *rapid.T, i input)) {
	crashes := spec.CrashVectors()
	steps := append(spec.ViewstampedReplication().Steps, crashes.Step("Crash"),
		crashes.Step("OnRecovery"), crashes.Step("OnRecoveryResponse"))
	for _, step := range steps {
		t.Run(step.Name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) { property(t, anyInput(t, step)) })
		})
	}
}

// anyInput draws an input that the step can have.
func anyInput(t *rapid.T, step spec.Step) input {
	i := input{c: spec.Configuration{N: rapid.IntRange(3, 7).Draw(t, "N")}, step: step}
	r := anyReplica(t, i.c)
	if step.Name == "OnRecoveryResponse" && rapid.Bool().Draw(t, "recovering") {
		r = anyRecovering(t, i.c)
	}
	i.process = r
	if i.step.Client {
		i.process = anyClient(t)
	}
	if i.step.Choices != nil {
		i.choice = rapid.IntRange(0, i.step.Choices(i.c, i.process)-1).Draw(t, "choice")
	}
	if len(i.step.On) == 0 {
		return i
	}
	kind := rapid.SampledFrom(i.step.On).Draw(t, "kind")
	if i.step.Quorum == nil {
		i.in = []spec.Message{anyMessage(t, i.c, r, kind)}
		return i
	}
	for range i.step.Quorum(i.c) {
		m := anyMessage(t, i.c, r, kind)
		if i.step.Wants(i.c, r, m) {
			i.in = append(i.in, m)
		}
	}
	if i.step.Own {
		own := spec.DoViewChange{From: r.ReplicaNumber, ViewNumber: r.ViewNumber, Log: r.Log,
			LastNormalView: r.LastNormalView, CommitNumber: r.CommitNumber}
		i.in = append([]spec.Message{own}, i.in...)
	}
	return i
}

// anyClient draws a client or a crowd.
func anyClient(t *rapid.T) spec.Process {
	if rapid.Bool().Draw(t, "crowd") {
		return spec.Crowd{Sent: rapid.IntRange(0, 9).Draw(t, "sent")}
	}
	cl := spec.Client{ClientID: spec.ClientID(rapid.IntRange(0, 2).Draw(t, "client")),
		RequestNumber: spec.RequestNumber(rapid.IntRange(0, 3).Draw(t, "request-number"))}
	cl.Outstanding = cl.RequestNumber > 0 && rapid.Bool().Draw(t, "outstanding")
	return cl
}

// TestIgnoredChangesNothing: a step that is ignored leaves the process as it was, sends nothing,
// and gives a reason that is in the list.
func TestIgnoredChangesNothing(t *testing.T) {
	declared := reasons(t)
	eachStep(t, func(t *rapid.T, i input) {
		after, sent, why := i.do()
		if why != spec.Accepted {
			require.Equal(t, i.process, after, "%s ignores %v: %s", i.step.Name, i.in, why)
			require.Empty(t, sent)
			require.Contains(t, declared, string(why))
		}
	})
}

// TestNothingGoesBack: views and v′ never go down, the commit-number only at a restart; and the
// invariants of a replica hold after each step.
func TestNothingGoesBack(t *testing.T) {
	eachStep(t, func(t *rapid.T, i input) {
		p, _, _ := i.do()
		before, ok := i.process.(spec.Replica)
		if !ok || i.step.Name == "Crash" { // It forgets everything: that is its point.
			return
		}
		after := p.(spec.Replica)
		require.Equal(t, before.ReplicaNumber, after.ReplicaNumber)
		require.GreaterOrEqual(t, after.ViewNumber, before.ViewNumber)
		require.GreaterOrEqual(t, after.LastNormalView, before.LastNormalView)
		require.True(t, spec.NormalView(i.c, after), "%s: %v", i.step.Name, after)
		if i.step.Name != "Restart" {
			require.GreaterOrEqual(t, after.CommitNumber, before.CommitNumber, i.step.Name)
		}
		// A log that comes from others has all that is committed only in states that a run reaches: the
		// walks check that.
		if !slices.Contains([]string{"OnDoViewChange", "OnStartView", "OnNewState"}, i.step.Name) {
			require.True(t, spec.CommitBound(i.c, after), "%s: %v", i.step.Name, after)
		}
	})
}

// TestLogIsKept: within a view the log of a Normal replica only grows; and a replica that leaves a
// view, or waits, keeps its log and v′ until a view starts. Both are what D10 and D23 are about.
func TestLogIsKept(t *testing.T) {
	eachStep(t, func(t *rapid.T, i input) {
		before, ok := i.process.(spec.Replica)
		if !ok || i.step.Name == "Restart" || i.step.Name == "Crash" {
			return
		}
		p, _, _ := i.do()
		after := p.(spec.Replica)
		if after.Status == spec.ViewChange {
			require.Equal(t, before.Log, after.Log, i.step.Name)
			require.Equal(t, before.LastNormalView, after.LastNormalView, i.step.Name)
		} else if before.Status == spec.Normal && before.ViewNumber == after.ViewNumber {
			require.True(t, after.Log.StartsWith(before.Log), "%s: %v", i.step.Name, after)
		}
	})
}

// TestSpeaksForItself: a process sends messages in its own name only; a replica in the view that
// it is in afterwards; and what it acknowledges or offers is what it has.
func TestSpeaksForItself(t *testing.T) {
	eachStep(t, func(t *rapid.T, i input) {
		p, sent, _ := i.do()
		for _, m := range sent {
			from, ok := spec.Sender(m)
			if !ok {
				require.True(t, i.step.Client, "%s sends %v", i.step.Name, m)
				continue
			}
			r := p.(spec.Replica)
			require.Equal(t, r.ReplicaNumber, from)
			if m.Kind() == spec.KindRecovery { // It is in no view.
				continue
			}
			require.Equal(t, r.ViewNumber, viewOf(t, m), "%s sends %v", i.step.Name, m)
			switch m := m.(type) {
			case spec.PrepareOK:
				require.Equal(t, r.OpNumber(), m.OpNumber)
				require.Equal(t, spec.Normal, r.Status)
			case spec.DoViewChange:
				require.Equal(t, r.Log, m.Log)
				require.Equal(t, r.LastNormalView, m.LastNormalView)
			case spec.StartView:
				require.Equal(t, r.Log, m.Log)
			case spec.Reply:
				require.LessOrEqual(t, m.OpNumber, r.CommitNumber)
			}
		}
	})
}

// viewOf is the view of a message of a replica.
func viewOf(t require.TestingT, m spec.Message) spec.ViewNumber {
	switch m := m.(type) {
	case spec.Prepare:
		return m.ViewNumber
	case spec.PrepareOK:
		return m.ViewNumber
	case spec.Reply:
		return m.ViewNumber
	case spec.Commit:
		return m.ViewNumber
	case spec.StartViewChange:
		return m.ViewNumber
	case spec.DoViewChange:
		return m.ViewNumber
	case spec.StartView:
		return m.ViewNumber
	case spec.GetState:
		return m.ViewNumber
	case spec.NewState:
		return m.ViewNumber
	case spec.RecoveryResponse:
		return m.ViewNumber
	}
	require.Fail(t, "a message without a view", "%v", m)
	return 0
}

// TestDuplicates: a step that receives messages, and gets the very same ones again, is ignored, or
// changes nothing and sends nothing that it has not sent before. This holds for every receiving
// step, and it must: the network duplicates as it likes.
//
// It is not so for three others: SendRequest, SendStartViewChange and Restart mean something new
// each time. Nor does it say that a late duplicate does nothing: OnRequest answers a request with
// REPLY once the request is executed, though the first receipt only appended it; and a PREPARE
// that came too early is a gap at first and an entry later.
func TestDuplicates(t *testing.T) {
	eachStep(t, func(t *rapid.T, i input) {
		if len(i.step.On) == 0 {
			return
		}
		after, sent, why := i.do()
		if why != spec.Accepted {
			return
		}
		again := i
		again.process = after
		twice, more, _ := again.do()
		require.Equal(t, after, twice, "%s on %v, twice", i.step.Name, i.in)
		require.Subset(t, sent, more, "%s on %v, twice", i.step.Name, i.in)
	})
}

// TestLateDuplicateOfRequest shows the exception: the second receipt of a request that is executed
// by then sends what the first did not.
func TestLateDuplicateOfRequest(t *testing.T) {
	c := spec.Configuration{N: 3}
	request := spec.Request{ClientID: 0, RequestNumber: 1, Operation: "a1"}
	r, _, _ := spec.OnRequest(c, spec.Replica{}, request)
	_, _, why := spec.OnRequest(c, r, request)
	require.Equal(t, spec.RequestInProgress, why)
	r, _, _ = spec.OnPrepareOK(c, r, []spec.PrepareOK{{From: 1, ViewNumber: 0, OpNumber: 1}})
	after, sent, why := spec.OnRequest(c, r, request)
	require.Equal(t, spec.Accepted, why)
	require.Equal(t, r, after)
	require.Equal(t, []spec.Message{
		spec.Reply{From: 0, ViewNumber: 0, ClientID: 0, RequestNumber: 1, OpNumber: 1}}, sent)
}
