// SPDX-License-Identifier: Apache-2.0

package mc

import (
	"errors"
	"fmt"
)

// A model is checked before it is searched, so that a slip in a table is an error with a name in
// it and not a search that proves nothing.

// Limits of a model. They are far above what a search could finish.
const (
	maxProcesses  = 32
	maxSteps      = 1 << 12
	maxQuorum     = 7
	maxProperties = 64
	maxBudgets    = 16
	maxQuorums    = 32 // steps with a quorum of several
	maxBudgetSets = 1 << 20
)

// validate returns an error that names the first part of the model that cannot be used.
func (m *Model[L, M]) validate() error {
	if err := m.validateFrame(); err != nil {
		return fmt.Errorf("model %q: %w", m.Name, err)
	}
	budgets, err := m.validateBudgets()
	if err != nil {
		return fmt.Errorf("model %q: %w", m.Name, err)
	}
	steps, quorums := map[string]bool{}, 0
	for i := range m.Steps {
		s := &m.Steps[i]
		if s.Name == "" {
			return fmt.Errorf("model %q: step %d has no name", m.Name, i)
		}
		if steps[s.Name] {
			return fmt.Errorf("model %q: two steps are named %q", m.Name, s.Name)
		}
		steps[s.Name] = true
		if err := s.validate(m.Processes, budgets); err != nil {
			return fmt.Errorf("model %q: step %q: %w", m.Name, s.Name, err)
		}
		if s.Quorum > 1 {
			quorums++
		}
	}
	if quorums > maxQuorums {
		return fmt.Errorf("model %q: has %d steps with a quorum above one, want at most %d",
			m.Name, quorums, maxQuorums)
	}
	for _, name := range m.Optional {
		if !steps[name] {
			return fmt.Errorf("model %q: Optional names %q, which is no step", m.Name, name)
		}
	}
	return m.validateProperties()
}

// validate returns an error if the options ask for what a model does not allow.
func (o *Options) validate(name string, hasDead, hasEnds bool) error {
	var err error
	switch {
	case o.Resume && o.Checkpoint == "":
		err = errors.New("Options.Resume needs the folder of a Checkpoint")
	case o.Plain && o.Checkpoint != "":
		err = errors.New("the plain explorer makes no checkpoints")
	case o.DeadMessages && !hasDead:
		err = errors.New("has no Dead, so DeadMessages cannot be used: say in it which messages a " +
			"process ignores for ever")
	case o.DeadMessages && hasEnds:
		err = errors.New("DeadMessages cannot find deadlocks: a step that sends a dropped message " +
			"again would seem to do something. Leave Ends or DeadMessages out")
	case o.DeadMessages && (o.Coverage || o.Checkpoint != ""):
		err = errors.New("DeadMessages goes with neither Coverage nor Checkpoint")
	}
	if err != nil {
		return fmt.Errorf("model %q: %w", name, err)
	}
	return nil
}

// validateEager returns an error if EagerSends could change a verdict.
func (m *Model[L, M]) validateEager(o Options) error {
	if !o.EagerSends {
		return nil
	}
	var err error
	switch {
	case o.SleepSets:
		err = errors.New("EagerSends does not go with SleepSets: a send fired at once is part of " +
			"another process's transition, so that two need not commute")
	case m.Ends != nil:
		err = errors.New("EagerSends cannot find deadlocks: where somebody could have sent nothing " +
			"he has. Leave Ends or EagerSends out")
	case o.Coverage || o.Checkpoint != "":
		err = errors.New("EagerSends goes with neither Coverage nor Checkpoint")
	}
	eachProperty(m, func(_ int, p *Property[L, M]) {
		if err == nil && p.State != nil && !p.Monotone {
			err = fmt.Errorf("EagerSends needs properties that more messages do not repair, and "+
				"property %q reads whole states: say Monotone if it is so", p.Name)
		}
	})
	if err != nil {
		return fmt.Errorf("model %q: %w", m.Name, err)
	}
	return nil
}

// validateFrame checks what every model needs.
func (m *Model[L, M]) validateFrame() error {
	switch {
	case m.Processes < 1 || m.Processes > maxProcesses:
		return fmt.Errorf("has %d processes, want 1 to %d", m.Processes, maxProcesses)
	case m.Init == nil:
		return errors.New("no Init: say in which local state each process starts")
	case m.Sender == nil:
		return errors.New("no Sender: every message must name the process that sent it")
	case m.Kind == nil:
		return errors.New("no Kind: steps select messages by kind")
	case len(m.Steps) == 0:
		return errors.New("has no steps: there is nothing to search")
	case len(m.Steps) > maxSteps:
		return fmt.Errorf("has %d steps, want at most %d", len(m.Steps), maxSteps)
	}
	return nil
}

