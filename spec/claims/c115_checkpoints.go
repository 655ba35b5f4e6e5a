// SPDX-License-Identifier: Apache-2.0

package claims

import "viewstamp/spec"

// C-115: a log drops what a checkpoint covers, and a replica that needs it gets the checkpoint.
// Each wrong variant says something in the checkpoint's name that the checkpoint does not say.

// withCheckpoints is the protocol with checkpoints and as little else as shows them: a replica that
// has missed a view joins it.
func withCheckpoints() spec.Protocol {
	return spec.Checkpoints().Without("OnReply", "SendCommit", "OnCommit", "SendGetState")
}

// onCheckpoints is a system of three replicas with checkpoints.
func onCheckpoints(name string, p spec.Protocol, requests, viewChanges, restarts int) spec.System {
	s := bounded(name, p, requests, viewChanges, restarts)
	if restarts == 0 {
		s.Protocol = p.Without("Restart")
	}
	s.Always = spec.CheckpointProperties()
	return s
}

// droppedPrefixes is what a checkpoint may stand for.
func droppedPrefixes() []Claim {
	base := withCheckpoints()
	right := onCheckpoints("checkpoints, and logs without what they cover", base, 1, 1, 0)
	wrong := func(id, name, mutant, statement, fix, breaks string, steps int, s spec.System) Claim {
		return Claim{ID: id, Name: name, Source: "wrong variants of §5.1",
			Statement: statement, Picture: "What follows if " + name + " is the rule",
			Claimed: s, Properties: []string{breaks}, Refuted: breaks, Steps: steps,
			Mutant: mutant, Fix: fix, Fixed: right, States: 816_146, SlowFix: true}
	}
	offer := func(do func(spec.Configuration, spec.Replica, spec.CheckpointOffer) (
		spec.Replica, []spec.Message, spec.Ignored)) spec.Protocol {
		return base.Replace("OnCheckpointOffer", spec.ByReplica(do))
	}
	cut := spec.Checkpoints().Without("OnReply", "SendCommit", "OnCommit", "JoinView").
		Replace("OnCheckpointOffer", spec.ByReplica(CutToCheckpoint))
	forgetful := base.Replace("Restart", OnRestart(LoseDropped))
	return []Claim{
		{ID: "C-115", Name: "dropped-prefixes", Source: "Viewstamped Replication Revisited, §5.1",
			Statement: "A log may drop what a durable checkpoint covers, and a replica that lacks it " +
				"takes the checkpoint, if neither its view nor v′ changes by that.",
			Claimed: right, States: 816_146, Slow: true},
		wrong("C-115a", "checkpoint-enters-view", "CheckpointEntersView",
			"A replica that takes a checkpoint is Normal in the view that it comes from.",
			"Only the log of a view makes a replica Normal in it (D26).", "NormalHasStart", 17,
			onCheckpoints("checkpoint enters its view", laterViews(offer(EnterViewOfCheckpoint)),
				2, 1, 0)),
		wrong("C-115b", "checkpoint-cuts-log", "StateSyncTruncates",
			"A replica that takes a checkpoint has that, and no log above it.",
			"Keep the log above it, if it continues the checkpoint.", "AckTrue", 12,
			onCheckpoints("checkpoint cuts the log", cut, 2, 0, 0)),
		wrong("C-115c", "checkpoint-acknowledged-early", "StateSyncAcksEarly",
			"A replica may say that it has a checkpoint before the checkpoint is on its disk.",
			"First the checkpoint, then whatever rests on it.", "AckTrue", 16,
			onCheckpoints("checkpoint in memory", forgetful.
				Replace("OnCheckpointOffer", spec.ByReplica(InstallInMemory)), 1, 1, 1)),
		wrong("C-115d", "checkpoint-of-prepared", "CheckpointAtOpNumber",
			"A checkpoint may cover all that is in the log.",
			"It covers what is committed (D25).", "Agreement", 9,
			onCheckpoints("checkpoint at n", base.Replace("TakeCheckpoint",
				spec.Spontaneous(CheckpointAll)), 2, 1, 1)),
		wrong("C-115e", "log-dropped-early", "OverwriteBeforeCheckpoint",
			"What is executed may be dropped before the checkpoint that covers it is on disk.",
			"First the checkpoint, then the entries.", "NothingLost", 10,
			onCheckpoints("dropped before the checkpoint", forgetful.
				Replace("DropPrefix", spec.Spontaneous(DropExecuted)), 1, 1, 1)),
		wrong("C-115f", "short-log-in-do-view-change", "DoViewChangeWithoutPrefix",
			"DOVIEWCHANGE carries the log as it is, without what it has dropped.",
			"Its op-number counts what is dropped.", "NothingLost", 11,
			onCheckpoints("a short log in DOVIEWCHANGE", base.Replace("OnStartViewChange",
				spec.ByQuorum(VoteWithoutPrefix)), 1, 1, 0)),
		wrong("C-115g", "log-below-checkpoint", "StartViewBelowCheckpoint",
			"A replica that waits for a view and has a checkpoint of it may still take any log of it.",
			"None that ends below the checkpoint.", "CommitBound", 16,
			onCheckpoints("any log of the view", base.
				Replace("OnStartView", spec.ByReplica(spec.OnStartView)), 1, 1, 0)),
	}
}

