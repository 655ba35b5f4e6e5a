// SPDX-License-Identifier: Apache-2.0

package mutants

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"viewstamp/checker/mc"
	"viewstamp/checker/model"
	"viewstamp/spec"
)

// The properties that only reconfiguration has are seen to fail too, each before all others.

// leaveUncommitted is the rule under which a replica is in the next epoch as soon as its log ends
// with a RECONFIGURATION.
func leaveUncommitted() spec.EpochRule {
	rule := spec.EpochRules()
	rule.Leave = func(r spec.Replica, sent []spec.Message) (spec.Replica, []spec.Message) {
		if r.OpNumber() > max(r.EpochOp, r.CommitNumber) {
			if _, ok := r.Log.At(r.OpNumber()).Operation.NewGroup(); ok {
				r.CommitNumber = r.OpNumber()
			}
		}
		return spec.LeaveEpoch(r, sent)
	}
	return rule
}

func TestEpochPropertiesAreBrokenFirst(t *testing.T) {
	few := claimed("C-302q2") // One EPOCHSTARTED is enough.
	few.Always = nil
	uncommitted := claimed("C-302a")
	uncommitted.Protocol = spec.WithEpochs(spec.ViewstampedReplication().Without("SendGetState",
		"JoinView", "OnGetState", "OnNewState", "SendCommit", "OnCommit", "Restart", "OnReply",
		"SendRequest"), leaveUncommitted())
	uncommitted.Bounds = spec.Bounds{Replicas: 3, ViewChanges: 1, Plan: "0→123 0→013"}
	for property, s := range map[string]spec.System{
		"ShutDownProven": few, "EpochAgreement": uncommitted,
	} {
		t.Run(property, func(t *testing.T) {
			r, err := mc.Check(context.Background(), model.Build(s), mc.Options{})
			require.NoError(t, err)
			require.Equal(t, property, r.Violated, r.Why)
			t.Logf("%d steps, %d states", len(r.Counterexample), r.Distinct)
		})
	}
}
