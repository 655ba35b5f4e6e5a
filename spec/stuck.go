// SPDX-License-Identifier: Apache-2.0

package spec

import "slices"

// Whether a group whose messages are all lost and of which some replicas are silent for ever can
// still go on. It is a question about a state, and the answer is a run from there: one in which the
// others deliver fairly, repeat what their timers repeat, and change views a few times.

// maxTimers is how many view changes such a run may start.
const maxTimers = 4

// freshRequest is the request that such a run must commit.
var freshRequest = Request{ClientID: administrator - 1, RequestNumber: 1, Operation: "y1"}

// NeverStuck: from each state that is reached, with everything in flight lost and any replicas
// silent that the groups must tolerate, some run commits an operation in the last epoch, and all
// other members of its group are Normal in it. repeats is what a replica sends again by its
// timers; p is the table of steps to go on with.
func NeverStuck(p Protocol, repeats func(Replica) []Message) Property {
	return Property{Name: "NeverStuck", Group: func(
		_ Configuration, group []Replica, _ Message,
	) bool {
		for _, silent := range silentSets(group) {
			if s := newSequel(p, repeats, alive(group, silent)); !s.tryTimers(maxTimers) {
				return false
			}
		}
		return true
	}}
}

// EverybodyTold: from each state that is reached, with everything in flight lost and any replicas
// silent that the groups must tolerate, some run shuts down all others that are replaced, as soon
// as a quorum of the new group has the state.
func EverybodyTold(p Protocol, repeats func(Replica) []Message) Property {
	return Property{Name: "EverybodyTold", Group: func(
		_ Configuration, group []Replica, _ Message,
	) bool {
		for _, silent := range silentSets(group) {
			s := newSequel(p, repeats, alive(group, silent))
			if e := lastEpoch(s.group); countComplete(s.group, e) < e.Configuration.Quorum() {
				continue
			}
			s.done = (*sequel).retired
			if !s.tryTimers(1) {
				return false
			}
		}
		return true
	}}
}

// Repeats is what the timers of a replica send again. All in an epoch tell of it (D30): that is
// what they answer to messages of older epochs, and to questions of those who hear of a newer one.
func Repeats(r Replica) []Message {
	var within, sent []Message
	switch {
	case r.Status == ShutDown:
		return nil
	case r.EpochNumber > 0:
		sent = append(sent, StartEpoch{From: r.ReplicaNumber, Epoch: r.Epoch})
	}
	switch {
	case r.Status == Transitioning && r.Configuration.Has(r.ReplicaNumber):
		sent = append(sent, askForEpoch(r))
	case r.Status == ViewChange:
		within = append(within, StartViewChange{From: r.ReplicaNumber, ViewNumber: r.ViewNumber},
			GetState{r.ReplicaNumber, r.ViewNumber, r.CommitNumber})
	case r.Status == Normal:
		sent = append(sent, EpochStarted{r.ReplicaNumber, r.EpochNumber})
		if !r.isPrimary(r.Configuration) {
			break
		}
		for n := r.CommitNumber + 1; n <= r.OpNumber(); n++ {
			e := r.Log.At(n)
			within = append(within, Prepare{r.ReplicaNumber, r.ViewNumber, Request{
				ClientID: e.ClientID, RequestNumber: e.RequestNumber, Operation: e.Operation,
			}, n, r.CommitNumber})
		}
		within = append(within, Commit{r.ReplicaNumber, r.ViewNumber, r.CommitNumber})
	}
	return append(sent, ofEpoch(r.EpochNumber, within)...)
}

// silentSets lists the sets of replicas whose silence the groups must tolerate, as bits: F of each
// group; and as soon as a quorum of the new one has its state, all that are replaced.
func silentSets(group []Replica) []Members {
	e := lastEpoch(group)
	groups := []Configuration{e.Configuration}
	for _, r := range group {
		for n := r.EpochOp + 1; n <= r.OpNumber() && r.EpochNumber == e.EpochNumber; n++ {
			if next, ok := r.Log.At(n).Operation.NewGroup(); ok {
				groups = append(groups, next)
			}
		}
	}
	if countComplete(group, e) < e.Configuration.Quorum() {
		groups = append(groups, e.OldConfiguration)
	}
	var sets []Members
	for silent := range Members(1) << len(group) {
		tolerated := func(c Configuration) bool {
			down := 0
			for i := range group {
				if silent>>i&1 == 1 && c.N > 0 && c.Has(ReplicaNumber(i)) {
					down++
				}
			}
			return down <= c.F()
		}
		if !slices.ContainsFunc(groups, func(c Configuration) bool { return !tolerated(c) }) {
			sets = append(sets, silent)
		}
	}
	return sets
}

// alive lists the replicas that are not silent.
func alive(group []Replica, silent Members) []Replica {
	return slices.DeleteFunc(slices.Clone(group), func(r Replica) bool {
		return silent>>r.ReplicaNumber&1 == 1
	})
}

// lastEpoch is the latest epoch that a replica is in.
func lastEpoch(group []Replica) Epoch {
	last := group[0].Epoch
	for _, r := range group {
		if r.EpochNumber > last.EpochNumber {
			last = r.Epoch
		}
	}
	return last
}

