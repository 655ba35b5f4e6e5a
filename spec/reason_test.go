// SPDX-License-Identifier: Apache-2.0

package spec_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"viewstamp/spec"
)

// Each reason why a step does nothing has an example that yields exactly it, and each example is a
// story of one line. A reason without one would be a word that nobody has seen in use.

// reasons lists the reasons that the package declares.
func reasons(t require.TestingT) []string {
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	var all []string
	for _, file := range files {
		if !strings.HasSuffix(file, "_test.go") {
			all = append(all, reasonsIn(t, file)...)
		}
	}
	return all
}

// reasonsIn lists the constants of type Ignored in one file.
func reasonsIn(t require.TestingT, name string) []string {
	file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
	require.NoError(t, err)
	var all []string
	ast.Inspect(file, func(n ast.Node) bool {
		value, ok := n.(*ast.ValueSpec)
		if !ok || len(value.Values) != 1 {
			return true
		}
		if typ, ok := value.Type.(*ast.Ident); ok && typ.Name == "Ignored" {
			text, err := strconv.Unquote(value.Values[0].(*ast.BasicLit).Value)
			require.NoError(t, err)
			if text != "" { // Accepted
				all = append(all, text)
			}
		}
		return true
	})
	return all
}

// example is a step that does nothing.
type example struct {
	why   spec.Ignored
	story string
	step  string
	p     spec.Process
	in    []spec.Message
}

var (
	a1 = spec.Request{ClientID: 0, RequestNumber: 1, Operation: "a1"}
	a2 = spec.Request{ClientID: 0, RequestNumber: 2, Operation: "a2"}
)

// logOf is the log of these requests, all put there in view 0.
func logOf(requests ...spec.Request) spec.Log {
	var l spec.Log
	for _, q := range requests {
		l = l.Append(spec.Entry{ClientID: q.ClientID, RequestNumber: q.RequestNumber,
			Operation: q.Operation})
	}
	return l
}

// normal is a replica that is Normal in a view, with this log, of which k entries are committed.
func normal(i spec.ReplicaNumber, v spec.ViewNumber, l spec.Log, k spec.OpNumber) spec.Replica {
	return spec.Replica{ReplicaNumber: i, ViewNumber: v, LastNormalView: v, Log: l, CommitNumber: k}
}

// waiting is a replica that waits for a view and was Normal in view 0 last.
func waiting(i spec.ReplicaNumber, v spec.ViewNumber, l spec.Log, k spec.OpNumber) spec.Replica {
	return spec.Replica{ReplicaNumber: i, Status: spec.ViewChange, ViewNumber: v, Log: l,
		CommitNumber: k}
}

// one is a single message.
func one(m spec.Message) []spec.Message { return []spec.Message{m} }

// examples in a group of three, where replica v mod 3 is the primary of view v.
func examples() []example {
	empty := spec.Log{}
	return []example{
		{spec.NotNormal, "a primary that has left its view takes no request",
			"OnRequest", waiting(0, 1, empty, 0), one(a1)},
		{spec.NotPrimary, "a backup takes no request", "OnRequest", normal(1, 0, empty, 0), one(a1)},
		{spec.NotBackup, "a primary does not depose itself",
			"SendStartViewChange", normal(0, 0, empty, 0), nil},
		{spec.OlderView, "a PREPARE of view 0 reaches a replica that is in view 1",
			"OnPrepare", normal(2, 1, empty, 0), one(spec.Prepare{Request: a1, OpNumber: 1})},
		{spec.NewerView, "a PREPARE of view 1 reaches a replica that is in view 0",
			"OnPrepare", normal(2, 0, empty, 0),
			one(spec.Prepare{From: 1, ViewNumber: 1, Request: a1, OpNumber: 1})},
		{spec.StaleRequest, "a1 arrives after the same client's a2",
			"OnRequest", normal(0, 0, logOf(a1, a2), 0), one(a1)},
		{spec.RequestInProgress, "a1 arrives again before it is committed",
			"OnRequest", normal(0, 0, logOf(a1), 0), one(a1)},
		{spec.Gap, "the PREPARE of op 2 overtakes that of op 1",
			"OnPrepare", normal(1, 0, empty, 0), one(spec.Prepare{Request: a2, OpNumber: 2})},
		{spec.NoGap, "nothing is missing below the PREPARE of op 1, so nothing is asked for",
			"SendGetState", normal(1, 0, empty, 0), one(spec.Prepare{Request: a1, OpNumber: 1})},
		{spec.AlreadyCommitted, "the acknowledgement of op 1 comes again after its commit",
			"OnPrepareOK", normal(0, 0, logOf(a1), 1), one(spec.PrepareOK{From: 1, OpNumber: 1})},
		{spec.NothingNew, "COMMIT says what the backup knows",
			"OnCommit", normal(1, 0, logOf(a1), 1), one(spec.Commit{CommitNumber: 1})},
		{spec.AlreadyNormal, "STARTVIEW comes again when the log has grown since (D18)",
			"OnStartView", normal(2, 1, logOf(a1), 0), one(spec.StartView{From: 1, ViewNumber: 1})},
		{spec.NotInViewChange, "the last STARTVIEWCHANGE for view 1 comes when view 1 has started",
			"OnStartViewChange", normal(2, 1, empty, 0),
			one(spec.StartViewChange{From: 0, ViewNumber: 1})},
		{spec.NotNewPrimary, "DOVIEWCHANGE for view 1 is no business of replica 2",
			"OnDoViewChange", waiting(2, 1, empty, 0),
			[]spec.Message{spec.DoViewChange{From: 2, ViewNumber: 1},
				spec.DoViewChange{From: 0, ViewNumber: 1}}},
		{spec.NewPrimary, "the primary of view 1 starts it, and does not join it",
			"JoinView", waiting(1, 1, empty, 0), one(spec.Commit{From: 1, ViewNumber: 1})},
		{spec.NotForMe, "NEWSTATE is for replica 1", "OnNewState", waiting(2, 3, empty, 0),
			one(spec.NewState{From: 0, To: 1, ViewNumber: 3, Log: logOf(a1)})},
		{spec.Outstanding, "a client has one request at a time",
			"SendRequest", spec.Client{RequestNumber: 1, Outstanding: true}, nil},
		{spec.NotOutstanding, "the reply to a1 comes again while the client waits for that to a2",
			"OnReply", spec.Client{RequestNumber: 2, Outstanding: true},
			one(spec.Reply{RequestNumber: 1, OpNumber: 1})},
	}
}

