// SPDX-License-Identifier: Apache-2.0

package spec

import "slices"

// §5.3 View changes with log suffixes: DOVIEWCHANGE carries not the log, but the headers of its
// last entries; the new primary fetches the entries that it lacks from the replica whose log it has
// chosen, and only then starts the view.
//
// A header tells entries of one op-number apart (it has the view and a checksum) and has no
// body. In the model it is an entry to which other entries are compared, and which is never
// put into a log.

// Reasons of view changes with log suffixes.
const (
	// NotChosen: the entries are not those of the log that the new primary has chosen.
	NotChosen Ignored = "not-chosen"
)

// Chosen says which log the new primary has chosen and waits for.
type Chosen struct {
	From         ReplicaNumber // Whose log it is.
	OpNumber     OpNumber      // n: how far that log goes. Zero: none is chosen.
	After        OpNumber      // The new primary has the entries up to here.
	CommitNumber OpNumber      // The largest k of the quorum.
}

// LogSuffixes is the protocol of the durable replicas with §5.3.
func LogSuffixes() Protocol {
	p := ViewstampedReplication()
	p.Name = "log suffixes"
	p = p.Replace("OnStartViewChange", ByQuorum(SendSuffix(FromCommitNumber))).
		Replace("OnDoViewChange", ByQuorum(StartOrFetch)).
		Replace("OnGetState", ByReplica(OnGetStateFrozen)).
		Replace("OnNewState", ByReplica(OnNewStateChosen))
	for i, step := range p.Steps {
		if !step.Client {
			p.Steps[i].Do = WithoutOldChoice(step.Do, step.Name == "Restart")
		}
	}
	return p
}

// FromCommitNumber is the entry after which a suffix starts: it has op k itself and all above. The
// new primary may have another entry in the place of op k, and has no other way to tell (D27).
func FromCommitNumber(r Replica) OpNumber { return max(r.CommitNumber, 1) - 1 }

// SendSuffix is OnStartViewChange that sends the headers of the entries above some op-number.
func SendSuffix(after func(Replica) OpNumber) func(Configuration, Replica, []StartViewChange) (
	Replica, []Message, Ignored,
) {
	return func(c Configuration, r Replica, quorum []StartViewChange) (
		Replica, []Message, Ignored,
	) {
		r, sent, why := OnStartViewChange(c, r, quorum)
		for i := range sent {
			m := sent[i].(DoViewChange)
			m.After = after(r)
			m.Log = r.Log.After(m.After)
			sent[i] = m
		}
		return r, sent, why
	}
}

// StartOrFetch is OnDoViewChange with suffixes. The choice is the same. If the new primary has all
// of that log, the view starts; else it asks for the rest, and may still choose anew.
func StartOrFetch(c Configuration, r Replica, quorum []DoViewChange) (
	Replica, []Message, Ignored,
) {
	switch {
	case c.Primary(r.ViewNumber) != r.ReplicaNumber:
		return r, nil, NotNewPrimary
	case r.Status == Normal:
		return r, nil, AlreadyNormal
	}
	best, k := ChooseSuffix(r, quorum)
	same := SameAs(r, best)
	if same == best.OpNumber() {
		return startView(r, r.Log.UpTo(same), k)
	}
	r.Chosen = Chosen{best.From, best.OpNumber(), same, k}
	return r, []Message{GetState{r.ReplicaNumber, r.ViewNumber, same}}, Accepted
}

// ChooseSuffix is the rule of §4.2: the DOVIEWCHANGE of the largest v′, among these of the longest
// log; and the largest commit-number of them all.
func ChooseSuffix(r Replica, quorum []DoViewChange) (DoViewChange, OpNumber) {
	best, k := quorum[0], r.CommitNumber
	for _, m := range quorum {
		k = max(k, m.CommitNumber)
		if m.LastNormalView > best.LastNormalView ||
			m.LastNormalView == best.LastNormalView && m.OpNumber() > best.OpNumber() {
			best = m
		}
	}
	return best, k
}

// SameAs is how far the replica's log is known to be that of the message: up to its own
// commit-number, or as far as the headers agree. One that agrees vouches for all below it.
func SameAs(r Replica, m DoViewChange) OpNumber {
	same := r.CommitNumber
	for i := OpNumber(1); i <= m.Log.OpNumber() && r.Log.Has(m.After+i); i++ {
		if r.Log.At(m.After+i) != m.Log.At(i) {
			break
		}
		same = max(same, m.After+i)
	}
	return same
}

