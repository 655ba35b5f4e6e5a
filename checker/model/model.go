// SPDX-License-Identifier: Apache-2.0

// Package model turns a spec.System into a model that checker/mc can search, and lists the systems
// that are searched with the number of states that each must have.
package model

import (
	"fmt"
	"slices"

	"viewstamp/checker/mc"
	"viewstamp/spec"
)

// Model is a model of the spec.
type Model = mc.Model[spec.Process, spec.Message]

// Build makes a model of a system. It checks the properties with the given names; none means all.
// It panics if one of them does not exist: a model without its property would hold for nothing.
func Build(s spec.System, properties ...string) Model {
	known := s.Invariants()
	for _, name := range properties {
		if !slices.ContainsFunc(known, func(p spec.Property) bool { return p.Name == name }) {
			panic(fmt.Sprintf("model: system %q has no property %q", s.Name, name))
		}
	}
	b := s.Bounds
	processes := s.Processes()
	m := Model{
		Name:      s.Name,
		Processes: len(processes),
		Init:      func(p int) spec.Process { return processes[p] },
		Sender:    s.Sender,
		Kind:      func(m spec.Message) mc.Kind { return mc.Kind(m.Kind()) },
		Dead:      dead(s),
		Symmetry:  clientSymmetry(s),
		Budgets: []mc.Budget{
			{Name: string(spec.Requests), Limit: b.Requests},
			{Name: string(spec.ViewChanges), Limit: b.ViewChanges},
			{Name: string(spec.Restarts), Limit: b.Restarts},
			{Name: string(spec.Damages), Limit: b.Damages},
			{Name: string(spec.Reads), Limit: b.Reads},
			{Name: string(spec.ClientCrashes), Limit: b.ClientCrashes},
			{Name: string(spec.LaterViewChanges), Limit: b.LaterViewChanges},
		},
	}
	for _, step := range s.Protocol.Steps {
		for i, size := range quorumSizes(s, step) {
			row := buildStep(s, step, size)
			if i > 0 {
				row.Name = fmt.Sprintf("%s/%d", step.Name, size)
			}
			m.Steps = append(m.Steps, row)
			if i > 0 || mayIdle(step.Name, b) {
				m.Optional = append(m.Optional, row.Name)
			}
		}
	}
	for _, property := range known {
		if len(properties) == 0 || slices.Contains(properties, property.Name) {
			m.Always = append(m.Always, buildProperty(s, property, true))
		}
	}
	for _, property := range s.Sometimes {
		m.Sometimes = append(m.Sometimes, buildProperty(s, property, false))
	}
	return m
}

// mayIdle says whether a step can be expected never to happen within the bounds. Every other step
// must happen, or the search is red.
func mayIdle(step string, b spec.Bounds) bool {
	switch step {
	case "OnReply":
		return b.Clients == 0
	case "Restart":
		return b.Restarts == 0
	case "RestartDamaged":
		return b.Damages == 0
	case "SendStartViewChange":
		return b.ViewChanges == 0
	case "SendRequest", "OnRequest":
		return b.Requests == 0
	case "SendStartViewChangeLater":
		return b.LaterViewChanges == 0
	case "SendCheckEpoch", "OnCheckEpoch", "OnEpochStarted", "OnOlderRequest", "OnNewEpoch",
		"OnGetEpochState", "OnNewEpochState":
		return true // That depends on the plan.
	case "OnLaterView", "OnStartViewChange", "OnDoViewChange", "OnStartView", "JoinView":
		return b.ViewChanges+b.LaterViewChanges+b.Restarts+b.Damages == 0
	}
	return false
}

// quorumSizes lists the sizes of the quorums that a step takes. There are several where groups of
// several sizes follow each other (§7): then the step is in the model once for each.
func quorumSizes(s spec.System, step spec.Step) []int {
	if step.Quorum == nil {
		return []int{0}
	}
	var sizes []int
	for _, c := range s.Groups() {
		if size := step.Quorum(c); !slices.Contains(sizes, size) {
			sizes = append(sizes, size)
		}
	}
	return sizes
}

