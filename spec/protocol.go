// SPDX-License-Identifier: Apache-2.0

package spec

import (
	"fmt"
	"slices"
)

// A protocol is a table of named steps. This file says what a step is, and holds the table.

// Budget names what a model checker counts when it bounds a step.
type Budget string

const (
	// Requests bounds how many requests the clients send.
	Requests Budget = "requests"
	// ViewChanges bounds how often a timer starts a view change. Following another
	// replica into a view is free.
	ViewChanges Budget = "view changes"
	// Restarts bounds how often a replica crashes and comes back.
	Restarts Budget = "restarts"
	// Damages bounds how often a replica comes back to a disk that has lost something.
	Damages Budget = "damages"
)

// Do is what a step does: from the process and the messages received to the process after it and
// the messages sent; or to the reason why nothing happened. choice counts from 0 and tells
// the outcomes apart where the environment decides.
type Do func(c Configuration, p Process, in []Message, choice int) (Process, []Message, Ignored)

// Step is one named action of one process.
type Step struct {
	Name string
	// Client: the clients take the step. Otherwise the replicas do.
	Client bool
	// On lists the kinds of messages that the step receives. Empty: it is spontaneous.
	On []Kind
	// Quorum is how many messages of different other replicas the step needs at once. Nil: the
	// step receives one message. Do does not count them: whoever calls it does.
	Quorum func(Configuration) int
	// Own: the replica needs a message of its own besides. It is then the first.
	Own bool
	// Wants says which messages can be part of the quorum. Nil: all of the kinds in On.
	Wants func(c Configuration, r Replica, m Message) bool
	// Choices is the number of outcomes. Nil: one.
	Choices func(c Configuration, p Process) int
	// Spends is the budget that bounds the step. Empty: it is free.
	Spends Budget
	Do     Do
}

// Protocol is a table of steps, in the order in which the paper introduces them.
type Protocol struct {
	Name  string
	Steps []Step
}

// ViewstampedReplication is the protocol of §4.1, §4.2 and §5.2, with durable replicas (D5, D6).
func ViewstampedReplication() Protocol {
	return Protocol{"viewstamped replication", []Step{
		// §4.1 Normal operation.
		{Name: "SendRequest", Client: true, Spends: Requests, Do: sendRequest},
		{Name: "OnRequest", On: []Kind{KindRequest}, Do: ByReplica(OnRequest)},
		{Name: "OnPrepare", On: []Kind{KindPrepare}, Do: ByReplica(OnPrepare)},
		{Name: "OnPrepareOK", On: []Kind{KindPrepareOK}, Quorum: Configuration.CommitOthers,
			Wants: WantsPrepareOK, Do: ByQuorum(OnPrepareOK)},
		{Name: "OnReply", Client: true, On: []Kind{KindReply}, Do: onReply},
		{Name: "SendCommit", Do: Spontaneous(SendCommit)},
		{Name: "OnCommit", On: []Kind{KindCommit}, Do: ByReplica(OnCommit)},

		// §4.2 View changes.
		{Name: "SendStartViewChange", Spends: ViewChanges, Do: Spontaneous(SendStartViewChange)},
		{Name: "OnLaterView", On: []Kind{KindStartViewChange, KindDoViewChange},
			Do: ByReplica(OnLaterView)},
		{Name: "OnStartViewChange", On: []Kind{KindStartViewChange},
			Quorum: Configuration.ChangeOthers, Wants: WantsStartViewChange,
			Do: ByQuorum(OnStartViewChange)},
		{Name: "OnDoViewChange", On: []Kind{KindDoViewChange}, Own: true,
			Quorum: Configuration.ChangeOthers, Wants: WantsDoViewChange, Do: ByQuorum(OnDoViewChange)},
		{Name: "OnStartView", On: []Kind{KindStartView}, Do: ByReplica(OnStartView)},

		// §5.2 State transfer.
		{Name: "SendGetState", On: []Kind{KindPrepare, KindCommit}, Do: ByReplica(SendGetState)},
		{Name: "JoinView", On: []Kind{KindPrepare, KindCommit}, Do: ByReplica(JoinView)},
		{Name: "OnGetState", On: []Kind{KindGetState}, Do: ByReplica(OnGetState)},
		{Name: "OnNewState", On: []Kind{KindNewState}, Do: ByReplica(OnNewState)},

		// Crash and restart from the disk, in one step.
		{Name: "Restart", Spends: Restarts, Choices: RestartChoices, Do: restart},
	}}
}