// validateBudgets returns the set of budget names.
func (m *Model[L, M]) validateBudgets() (map[string]bool, error) {
	names := map[string]bool{}
	if len(m.Budgets) > maxBudgets {
		return nil, fmt.Errorf("has %d budgets, want at most %d", len(m.Budgets), maxBudgets)
	}
	sets := 1
	for i, b := range m.Budgets {
		switch {
		case b.Name == "":
			return nil, fmt.Errorf("budget %d has no name", i)
		case names[b.Name]:
			return nil, fmt.Errorf("two budgets are named %q", b.Name)
		case b.Limit < 0 || b.Limit >= maxBudgetSets:
			return nil, fmt.Errorf("budget %q: limit %d, want 0 to %d",
				b.Name, b.Limit, maxBudgetSets-1)
		}
		names[b.Name] = true
		if sets *= b.Limit + 1; sets > maxBudgetSets {
			return nil, fmt.Errorf("budgets allow more than %d combinations: lower the limits",
				maxBudgetSets)
		}
	}
	return names, nil
}

// validate checks one step of a model with so many processes and such budgets.
func (s *Step[L, M]) validate(processes int, budgets map[string]bool) error {
	switch {
	case s.Do == nil:
		return errors.New("has no Do")
	case s.Spends != "" && !budgets[s.Spends]:
		return fmt.Errorf("spends budget %q, which is not in Budgets", s.Spends)
	case len(s.On) == 0 && (s.Quorum != 0 || s.Own || s.Wants != nil):
		return errors.New("has Quorum, Own or Wants but no kinds in On")
	case s.Quorum < 0 || s.Quorum > maxQuorum:
		return fmt.Errorf("quorum of %d other processes, want 0 to %d", s.Quorum, maxQuorum)
	case len(s.On) > 0 && max(1, s.Quorum) > processes-1:
		return fmt.Errorf("takes messages of %d other processes, but there are only %d",
			max(1, s.Quorum), processes-1)
	}
	return nil
}

// validateProperties checks that each property has a name of its own and exactly one function.
func (m *Model[L, M]) validateProperties() error {
	if n := len(m.Always) + len(m.Sometimes); n > maxProperties {
		return fmt.Errorf("model %q: has %d properties, want at most %d",
			m.Name, n, maxProperties)
	}
	for list, properties := range [][]Property[L, M]{m.Always, m.Sometimes} {
		where := []string{"Always", "Sometimes"}[list]
		names := map[string]bool{}
		for i := range properties {
			p := &properties[i]
			switch {
			case p.Name == "":
				return fmt.Errorf("model %q: property %d of %s has no name",
					m.Name, i, where)
			case names[p.Name]:
				return fmt.Errorf("model %q: two properties of %s are named %q",
					m.Name, where, p.Name)
			case p.functions() != 1:
				return fmt.Errorf("model %q: property %q sets %d functions, want exactly one",
					m.Name, p.Name, p.functions())
			case len(p.Kinds) > 0 && !p.readsMessages() && p.State == nil:
				return fmt.Errorf("model %q: property %q has Kinds but reads no messages",
					m.Name, p.Name)
			}
			names[p.Name] = true
		}
	}
	return nil
}

// functions counts the functions that are set.
func (p *Property[L, M]) functions() int {
	n := 0
	for _, set := range []bool{p.Local != nil, p.Pair != nil, p.Message != nil,
		p.LocalMessage != nil, p.MessagePair != nil, p.State != nil} {
		if set {
			n++
		}
	}
	return n
}

// readsMessages reports whether Kinds means anything to the property.
func (p *Property[L, M]) readsMessages() bool {
	return p.Message != nil || p.LocalMessage != nil || p.MessagePair != nil
}

// budgetOf returns the index of the budget that each step spends, or -1.
func (m *Model[L, M]) budgetOf() []int {
	index := map[string]int{}
	for i, b := range m.Budgets {
		index[b.Name] = i
	}
	spends := make([]int, len(m.Steps))
	for i := range m.Steps {
		spends[i] = -1
		if name := m.Steps[i].Spends; name != "" {
			spends[i] = index[name]
		}
	}
	return spends
}