// buildStep translates one row of the table. quorum is how many messages of others it takes; zero
// if it takes one.
func buildStep(s spec.System, step spec.Step, quorum int) mc.Step[spec.Process, spec.Message] {
	c, replicas := s.Configuration(), s.Replicas()
	out := mc.Step[spec.Process, spec.Message]{
		Name:   step.Name,
		At:     func(p int) bool { return (p >= replicas) == step.Client },
		Own:    step.Own,
		Spends: string(step.Spends),
		Do: func(_ int, p spec.Process, in []spec.Message, choice int) (
			spec.Process, []spec.Message, mc.Reason,
		) {
			after, sent, why := step.Do(c, p, in, choice)
			return after, sent, mc.Reason(why)
		},
	}
	for _, kind := range step.On {
		out.On = append(out.On, mc.Kind(kind))
	}
	out.Quorum = quorum
	if wants := step.Wants; wants != nil {
		out.Wants = func(_ int, p spec.Process, m spec.Message) bool {
			r := p.(spec.Replica)
			return wants(c, r, m) && (step.Quorum == nil || step.Quorum(r.Group(c)) == quorum)
		}
	}
	if choices := step.Choices; choices != nil {
		out.Choices = func(_ int, p spec.Process) int { return choices(c, p) }
	}
	return out
}

// buildProperty translates one property. The engine asks whether it holds for all that it reads, or
// (Sometimes) for some; properties are about replicas, so that clients must not change the answer.
func buildProperty(s spec.System, p spec.Property, forAll bool,
) mc.Property[spec.Process, spec.Message] {
	c := s.Configuration()
	out := mc.Property[spec.Process, spec.Message]{Name: p.Name}
	if premise, ok := premises()[p.Name]; ok && forAll {
		built := buildProperty(s, premise, false)
		out.Premise = &built
	}
	if how := progress(p.Name); how != nil && !forAll {
		out.Progress = func(state mc.State[spec.Process, spec.Message]) int {
			return how(replicasOf(s, state))
		}
	}
	for _, kind := range p.Kinds {
		out.Kinds = append(out.Kinds, mc.Kind(kind))
	}
	switch {
	case p.Replica != nil:
		out.Local = func(_ int, l spec.Process) bool {
			r, ok := l.(spec.Replica)
			if !ok {
				return forAll
			}
			return p.Replica(c, r)
		}
	case p.Replicas != nil:
		out.Pair = func(_ int, l spec.Process, _ int, other spec.Process) bool {
			r, ok := l.(spec.Replica)
			q, ok2 := other.(spec.Replica)
			if !ok || !ok2 {
				return forAll
			}
			return p.Replicas(c, r, q)
		}
	case p.Message != nil:
		out.Message = p.Message
	case p.ReplicaMessage != nil:
		out.LocalMessage = func(_ int, l spec.Process, m spec.Message) bool {
			r, ok := l.(spec.Replica)
			if !ok {
				return forAll
			}
			return p.ReplicaMessage(c, r, m)
		}
	case p.Messages != nil:
		out.MessagePair = p.Messages
	case p.Group != nil:
		out.Monotone = true // About replicas, or about them and each message.
		out.State = func(state mc.State[spec.Process, spec.Message]) bool {
			return overGroup(c, p, state, replicasOf(s, state), forAll)
		}
	}
	return out
}

// overGroup asks a Group property about each message that it is about, until the answer is clear;
// just once if it is about none.
func overGroup(c spec.Configuration, p spec.Property,
	state mc.State[spec.Process, spec.Message], group []spec.Replica, forAll bool,
) bool {
	if len(p.Kinds) == 0 {
		return p.Group(c, group, nil)
	}
	for i := range group {
		for _, m := range state.Sent(i) {
			if slices.Contains(p.Kinds, m.Kind()) && p.Group(c, group, m) != forAll {
				return !forAll
			}
		}
	}
	return forAll
}

// replicasOf lists the replicas of a state.
func replicasOf(s spec.System, state mc.State[spec.Process, spec.Message]) []spec.Replica {
	group := make([]spec.Replica, s.Replicas())
	for i := range group {
		group[i] = state.Local(i).(spec.Replica)
	}
	return group
}