// recoveryExamples are those of §4.3, in the protocol with crash vectors.
func recoveryExamples() []example {
	crashed := spec.CrashVector{}.With(2, 1)
	recovering := spec.Replica{ReplicaNumber: 2, Status: spec.Recovering, Nonce: 1,
		CrashVector: crashed}
	answer := func(from spec.ReplicaNumber, v spec.ViewNumber) spec.RecoveryResponse {
		return spec.RecoveryResponse{From: from, To: 2, ViewNumber: v, Nonce: 1, CrashVector: crashed}
	}
	return []example{
		{spec.IsRecovering, "a replica that has lost its log acknowledges nothing",
			"OnPrepare", recovering, one(spec.Prepare{Request: a1, OpNumber: 1})},
		{spec.NotRecovering, "the answers come again when it has recovered", "OnRecoveryResponse",
			spec.Replica{ReplicaNumber: 2, Nonce: 1, CrashVector: crashed},
			[]spec.Message{answer(0, 0), answer(1, 0)}},
		{spec.NoPrimaryOfLatestView, "0 leads view 0, and 1 answers that it is in view 2",
			"OnRecoveryResponse", recovering, []spec.Message{answer(0, 0), answer(1, 2)}},
		{spec.NotCrashConsistent, "0 has sent its STARTVIEWCHANGE before the crash that 1 knows of",
			"OnStartViewChange", spec.Replica{ReplicaNumber: 1, Status: spec.ViewChange,
				ViewNumber: 1, CrashVector: spec.CrashVector{}.With(0, 1)},
			one(spec.StartViewChange{From: 0, ViewNumber: 1})},
	}
}

// readExamples are those of §6.3.1, in the protocol with reads at the primary.
func readExamples() []example {
	valid := spec.Lease{Phase: spec.Valid}
	held, given := normal(1, 1, logOf(a1), 0), normal(2, 0, spec.Log{}, 0)
	held.Lease, given.Given = spec.Lease{ViewNumber: 1, Phase: spec.Valid}, valid
	leaving := waiting(2, 1, spec.Log{}, 0)
	leaving.Given = valid
	return []example{
		{spec.NoValidLease, "a primary without leases answers no read",
			"OnRead", normal(0, 0, spec.Log{}, 0), one(spec.Read{})},
		{spec.InheritedNotCommitted, "a1 of view 0 may have been committed there (D29)",
			"OnRead", held, one(spec.Read{})},
		{spec.LeaseGiven, "who has given a lease helps no view to start",
			"OnStartViewChange", leaving, one(spec.StartViewChange{From: 1, ViewNumber: 1})},
		{spec.LeaseKnown, "a lease is given once in a view", "SendLease", given, nil},
	}
}

// clientExamples are those of §4.5, in the protocol in which clients recover.
func clientExamples() []example {
	return []example{{spec.NoClient, "a crowd does not crash", "CrashClient", spec.Crowd{}, nil}}
}