// laterViews is the protocol with COMMIT, in which view 0 sends none and makes no checkpoint: each
// of its runs is a run of the whole one, and there are fewer of them.
func laterViews(p spec.Protocol) spec.Protocol {
	whole := spec.Checkpoints()
	p = whole.Replace("OnCheckpointOffer", p.Step("OnCheckpointOffer").Do).
		Without("OnReply", "OnCommit", "SendGetState")
	for _, name := range []string{"SendCommit", "TakeCheckpoint"} {
		do := p.Step(name).Do
		p = p.Replace(name, func(c spec.Configuration, p spec.Process, in []spec.Message, n int) (
			spec.Process, []spec.Message, spec.Ignored,
		) {
			if p.(spec.Replica).ViewNumber == 0 {
				return p, nil, spec.NothingNew
			}
			return do(c, p, in, n)
		})
	}
	return p
}

// EnterViewOfCheckpoint is OnCheckpointOffer that makes a waiting replica Normal.
func EnterViewOfCheckpoint(c spec.Configuration, r spec.Replica, m spec.CheckpointOffer) (
	spec.Replica, []spec.Message, spec.Ignored,
) {
	after, sent, why := spec.OnCheckpointOffer(c, r, m)
	if why == spec.Accepted {
		after.Status, after.LastNormalView = spec.Normal, after.ViewNumber
	}
	return after, sent, why
}

// CutToCheckpoint is OnCheckpointOffer that keeps nothing above the checkpoint.
func CutToCheckpoint(c spec.Configuration, r spec.Replica, m spec.CheckpointOffer) (
	spec.Replica, []spec.Message, spec.Ignored,
) {
	after, sent, why := spec.OnCheckpointOffer(c, r, m)
	if why == spec.Accepted {
		after.Log = m.Name
	}
	return after, sent, why
}

// InstallInMemory is OnCheckpointOffer that does not write the checkpoint.
func InstallInMemory(c spec.Configuration, r spec.Replica, m spec.CheckpointOffer) (
	spec.Replica, []spec.Message, spec.Ignored,
) {
	after, sent, why := spec.OnCheckpointOffer(c, r, m)
	after.Checkpoint = r.Checkpoint
	return after, sent, why
}

// CheckpointAll is TakeCheckpoint that executes all that is in the log.
func CheckpointAll(_ spec.Configuration, r spec.Replica) (
	spec.Replica, []spec.Message, spec.Ignored,
) {
	if r.OpNumber() <= r.Checkpoint {
		return r, nil, spec.NothingNew
	}
	r.Checkpoint = r.OpNumber()
	return r, nil, spec.Accepted
}

// DropExecuted is DropPrefix that does not wait for the checkpoint.
func DropExecuted(_ spec.Configuration, r spec.Replica) (
	spec.Replica, []spec.Message, spec.Ignored,
) {
	if r.CommitNumber <= r.Dropped {
		return r, nil, spec.NothingNew
	}
	r.Dropped = r.CommitNumber
	return r, nil, spec.Accepted
}

// LoseDropped is Restart of a replica that may have dropped what no checkpoint on its disk covers.
// What is above that cannot be executed, and the replica takes its log for empty from there on.
func LoseDropped(c spec.Configuration, r spec.Replica, lost int) (
	spec.Replica, []spec.Message, spec.Ignored,
) {
	after, sent, why := spec.Restart(c, r, lost)
	if after.Dropped > after.Checkpoint {
		after.Log, after.Dropped = after.Log.UpTo(after.Checkpoint), after.Checkpoint
	}
	after.CommitNumber = after.Checkpoint
	return after, sent, why
}

// VoteWithoutPrefix is OnStartViewChange that leaves out what is dropped.
func VoteWithoutPrefix(c spec.Configuration, r spec.Replica, quorum []spec.StartViewChange) (
	spec.Replica, []spec.Message, spec.Ignored,
) {
	short := r
	short.Log = r.Log.After(r.Dropped)
	_, sent, why := spec.OnStartViewChange(c, short, quorum)
	return r, sent, why
}
