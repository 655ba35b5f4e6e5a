// SPDX-License-Identifier: Apache-2.0

package claims

import "viewstamp/spec"

// C-701 and C-702: optimisations together. Each is right alone; what one leaves to the protocol
// below it another may have taken away.

const together = "this project: parts of Viewstamped Replication Revisited together"

// composed are the claims about it.
func composed() []Claim {
	return append(suffixesOfCheckpoints(), checkpointsOfEpochs()...)
}

// suffixesOfCheckpoints is about a new primary that lacks entries which are in a checkpoint of the
// replica whose log it has chosen.
func suffixesOfCheckpoints() []Claim {
	system := func(name string, p spec.Protocol, requests int) spec.System {
		p = p.Without("SendGetState", "JoinView", "OnReply", "SendCommit", "OnCommit", "Restart")
		s := bounded(name, p, requests, 1, 0)
		s.Always = append(spec.CheckpointProperties(), spec.ChosenIsAnswered(p))
		return s
	}
	parts := spec.WithCheckpoints(spec.LogSuffixes())
	all := spec.WithBatching(parts, 1)
	right := system("suffixes and checkpoints", parts, 1)
	holds := system("suffixes, checkpoints and batches", all, 2)
	holds.Sometimes = []spec.Property{spec.EntriesFetched(), spec.BatchCommitted()}
	return []Claim{{
		ID: "C-701", Name: "suffixes-checkpoints-batches", Source: together,
		Statement: "View changes with log suffixes, checkpoints below the log and batches go together, " +
			"if a new primary may take the checkpoint of the replica whose log it has chosen.",
		Claimed: holds, States: 6_989_850, Slow: true,
	}, {
		ID: "C-701a", Name: "checkpoint-for-backups-only",
		Source:    "§5.1 and §5.3 together, as they stand",
		Statement: "Only backups take checkpoints: a new primary gets what it lacks as entries.",
		Picture:   "How a new primary waits for ever for entries that are in a checkpoint",
		Claimed: system("suffixes and checkpoints, for backups only", parts.Replace(
			"OnCheckpointOffer", spec.ByReplica(CheckpointForBackups)), 1),
		Properties: []string{"ChosenIsAnswered"}, Refuted: "ChosenIsAnswered", Steps: 11,
		Mutant: "CheckpointForBackups",
		Fix:    "It takes the checkpoint, and asks for what follows.",
		Fixed:  right, States: 8_466,
	}}
}

// CheckpointForBackups is OnCheckpointOffer that is not for who will lead the view.
func CheckpointForBackups(c spec.Configuration, r spec.Replica, m spec.CheckpointOffer) (
	spec.Replica, []spec.Message, spec.Ignored,
) {
	if c.Primary(m.ViewNumber) == r.ReplicaNumber {
		return r, nil, spec.NotBackup
	}
	return spec.OnCheckpointOffer(c, r, m)
}

// checkpointsOfEpochs is about a new group whose state is in checkpoints of the old one.
func checkpointsOfEpochs() []Claim {
	base := spec.WithEpochs(spec.WithCheckpoints(spec.ViewstampedReplication()), spec.EpochRules())
	system := func(p spec.Protocol, b spec.Bounds) spec.System {
		s := epochs(p, "0→123", b)
		s.Protocol = withoutGetState(s.Protocol)
		s.Always = append(spec.CheckpointProperties(), spec.NeverStuck(p, spec.Repeats))
		return s
	}
	atOne := base // One replica takes checkpoints: each of its runs is a run of the whole.
	for _, name := range []string{"TakeCheckpoint", "DropPrefix"} {
		atOne = atOne.Replace(name, onlyAt(1, atOne.Step(name).Do))
	}
	right := system(atOne, spec.Bounds{Requests: 1})
	right.Always = spec.CheckpointProperties()
	restarts := system(base, spec.Bounds{Restarts: 1})
	return []Claim{
		epochHolds("C-702", "checkpoints-of-epochs", "Logs may drop what a checkpoint covers also where "+
			"groups change: a member of the new group gets the checkpoint, and who has one that covers "+
			"the RECONFIGURATION has the state of the epoch.", right, 2_883_880),
		epochWrong("C-702a", "epoch-state-in-entries", "The state of an epoch is given in entries of "+
			"the log.", "Give the checkpoint that they are in.", "EpochStateInEntries",
			system(base.Without("OfferEpochCheckpoint", "OnEpochCheckpoint"), spec.Bounds{}),
			"NeverStuck", 7, system(base, spec.Bounds{}), 26_114),
		epochWrong("C-702b", "stamp-in-log-only", "A restarted replica has the state of its "+
			"epoch if its log has the RECONFIGURATION with the stamp.",
			"Or if its checkpoint goes so far: what that covers is committed, and has no stamp.",
			"StampInLogOnly", system(base.Replace("Restart", LookInLogOnly),
				spec.Bounds{Restarts: 1}), "NeverStuck", 8, restarts, 1_128_583),
	}
}

// withoutGetState leaves out the state transfer of a view, as far as the protocol has it.
func withoutGetState(p spec.Protocol) spec.Protocol {
	for _, name := range []string{"OfferCheckpoint", "OnCheckpointOffer"} {
		if hasStep(p, name) {
			p = p.Without(name)
		}
	}
	return p
}

// LookInLogOnly is the restart of a replica that has dropped the RECONFIGURATION, and so takes
// itself for one without the state of its epoch.
func LookInLogOnly(c spec.Configuration, p spec.Process, in []spec.Message, choice int) (
	spec.Process, []spec.Message, spec.Ignored,
) {
	base := spec.WithEpochs(spec.WithCheckpoints(spec.ViewstampedReplication()), spec.EpochRules())
	after, sent, why := base.Step("Restart").Do(c, p, in, choice)
	r := p.(spec.Replica)
	if why != spec.Accepted || r.EpochNumber == 0 || r.Dropped < r.EpochOp {
		return after, sent, why
	}
	r.Status, r.CommitNumber = spec.Transitioning, r.Checkpoint
	return r, nil, spec.Accepted
}
