// SPDX-License-Identifier: Apache-2.0

package spec_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"viewstamp/spec"
)

// The optimisations of §4.4, §5.3, §6.1, §6.2 and the quorum reads: examples of the reasons, and
// what the models cannot show.

// optimisationExamples are those of the protocols with an optimisation.
func optimisationExamples() []exampleGroup {
	three, witness := spec.Configuration{N: 3}, spec.Configuration{N: 3, Witnesses: 1}
	chosen := waiting(1, 1, spec.Log{}, 0)
	chosen.Chosen = spec.Chosen{From: 0, OpNumber: 1}
	dropped := normal(2, 0, logOf(a1), 1)
	dropped.Collected = 1
	return []exampleGroup{{spec.Batching(1), []example{
		{spec.PipelineFull, "a2 must wait in the batch until a1 is committed (D9)", "SendBatch",
			batchOf(normal(0, 0, logOf(a1), 0), a2), nil},
		{spec.EmptyBatch, "the primary has collected nothing", "SendBatch",
			normal(0, 0, logOf(a1), 1), nil},
	}, three}, {spec.LogSuffixes(), []example{
		{spec.NotChosen, "2 answers, but the log that was chosen is that of 0", "OnNewState", chosen,
			one(spec.NewState{From: 2, To: 1, ViewNumber: 1, Log: logOf(a1)})},
	}, three}, {spec.Witnesses(), []example{
		{spec.IsWitness, "a witness has no checkpoint", "SendCheckpointed",
			normal(2, 0, logOf(a1), 1), nil},
		{spec.NotWitness, "an active replica does not ask the others what it may drop", "CollectLog",
			normal(1, 0, logOf(a1), 1), []spec.Message{spec.Checkpointed{From: 0, OpNumber: 1},
				spec.Checkpointed{From: 1, OpNumber: 1}}},
		{spec.EntriesDropped, "a witness is asked for what it has dropped", "OnGetState", dropped,
			one(spec.GetState{From: 1})},
	}, witness}, {spec.QuorumReads(), []example{
		{spec.NotExecuted, "1 has an entry that 0 has not executed", "OnReadHead",
			normal(0, 0, logOf(a1), 0), []spec.Message{spec.ReadHead{From: 0},
				spec.ReadHead{From: 1, OpNumber: 1}}},
	}, three}}
}

// batchOf is a primary that has collected these requests.
func batchOf(r spec.Replica, requests ...spec.Request) spec.Replica {
	r.Batch = logOf(requests...)
	return r
}

// A batch gets one op-number and one PREPARE; each of its requests gets a reply of its own, and the
// reply once more if it comes again.
func TestBatchIsOneOperation(t *testing.T) {
	c := spec.Configuration{N: 3}
	b1 := spec.Request{ClientID: 1, RequestNumber: 1, Operation: "b1"}
	zero := spec.Replica{}
	for _, q := range []spec.Request{a1, b1} {
		after, sent, why := spec.CollectRequest(c, zero, q)
		require.Equal(t, spec.Accepted, why)
		require.Empty(t, sent)
		zero = after
	}
	_, _, why := spec.CollectRequest(c, zero, b1)
	require.Equal(t, spec.RequestInProgress, why, "it is in the batch")
	zero, sent, why := spec.SendBatch(c, zero)
	require.Equal(t, spec.Accepted, why)
	require.Equal(t, "[PREPARE(v=0 m=a1+b1 n=1 k=0)]", text(nil, sent)[len("<nil> sends "):])
	require.Equal(t, "Normal v=0 v′=0 l=[a1+b1@0] k=0", zero.String())
	_, _, why = spec.CollectRequest(c, zero, b1)
	require.Equal(t, spec.RequestInProgress, why, "it is in the log")
	one, ok, _ := spec.OnPrepare(c, spec.Replica{ReplicaNumber: 1}, sent[0].(spec.Prepare))
	require.Equal(t, zero.Log, one.Log)
	zero, replies, _ := spec.OnPrepareOK(c, zero, []spec.PrepareOK{ok[0].(spec.PrepareOK)})
	require.Equal(t, []spec.Message{
		spec.Reply{ClientID: 0, RequestNumber: 1, OpNumber: 1},
		spec.Reply{ClientID: 1, RequestNumber: 1, OpNumber: 1, Place: 1}}, replies)
	for i, q := range []spec.Request{a1, b1} {
		_, again, _ := spec.CollectRequest(c, zero, q)
		require.Equal(t, replies[i:i+1], again)
	}
}

// TestWalkWithOptimisations walks through each of the protocols beyond what is searched: five
// replicas, restarts, many requests. What only they have must have happened.
func TestWalkWithOptimisations(t *testing.T) {
	for _, test := range []struct {
		protocol  spec.Protocol
		always    []spec.Property
		bounds    spec.Bounds
		sometimes spec.Property
	}{
		{spec.Batching(2), nil, spec.Bounds{}, spec.BatchCommitted()},
		{spec.Predictions(), []spec.Property{spec.SamePrediction()}, spec.Bounds{},
			spec.CommittedInLaterView()},
		{spec.LogSuffixes(), []spec.Property{
			spec.ChosenIsServed(spec.LogSuffixes().Step("OnGetState").Do)}, spec.Bounds{},
			spec.CommittedInLaterView()},
		{spec.Witnesses(), []spec.Property{spec.StateExists(), spec.RepliesFromActive(3)},
			spec.Bounds{Witnesses: 2}, spec.CommittedInLaterView()},
		{spec.QuorumReads(), []spec.Property{spec.ReadsSeeWrites()}, spec.Bounds{},
			spec.ReadInLaterView()},
		{spec.Pipelined(spec.ViewstampedReplication(), 2), nil,
			spec.Bounds{CommitQuorum: 2, ChangeQuorum: 4}, spec.CommittedInLaterView()},
	} {
		t.Run(test.protocol.Name, func(t *testing.T) {
			s := system(test.protocol, 5, 3)
			s.Bounds.Witnesses = test.bounds.Witnesses
			s.Bounds.CommitQuorum = test.bounds.CommitQuorum
			s.Bounds.ChangeQuorum = test.bounds.ChangeQuorum
			s.Always = test.always
			require.NoError(t, s.Configuration().Validate())
			fired, reached := make(map[string]int), false
			for _, number := range seeds(12) {
				w, broken := stroll(s, number, 150)
				require.Empty(t, broken, "%s\n%v", reproduce(t, number), w)
				for _, f := range w.taken {
					fired[f.step.Name]++
				}
				for _, kind := range test.sometimes.Kinds {
					for _, m := range w.sent[kind] {
						reached = reached || test.sometimes.Message(m)
					}
				}
			}
			if *seed < 0 {
				require.True(t, reached, "%s; %v", test.sometimes.Name, fired)
				for _, step := range test.protocol.Steps {
					require.NotZero(t, fired[step.Name], step.Name)
				}
			}
		})
	}
}
