// SPDX-License-Identifier: Apache-2.0

package conform

// Wrong checkers, each of which forgets one comparison, and for each a
// corruption of a good run that it does not see and the right checker does.

import (
	"fmt"
	"slices"

	"viewstamp/impl/vsr"
)

// Mutant is a wrong conformance checker.
type Mutant struct {
	Name string
	// What the variant does wrong.
	What    string
	forgets rules
	// corrupt damages a good run so that only the forgotten comparison can
	// tell.
	corrupt func(events []vsr.Event) error
}

// Mutants lists the wrong checkers.
func Mutants() []Mutant {
	return []Mutant{
		{"ForgetCommitNumber", "conformance does not compare the commit-number",
			rules{anyCommit: true}, atLast("OnPrepareOK", func(e *vsr.Event) {
				e.State.CommitNumber++
			})},
		{"ForgetLog", "conformance does not compare the log",
			rules{anyLog: true}, atLast("OnPrepare", func(e *vsr.Event) {
				e.State.Log = vsr.LogName{}
			})},
		{"ForgetSent", "conformance does not compare the messages sent",
			rules{anySent: true}, atLast("OnPrepareOK", func(e *vsr.Event) {
				e.Sent = e.Sent[1:]
			})},
		{"ForgetReceived", "conformance takes messages that nobody has sent",
			rules{anyReceived: true}, atLast("OnPrepareOK", func(e *vsr.Event) {
				forged := *e.Received[0].(*vsr.PrepareOK)
				forged.OpNumber += 1000
				e.Received = []vsr.Message{&forged}
			})},
		{"ForgetQuorum", "conformance does not count the messages of a quorum",
			rules{anyQuorum: true}, atLast("OnPrepareOK", func(e *vsr.Event) {
				e.Received = slices.Repeat(e.Received, 2)
			})},
	}
}

// atLast makes a corruption of the last event of a step that was taken. The
// events after it would only show what follows from it.
func atLast(step string, corrupt func(*vsr.Event)) func([]vsr.Event) error {
	return func(events []vsr.Event) error {
		for i := len(events) - 1; i >= 0; i-- {
			if events[i].Step == step && events[i].Ignored == "" {
				corrupt(&events[i])
				return nil
			}
		}
		return fmt.Errorf("the run has no step %s", step)
	}
}

// Caught damages a good run of a group of three and gives it to the wrong
// checker and to the right one. The mutant is caught if the right one sees what
// the wrong one passes.
func (m Mutant) Caught(run []vsr.Event) (caught bool, evidence string, err error) {
	if err := check(run, rules{}); err != nil {
		return false, "", fmt.Errorf("the run is not good to begin with: %w", err)
	}
	damaged := slices.Clone(run)
	if err := m.corrupt(damaged); err != nil {
		return false, "", err
	}
	right, wrong := check(damaged, rules{}), check(damaged, m.forgets)
	switch {
	case right == nil:
		return false, "the right checker does not see it either", nil
	case wrong != nil:
		return false, fmt.Sprintf("the wrong checker sees it: %v", wrong), nil
	}
	return true, "a damaged run passes", nil
}

// check checks a run of three replicas up to the last event.
func check(run []vsr.Event, r rules) error {
	c, err := New(Options{Replicas: 3, rules: r})
	if err != nil {
		return err
	}
	for _, e := range run {
		if err := c.Event(e); err != nil {
			return err
		}
	}
	return nil
}