// OnGetStateFrozen is OnGetState that is answered in status ViewChange too, if it comes from the
// primary of the view that is to start: the log does not change until then.
//
// Diverges (§5.2): there only Normal replicas answer, and no view would start.
func OnGetStateFrozen(c Configuration, r Replica, m GetState) (Replica, []Message, Ignored) {
	if r.Status == ViewChange && m.ViewNumber == r.ViewNumber && m.From == c.Primary(m.ViewNumber) {
		normal := r
		normal.Status = Normal
		_, sent, why := OnGetState(c, normal, m)
		return r, sent, why
	}
	return OnGetState(c, r, m)
}

// OnNewStateChosen is OnNewState; at a new primary it completes the log that it has chosen, and
// starts the view. The same op-number of another log may be another entry.
func OnNewStateChosen(c Configuration, r Replica, m NewState) (Replica, []Message, Ignored) {
	if r.Chosen.OpNumber == 0 || m.To != r.ReplicaNumber || m.ViewNumber != r.ViewNumber {
		return OnNewState(c, r, m)
	}
	if m.From != r.Chosen.From || m.After != r.Chosen.After {
		return r, nil, NotChosen
	}
	return startView(r, r.Log.UpTo(m.After).Concat(m.Log), r.Chosen.CommitNumber)
}

// WithoutOldChoice is a step after which a choice is kept only in the view for which it was made,
// until that view starts; forgets is a step after which none is kept.
func WithoutOldChoice(do Do, forgets bool) Do {
	return func(c Configuration, p Process, in []Message, choice int) (
		Process, []Message, Ignored,
	) {
		after, sent, why := do(c, p, in, choice)
		r := after.(Replica)
		if forgets && why == Accepted || r.Status == Normal ||
			r.ViewNumber != p.(Replica).ViewNumber {
			r.Chosen = Chosen{}
		}
		return r, sent, why
	}
}

// SuffixBound: with so many operations on their way at most a suffix has one more header.
func SuffixBound(window OpNumber) Property {
	return Property{Name: "SuffixBound", Kinds: []Kind{KindDoViewChange},
		Message: func(m Message) bool { return m.(DoViewChange).Log.OpNumber() <= window+1 }}
}

// ChosenIsServed: a new primary that waits for a log gets it, if the replica whose log it is still
// waits for that view. get is the step of the protocol on GETSTATE.
func ChosenIsServed(get Do) Property {
	return Property{Name: "ChosenIsServed", Replicas: func(c Configuration, r, other Replica) bool {
		if r.Chosen.OpNumber == 0 || r.Chosen.From != other.ReplicaNumber ||
			r.ViewNumber != other.ViewNumber || other.Status != ViewChange {
			return true
		}
		m := GetState{r.ReplicaNumber, r.ViewNumber, r.Chosen.After}
		_, _, why := get(c, other, []Message{m}, 0)
		return why == Accepted
	}}
}

// ChosenIsAnswered: a new primary that waits for a log gets something of it, entries or a
// checkpoint, if the replica whose log it is still waits for that view. p has the steps.
func ChosenIsAnswered(p Protocol) Property {
	return Property{Name: "ChosenIsAnswered", Replicas: func(c Configuration, r, other Replica) bool {
		if r.Chosen.OpNumber == 0 || r.Chosen.From != other.ReplicaNumber ||
			r.ViewNumber != other.ViewNumber || other.Status != ViewChange {
			return true
		}
		ask := GetState{r.ReplicaNumber, r.ViewNumber, r.Chosen.After}
		for _, answer := range p.takenBy(c, other, ask) {
			if len(p.takenBy(c, r, answer)) > 0 {
				return true
			}
		}
		return false
	}}
}

// takenBy lists what a replica sends when a message arrives that it takes.
func (p Protocol) takenBy(c Configuration, r Replica, m Message) []Message {
	var all []Message
	for _, step := range p.Steps {
		if !step.Client && step.Quorum == nil && slices.Contains(step.On, m.Kind()) {
			if _, sent, why := step.Do(c, r, []Message{m}, 0); why == Accepted {
				all = append(all, sent...)
			}
		}
	}
	return all
}

// EntriesFetched is reached when a view has started with entries that its primary had to fetch.
func EntriesFetched() Property {
	return Property{Name: "EntriesFetched", Kinds: []Kind{KindNewState},
		ReplicaMessage: func(c Configuration, r Replica, m Message) bool {
			state := m.(NewState)
			return state.To == r.ReplicaNumber && state.ViewNumber == r.ViewNumber &&
				r.Status == Normal && r.isPrimary(c)
		}}
}
