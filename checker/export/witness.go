// SPDX-License-Identifier: Apache-2.0

package export

import (
	"fmt"
	"slices"

	"viewstamp/spec"
)

// What exactly breaks a property in a state: which replicas, which messages. The emitted test asks
// the property about these only, so that its reader sees them.

// witness is what a property is false about.
type witness struct {
	call     string // How to ask: a method of Property, with group and evidence as arguments.
	messages []spec.Message
}

// findWitness looks for the first witness; it is false if the property holds.
func findWitness(c spec.Configuration, p spec.Property, group []spec.Replica,
	sent []spec.Message,
) (witness, bool) {
	var about []spec.Message
	for _, m := range sent {
		if len(p.Kinds) == 0 || slices.Contains(p.Kinds, m.Kind()) {
			about = append(about, m)
		}
	}
	if p.Group != nil && len(p.Kinds) == 0 {
		return witness{"Group(c, group, nil)", nil}, !p.Group(c, group, nil)
	}
	for i, r := range group {
		if p.Replica != nil && !p.Replica(c, r) {
			return witness{fmt.Sprintf("Replica(c, group[%d])", i), nil}, true
		}
		for j, other := range group {
			if p.Replicas != nil && i != j && !p.Replicas(c, r, other) {
				return witness{fmt.Sprintf("Replicas(c, group[%d], group[%d])", i, j), nil}, true
			}
		}
	}
	for _, m := range about {
		if call := falseAbout(c, p, group, m); call != "" {
			return witness{call, []spec.Message{m}}, true
		}
		for _, other := range about {
			if p.Messages != nil && m != other && !p.Messages(m, other) {
				return witness{"Messages(evidence[0], evidence[1])",
					[]spec.Message{m, other}}, true
			}
		}
	}
	return witness{}, false
}

// falseAbout asks a property about one message; empty if it holds, or is about other things.
func falseAbout(c spec.Configuration, p spec.Property, group []spec.Replica, m spec.Message,
) string {
	switch {
	case p.Message != nil && !p.Message(m):
		return "Message(evidence[0])"
	case p.Group != nil && !p.Group(c, group, m):
		return "Group(c, group, evidence[0])"
	case p.ReplicaMessage != nil:
		for i, r := range group {
			if !p.ReplicaMessage(c, r, m) {
				return fmt.Sprintf("ReplicaMessage(c, group[%d], evidence[0])", i)
			}
		}
	}
	return ""
}

// property finds a property of a system by its name.
func property(s spec.System, name string) (spec.Property, bool) {
	all := s.Invariants()
	i := slices.IndexFunc(all, func(p spec.Property) bool { return p.Name == name })
	if i < 0 {
		return spec.Property{}, false
	}
	return all[i], true
}

// replicas are the replicas among the processes, which come first.
func replicas(processes []spec.Process) []spec.Replica {
	var group []spec.Replica
	for _, p := range processes {
		if r, ok := p.(spec.Replica); ok {
			group = append(group, r)
		}
	}
	return group
}
