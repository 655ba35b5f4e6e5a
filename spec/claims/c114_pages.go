// SPDX-License-Identifier: Apache-2.0

package claims

import "viewstamp/spec"

// C-114: a state that is too large for one message is fetched page by page, and the replica that
// gives it may take its next checkpoint meanwhile. Here a state has two pages: one has the
// operations with odd op-numbers, the other those with even ones.

// pages is the claim, with the root that is compared at the end and without. Noted is the name of
// the checkpoint from which the first page is.
func pages() []Claim {
	system := func(name string, second func(spec.Configuration, spec.Replica, spec.CheckpointOffer) (
		spec.Replica, []spec.Message, spec.Ignored)) spec.System {
		p := spec.Checkpoints().Without("SendStartViewChange", "OnLaterView", "OnStartViewChange",
			"OnDoViewChange", "OnStartView", "JoinView", "OnReply", "SendCommit", "OnCommit")
		for _, name := range []string{"TakeCheckpoint", "DropPrefix"} {
			p = p.Replace(name, onlyAt(0, p.Step(name).Do))
		}
		p = p.Replace("SendGetState", onlyAt(2, p.Step("SendGetState").Do))
		p = losing(p, func(to spec.ReplicaNumber, m spec.Message) bool {
			first, ok := m.(spec.Prepare)
			return ok && to == 2 && first.OpNumber == 1
		})
		p = p.Replace("OnCheckpointOffer", spec.ByReplica(second))
		p.Steps = append(p.Steps, spec.Step{Name: "OnFirstPage",
			On: []spec.Kind{spec.KindCheckpointOffer}, Do: spec.ByReplica(OnFirstPage)})
		return onCheckpoints(name, p, 2, 0, 0)
	}
	holds := system("pages of one checkpoint", OnSecondPage)
	holds.Sometimes = []spec.Property{spec.CheckpointInstalled()}
	return []Claim{{
		ID: "C-114", Name: "pages-of-one-root", Source: "Viewstamped Replication Revisited, §5.1",
		Statement: "The pages of a state may be fetched one by one while the replica that gives them " +
			"takes checkpoints, if all are of one root at the end.",
		Claimed: holds, States: 26_840,
	}, {
		ID: "C-114a", Name: "pages-of-any-root", Source: "a reading of the same",
		Statement:  "Each page may be of the checkpoint that there is when it is asked for.",
		Picture:    "How two halves of two checkpoints make a state that never was",
		Claimed:    system("pages of any checkpoint", OnAnySecondPage),
		Properties: []string{"Agreement"}, Refuted: "Agreement", Steps: 16,
		Mutant: "PagesOfAnyRoot",
		Fix:    "Compare the root at the end, and begin anew if it is another one.",
		Fixed:  holds, States: 26_840,
	}}
}

// OnFirstPage keeps the page with even op-numbers. A later one takes its place.
func OnFirstPage(c spec.Configuration, r spec.Replica, m spec.CheckpointOffer) (
	spec.Replica, []spec.Message, spec.Ignored,
) {
	_, _, why := spec.OnCheckpointOffer(c, r, m)
	if why == spec.Accepted && m.Name.OpNumber() <= r.Noted.OpNumber() {
		why = spec.NothingNew
	}
	if why != spec.Accepted {
		return r, nil, why
	}
	r.Noted = m.Name
	return r, nil, spec.Accepted
}

// OnSecondPage completes the state if both pages are of one checkpoint.
func OnSecondPage(c spec.Configuration, r spec.Replica, m spec.CheckpointOffer) (
	spec.Replica, []spec.Message, spec.Ignored,
) {
	if m.Name != r.Noted {
		return r, nil, spec.NotForMe
	}
	return OnAnySecondPage(c, r, m)
}

// OnAnySecondPage completes the state with the page that comes. The result is named as that one is.
func OnAnySecondPage(c spec.Configuration, r spec.Replica, m spec.CheckpointOffer) (
	spec.Replica, []spec.Message, spec.Ignored,
) {
	if r.Noted == (spec.Log{}) {
		return r, nil, spec.NotForMe
	}
	first, mixed := r.Noted, spec.Log{}
	for n := spec.OpNumber(1); n <= m.Name.OpNumber(); n++ {
		switch {
		case n%2 == 1:
			mixed = mixed.Append(m.Name.At(n))
		case first.Has(n):
			mixed = mixed.Append(first.At(n))
		default:
			mixed = mixed.Append(hole)
		}
	}
	m.Name = mixed
	after, sent, why := spec.OnCheckpointOffer(c, r, m)
	if why == spec.Accepted {
		after.Noted = spec.Log{}
	}
	return after, sent, why
}
