// SPDX-License-Identifier: Apache-2.0

package spec

import "slices"

// The table of the protocol with reconfiguration (§7.2): all steps of the protocol without it, each
// within the epoch of the replica that takes it, and the steps of reconfiguration.go.

// LaterViewChanges bounds how often a timer starts a view change in an epoch after the first.
const LaterViewChanges Budget = "view changes in later epochs"

// EpochRule is what all steps within an epoch have in common.
type EpochRule struct {
	// TakesPart says why a replica takes no step at all.
	TakesPart func(r Replica) Ignored
	// Counts says why a message is not for a replica in its epoch.
	Counts func(r Replica, m Message) Ignored
	// Leave moves a replica that has committed a RECONFIGURATION into the next epoch. sent is
	// what its step has sent.
	Leave func(r Replica, sent []Message) (Replica, []Message)
}

// EpochRules are those to believe in.
func EpochRules() EpochRule { return EpochRule{TakesPart, EpochFirst, LeaveEpoch} }

// TakesPart is D32: a replica without the state of its epoch takes part in nothing, and one that is
// in no group neither.
func TakesPart(r Replica) Ignored {
	switch r.Status {
	case Transitioning:
		return IsTransitioning
	case ShutDown:
		return IsShutDown
	}
	return Accepted
}

// EpochFirst is §7.2: a message of another epoch is not for this replica, and neither is one of a
// replica that is not in the group. The request of a Crowd names no epoch: its clients send it
// to whoever may be there.
func EpochFirst(r Replica, m Message) Ignored {
	stamped, ok := m.(OfEpoch)
	if !ok {
		return Accepted
	}
	from, replica := Sender(m)
	switch {
	case stamped.EpochNumber < r.EpochNumber:
		return OlderEpoch
	case stamped.EpochNumber > r.EpochNumber:
		return NewerEpoch
	case replica && !r.Configuration.Has(from):
		return NotMember
	}
	return Accepted
}

// Reconfigurable is ViewstampedReplication with reconfiguration.
func Reconfigurable() Protocol { return WithEpochs(ViewstampedReplication(), EpochRules()) }

// WithEpochs adds reconfiguration to a protocol.
func WithEpochs(p Protocol, rule EpochRule) Protocol {
	p.Name += " and reconfiguration"
	for _, name := range []string{"OnRequest", "SendBatch"} {
		if p.has(name) {
			p = p.Replace(name, UnlessReconfiguring(p.Step(name).Do))
		}
	}
	p.Steps = slices.Clone(p.Steps)
	for i, step := range p.Steps {
		switch {
		case step.Client:
			p.Steps[i].Do = clientInEpoch(step.Do)
		case step.Name == "Restart":
			p.Steps[i].Do = restartInEpoch
			p.Steps[i].Choices = func(c Configuration, p Process) int {
				return RestartChoices(p.(Replica).Group(c), p)
			}
		default:
			p.Steps[i] = rule.step(step)
		}
	}
	timer := p.Step("SendStartViewChange")
	p = p.Replace(timer.Name, inFirstEpoch(timer.Do, true))
	timer.Name, timer.Spends = timer.Name+"Later", LaterViewChanges
	timer.Do = inFirstEpoch(timer.Do, false)
	p.Steps = append(append(p.Steps, timer), epochSteps(rule)...)
	if p.has("OfferCheckpoint") {
		p.Steps = append(p.Steps,
			Step{Name: "OfferEpochCheckpoint", On: []Kind{KindGetState},
				Do: ByReplica(OfferEpochCheckpoint)},
			Step{Name: "OnEpochCheckpoint", On: []Kind{KindCheckpointOffer},
				Do: ByReplica(OnEpochCheckpoint)})
	}
	return p
}