// countComplete counts the members of the epoch that have its state.
func countComplete(group []Replica, e Epoch) int {
	complete := 0
	for _, r := range group {
		if e.Configuration.Has(r.ReplicaNumber) && r.EpochNumber == e.EpochNumber &&
			r.CommitNumber >= e.EpochOp {
			complete++
		}
	}
	return complete
}

// sequel is what follows after all messages were lost.
type sequel struct {
	p       Protocol
	repeats func(Replica) []Message
	group   []Replica
	known   map[Message]bool
	network map[Kind][]Message
	done    func(*sequel) bool
}

// newSequel begins with these replicas and one request.
func newSequel(p Protocol, repeats func(Replica) []Message, group []Replica) *sequel {
	s := &sequel{p: p, repeats: repeats, group: group, known: map[Message]bool{},
		network: map[Kind][]Message{}, done: (*sequel).served}
	s.send(freshRequest)
	return s
}

// send adds messages to the network. It is false if all are there already.
func (s *sequel) send(messages ...Message) bool {
	added := false
	for _, m := range messages {
		if !s.known[m] {
			s.known[m], added = true, true
			s.network[m.Kind()] = append(s.network[m.Kind()], m)
		}
	}
	return added
}

// tryTimers delivers all that there is, and if that is not enough, starts a view change at each
// replica in turn.
func (s *sequel) tryTimers(timers int) bool {
	s.settle()
	if s.done(s) {
		return true
	}
	for i := 0; i < len(s.group) && timers > 0; i++ {
		next := s.clone()
		timer := next.p.Step("SendStartViewChange")
		if next.group[i].EpochNumber > 0 {
			timer = next.p.Step("SendStartViewChangeLater")
		}
		if next.fire(i, timer, nil) && next.tryTimers(timers-1) {
			return true
		}
	}
	return false
}

// clone is a copy whose future is its own.
func (s *sequel) clone() *sequel {
	next := *s
	next.group = slices.Clone(s.group)
	next.known, next.network = map[Message]bool{}, map[Kind][]Message{}
	for kind := range KindNoOp + 1 { // In the order in which they were sent, within a kind.
		next.send(s.network[kind]...)
	}
	return &next
}

// settle takes steps on messages until nothing changes any more.
func (s *sequel) settle() {
	for changed := true; changed; {
		changed = false
		for i := range s.group {
			changed = s.send(s.repeats(s.group[i])...) || changed
			for _, step := range s.p.Steps {
				if !step.Client && len(step.On) > 0 {
					changed = s.deliver(i, step, nil, 0) || changed
				}
			}
		}
	}
}

// deliver takes a step of replica i on each combination of messages that it can take, the first of
// which is chosen already.
func (s *sequel) deliver(i int, step Step, chosen []Message, from int) bool {
	need, c := 1, s.group[i].Group(Configuration{})
	if step.Quorum != nil {
		need = step.Quorum(c)
	}
	if step.Own {
		need++
	}
	if len(chosen) == need {
		return s.fire(i, step, slices.Clone(chosen))
	}
	var all []Message
	for _, kind := range step.On {
		all = append(all, s.network[kind]...)
	}
	changed := false
	for at := from; at < len(all); at++ {
		sender, replica := Sender(all[at])
		own := replica && sender == s.group[i].ReplicaNumber
		next := at + 1
		if step.Own && len(chosen) == 0 {
			next = 0
		}
		if own != (step.Own && len(chosen) == 0) || s.repeated(chosen, sender) ||
			step.Wants != nil && !step.Wants(c, s.group[i], all[at]) {
			continue
		}
		changed = s.deliver(i, step, append(chosen, all[at]), next) || changed
	}
	return changed
}

// repeated says whether one of the messages is of that sender.
func (s *sequel) repeated(chosen []Message, sender ReplicaNumber) bool {
	return slices.ContainsFunc(chosen, func(m Message) bool {
		from, replica := Sender(m)
		return replica && from == sender
	})
}

// fire takes a step. It is false if that changes nothing.
func (s *sequel) fire(i int, step Step, in []Message) bool {
	c := s.group[i].Group(Configuration{})
	after, sent, why := step.Do(c, s.group[i], in, 0)
	if why != Accepted {
		return false
	}
	changed := after.(Replica) != s.group[i]
	s.group[i] = after.(Replica)
	return s.send(sent...) || changed
}

// served says whether the fresh request is committed in the last epoch and all of its group that
// are not silent are Normal.
func (s *sequel) served() bool {
	last, committed := lastEpoch(s.group), false
	for _, r := range s.group {
		if !last.Configuration.Has(r.ReplicaNumber) {
			continue
		}
		if r.EpochNumber != last.EpochNumber || r.Status != Normal {
			return false
		}
		n, _ := r.Log.LastOf(freshRequest.ClientID)
		committed = committed || n > last.EpochOp && n <= r.CommitNumber
	}
	return committed
}

// retired says whether all that are not in the group of the last epoch have shut down.
func (s *sequel) retired() bool {
	last := lastEpoch(s.group)
	for _, r := range s.group {
		if !last.Configuration.Has(r.ReplicaNumber) && r.Status != ShutDown {
			return false
		}
	}
	return true
}
