// SPDX-License-Identifier: Apache-2.0

package spec

// §4.3 Recovery: a replica that has lost its memory gets its state back from the others. There are
// three protocols, which differ in what a crash leaves. None of them writes to a disk in normal
// operation; the durable one is in restart.go.

// Nonce is x: it tells the recoveries of one replica apart. The k-th has x = k, as a counter on
// disk or a clock would have it (§4.3); a replica that has never crashed has 0.
type Nonce int

// Reasons of the recovery protocol.
const (
	// IsRecovering: a replica that has not recovered yet takes part in nothing.
	IsRecovering Ignored = "recovering"
	// NotRecovering: the replica has its state.
	NotRecovering Ignored = "not-recovering"
	// NoPrimaryOfLatestView: of the views in the answers the latest is one whose primary has
	// not answered in it (D20).
	NoPrimaryOfLatestView Ignored = "no-primary-of-latest-view"
	// NotCrashConsistent: one of the messages was sent before a crash that another one knows of.
	NotCrashConsistent Ignored = "not-crash-consistent"
)

// DisklessRecovery is the protocol with §4.3 as published: a crash leaves nothing. It is unsafe:
// claim C-101.
func DisklessRecovery() Protocol {
	return withRecovery("recovery without a disk", Crash)
}

// PersistentView is the protocol in which the view-number is on disk before the replica says that
// it is in the view, and nothing else is (§8.2, and the protocol of 1988).
func PersistentView() Protocol {
	return withRecovery("recovery with the view-number on disk", CrashKeepView)
}

// CrashVectors is the protocol without a disk in which messages tell which crashes their senders
// know of (Michael, Ports, Sharma and Szekeres, 2017), so that a quorum can be refused if it
// counts what a replica said before it forgot it.
func CrashVectors() Protocol {
	p := withRecovery("recovery with crash vectors", CrashAndCount)
	p = p.Replace("OnRecovery", ByReplica(NoteCrash))
	for _, name := range []string{"OnStartViewChange", "OnDoViewChange", "OnRecoveryResponse"} {
		p = p.Replace(name, CrashConsistent(p.Step(name).Do))
	}
	return p
}

// withRecovery is the protocol with recovery instead of the restart from disk.
func withRecovery(name string, crash func(Configuration, Replica) (Replica, []Message, Ignored),
) Protocol {
	p := ViewstampedReplication().Without("Restart")
	for i, step := range p.Steps {
		if !step.Client {
			p.Steps[i].Do = UnlessRecovering(step.Do)
		}
	}
	p.Name = name
	p.Steps = append(p.Steps,
		Step{Name: "Crash", Spends: Restarts, Do: Spontaneous(crash)},
		Step{Name: "OnRecovery", On: []Kind{KindRecovery}, Do: ByReplica(OnRecovery)},
		Step{Name: "OnRecoveryResponse", On: []Kind{KindRecoveryResponse},
			Quorum: Configuration.RecoveryQuorum, Wants: WantsRecoveryResponse,
			Do: ByQuorum(OnRecoveryResponse)})
	return p
}

// UnlessRecovering is a step of a replica that a recovering one does not take.
func UnlessRecovering(do Do) Do {
	return func(c Configuration, p Process, in []Message, choice int) (
		Process, []Message, Ignored,
	) {
		if p.(Replica).Status == Recovering {
			return p, nil, IsRecovering
		}
		return do(c, p, in, choice)
	}
}

// Crash is §4.3 step 1, with the crash before it: the replica knows its number and that this is
// another recovery, and asks all others for the rest. A replica may crash while it recovers.
func Crash(_ Configuration, r Replica) (Replica, []Message, Ignored) {
	r = Replica{ReplicaNumber: r.ReplicaNumber, Status: Recovering, Nonce: r.Nonce + 1}
	return r, []Message{Recovery{r.ReplicaNumber, r.Nonce}}, Accepted
}

// CrashKeepView is Crash of a replica that has its view-number on disk.
func CrashKeepView(c Configuration, r Replica) (Replica, []Message, Ignored) {
	after, sent, why := Crash(c, r)
	after.ViewNumber = r.ViewNumber
	return after, sent, why
}

// CrashAndCount is Crash of a replica that counts its crashes in its crash vector.
func CrashAndCount(c Configuration, r Replica) (Replica, []Message, Ignored) {
	after, sent, why := Crash(c, r)
	after.CrashVector = CrashVector{}.With(after.ReplicaNumber, after.Nonce)
	return after, sent, why
}

// OnRecovery is §4.3 step 2: a Normal replica says in which view it is; the primary of that view
// adds its log and commit-number.
func OnRecovery(c Configuration, r Replica, m Recovery) (Replica, []Message, Ignored) {
	switch r.Status {
	case Recovering:
		return r, nil, IsRecovering
	case ViewChange:
		return r, nil, NotNormal
	}
	answer := RecoveryResponse{From: r.ReplicaNumber, To: m.From, ViewNumber: r.ViewNumber,
		Nonce: m.Nonce, CrashVector: r.CrashVector}
	if r.isPrimary(c) {
		answer.Log, answer.CommitNumber = r.Log, r.CommitNumber
	}
	return r, []Message{answer}, Accepted
}

// NoteCrash is OnRecovery of a replica that first notes the crash. From then on it counts nothing
// that the other has said before that crash.
func NoteCrash(c Configuration, r Replica, m Recovery) (Replica, []Message, Ignored) {
	noted := r
	noted.CrashVector = r.CrashVector.With(m.From, max(m.Nonce, r.CrashVector.Of(m.From)))
	after, sent, why := OnRecovery(c, noted, m)
	if why != Accepted {
		return r, nil, why
	}
	return after, sent, Accepted
}

// WantsRecoveryResponse: an answer counts for the recovery that asked for it.
func WantsRecoveryResponse(_ Configuration, r Replica, m Message) bool {
	answer := m.(RecoveryResponse)
	return answer.To == r.ReplicaNumber && answer.Nonce == r.Nonce
}

// OnRecoveryResponse is §4.3 step 3: with a quorum of answers, one of them of the primary of the
// latest view in them, the replica takes that primary's state.
//
// Diverges (§4.3): the primary must have answered in that view, not in an earlier one (D20); a view
// below the one on disk is too old (§8.2); and what is not committed is acknowledged, as after
// STARTVIEW (D21).
func OnRecoveryResponse(c Configuration, r Replica, quorum []RecoveryResponse) (
	Replica, []Message, Ignored,
) {
	var latest ViewNumber
	for _, m := range quorum {
		latest = max(latest, m.ViewNumber)
	}
	switch {
	case r.Status != Recovering:
		return r, nil, NotRecovering
	case latest < r.ViewNumber:
		return r, nil, OlderView
	}
	for _, m := range quorum {
		if m.ViewNumber == latest && m.From == c.Primary(latest) {
			return recoverFrom(r, m, quorum)
		}
	}
	return r, nil, NoPrimaryOfLatestView
}

// recoverFrom takes the state of the primary, and the knowledge of crashes of all that answered.
func recoverFrom(r Replica, m RecoveryResponse, quorum []RecoveryResponse) (
	Replica, []Message, Ignored,
) {
	for _, answer := range quorum {
		r.CrashVector = r.CrashVector.Max(answer.CrashVector)
	}
	r.ViewNumber = m.ViewNumber
	r = becomeNormal(r, m.Log).learnCommit(m.CommitNumber)
	return r, acknowledgeUncommitted(r, m.CommitNumber), Accepted
}