// epochSteps are the steps of §7.
func epochSteps(rule EpochRule) []Step {
	return []Step{
		// §7.1 and §7.2.
		{Name: "SendReconfiguration", Client: true, Do: sendReconfiguration},
		{Name: "OnReconfiguration", On: []Kind{KindReconfiguration},
			Do: rule.Do(ByReplica(OnReconfiguration))},
		{Name: "OnStartEpoch", On: []Kind{KindStartEpoch}, Do: ByReplica(OnStartEpoch)},
		{Name: "OnGetEpochState", On: []Kind{KindGetState}, Do: ByReplica(OnGetEpochState)},
		{Name: "OnNewEpochState", On: []Kind{KindNewState}, Do: ByReplica(OnNewEpochState)},
		{Name: "OnEpochStarted", On: []Kind{KindEpochStarted}, Quorum: Configuration.Quorum,
			Wants: inGroup(WantsEpochStarted), Do: byGroup(ByQuorum(OnEpochStarted))},

		// §7.3 and §7.4.
		{Name: "SendCheckEpoch", Client: true, Do: sendCheckEpoch},
		{Name: "OnCheckEpoch", On: []Kind{KindCheckEpoch},
			Do: rule.Do(ByReplica(OnCheckEpoch))},
		{Name: "OnOlderRequest", On: []Kind{KindRequest}, Do: ByReplica(OnOlderRequest)},
		{Name: "OnNewEpoch", Client: true, On: []Kind{KindNewEpoch}, Do: onNewEpoch},
	}
}

// step is a step of a replica within its epoch.
func (rule EpochRule) step(s Step) Step {
	do := s.Do
	if s.Name == "OnGetState" || s.Name == "OfferCheckpoint" {
		do = fromMembers(do)
	}
	s.Do = rule.Do(do)
	if wants := s.Wants; wants != nil {
		s.Wants = func(_ Configuration, r Replica, m Message) bool {
			return rule.Counts(r, m) == Accepted && wants(r.Configuration, r, plain(m))
		}
	}
	return s
}

// Do is a Do within an epoch: the replica and the messages are of one epoch, what is sent is of
// that epoch too, and if a RECONFIGURATION is committed now, the replica leaves it.
func (rule EpochRule) Do(do Do) Do {
	return func(_ Configuration, p Process, in []Message, choice int) (
		Process, []Message, Ignored,
	) {
		r := p.(Replica)
		if why := rule.TakesPart(r); why != Accepted {
			return p, nil, why
		}
		messages := make([]Message, len(in))
		for i, m := range in {
			if why := rule.Counts(r, m); why != Accepted {
				return p, nil, why
			}
			messages[i] = plain(m)
		}
		after, sent, why := do(r.Configuration, r, messages, choice)
		if why != Accepted {
			return p, nil, why
		}
		q, sent := rule.Leave(after.(Replica), ofEpoch(r.EpochNumber, sent))
		return q, sent, Accepted
	}
}

// fromMembers is OnGetState for those that have the state of the epoch. The others ask for entries
// below EpochOp, and OnGetEpochState answers them.
func fromMembers(do Do) Do {
	return func(c Configuration, p Process, in []Message, choice int) (
		Process, []Message, Ignored,
	) {
		if in[0].(GetState).OpNumber < p.(Replica).EpochOp {
			return p, nil, IsTransitioning
		}
		return do(c, p, in, choice)
	}
}

// inFirstEpoch is a step that replicas take in epoch 0 only, or in later epochs only, so that a
// model can bound the two apart.
func inFirstEpoch(do Do, first bool) Do {
	return func(c Configuration, p Process, in []Message, choice int) (
		Process, []Message, Ignored,
	) {
		switch r := p.(Replica); {
		case first && r.EpochNumber > 0:
			return p, nil, NewerEpoch
		case !first && r.EpochNumber == 0:
			return p, nil, OlderEpoch
		}
		return do(c, p, in, choice)
	}
}

// Group is the group of the replica's epoch; c where groups do not change.
func (r Replica) Group(c Configuration) Configuration {
	if r.Configuration == (Configuration{}) {
		return c
	}
	return r.Configuration
}

// byGroup is a Do with the group of the replica's epoch.
func byGroup(do Do) Do {
	return func(c Configuration, p Process, in []Message, choice int) (
		Process, []Message, Ignored,
	) {
		return do(p.(Replica).Group(c), p, in, choice)
	}
}

// inGroup is a filter with the group of the replica's epoch.
func inGroup(wants func(Configuration, Replica, Message) bool,
) func(Configuration, Replica, Message) bool {
	return func(c Configuration, r Replica, m Message) bool { return wants(r.Group(c), r, m) }
}

// restartInEpoch is the row Restart of the table.
func restartInEpoch(c Configuration, p Process, _ []Message, choice int) (
	Process, []Message, Ignored,
) {
	r := p.(Replica)
	after, sent, why := RestartInEpoch(r.Group(c), r, choice)
	return after, sent, why
}