// Step is the step of that name. It panics if the table has none: names are written by hand.
func (p Protocol) Step(name string) Step { return p.Steps[p.index(name)] }

// has says whether the table has a step of that name.
func (p Protocol) has(name string) bool {
	return slices.ContainsFunc(p.Steps, func(s Step) bool { return s.Name == name })
}

// Replace is the protocol with another Do for the named step: a claim, a fix or a mutant.
func (p Protocol) Replace(name string, do Do) Protocol {
	i := p.index(name)
	p.Steps = slices.Clone(p.Steps)
	p.Steps[i].Do = do
	return p
}

// ReplaceQuorum is the protocol with another quorum, and another filter if wants is not nil, for
// the named step.
func (p Protocol) ReplaceQuorum(name string, quorum func(Configuration) int,
	wants func(Configuration, Replica, Message) bool,
) Protocol {
	i := p.index(name)
	p.Steps = slices.Clone(p.Steps)
	p.Steps[i].Quorum = quorum
	if wants != nil {
		p.Steps[i].Wants = wants
	}
	return p
}

// ReplaceChoices is the protocol with another Do, of so many outcomes, for the named step.
func (p Protocol) ReplaceChoices(name string, choices func(Configuration, Process) int, do Do,
) Protocol {
	p = p.Replace(name, do)
	p.Steps[p.index(name)].Choices = choices
	return p
}

// Without is the protocol without the named steps: what never happens need not be searched.
func (p Protocol) Without(names ...string) Protocol {
	steps := slices.Clone(p.Steps)
	for _, name := range names {
		p.index(name)
		steps = slices.DeleteFunc(steps, func(s Step) bool { return s.Name == name })
	}
	p.Steps = steps
	return p
}

// named is the protocol under another name.
func (p Protocol) named(name string) Protocol {
	p.Name = name
	return p
}

// index finds the named step.
func (p Protocol) index(name string) int {
	i := slices.IndexFunc(p.Steps, func(s Step) bool { return s.Name == name })
	if i < 0 {
		panic(fmt.Sprintf("spec: protocol %q has no step %q", p.Name, name))
	}
	return i
}

// ByReplica makes a Do of a step of a replica that receives one message of type M.
func ByReplica[M Message](
	step func(Configuration, Replica, M) (Replica, []Message, Ignored),
) Do {
	return func(c Configuration, p Process, in []Message, _ int) (Process, []Message, Ignored) {
		r, sent, why := step(c, p.(Replica), in[0].(M))
		return r, sent, why
	}
}

// ByQuorum makes a Do of a step of a replica that receives a quorum of messages of type M.
func ByQuorum[M Message](
	step func(Configuration, Replica, []M) (Replica, []Message, Ignored),
) Do {
	return func(c Configuration, p Process, in []Message, _ int) (Process, []Message, Ignored) {
		quorum := make([]M, len(in))
		for i, m := range in {
			quorum[i] = m.(M)
		}
		r, sent, why := step(c, p.(Replica), quorum)
		return r, sent, why
	}
}

// Spontaneous makes a Do of a step of a replica that receives nothing.
func Spontaneous(step func(Configuration, Replica) (Replica, []Message, Ignored)) Do {
	return func(c Configuration, p Process, _ []Message, _ int) (Process, []Message, Ignored) {
		r, sent, why := step(c, p.(Replica))
		return r, sent, why
	}
}
