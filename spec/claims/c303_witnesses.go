// SPDX-License-Identifier: Apache-2.0

package claims

import "viewstamp/spec"

// C-303: of 2f+1 replicas only f+1 have the state of the service; f witnesses have a log, and may
// drop of it what every active replica has in a checkpoint.

// witnesses is the claim, and what each part of it is for.
func witnesses() []Claim {
	const source = "Viewstamped Replication Revisited, §6.1"
	quiet := spec.Witnesses().Without("SendGetState", "JoinView", "OnGetState", "OnNewState",
		"OnReply", "Restart")
	system := func(name string, p spec.Protocol, views, witnesses int) spec.System {
		s := bounded(name, p, 1, views, 0)
		s.Bounds.Witnesses = witnesses
		s.Always = []spec.Property{spec.StateExists(), spec.RepliesFromActive(2)}
		return s
	}
	holds := system("two active replicas and a witness", quiet, 1, 1)
	holds.Sometimes = []spec.Property{spec.LogCollected(), spec.CommittedInLaterView()}
	collects := func(id, name, statement, mutant string, p spec.Protocol) Claim {
		return Claim{
			ID: id, Name: name, Source: "a loose reading of " + source, Statement: statement,
			Picture:    "How the last copy of an operation is dropped",
			Claimed:    system(name, p, 0, 1),
			Properties: []string{"StateExists"}, Refuted: "StateExists", Steps: 6, Mutant: mutant,
			Fix:   "It keeps all above the smallest checkpoint of all active replicas.",
			Fixed: system("two active replicas and a witness, one view", quiet, 0, 1), States: 72,
		}
	}
	quorum := func(spec.Configuration) int { return 1 }
	own := collects("C-303a", "witness-collects-committed",
		"A witness may drop what it knows to be committed.", "WitnessCollectsCommitted",
		quiet.Replace("OnCommit", spec.ByReplica(CollectCommitted)))
	one := collects("C-303b", "witness-collects-at-one",
		"A witness may drop what one active replica has in its checkpoint.", "WitnessCollectsAtOne",
		quiet.ReplaceQuorum("CollectLog", quorum, nil))
	return []Claim{{
		ID: "C-303", Name: "witnesses", Source: source + ", completed",
		Statement: "Two active replicas and a witness are as safe as three replicas, if only active " +
			"ones lead views and the witness keeps what one of them lacks in its checkpoint.",
		Claimed: holds, States: 14_688,
	}, own, one, {
		ID: "C-303c", Name: "witness-leads", Source: "the rule of §4 for who leads a view",
		Statement:  "The primary of view v is replica v mod N, also if that is a witness.",
		Picture:    "How a replica without a state comes to answer",
		Claimed:    system("the witness may lead", quiet.Without("SendCheckpointed", "CollectLog"), 2, 0),
		Properties: []string{"RepliesFromActive"}, Refuted: "RepliesFromActive", Steps: 10,
		Mutant: "WitnessLeads",
		Fix:    "The views go round the active replicas: v mod f+1 (D28).",
		Fixed: system("only active replicas lead", quiet.Without("SendCheckpointed", "CollectLog"),
			2, 1), States: 543_166, SlowFix: true,
	}}
}

// CollectCommitted is OnCommit of a witness that drops what is committed.
func CollectCommitted(c spec.Configuration, r spec.Replica, m spec.Commit) (
	spec.Replica, []spec.Message, spec.Ignored,
) {
	after, sent, why := spec.OnCommit(c, r, m)
	if why == spec.Accepted && int(r.ReplicaNumber) >= c.Active() {
		after.Collected = after.CommitNumber
	}
	return after, sent, why
}