// diskExamples are those of damaged disks. Another outcome than the first is chosen by the step.
func diskExamples() (spec.Protocol, []example) {
	p := spec.DamagedDisks()
	for name, choice := range map[string]int{"OnDoViewChange": 1, "RestartDamaged": 2} {
		do := p.Step(name).Do
		p = p.Replace(name, func(c spec.Configuration, p spec.Process, in []spec.Message, _ int) (
			spec.Process, []spec.Message, spec.Ignored,
		) {
			return do(c, p, in, choice)
		})
	}
	lost, entered := waiting(1, 1, logOf(a1), 0), normal(2, 1, logOf(a1), 0)
	lost.Damage.Lost = lost.Damage.Lost.With(1)
	vote := func(from spec.ReplicaNumber, headUnknown bool) spec.Message {
		return spec.DoViewChange{From: from, ViewNumber: 1, Log: logOf(a1), HeadUnknown: headUnknown}
	}
	return p, []example{
		{spec.EntryLost, "nobody supplies a1, and both have had it", "OnDoViewChange", lost,
			[]spec.Message{vote(1, false), vote(0, false)}},
		{spec.EntryAtHand, "the new primary can read a1 itself", "OnDoViewChange",
			waiting(1, 1, logOf(a1), 0), []spec.Message{vote(1, false), vote(0, false)}},
		{spec.HeadInDoubt, "0 and 2 may have acknowledged an entry above a1", "OnOneMoreDoViewChange",
			lost, []spec.Message{vote(1, false), vote(0, true), vote(2, true)}},
		{spec.NoneLost, "nothing is to be repaired", "SendGetEntries", entered, nil},
		{spec.HeadKnown, "with a1 of view 0 the replica has entered view 1", "RestartDamaged",
			entered, nil},
	}
}

// checkpointExamples are those of §5.1.
func checkpointExamples() []example {
	dropped, installed := normal(0, 0, logOf(a1), 1), waiting(2, 1, logOf(a1), 1)
	dropped.Checkpoint, dropped.Dropped, installed.Checkpoint = 1, 1, 1
	return []example{
		{spec.InCheckpoint, "0 has dropped a1", "OnGetState", dropped, one(spec.GetState{From: 2})},
		{spec.InLog, "0 has a1 in its log", "OfferCheckpoint",
			normal(0, 0, logOf(a1), 1), one(spec.GetState{From: 2})},
		{spec.BelowCheckpoint, "2 has a checkpoint of view 1; the view started without a1",
			"OnStartView", installed, one(spec.StartView{From: 1, ViewNumber: 1})},
	}
}

// lostDiskExamples are those of a replica that comes back on a new disk.
func lostDiskExamples() []example {
	formatted := waiting(2, 1, spec.Log{}, 0)
	formatted.Formatted = true
	return []example{{spec.NotAdopted, "2 does not know what it has acknowledged before",
		"OnStartViewChange", formatted, one(spec.StartViewChange{From: 1, ViewNumber: 1})}}
}

// exampleGroup is the examples of one protocol.
type exampleGroup struct {
	protocol      spec.Protocol
	examples      []example
	configuration spec.Configuration
}

// allExamples lists the examples of all reasons that steps give.
func allExamples() []exampleGroup {
	disks, onDisks := diskExamples()
	three := spec.Configuration{N: 3}
	return append([]exampleGroup{
		{spec.ViewstampedReplication(), examples(), three},
		{spec.CrashVectors(), recoveryExamples(), three},
		{spec.ReadsAtPrimary(), readExamples(), three},
		{spec.ClientRecoveries(), clientExamples(), three},
		{spec.Reconfigurable(), epochExamples(), three},
		{disks, onDisks, three},
		{spec.Checkpoints(), checkpointExamples(), three},
		{spec.LostDisks(), lostDiskExamples(), three},
	}, optimisationExamples()...)
}

// countingExamples are those of who counts the messages of a quorum: they are not a step's.
func countingExamples() []example {
	return []example{
		{spec.BelowQuorum, "one STARTVIEWCHANGE of another replica is too little among five",
			"OnStartViewChange", waiting(2, 1, spec.Log{}, 0),
			one(spec.StartViewChange{From: 0, ViewNumber: 1})},
		{spec.NonceMismatch, "the answer to the first recovery comes in the second",
			"OnRecoveryResponse", spec.Replica{ReplicaNumber: 2, Status: spec.Recovering, Nonce: 2},
			one(spec.RecoveryResponse{From: 0, To: 2, Nonce: 1})},
	}
}

func TestEachReasonHasItsExample(t *testing.T) {
	var seen []string
	for _, group := range allExamples() {
		for _, e := range group.examples {
			t.Run(string(e.why), func(t *testing.T) {
				step := group.protocol.Step(e.step)
				after, sent, why := step.Do(group.configuration, e.p, e.in, 0)
				require.Equal(t, e.why, why, "%s: %s of %v on %v", e.story, e.step, e.p, e.in)
				require.Equal(t, e.p, after)
				require.Empty(t, sent)
			})
			seen = append(seen, string(e.why))
		}
	}
	for _, e := range countingExamples() {
		steps, why := spec.PersistentView().Decide(spec.Configuration{N: 5}, e.p, e.in[0], e.in...)
		require.Empty(t, steps, e.story)
		require.Equal(t, e.why, why, e.story)
		seen = append(seen, string(e.why))
	}
	declared := reasons(t)
	slices.Sort(declared)
	slices.Sort(seen)
	require.Equal(t, declared, seen, "one example for each reason, and no other")
}
